//! Numbers and times as people read them: exact decimals in, text out, never a float.
//!
//! Owns grouping, rounding for display and compact forms. Words for states and rules are in
//! [`crate::wording`]; nothing here depends on the present moment, a locale or a time zone, because
//! the server and the browser must write the same text.

mod duration;
mod figure;
mod name;

pub use duration::{age, stamp, uptime};
pub use figure::{Figure, Unit, compact, full, grouped, tidy};
pub use name::{cut, isolated};

use parallax::Decimal;

/// Direction of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Above zero.
    Up,
    /// Below zero.
    Down,
    /// Zero at the precision shown.
    Flat,
}

impl Direction {
    /// Of a signed number.
    #[must_use]
    pub fn of(value: Decimal) -> Self {
        if value.is_zero() {
            Self::Flat
        } else if value.is_sign_negative() {
            Self::Down
        } else {
            Self::Up
        }
    }

    /// The name in `data-direction`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Flat => "flat",
        }
    }

    /// The mark beside the number, so that colour never stands alone.
    #[must_use]
    pub const fn arrow(self) -> &'static str {
        match self {
            Self::Up => "▲",
            Self::Down => "▼",
            Self::Flat => "",
        }
    }
}

/// A signed number with its sign always written, a real minus and a fixed number of places: `+1.20`,
/// `−0.40`, `0.00`.
#[must_use]
pub fn signed(value: Decimal, places: u32) -> String {
    let rounded = figure::round(value, places);
    let sign = match Direction::of(rounded) {
        Direction::Up => "+",
        Direction::Down => "\u{2212}",
        Direction::Flat => "",
    };
    format!("{sign}{}", figure::fixed(rounded.abs(), places))
}

/// A change in per cent, two places: `+1.23%`.
#[must_use]
pub fn percent(value: Decimal) -> String {
    format!("{}%", signed(value, 2))
}

/// A share of one as per cent, two places: `0.333333` is `33.33%`.
#[must_use]
pub fn share(value: Decimal) -> String {
    let percent = value.checked_mul(Decimal::ONE_HUNDRED).unwrap_or(value);
    format!("{}%", figure::fixed(figure::round(percent, 2), 2))
}

/// A distance in basis points, two places: `+1.25 bp`.
#[must_use]
pub fn basis_points(value: Decimal) -> String {
    format!("{}\u{a0}bp", signed(value, 2))
}

/// Hundredths as a decimal with one place: `1234` is `12.3`.
#[must_use]
pub fn hundredths(value: u64) -> String {
    figure::fixed(
        figure::round(Decimal::from(value) / Decimal::ONE_HUNDRED, 1),
        1,
    )
}

/// A size as people say it, in powers of 1,000 with one place: `12.3 MB`.
#[must_use]
pub fn bytes(value: u64) -> String {
    let (mut unit, mut units) = (1_u64, ["kB", "MB", "GB"].into_iter());
    let mut name = "B";
    while value / unit >= 1_000 {
        let Some(next) = units.next() else { break };
        (unit, name) = (unit * 1_000, next);
    }
    if unit == 1 {
        return format!("{value}\u{a0}B");
    }
    let tenths = value / (unit / 10);
    format!("{}.{}\u{a0}{name}", tenths / 10, tenths % 10)
}

/// Microseconds as milliseconds or microseconds, whichever reads better.
#[must_use]
pub fn microseconds(value: u64) -> String {
    if value < 1_000 {
        format!("{value}\u{a0}µs")
    } else {
        let ms = Decimal::from(value) / Decimal::ONE_THOUSAND;
        format!("{}\u{a0}ms", figure::fixed(figure::round(ms, 1), 1))
    }
}

/// A count with its digits grouped.
#[must_use]
pub fn count(value: u64) -> String {
    grouped(&value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(mantissa: i64, scale: u32) -> Decimal {
        Decimal::new(mantissa, scale)
    }

    #[test]
    fn a_change_always_carries_its_sign() {
        assert_eq!(percent(decimal(123, 2)), "+1.23%");
        assert_eq!(percent(decimal(-4, 1)), "\u{2212}0.40%");
        assert_eq!(percent(Decimal::ZERO), "0.00%");
    }

    #[test]
    fn a_change_that_rounds_to_zero_has_no_direction() {
        assert_eq!(percent(decimal(-4, 3)), "0.00%");
        assert_eq!(percent(decimal(5, 3)), "+0.01%");
    }

    #[test]
    fn a_weight_reads_as_per_cent() {
        assert_eq!(share(decimal(333_333, 6)), "33.33%");
        assert_eq!(share(Decimal::ONE), "100.00%");
    }

    #[test]
    fn small_units_are_chosen_for_short_times() {
        assert_eq!(microseconds(850), "850\u{a0}µs");
        assert_eq!(microseconds(1_250), "1.3\u{a0}ms");
        assert_eq!(hundredths(1_234), "12.3");
        assert_eq!(count(1_234_567), "1,234,567");
    }

    #[test]
    fn sizes_are_short() {
        for (value, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (268_435_456, "268.4 MB"),
            (5_000_000_000_000, "5000.0 GB"),
        ] {
            assert_eq!(bytes(value), text.replace(' ', "\u{a0}"));
        }
    }
}
