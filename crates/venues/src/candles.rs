//! What all exchanges' historic candles have in common: which to ask for, and which of the answer
//! to keep.
//!
//! Exchanges differ in whether an end is inclusive, in order and in padding, so each adapter asks for
//! open times from [`Window::first`] to [`Window::last`], both wanted, and says in [`Columns`] where
//! the answer's rows have what. Called by the files in `src/exchanges/`.

use std::time::Duration;

use parallax::amount::{Price, Quantity};
use parallax::candle::VenueCandle;
use parallax::time::{Timestamp, TimestampError};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::frame::{self, Number};
use crate::spec::{CandlePage, CandleQuery, DecodeError};

/// The open times of the candles to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    /// The first candle's open time.
    pub(crate) first: Timestamp,
    /// The last candle's open time.
    pub(crate) last: Timestamp,
    /// The first moment after the last candle.
    pub(crate) end: Timestamp,
}

/// At most `limit` whole candles of the query, from its beginning; `None` when not one fits.
pub(crate) fn window(query: &CandleQuery<'_>, limit: u32) -> Option<Window> {
    let step = query.interval.duration();
    let floor = query.from.floor(step);
    let first = if floor == query.from {
        floor
    } else {
        floor.plus(step)
    };
    let whole = query.until.since(first).as_millis() / step.as_millis().max(1);
    let count = u32::try_from(whole).unwrap_or(u32::MAX).min(limit);
    let last = first.plus(step.saturating_mul(count.checked_sub(1)?));
    Some(Window {
        first,
        last,
        end: last.plus(step),
    })
}

/// The page of a venue whose answer covers the whole window that was asked for.
pub(crate) fn page(query: &CandleQuery<'_>, limit: u32, candles: Vec<VenueCandle>) -> CandlePage {
    CandlePage {
        candles,
        settled_until: window(query, limit).map_or(query.until, |window| window.end),
    }
}

/// Only the candles of the query that were finished when it ended, with prices above zero, oldest
/// first, each once.
///
/// An adapter has no clock, so "finished" means that the candle's interval ends no later than
/// `query.until`, which a caller never sets in the future.
pub(crate) fn finished(query: &CandleQuery<'_>, mut candles: Vec<VenueCandle>) -> Vec<VenueCandle> {
    let step: Duration = query.interval.duration();
    candles.retain(|candle| {
        candle.open_time >= query.from
            && candle.open_time.plus(step) <= query.until
            && is_priced(candle)
    });
    candles.sort_by_key(|candle| candle.open_time);
    candles.dedup_by_key(|candle| candle.open_time);
    candles
}

/// Whether all four prices are above zero. A zero is how venues write "no price".
pub(crate) fn is_priced(candle: &VenueCandle) -> bool {
    [candle.open, candle.high, candle.low, candle.close]
        .iter()
        .all(|price| price.is_positive())
}

/// How a row says how much of the quote asset was traded.
#[derive(Debug, Clone, Copy)]
pub(crate) enum QuoteVolume {
    /// In this column.
    Column(usize),
    /// As a volume-weighted price in this column, to be multiplied by the base volume. The exchange
    /// rounds that price to the market's own places, so the product is right to half a tick per unit.
    MeanPrice(usize),
}

/// Where an exchange's row has what. Its open time stands first everywhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns {
    pub(crate) open: usize,
    pub(crate) high: usize,
    pub(crate) low: usize,
    pub(crate) close: usize,
    pub(crate) base_volume: usize,
    /// `None` where the exchange does not say it.
    pub(crate) quote_volume: Option<QuoteVolume>,
    /// `None` where the exchange does not count them.
    pub(crate) trades: Option<usize>,
}

impl Columns {
    /// Reads an array of rows, whose open times `time` understands, and keeps what [`finished`] does.
    ///
    /// # Errors
    /// [`DecodeError`] when the answer is something else, a row is too short, or a number is none.
    pub(crate) fn read(
        self,
        query: &CandleQuery<'_>,
        answer: &str,
        time: fn(i64) -> Result<Timestamp, TimestampError>,
    ) -> Result<Vec<VenueCandle>, DecodeError> {
        let rows: Vec<Vec<Number<'_>>> = frame::parse(answer)?;
        let candles: Result<_, _> = rows.iter().map(|row| self.row(row, time)).collect();
        Ok(finished(query, candles?))
    }

