//! Exact decimals: [`Price`] and [`Quantity`], and the one place where text becomes a number.
//!
//! A number that cannot be held exactly is an error, never a rounded value and never 0. The range is
//! that of a 96-bit mantissa with up to 28 decimal places: every price and size an exchange sends,
//! from 1e-28 to 7.9e28.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Why a text is not an exact decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// The text is not a decimal number.
    #[error("not a decimal number")]
    Malformed,
    /// The number has more digits than can be held exactly (28 decimal places, 96-bit mantissa).
    #[error("has more digits than can be held exactly")]
    Inexact,
    /// A quantity below zero.
    #[error("a quantity cannot be negative")]
    Negative,
}

/// Reads a decimal exactly: an optional sign, digits, an optional fraction, an optional exponent.
///
/// # Errors
/// [`AmountError::Malformed`] for anything else (`NaN`, `inf`, blanks, separators), and
/// [`AmountError::Inexact`] when digits would be lost.
pub fn parse_exact(text: &str) -> Result<Decimal, AmountError> {
    if let Some(value) = parse_short(text.as_bytes()) {
        return Ok(value);
    }
    parse_long(text)
}

/// The hot path: plain numbers of at most 18 digits, which is what exchanges send.
fn parse_short(bytes: &[u8]) -> Option<Decimal> {
    let (negative, digits) = match bytes.split_first()? {
        (b'-', rest) => (true, rest),
        _ => (false, bytes),
    };
    if digits.len() > 19 || !digits.first()?.is_ascii_digit() || !digits.last()?.is_ascii_digit() {
        return None;
    }
    let mut mantissa = 0_i64;
    let mut scale = None;
    for &byte in digits {
        match (byte, scale) {
            (b'0'..=b'9', _) => {
                mantissa = mantissa
                    .checked_mul(10)?
                    .checked_add(i64::from(byte - b'0'))?;
                scale = scale.map(|places| places + 1);
            }
            (b'.', None) => scale = Some(0_u32),
            _ => return None,
        }
    }
    let mantissa = if negative { -mantissa } else { mantissa };
    Decimal::try_new(mantissa, scale.unwrap_or(0)).ok()
}

/// Exponents, long fractions, and the verdict on everything malformed.
fn parse_long(text: &str) -> Result<Decimal, AmountError> {
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (
            number,
            exponent
                .parse::<i32>()
                .map_err(|_| AmountError::Malformed)?,
        ),
        None => (text, 0),
    };
    let unsigned = number.strip_prefix(['-', '+']).unwrap_or(number);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) {
        return Err(AmountError::Malformed);
    }
    let fraction = fraction.trim_end_matches('0');
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Ok(Decimal::ZERO);
    }
    let places =
        i64::try_from(fraction.len()).map_err(|_| AmountError::Inexact)? - i64::from(exponent);
    let (digits, places) = match u32::try_from(places) {
        Ok(places) => (digits.to_owned(), places),
        // A negative number of places: 12e3. More than 28 zeros cannot fit in any case.
        Err(_) if (-28..0).contains(&places) => {
            let zeros = usize::try_from(-places).map_err(|_| AmountError::Inexact)?;
            (format!("{digits}{}", "0".repeat(zeros)), 0)
        }
        Err(_) => return Err(AmountError::Inexact),
    };
    // Zeros at the end of an integer mantissa carry nothing once there are places to drop.
    let spare = u32::try_from(digits.len() - digits.trim_end_matches('0').len())
        .unwrap_or(0)
        .min(places);
    let kept = digits.len() - usize::try_from(spare).unwrap_or(0);
    let mantissa: i128 = digits
        .get(..kept)
        .unwrap_or("")
        .parse()
        .map_err(|_| AmountError::Inexact)?;
    let mantissa = if number.starts_with('-') {
        -mantissa
    } else {
        mantissa
    };
    Decimal::try_from_i128_with_scale(mantissa, places - spare).map_err(|_| AmountError::Inexact)
}

macro_rules! amount {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(Decimal);

        impl $name {
            /// The number itself.
            #[must_use]
            pub const fn get(self) -> Decimal {
                self.0
            }

            /// Whether the number is above zero.
            #[must_use]
            pub fn is_positive(self) -> bool {
                self.0 > Decimal::ZERO
            }
        }

        impl fmt::Display for $name {
            /// All digits, without trailing zeros and without an exponent.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.normalize(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl de::Visitor<'_> for Text {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a decimal number as a string")
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    };
}

amount! {
    /// An amount of one token per unit of another. Exchanges do send zero and crossed prices, so any
    /// sign is representable here; `crates/pricing` decides which prices count.
    Price
}

amount! {
    /// A size or a volume, in units of the token it counts. Never negative.
    Quantity
}

