//! The token catalogue: which tokens exist, and what each exchange calls them.
//!
//! The data is `src/catalogue.toml`, read once by the composition root. An exchange's code means a
//! token only because the catalogue says so: by the token's symbol, or by the token's `codes` for that
//! exchange, which replace the symbol there (an empty list: not on that exchange, whatever the ticker
//! says). Codes are compared in upper case.

use std::collections::BTreeMap;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::market::Asset;
use crate::token::{Contract, Symbol, Token, TokenId, TokenKind};
use crate::venue::VenueId;

/// The catalogue shipped with the program, as TOML.
pub const EMBEDDED: &str = include_str!("catalogue.toml");

/// Why a catalogue is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// Two entries with one id.
    #[error("token {0} is listed twice")]
    DuplicateToken(TokenId),
    /// One code would mean two tokens.
    #[error("code {code} would mean both {first} and {second}{}; give one of them `codes`",
        .venue.as_ref().map(|venue| format!(" on {venue}")).unwrap_or_default())]
    AmbiguousCode {
        /// The code.
        code: Symbol,
        /// The exchange, when the clash is on one exchange only.
        venue: Option<VenueId>,
        /// One token.
        first: TokenId,
        /// The other.
        second: TokenId,
    },
    /// One contract listed for two tokens.
    #[error("contract {address} on {chain} is listed for both {first} and {second}")]
    AmbiguousContract {
        /// The chain.
        chain: String,
        /// The address.
        address: String,
        /// One token.
        first: TokenId,
        /// The other.
        second: TokenId,
    },
}

/// One entry of the data file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: TokenId,
    symbol: Symbol,
    name: String,
    kind: TokenKind,
    #[serde(default)]
    contracts: Vec<Contract>,
    #[serde(default)]
    codes: BTreeMap<VenueId, Vec<Symbol>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    token: Vec<Entry>,
}

/// All known tokens, in rank order, and the meaning of codes.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Data")]
pub struct Catalogue {
    tokens: Vec<Token>,
    by_id: HashMap<TokenId, usize>,
    /// By symbol, for every exchange without a word of its own.
    by_code: HashMap<Symbol, usize>,
    /// Per exchange: `Some` for its own codes, `None` where the symbol does not mean the token.
    by_venue_code: HashMap<(VenueId, Symbol), Option<usize>>,
}

fn upper(code: &Symbol) -> Symbol {
    Symbol::new(&code.as_str().to_uppercase()).unwrap_or_else(|_| code.clone())
}

impl TryFrom<Data> for Catalogue {
    type Error = CatalogueError;

    fn try_from(data: Data) -> Result<Self, CatalogueError> {
        let mut catalogue = Self {
            tokens: Vec::with_capacity(data.token.len()),
            by_id: HashMap::new(),
            by_code: HashMap::new(),
            by_venue_code: HashMap::new(),
        };
        let mut contracts: HashMap<Contract, TokenId> = HashMap::new();
        for (position, entry) in data.token.iter().enumerate() {
            if catalogue.by_id.insert(entry.id.clone(), position).is_some() {
                return Err(CatalogueError::DuplicateToken(entry.id.clone()));
            }
            for contract in &entry.contracts {
                if let Some(first) = contracts.insert(contract.clone(), entry.id.clone()) {
                    return Err(CatalogueError::AmbiguousContract {
                        chain: contract.chain.clone(),
                        address: contract.address.clone(),
                        first,
                        second: entry.id.clone(),
                    });
                }
            }
            let symbol = upper(&entry.symbol);
            if let Some(first) = catalogue.by_code.insert(symbol.clone(), position) {
                return Err(CatalogueError::AmbiguousCode {
                    code: symbol,
                    venue: None,
                    first: data
                        .token
                        .get(first)
                        .map_or_else(|| entry.id.clone(), |t| t.id.clone()),
                    second: entry.id.clone(),
                });
            }
            catalogue.tokens.push(Token {
                id: entry.id.clone(),
                symbol: entry.symbol.clone(),
                name: entry.name.clone(),
                kind: entry.kind,
                rank: u32::try_from(position)
                    .unwrap_or(u32::MAX)
                    .saturating_add(1),
                contracts: entry.contracts.clone(),
            });
        }
        catalogue.add_venue_codes(&data.token)?;
        Ok(catalogue)
    }
}

