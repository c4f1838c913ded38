//! Errors as RFC 9457 problem details (`application/problem+json`). The `type`s are stable.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use parallax_service::{Candidate, ServiceError};
use serde::Serialize;
use utoipa::ToSchema;

/// The type of its body.
pub(crate) const PROBLEM: &str = "application/problem+json";

/// A problem, as a body and a status code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// What kind of problem, for programs: `urn:parallax:problem:` and a word.
    #[serde(rename = "type")]
    #[schema(
        pattern = "^urn:parallax:problem:[a-z-]+$",
        example = "urn:parallax:problem:bad-parameter"
    )]
    kind: String,
    /// The kind in words, the same for every problem of the kind.
    title: &'static str,
    /// The HTTP status code.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What was wrong with this request and what to do about it.
    detail: String,
    /// What could have been asked for instead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    candidates: Vec<Suggestion>,
}

/// Something that could have been asked for instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
enum Suggestion {
    /// By its id.
    Id(String),
    /// A token, with what tells it from the others.
    Token(Candidate),
}

impl Problem {
    /// `word` ends the problem's type, `title` is the same for all of the type.
    pub(crate) fn new(
        status: StatusCode,
        word: &str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind: format!("urn:parallax:problem:{word}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            candidates: Vec::new(),
        }
    }

    /// A parameter that cannot be understood.
    pub(crate) fn bad_parameter(name: &str, got: &str, allowed: &str) -> Self {
        let got: String = got.chars().take(80).collect();
        let detail = format!("parameter {name:?} must be {allowed}, got {got:?}");
        Self::new(
            StatusCode::BAD_REQUEST,
            "bad-parameter",
            "A parameter is not valid",
            detail,
        )
    }

    /// The same problem where the request's parameter is at fault and not its path.
    pub(crate) const fn into_bad_request(mut self) -> Self {
        self.status = 400;
        self
    }

    /// The same problem where the request's path is at fault.
    pub(crate) const fn into_not_found(mut self) -> Self {
        self.status = 404;
        self
    }

    /// An answer that cannot be written as JSON, which no answer is.
    pub(crate) fn unwritable() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "The server failed",
            "the answer could not be written; this is a fault of the program",
        )
    }

    fn suggesting(self, ids: impl IntoIterator<Item = impl ToString>) -> Self {
        let ids = ids.into_iter().map(|id| Suggestion::Id(id.to_string()));
        Self {
            candidates: ids.collect(),
            ..self
        }
    }

    /// Too many pictures are being drawn.
    pub(crate) fn too_busy() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too-busy",
            "The server is too busy",
            "too many pictures are being drawn now; try again later, or ask for .svg, which costs little",
        )
    }

    /// An address of a picture that names no kind of picture there is.
    pub(crate) fn no_such_picture(path: &str, there_are: &str) -> Self {
        let path: String = path.chars().take(120).collect();
        let detail = format!("nothing is at {path}; there are {there_are}");
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "There is nothing here",
            detail,
        )
    }

    /// No room for another stream.
    pub(crate) fn too_many_streams(limit: u64) -> Self {
        let detail = format!("all {limit} streams this server allows are open; try again later");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too-many-streams",
            "Too many streams",
            detail,
        )
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        let (status, word, title) = match &error {
            ServiceError::UnknownToken { .. } => (
                StatusCode::NOT_FOUND,
                "unknown-token",
                "There is no such token",
            ),
            ServiceError::AmbiguousToken { .. } => (
                StatusCode::CONFLICT,
                "ambiguous-token",
                "Several tokens are called that",
            ),
            ServiceError::UnknownVenue { .. } => (
                StatusCode::BAD_REQUEST,
                "unknown-exchange",
                "There is no such exchange",
            ),
            ServiceError::UnknownPair { .. } => (
                StatusCode::NOT_FOUND,
                "unknown-pair",
                "Nobody has this pair",
            ),
            ServiceError::UnknownSource { .. } => (
                StatusCode::BAD_REQUEST,
                "unknown-source",
                "There is no such source",
            ),
            ServiceError::BadParameter { .. } => (
                StatusCode::BAD_REQUEST,
                "bad-parameter",
                "A parameter is not valid",
            ),
            ServiceError::TooLarge(_) => (
                StatusCode::BAD_REQUEST,
                "too-large",
                "The answer would be too large",
            ),
            ServiceError::Undrawn => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "The server failed",
            ),
            ServiceError::NoPriceThen { .. } => (
                StatusCode::NOT_FOUND,
                "no-price-then",
                "No price was in force then",
            ),
            ServiceError::HistoryUnavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "history-unavailable",
                "The history cannot be read",
            ),
        };
        let detail = error.to_string() + &advice(&error);
        let problem = Self::new(status, word, title, detail);
        match error {
            ServiceError::UnknownToken { candidates, .. } => problem.suggesting(candidates),
            ServiceError::UnknownVenue { known, .. }
            | ServiceError::UnknownSource { known, .. } => problem.suggesting(known),
            ServiceError::UnknownPair { candidates, .. } => problem.suggesting(candidates),
            ServiceError::AmbiguousToken { candidates, .. } => Self {
                candidates: candidates.into_iter().map(Suggestion::Token).collect(),
                ..problem
            },
            _ => problem,
        }
    }
}

/// Where to look instead, to be added to what was wrong; empty where that says it.
fn advice(error: &ServiceError) -> String {
    match error {
        ServiceError::NoPriceThen { token, at, .. } => {
            format!("; /api/v1/tokens/{token}/candles?interval=1h&from={at} may have the hour")
        }
        ServiceError::UnknownToken { candidates, .. } if candidates.is_empty() => {
            "; /api/v1/tokens?search=… finds those there are".to_owned()
        }
        ServiceError::UnknownPair {
            exchange: Some(exchange),
            ..
        } => format!("; /api/v1/exchanges/{exchange} lists its pairs"),
        ServiceError::UnknownPair { exchange: None, .. } => {
            "; /api/v1/exchanges/{id} lists the pairs of each exchange".to_owned()
        }
        _ => String::new(),
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        let detail = rejection.body_text();
        Self::new(
            StatusCode::BAD_REQUEST,
            "bad-parameter",
            "A parameter is not valid",
            detail,
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if matches!(
            status,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
        ) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

/// A path under `/api` that is none.
pub(crate) async fn not_found(uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(120).collect();
    let detail = format!(
        "nothing is at {path}; there are /api/v1/tokens, /api/v1/tokens/{{token}} and below it \
         /chart, /candles and /price, and /api/v1/rates, /api/v1/markets, /api/v1/exchanges, /api/v1/status \
         and /api/v1/stream; /openapi.json describes them all; pictures are at /charts/{{token}}.svg, .png and .json, /compare.svg, .png and .json, \
         /badges/{{token}}.svg and /sparklines/{{token}}.svg"
    );
    Problem::new(
        StatusCode::NOT_FOUND,
        "not-found",
        "There is nothing here",
        detail,
    )
}

/// A method the path does not have.
pub(crate) async fn method_not_allowed(method: Method, uri: Uri) -> Response {
    // The one route that is not read.
    let (how, allow) = match uri.path() {
        "/api/v1/tickets" => ("a ticket is made with POST", "POST"),
        _ => ("the routes of this API are read with GET", "GET, HEAD"),
    };
    let detail = format!("{method} is not possible here; {how}");
    let problem = Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "The method is not allowed here",
        detail,
    );
    let mut response = problem.into_response();
    response
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static(allow));
    response
}
