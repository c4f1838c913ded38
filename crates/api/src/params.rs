//! Parameters as text: in a query, an empty one is one that was not given, as a form sends it.

use std::ops::RangeInclusive;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use parallax::candle::Source;
use parallax::picture::ChoiceError;
use parallax::time::Timestamp;
use parallax_service::when;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Problem;

/// What a path says in place of `{token}`: an id, a contract, a symbol or a name.
#[derive(Debug)]
pub(crate) struct TokenPath(pub(crate) String);

/// The same in the description.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it is described by its fields and never made")]
pub(crate) struct TokenParam {
    /// The token: its id, a contract address (also `chain:address`), a symbol or a name, in any letter case.
    #[param(min_length = 1, example = "bitcoin")]
    token: String,
}

impl<S: Send + Sync> FromRequestParts<S> for TokenPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(token)) => Ok(Self(token)),
            Err(_) => {
                let allowed = "UTF-8 text, percent-encoded where a path needs it";
                Err(Problem::bad_parameter("token", parts.uri.path(), allowed))
            }
        }
    }
}

/// For routes without parameters: any is an error there too, rather than ignored.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoParameters {}

impl<S: Send + Sync> FromRequestParts<S> for NoParameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Query(none) = Query::try_from_uri(&parts.uri)?;
        Ok(none)
    }
}

/// A parameter's text; none for an empty one.
pub(crate) fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// Reads a parameter that may be missing.
///
/// # Errors
/// A problem with the parameter's name, the value and what is `allowed`.
pub(crate) fn optional<T: FromStr>(
    name: &str,
    text: Option<&str>,
    allowed: &str,
) -> Result<Option<T>, Problem> {
    let Some(text) = given(text) else {
        return Ok(None);
    };
    let read = text.parse();
    read.map(Some)
        .map_err(|_| Problem::bad_parameter(name, text, allowed))
}

/// Reads a choice that may be missing; the default then.
///
/// # Errors
/// As [`optional`], with the words it may be.
pub(crate) fn choice<T: FromStr<Err = ChoiceError> + Default>(
    name: &str,
    text: Option<&str>,
) -> Result<T, Problem> {
    let Some(text) = given(text) else {
        return Ok(T::default());
    };
    text.parse().map_err(|error: ChoiceError| {
        Problem::bad_parameter(name, text, &format!("one of {}", error.allowed))
    })
}

/// Reads a number of pixels that may be missing.
///
/// # Errors
/// As [`optional`], outside of the bounds too.
pub(crate) fn pixels(
    name: &str,
    text: Option<&str>,
    standard: u32,
    bounds: RangeInclusive<u32>,
) -> Result<u32, Problem> {
    let allowed = format!("whole pixels from {} to {}", bounds.start(), bounds.end());
    let pixels: u32 = optional(name, text, &allowed)?.unwrap_or(standard);
    if bounds.contains(&pixels) {
        Ok(pixels)
    } else {
        Err(Problem::bad_parameter(name, &pixels.to_string(), &allowed))
    }
}

/// Reads a moment that may be missing.
///
/// # Errors
/// As [`optional`].
pub(crate) fn moment(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
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
pub(crate) fn source(text: Option<&str>) -> Result<Option<Source>, Problem> {
    let lower = text.map(str::to_lowercase);
    optional(
        "source",
        lower.as_deref(),
        "index or an exchange's id such as thegraph",
    )
}
