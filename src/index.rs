//! The index price: one price per token in USD, with everything needed to explain it.
//!
//! Computed by `crates/pricing` by the method of docs/METHOD.md; read by the page, the API and the store.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::amount::{Price, Quantity, text};
use crate::by_hand::PriceOverride;
use crate::time::Timestamp;
use crate::token::{Symbol, TokenId};
use crate::venue::VenueId;

/// How far a published price can be trusted now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Fresh, from at least the minimum number of sources.
    Live,
    /// Fresh, but from fewer sources than the minimum.
    Thin,
    /// Set by hand for a while, in place of the computed price: see [`IndexPrice::by_hand`]. No quote confirms it.
    Manual,
    /// The last price, no longer confirmed for a short while.
    Aging,
    /// The last price, unconfirmed for longer than the limit. Shown greyed, with its age.
    Stale,
    /// No usable source, and no earlier price that may be shown: there is no number.
    NoQuorum,
}

impl Status {
    /// The word in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Thin => "thin",
            Self::Manual => "manual",
            Self::Aging => "aging",
            Self::Stale => "stale",
            Self::NoQuorum => "no_quorum",
        }
    }
}

/// One step of the way from a market's own quote asset to USD.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversionLeg {
    /// The token whose index was used: `tether`. Its own explanation is that token's page.
    pub through: TokenId,
    /// USD per unit of it, at the moment of the computation.
    pub rate: Price,
    /// When that rate was computed.
    pub rate_at: Timestamp,
    /// Whether the market prices the token as its quote asset, so that the market's price was turned
    /// over (1 / ask, 1 / bid) before conversion, as with `USD/JPY` for the yen.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub inverted: bool,
}

/// A rule that leaves a quote out of the price. The names are part of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Nothing was received from the market yet.
    NoQuote,
    /// The quote is older than the limit, or the connection reported the market stalled.
    Stale,
    /// Bid or ask is zero or negative.
    NotPositive,
    /// The bid is above the ask.
    Crossed,
    /// Bid and ask are equal beyond the tolerated time.
    Locked,
    /// The spread is wider than the limit.
    WideSpread,
    /// There is no usable index to convert the quote asset to USD.
    NoConversion,
    /// The mid is too far from the others.
    Outlier,
    /// The result cannot be represented exactly enough.
    Unrepresentable,
}

impl Rule {
    /// The word in the API: `wide_spread`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoQuote => "no_quote",
            Self::Stale => "stale",
            Self::NotPositive => "not_positive",
            Self::Crossed => "crossed",
            Self::Locked => "locked",
            Self::WideSpread => "wide_spread",
            Self::NoConversion => "no_conversion",
            Self::Outlier => "outlier",
            Self::Unrepresentable => "unrepresentable",
        }
    }
}

/// Why a quote was left out: the rule, what was found and what is allowed, both in the rule's unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Exclusion {
    /// The rule.
    pub rule: Rule,
    /// What was found, with its unit: `41 s`, `312 bp`.
    pub found: String,
    /// The threshold it was held against, with its unit: `at most 10 s`, `at most 200 bp`.
    pub allowed: String,
}

/// One market's part in a price, or the reason for having none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Constituent {
    /// The exchange.
    pub venue: VenueId,
    /// The exchange's own name of the market.
    pub market: String,
    /// The exchange's code of the base asset.
    pub base_code: Symbol,
    /// The exchange's code of the quote asset.
    pub quote_code: Symbol,
    /// As received, in the market's quote asset. `None` before the first quote.
    pub bid: Option<Price>,
    /// As received, in the market's quote asset.
    pub ask: Option<Price>,
    /// Units at the bid.
    pub bid_size: Option<Quantity>,
    /// Units at the ask.
    pub ask_size: Option<Quantity>,
    /// A price without a book, as a chain has it, in USD. Then there is no bid and no ask.
    #[serde(default)]
    pub spot: Option<Price>,
    /// When `spot` was true by the chain's own clock: its block's time. Its age counts from there.
    #[serde(default)]
    pub observed_at: Option<Timestamp>,
    /// When the quote was received.
    pub received_at: Option<Timestamp>,
    /// Its age at the computation, in milliseconds on the monotonic clock.
    pub age_ms: Option<u64>,
    /// How it was converted to USD; `None` for a market in USD.
    pub conversion: Option<ConversionLeg>,
    /// (bid + ask) / 2, in USD after conversion; `None` when there is none.
    pub mid_usd: Option<Price>,
    /// Distance of `mid_usd` from the index price in basis points (1/100 of a per cent), two places.
    #[serde(with = "text::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::DecimalText>))]
    pub offset_bp: Option<Decimal>,
    /// Volume of 24 hours in USD, where the exchange says it.
    pub volume_24h_usd: Option<Quantity>,
    /// Share in the price, 0 to 1, six places; all weights of a price add up to 1 within 1e-6 per
    /// constituent. `None` when left out.
    #[serde(with = "text::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::schema::DecimalText>))]
    pub weight: Option<Decimal>,
    /// Why it was left out; `None` when it was not.
    pub excluded: Option<Exclusion>,
}

/// One token's price in USD and its explanation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IndexPrice {
    /// The token.
    pub token: TokenId,
    /// USD per unit, computed or set by hand; `None` exactly when `status` is [`Status::NoQuorum`].
    pub price: Option<Price>,
    /// Half the width of the band that holds the middle half of the weight, in USD. None while set by hand.
    pub confidence: Option<Price>,
    /// How far it can be trusted.
    pub status: Status,
    /// When the price was last confirmed by a usable quote. For [`Status::Aging`] and [`Status::Stale`]
    /// that lies in the past; `None` if never. While set by hand, when it was set.
    pub as_of: Option<Timestamp>,
    /// When this was computed.
    pub computed_at: Timestamp,
    /// The version of docs/METHOD.md's method.
    pub method: u16,
    /// Distinct exchanges in the price.
    pub sources: u32,
    /// Distinct exchanges that list the token.
    pub sources_known: u32,
    /// Volume of 24 hours over all constituents that say one, in USD.
    pub volume_24h_usd: Option<Quantity>,
    /// Every market of the token: the included ones first, by weight, then the others; ties by venue
    /// and market name.
    pub constituents: Vec<Constituent>,
    /// That the price was set by hand: why, until when, and what the quotes say meanwhile. Absent from an answer unless
    /// `status` is [`Status::Manual`]. Then `price`, `confidence`, `status` and `as_of` are the hand's, and
    /// everything else still explains the computed price.
    #[serde(rename = "override", default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub by_hand: Option<Arc<PriceOverride>>,
}
