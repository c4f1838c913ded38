//! Times: UTC for people, monotonic for ages.
//!
//! Exchanges' clocks are wrong and wall clocks jump, so an age is always the difference of two
//! [`Monotonic`] readings of this process; a [`Timestamp`] is what people and databases see.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// A moment in UTC, in whole milliseconds since 1970-01-01T00:00:00Z, between the years 1970 and 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// Why a moment cannot be represented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    /// Before 1970 or after 9999.
    #[error("time is outside 1970 to 9999")]
    OutOfRange,
    /// Not an RFC 3339 time such as `2026-01-31T09:30:00Z`.
    #[error("not an RFC 3339 time such as 2026-01-31T09:30:00Z")]
    Malformed,
}

const LAST_MS: i64 = 253_402_300_799_999;

impl Timestamp {
    /// From milliseconds since 1970-01-01 UTC.
    ///
    /// # Errors
    /// [`TimestampError::OutOfRange`] before 1970 or after 9999.
    pub const fn from_unix_ms(unix_ms: i64) -> Result<Self, TimestampError> {
        if unix_ms < 0 || unix_ms > LAST_MS {
            Err(TimestampError::OutOfRange)
        } else {
            Ok(Self(unix_ms))
        }
    }

    /// From whole seconds since 1970-01-01 UTC.
    ///
    /// # Errors
    /// [`TimestampError::OutOfRange`] before 1970 or after 9999.
    pub const fn from_unix_s(unix_s: i64) -> Result<Self, TimestampError> {
        match unix_s.checked_mul(1_000) {
            Some(unix_ms) => Self::from_unix_ms(unix_ms),
            None => Err(TimestampError::OutOfRange),
        }
    }

    /// From the system clock's reading; a clock set before 1970 reads as 1970.
    #[must_use]
    pub fn from_system(now: std::time::SystemTime) -> Self {
        let since = now
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Self(
            i64::try_from(since.as_millis())
                .unwrap_or(LAST_MS)
                .min(LAST_MS),
        )
    }

    /// Milliseconds since 1970-01-01 UTC.
    #[must_use]
    pub const fn unix_ms(self) -> i64 {
        self.0
    }

    /// The moment `duration` later, no later than the end of 9999.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let added_ms = i64::try_from(duration.as_millis()).unwrap_or(LAST_MS);
        Self(self.0.saturating_add(added_ms).min(LAST_MS))
    }

    /// The moment `duration` earlier, no earlier than 1970.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        let taken_ms = i64::try_from(duration.as_millis()).unwrap_or(LAST_MS);
        Self(self.0.saturating_sub(taken_ms).max(0))
    }

    /// How long after `earlier` this is; zero when it is not after.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The start of the interval of `step` that holds this moment, counted from 1970 in UTC.
    #[must_use]
    pub fn floor(self, step: Duration) -> Self {
        let step_ms = i64::try_from(step.as_millis()).unwrap_or(i64::MAX).max(1);
        Self(self.0 - self.0.rem_euclid(step_ms))
    }

    /// The calendar date and time in UTC.
    #[must_use]
    pub fn date_time(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// The time of day in UTC, `HH:MM:SS`.
    #[must_use]
    pub fn clock(self) -> String {
        let (hour, minute, second) = self.date_time().to_hms();
        format!("{hour:02}:{minute:02}:{second:02}")
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with milliseconds: `2026-01-31T09:30:00.000Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.date_time();
        let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
        let (hour, minute, second, ms) = at.to_hms_milli();
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z"
        )
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    /// RFC 3339 with any offset; digits below the millisecond are dropped.
    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let at = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| TimestampError::Malformed)?;
        let nanos = at.to_offset(UtcOffset::UTC).unix_timestamp_nanos();
        i64::try_from(nanos.div_euclid(1_000_000))
            .map_err(|_| TimestampError::OutOfRange)
            .and_then(Self::from_unix_ms)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A reading of this process's monotonic clock, in nanoseconds since an arbitrary start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Monotonic(u64);

impl Monotonic {
    /// From nanoseconds since the clock's start.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the clock's start.
    #[must_use]
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// How long after `earlier` this is; zero when it is not after.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// The reading `duration` later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_add(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)),
        )
    }

    /// The moment `duration` earlier, no earlier than the clock's beginning.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_sub(nanos))
    }
}

/// One moment read from both clocks at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment {
    /// For ages.
    pub monotonic: Monotonic,
    /// For people.
    pub utc: Timestamp,
}

impl Moment {
    /// The moment `duration` later on both clocks.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self {
            monotonic: self.monotonic.plus(duration),
            utc: self.utc.plus(duration),
        }
    }

    /// How long ago `earlier` was, on the monotonic clock.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        self.monotonic.since(earlier.monotonic)
    }
}

/// Where the time comes from: the composition root hands in the machine's clocks, a test its own.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Moment;
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_time_survives_its_own_text() {
        let at = Timestamp::from_unix_ms(1_618_677_816_843).unwrap();
        assert_eq!(at.to_string(), "2021-04-17T16:43:36.843Z");
        assert_eq!(at.to_string().parse(), Ok(at));
        assert_eq!("2021-04-17T18:43:36.8439+02:00".parse(), Ok(at));
    }

    #[test]
    fn the_year_1_that_coinbase_sends_is_refused() {
        assert_eq!(
            "0001-01-01T00:00:00Z".parse::<Timestamp>(),
            Err(TimestampError::OutOfRange)
        );
    }

    #[test]
    fn a_floor_is_the_start_of_the_half_open_interval() {
        let minute = Duration::from_secs(60);
        let at = Timestamp::from_unix_ms(120_000).unwrap();
        assert_eq!(at.floor(minute), at);
        assert_eq!(Timestamp::from_unix_ms(179_999).unwrap().floor(minute), at);
    }

    #[test]
    fn an_age_is_never_negative() {
        assert_eq!(
            Monotonic::from_nanos(1).since(Monotonic::from_nanos(5)),
            Duration::ZERO
        );
    }
}
