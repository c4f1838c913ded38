//! Candles and charts as CSV (RFC 4180): what `crates/api` offers for download, and what
//! `parallax export` writes and `parallax import` reads.
//!
//! Every field of candles and charts is a number, a time or one of our own words, so none needs quotes and none
//! can be a spreadsheet's formula; [`quoted`] writes any other text. Lines end in CR LF when written; both ends
//! are understood when read.

mod read;
#[cfg(test)]
mod tests;

use std::fmt::{Display, Write};

use parallax::candle::{Bar, CandleKind, Source, Step};
use parallax::time::Timestamp;
use parallax::token::TokenId;

use crate::chart::Point;

pub use read::{CsvError, Reader};

/// The columns of candles.
pub const COLUMNS: [&str; 15] = [
    "token",
    "source",
    "interval",
    "open_time",
    "open",
    "high",
    "low",
    "close",
    "volume_usd",
    "trades",
    "sources",
    "minutes",
    "kind",
    "revision",
    "confidence",
];

/// Columns that a file of an earlier version does not have.
pub(crate) const OPTIONAL_COLUMNS: usize = 1;

/// The columns of a chart.
pub const CHART_COLUMNS: &str = "time,open,close,high,low,priceUSD\r\n";

/// The header of candles, as a line.
#[must_use]
pub fn header() -> String {
    COLUMNS.join(",") + "\r\n"
}

/// Appends one candle as a line. Without a bar, the line is a `gap` with empty prices.
pub fn write_candle(
    line: &mut String,
    token: &TokenId,
    source: &Source,
    step: Step,
    open_time: Timestamp,
    bar: Option<&Bar>,
) {
    // Writing to a string cannot fail.
    let _ = write!(line, "{token},{source},{step},{open_time},");
    let _ = match bar {
        Some(bar) => write!(
            line,
            "{},{},{},{},{},{},{},{},{},{},{}\r\n",
            bar.open,
            bar.high,
            bar.low,
            bar.close,
            bar.volume_usd,
            bar.trades
                .map(|trades| trades.to_string())
                .unwrap_or_default(),
            bar.sources,
            bar.minutes,
            bar.kind.as_str(),
            bar.revision,
            bar.confidence
                .map(|confidence| confidence.to_string())
                .unwrap_or_default(),
        ),
        None => write!(line, ",,,,,,0,0,{},0,\r\n", CandleKind::Gap.as_str()),
    };
}

/// Appends one window of a chart as a line; the values of an empty one are empty.
pub fn write_point(line: &mut String, point: &Point) {
    let _ = write!(line, "{},", chart_time(point.time));
    let _ = match &point.values {
        Some(v) => write!(
            line,
            "{},{},{},{},{}\r\n",
            v.open, v.close, v.high, v.low, v.price_usd
        ),
        None => write!(line, ",,,,\r\n"),
    };
}

/// A chart's way to write a time: `2024-08-28T00:00:00`, in UTC.
#[must_use]
pub fn chart_time(at: Timestamp) -> String {
    let mut text = at.to_string();
    // Charts start at whole hours: the milliseconds and the zone carry nothing.
    text.truncate("2024-08-28T00:00:00".len());
    text
}

/// Any text as a field that ends where it ends and that no spreadsheet takes for a formula.
#[must_use]
pub fn quoted(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let mark = if is_formula { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}

/// A file name for a download: letters, digits, `-`, `_` and `.` only.
#[must_use]
pub fn file_name(token: &TokenId, source: &Source, what: impl Display) -> String {
    format!("{token}-{source}-{what}.csv")
}
