//! How long something took, counted by length, for those who watch the program (`/metrics`).
//!
//! Written on the way of a quote: noting a duration is a search among a dozen bounds and two additions, without
//! a lock. Read by whoever asks, at any time, without stopping the writers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Counts of durations, by bounds that never change.
#[derive(Debug)]
pub struct Durations {
    bounds: &'static [Duration],
    /// One more than the bounds: the last counts what is longer than all of them.
    counts: Box<[AtomicU64]>,
    sum_ns: AtomicU64,
}

/// What was counted so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedDurations {
    /// Each bound, in rising order, with how many durations it is the smallest bound of; last, without a bound,
    /// how many were longer than all.
    pub counts: Vec<(Option<Duration>, u64)>,
    /// All of them together.
    pub sum: Duration,
}

impl Durations {
    /// Nothing counted. `bounds` are in rising order; a duration belongs to the first that is not shorter.
    #[must_use]
    pub fn new(bounds: &'static [Duration]) -> Self {
        Self {
            bounds,
            counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(),
            sum_ns: AtomicU64::new(0),
        }
    }

    /// Counts one.
    pub fn note(&self, took: Duration) {
        let position = self.bounds.partition_point(|bound| *bound < took);
        if let Some(count) = self.counts.get(position) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let took_ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.sum_ns.fetch_add(took_ns, Ordering::Relaxed);
    }

    /// What was counted so far. One that is noted meanwhile may be in the counts and not yet in the sum.
    #[must_use]
    pub fn counted(&self) -> CountedDurations {
        let bounds = self.bounds.iter().copied().map(Some).chain([None]);
        let counts = self
            .counts
            .iter()
            .map(|count| count.load(Ordering::Relaxed));
        CountedDurations {
            counts: bounds.zip(counts).collect(),
            sum: Duration::from_nanos(self.sum_ns.load(Ordering::Relaxed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_counted_at_the_first_bound_that_is_not_shorter() {
        const BOUNDS: [Duration; 2] = [Duration::from_millis(1), Duration::from_millis(10)];
        let durations = Durations::new(&BOUNDS);
        for ms in [0, 1, 2, 10, 11, 5_000] {
            durations.note(Duration::from_millis(ms));
        }
        let counted = durations.counted();
        assert_eq!(
            counted.counts,
            [(Some(BOUNDS[0]), 2), (Some(BOUNDS[1]), 2), (None, 2)]
        );
        assert_eq!(counted.sum, Duration::from_millis(5_024));
    }
}
