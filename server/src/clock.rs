//! The machine's clocks, read here and nowhere else.

use std::time::{Instant, SystemTime};

use parallax::time::{Clock, Moment, Monotonic, Timestamp};

/// The system's wall clock and its monotonic clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock whose monotonic reading starts here.
    pub(crate) fn start() -> Self {
        Self {
            start: Instant::now(),
        }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        let elapsed_ns = u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        Moment {
            monotonic: Monotonic::from_nanos(elapsed_ns),
            utc: Timestamp::from_system(SystemTime::now()),
        }
    }
}
