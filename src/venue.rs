//! Venues: the exchanges and chains that quote prices.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::candle::Interval;
use crate::token::{IdentifierError, identifier};

identifier! {
    /// A venue's id, such as `binance` or `binance_us`: the name of its adapter's source file. A string
    /// and not an enum, because an enum would make every new exchange edit the vocabulary.
    VenueId, "a venue id", "1 to 32 lowercase letters, digits or '_', starting with a letter",
    |text| (1..=32).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// A venue as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Venue {
    /// The identity.
    pub id: VenueId,
    /// The name for people: `Coinbase`.
    pub name: String,
    /// The venue's public web site.
    pub website: String,
}

/// Where an operator said a venue is. What is `None` is where the configuration says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct VenueAddresses {
    /// Base of the WebSocket URL, without a slash at the end: `wss://ws.example.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// Base of the REST URLs, without a slash at the end: `https://api.example.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<String>,
}

/// How the operator set a venue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VenueSwitch {
    /// Nothing is asked or listened to there; what came from there counts no longer.
    pub is_paused: bool,
    /// How often the operator let all its connections be opened anew.
    pub reconnects: u32,
    /// Where it is, if not where the configuration says.
    pub addresses: Option<Arc<VenueAddresses>>,
}

/// How a venue's prices are had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// It sends them as they change.
    Stream,
    /// It is asked from time to time.
    Poll,
}

/// What a venue delivers, by its adapter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VenueProfile {
    /// Where the venue documents what is read here.
    pub docs_url: String,
    /// How its prices are had.
    pub delivery: Delivery,
    /// Whether its quotes carry sizes.
    pub quote_sizes: bool,
    /// Whether its trades are read.
    pub trades: bool,
    /// Whether its figures of 24 hours are read.
    pub tickers: bool,
    /// The lengths of the historic candles that it has; empty where it has none.
    pub candle_intervals: Vec<Interval>,
    /// Milliseconds after which a quote of it is stale.
    pub max_quote_age_ms: u64,
}
