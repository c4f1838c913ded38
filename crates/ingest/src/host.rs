//! One venue's HTTP host: how often it may be asked, and when it wants to be left alone.
//!
//! Everything that asks the host (discovery, polls, back-fill, the command line) takes its turn here,
//! so that a 429 one of them meets pauses all of them. Does not send anything (`site` does).

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Longer than any venue's ban in practice is not waited for.
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 3_600);

/// Hands out turns to ask.
#[derive(Debug)]
pub(crate) struct Host {
    gap: Duration,
    /// When the next request may leave. Locked by whoever waits for it, so that turns are first come,
    /// first served.
    next: tokio::sync::Mutex<Option<Instant>>,
    paused_until: Mutex<Option<Instant>>,
}

impl Host {
    pub(crate) const fn new(gap: Duration) -> Self {
        Self {
            gap,
            next: tokio::sync::Mutex::const_new(None),
            paused_until: Mutex::new(None),
        }
    }

    /// Returns when it is the caller's turn. Dropping the future gives the turn to the next in line.
    ///
    /// # Errors
    /// What is left of a pause that lasts longer than `patience`.
    pub(crate) async fn turn(&self, patience: Duration) -> Result<(), Duration> {
        let mut next = self.next.lock().await;
        loop {
            let now = Instant::now();
            let paused_until = *self.lock();
            let left = paused_until.map_or(Duration::ZERO, |until| until.duration_since(now));
            if left > patience {
                return Err(left);
            }
            let at = (*next).max(paused_until).unwrap_or(now);
            if at <= now {
                *next = now.checked_add(self.gap);
                return Ok(());
            }
            // A pause may have begun when this wakes up.
            tokio::time::sleep_until(at).await;
        }
    }

    /// The venue wants to be left alone for this long. A longer pause is not shortened.
    pub(crate) fn pause(&self, duration: Duration) {
        let until = Instant::now().checked_add(duration.min(LONGEST_PAUSE));
        let mut paused_until = self.lock();
        *paused_until = until.max(*paused_until);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.paused_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    const PATIENT: Duration = Duration::MAX;

    #[tokio::test(start_paused = true)]
    async fn requests_of_several_callers_keep_the_gap() {
        let host = Host::new(Duration::from_millis(1_100));
        let start = Instant::now();
        let turns = tokio::join!(host.turn(PATIENT), host.turn(PATIENT), host.turn(PATIENT));
        assert_eq!(turns, (Ok(()), Ok(()), Ok(())));
        assert_eq!(start.elapsed(), Duration::from_millis(2_200));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_everyone_also_those_already_waiting() {
        let host = Host::new(Duration::from_secs(1));
        let start = Instant::now();
        host.turn(PATIENT).await.unwrap();
        let (waited, ()) = tokio::join!(host.turn(PATIENT), async {
            host.pause(Duration::from_secs(30));
            host.pause(Duration::from_secs(5));
        });
        waited.unwrap();
        assert_eq!(start.elapsed(), Duration::from_secs(30));
        host.turn(PATIENT).await.unwrap();
        assert_eq!(start.elapsed(), Duration::from_secs(31));
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_without_patience_learns_how_long_the_pause_lasts() {
        let host = Host::new(Duration::ZERO);
        host.pause(Duration::from_secs(600));
        let left = host.turn(Duration::from_secs(60)).await.unwrap_err();
        assert_eq!(left, Duration::from_secs(600));
        tokio::time::advance(Duration::from_secs(600)).await;
        assert_eq!(host.turn(Duration::ZERO).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_gives_up_does_not_hold_up_the_others() {
        let host = Host::new(Duration::from_secs(1));
        let start = Instant::now();
        host.turn(PATIENT).await.unwrap();
        let given_up = tokio::time::timeout(Duration::from_millis(500), host.turn(PATIENT)).await;
        assert!(given_up.is_err());
        host.turn(PATIENT).await.unwrap();
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }
}
