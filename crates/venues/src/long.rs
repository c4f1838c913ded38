//! Numbers with more digits than a price holds: read and computed with exactly, rounded once.
//!
//! The Graph sends 34 significant digits, [`Price`] and [`Quantity`] hold 28. [`price`] and
//! [`quantity`] are the only places where digits are dropped: half to even, to 28 significant digits
//! and at most 28 decimal places. Whatever is computed before is exact. Called by the files in
//! `src/exchanges/` of venues whose numbers are so long.

use bigdecimal::{BigDecimal, RoundingMode};
use parallax::amount::{AmountError, Price, Quantity};

use crate::spec::DecodeError;

/// The most digits that always fit into a price.
const DIGITS: i64 = 28;

/// A decimal of graph-node has an exponent of at most 6,144; written out it is not longer than this.
const MAX_CHARS: usize = 6_400;

/// Reads a number of any length.
///
/// # Errors
/// [`DecodeError::Amount`] naming `field`.
pub(crate) fn parse(field: &'static str, text: &str) -> Result<BigDecimal, DecodeError> {
    let malformed = || DecodeError::Amount {
        field,
        source: AmountError::Malformed,
    };
    // Exponents are not sent, and a large one would make a number that fills the memory.
    let plain = |byte: u8| byte.is_ascii_digit() || byte == b'.' || byte == b'-';
    if text.len() > MAX_CHARS || !text.bytes().all(plain) {
        return Err(malformed());
    }
    text.parse().map_err(|_| malformed())
}

/// The number as a price; `None` when it is zero, negative, too large, or rounds to zero.
pub(crate) fn price(value: &BigDecimal) -> Option<Price> {
    rounded(value)?
        .parse()
        .ok()
        .filter(|price: &Price| price.is_positive())
}

/// The number as a quantity; `None` when it is negative or too large.
pub(crate) fn quantity(value: &BigDecimal) -> Option<Quantity> {
    rounded(value)?.parse().ok()
}

/// The digits that fit; `None` when not even the whole part does.
fn rounded(value: &BigDecimal) -> Option<String> {
    let places = value.fractional_digit_count();
    let whole = i64::try_from(value.digits()).ok()?.checked_sub(places)?;
    let kept = DIGITS.checked_sub(whole.max(0))?;
    if kept < 0 {
        return None;
    }
    let fits = places <= kept;
    Some(if fits {
        value.to_plain_string()
    } else {
        value
            .with_scale_round(kept, RoundingMode::HalfEven)
            .to_plain_string()
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> Option<String> {
        price(&parse("price", text).unwrap()).map(|price| price.to_string())
    }

    #[test]
    fn thirty_four_digits_are_rounded_to_twenty_eight_half_to_even() {
        for (text, expected) in [
            (
                "12345.67890123456789012345678901234",
                "12345.67890123456789012345679",
            ),
            ("1.0000000000000000000000000005", "1"),
            (
                "1.0000000000000000000000000015",
                "1.000000000000000000000000002",
            ),
            (
                "0.00001234567890123456789012345678",
                "0.0000123456789012345678901235",
            ),
            (
                "9999999999999999999999999999.9",
                "10000000000000000000000000000",
            ),
            ("0.5", "0.5"),
        ] {
            assert_eq!(shown(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_price_or_does_not_fit_is_none_and_never_zero() {
        for text in [
            "0",
            "0.0",
            "-1",
            "0.00000000000000000000000000001",
            "1".repeat(40).as_str(),
        ] {
            assert_eq!(shown(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_not_a_plain_number_is_refused() {
        let long = "1".repeat(MAX_CHARS + 1);
        for text in [
            "",
            "-",
            ".",
            "1e9",
            "1E999999999",
            "NaN",
            "0x1",
            "1_0",
            " 1",
            &long,
        ] {
            assert!(parse("price", text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn rounding_is_never_off_by_more_than_half_of_the_last_digit(
            whole in "[1-9][0-9]{0,12}",
            fraction in "[0-9]{1,34}",
        ) {
            let exact = parse("price", &format!("{whole}.{fraction}")).unwrap();
            let rounded: BigDecimal = shown(&format!("{whole}.{fraction}")).unwrap().parse().unwrap();
            let places = DIGITS - i64::try_from(whole.len()).unwrap();
            let half = BigDecimal::new(5.into(), places + 1);
            prop_assert!((exact - rounded).abs() <= half);
        }
    }
}
