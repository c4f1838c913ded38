//! What a simulated market looks like at one moment, in whole ticks and lots.
//!
//! Made by `quoting`, bent by `fault`, written out by the simulated exchanges.

use parallax::time::Timestamp;

/// A market at one moment. Prices are in ticks, sizes and volumes in lots of the market's listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// When.
    pub at: Timestamp,
    /// Rises by one with every change of this market.
    pub sequence: u64,
    pub bid: i128,
    pub ask: i128,
    pub bid_size: i128,
    pub ask_size: i128,
    /// The last trade.
    pub last: Execution,
    pub day: Day,
    /// The exchange has halted the market.
    pub halted: bool,
}

/// One execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Execution {
    pub id: u64,
    pub price: i128,
    pub size: i128,
    /// Whether the taker bought.
    pub taker_bought: bool,
}

/// The last 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Day {
    pub open: i128,
    pub high: i128,
    pub low: i128,
    /// Lots of the base asset.
    pub volume: i128,
}

/// One historic candle of a market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CandleRow {
    /// Seconds since 1970.
    pub open_time_s: i64,
    pub open: i128,
    pub high: i128,
    pub low: i128,
    pub close: i128,
    /// Lots of the base asset.
    pub volume: i128,
    pub trades: u64,
}

/// Where a simulated exchange's REST side gets its candles.
pub(crate) trait History: Send + Sync {
    /// Candles of `market` that open in `from_s..until_s` (seconds since 1970) and not after now, oldest
    /// first, at most `limit` of them, counted from `from_s`. The last may be unfinished.
    fn candles(
        &self,
        market: usize,
        interval_s: i64,
        from_s: i64,
        until_s: i64,
        limit: usize,
    ) -> Vec<CandleRow>;
}

/// The history of an exchange that has none: replays and floods.
#[derive(Debug)]
pub(crate) struct NoHistory;

impl History for NoHistory {
    fn candles(&self, _: usize, _: i64, _: i64, _: i64, _: usize) -> Vec<CandleRow> {
        Vec::new()
    }
}
