//! A week of closes per token, for the changes and the trends in the table.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use parallax::amount::Price;
use parallax::candle::{Bar, Interval};
use parallax::index::IndexPrice;
use parallax::stream::Changes;
use parallax::time::Timestamp;
use parallax::token::TokenId;
use parallax_board::Trend;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
const WEEK: Duration = Duration::from_secs(7 * 86_400);
/// A close of a minute that is older than the wanted moment by more than this does not stand for it.
const MINUTES_TOLERANCE: Duration = Duration::from_secs(10 * 60);
/// The same for a close of an hour: the moment lies within the hour after it.
const HOURS_TOLERANCE: Duration = HOUR;

/// Closes by the end of their interval.
#[derive(Debug, Default)]
struct Closes {
    minutes: BTreeMap<Timestamp, Price>,
    hours: BTreeMap<Timestamp, Price>,
}

/// What each token cost in the last week: every minute of a day, every hour of the week.
#[derive(Debug, Default)]
pub(crate) struct History {
    tokens: HashMap<TokenId, Closes>,
    /// Whether hours came since the trends were taken.
    has_new_hours: bool,
}

/// Places of a change in per cent.
const CHANGE_PLACES: u32 = 2;
/// A trend has a close every four hours of seven days, the ends included.
const TREND_STEP: Duration = Duration::from_secs(4 * 3_600);
const TREND_POINTS: u32 = 43;

impl History {
    /// How far back closes of an interval are kept, and worth loading at start. Days are not kept.
    pub(crate) fn kept(interval: Interval) -> Duration {
        match interval {
            Interval::Minute => DAY + MINUTES_TOLERANCE + Duration::from_secs(5 * 60),
            Interval::Hour => WEEK + HOURS_TOLERANCE + HOUR,
            Interval::Day => Duration::ZERO,
        }
    }

    /// Adds a bar of the index that was over at `now`, in any order; a later one of the same interval
    /// replaces the earlier.
    pub(crate) fn push(&mut self, token: &TokenId, interval: Interval, bar: &Bar, now: Timestamp) {
        let ended = bar.open_time.plus(interval.duration());
        let oldest = now.minus(Self::kept(interval));
        if ended > now || ended < oldest || interval == Interval::Day {
            return;
        }
        if !self.tokens.contains_key(token) {
            self.tokens.insert(token.clone(), Closes::default());
        }
        if let Some(closes) = self.tokens.get_mut(token) {
            let closes = match interval {
                Interval::Hour => &mut closes.hours,
                Interval::Minute | Interval::Day => &mut closes.minutes,
            };
            closes.insert(ended, bar.close);
            self.has_new_hours |= interval == Interval::Hour;
            while closes.first_key_value().is_some_and(|(&at, _)| at < oldest) {
                closes.pop_first();
            }
        }
    }

    /// The last seven days of every token that has any, when hours came since the last time; `None` when
    /// none did.
    pub(crate) fn take_trends(&mut self, now: Timestamp) -> Option<HashMap<TokenId, Trend>> {
        if !std::mem::take(&mut self.has_new_hours) {
            return None;
        }
        let trends = self.tokens.iter().filter_map(|(token, closes)| {
            let trend = trend(&closes.hours, now.floor(HOUR));
            let is_known = trend.iter().any(Option::is_some);
            is_known.then(|| (token.clone(), trend))
        });
        Some(trends.collect())
    }

    /// How a published price compares with the past. One set by hand does not: the past is of computed prices.
    pub(crate) fn compared(&self, index: &IndexPrice, now: Timestamp) -> Changes {
        match index.price {
            Some(price) if index.by_hand.is_none() => self.changes(&index.token, now, price),
            _ => Changes::default(),
        }
    }

    /// Changes of `price` against one hour, one day and one week before `now`. The price then is the last
    /// close of a minute before that moment; where minutes are not known, for a day and a week, that of
    /// an hour.
    pub(crate) fn changes(&self, token: &TokenId, now: Timestamp, price: Price) -> Changes {
        let Some(closes) = self.tokens.get(token) else {
            return Changes::default();
        };
        let minute = |wanted| last(&closes.minutes, wanted, MINUTES_TOLERANCE);
        let hour = |wanted| last(&closes.hours, wanted, HOURS_TOLERANCE);
        let either = |wanted| minute(wanted).or_else(|| hour(wanted));
        let against = |then: Option<Price>| price.change_pct(then?, CHANGE_PLACES);
        Changes {
            hour_pct: against(minute(now.minus(HOUR))),
            day_pct: against(either(now.minus(DAY))),
            week_pct: against(either(now.minus(WEEK))),
        }
    }
}

fn last(
    closes: &BTreeMap<Timestamp, Price>,
    wanted: Timestamp,
    tolerance: Duration,
) -> Option<Price> {
    let (&at, &close) = closes.range(..=wanted).next_back()?;
    (wanted.since(at) <= tolerance).then_some(close)
}

