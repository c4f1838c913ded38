//! The token catalogue: which tokens exist, and what each exchange calls them.
//!
//! The data is `src/catalogue.toml`, read once by the composition root, as operators amended it since
//! ([`Catalogue::amended`]; `crates/service` keeps what they decided). An exchange's code means a
//! token only because the catalogue says so: by the token's symbol, or by the token's `codes` for that
//! exchange, which replace the symbol there (an empty list: not on that exchange, whatever the ticker
//! says). Codes are compared in upper case.
//!
//! A catalogue never changes: another one takes its place, and whoever answers a question takes the one in
//! force once and answers from it to the end.

mod amend;
mod entry;

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

pub use self::amend::{Amended, Refused};
pub use self::entry::{Entry, EntryError};

use crate::market::Asset;
use crate::token::{Contract, Symbol, Token, TokenId, TokenKind};
use crate::venue::VenueId;

/// The catalogue shipped with the program, as TOML.
pub const EMBEDDED: &str = include_str!("catalogue.toml");

/// Why a catalogue is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// Two entries with one id.
    #[error("token {0} is listed twice; leave one of the two out")]
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
    #[error(
        "contract {address} on {chain} is listed for both {first} and {second}; take it from one of them"
    )]
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
    /// An entry is not possible whatever the others say.
    #[error("token {id}: {source}")]
    Entry {
        /// Whose.
        id: TokenId,
        /// Why.
        source: EntryError,
    },
}

