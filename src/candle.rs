//! Candles: open, high, low and close over a half-open interval `[open_time, close_time)` in UTC.
//!
//! A [`Bar`] is the figures, a [`Series`] says whose they are. Only one-minute, one-hour and one-day bars
//! are stored; `crates/pricing` builds them and merges them into every other [`Step`] when they are read.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::amount::{Price, Quantity};
use crate::time::Timestamp;
use crate::token::TokenId;
use crate::venue::VenueId;

/// The length of a stored candle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
    /// All of them, the shortest first.
    pub const ALL: [Self; 3] = [Self::Minute, Self::Hour, Self::Day];

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
        Duration::from_secs(60 * self.minutes() as u64)
    }

    /// The same in minutes.
    #[must_use]
    pub const fn minutes(self) -> u32 {
        match self {
            Self::Minute => 1,
            Self::Hour => 60,
            Self::Day => 1_440,
        }
    }
}

/// Why a text is not a [`Step`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of 1m, 5m, 15m, 30m, a whole number of hours from 1h to 8760h, 1d, or 1w")]
pub struct StepError;

/// The length of a candle as a reader may ask for it: a whole number of stored ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// 1, 5, 15 or 30 minutes.
    Minutes(u32),
    /// 1 to 8,760 hours.
    Hours(u32),
    /// One day, from midnight UTC.
    Day,
    /// Seven days, from Monday midnight UTC.
    Week,
}

impl Step {
    /// The most hours a step may have: 365 days.
    pub const MAX_HOURS: u32 = 8_760;

    /// A whole number of hours, 1 to [`Step::MAX_HOURS`].
    ///
    /// # Errors
    /// [`StepError`] outside of that.
    pub const fn hours(hours: u32) -> Result<Self, StepError> {
        if hours >= 1 && hours <= Self::MAX_HOURS {
            Ok(Self::Hours(hours))
        } else {
            Err(StepError)
        }
    }

    /// The stored interval it is merged from.
    #[must_use]
    pub const fn base(self) -> Interval {
        match self {
            Self::Minutes(_) => Interval::Minute,
            Self::Hours(_) => Interval::Hour,
            Self::Day | Self::Week => Interval::Day,
        }
    }

    /// How long it is.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_secs(60 * self.minutes() as u64)
    }

    /// The same in minutes.
    #[must_use]
    pub const fn minutes(self) -> u32 {
        match self {
            Self::Minutes(minutes) => minutes,
            Self::Hours(hours) => hours * 60,
            Self::Day => 1_440,
            Self::Week => 7 * 1_440,
        }
    }

    /// The latest moment at which such a candle opens, not after `at`. Candles are aligned to midnight
    /// UTC of 1970-01-01, weeks to the Monday after it.
    #[must_use]
    pub fn floor(self, at: Timestamp) -> Timestamp {
        // 1970-01-01 was a Thursday: three days after a Monday.
        const FROM_MONDAY: Duration = Duration::from_secs(3 * 86_400);
        match self {
            Self::Week => at
                .plus(FROM_MONDAY)
                .floor(self.duration())
                .minus(FROM_MONDAY),
            _ => at.floor(self.duration()),
        }
    }
}

impl From<Interval> for Step {
    fn from(interval: Interval) -> Self {
        match interval {
            Interval::Minute => Self::Minutes(1),
            Interval::Hour => Self::Hours(1),
            Interval::Day => Self::Day,
        }
    }
}

impl FromStr for Step {
    type Err = StepError;

    fn from_str(text: &str) -> Result<Self, StepError> {
        match text {
            "1m" => Ok(Self::Minutes(1)),
            "5m" => Ok(Self::Minutes(5)),
            "15m" => Ok(Self::Minutes(15)),
            "30m" => Ok(Self::Minutes(30)),
            "1d" => Ok(Self::Day),
            "1w" => Ok(Self::Week),
            _ => {
                let hours = text.strip_suffix('h').ok_or(StepError)?;
                if hours.starts_with(|first: char| !first.is_ascii_digit() || first == '0') {
                    return Err(StepError);
                }
                Self::hours(hours.parse().map_err(|_| StepError)?)
            }
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Minutes(minutes) => write!(f, "{minutes}m"),
            Self::Hours(hours) => write!(f, "{hours}h"),
            Self::Day => f.write_str("1d"),
            Self::Week => f.write_str("1w"),
        }
    }
}

/// Whose prices a series of candles holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The index price.
    Index,
    /// What one venue reports for the token, over all its markets, in USD. Hours and days only.
    Venue(VenueId),
}