/// The closes of the hours that ended every [`TREND_STEP`] up to `newest`; where one is missing, the last
/// before it within the step.
fn trend(hours: &BTreeMap<Timestamp, Price>, newest: Timestamp) -> Trend {
    (0..TREND_POINTS)
        .rev()
        .map(|steps| {
            let wanted = newest.minus(TREND_STEP * steps);
            last(hours, wanted, TREND_STEP.saturating_sub(HOUR))
        })
        .collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use parallax::amount::Quantity;
    use parallax::candle::CandleKind;

    use super::*;

    const NOW: i64 = 20_000;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_unix_s(minute * 60).unwrap()
    }

    fn push(history: &mut History, interval: Interval, minute: i64, close: &str) {
        let close = close.parse().unwrap();
        let bar = Bar {
            open_time: at(minute),
            open: close,
            high: close,
            low: close,
            close,
            confidence: None,
            volume_usd: Quantity::ZERO,
            trades: None,
            sources: 1,
            minutes: interval.minutes(),
            kind: CandleKind::Filled,
            revision: 0,
        };
        history.push(&"bitcoin".parse().unwrap(), interval, &bar, at(NOW));
    }

    fn changes(history: &History, price: &str) -> [Option<String>; 3] {
        let changes = history.changes(&"bitcoin".parse().unwrap(), at(NOW), price.parse().unwrap());
        [changes.hour_pct, changes.day_pct, changes.week_pct]
            .map(|change| change.map(|change| change.to_string()))
    }

    #[test]
    fn changes_are_blank_until_known() {
        let mut history = History::default();
        assert_eq!(changes(&history, "10"), [None, None, None]);
        push(&mut history, Interval::Minute, NOW - 10, "10");
        assert_eq!(changes(&history, "10"), [None, None, None]);
    }

    #[test]
    fn changes_compare_with_the_last_close_before() {
        let mut history = History::default();
        for (minute, close) in [
            (NOW - 1_450, "50"),
            (NOW - 62, "80"),
            (NOW - 61, "100"),
            (NOW - 59, "7"),
        ] {
            push(&mut history, Interval::Minute, minute, close);
        }
        let expected = [Some("10"), Some("120"), None].map(|text| text.map(str::to_owned));
        assert_eq!(changes(&history, "110"), expected);
    }

    #[test]
    fn hours_stand_in_for_minutes_a_day_and_a_week_ago_but_not_an_hour_ago() {
        let mut history = History::default();
        let hour_of = |minutes_ago: i64| (NOW - minutes_ago) / 60 * 60 - 60;
        for (minutes_ago, close) in [(60, "1"), (1_440, "100"), (10_080, "200")] {
            push(&mut history, Interval::Hour, hour_of(minutes_ago), close);
        }
        let expected = [None, Some("10"), Some("-45")].map(|text| text.map(str::to_owned));
        assert_eq!(changes(&history, "110"), expected);
    }

    #[test]
    fn a_close_before_an_outage_does_not_stand_for_a_moment_within_it() {
        let mut history = History::default();
        push(&mut history, Interval::Minute, NOW - 80, "10");
        push(
            &mut history,
            Interval::Hour,
            NOW / 60 * 60 - 1_440 - 180,
            "10",
        );
        assert_eq!(changes(&history, "11"), [None, None, None]);
    }

    #[test]
    fn a_repair_that_comes_later_counts_and_what_is_too_old_is_forgotten() {
        let mut history = History::default();
        push(&mut history, Interval::Minute, NOW - 5, "10");
        push(&mut history, Interval::Minute, NOW - 61, "10");
        push(&mut history, Interval::Minute, NOW - 3_000, "10");
        assert_eq!(
            changes(&history, "11").first().unwrap().as_deref(),
            Some("10")
        );
        assert_eq!(history.tokens.values().next().unwrap().minutes.len(), 2);
    }

    #[test]
    fn a_trend_has_the_last_close_of_every_four_hours_and_leaves_out_what_is_unknown() {
        let mut history = History::default();
        let newest = NOW / 60 * 60;
        let ended = |hours_ago: i64| newest - hours_ago * 60 - 60;
        for (hours_ago, close) in [(0, "5"), (5, "4"), (167, "2"), (168, "1")] {
            push(&mut history, Interval::Hour, ended(hours_ago), close);
        }
        let trends = history.take_trends(at(NOW)).unwrap();
        let trend = trends.values().next().unwrap();
        let known: Vec<_> = trend
            .iter()
            .enumerate()
            .filter_map(|(place, close)| Some((place, (*close)?.to_string())))
            .collect();
        // Four and 164 hours ago the newest close known is one and three hours older; eight hours ago
        // none is.
        let expected = [(0, "1"), (1, "2"), (41, "4"), (42, "5")]
            .map(|(place, close)| (place, close.to_owned()));
        assert_eq!((trend.len(), known), (43, expected.to_vec()));
        assert!(history.take_trends(at(NOW)).is_none(), "nothing came since");
        push(&mut history, Interval::Minute, NOW - 5, "10");
        assert!(
            history.take_trends(at(NOW)).is_none(),
            "minutes are no matter"
        );
    }
}
