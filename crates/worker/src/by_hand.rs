//! Which prices are published in place of computed ones, and which of them have changed.
//!
//! Owned by the pipeline; what operators decide comes from `crates/service` through the composition root. An end is
//! reached here, by the pipeline's clock: nobody need ask for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parallax::by_hand::{SetPrice, SetPrices};
use parallax::index::{IndexPrice, Status};
use parallax::time::Timestamp;
use parallax::token::TokenId;
use parallax_pricing::METHOD_VERSION;

/// The prices set by hand that are in force.
#[derive(Debug, Default)]
pub(crate) struct ByHand {
    set: BTreeMap<TokenId, SetPrice>,
}

impl ByHand {
    /// Puts these in force, but for those that have ended by `now`, and no others. The tokens for which that changes
    /// anything.
    pub(crate) fn replace(&mut self, set: &SetPrices, now: Timestamp) -> Vec<TokenId> {
        let before = std::mem::take(&mut self.set);
        let holding = set.iter().filter(|(_, set)| set.holds_at(now));
        self.set = holding
            .map(|(token, set)| (token.clone(), set.clone()))
            .collect();
        let all: BTreeSet<&TokenId> = before.keys().chain(self.set.keys()).collect();
        let is_other = |token: &&&TokenId| before.get(**token) != self.set.get(**token);
        all.iter()
            .filter(is_other)
            .map(|&token| token.clone())
            .collect()
    }

    /// Takes those out of force that end by `now`, and says which.
    pub(crate) fn end(&mut self, now: Timestamp) -> Vec<TokenId> {
        let ended = self.set.extract_if(.., |_, set| !set.holds_at(now));
        ended.map(|(token, _)| token).collect()
    }

    /// What is published of a computed price: itself, or what was set in its place.
    pub(crate) fn tell(&self, computed: Arc<IndexPrice>) -> Arc<IndexPrice> {
        match self.set.get(&computed.token) {
            Some(set) => Arc::new(computed.set_by_hand(set)),
            None => computed,
        }
    }

    /// The computed price of a token that no exchange lists.
    pub(crate) fn unlisted(token: TokenId) -> IndexPrice {
        IndexPrice {
            token,
            price: None,
            confidence: None,
            status: Status::NoQuorum,
            as_of: None,
            computed_at: Timestamp::default(),
            method: METHOD_VERSION,
            sources: 0,
            sources_known: 0,
            volume_24h_usd: None,
            constituents: Vec::new(),
            by_hand: None,
        }
    }
}
