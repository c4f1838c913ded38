//! The shipped catalogue as operators amended it: pure functions from what they decided to the catalogue in force.

use super::{Catalogue, CatalogueError, Entry};
use crate::token::{Symbol, TokenId};
use crate::venue::VenueId;

/// A decision that cannot be followed, because it clashes with the catalogue that this version ships or with
/// an earlier decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The token it is about.
    pub token: TokenId,
    /// Why.
    pub error: CatalogueError,
}

/// A catalogue in force, and the decisions that are not part of it.
#[derive(Debug, Clone)]
pub struct Amended {
    /// In force.
    pub catalogue: Catalogue,
    /// What was left out.
    pub refused: Vec<Refused>,
}

impl Catalogue {
    /// This catalogue with these entries instead of its own of the same id; new tokens come after all others,
    /// in the order given.
    ///
    /// # Errors
    /// [`CatalogueError`] when the two do not go together.
    pub fn amended<'a>(
        &self,
        decided: impl IntoIterator<Item = &'a Entry>,
    ) -> Result<Self, CatalogueError> {
        let mut entries = self.entries.clone();
        for entry in decided {
            entry.check().map_err(|source| CatalogueError::Entry {
                id: entry.id.clone(),
                source,
            })?;
            match entries.iter_mut().find(|known| known.id == entry.id) {
                Some(known) => known.clone_from(entry),
                None => entries.push(entry.clone()),
            }
        }
        Self::new(entries)
    }

    /// The same for what was decided before this version of the program was started: whatever does not go
    /// together with what it ships is left out, so that the rest is in force.
    #[must_use]
    pub fn amended_as_far_as_possible(&self, decided: &[Entry]) -> Amended {
        if let Ok(catalogue) = self.amended(decided) {
            return Amended {
                catalogue,
                refused: Vec::new(),
            };
        }
        let mut amended = Amended {
            catalogue: self.clone(),
            refused: Vec::new(),
        };
        for entry in decided {
            match amended.catalogue.amended([entry]) {
                Ok(catalogue) => amended.catalogue = catalogue,
                Err(error) => amended.refused.push(Refused {
                    token: entry.id.clone(),
                    error,
                }),
            }
        }
        amended
    }

    /// Whether one of an exchange's codes means something else in another catalogue, or a token of another
    /// kind: whether the exchange has to be read anew when the other is in force.
    #[must_use]
    pub fn reads_differently<'a>(
        &self,
        other: &Self,
        venue: &VenueId,
        codes: impl IntoIterator<Item = &'a Symbol>,
    ) -> bool {
        codes.into_iter().any(|code| {
            let [before, after] = [self, other].map(|catalogue| {
                let token = catalogue.meant(venue, code);
                token.map(|token| (&token.id, token.kind))
            });
            before != after
        })
    }
}

#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
mod tests {
    use super::super::{EMBEDDED, EntryError};
    use super::*;
    use crate::token::TokenKind;

    fn shipped() -> Catalogue {
        toml::from_str(EMBEDDED).unwrap()
    }

    fn entry(id: &str) -> Entry {
        shipped().entry(id).unwrap().clone()
    }

    fn new(id: &str, symbol: &str) -> Entry {
        Entry {
            id: id.parse().unwrap(),
            symbol: symbol.parse().unwrap(),
            name: id.to_owned(),
            kind: TokenKind::Crypto,
            contracts: Vec::new(),
            codes: Default::default(),
            enabled: true,
        }
    }

    fn meant(catalogue: &Catalogue, venue: &str, code: &str) -> Option<String> {
        let token = catalogue.meant(&venue.parse().unwrap(), &code.parse().unwrap())?;
        Some(token.id.to_string())
    }

    #[test]
    fn an_amended_token_keeps_its_place_and_a_new_one_comes_last() {
        let renamed = Entry {
            name: "Bit Coin".to_owned(),
            ..entry("bitcoin")
        };
        let amended = shipped().amended(&[new("zzz", "ZZZ9"), renamed]).unwrap();
        let first = amended.tokens().first().unwrap();
        assert_eq!((first.name.as_str(), first.rank), ("Bit Coin", 1));
        let last = amended.tokens().last().unwrap();
        assert_eq!(last.id.as_str(), "zzz");
        assert_eq!(last.rank as usize, amended.tokens().len());
        assert_eq!(meant(&amended, "kraken", "zzz9").unwrap(), "zzz");
    }

