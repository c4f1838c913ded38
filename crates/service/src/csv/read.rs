//! One line of CSV as one candle, checked so that a store may hold it.

use std::str::FromStr;

use parallax::amount::{Price, Quantity};
use parallax::candle::{Bar, Candle, CandleKind, Interval, Series, Source, Step};
use parallax::time::Timestamp;

use super::{COLUMNS, OPTIONAL_COLUMNS};

/// Why a line is no candle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CsvError {
    /// The first line does not name the columns.
    #[error(
        "the first line must name these columns, in any order, the last one or not: {}",
        COLUMNS.join(",")
    )]
    Header,
    /// A line has another number of fields than the first.
    #[error("has {got} fields instead of {expected}")]
    Fields {
        /// How many there are.
        got: usize,
        /// How many the first line names.
        expected: usize,
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
    /// Where each of [`COLUMNS`] stands; `None` where the file does not have it.
    places: [Option<usize>; COLUMNS.len()],
    /// How many columns there are.
    columns: usize,
}

impl Reader {
    /// From the first line, which names the columns.
    ///
    /// # Errors
    /// [`CsvError::Header`] when a column is missing, unknown or named twice.
    pub fn new(first: &str) -> Result<Self, CsvError> {
        let first = first.trim_start_matches('\u{feff}');
        let names = fields(first);
        let mut places = [None; COLUMNS.len()];
        for (place, column) in places.iter_mut().zip(COLUMNS) {
            *place = names.iter().position(|name| *name == column);
        }
        // Every name is one of ours and stands there once, and no other than the last may be missing.
        let found = places.iter().flatten().count();
        let needed = COLUMNS.len() - OPTIONAL_COLUMNS;
        let is_complete = places.iter().take(needed).all(Option::is_some);
        if !is_complete || names.len() != found {
            return Err(CsvError::Header);
        }
        Ok(Self {
            places,
            columns: names.len(),
        })
    }

    /// Reads one line. `None` for a `gap` without prices: nothing was seen then, so there is no candle.
    ///
    /// # Errors
    /// [`CsvError`] when the line is not a candle that a store may hold: a field that cannot be read, an
    /// interval that is not stored, a time that is not its first moment, prices that are not positive or
    /// do not lie within low and high, more minutes than the interval has.
    pub fn read(&self, line: &str) -> Result<Option<Candle>, CsvError> {
        let fields = fields(line);
        if fields.len() != self.columns {
            return Err(CsvError::Fields {
                got: fields.len(),
                expected: self.columns,
            });
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
            confidence: row.confidence()?,
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
        let place = self.reader.places.get(column).copied().flatten();
        place
            .and_then(|place| self.fields.get(place))
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

    /// Half a band: empty where it is not known, and 0 when all sources agree.
    fn confidence(&self) -> Result<Option<Price>, CsvError> {
        const ALLOWED: &str = "a decimal number, not negative, or empty where it is not known";
        if self.text(14).is_empty() {
            return Ok(None);
        }
        let band: Quantity = self.read(14, ALLOWED)?;
        Ok(Some(Price::new(band.get())))
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
