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

    /// The same for what was decided before this version of the program was started, given in the order in which it
    /// was decided: of decisions that do not go together the earlier one counts, and one that does not go together
    /// with what is shipped is left out. Every other is in force, new tokens in the order of their ids.
    #[must_use]
    pub fn amended_as_far_as_possible(&self, decided: &[Entry]) -> Amended {
        let mut kept: Vec<&Entry> = decided.iter().collect();
        let mut refused = Vec::new();
        // Each turn leaves one decision out, so it ends.
        let mut catalogue = loop {
            match self.with_all(&kept) {
                Ok(catalogue) => break catalogue,
                Err(error) => {
                    let culprit = kept.iter().rposition(|entry| error.is_about(&entry.id));
                    let Some(culprit) = culprit else {
                        // What is shipped goes together, so one of them is always decided.
                        break self.clone();
                    };
                    refused.push(kept.remove(culprit));
                }
            }
        };
        // What was left out first may fit since another one is left out too.
        let mut left_out = Vec::new();
        for entry in decided.iter().filter(|entry| refused.contains(entry)) {
            kept.push(entry);
            match self.with_all(&kept) {
                Ok(fits) => catalogue = fits,
                Err(error) => {
                    kept.pop();
                    left_out.push(Refused {
                        token: entry.id.clone(),
                        error,
                    });
                }
            }
        }
        Amended {
            catalogue,
            refused: left_out,
        }
    }

    /// New tokens in the order of their ids, so that their places do not change with what is decided about them.
    fn with_all(&self, decided: &[&Entry]) -> Result<Self, CatalogueError> {
        let mut decided = decided.to_vec();
        decided.sort_by(|a, b| a.id.cmp(&b.id));
        self.amended(decided)
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
            set_aside: Default::default(),
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
    fn beside_a_refused_decision_those_that_only_fit_together_are_in_force() {
        let called = |id: &str, symbol: &str| Entry {
            symbol: symbol.parse().unwrap(),
            ..entry(id)
        };
        // Two tokens changed their symbols with each other: neither fits alone, in no order.
        let decided = [
            new("other", "BTC"),
            called("solana", "ADA"),
            called("cardano", "SOL"),
        ];
        let amended = shipped().amended_as_far_as_possible(&decided);
        assert_eq!(
            meant(&amended.catalogue, "kraken", "SOL").unwrap(),
            "cardano"
        );
        assert_eq!(
            meant(&amended.catalogue, "kraken", "ADA").unwrap(),
            "solana"
        );
        let refused: Vec<_> = amended.refused.iter().map(|it| it.token.as_str()).collect();
        assert_eq!(refused, ["other"]);
    }

    #[test]
    fn of_decisions_that_clash_the_earlier_counts_and_whatever_fits_without_the_later_is_in_force()
    {
        // In the order of ids `aaa` would come first, and keep `zzz` and what needs its place out.
        let freed = Entry {
            symbol: "SOL9".parse().unwrap(),
            ..entry("solana")
        };
        let decided = [
            new("zzz", "ZZZ9"),
            new("aaa", "zzz9"),
            new("yyy", "SOL"),
            freed,
        ];
        let amended = shipped().amended_as_far_as_possible(&decided);
        let refused: Vec<_> = amended.refused.iter().map(|it| it.token.as_str()).collect();
        assert_eq!(refused, ["aaa"]);
        assert!(amended.refused[0].error.to_string().contains("zzz"));
        let last: Vec<_> = amended.catalogue.tokens().iter().rev().take(2).collect();
        assert_eq!((last[1].id.as_str(), last[0].id.as_str()), ("yyy", "zzz"));
        let other_way = [decided[1].clone(), decided[0].clone()];
        let amended = shipped().amended_as_far_as_possible(&other_way);
        assert_eq!(amended.refused[0].token.as_str(), "zzz");
    }

    #[test]
    fn what_was_left_out_for_a_decision_that_is_left_out_itself_is_in_force_after_all() {
        let kraken = "kraken".parse().unwrap();
        let first = new("first", "YYY9").with_code(&kraken, &"XBT".parse().unwrap(), true);
        let second = new("second", "YYY9");
        // `second` clashes with `first`, which clashes with what is shipped.
        let amended = shipped().amended_as_far_as_possible(&[first, second]);
        let refused: Vec<_> = amended.refused.iter().map(|it| it.token.as_str()).collect();
        assert_eq!(refused, ["first"]);
        assert!(amended.catalogue.get("second").is_some());
    }

    #[test]
    fn what_is_not_read_on_an_exchange_is_read_again_exactly_as_before() {
        let (kraken, coinbase) = ("kraken".parse().unwrap(), "coinbase".parse().unwrap());
        let bitcoin = entry("bitcoin");
        let away = bitcoin.not_read_on(&kraken).not_read_on(&coinbase);
        let amended = shipped().amended([&away]).unwrap();
        assert_eq!(meant(&amended, "kraken", "XBT"), None);
        assert_eq!(meant(&amended, "coinbase", "BTC"), None);
        assert_eq!(meant(&amended, "binance", "BTC").unwrap(), "bitcoin");
        assert!(away.claims(&kraken, &"xbt".parse().unwrap()));
        assert!(away.claims(&coinbase, &"BTC".parse().unwrap()));
        assert!(!away.claims(&coinbase, &"XBT".parse().unwrap()));
        assert_eq!(away.not_read_on(&kraken), away, "once is enough");
        let again = away.read_again_on(&coinbase).unwrap();
        assert_eq!(again.read_again_on(&kraken).unwrap(), bitcoin);
        assert_eq!(bitcoin.read_again_on(&kraken), None);
        // Other codes that a form gives meanwhile are not overwritten later.
        let mut edited = away.clone();
        edited
            .codes
            .insert(kraken.clone(), vec!["ZZZ9".parse().unwrap()]);
        let edited = edited.with_aside_of(&away);
        assert_eq!(edited.read_again_on(&kraken), None);
        assert!(edited.read_again_on(&coinbase).is_some());
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
