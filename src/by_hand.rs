//! Prices set by hand: what an operator decided, and how it is published in place of the computed price.
//!
//! Decided in the admin (`crates/service`), applied where prices are published (`crates/worker`). `crates/pricing` does
//! not know of it: what is computed goes on being computed, and is published beside.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::amount::Price;
use crate::index::{IndexPrice, Status};
use crate::time::Timestamp;
use crate::token::TokenId;

/// The prices that are set by hand, by token. Some may have ended since.
pub type SetPrices = Arc<BTreeMap<TokenId, SetPrice>>;

/// A price that an operator set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetPrice {
    /// USD per unit, above zero.
    pub price: Price,
    /// Why, for everyone to read: 1 to 200 characters in one line.
    pub reason: String,
    /// When it was set.
    pub since: Timestamp,
    /// The first moment at which it is in force no longer.
    pub until: Timestamp,
}

impl SetPrice {
    /// Whether it is in force at that moment.
    #[must_use]
    pub fn holds_at(&self, at: Timestamp) -> bool {
        at < self.until
    }
}

/// What the method makes of the quotes while another price is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ComputedPrice {
    /// USD per unit; `None` exactly when `status` is `no_quorum`.
    pub price: Option<Price>,
    /// Half the width of the band that holds the middle half of the weight, in USD.
    pub confidence: Option<Price>,
    /// How far the computed price can be trusted.
    pub status: Status,
    /// When the computed price was last confirmed by a usable quote.
    pub as_of: Option<Timestamp>,
}

/// That a published price was set by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceOverride {
    /// USD per unit, as it was set.
    pub price: Price,
    /// Why, in the operator's words.
    pub reason: String,
    /// When it was set.
    pub since: Timestamp,
    /// When it ends by itself and the computed price is published again. It may be taken back before.
    pub until: Timestamp,
    /// The computed price, which goes on beside. The constituents and their weights explain this one.
    pub computed: ComputedPrice,
}

impl PriceOverride {
    /// What was decided, without what is computed.
    #[must_use]
    pub fn set(&self) -> SetPrice {
        SetPrice {
            price: self.price,
            reason: self.reason.clone(),
            since: self.since,
            until: self.until,
        }
    }
}

impl IndexPrice {
    /// This computed price as it is published while `set` is in force. One that is set by hand already is set anew.
    #[must_use]
    pub fn set_by_hand(&self, set: &SetPrice) -> Self {
        let computed = self.computed();
        let by_hand = PriceOverride {
            price: set.price,
            reason: set.reason.clone(),
            since: set.since,
            until: set.until,
            computed: computed.computed_price(),
        };
        Self {
            price: Some(set.price),
            confidence: None,
            status: Status::Manual,
            as_of: Some(set.since),
            by_hand: Some(Arc::new(by_hand)),
            ..computed
        }
    }

    /// What the quotes say, whether or not something else is published.
    #[must_use]
    pub fn computed_price(&self) -> ComputedPrice {
        match &self.by_hand {
            Some(by_hand) => by_hand.computed,
            None => ComputedPrice {
                price: self.price,
                confidence: self.confidence,
                status: self.status,
                as_of: self.as_of,
            },
        }
    }

    /// The computed price with its explanation, without what was set by hand.
    #[must_use]
    pub fn computed(&self) -> Self {
        let mut index = self.clone();
        if let Some(by_hand) = index.by_hand.take() {
            let ComputedPrice {
                price,
                confidence,
                status,
                as_of,
            } = by_hand.computed;
            (index.price, index.confidence) = (price, confidence);
            (index.status, index.as_of) = (status, as_of);
        }
        index
    }
}

#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
mod tests {
    use super::*;

    fn computed() -> IndexPrice {
        IndexPrice {
            token: "bitcoin".parse().unwrap(),
            price: Some("100.5".parse().unwrap()),
            confidence: Some("0.25".parse().unwrap()),
            status: Status::Live,
            as_of: Some(Timestamp::from_unix_s(100).unwrap()),
            computed_at: Timestamp::from_unix_s(101).unwrap(),
            method: 1,
            sources: 2,
            sources_known: 3,
            volume_24h_usd: None,
            constituents: Vec::new(),
            by_hand: None,
        }
    }

    fn set(price: &str) -> SetPrice {
        SetPrice {
            price: price.parse().unwrap(),
            reason: "the exchanges are down".to_owned(),
            since: Timestamp::from_unix_s(90).unwrap(),
            until: Timestamp::from_unix_s(200).unwrap(),
        }
    }

    #[test]
    fn a_price_set_by_hand_says_so_and_keeps_the_computed_one_beside() {
        let index = computed().set_by_hand(&set("7"));
        assert_eq!(index.price.unwrap().to_string(), "7");
        assert_eq!((index.status, index.confidence), (Status::Manual, None));
        assert_eq!(index.as_of, Some(set("7").since));
        let by_hand = index.by_hand.as_ref().unwrap();
        assert_eq!(by_hand.set(), set("7"));
        assert_eq!(by_hand.computed.status, Status::Live);
        assert_eq!(index.sources, 2, "the explanation is of the computed price");
        assert_eq!(index.computed(), computed());
        assert_eq!(index.set_by_hand(&set("8")).computed(), computed());
    }

    #[test]
    fn in_json_the_override_is_there_only_when_there_is_one() {
        let json = serde_json::to_value(computed()).unwrap();
        assert!(json.get("override").is_none(), "{json}");
        let by_hand = computed().set_by_hand(&set("7.10"));
        let json = serde_json::to_value(&by_hand).unwrap();
        assert_eq!(json["status"], "manual");
        assert_eq!(json["override"]["price"], "7.1");
        assert_eq!(json["override"]["computed"]["price"], "100.5");
        assert_eq!(serde_json::from_value::<IndexPrice>(json).unwrap(), by_hand);
    }

    #[test]
    fn it_is_in_force_before_its_end() {
        let at = |unix_s| Timestamp::from_unix_s(unix_s).unwrap();
        assert!(set("1").holds_at(at(199)));
        assert!(!set("1").holds_at(at(200)));
    }
}
