//! How long to wait after a failure: capped, exponential, with full jitter.
//!
//! Owns the counting; does not sleep. Called by the connection and the discovery tasks.

use std::time::Duration;

use crate::config::Backoff;

/// Longer than any exchange's ban in practice is not waited for.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 3_600);

/// The failures in a row of one connection.
#[derive(Debug)]
pub(crate) struct Attempts {
    policy: Backoff,
    failures: u32,
}

impl Attempts {
    pub(crate) const fn new(policy: Backoff) -> Self {
        Self {
            policy,
            failures: 0,
        }
    }

    /// It worked: the next failure is the first again.
    pub(crate) const fn reset(&mut self) {
        self.failures = 0;
    }

    /// It worked for this long before it failed.
    pub(crate) fn lived(&mut self, duration: Duration) {
        if duration >= self.policy.settled_after {
            self.reset();
        }
    }

    /// Counts a failure and says how long to wait, at least for as long as the other side asked.
    pub(crate) fn next_delay(&mut self, asked: Option<Duration>) -> Duration {
        let bound = bound(&self.policy, self.failures);
        self.failures = self.failures.saturating_add(1);
        let jittered = bound.mul_f64(rand::random::<f64>());
        jittered.max(asked.unwrap_or_default().min(LONGEST_RETRY_AFTER))
    }
}

/// The longest delay after this many earlier failures in a row.
fn bound(policy: &Backoff, failures: u32) -> Duration {
    policy
        .initial
        .saturating_mul(2_u32.saturating_pow(failures))
        .min(policy.max)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn policy(initial_ms: u64, max_ms: u64) -> Backoff {
        Backoff {
            initial: Duration::from_millis(initial_ms),
            max: Duration::from_millis(max_ms),
            settled_after: Duration::from_secs(60),
        }
    }

    #[test]
    fn the_bound_doubles_up_to_its_cap() {
        let bounds: Vec<u128> = (0..6)
            .map(|failures| bound(&policy(500, 6_000), failures).as_millis())
            .collect();
        assert_eq!(bounds, [500, 1_000, 2_000, 4_000, 6_000, 6_000]);
    }

    #[test]
    fn delays_differ_between_connections_that_fail_together() {
        let delays: std::collections::BTreeSet<Duration> = (0..32)
            .map(|_| Attempts::new(policy(60_000, 60_000)).next_delay(None))
            .collect();
        assert!(delays.len() > 16, "{delays:?}");
    }

    #[test]
    fn the_other_sides_wish_is_respected_but_not_for_ever() {
        let mut attempts = Attempts::new(policy(1, 1));
        let asked = Duration::from_secs(90);
        assert!(attempts.next_delay(Some(asked)) >= asked);
        assert_eq!(
            attempts.next_delay(Some(Duration::from_secs(u64::MAX))),
            LONGEST_RETRY_AFTER
        );
    }

    #[test]
    fn only_a_connection_that_settled_starts_over() {
        let mut attempts = Attempts::new(policy(500, 60_000));
        let _ = attempts.next_delay(None);
        let _ = attempts.next_delay(None);
        attempts.lived(Duration::from_secs(59));
        assert_eq!(attempts.failures, 2);
        attempts.lived(Duration::from_secs(60));
        assert_eq!(attempts.failures, 0);
    }

    proptest! {
        #[test]
        fn no_delay_exceeds_the_bound_and_no_bound_the_cap(
            initial_ms in 1_u64..10_000,
            max_ms in 1_u64..100_000,
            rounds in 1_u32..80,
        ) {
            let policy = policy(initial_ms, max_ms);
            let mut attempts = Attempts::new(policy);
            let mut last = Duration::ZERO;
            for failures in 0..rounds {
                let bound = bound(&policy, failures);
                prop_assert!(bound >= last && bound <= policy.max);
                prop_assert!(attempts.next_delay(None) <= bound);
                last = bound;
            }
        }
    }
}