impl Source {
    /// `index`, or the venue's id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Index => "index",
            Self::Venue(id) => id.as_str(),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Source {
    type Err = crate::token::IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "index" => Ok(Self::Index),
            venue => VenueId::new(venue).map(Self::Venue),
        }
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// How a bar came about. In the order in which one kind of a part decides the kind of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CandleKind {
    /// The price was known throughout, and nothing was traded: the bar is made of quotes.
    Filled,
    /// The price was known throughout, and there were trades.
    Traded,
    /// Missed at first, in whole or in part, and made good from the venues' own history.
    Repaired,
    /// The price was not known throughout: the bar shows the part that was seen.
    Gap,
}

impl CandleKind {
    /// All of them, in their order.
    pub const ALL: [Self; 4] = [Self::Filled, Self::Traded, Self::Repaired, Self::Gap];

    /// The word in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Filled => "filled",
            Self::Traded => "traded",
            Self::Repaired => "repaired",
            Self::Gap => "gap",
        }
    }
}

/// The figures of one interval, in USD.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bar {
    /// The interval's first moment.
    pub open_time: Timestamp,
    /// First price.
    pub open: Price,
    /// Highest price.
    pub high: Price,
    /// Lowest price.
    pub low: Price,
    /// Last price.
    pub close: Price,
    /// Half the confidence band of the last price ([`crate::index::IndexPrice::confidence`]), in USD;
    /// `None` where a venue's history, which knows no band, is all there is.
    #[serde(default)]
    pub confidence: Option<Price>,
    /// Value of the trades, each rounded to 8 places.
    pub volume_usd: Quantity,
    /// Trades; `None` where a venue's history does not say.
    pub trades: Option<u64>,
    /// The most venues any of its prices had.
    pub sources: u32,
    /// Minutes of the interval in which the price was known from beginning to end. As many as the
    /// interval has, once it is over and nothing was missed.
    pub minutes: u32,
    /// How it came about. While the interval runs, what holds so far.
    pub kind: CandleKind,
    /// How often it was changed after its interval was over.
    pub revision: u32,
}

/// A bar's interval as a reader asked for it, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Window {
    /// Its first moment.
    pub open_time: Timestamp,
    /// The first moment after it.
    pub close_time: Timestamp,
    /// The bar; `None` when nothing was seen of the whole interval.
    pub bar: Option<Bar>,
}

/// Which candles: of one token, by one source, of one length.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Series {
    /// The token.
    pub token: TokenId,
    /// Whose prices.
    pub source: Source,
    /// The length.
    pub interval: Interval,
}

impl Series {
    /// The index price's candles of a token.
    #[must_use]
    pub const fn index(token: TokenId, interval: Interval) -> Self {
        Self {
            token,
            source: Source::Index,
            interval,
        }
    }
}

/// One candle: a bar and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candle {
    /// Whose.
    #[serde(flatten)]
    pub series: Series,
    /// The figures.
    #[serde(flatten)]
    pub bar: Bar,
}

impl Candle {
    /// The first moment after the interval.
    #[must_use]
    pub fn close_time(&self) -> Timestamp {
        self.bar.open_time.plus(self.series.interval.duration())
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
    /// Units of the quote asset traded, where the exchange says it.
    pub quote_volume: Option<Quantity>,
    /// Trades, where the exchange counts them.
    pub trades: Option<u64>,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_written_as_it_is_read() {
        for text in ["1m", "5m", "15m", "30m", "1h", "7h", "8760h", "1d", "1w"] {
            assert_eq!(text.parse::<Step>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn anything_else_is_no_step() {
        for text in [
            "", "h", "0h", "04h", "+4h", "-1h", "8761h", "2m", "2d", "4H", "1.5h", "１h",
        ] {
            assert_eq!(text.parse::<Step>(), Err(StepError), "{text:?}");
        }
    }

    #[test]
    fn a_week_opens_on_monday_at_midnight() {
        // 2026-11-21 was a Saturday.
        let saturday = Timestamp::from_unix_s(1_795_300_000).unwrap();
        let opens = Step::Week.floor(saturday).date_time();
        assert_eq!(
            (opens.weekday(), opens.time()),
            (::time::Weekday::Monday, ::time::Time::MIDNIGHT)
        );
        assert_eq!(
            Step::Week.floor(Step::Week.floor(saturday)),
            Step::Week.floor(saturday)
        );
    }

    #[test]
    fn a_source_is_the_index_or_a_venue() {
        assert_eq!("index".parse::<Source>().unwrap(), Source::Index);
        assert_eq!(
            "thegraph".parse::<Source>().unwrap().to_string(),
            "thegraph"
        );
        assert!("The Graph".parse::<Source>().is_err());
    }
}
