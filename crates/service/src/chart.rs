//! Hours cut into the windows of a chart. Pure: `history.rs` reads the hours, `crates/api` writes them down.

use std::str::FromStr;
use std::time::Duration;

use parallax::amount::Price;
use parallax::candle::{Bar, Interval, Source, Step};
use parallax::time::Timestamp;
use parallax::token::TokenId;

use crate::mean::Mean;

/// The most windows of one chart.
pub const MAX_WINDOWS: u64 = 10_000;

/// What a window without data shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fill {
    /// The close before it.
    #[default]
    Previous,
    /// 0.
    Zero,
    /// Nothing.
    None,
}

impl FromStr for Fill {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "previous" => Ok(Self::Previous),
            "zero" => Ok(Self::Zero),
            "none" => Ok(Self::None),
            _ => Err(()),
        }
    }
}

/// What to chart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChartQuery {
    /// Hours of a window; `None` for [`ChartQuery::DEFAULT_HOURS`].
    pub hours: Option<u32>,
    /// Where the first window starts, cut down to the hour; `None` for the first hour held within the
    /// seven days before the end.
    pub from: Option<Timestamp>,
    /// Windows and hours start before this; `None`, and anything later, for now.
    pub to: Option<Timestamp>,
    /// What a window without data shows.
    pub fill: Fill,
    /// Whose prices; `None` for what there is, the index first.
    pub source: Option<Source>,
}

impl ChartQuery {
    /// Hours of a window that asks for none.
    pub const DEFAULT_HOURS: u32 = 4;
}

/// A chart's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// The token.
    pub token: TokenId,
    /// Whose prices.
    pub source: Source,
    /// The length of a window.
    pub step: Step,
    /// The first moment of the first window.
    pub from: Timestamp,
    /// The end, exclusive.
    pub to: Timestamp,
    /// The windows, oldest first, without a hole.
    pub points: Vec<Point>,
}

/// One window of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// Its first moment.
    pub time: Timestamp,
    /// What it shows; `None` for nothing.
    pub values: Option<Values>,
}

/// The five values of a window, in USD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Values {
    /// The first hour's open.
    pub open: Price,
    /// The last hour's close.
    pub close: Price,
    /// The highest of the hours' highs.
    pub high: Price,
    /// The lowest of the hours' lows.
    pub low: Price,
    /// The mean of the hours' prices, which are their closes, rounded once to 28 significant digits.
    pub price_usd: Price,
}

impl Values {
    const fn all(price: Price) -> Self {
        Self {
            open: price,
            close: price,
            high: price,
            low: price,
            price_usd: price,
        }
    }
}

/// How many windows of `step` start in `from <= time < to`.
#[must_use]
pub fn count(from: Timestamp, to: Timestamp, step: Duration) -> u64 {
    let step_ms = step.as_millis().max(1);
    u64::try_from(to.since(from).as_millis().div_ceil(step_ms)).unwrap_or(u64::MAX)
}

/// Cuts `hours`, oldest first, into windows of `step` from `from`, as long as they start before `to`.
/// `before` is the last close before `from`. Hours before `from`, and at or after `to`, are left out.
#[must_use]
pub fn points(
    hours: &[Bar],
    before: Option<Price>,
    from: Timestamp,
    step: Duration,
    to: Timestamp,
    fill: Fill,
) -> Vec<Point> {
    let mut hours = hours
        .iter()
        .filter(|hour| hour.open_time >= from && hour.open_time < to)
        .peekable();
    let (mut previous, mut start) = (before, from);
    let mut points = Vec::new();
    while start < to {
        let end = start.plus(step.max(Interval::Hour.duration()));
        let mut window: Option<Window> = None;
        while let Some(hour) = hours.next_if(|hour| hour.open_time < end) {
            window.get_or_insert_with(|| Window::new(hour)).add(hour);
        }
        let values = window.map(Window::values);
        previous = values.map(|values| values.close).or(previous);
        let shown = values.or_else(|| match fill {
            Fill::Previous => previous.map(Values::all),
            Fill::Zero => Some(Values::all(Price::default())),
            Fill::None => None,
        });
        points.push(Point {
            time: start,
            values: shown,
        });
        start = end;
    }
    points
}

/// A window that has hours.
#[derive(Debug, Clone, Copy)]
struct Window {
    open: Price,
    close: Price,
    high: Price,
    low: Price,
    prices: Mean,
}

impl Window {
    fn new(first: &Bar) -> Self {
        Self {
            open: first.open,
            close: first.close,
            high: first.high,
            low: first.low,
            prices: Mean::default(),
        }
    }

    fn add(&mut self, hour: &Bar) {
        self.close = hour.close;
        self.high = self.high.max(hour.high);
        self.low = self.low.min(hour.low);
        self.prices.add(hour.close);
    }

    fn values(self) -> Values {
        Values {
            open: self.open,
            close: self.close,
            high: self.high,
            low: self.low,
            // A mean exists as soon as there is an hour.
            price_usd: self.prices.get().unwrap_or(self.close),
        }
    }
}

