//! What operators order: ranges cut into pieces, which are done one after the other.

use std::collections::VecDeque;
use std::time::Duration;

use parallax::candle::Interval;
use parallax::time::Timestamp;
use parallax::token::TokenId;

/// What is asked for and stored at once.
const HOURS_PIECE: Duration = Duration::from_secs(10 * 86_400);
const MINUTES_PIECE: Duration = Duration::from_secs(4 * 3_600);

/// One step of an order: one token over one piece of its range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// The number of its run.
    pub(super) run: u64,
    pub(super) token: TokenId,
    pub(super) interval: Interval,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    /// Whether it is the first of its piece: then venues that failed before are asked again.
    pub(super) begins: bool,
}

/// Steps that wait, in their order.
pub(super) type Steps = VecDeque<Step>;

/// The pieces in which a range is repaired, the newest first: that is what is wanted first.
#[must_use]
pub fn pieces(
    interval: Interval,
    from: Timestamp,
    until: Timestamp,
) -> Vec<(Timestamp, Timestamp)> {
    let (whole, length) = match interval {
        // A day is made of whole days of hours.
        Interval::Hour | Interval::Day => (Interval::Day, HOURS_PIECE),
        Interval::Minute => (Interval::Minute, MINUTES_PIECE),
    };
    let mut pieces = Vec::new();
    let mut begin = from.floor(whole.duration());
    while begin < until {
        let end = begin.plus(length).min(until);
        pieces.push((begin, end));
        begin = end;
    }
    pieces.reverse();
    pieces
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_into_pieces_that_touch_the_newest_first() {
        let day = |day: i64| Timestamp::from_unix_s(day * 86_400).unwrap();
        let half = Duration::from_secs(43_200);
        let pieces = pieces(Interval::Hour, day(0).plus(half), day(25));
        assert_eq!(
            pieces,
            [(day(20), day(25)), (day(10), day(20)), (day(0), day(10))]
        );
        let minutes = super::pieces(Interval::Minute, day(0), day(1));
        assert_eq!(minutes.len(), 6);
        assert_eq!(super::pieces(Interval::Hour, day(2), day(1)), []);
    }
}
