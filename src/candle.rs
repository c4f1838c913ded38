//! Candles: open, high, low and close over a half-open interval `[open_time, close_time)` in UTC.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::amount::{Price, Quantity};
use crate::time::Timestamp;
use crate::token::TokenId;

/// The length of a stored candle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Interval {
    /// One minute.
    #[serde(rename = "1m")]
    Minute,
    /// One hour.
    #[serde(rename = "1h")]
    Hour,
    /// One day, from midnight UTC.
    #[serde(rename = "1d")]
    Day,
}

impl Interval {
    /// `1m`, `1h` or `1d`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "1m",
            Self::Hour => "1h",
            Self::Day => "1d",
        }
    }

    /// How long the interval is.
    #[must_use]
    pub const fn duration(self) -> Duration {
        match self {
            Self::Minute => Duration::from_secs(60),
            Self::Hour => Duration::from_secs(3_600),
            Self::Day => Duration::from_secs(86_400),
        }
    }
}

/// Open, high, low, close and volume of one market over one interval, as an exchange reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VenueCandle {
    /// The interval's first moment.
    pub open_time: Timestamp,
    /// First price, in the quote asset.
    pub open: Price,
    /// Highest price.
    pub high: Price,
    /// Lowest price.
    pub low: Price,
    /// Last price.
    pub close: Price,
    /// Units of the base asset traded.
    pub base_volume: Quantity,
}

/// The index price of one token over one interval, in USD.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candle {
    /// The token.
    pub token: TokenId,
    /// The length.
    pub interval: Interval,
    /// The interval's first moment; it ends just before `open_time` + `interval`.
    pub open_time: Timestamp,
    /// First published price.
    pub open: Price,
    /// Highest published price.
    pub high: Price,
    /// Lowest published price.
    pub low: Price,
    /// Last published price.
    pub close: Price,
    /// How many published prices it was made of.
    pub updates: u32,
    /// The most sources any of them had.
    pub sources: u32,
}

impl Candle {
    /// A candle of one price.
    #[must_use]
    pub fn start(
        token: TokenId,
        interval: Interval,
        at: Timestamp,
        price: Price,
        sources: u32,
    ) -> Self {
        let open_time = at.floor(interval.duration());
        Self {
            token,
            interval,
            open_time,
            open: price,
            high: price,
            low: price,
            close: price,
            updates: 1,
            sources,
        }
    }

    /// Adds the next published price, which must lie within the interval and not before the last.
    pub fn add(&mut self, price: Price, sources: u32) {
        self.high = self.high.max(price);
        self.low = self.low.min(price);
        self.close = price;
        self.updates = self.updates.saturating_add(1);
        self.sources = self.sources.max(sources);
    }
}