    fn row(
        self,
        row: &[Number<'_>],
        time: fn(i64) -> Result<Timestamp, TimestampError>,
    ) -> Result<VenueCandle, DecodeError> {
        let cell = |column: usize| {
            row.get(column)
                .copied()
                .ok_or(DecodeError::Unexpected("a candle with too few fields"))
        };
        let base_volume = cell(self.base_volume)?.quantity("volume")?;
        let quote_volume = match self.quote_volume {
            None => None,
            Some(QuoteVolume::Column(column)) => Some(cell(column)?.quantity("quote volume")?),
            Some(QuoteVolume::MeanPrice(column)) => {
                value(cell(column)?.price("mean price")?, base_volume)
            }
        };
        Ok(VenueCandle {
            open_time: time(cell(0)?.integer()?).map_err(|source| DecodeError::Time {
                field: "time",
                source,
            })?,
            open: cell(self.open)?.price("open")?,
            high: cell(self.high)?.price("high")?,
            low: cell(self.low)?.price("low")?,
            close: cell(self.close)?.price("close")?,
            base_volume,
            quote_volume,
            trades: self
                .trades
                .map(|column| {
                    u64::try_from(cell(column)?.integer()?)
                        .map_err(|_| DecodeError::Unexpected("a negative number of trades"))
                })
                .transpose()?,
        })
    }
}

/// Price times size; `None` where the product has more digits than can be held.
fn value(price: Price, size: Quantity) -> Option<Quantity> {
    let (price, size) = (price.get(), size.get());
    let places = price.scale() + size.scale();
    let product = price.checked_mul(size)?;
    // A product that does not fit is rounded to fewer places.
    (product.is_zero() || product.scale() == places)
        .then(|| Quantity::new(product).ok())
        .flatten()
}

/// A symbol as part of a URL. Symbols are not only ASCII: some exchanges list Chinese names.
pub(crate) fn in_url(symbol: &str) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');
    utf8_percent_encode(symbol, KEPT).to_string()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::sync::Arc;

    use parallax::candle::Interval;
    use parallax::market::{Asset, Listing, Market};
    use parallax::token::Symbol;
    use parallax::venue::VenueId;

    use super::*;

    fn at(minutes: i64, seconds: i64) -> Timestamp {
        Timestamp::from_unix_s(minutes * 60 + seconds).unwrap()
    }

    fn listing() -> Listing {
        let (venue, code) = (VenueId::new("any").unwrap(), Symbol::new("A").unwrap());
        let asset = Asset::Unlisted {
            venue: venue.clone(),
            code: code.clone(),
        };
        Listing {
            venue,
            symbol: Arc::from("A"),
            base_code: code.clone(),
            quote_code: code,
            market: Market {
                base: asset.clone(),
                quote: asset,
            },
        }
    }

    fn query(listing: &Listing, from: Timestamp, until: Timestamp) -> CandleQuery<'_> {
        CandleQuery {
            listing,
            interval: Interval::Minute,
            from,
            until,
        }
    }

    #[test]
    fn a_query_is_half_open_and_only_whole_candles_are_asked_for() {
        let listing = listing();
        let of = |from, until, limit| {
            window(&query(&listing, from, until), limit).map(|found| (found.first, found.last))
        };
        assert_eq!(of(at(10, 0), at(13, 0), 9), Some((at(10, 0), at(12, 0))));
        assert_eq!(of(at(10, 1), at(13, 59), 9), Some((at(11, 0), at(12, 0))));
        assert_eq!(of(at(10, 0), at(99, 0), 2), Some((at(10, 0), at(11, 0))));
        assert_eq!(of(at(10, 0), at(10, 59), 9), None);
        assert_eq!(of(at(10, 0), at(9, 0), 9), None);
    }

    #[test]
    fn an_answer_is_put_in_order_and_cut_to_the_finished_candles_of_the_query() {
        let listing = listing();
        let candle = |open_time| VenueCandle {
            open_time,
            open: "1".parse().unwrap(),
            high: "1".parse().unwrap(),
            low: "1".parse().unwrap(),
            close: "1".parse().unwrap(),
            base_volume: "1".parse().unwrap(),
            quote_volume: None,
            trades: None,
        };
        let answer = [13, 12, 11, 11, 10, 9].map(|minute| candle(at(minute, 0)));
        let kept = finished(&query(&listing, at(10, 0), at(13, 0)), answer.to_vec());
        let opens: Vec<_> = kept.iter().map(|candle| candle.open_time).collect();
        assert_eq!(opens, [at(10, 0), at(11, 0), at(12, 0)]);
    }

    #[test]
    fn a_symbol_in_a_url_is_escaped() {
        assert_eq!(in_url("BTC-USD"), "BTC-USD");
        assert_eq!(in_url("a/b?c"), "a%2Fb%3Fc");
    }
}
