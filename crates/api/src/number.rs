//! A decimal as a JSON number, with exactly its digits: for answers whose contract wants numbers. No float
//! on the way; whoever reads it decides what to make of the digits.

use parallax::Decimal;
use serde::ser::Error;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A decimal that is written as a JSON number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Number(pub(crate) Decimal);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A decimal is written without an exponent: always a JSON number.
        let digits = RawValue::from_string(self.0.normalize().to_string());
        digits.map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl PartialSchema for Number {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new()
            .schema_type(Type::Number)
            .description(Some("An exact decimal, written with all its digits."));
        Schema::from(number).into()
    }
}

impl ToSchema for Number {}

/// A figure that Parallax does not know: null.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Unknown;

impl Serialize for Unknown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_none()
    }
}

impl PartialSchema for Unknown {
    fn schema() -> RefOr<Schema> {
        let null = ObjectBuilder::new()
            .schema_type(Type::Null)
            .description(Some("Not known."));
        Schema::from(null).into()
    }
}

impl ToSchema for Unknown {}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_a_number_with_all_its_digits() {
        for (text, written) in [
            ("67123.4500", "67123.45"),
            (
                "0.0000000000000000000000000001",
                "0.0000000000000000000000000001",
            ),
            (
                "79228162514264337593543950335",
                "79228162514264337593543950335",
            ),
            ("-1.50", "-1.5"),
            ("100", "100"),
        ] {
            let number = Number(parallax::amount::parse_exact(text).unwrap());
            assert_eq!(
                serde_json::to_string(&[number]).unwrap(),
                format!("[{written}]")
            );
        }
    }
}
