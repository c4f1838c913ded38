//! Candles and charts as CSV (RFC 4180): what `crates/api` offers for download, and what
//! `parallax export` writes and `parallax import` reads.
//!
//! Every field is a number, a time or one of our own words, so none needs quotes and none can be a
//! spreadsheet's formula. Lines end in CR LF when written; both ends are understood when read.

use std::fmt::{Display, Write};
use std::str::FromStr;

use parallax::amount::{Price, Quantity};
use parallax::candle::{Bar, Candle, CandleKind, Interval, Series, Source, Step};
use parallax::time::Timestamp;
use parallax::token::TokenId;

use crate::chart::Point;

/// The columns of candles.
pub const COLUMNS: [&str; 14] = [
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
];

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
            "{},{},{},{},{},{},{},{},{},{}\r\n",
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
        ),
        None => write!(line, ",,,,,,0,0,{},0\r\n", CandleKind::Gap.as_str()),
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

/// Why a line is no candle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CsvError {
    /// The first line does not name the columns.
    #[error("the first line must name these columns, in any order: {}", COLUMNS.join(","))]
    Header,
    /// A line has another number of fields than the first.
    #[error("has {got} fields instead of {}", COLUMNS.len())]
    Fields {
        /// How many there are.
        got: usize,
    },
    /// A field cannot be read.
    #[error("{column} is {got:?}, but must be {allowed}")]
    Field {
        /// The column.
        column: &'static str,
        /// What is there, cut to 80 characters.
        got: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// The fields do not fit together.
    #[error("{0}")]
    Inconsistent(&'static str),
}

/// Reads candles line by line.
#[derive(Debug, Clone)]
pub struct Reader {
    /// Where each of [`COLUMNS`] stands.
    places: [usize; COLUMNS.len()],
}

impl Reader {
    /// From the first line, which names the columns.
    ///
    /// # Errors
    /// [`CsvError::Header`] when a column is missing, unknown or named twice.
    pub fn new(first: &str) -> Result<Self, CsvError> {
        let first = first.trim_start_matches('\u{feff}');
        let names = fields(first);
        if names.len() != COLUMNS.len() {
            return Err(CsvError::Header);
        }
        let mut places = [0; COLUMNS.len()];
        for (place, column) in places.iter_mut().zip(COLUMNS) {
            *place = names
                .iter()
                .position(|name| *name == column)
                .ok_or(CsvError::Header)?;
        }
        Ok(Self { places })
    }

    /// Reads one line. `None` for a `gap` without prices: nothing was seen then, so there is no candle.
    ///
    /// # Errors
    /// [`CsvError`] when the line is not a candle that a store may hold: a field that cannot be read, an
    /// interval that is not stored, a time that is not its first moment, prices that are not positive or
    /// do not lie within low and high, more minutes than the interval has.
    pub fn read(&self, line: &str) -> Result<Option<Candle>, CsvError> {
        let fields = fields(line);
        if fields.len() != COLUMNS.len() {
            return Err(CsvError::Fields { got: fields.len() });
        }
        let row = Row {
            reader: self,
            fields: &fields,
        };
        let interval = row.interval()?;
        let series = Series {
            token: row.read(0, "a token id")?,
            source: row.read(1, "index or an exchange's id")?,
            interval,
        };
        if series.source != Source::Index && interval == Interval::Minute {
            return Err(CsvError::Inconsistent(
                "an exchange's candles are of 1h and 1d only",
            ));
        }
        let open_time: Timestamp = row.read(3, "a time such as 2026-01-31T09:00:00Z")?;
        if open_time != Step::from(interval).floor(open_time) {
            return Err(CsvError::Inconsistent(
                "open_time is not the first moment of its interval",
            ));
        }
        let kind = row.kind()?;
        let minutes = row.read(11, "a whole number")?;
        if kind == CandleKind::Gap
            && minutes == 0
            && (4..8).all(|column| row.text(column).is_empty())
        {
            return Ok(None);
        }
        if minutes > interval.minutes() {
            return Err(CsvError::Inconsistent(
                "minutes are more than the interval has",
            ));
        }
        let bar = Bar {
            open_time,
            open: row.price(4)?,
            high: row.price(5)?,
            low: row.price(6)?,
            close: row.price(7)?,
            volume_usd: row.read::<Quantity>(8, "a decimal number, not negative")?,
            trades: match row.text(9) {
                "" => None,
                _ => Some(row.read(9, "a whole number, or empty where it is not known")?),
            },
            sources: row.read(10, "a whole number")?,
            minutes,
            kind,
            revision: row.read(13, "a whole number")?,
        };
        if bar.low > bar.open.min(bar.close) || bar.high < bar.open.max(bar.close) {
            return Err(CsvError::Inconsistent(
                "open and close do not lie within low and high",
            ));
        }
        Ok(Some(Candle { series, bar }))
    }
}

/// One line with the means to find a column in it.
struct Row<'a> {
    reader: &'a Reader,
    fields: &'a [&'a str],
}

