//! One token as it is written down: in the data file, or by an operator.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::upper;
use crate::audit::is_invisible;
use crate::token::{Contract, Symbol, Token, TokenId, TokenKind};
use crate::venue::VenueId;

/// The token that everything is priced in.
const USD: &str = "usd";
/// The most characters of a name.
const MAX_NAME: usize = 60;
/// The most contracts of a token.
const MAX_CONTRACTS: usize = 40;
/// The most characters of a chain's name.
const MAX_CHAIN: usize = 64;
/// The most characters of an address.
const MAX_ADDRESS: usize = 128;
/// The most codes of a token, on all exchanges together.
const MAX_CODES: usize = 100;

/// Why an entry is not possible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// The name is no text for people.
    #[error(
        "a name must have 1 to {MAX_NAME} characters, none of them invisible, and no blanks at its ends"
    )]
    Name,
    /// A chain's name is none.
    #[error(
        "a chain must be named by 1 to {MAX_CHAIN} lowercase letters, digits and '-', as CoinGecko's platforms are, not {0:?}"
    )]
    Chain(String),
    /// An address is none.
    #[error(
        "an address must have 1 to {MAX_ADDRESS} letters, digits and signs, without blanks; after 0x in lower case"
    )]
    Address,
    /// One chain twice.
    #[error("there can be one contract a chain, and {0} has two")]
    SameChain(String),
    /// Too many of something.
    #[error("there are more than {most} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there can be.
        most: usize,
    },
    /// The US dollar is what everything is priced in.
    #[error(
        "the US dollar is what everything is priced in: it stays enabled, and government money"
    )]
    Usd,
}

/// One token, and what it is called on exchanges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The identity, for ever.
    pub id: TokenId,
    /// The usual ticker; on an exchange without `codes` below, this code means this token.
    pub symbol: Symbol,
    /// The name for people.
    pub name: String,
    /// Fiat, stablecoin or crypto.
    pub kind: TokenKind,
    /// One a chain; empty for a chain's own coin.
    #[serde(default)]
    pub contracts: Vec<Contract>,
    /// Per exchange, the codes that mean this token there, instead of the symbol; none: it is not there.
    #[serde(default)]
    pub codes: BTreeMap<VenueId, Vec<Symbol>>,
    /// Per exchange on which an operator has it not read: what counts there when it is read again, its codes or, with
    /// none, its symbol.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set_aside: BTreeMap<VenueId, Option<Vec<Symbol>>>,
    /// Whether it is priced and shown; otherwise its codes mean nothing.
    #[serde(default = "yes")]
    pub enabled: bool,
}

const fn yes() -> bool {
    true
}

impl Entry {
    /// Whether the entry is possible by itself.
    ///
    /// # Errors
    /// [`EntryError`], the first there is.
    pub fn check(&self) -> Result<(), EntryError> {
        let is_name = (1..=MAX_NAME).contains(&self.name.chars().count())
            && self.name.trim() == self.name
            && !self.name.chars().any(is_invisible);
        if !is_name {
            return Err(EntryError::Name);
        }
        let mut chains = BTreeSet::new();
        for contract in &self.contracts {
            check_contract(contract)?;
            if !chains.insert(&contract.chain) {
                return Err(EntryError::SameChain(contract.chain.clone()));
            }
        }
        let too_many = |what, most| Err(EntryError::TooMany { what, most });
        if self.contracts.len() > MAX_CONTRACTS {
            return too_many("contracts", MAX_CONTRACTS);
        }
        let aside = self.set_aside.values().flatten();
        let codes = self.codes.values().chain(aside);
        let codes: usize = codes.map(|codes| codes.len().max(1)).sum();
        if codes > MAX_CODES {
            return too_many("codes", MAX_CODES);
        }
        if self.id.as_str() == USD && (!self.enabled || self.kind != TokenKind::Fiat) {
            return Err(EntryError::Usd);
        }
        Ok(())
    }

    /// The token that it describes, at this place of the catalogue.
    pub(super) fn token(&self, rank: u32) -> Token {
        Token {
            id: self.id.clone(),
            symbol: self.symbol.clone(),
            name: self.name.clone(),
            kind: self.kind,
            rank,
            contracts: self.contracts.clone(),
        }
    }

    /// The same with one more code on an exchange. A token that had no word of its own there keeps its symbol
    /// as one of its codes when `keeps_symbol`: its own codes are then all that mean it there.
    #[must_use]
    pub fn with_code(&self, venue: &VenueId, code: &Symbol, keeps_symbol: bool) -> Self {
        let mut entry = self.clone();
        let codes = entry.codes.entry(venue.clone()).or_insert_with(|| {
            let symbol = keeps_symbol.then(|| self.symbol.clone());
            symbol.into_iter().collect()
        });
        if codes.iter().all(|known| upper(known) != upper(code)) {
            codes.push(code.clone());
        }
        entry
    }

    /// Whether it may be read on an exchange: not by the word of an empty list of codes.
    #[must_use]
    pub fn is_on(&self, venue: &VenueId) -> bool {
        self.codes.get(venue).is_none_or(|codes| !codes.is_empty())
    }

    /// The same, not read on an exchange from now on; what it is called there is set aside.
    #[must_use]
    pub fn not_read_on(&self, venue: &VenueId) -> Self {
        let mut entry = self.clone();
        if self.is_on(venue) {
            let before = entry.codes.insert(venue.clone(), Vec::new());
            entry.set_aside.insert(venue.clone(), before);
        }
        entry
    }

    /// The same, read on an exchange again, by what was set aside; `None` where nothing was.
    #[must_use]
    pub fn read_again_on(&self, venue: &VenueId) -> Option<Self> {
        let mut entry = self.clone();
        match entry.set_aside.remove(venue)? {
            Some(codes) => entry.codes.insert(venue.clone(), codes),
            None => entry.codes.remove(venue),
        };
        Some(entry)
    }

    /// The same with what was set aside before, where it is not read yet.
    #[must_use]
    pub fn with_aside_of(mut self, before: &Self) -> Self {
        self.set_aside.clone_from(&before.set_aside);
        let codes = &self.codes;
        self.set_aside
            .retain(|venue, _| codes.get(venue).is_some_and(Vec::is_empty));
        self
    }

    /// Whether an exchange's code would mean this token if it were enabled, and read there.
    #[must_use]
    pub fn claims(&self, venue: &VenueId, code: &Symbol) -> bool {
        let is_it = |known: &Symbol| upper(known) == upper(code);
        let aside = self.set_aside.get(venue).map(Option::as_ref);
        match aside.unwrap_or_else(|| self.codes.get(venue)) {
            Some(codes) => codes.iter().any(is_it),
            None => is_it(&self.symbol),
        }
    }
}

fn check_contract(contract: &Contract) -> Result<(), EntryError> {
    let Contract { chain, address } = contract;
    let is_chain = (1..=MAX_CHAIN).contains(&chain.len())
        && chain
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !is_chain {
        return Err(EntryError::Chain(chain.chars().take(MAX_CHAIN).collect()));
    }
    let is_address = (1..=MAX_ADDRESS).contains(&address.len())
        && address.bytes().all(|b| b.is_ascii_graphic())
        && !(address.starts_with("0x") && address.bytes().any(|b| b.is_ascii_uppercase()));
    if is_address {
        Ok(())
    } else {
        Err(EntryError::Address)
    }
}
