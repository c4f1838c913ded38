//! Whether what the page shows is still being confirmed, and what to call a price when it is not.

use std::time::Duration;

use parallax::index::Status;
use parallax::time::Timestamp;

/// Unconfirmed for longer than this, a price can no longer be called live while the stream is away. The
/// server's own limits are per exchange and shorter; this one only stands in for a server that the
/// page cannot hear.
const AGING_AFTER: Duration = Duration::from_secs(15);

/// Unconfirmed for longer than this, a price is stale while the stream is away.
const STALE_AFTER: Duration = Duration::from_secs(60);

/// The state of the page's connection to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Nothing to listen to: not hydrated yet, paused, hidden, or a page without live data.
    Idle,
    /// Opening.
    Connecting,
    /// Confirmed within the last 12 seconds.
    Live,
    /// Nothing was heard since.
    Interrupted {
        /// The last moment at which the page was known to be up to date.
        since: Timestamp,
    },
}

/// How often the page takes updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pace {
    /// As they come, at most four times a second.
    #[default]
    Live,
    /// Once a second.
    Second,
    /// Every ten seconds.
    TenSeconds,
}

impl Pace {
    /// All choices, quickest first.
    pub const ALL: [Self; 3] = [Self::Live, Self::Second, Self::TenSeconds];

    /// The stream's conflation interval, in milliseconds.
    #[must_use]
    pub const fn interval_ms(self) -> u64 {
        match self {
            Self::Live => 250,
            Self::Second => 1_000,
            Self::TenSeconds => 10_000,
        }
    }

    /// The value in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Second => "1s",
            Self::TenSeconds => "10s",
        }
    }

    /// The words beside the choice.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Live => "Live",
            Self::Second => "1 s",
            Self::TenSeconds => "10 s",
        }
    }
}

/// The status to show: the server's while it can be heard, and never better than the price's age allows
/// when it cannot. `unheard_now` is the present moment in that case. A price set by hand was confirmed by no quote before
/// either, and says itself until when it is in force.
#[must_use]
pub fn shown_status(
    status: Status,
    as_of: Option<Timestamp>,
    unheard_now: Option<Timestamp>,
) -> Status {
    let (Some(as_of), Some(now)) = (as_of, unheard_now) else {
        return status;
    };
    if status == Status::Manual {
        return status;
    }
    let age = now.since(as_of);
    let worst = if age > STALE_AFTER {
        Status::Stale
    } else if age > AGING_AFTER {
        Status::Aging
    } else {
        Status::Live
    };
    status.max(worst)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_s(1_000 + seconds).unwrap()
    }

    #[test]
    fn the_servers_status_stands_while_it_can_be_heard() {
        assert_eq!(shown_status(Status::Live, Some(at(0)), None), Status::Live);
        assert_eq!(shown_status(Status::Thin, Some(at(0)), None), Status::Thin);
    }

    #[test]
    fn an_unheard_price_ages_into_stale() {
        for (seconds, expected) in [
            (15, Status::Live),
            (16, Status::Aging),
            (60, Status::Aging),
            (61, Status::Stale),
        ] {
            let shown = shown_status(Status::Live, Some(at(0)), Some(at(seconds)));
            assert_eq!(shown, expected, "{seconds} s");
        }
    }

    #[test]
    fn silence_never_improves_a_status() {
        assert_eq!(
            shown_status(Status::NoQuorum, Some(at(0)), Some(at(20))),
            Status::NoQuorum
        );
        assert_eq!(
            shown_status(Status::Stale, Some(at(0)), Some(at(1))),
            Status::Stale
        );
        assert_eq!(
            shown_status(Status::Thin, Some(at(0)), Some(at(1))),
            Status::Thin
        );
    }
}
