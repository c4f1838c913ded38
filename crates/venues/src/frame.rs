//! Reading frames: what every exchange's decoder needs before the exchange's own format begins.
//!
//! Owns the checks of size, encoding and nesting, numbers read exactly from their text, optional
//! times, and the way from an exchange's symbol to a market's position. Does not own any exchange's
//! format. Called by the files in `src/exchanges/`, for every frame: this is the hot path, so texts
//! are borrowed from the frame and nothing is allocated.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use parallax::amount::{Price, Quantity};
use parallax::event::TakerSide;
use parallax::market::Listing;
use parallax::time::{Timestamp, TimestampError};
use rustc_hash::FxHashMap;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::spec::DecodeError;

/// No exchange nests deeper than six levels.
const MAX_DEPTH: usize = 64;

/// A shorter frame cannot nest deeply enough to do harm, so it is not searched for it.
const SURELY_SHALLOW_BYTES: usize = 1_024;

/// The most characters of an exchange's own words that are passed on.
const MAX_REASON_CHARS: usize = 200;

/// The frame as text, when it is a JSON object of at most `limit` bytes.
///
/// # Errors
/// [`DecodeError::TooLong`], or [`DecodeError::Format`] for bytes that are not UTF-8, not an object
/// or nested deeper than any exchange does.
pub(crate) fn text(frame: &[u8], limit: usize) -> Result<&str, DecodeError> {
    if frame.len() > limit {
        return Err(DecodeError::TooLong {
            len: frame.len(),
            limit,
        });
    }
    let text = document(frame)?;
    if text.trim_ascii_start().starts_with('{') {
        Ok(text)
    } else {
        Err(malformed("not a JSON object"))
    }
}

/// An HTTP answer as text. Its length is limited by whoever fetched it.
///
/// # Errors
/// [`DecodeError::Format`] for bytes that are not UTF-8 or nested deeper than any exchange does.
pub(crate) fn document(body: &[u8]) -> Result<&str, DecodeError> {
    let text = std::str::from_utf8(body).map_err(|_| malformed("not UTF-8"))?;
    if body.len() > SURELY_SHALLOW_BYTES && is_deep(body) {
        return Err(malformed("nested too deeply"));
    }
    Ok(text)
}

fn malformed(what: &'static str) -> DecodeError {
    DecodeError::Format(serde_json::Error::custom(what))
}

/// Whether brackets outside strings nest deeper than [`MAX_DEPTH`]. The JSON parser limits only what
/// it builds, not what it skips.
fn is_deep(body: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for &byte in body {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// The string a frame begins with, given what stands before it: for `{"type":"ticker","price":…` and
/// the opening `{"type":"` it is `ticker`. `None` when the frame is written in another order or with
/// blanks; then the whole frame must be read to know its kind.
pub(crate) fn leading<'a>(text: &'a str, opening: &str) -> Option<&'a str> {
    let (value, _) = text.strip_prefix(opening)?.split_once('"')?;
    (!value.contains('\\')).then_some(value)
}

/// Reads a frame as `T`, borrowing from it.
///
/// # Errors
/// [`DecodeError::Format`].
pub(crate) fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, DecodeError> {
    Ok(serde_json::from_str(text)?)
}

/// A `T` written as a JSON object. Without this, an array would be read as a struct's fields in order.
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = Object<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(fields)).map(Object)
            }
        }
        deserializer.deserialize_map(Fields(PhantomData))
    }
}

/// Checks that a frame of no interest is at least JSON, so that a cut-off one is noticed.
///
/// # Errors
/// [`DecodeError::Format`].
pub(crate) fn skip(text: &str) -> Result<(), DecodeError> {
    parse::<IgnoredAny>(text).map(|_| ())
}

/// Reads a price from its decimal text.
///
/// # Errors
/// [`DecodeError::Amount`] naming `field`.
pub(crate) fn price(field: &'static str, text: &str) -> Result<Price, DecodeError> {
    text.parse()
        .map_err(|source| DecodeError::Amount { field, source })
}

/// Reads a quantity from its decimal text.
///
/// # Errors
/// [`DecodeError::Amount`] naming `field`.
pub(crate) fn quantity(field: &'static str, text: &str) -> Result<Quantity, DecodeError> {
    text.parse()
        .map_err(|source| DecodeError::Amount { field, source })
}

/// Reads a price that may be missing; an empty text is missing too.
///
/// # Errors
/// [`DecodeError::Amount`] naming `field`.
pub(crate) fn optional_price(
    field: &'static str,
    text: Option<&str>,
) -> Result<Option<Price>, DecodeError> {
    text.filter(|text| !text.is_empty())
        .map(|text| price(field, text))
        .transpose()
}

/// Reads a quantity that may be missing; an empty text is missing too.
///
/// # Errors
/// [`DecodeError::Amount`] naming `field`.
pub(crate) fn optional_quantity(
    field: &'static str,
    text: Option<&str>,
) -> Result<Option<Quantity>, DecodeError> {
    text.filter(|text| !text.is_empty())
        .map(|text| quantity(field, text))
        .transpose()
}

/// A number that an exchange writes as a JSON number or as a string: read from its text, never
/// through a float.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Number<'a>(#[serde(borrow)] &'a RawValue);

