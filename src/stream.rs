//! What travels to readers: the published state of a token, the same on the page, in the API's list
//! and on the stream.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::amount::{Price, Quantity, text};
use crate::by_hand::{ComputedPrice, PriceOverride};
use crate::event::{Quote, Ticker, Trade};
use crate::index::{IndexPrice, Rule, Status};
use crate::market::Listing;
use crate::time::Timestamp;
use crate::token::TokenId;
use crate::venue::VenueId;

/// One exchange's place on the viewpoints strip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Viewpoint {
    /// The exchange.
    pub venue: VenueId,
    /// The pair in the exchange's codes: `BTC/USDT`.
    pub pair: String,
    /// Distance from the index price in basis points; `None` when there is no mid in USD.
    #[serde(with = "text::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::DecimalText>))]
    pub offset_bp: Option<Decimal>,
    /// The rule that left it out; `None` when it is part of the price.
    pub excluded: Option<Rule>,
}

/// Changes of a price against earlier ones, in per cent with two places; `None` until known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changes {
    /// Against one hour ago.
    pub hour_pct: Option<Decimal>,
    /// Against 24 hours ago.
    pub day_pct: Option<Decimal>,
    /// Against seven days ago.
    pub week_pct: Option<Decimal>,
}

/// A token's price as published, without the explanation's detail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceSummary {
    /// The token.
    pub token: TokenId,
    /// The board's sequence number of this state: rises by one with each publication of any token.
    pub seq: u64,
    /// USD per unit, computed or set by hand; `None` exactly when `status` is `no_quorum`.
    pub price: Option<Price>,
    /// Half the width of the band that holds the middle half of the weight, in USD. None while set by hand.
    pub confidence: Option<Price>,
    /// How far it can be trusted.
    pub status: Status,
    /// When it was last confirmed by a usable quote; while set by hand, when it was set.
    pub as_of: Option<Timestamp>,
    /// Distinct exchanges in the price.
    pub sources: u32,
    /// Distinct exchanges that list the token.
    pub sources_known: u32,
    /// Change against the price one hour ago, in per cent, two places; `None` until known.
    #[serde(with = "text::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::DecimalText>))]
    pub change_1h_pct: Option<Decimal>,
    /// Change against the price 24 hours ago, in per cent, two places; `None` until known.
    #[serde(with = "text::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::DecimalText>))]
    pub change_24h_pct: Option<Decimal>,
    /// Change against the price seven days ago, in per cent, two places; `None` until known.
    #[serde(with = "text::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::DecimalText>))]
    pub change_7d_pct: Option<Decimal>,
    /// Volume of 24 hours over all constituents, in USD.
    pub volume_24h_usd: Option<Quantity>,
    /// One entry a constituent, in the constituents' order.
    pub viewpoints: Vec<Viewpoint>,
    /// That the price was set by hand: why, until when, and what the quotes say meanwhile. Absent from an answer unless
    /// `status` is `manual`.
    #[serde(rename = "override", default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub by_hand: Option<Arc<PriceOverride>>,
}

impl PriceSummary {
    /// Reduces an index price to what a table row needs.
    #[must_use]
    pub fn new(seq: u64, index: &IndexPrice, changes: Changes) -> Self {
        let viewpoints = index.constituents.iter().map(|constituent| Viewpoint {
            venue: constituent.venue.clone(),
            pair: format!("{}/{}", constituent.base_code, constituent.quote_code),
            offset_bp: constituent.offset_bp,
            excluded: constituent
                .excluded
                .as_ref()
                .map(|exclusion| exclusion.rule),
        });
        Self {
            token: index.token.clone(),
            seq,
            price: index.price,
            confidence: index.confidence,
            status: index.status,
            as_of: index.as_of,
            sources: index.sources,
            sources_known: index.sources_known,
            change_1h_pct: changes.hour_pct,
            change_24h_pct: changes.day_pct,
            change_7d_pct: changes.week_pct,
            volume_24h_usd: index.volume_24h_usd,
            viewpoints: viewpoints.collect(),
            by_hand: index.by_hand.clone(),
        }
    }

    /// What the quotes say, whether or not something else is published.
    #[must_use]
    pub fn computed(&self) -> ComputedPrice {
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
}

/// A token's published state with its full explanation: an SSE event with `detail=true`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceDetail {
    /// The same as without detail.
    pub summary: PriceSummary,
    /// Every constituent and exclusion.
    pub index: Arc<IndexPrice>,
}

/// One market's last known state, in its own quote currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MarketState {
    /// The market and its exchange.
    pub listing: Arc<Listing>,
    /// The last quote.
    pub quote: Option<Quote>,
    /// When the last quote was received.
    pub quote_at: Option<Timestamp>,
    /// The last price without a book, as a chain has it. Such a market has no quote.
    #[serde(default)]
    pub spot: Option<Price>,
    /// When `spot` was true by the chain's own clock: its block's time. Its age counts from there.
    #[serde(default)]
    pub observed_at: Option<Timestamp>,
    /// The last trade.
    pub trade: Option<Trade>,
    /// When the last trade was received.
    pub trade_at: Option<Timestamp>,
    /// The last 24-hour figures.
    pub ticker: Option<Ticker>,
    /// Whether the market was found stalled and has not spoken since.
    pub stalled: bool,
}

impl MarketState {
    /// A market that has said nothing yet.
    #[must_use]
    pub fn new(listing: Arc<Listing>) -> Self {
        Self {
            listing,
            quote: None,
            quote_at: None,
            spot: None,
            observed_at: None,
            trade: None,
            trade_at: None,
            ticker: None,
            stalled: false,
        }
    }

    /// From when its price ages: the quote's receipt, or the block's time of a chain's price.
    #[must_use]
    pub fn priced_at(&self) -> Option<Timestamp> {
        self.quote_at.or(self.observed_at)
    }
}
