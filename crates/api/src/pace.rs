//! How often something may be sent, as a client writes it: decimal numbers, read exactly.

use std::time::Duration;

use rust_decimal::Decimal;

/// Microseconds of a second.
const MICROSECONDS: u32 = 1_000_000;

/// Reads a number as people and JSON write it: `2`, `0.5`, `1e3`.
pub(crate) fn number(text: &str) -> Option<Decimal> {
    let plain = text.parse().ok();
    plain.or_else(|| Decimal::from_scientific(text).ok())
}

/// So many seconds, to the microsecond; none for less than nothing, and at most a `u64` of microseconds.
pub(crate) fn seconds(number: Decimal) -> Duration {
    let most = Decimal::from(u64::MAX);
    let whole = number
        .max(Decimal::ZERO)
        .min(most / Decimal::from(MICROSECONDS));
    let microseconds = whole * Decimal::from(MICROSECONDS);
    Duration::from_micros(microseconds.trunc().try_into().unwrap_or(u64::MAX))
}

/// The seconds of a duration, to the microsecond, without zeros at the end.
pub(crate) fn text(duration: Duration) -> String {
    let microseconds = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    Decimal::new(microseconds, 6).normalize().to_string()
}

/// The time between two of so many a second, which are more than none: never shorter than it must be.
pub(crate) fn between(a_second: Decimal) -> Option<Duration> {
    let each = Decimal::from(MICROSECONDS).checked_div(a_second)?.ceil();
    Some(Duration::from_micros(each.try_into().ok()?))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_exactly_and_brought_to_the_microsecond() {
        for (written, microseconds, again) in [
            ("1", 1_000_000, "1"),
            ("0.1", 100_000, "0.1"),
            ("2.50", 2_500_000, "2.5"),
            ("1e3", 1_000_000_000, "1000"),
            ("1E-1", 100_000, "0.1"),
            ("0.0000019", 1, "0.000001"),
            ("-5", 0, "0"),
        ] {
            let duration = seconds(number(written).unwrap());
            assert_eq!(duration.as_micros(), microseconds, "{written}");
            assert_eq!(text(duration), again, "{written}");
        }
        assert!(seconds(Decimal::MAX) > Duration::from_secs(1_000_000_000_000));
        for written in ["", "often", "NaN", "inf", "1s", "0x10", "1e999"] {
            assert_eq!(number(written), None, "{written}");
        }
    }

    #[test]
    fn so_many_a_second_are_never_closer_than_they_may_be() {
        for (a_second, microseconds) in [("20", 50_000), ("3", 333_334), ("0.1", 10_000_000)] {
            let each = between(number(a_second).unwrap()).unwrap();
            assert_eq!(each.as_micros(), microseconds, "{a_second}");
        }
        assert_eq!(between(Decimal::ZERO), None);
    }
}