impl<'a> Number<'a> {
    /// The digits as sent, without quotation marks; `None` for `null`.
    pub(crate) fn text(self) -> Option<&'a str> {
        let text = self.0.get();
        let unquoted = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'));
        (text != "null").then_some(unquoted.unwrap_or(text))
    }

    /// The number as a price.
    ///
    /// # Errors
    /// [`DecodeError::Amount`] naming `field`.
    pub(crate) fn price(self, field: &'static str) -> Result<Price, DecodeError> {
        price(field, self.text().unwrap_or_default())
    }

    /// The number as a quantity.
    ///
    /// # Errors
    /// [`DecodeError::Amount`] naming `field`.
    pub(crate) fn quantity(self, field: &'static str) -> Result<Quantity, DecodeError> {
        quantity(field, self.text().unwrap_or_default())
    }

    /// The number as a whole number.
    ///
    /// # Errors
    /// [`DecodeError::Unexpected`].
    pub(crate) fn integer(self) -> Result<i64, DecodeError> {
        self.text()
            .and_then(|text| text.parse().ok())
            .ok_or(DecodeError::Unexpected("not a whole number"))
    }
}

/// A time in Unix milliseconds. What lies outside 1970 to 9999, and 1970-01-01 itself, is how
/// exchanges write "no time", and no reason to lose a price.
pub(crate) fn time_ms(unix_ms: Option<i64>) -> Option<Timestamp> {
    unix_ms
        .filter(|&ms| ms != 0)
        .and_then(|ms| Timestamp::from_unix_ms(ms).ok())
}

/// A time in RFC 3339. `0001-01-01T00:00:00Z` and `1970-01-01T00:00:00Z`, which Coinbase and Kraken
/// send, are no time.
///
/// # Errors
/// [`DecodeError::Time`] naming `field`, for a text that is not a time.
pub(crate) fn time_text(
    field: &'static str,
    text: Option<&str>,
) -> Result<Option<Timestamp>, DecodeError> {
    match text.map(str::parse::<Timestamp>) {
        None | Some(Err(TimestampError::OutOfRange)) => Ok(None),
        Some(Ok(at)) => Ok((at.unix_ms() != 0).then_some(at)),
        Some(Err(source)) => Err(DecodeError::Time { field, source }),
    }
}

/// The side of a trade; each exchange's file says whether it means the taker's or the maker's.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    Buy,
    Sell,
}

impl Side {
    /// The taker's side where the exchange sends the taker's.
    pub(crate) const fn same(self) -> TakerSide {
        match self {
            Self::Buy => TakerSide::Buy,
            Self::Sell => TakerSide::Sell,
        }
    }

    /// The taker's side where the exchange sends the maker's.
    pub(crate) const fn opposite(self) -> TakerSide {
        match self {
            Self::Buy => TakerSide::Sell,
            Self::Sell => TakerSide::Buy,
        }
    }
}

/// An exchange's own words, cut to a length fit for a status page.
pub(crate) fn reason(words: &str) -> String {
    words.chars().take(MAX_REASON_CHARS).collect()
}

/// A text inside a frame: borrowed unless it is written with escapes.
pub(crate) type Text<'a> = Cow<'a, str>;

/// From an exchange's symbol to the market's position in the session's slice.
#[derive(Debug)]
pub(crate) struct SymbolIndex(FxHashMap<Box<str>, u32>);

impl SymbolIndex {
    /// An index of these markets; of two with one symbol the first counts.
    pub(crate) fn new(markets: &[Listing]) -> Self {
        let mut index = FxHashMap::default();
        for (market, listing) in (0_u32..).zip(markets) {
            index.entry(Box::from(&*listing.symbol)).or_insert(market);
        }
        Self(index)
    }

    /// The market's position; `None` for one that was not asked for.
    pub(crate) fn get(&self, symbol: &str) -> Option<u32> {
        self.0.get(symbol).copied()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn number(json: &str) -> Number<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_json_number_is_read_from_its_digits_and_never_through_a_float() {
        let digits = "12345678901234567.123456789";
        assert_eq!(number(digits).price("p").unwrap().to_string(), digits);
        assert_eq!(
            number("9.2E-7").price("p").unwrap().to_string(),
            "0.00000092"
        );
        assert_eq!(number("\"0.10\"").price("p").unwrap().to_string(), "0.1");
    }

    #[test]
    fn what_is_not_a_number_is_an_error_that_names_the_field() {
        for json in ["null", "true", "[1]", "\"\"", "\"1\\u0030\"", "{}"] {
            let error = number(json).price("bid").unwrap_err();
            assert!(
                error.to_string().starts_with("field bid"),
                "{json}: {error}"
            );
        }
    }

    #[test]
    fn brackets_inside_strings_do_not_count_as_nesting() {
        let quoted = format!("{{\"a\":\"{}\\\"{}\"}}", "[".repeat(700), "{".repeat(700));
        assert!(document(quoted.as_bytes()).is_ok());
        let deep = format!("{}{}", "[".repeat(700), "]".repeat(700));
        assert!(document(deep.as_bytes()).is_err());
    }

    #[test]
    fn the_years_1_and_1970_mean_no_time() {
        for text in ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00.000000000Z"] {
            assert_eq!(time_text("time", Some(text)).unwrap(), None);
        }
        assert_eq!(time_ms(Some(0)), None);
        assert!(time_text("time", Some("yesterday")).is_err());
    }

    #[test]
    fn a_leading_tag_is_found_only_where_it_is_certain() {
        let opening = "{\"type\":\"";
        assert_eq!(leading("{\"type\":\"ticker\",", opening), Some("ticker"));
        assert_eq!(leading("{\"type\":\"tick", opening), None);
        assert_eq!(leading("{\"type\":\"a\\\"b\"}", opening), None);
        assert_eq!(leading("{ \"type\":\"ticker\"}", opening), None);
    }
}
