//! Mappings: the codes of exchanges that the catalogue in force knows by a word of its own. They are parts of tokens'
//! entries; taking one away, or back to as shipped, is a decision about its token.

use std::fmt;

use parallax::catalogue::Entry;
use parallax::token::{Symbol, TokenId};
use parallax::venue::VenueId;

use super::{TokenDesk, TokenError};
use crate::accounts::By;

/// A code that means a token by a word of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// The exchange.
    pub venue: VenueId,
    /// The code; `None` says that the token is not on that exchange.
    pub code: Option<Symbol>,
    /// The token.
    pub token: TokenId,
    /// Its name.
    pub name: String,
    /// Whether this is as shipped.
    pub is_shipped: bool,
}

impl Mapping {
    /// What no other mapping has. The code comes last: it alone can hold a colon.
    #[must_use]
    pub fn id(&self) -> String {
        let code = self.code.as_ref().map_or("", Symbol::as_str);
        format!("{}:{}:{code}", self.venue, self.token)
    }
}

impl fmt::Display for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { venue, token, .. } = self;
        match &self.code {
            Some(code) => write!(f, "{code} on {venue} means {token}"),
            None => write!(f, "{token} is not on {venue}"),
        }
    }
}

impl TokenDesk {
    /// Every word of its own that the catalogue in force has about an exchange's codes, by exchange and code.
    #[must_use]
    pub fn mappings(&self) -> Vec<Mapping> {
        let in_force = self.inner.in_force.borrow().clone();
        let mut mappings = Vec::new();
        for entry in in_force.entries().iter().filter(|entry| entry.enabled) {
            let shipped = self.inner.shipped.entry(entry.id.as_str());
            for (venue, codes) in &entry.codes {
                let shipped = shipped.and_then(|shipped| shipped.codes.get(venue));
                let mapping = |code: Option<&Symbol>| Mapping {
                    venue: venue.clone(),
                    token: entry.id.clone(),
                    name: entry.name.clone(),
                    is_shipped: shipped.is_some_and(|shipped| match code {
                        Some(code) => shipped.contains(code),
                        None => shipped.is_empty(),
                    }),
                    code: code.cloned(),
                };
                if codes.is_empty() {
                    mappings.push(mapping(None));
                }
                mappings.extend(codes.iter().map(|code| mapping(Some(code))));
            }
        }
        mappings.sort_by(|a, b| (&a.venue, &a.code).cmp(&(&b.venue, &b.code)));
        mappings
    }

    /// The exchanges that the shipped catalogue or an operator named.
    #[must_use]
    pub fn named_venues(&self) -> Vec<VenueId> {
        let mut venues: Vec<VenueId> = self.mappings().into_iter().map(|it| it.venue).collect();
        venues.dedup();
        venues
    }

    /// Takes a mapping away. A token without any word of its own on an exchange is meant by its symbol there.
    ///
    /// # Errors
    /// [`TokenError`]; unless it is [`TokenError::Unsettled`] nothing was changed.
    pub async fn unmap(&self, mapping: &Mapping, by: &By) -> Result<(), TokenError> {
        self.remap(mapping, "token.unmap", by, |entry, _| {
            let codes = entry.codes.get_mut(&mapping.venue)?;
            codes.retain(|code| Some(code) != mapping.code.as_ref());
            if codes.is_empty() {
                entry.codes.remove(&mapping.venue);
            }
            Some(())
        })
        .await
    }

    /// Makes the codes of the mapping's token on its exchange what this version of the program ships.
    ///
    /// # Errors
    /// [`TokenError`]; unless it is [`TokenError::Unsettled`] nothing was changed.
    pub async fn reset_mapping(&self, mapping: &Mapping, by: &By) -> Result<(), TokenError> {
        self.remap(mapping, "token.reset_codes", by, |entry, shipped| {
            let venue = mapping.venue.clone();
            match shipped?.codes.get(&venue) {
                Some(codes) => entry.codes.insert(venue, codes.clone()),
                None => entry.codes.remove(&venue),
            };
            Some(())
        })
        .await
    }

    /// Changes the codes of a mapping's token as it is now; `change` says `None` where there is nothing to change.
    async fn remap(
        &self,
        mapping: &Mapping,
        action: &'static str,
        by: &By,
        change: impl FnOnce(&mut Entry, Option<&Entry>) -> Option<()>,
    ) -> Result<(), TokenError> {
        let _turn = self.inner.turn.lock().await;
        self.read_in_turn().await?;
        // Another one may be there by now, or none.
        if !self.mappings().contains(mapping) {
            return Err(TokenError::Changed);
        }
        let id = &mapping.token;
        let known = self.get(id.as_str());
        let known = known.ok_or_else(|| TokenError::unknown(id.as_str()))?;
        let shipped = self.shipped(id.as_str());
        let mut entry = known.entry.clone();
        change(&mut entry, shipped).ok_or(TokenError::NothingToReset)?;
        if entry == known.entry {
            return Err(TokenError::NothingToReset);
        }
        self.decide(id, Some(entry), known.revision, action, by)
            .await
    }
}
