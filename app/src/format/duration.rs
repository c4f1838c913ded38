//! Ages and moments as text. A moment is always UTC and says so.

use std::time::Duration;

use parallax::time::Timestamp;

/// An age in its largest whole unit: `3 s`, `2 min`, `5 h`, `3 d`.
#[must_use]
pub fn age(age: Duration) -> String {
    let seconds = age.as_secs();
    match seconds {
        0..60 => format!("{seconds}\u{a0}s"),
        60..3_600 => format!("{}\u{a0}min", seconds / 60),
        3_600..172_800 => format!("{}\u{a0}h", seconds / 3_600),
        _ => format!("{}\u{a0}d", seconds / 86_400),
    }
}

/// A running time in its two largest units: `3 h 12 min`.
#[must_use]
pub fn uptime(running: Duration) -> String {
    let seconds = running.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => age(running),
        (0, 0, _) => format!("{minutes}\u{a0}min {}\u{a0}s", seconds % 60),
        (0, _, _) => format!("{hours}\u{a0}h {minutes}\u{a0}min"),
        _ => format!("{days}\u{a0}d {hours}\u{a0}h"),
    }
}

/// Date and time in UTC: `2026-11-21 18:03:04 UTC`.
#[must_use]
pub fn stamp(at: Timestamp) -> String {
    let date = at.date_time().date();
    format!(
        "{:04}-{:02}-{:02} {} UTC",
        date.year(),
        u8::from(date.month()),
        date.day(),
        at.clock()
    )
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_its_largest_unit() {
        for (seconds, expected) in [
            (0, "0\u{a0}s"),
            (59, "59\u{a0}s"),
            (61, "1\u{a0}min"),
            (7_199, "1\u{a0}h"),
            (172_799, "47\u{a0}h"),
            (172_800, "2\u{a0}d"),
        ] {
            assert_eq!(age(Duration::from_secs(seconds)), expected);
        }
    }

    #[test]
    fn a_running_time_has_two_units() {
        assert_eq!(uptime(Duration::from_secs(42)), "42\u{a0}s");
        assert_eq!(uptime(Duration::from_secs(62)), "1\u{a0}min 2\u{a0}s");
        assert_eq!(uptime(Duration::from_secs(11_520)), "3\u{a0}h 12\u{a0}min");
        assert_eq!(uptime(Duration::from_secs(90_000)), "1\u{a0}d 1\u{a0}h");
    }

    #[test]
    fn a_moment_says_that_it_is_utc() {
        let at = Timestamp::from_unix_ms(1_618_677_816_843).unwrap();
        assert_eq!(stamp(at), "2021-04-17 16:43:36 UTC");
    }
}