impl Row<'_> {
    fn text(&self, column: usize) -> &str {
        let place = self.reader.places.get(column);
        place
            .and_then(|&place| self.fields.get(place))
            .copied()
            .unwrap_or("")
    }

    fn wrong(&self, column: usize, allowed: &'static str) -> CsvError {
        CsvError::Field {
            column: COLUMNS.get(column).copied().unwrap_or_default(),
            got: self.text(column).chars().take(80).collect(),
            allowed,
        }
    }

    fn read<T: FromStr>(&self, column: usize, allowed: &'static str) -> Result<T, CsvError> {
        let text = self.text(column);
        text.parse().map_err(|_| self.wrong(column, allowed))
    }

    fn price(&self, column: usize) -> Result<Price, CsvError> {
        const ALLOWED: &str = "a decimal number above zero with at most 28 digits";
        let price: Price = self.read(column, ALLOWED)?;
        if price.is_positive() {
            Ok(price)
        } else {
            Err(self.wrong(column, ALLOWED))
        }
    }

    fn interval(&self) -> Result<Interval, CsvError> {
        let text = self.text(2);
        Interval::ALL
            .into_iter()
            .find(|interval| interval.as_str() == text)
            .ok_or_else(|| {
                self.wrong(
                    2,
                    "1m, 1h or 1d: others are made of these when they are read",
                )
            })
    }

    fn kind(&self) -> Result<CandleKind, CsvError> {
        let text = self.text(12);
        CandleKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| self.wrong(12, "traded, filled, repaired or gap"))
    }
}

/// A line's fields. None of ours holds a comma; quotes around a whole field, as some programs write them,
/// are taken off.
fn fields(line: &str) -> Vec<&str> {
    let line = line.trim_end_matches(['\r', '\n']);
    let unquoted = |field| {
        let field: &str = str::trim(field);
        field
            .strip_prefix('"')
            .and_then(|field| field.strip_suffix('"'))
            .unwrap_or(field)
    };
    line.split(',').map(unquoted).collect()
}