#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says when it was skipped"
)]
mod tests {
    use parallax::amount::Quantity;
    use parallax::candle::CandleKind;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_unix_s(1_724_803_200 + hour * 3_600).unwrap()
    }

    fn bar(open_time: Timestamp, [open, high, low, close]: [&str; 4]) -> Bar {
        Bar {
            open_time,
            open: open.parse().unwrap(),
            high: high.parse().unwrap(),
            low: low.parse().unwrap(),
            close: close.parse().unwrap(),
            confidence: None,
            volume_usd: Quantity::ZERO,
            trades: None,
            sources: 1,
            minutes: 60,
            kind: CandleKind::Filled,
            revision: 0,
        }
    }

    fn flat(hour: i64, price: &str) -> Bar {
        bar(at(hour), [price; 4])
    }

    fn drawn(points: &[Point]) -> Vec<String> {
        let words = |point: &Point| {
            point.values.map_or_else(
                || "-".to_owned(),
                |v| {
                    format!(
                        "{} {} {} {} {}",
                        v.open, v.close, v.high, v.low, v.price_usd
                    )
                },
            )
        };
        points.iter().map(words).collect()
    }

    #[test]
    fn a_window_is_the_first_open_the_last_close_the_extremes_and_the_mean_of_the_closes() {
        let hours = [
            bar(at(0), ["10", "12", "9", "11"]),
            bar(at(1), ["11", "15", "11", "14"]),
            bar(at(3), ["14", "14", "7", "8"]),
        ];
        let points = points(&hours, None, at(0), HOUR * 4, at(4), Fill::Previous);
        assert_eq!(drawn(&points), ["10 8 15 7 11"]);
    }

    #[test]
    fn windows_without_data_show_the_previous_close_zero_or_nothing() {
        let hours = [flat(1, "10"), flat(5, "20")];
        let all = |before: Option<&str>, fill| {
            let before = before.map(|price| price.parse().unwrap());
            drawn(&points(&hours, before, at(0), HOUR, at(7), fill))
        };
        let [ten, twenty, nine, zero] = ["10", "20", "9", "0"].map(|price| [price; 5].join(" "));
        let [ten, twenty, zero] = [ten.as_str(), twenty.as_str(), zero.as_str()];
        assert_eq!(
            all(None, Fill::Previous),
            ["-", ten, ten, ten, ten, twenty, twenty]
        );
        assert_eq!(all(Some("9"), Fill::Previous).first(), Some(&nine));
        assert_eq!(
            all(Some("9"), Fill::Zero),
            [zero, ten, zero, zero, zero, twenty, zero]
        );
        assert_eq!(
            all(Some("9"), Fill::None),
            ["-", ten, "-", "-", "-", twenty, "-"]
        );
    }

    #[test]
    fn the_end_is_excluded_and_windows_start_before_it() {
        let hours: Vec<_> = (0..12).map(|hour| flat(hour, "1")).collect();
        let ten = points(&hours, None, at(0), HOUR * 4, at(10), Fill::None);
        assert_eq!(ten.len(), 3);
        assert_eq!(
            u64::try_from(ten.len()).unwrap(),
            count(at(0), at(10), HOUR * 4)
        );
        assert!(points(&hours, None, at(4), HOUR * 4, at(4), Fill::None).is_empty());
        // The third window holds the hours 8 and 9 only: 10 and 11 lie at or after the end.
        let rising: Vec<_> = (1..=12)
            .map(|hour| flat(hour - 1, &hour.to_string()))
            .collect();
        let cut = points(&rising, None, at(0), HOUR * 4, at(10), Fill::None);
        assert_eq!(drawn(&cut).last().unwrap(), "9 10 10 9 9.5");
    }

    #[test]
    fn the_recorded_day_of_wbtc_has_the_known_means() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../shared/recordings/thegraph/tokenHourDatas_WBTC_2024-08-28.json"
        );
        let Ok(text) = std::fs::read_to_string(path) else {
            eprintln!("SKIPPED: the recording {path} is not here");
            return;
        };
        let text: serde_json::Value = serde_json::from_str(&text).unwrap();
        let rows = text["data"]["tokenHourDatas"].as_array().unwrap();
        // As The Graph's adapter rounds them: 34 digits do not fit.
        let price = |row: &serde_json::Value, key: &str| {
            let text: String = row[key].as_str().unwrap().chars().take(29).collect();
            text
        };
        let hour = |row: &serde_json::Value| {
            let ohlc = ["open", "high", "low", "close"].map(|key| price(row, key));
            let at = row["periodStartUnix"].as_i64().unwrap();
            bar(
                Timestamp::from_unix_s(at).unwrap(),
                [&ohlc[0], &ohlc[1], &ohlc[2], &ohlc[3]],
            )
        };
        let hours: Vec<_> = rows.iter().map(hour).collect();
        let points = points(&hours, None, at(0), HOUR * 4, at(24), Fill::Previous);
        let floors: Vec<_> = points
            .iter()
            .map(|point| point.values.unwrap().price_usd.get().floor().to_string())
            .collect();
        assert_eq!(
            floors,
            ["59338", "59009", "59773", "59362", "58993", "59132"]
        );
    }
}
