//! The least time between two connection attempts to one venue, shared by all its connections.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Hands out turns.
#[derive(Debug)]
pub(crate) struct ConnectPace {
    gap: Duration,
    next: Mutex<Option<Instant>>,
}

impl ConnectPace {
    pub(crate) const fn new(gap: Duration) -> Self {
        Self {
            gap,
            next: Mutex::new(None),
        }
    }

    /// Returns when it is the caller's turn to connect. A turn that is not used is lost.
    pub(crate) async fn turn(&self) {
        let at = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let at = next.map_or(now, |next| next.max(now));
            *next = at.checked_add(self.gap);
            at
        };
        tokio::time::sleep_until(at).await;
    }

    /// The venue asked to be left alone for this long.
    pub(crate) fn hold(&self, duration: Duration) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next = Instant::now().checked_add(duration).max(*next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn attempts_of_several_connections_are_spread() {
        let pace = ConnectPace::new(Duration::from_secs(2));
        let start = Instant::now();
        tokio::join!(pace.turn(), pace.turn(), pace.turn());
        assert_eq!(start.elapsed(), Duration::from_secs(4));
    }

    #[tokio::test(start_paused = true)]
    async fn a_venue_that_asked_for_peace_gets_it() {
        let pace = ConnectPace::new(Duration::from_secs(1));
        let start = Instant::now();
        pace.hold(Duration::from_secs(30));
        pace.turn().await;
        assert_eq!(start.elapsed(), Duration::from_secs(30));
    }
}
