//! Candles of venues that are polled for them: the running hour comes again and again.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use parallax::Decimal;
use parallax::amount::Quantity;
use parallax::candle::{Bar, Candle, Series};
use parallax::time::Timestamp;

/// Bars kept: those of a day, for its volume, and the running one.
const KEPT: usize = 25;

/// The last bars of each polled series, to tell what is new and what is a revision.
#[derive(Debug, Default)]
pub(crate) struct Polled {
    series: HashMap<Series, Vec<Bar>>,
}

impl Polled {
    /// The candle as it is to be stored, when it says anything new. A bar that was whole and says
    /// something else now is the next revision.
    pub(crate) fn take(&mut self, mut candle: Candle) -> Option<Candle> {
        let bars = match self.series.entry(candle.series.clone()) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(Vec::new()),
        };
        let known = bars
            .iter_mut()
            .find(|bar| bar.open_time == candle.bar.open_time);
        let Some(known) = known else {
            bars.push(candle.bar.clone());
            if bars.len() > KEPT {
                let oldest = bars.iter().map(|bar| bar.open_time).min();
                bars.retain(|bar| Some(bar.open_time) != oldest);
            }
            return Some(candle);
        };
        candle.bar.revision = known.revision;
        if *known == candle.bar {
            return None;
        }
        if known.minutes >= candle.series.interval.minutes() {
            candle.bar.revision = candle.bar.revision.saturating_add(1);
        }
        known.clone_from(&candle.bar);
        Some(candle)
    }

    /// Takes a bar of an earlier run of the program.
    pub(crate) fn resume(&mut self, series: &Series, bar: Bar) {
        let _ = self.take(Candle {
            series: series.clone(),
            bar,
        });
    }

    /// The volume in USD of the bars that opened at `since` or later.
    pub(crate) fn volume_since(&self, series: &Series, since: Timestamp) -> Option<Quantity> {
        let volumes = self.series.get(series)?.iter();
        let sum = volumes
            .filter(|bar| bar.open_time >= since)
            .try_fold(Decimal::ZERO, |sum, bar| {
                sum.checked_add(bar.volume_usd.get())
            })?;
        Quantity::new(sum).ok()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use parallax::candle::{CandleKind, Interval, Source};

    use super::*;

    fn candle(hour: i64, close: &str, minutes: u32) -> Candle {
        let close = close.parse().unwrap();
        Candle {
            series: Series {
                token: "wrapped-bitcoin".parse().unwrap(),
                source: Source::Venue("thegraph".parse().unwrap()),
                interval: Interval::Hour,
            },
            bar: Bar {
                open_time: Timestamp::from_unix_s(hour * 3_600).unwrap(),
                open: close,
                high: close,
                low: close,
                close,
                confidence: None,
                volume_usd: "5".parse().unwrap(),
                trades: None,
                sources: 1,
                minutes,
                kind: CandleKind::Traded,
                revision: 0,
            },
        }
    }

    #[test]
    fn an_answer_that_says_nothing_new_is_not_stored_again() {
        let mut polled = Polled::default();
        assert!(polled.take(candle(1, "10", 60)).is_some());
        assert!(polled.take(candle(1, "10", 60)).is_none());
    }

    #[test]
    fn the_running_hour_grows_and_a_finished_one_is_revised() {
        let mut polled = Polled::default();
        polled.take(candle(1, "10", 20));
        assert_eq!(polled.take(candle(1, "11", 30)).unwrap().bar.revision, 0);
        assert_eq!(polled.take(candle(1, "12", 60)).unwrap().bar.revision, 0);
        assert_eq!(polled.take(candle(1, "13", 60)).unwrap().bar.revision, 1);
        assert!(polled.take(candle(1, "13", 60)).is_none());
    }

    #[test]
    fn a_day_of_bars_is_remembered() {
        let mut polled = Polled::default();
        for hour in 0..40 {
            polled.take(candle(hour, "10", 60));
        }
        let series = candle(0, "1", 60).series;
        let since = Timestamp::from_unix_s(16 * 3_600).unwrap();
        assert_eq!(
            polled.volume_since(&series, since),
            Some("120".parse().unwrap())
        );
        assert_eq!(polled.series.values().next().unwrap().len(), KEPT);
    }
}