/// A file name for a download: letters, digits, `-`, `_` and `.` only.
#[must_use]
pub fn file_name(token: &TokenId, source: &Source, what: impl Display) -> String {
    format!("{token}-{source}-{what}.csv")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LINE: &str =
        "bitcoin,index,1h,2024-08-28T00:00:00.000Z,10,12,9,11,5000.5,7,3,60,traded,0";

    fn reader() -> Reader {
        Reader::new(&header()).unwrap()
    }

    fn written(candle: &Candle) -> String {
        let mut line = String::new();
        let Series {
            token,
            source,
            interval,
        } = &candle.series;
        write_candle(
            &mut line,
            token,
            source,
            (*interval).into(),
            candle.bar.open_time,
            Some(&candle.bar),
        );
        line
    }

    #[test]
    fn a_line_is_written_as_it_was_read() {
        let candle = reader().read(LINE).unwrap().unwrap();
        assert_eq!(candle.bar.trades, Some(7));
        assert_eq!(written(&candle), format!("{LINE}\r\n"));
    }

    #[test]
    fn columns_may_come_in_any_order_in_quotes_and_after_a_byte_order_mark() {
        let mut columns: Vec<_> = COLUMNS.iter().zip(LINE.split(',')).collect();
        columns.reverse();
        let quoted = |texts: Vec<&str>| format!("\"{}\"\n", texts.join("\",\""));
        let head = quoted(columns.iter().map(|(name, _)| **name).collect());
        let line = quoted(columns.iter().map(|(_, text)| *text).collect());
        let reader = Reader::new(&format!("\u{feff}{head}")).unwrap();
        assert_eq!(
            written(&reader.read(&line).unwrap().unwrap()),
            format!("{LINE}\r\n")
        );
    }

    #[test]
    fn a_gap_without_prices_is_no_candle() {
        let mut line = String::new();
        let (token, at) = (TokenId::new("bitcoin").unwrap(), Timestamp::default());
        write_candle(&mut line, &token, &Source::Index, Step::Hours(1), at, None);
        assert_eq!(reader().read(&line), Ok(None));
    }

    #[test]
    fn what_no_store_may_hold_is_refused_with_its_column() {
        for (from, to, words) in [
            ("1h", "4h", "interval is \"4h\""),
            ("index,1h", "kraken,1m", "1h and 1d only"),
            ("00:00:00", "00:30:00", "first moment"),
            (",10,", ",0,", "open is \"0\""),
            (",10,", ",-1,", "open is \"-1\""),
            (",10,", ",=1+1,", "open is"),
            (",10,", ",8,", "within low and high"),
            (",11,", ",13,", "within low and high"),
            (",12,", ",,", "high is \"\""),
            ("5000.5", "-1", "volume_usd"),
            (",60,", ",61,", "minutes"),
            (",7,", ",x,", "trades"),
            ("traded", "sold", "kind is \"sold\""),
            ("bitcoin", "BTC", "token is \"BTC\""),
            (",0", "", "13 fields"),
            (",0", ",0,1", "15 fields"),
        ] {
            let line = if from == ",0" {
                format!("{}{to}", LINE.strip_suffix(",0").unwrap())
            } else {
                LINE.replacen(from, to, 1)
            };
            let error = reader().read(&line).unwrap_err().to_string();
            assert!(error.contains(words), "{line}: {error}");
        }
        assert_eq!(Reader::new("token,source").unwrap_err(), CsvError::Header);
        assert_eq!(
            Reader::new(&header().replace("kind", "token")).unwrap_err(),
            CsvError::Header
        );
    }

    #[test]
    fn a_charts_times_have_no_zone_and_its_empty_windows_no_values() {
        let mut line = String::new();
        let point = Point {
            time: Timestamp::from_unix_s(1_724_803_200).unwrap(),
            values: None,
        };
        write_point(&mut line, &point);
        assert_eq!(line, "2024-08-28T00:00:00,,,,,\r\n");
    }

    proptest! {
        #[test]
        fn no_line_makes_the_reader_panic(line in "\\PC*") {
            let _ = reader().read(&line);
            let _ = Reader::new(&line);
        }

        #[test]
        fn every_candle_survives_its_line(
            hour in 0_i64..500_000,
            mut ohlc in prop::array::uniform4(1_i128..(1 << 90)),
            scale in 0_u32..=28,
            volume in 0_i128..(1 << 90),
            trades in proptest::option::of(any::<u64>()),
            (sources, minutes, revision) in (any::<u32>(), 0_u32..=60, any::<u32>()),
            kind in 0_usize..4,
        ) {
            ohlc.sort_unstable();
            let [low, open, close, high] = ohlc.map(|mantissa| {
                Price::new(parallax::Decimal::from_i128_with_scale(mantissa, scale).normalize())
            });
            let candle = Candle {
                series: Series::index("bitcoin".parse().unwrap(), Interval::Hour),
                bar: Bar {
                    open_time: Timestamp::from_unix_s(hour * 3_600).unwrap(),
                    open, high, low, close,
                    volume_usd: Quantity::new(parallax::Decimal::from_i128_with_scale(volume, scale).normalize()).unwrap(),
                    trades, sources, minutes,
                    kind: *CandleKind::ALL.get(kind).unwrap(),
                    revision,
                },
            };
            prop_assert_eq!(reader().read(&written(&candle)), Ok(Some(candle)));
        }
    }
}
