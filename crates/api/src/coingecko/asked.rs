//! What a request under `/api/v3` asks: its path, its query, and the ways values are written there.
//!
//! An empty parameter is one that was not given, and one that CoinGecko does not know is ignored, as there.

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use parallax::time::Timestamp;
use parallax::{Decimal, RoundingStrategy};
use parallax_service::{Service, Vs};
use serde::de::DeserializeOwned;

use super::refusal::Refusal;

/// A query, read into a structure of optional texts.
#[derive(Debug)]
pub(crate) struct Asked<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(error) => Err(Refusal::unreadable(error.body_text())),
        }
    }
}

/// What a path names.
#[derive(Debug)]
pub(crate) struct Named<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Named<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(named)) => Ok(Self(named)),
            // A path that is no text names nothing.
            Err(_) => Err(Refusal::not_found("coin")),
        }
    }
}

/// A parameter that may be missing.
pub(crate) fn given(value: &Option<String>) -> Option<&str> {
    value
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// A parameter that must not be missing.
pub(crate) fn required<'a>(name: &str, value: &'a Option<String>) -> Result<&'a str, Refusal> {
    given(value).ok_or_else(|| Refusal::missing(name))
}

/// Values separated by commas.
pub(crate) fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

/// A yes or no; `standard` when it is missing.
pub(crate) fn flag(name: &str, value: &Option<String>, standard: bool) -> Result<bool, Refusal> {
    let Some(text) = given(value) else {
        return Ok(standard);
    };
    let is = |words: [&str; 2]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(["true", "1"]) {
        Ok(true)
    } else if is(["false", "0"]) {
        Ok(false)
    } else {
        Err(Refusal::invalid(name, text, "true or false"))
    }
}

/// One of some words; the first when it is missing.
pub(crate) fn word<T: Copy>(
    name: &str,
    value: &Option<String>,
    words: &[(&str, T)],
    standard: T,
) -> Result<T, Refusal> {
    let Some(text) = given(value) else {
        return Ok(standard);
    };
    let found = words.iter().find(|(word, _)| *word == text);
    found.map(|(_, meant)| *meant).ok_or_else(|| {
        let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        Refusal::invalid(name, text, &format!("one of {}", known.join(", ")))
    })
}

/// A place in a list that is given in pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    /// From 1.
    pub(crate) number: usize,
    /// At least 1.
    pub(crate) size: usize,
}

impl Page {
    /// The most rows of a page. More are answered with so many, as CoinGecko does.
    const MAX: usize = 250;
    /// The rows of a page that asks for no number, and of every page of tickers.
    pub(crate) const STANDARD: usize = 100;

    /// Reads `page` and `per_page`.
    pub(crate) fn read(page: &Option<String>, per_page: &Option<String>) -> Result<Self, Refusal> {
        let whole = |name: &str, value: &Option<String>, standard: usize| {
            let Some(text) = given(value) else {
                return Ok(standard);
            };
            let read: Result<u32, _> = text.parse();
            read.ok()
                .filter(|number| *number >= 1)
                .and_then(|number| usize::try_from(number).ok())
                .ok_or_else(|| Refusal::invalid(name, text, "a whole number from 1"))
        };
        Ok(Self {
            number: whole("page", page, 1)?,
            size: whole("per_page", per_page, Self::STANDARD)?.min(Self::MAX),
        })
    }

    /// The rows of the page.
    pub(crate) fn of<T>(self, rows: Vec<T>) -> impl Iterator<Item = T> {
        let skipped = (self.number - 1).saturating_mul(self.size);
        rows.into_iter().skip(skipped).take(self.size)
    }
}

/// How many decimal places a price is given with; all of them unless asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Precision(Option<u32>);

impl Precision {
    /// Reads `precision`.
    pub(crate) fn read(value: &Option<String>) -> Result<Self, Refusal> {
        match given(value) {
            None | Some("full") => Ok(Self(None)),
            Some(text) => {
                let places: Option<u32> = text.parse().ok().filter(|places| *places <= 18);
                let allowed = "full or a whole number from 0 to 18";
                let refused = || Refusal::invalid("precision", text, allowed);
                Ok(Self(Some(places.ok_or_else(refused)?)))
            }
        }
    }

    /// The price with so many places, halves away from zero.
    pub(crate) fn of(self, price: Decimal) -> Decimal {
        let half = RoundingStrategy::MidpointAwayFromZero;
        self.0
            .map_or(price, |places| price.round_dp_with_strategy(places, half))
    }
}

/// The one currency that a request must name.
pub(crate) fn vs_currency(service: &Service, value: &Option<String>) -> Result<Vs, Refusal> {
    let code = required("vs_currency", value)?;
    service.vs(code).ok_or_else(Refusal::invalid_vs)
}

/// A moment in whole seconds since 1970, or as a date, `2026-01-31` or longer, in UTC.
pub(crate) fn moment(name: &str, value: &Option<String>) -> Result<Timestamp, Refusal> {
    let text = required(name, value)?;
    parallax_service::when::read(text)
        .ok_or_else(|| Refusal::invalid(name, text, parallax_service::when::ALLOWED))
}