impl Catalogue {
    fn add_venue_codes(&mut self, entries: &[Entry]) -> Result<(), CatalogueError> {
        for (position, entry) in entries.iter().enumerate() {
            for (venue, codes) in &entry.codes {
                for code in codes.iter().map(upper) {
                    let earlier = self
                        .by_venue_code
                        .insert((venue.clone(), code.clone()), Some(position));
                    if let Some(first) = earlier.flatten().filter(|&first| first != position) {
                        return Err(CatalogueError::AmbiguousCode {
                            code,
                            venue: Some(venue.clone()),
                            first: entries
                                .get(first)
                                .map_or_else(|| entry.id.clone(), |t| t.id.clone()),
                            second: entry.id.clone(),
                        });
                    }
                }
                // Where an exchange has its own codes for the token, the symbol means it no longer,
                // unless it is one of them or another token claims it there.
                self.by_venue_code
                    .entry((venue.clone(), upper(&entry.symbol)))
                    .or_insert(None);
            }
        }
        Ok(())
    }

    /// All tokens, in rank order.
    #[must_use]
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The token with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Token> {
        self.by_id
            .get(id)
            .and_then(|&position| self.tokens.get(position))
    }

    /// What an exchange's code stands for: a token of the catalogue, or the exchange's own asset.
    #[must_use]
    pub fn resolve(&self, venue: &VenueId, code: &Symbol) -> Asset {
        let key = upper(code);
        let position = match self.by_venue_code.get(&(venue.clone(), key.clone())) {
            Some(own) => *own,
            None => self.by_code.get(&key).copied(),
        };
        match position.and_then(|position| self.tokens.get(position)) {
            Some(token) => Asset::Token(token.id.clone()),
            None => Asset::Unlisted {
                venue: venue.clone(),
                code: code.clone(),
            },
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn resolve(catalogue: &Catalogue, venue: &str, code: &str) -> String {
        catalogue
            .resolve(&venue.parse().unwrap(), &code.parse().unwrap())
            .to_string()
    }

    #[test]
    fn the_shipped_catalogue_is_valid_and_large() {
        let catalogue: Catalogue = toml::from_str(EMBEDDED).unwrap();
        assert!(catalogue.tokens().len() >= 60);
        assert_eq!(catalogue.get("bitcoin").unwrap().symbol.as_str(), "BTC");
        assert_eq!(catalogue.get("tether").unwrap().kind, TokenKind::Stablecoin);
        assert_eq!(catalogue.get("usd").unwrap().kind, TokenKind::Fiat);
    }

    #[test]
    fn kraken_says_xbt_and_xdg() {
        let catalogue: Catalogue = toml::from_str(EMBEDDED).unwrap();
        assert_eq!(resolve(&catalogue, "kraken", "XBT"), "bitcoin");
        assert_eq!(resolve(&catalogue, "kraken", "XDG"), "dogecoin");
        assert_eq!(resolve(&catalogue, "coinbase", "XBT"), "coinbase:XBT");
        assert_eq!(resolve(&catalogue, "coinbase", "BTC"), "bitcoin");
    }

    #[test]
    fn unknown_codes_of_two_exchanges_are_two_assets() {
        let catalogue: Catalogue = toml::from_str(EMBEDDED).unwrap();
        let (one, other) = (
            resolve(&catalogue, "binance", "ZZZ9"),
            resolve(&catalogue, "kraken", "ZZZ9"),
        );
        assert_eq!(
            (one.as_str(), other.as_str()),
            ("binance:ZZZ9", "kraken:ZZZ9")
        );
    }

    #[test]
    fn a_code_that_would_mean_two_tokens_is_refused() {
        let twice = r#"
            [[token]]
            id = "one"
            symbol = "AAA"
            name = "One"
            kind = "crypto"
            [[token]]
            id = "two"
            symbol = "aaa"
            name = "Two"
            kind = "crypto"
        "#;
        let error = toml::from_str::<Catalogue>(twice).unwrap_err().to_string();
        assert!(
            error.contains("code AAA would mean both one and two"),
            "{error}"
        );
    }

    #[test]
    fn an_exchanges_own_codes_replace_the_symbol_there() {
        let data = r#"
            [[token]]
            id = "one"
            symbol = "AAA"
            name = "One"
            kind = "crypto"
            codes = { kraken = ["BBB"], binance = [] }
        "#;
        let catalogue: Catalogue = toml::from_str(data).unwrap();
        assert_eq!(resolve(&catalogue, "kraken", "bbb"), "one");
        assert_eq!(resolve(&catalogue, "kraken", "AAA"), "kraken:AAA");
        assert_eq!(resolve(&catalogue, "binance", "AAA"), "binance:AAA");
        assert_eq!(resolve(&catalogue, "coinbase", "AAA"), "one");
    }
}