impl Price {
    /// Wraps a number computed elsewhere.
    #[must_use]
    pub const fn new(value: Decimal) -> Self {
        Self(value)
    }

    /// How much more this is than an earlier price, in per cent, rounded half to even to `places`. `None`
    /// when the earlier one is not positive or the result cannot be held.
    #[must_use]
    pub fn change_pct(self, earlier: Self, places: u32) -> Option<Decimal> {
        if !earlier.is_positive() {
            return None;
        }
        let difference = self.0.checked_sub(earlier.0)?;
        let change = difference
            .checked_mul(Decimal::ONE_HUNDRED)?
            .checked_div(earlier.0)?;
        Some(change.round_dp(places))
    }
}

impl FromStr for Price {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        parse_exact(text).map(Self)
    }
}

impl Quantity {
    /// Zero units.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// Wraps a number computed elsewhere.
    ///
    /// # Errors
    /// [`AmountError::Negative`] below zero.
    pub fn new(value: Decimal) -> Result<Self, AmountError> {
        if value < Decimal::ZERO {
            Err(AmountError::Negative)
        } else {
            Ok(Self(value))
        }
    }
}

impl FromStr for Quantity {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        parse_exact(text).and_then(Self::new)
    }
}

/// A plain number in JSON text form, for derived figures such as per cent or basis points.
/// For use with `#[serde(with = "parallax::amount::text")]`.
pub mod text {
    use super::{Decimal, Deserialize, Deserializer, Serializer, de, parse_exact};

    /// Writes the number as a string with all its digits.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&value.normalize())
    }

    /// Reads the number from a string.
    ///
    /// # Errors
    /// When the string is not an exact decimal.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        parse_exact(&text).map_err(de::Error::custom)
    }

    /// The same for a number that may be missing.
    pub mod option {
        use super::{Decimal, Deserialize, Deserializer, Serializer, de, parse_exact};

        /// Writes the number as a string, or null.
        ///
        /// # Errors
        /// Those of the serializer.
        pub fn serialize<S: Serializer>(
            value: &Option<Decimal>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            match value {
                Some(value) => serializer.collect_str(&value.normalize()),
                None => serializer.serialize_none(),
            }
        }

        /// Reads the number from a string, or null.
        ///
        /// # Errors
        /// When the string is not an exact decimal.
        pub fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<Decimal>, D::Error> {
            Option::<std::borrow::Cow<'de, str>>::deserialize(deserializer)?
                .map(|text| parse_exact(&text).map_err(de::Error::custom))
                .transpose()
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> Result<String, AmountError> {
        text.parse::<Price>().map(|price| price.to_string())
    }

    #[test]
    fn plain_numbers_are_read_exactly() {
        for (text, expected) in [
            ("67123.45000000", "67123.45"),
            ("0.00000001", "0.00000001"),
            ("-3.5", "-3.5"),
            ("9.2E-7", "0.00000092"),
            ("12e3", "12000"),
            ("1.5e+2", "150"),
            ("0e99", "0"),
            ("1.0000000000000000000000000000000000000", "1"),
            (
                "79228162514264337593543950335",
                "79228162514264337593543950335",
            ),
            (
                "0.0000000000000000000000000001",
                "0.0000000000000000000000000001",
            ),
            ("10e-28", "0.000000000000000000000000001"),
        ] {
            assert_eq!(parsed(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_number_that_would_lose_digits_is_an_error_and_never_zero() {
        for text in [
            "1e-29",
            "0.12345678901234567890123456789",
            "1e29",
            "79228162514264337593543950336",
        ] {
            assert_eq!(parsed(text), Err(AmountError::Inexact), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for text in [
            "", " ", "NaN", "inf", "1,5", "1_000", ".5", "5.", "0x10", "--1", "1e", "1e1.5", "١",
        ] {
            assert_eq!(parsed(text), Err(AmountError::Malformed), "{text:?}");
        }
    }

    #[test]
    fn a_negative_quantity_is_refused() {
        assert_eq!("-1".parse::<Quantity>(), Err(AmountError::Negative));
    }

    #[test]
    fn amounts_travel_as_json_strings() {
        let price: Price = "0.0000140".parse().unwrap();
        assert_eq!(serde_json::to_string(&price).unwrap(), "\"0.000014\"");
        assert!(serde_json::from_str::<Price>("0.5").is_err());
    }

    proptest! {
        #[test]
        fn every_representable_number_survives_its_own_text(mantissa in -(1_i128 << 95)..(1_i128 << 95), scale in 0_u32..=28) {
            let value = Decimal::from_i128_with_scale(mantissa, scale);
            prop_assert_eq!(parse_exact(&value.to_string()), Ok(value));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC*") {
            let _ = parse_exact(&text);
        }
    }
}
