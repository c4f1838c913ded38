//! How long quotes take from the socket to the board.

use std::time::Duration;

const KEPT: usize = 1_024;

/// The last publications' delays.
#[derive(Debug)]
pub(crate) struct Latency {
    kept_us: Vec<u64>,
    next: usize,
}

impl Default for Latency {
    fn default() -> Self {
        Self {
            kept_us: Vec::with_capacity(KEPT),
            next: 0,
        }
    }
}

impl Latency {
    /// Notes one publication's delay.
    pub(crate) fn note(&mut self, delay: Duration) {
        let delay_us = u64::try_from(delay.as_micros()).unwrap_or(u64::MAX);
        match self.kept_us.get_mut(self.next) {
            Some(slot) => *slot = delay_us,
            None => self.kept_us.push(delay_us),
        }
        self.next = (self.next + 1) % KEPT;
    }

    /// The median in microseconds, once there is one.
    pub(crate) fn median_us(&self) -> Option<u64> {
        let mut sorted = self.kept_us.clone();
        let middle = sorted.len().checked_div(2).filter(|_| !sorted.is_empty())?;
        let (_, median, _) = sorted.select_nth_unstable(middle);
        Some(*median)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_of_the_last_publications_only() {
        let mut latency = Latency::default();
        assert_eq!(latency.median_us(), None);
        for _ in 0..KEPT {
            latency.note(Duration::from_secs(1));
        }
        for us in 1..=KEPT {
            latency.note(Duration::from_micros(u64::try_from(us).unwrap_or(0)));
        }
        assert_eq!(latency.median_us(), Some(513));
    }
}
