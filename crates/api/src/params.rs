//! Parameters of a query as text: an empty one is one that was not given, as a form sends it.

use std::str::FromStr;

use parallax::candle::Source;
use parallax::time::Timestamp;
use parallax_service::when;

use crate::Problem;

/// Reads a parameter that may be missing.
///
/// # Errors
/// A problem with the parameter's name, the value and what is `allowed`.
pub(crate) fn optional<T: FromStr>(
    name: &str,
    given: Option<&str>,
    allowed: &str,
) -> Result<Option<T>, Problem> {
    let Some(text) = given.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let read = text.parse();
    read.map(Some)
        .map_err(|_| Problem::bad_parameter(name, text, allowed))
}

/// Reads a moment that may be missing.
///
/// # Errors
/// As [`optional`].
pub(crate) fn moment(name: &str, given: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = given.filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    when::read(text)
        .map(Some)
        .ok_or_else(|| Problem::bad_parameter(name, text, when::ALLOWED))
}

/// Reads whose prices are wanted, in any letter case.
///
/// # Errors
/// As [`optional`].
pub(crate) fn source(given: Option<&str>) -> Result<Option<Source>, Problem> {
    let lower = given.map(str::to_lowercase);
    optional(
        "source",
        lower.as_deref(),
        "index or an exchange's id such as thegraph",
    )
}
