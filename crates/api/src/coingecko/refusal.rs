//! What cannot be answered, in CoinGecko's words: a status and `{"error": "…"}`.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use parallax_service::ServiceError;
use serde::Serialize;
use utoipa::ToSchema;

/// An error as CoinGecko writes it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoError)]
pub(crate) struct Refusal {
    #[serde(skip)]
    #[schema(ignore)]
    status: StatusCode,
    /// What was wrong, and what to do about it.
    #[schema(example = "coin not found")]
    error: String,
}

impl Refusal {
    fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self {
            status,
            error: error.into(),
        }
    }

    /// A parameter is not there that must be.
    pub(crate) fn missing(name: &str) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("Missing parameter {name}"),
        )
    }

    /// A parameter cannot be understood.
    pub(crate) fn invalid(name: &str, got: &str, allowed: &str) -> Self {
        let got: String = got.chars().take(80).collect();
        let error = format!("invalid {name}: must be {allowed}, got {got:?}");
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, error)
    }

    /// The currency is none, or has no rate now.
    pub(crate) fn invalid_vs() -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid vs_currency")
    }

    /// A name that several coins bear.
    pub(crate) fn ambiguous(name: &str, ids: &[&str]) -> Self {
        let name: String = name.chars().take(80).collect();
        let error = format!(
            "{name:?} may mean {}; ask for one of them with ids, or for all with include_tokens=all",
            ids.join(" or ")
        );
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, error)
    }

    /// There is no such `thing`: `coin not found`.
    pub(crate) fn not_found(thing: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("{thing} not found"))
    }

    /// A path that is none of the compatible routes.
    pub(crate) fn incorrect_path(path: &str) -> Self {
        let path: String = path.chars().take(120).collect();
        let error = format!("Incorrect path {path}. Please check /docs for the routes there are");
        Self::new(StatusCode::NOT_FOUND, error)
    }

    /// A method that the routes do not have.
    pub(crate) fn incorrect_method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "the routes under /api/v3 are read with GET",
        )
    }

    /// A query that is no query.
    pub(crate) fn unreadable(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, reason)
    }

    /// An answer that cannot be written as JSON, which no answer is.
    pub(crate) fn unwritable() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the answer could not be written; this is a fault of the program",
        )
    }
}

impl From<ServiceError> for Refusal {
    fn from(error: ServiceError) -> Self {
        let status = match error {
            ServiceError::HistoryUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            ServiceError::UnknownToken { .. } => return Self::not_found("coin"),
            ServiceError::Undrawn => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = self.status;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        if status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        response
    }
}
