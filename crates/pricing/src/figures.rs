//! Exact arithmetic that the method needs and a decimal type does not bring: rounding to significant
//! digits, and distances in basis points. Everything here is for positive numbers, checked, and without
//! floating point.

use parallax::Decimal;

/// Significant digits of every published price in USD.
pub(crate) const PRICE_DIGITS: u32 = 12;
/// Significant digits of a published confidence, rounded up: a band is never shown narrower than it is.
pub(crate) const CONFIDENCE_DIGITS: u32 = 6;
/// 1/2.
pub(crate) const HALF: Decimal = Decimal::from_parts(5, 0, 0, false, 1);
/// 1e-22 USD: below it, 28 decimal places no longer hold the six significant digits that a price is
/// published with at least.
pub(crate) const LEAST_PRICE: Decimal = Decimal::from_parts(1, 0, 0, false, 22);

/// Which way a digit beyond the last is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rounding {
    /// To the nearest, a tie to the even digit.
    Nearest,
    /// Away from zero.
    Up,
}

/// `value`, which is not negative, with at most `digits` significant digits; `None` when rounding up
/// leaves what a decimal can hold.
pub(crate) fn round_significant(
    value: Decimal,
    digits: u32,
    rounding: Rounding,
) -> Option<Decimal> {
    let mantissa = value.mantissa().unsigned_abs();
    let held = count_digits(mantissa);
    if held <= digits {
        return Some(value);
    }
    let excess = held - digits;
    // A 64-bit division is several times faster, and the mantissa of a usual price fits.
    let (mut quotient, is_up) = match u64::try_from(mantissa) {
        Ok(mantissa) => {
            let unit = 10_u64.checked_pow(excess)?;
            let (quotient, rest) = (mantissa / unit, mantissa % unit);
            let tie = rest.cmp(&(unit / 2));
            (
                u128::from(quotient),
                rounds_up(rounding, rest > 0, tie, quotient % 2 == 1),
            )
        }
        Err(_) => {
            let unit = 10_u128.checked_pow(excess)?;
            let (quotient, rest) = (mantissa / unit, mantissa % unit);
            let tie = rest.cmp(&(unit / 2));
            (
                quotient,
                rounds_up(rounding, rest > 0, tie, quotient % 2 == 1),
            )
        }
    };
    quotient += u128::from(is_up);
    let (mantissa, scale) = match value.scale().checked_sub(excess) {
        Some(scale) => (quotient, scale),
        None => (
            quotient.checked_mul(10_u128.checked_pow(excess - value.scale())?)?,
            0,
        ),
    };
    Decimal::try_from_i128_with_scale(i128::try_from(mantissa).ok()?, scale).ok()
}

const fn rounds_up(rounding: Rounding, has_rest: bool, tie: std::cmp::Ordering, odd: bool) -> bool {
    match rounding {
        Rounding::Up => has_rest,
        Rounding::Nearest => tie.is_gt() || (tie.is_eq() && odd),
    }
}

fn count_digits(mantissa: u128) -> u32 {
    match u64::try_from(mantissa) {
        Ok(short) => short.checked_ilog10(),
        Err(_) => mantissa.checked_ilog10(),
    }
    .map_or(0, |log| log + 1)
}

/// The middle of two numbers, without leaving their range.
pub(crate) fn midpoint(low: Decimal, high: Decimal) -> Decimal {
    if low == high {
        return low;
    }
    low + (high - low) * HALF
}

/// How far `value` lies from `reference`, which is positive, in basis points with two places (a tie to
/// the even digit). `None` when that is too large to hold.
pub(crate) fn offset_bp(value: Decimal, reference: Decimal) -> Option<Decimal> {
    let scale = value.scale().max(reference.scale());
    let aligned = |number: Decimal| {
        10_i128
            .checked_pow(scale - number.scale())
            .and_then(|factor| number.mantissa().checked_mul(factor))
    };
    if let (Some(value), Some(reference)) = (aligned(value), aligned(reference))
        && let Some(scaled) = (value - reference).checked_mul(1_000_000)
        && reference > 0
    {
        let hundredths = match (i64::try_from(scaled), i64::try_from(reference)) {
            (Ok(scaled), Ok(reference)) => i128::from(divide_even_i64(scaled, reference)),
            _ => divide_even(scaled, reference),
        };
        return Decimal::try_from_i128_with_scale(hundredths, 2).ok();
    }
    let ratio = value.checked_sub(reference)?.checked_div(reference)?;
    Some(ratio.checked_mul(Decimal::from(10_000))?.round_dp(2))
}

macro_rules! divide_even {
    ($name:ident, $int:ty) => {
        /// `value / by` for a positive `by`, rounded to the nearest, a tie to the even number.
        const fn $name(value: $int, by: $int) -> $int {
            let (quotient, rest) = (value.div_euclid(by), value.rem_euclid(by));
            let other = by - rest;
            quotient + (rest > other || (rest == other && quotient % 2 != 0)) as $int
        }
    };
}
divide_even!(divide_even_i64, i64);
divide_even!(divide_even, i128);

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal(text: &str) -> Decimal {
        parallax::amount::parse_exact(text).unwrap()
    }

    fn rounded(text: &str, digits: u32, rounding: Rounding) -> String {
        round_significant(decimal(text), digits, rounding)
            .unwrap()
            .normalize()
            .to_string()
    }

    #[test]
    fn rounding_keeps_the_significant_digits_wherever_the_point_is() {
        for (text, expected) in [
            ("67123.455", "67123.455"),
            ("67123.4551234567", "67123.4551235"),
            ("0.00001400123456789123", "0.0000140012345679"),
            ("123456789012345", "123456789012000"),
            ("1.000000000005", "1"),
            ("1.000000000015", "1.00000000002"),
            ("9.999999999999", "10"),
            (
                "70000000000049999999999999999",
                "70000000000000000000000000000",
            ),
        ] {
            assert_eq!(rounded(text, 12, Rounding::Nearest), expected, "{text}");
        }
        assert_eq!(rounded("1.00000001", 6, Rounding::Up), "1.00001");
        assert_eq!(
            round_significant(decimal("79228162514264337593543950335"), 3, Rounding::Up),
            None
        );
    }

    #[test]
    fn offsets_have_two_places_and_a_sign() {
        for (value, reference, expected) in [
            ("101", "100", "100.00"),
            ("99.5", "100", "-50.00"),
            ("100.00005", "100", "0.00"),
            ("100.00015", "100", "0.02"),
            ("67123.455", "67120", "0.51"),
            ("100000", "100", "9990000.00"),
            ("0.0000140012345679", "0.000014", "0.88"),
        ] {
            let offset = offset_bp(decimal(value), decimal(reference)).unwrap();
            assert_eq!(offset.to_string(), expected, "{value} from {reference}");
        }
        assert_eq!(offset_bp(Decimal::MAX, LEAST_PRICE), None);
    }

    proptest! {
        #[test]
        fn rounding_up_never_goes_down_and_stays_close(mantissa in 1_u128..(1 << 95), scale in 0_u32..=28) {
            let value = Decimal::from_i128_with_scale(i128::try_from(mantissa).unwrap(), scale);
            if let Some(up) = round_significant(value, 6, Rounding::Up) {
                prop_assert!(up >= value);
                prop_assert!((up - value) / value < decimal("0.00001"));
            }
        }

        #[test]
        fn the_middle_lies_between(a in any::<i64>(), b in any::<i64>()) {
            let (low, high) = (Decimal::from(a.min(b)), Decimal::from(a.max(b)));
            prop_assert!((low..=high).contains(&midpoint(low, high)));
        }
    }
}