impl CatalogueError {
    /// Whether this token has a part in it.
    fn is_about(&self, token: &TokenId) -> bool {
        match self {
            Self::DuplicateToken(id) | Self::Entry { id, .. } => id == token,
            Self::AmbiguousCode { first, second, .. }
            | Self::AmbiguousContract { first, second, .. } => first == token || second == token,
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    token: Vec<Entry>,
}

/// All known tokens, in rank order, and the meaning of codes.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Data")]
pub struct Catalogue {
    revision: u64,
    entries: Vec<Entry>,
    tokens: Vec<Token>,
    by_id: HashMap<TokenId, usize>,
    /// By symbol, for every exchange without a word of its own.
    by_code: HashMap<Symbol, usize>,
    /// Per exchange: `Some` for its own codes, `None` where the symbol does not mean the token.
    by_venue_code: HashMap<(VenueId, Symbol), Option<usize>>,
}

/// As codes are compared.
pub(crate) fn upper(code: &Symbol) -> Symbol {
    Symbol::new(&code.as_str().to_uppercase()).unwrap_or_else(|_| code.clone())
}

impl TryFrom<Data> for Catalogue {
    type Error = CatalogueError;

    fn try_from(data: Data) -> Result<Self, CatalogueError> {
        Self::new(data.token)
    }
}

impl Catalogue {
    /// The catalogue of these entries, in rank order. Those that are not enabled mean nothing, and clash with
    /// nothing but another entry of the same id.
    ///
    /// # Errors
    /// [`CatalogueError`].
    pub fn new(entries: Vec<Entry>) -> Result<Self, CatalogueError> {
        let mut catalogue = Self {
            revision: 0,
            tokens: Vec::with_capacity(entries.len()),
            by_id: HashMap::new(),
            by_code: HashMap::new(),
            by_venue_code: HashMap::new(),
            entries: Vec::new(),
        };
        let mut ids: HashSet<&TokenId> = HashSet::new();
        let mut contracts: HashMap<&Contract, &TokenId> = HashMap::new();
        for entry in &entries {
            if !ids.insert(&entry.id) {
                return Err(CatalogueError::DuplicateToken(entry.id.clone()));
            }
            if !entry.enabled {
                continue;
            }
            for contract in &entry.contracts {
                if let Some(first) = contracts.insert(contract, &entry.id) {
                    return Err(CatalogueError::AmbiguousContract {
                        chain: contract.chain.clone(),
                        address: contract.address.clone(),
                        first: first.clone(),
                        second: entry.id.clone(),
                    });
                }
            }
            let position = catalogue.tokens.len();
            catalogue.by_id.insert(entry.id.clone(), position);
            let symbol = upper(&entry.symbol);
            if let Some(first) = catalogue.by_code.insert(symbol.clone(), position) {
                return Err(CatalogueError::AmbiguousCode {
                    code: symbol,
                    venue: None,
                    first: catalogue.id_at(first, entry),
                    second: entry.id.clone(),
                });
            }
            let rank = u32::try_from(position).unwrap_or(u32::MAX);
            catalogue.tokens.push(entry.token(rank.saturating_add(1)));
        }
        catalogue.add_venue_codes(&entries)?;
        catalogue.entries = entries;
        Ok(catalogue)
    }

    fn id_at(&self, position: usize, otherwise: &Entry) -> TokenId {
        let token = self.tokens.get(position);
        token.map_or_else(|| otherwise.id.clone(), |token| token.id.clone())
    }

    fn add_venue_codes(&mut self, entries: &[Entry]) -> Result<(), CatalogueError> {
        let enabled = entries.iter().filter(|entry| entry.enabled);
        for (position, entry) in enabled.enumerate() {
            for (venue, codes) in &entry.codes {
                for code in codes.iter().map(upper) {
                    let earlier = self
                        .by_venue_code
                        .insert((venue.clone(), code.clone()), Some(position));
                    if let Some(first) = earlier.flatten().filter(|&first| first != position) {
                        return Err(CatalogueError::AmbiguousCode {
                            code,
                            venue: Some(venue.clone()),
                            first: self.id_at(first, entry),
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

    /// Which catalogue this is: a later one in force has a greater number; 0 before the first amendment.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// The same as another number's.
    #[must_use]
    pub fn numbered(self, revision: u64) -> Self {
        Self { revision, ..self }
    }

    /// All entries as they are written down, also of tokens that are not enabled.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of the token with this id, enabled or not.
    #[must_use]
    pub fn entry(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id.as_str() == id)
    }

    /// All tokens, in rank order.
    #[must_use]
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// What a database has to know: all tokens, and after them those that are not enabled. Those keep what was
    /// stored of them and give up their contracts, which may be another token's now.
    #[must_use]
    pub fn stored_tokens(&self) -> Vec<Token> {
        let next = u32::try_from(self.tokens.len()).unwrap_or(u32::MAX);
        let disabled = self.entries.iter().filter(|entry| !entry.enabled);
        let disabled = (1..).zip(disabled).map(|(place, entry)| Token {
            contracts: Vec::new(),
            ..entry.token(next.saturating_add(place))
        });
        self.tokens.iter().cloned().chain(disabled).collect()
    }

    /// The token with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Token> {
        self.by_id
            .get(id)
            .and_then(|&position| self.tokens.get(position))
    }

    /// The tokens that are no government money, in rank order.
    pub fn coins(&self) -> impl Iterator<Item = &Token> {
        self.tokens.iter().filter(|token| is_coin(token))
    }

    /// The coin with exactly this id.
    #[must_use]
    pub fn coin(&self, id: &str) -> Option<&Token> {
        self.get(id).filter(|token| is_coin(token))
    }

    /// The coin with this contract on a chain. Letter case counts, except in hexadecimal addresses.
    #[must_use]
    pub fn coin_at(&self, chain: &str, address: &str) -> Option<(&Token, &Contract)> {
        let is_it = |contract: &&Contract| {
            let is_hexadecimal = contract.address.starts_with("0x");
            contract.chain == chain
                && (contract.address == address
                    || (is_hexadecimal && contract.address.eq_ignore_ascii_case(address)))
        };
        self.coins()
            .find_map(|token| Some((token, token.contracts.iter().find(is_it)?)))
    }

    /// The tokens that a venue can be asked for by contract, in rank order: each with its contract on the chain.
    /// Those that are not on the venue by the catalogue's word (an empty list of codes there) are not among them.
    pub fn contracts_on<'a>(
        &'a self,
        chain: &'a str,
        venue: &'a VenueId,
    ) -> impl Iterator<Item = (&'a Token, &'a Contract)> {
        let enabled = self.entries.iter().filter(|entry| entry.enabled);
        let both = enabled.zip(&self.tokens);
        both.filter(move |(entry, _)| entry.is_on(venue))
            .filter_map(move |(_, token)| {
                let mut contracts = token.contracts.iter();
                Some((token, contracts.find(|contract| contract.chain == chain)?))
            })
    }

    /// What an exchange's code stands for: a token of the catalogue, or the exchange's own asset.
    #[must_use]
    pub fn resolve(&self, venue: &VenueId, code: &Symbol) -> Asset {
        match self.meant(venue, code) {
            Some(token) => Asset::Token(token.id.clone()),
            None => Asset::Unlisted {
                venue: venue.clone(),
                code: code.clone(),
            },
        }
    }

    /// The token that an exchange's code means, if it means one.
    #[must_use]
    pub fn meant(&self, venue: &VenueId, code: &Symbol) -> Option<&Token> {
        let key = (venue.clone(), upper(code));
        let position = match self.by_venue_code.get(&key) {
            Some(own) => *own,
            None => self.by_code.get(&key.1).copied(),
        };
        self.tokens.get(position?)
    }
}

fn is_coin(token: &Token) -> bool {
    token.kind != TokenKind::Fiat
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
