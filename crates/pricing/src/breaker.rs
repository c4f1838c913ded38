//! The jump breaker: a conversion base that moves beyond belief does not move its dependants at once.
//!
//! The new price is held back until it has persisted; meanwhile the last one stands, as `aging`. A
//! price that persists is believed: the market may really have moved.

use std::time::Duration;

use parallax::Decimal;
use parallax::time::Monotonic;

/// How far, over which time, and for how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JumpLimits {
    /// As a ratio of the price at the start of the interval.
    pub(crate) limit: Decimal,
    pub(crate) interval: Duration,
    pub(crate) hold: Duration,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    price: Decimal,
    at: Monotonic,
}

/// The state of one base.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    /// The believed price that a move is measured from, at most an interval old while quotes come in.
    reference: Option<Mark>,
    /// The jump that waits to be believed.
    held: Option<Mark>,
}

impl Breaker {
    /// Forgets everything: the next price is the first.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Whether a new price is believed now.
    pub(crate) fn admits(&mut self, price: Decimal, now: Monotonic, jump: JumpLimits) -> bool {
        let Some(reference) = self.reference else {
            self.reference = Some(Mark { price, at: now });
            return true;
        };
        if is_near(reference.price, price, jump.limit) {
            self.held = None;
            if now.since(reference.at) >= jump.interval {
                self.reference = Some(Mark { price, at: now });
            }
            return true;
        }
        let held = match self.held {
            Some(held) if is_near(held.price, price, jump.limit) => held,
            // Another jump while one is held: the wait starts again.
            _ => Mark { price, at: now },
        };
        self.held = Some(held);
        if now.since(held.at) < jump.hold {
            return false;
        }
        self.held = None;
        self.reference = Some(Mark { price, at: now });
        true
    }
}

fn is_near(reference: Decimal, price: Decimal, limit: Decimal) -> bool {
    (price - reference).abs() <= reference * limit
}

#[cfg(test)]
mod tests {
    use super::*;

    const JUMP: JumpLimits = JumpLimits {
        limit: Decimal::from_parts(2, 0, 0, false, 2),
        interval: Duration::from_secs(10),
        hold: Duration::from_secs(5),
    };

    fn at(seconds: u64) -> Monotonic {
        Monotonic::from_nanos(seconds * 1_000_000_000)
    }

    fn admitted(breaker: &mut Breaker, steps: &[(u64, i64)]) -> Vec<bool> {
        steps
            .iter()
            .map(|&(second, price)| breaker.admits(Decimal::from(price), at(second), JUMP))
            .collect()
    }

    #[test]
    fn a_move_within_the_limit_is_believed_at_once() {
        assert_eq!(
            admitted(&mut Breaker::default(), &[(0, 1_000), (1, 1_020), (2, 980)]),
            [true; 3]
        );
    }

    #[test]
    fn a_jump_is_believed_when_it_persists() {
        let steps = [(0, 1_000), (1, 1_021), (5, 1_025), (6, 1_022), (7, 1_022)];
        assert_eq!(
            admitted(&mut Breaker::default(), &steps),
            [true, false, false, true, true]
        );
    }

    #[test]
    fn a_jump_that_goes_back_never_happened() {
        let steps = [
            (0, 1_000),
            (1, 2_000),
            (3, 1_001),
            (7, 2_000),
            (11, 2_000),
            (12, 2_000),
        ];
        assert_eq!(
            admitted(&mut Breaker::default(), &steps),
            [true, false, true, false, false, true]
        );
    }

    #[test]
    fn a_second_jump_starts_the_wait_again() {
        let steps = [(0, 1_000), (1, 2_000), (5, 3_000), (6, 3_000), (10, 3_000)];
        assert_eq!(
            admitted(&mut Breaker::default(), &steps),
            [true, false, false, false, true]
        );
    }

    #[test]
    fn small_steps_within_one_interval_add_up_to_a_jump() {
        let steps = [(0, 1_000), (1, 1_010), (2, 1_020), (3, 1_030)];
        assert_eq!(
            admitted(&mut Breaker::default(), &steps),
            [true, true, true, false]
        );
    }

    #[test]
    fn the_same_steps_over_several_intervals_are_a_trend() {
        let steps = [(0, 1_000), (10, 1_010), (20, 1_020), (30, 1_030)];
        assert_eq!(admitted(&mut Breaker::default(), &steps), [true; 4]);
    }
}