    #[test]
    fn a_disabled_token_is_not_listed_and_its_codes_and_contracts_are_free() {
        let usdt = entry("tether");
        let contract = usdt.contracts.first().unwrap().clone();
        let disabled = Entry {
            enabled: false,
            ..usdt
        };
        let mut other = new("other", "USDT");
        other.contracts.push(contract.clone());
        let amended = shipped().amended(std::slice::from_ref(&disabled)).unwrap();
        assert!(amended.get("tether").is_none());
        assert_eq!(meant(&amended, "binance", "USDT"), None);
        let amended = shipped().amended(&[disabled, other]).unwrap();
        assert_eq!(meant(&amended, "binance", "USDT").unwrap(), "other");
        let stored = amended.stored_tokens();
        let holders = stored.iter().filter(|it| it.contracts.contains(&contract));
        assert_eq!(holders.count(), 1);
        assert!(stored.iter().any(|token| token.id.as_str() == "tether"));
    }

    #[test]
    fn a_clash_names_both_tokens_and_what_to_do() {
        let words = |entry: Entry| shipped().amended(&[entry]).unwrap_err().to_string();
        let said = words(new("other", "btc"));
        assert_eq!(
            said,
            "code BTC would mean both bitcoin and other; give one of them `codes`"
        );
        let mut other = new("other", "ZZZ9");
        other.contracts = entry("usd-coin").contracts;
        let said = words(other);
        assert!(
            said.contains("both usd-coin and other; take it from one of them"),
            "{said}"
        );
        let own = new("other", "ZZZ9").with_code(
            &"kraken".parse().unwrap(),
            &"xbt".parse().unwrap(),
            true,
        );
        let said = words(own);
        assert!(said.contains("bitcoin and other on kraken"), "{said}");
    }

    #[test]
    fn what_clashes_with_a_newer_program_is_left_out_and_the_rest_is_in_force() {
        let decided = [new("other", "BTC"), new("zzz", "ZZZ9")];
        let amended = shipped().amended_as_far_as_possible(&decided);
        assert!(amended.catalogue.get("zzz").is_some());
        assert!(amended.catalogue.get("other").is_none());
        assert_eq!(amended.refused.first().unwrap().token.as_str(), "other");
    }

    #[test]
    fn the_dollar_stays_and_names_addresses_and_chains_are_what_they_say() {
        let problem = |change: fn(&mut Entry)| {
            let mut entry = entry("usd-coin");
            change(&mut entry);
            entry.check().unwrap_err()
        };
        let usd = Entry {
            enabled: false,
            ..entry("usd")
        };
        assert_eq!(usd.check().unwrap_err(), EntryError::Usd);
        for name in ["", " a", "a\u{202e}b", "a\nb"] {
            let entry = Entry {
                name: name.to_owned(),
                ..entry("usd-coin")
            };
            assert_eq!(entry.check().unwrap_err(), EntryError::Name, "{name:?}");
        }
        assert_eq!(problem(|it| it.name = "x".repeat(61)), EntryError::Name);
        assert_eq!(
            problem(|it| it.contracts[0].address = "0xAB".to_owned()),
            EntryError::Address
        );
        assert!(matches!(
            problem(|it| it.contracts[0].chain = "Ethereum".to_owned()),
            EntryError::Chain(_)
        ));
        assert!(matches!(
            problem(|it| it.contracts.push(it.contracts[0].clone())),
            EntryError::SameChain(_)
        ));
    }

    #[test]
    fn only_exchanges_on_which_a_code_changes_its_meaning_are_read_anew() {
        let (kraken, coinbase) = ("kraken".parse().unwrap(), "coinbase".parse().unwrap());
        let codes: Vec<Symbol> = ["BTC", "ZZZ9"].map(|code| code.parse().unwrap()).into();
        let mapped = entry("solana").with_code(&kraken, codes.last().unwrap(), true);
        let (before, after) = (shipped(), shipped().amended(&[mapped]).unwrap());
        assert!(before.reads_differently(&after, &kraken, &codes));
        assert!(!before.reads_differently(&after, &coinbase, &codes));
        assert!(!before.reads_differently(&after, &kraken, &codes[..1]));
        assert_eq!(meant(&after, "kraken", "SOL").unwrap(), "solana");
        let kind = Entry {
            kind: TokenKind::Stablecoin,
            ..entry("bitcoin")
        };
        let after = shipped().amended(&[kind]).unwrap();
        assert!(before.reads_differently(&after, &coinbase, &codes));
    }
}
