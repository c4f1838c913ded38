//! What is missing of a run of bars, and what was asked for already. Pure.

use std::collections::BTreeMap;

use parallax::candle::{Bar, Interval};
use parallax::time::Timestamp;

/// Bars by open time.
pub(crate) type Bars = BTreeMap<Timestamp, Bar>;

/// A half-open stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
}

impl Span {
    /// Whether it lies wholly within `other`.
    pub(crate) fn is_within(self, other: Self) -> bool {
        other.from <= self.from && self.until <= other.until
    }

    /// The two as one, when nothing lies between them.
    pub(crate) fn joined(self, other: Self) -> Option<Self> {
        (self.from <= other.until && other.from <= self.until).then(|| Self {
            from: self.from.min(other.from),
            until: self.until.max(other.until),
        })
    }
}

/// The open times in `span`, which begins at one, whose bar is missing or was not seen whole.
pub(crate) fn holes(bars: &Bars, interval: Interval, span: Span) -> Vec<Timestamp> {
    let mut holes = Vec::new();
    let mut open_time = span.from.floor(interval.duration());
    while open_time.plus(interval.duration()) <= span.until {
        let whole = bars
            .get(&open_time)
            .is_some_and(|bar| bar.minutes >= interval.minutes());
        if !whole && open_time >= span.from {
            holes.push(open_time);
        }
        open_time = open_time.plus(interval.duration());
    }
    holes
}

/// From the first hole to the end of the last; `None` without holes.
pub(crate) fn around(holes: &[Timestamp], interval: Interval) -> Option<Span> {
    Some(Span {
        from: *holes.first()?,
        until: holes.last()?.plus(interval.duration()),
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use parallax::amount::Quantity;
    use parallax::candle::CandleKind;

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_unix_s(minute * 60).unwrap()
    }

    fn bar(minute: i64, minutes: u32) -> (Timestamp, Bar) {
        let price = "1".parse().unwrap();
        let bar = Bar {
            open_time: at(minute),
            open: price,
            high: price,
            low: price,
            close: price,
            confidence: None,
            volume_usd: Quantity::ZERO,
            trades: None,
            sources: 1,
            minutes,
            kind: CandleKind::Filled,
            revision: 0,
        };
        (at(minute), bar)
    }

    #[test]
    fn a_hole_is_a_bar_that_is_missing_or_was_seen_in_part() {
        let bars = Bars::from([bar(0, 60), bar(60, 59), bar(180, 60)]);
        let span = Span {
            from: at(0),
            until: at(299),
        };
        let found = holes(&bars, Interval::Hour, span);
        assert_eq!(found, [at(60), at(120)], "the last hour is not over");
        let around = around(&found, Interval::Hour).unwrap();
        assert_eq!((around.from, around.until), (at(60), at(180)));
        assert_eq!(super::around(&[], Interval::Hour), None);
    }

    #[test]
    fn a_span_that_begins_within_an_interval_leaves_that_one_out() {
        let span = Span {
            from: at(30),
            until: at(180),
        };
        assert_eq!(holes(&Bars::new(), Interval::Hour, span), [at(60), at(120)]);
    }

    #[test]
    fn spans_that_touch_are_one() {
        let span = |from, until| Span {
            from: at(from),
            until: at(until),
        };
        assert_eq!(span(0, 5).joined(span(5, 9)), Some(span(0, 9)));
        assert_eq!(span(7, 9).joined(span(0, 8)), Some(span(0, 9)));
        assert_eq!(span(0, 5).joined(span(6, 9)), None);
        assert!(span(2, 3).is_within(span(2, 4)) && !span(2, 5).is_within(span(2, 4)));
    }
}
