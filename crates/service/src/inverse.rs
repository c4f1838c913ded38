//! The inverse of a price, worked out exactly and rounded once.

use parallax::Decimal;
use parallax::amount::Price;

/// Significant digits of an inverse.
pub(crate) const DIGITS: u32 = 20;
/// Places of the fraction that a decimal can have.
const PLACES: u32 = 28;

/// `1 / price`, to the nearest of at most [`DIGITS`] significant digits and 28 places, half to even; a whole
/// part of more digits is kept whole. `None` for a price that is not positive, and for one whose inverse
/// is too small for a single digit.
pub(crate) fn inverse(price: Price) -> Option<Price> {
    let price = price.get().normalize();
    let divisor = u128::try_from(price.mantissa()).ok().filter(|&it| it > 0)?;
    // 1 / (m / 10^s) = 10^s / m; m < 2^96, so that ten times a remainder never overflows.
    let dividend = 10_u128.checked_pow(price.scale())?;
    let (mut mantissa, mut rest) = (dividend / divisor, dividend % divisor);
    let mut places = 0;
    while rest > 0 && places < PLACES && digits(mantissa) < DIGITS {
        rest *= 10;
        mantissa = mantissa * 10 + rest / divisor;
        rest %= divisor;
        places += 1;
    }
    let is_up = 2 * rest > divisor || (2 * rest == divisor && mantissa % 2 == 1);
    mantissa += u128::from(is_up);
    let mantissa = i128::try_from(mantissa).ok().filter(|&it| it > 0)?;
    let inverse = Decimal::try_from_i128_with_scale(mantissa, places).ok()?;
    Some(Price::new(inverse.normalize()))
}

fn digits(number: u128) -> u32 {
    number.checked_ilog10().map_or(0, |log| log + 1)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Option<String> {
        Some(inverse(text.parse().unwrap())?.to_string())
    }

    #[test]
    fn an_inverse_is_exact_where_it_can_be() {
        for (price, expected) in [
            ("1", "1"),
            ("4", "0.25"),
            ("0.5", "2"),
            ("0.00000001", "100000000"),
            ("50000", "0.00002"),
            (
                "0.0000000000000000000000000001",
                "10000000000000000000000000000",
            ),
        ] {
            assert_eq!(of(price).as_deref(), Some(expected), "{price}");
        }
    }

    #[test]
    fn anything_else_is_rounded_once_to_twenty_digits_half_to_even() {
        for (price, expected) in [
            ("3", "0.33333333333333333333"),
            ("1.5", "0.66666666666666666667"),
            ("67123.45", "0.000014897923155022574078"),
            ("7000000000000", "0.0000000000001428571428571429"),
            ("0.00003", "33333.333333333333333"),
        ] {
            assert_eq!(of(price).as_deref(), Some(expected), "{price}");
        }
    }

    #[test]
    fn there_is_none_of_nothing_and_none_too_small_to_be_held() {
        for price in ["0", "-1", "79228162514264337593543950335"] {
            assert_eq!(of(price), None, "{price}");
        }
    }

    proptest! {
        #[test]
        fn a_price_times_its_inverse_is_one_to_the_last_digit(
            mantissa in 1_i64..i64::MAX, scale in 0_u32..19,
        ) {
            let price = Price::new(Decimal::new(mantissa, scale));
            let one = inverse(price).unwrap().get().checked_mul(price.get());
            // Of a price above 1e9 there are fewer than twenty digits; it is still right in nine.
            let off = (one.unwrap() - Decimal::ONE).abs();
            prop_assert!(off < Decimal::new(1, 8), "{price}: {off}");
        }
    }
}
