//! TradingView's UDF datafeed, under `/udf`: existing chart front-ends read Parallax' index prices.
//!
//! A symbol is a token in a currency: `BTCUSD`, `BTC/EUR`, `PARALLAX:ETHBTC`, or a token's id, which is never
//! ambiguous (`bitcoin`, `bitcoin/eur`); an id alone is in US dollars. The ticker that `/symbols` answers, and
//! that charts use from then on, is made of the id. Exchanges' own markets are no symbols: what Parallax keeps
//! are the candles of its index. Volumes are values in the symbol's currency.
//!
//! Errors are UDF's: `{"s": "error", "errmsg": "…"}`, with a status that says as much.

mod history;
mod symbol;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::QueryRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use parallax::candle::Step;
use parallax_service::ServiceError;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::ApiState;
use crate::cached::Cached;

/// The exchange that charts name as the source of the index.
const EXCHANGE: &str = "PARALLAX";
/// The lengths of bars, in UDF's words.
const RESOLUTIONS: [(&str, Step); 12] = [
    ("1", Step::Minutes(1)),
    ("5", Step::Minutes(5)),
    ("15", Step::Minutes(15)),
    ("30", Step::Minutes(30)),
    ("60", Step::Hours(1)),
    ("120", Step::Hours(2)),
    ("240", Step::Hours(4)),
    ("360", Step::Hours(6)),
    ("480", Step::Hours(8)),
    ("720", Step::Hours(12)),
    ("1D", Step::Day),
    ("1W", Step::Week),
];

/// All routes under `/udf`.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    let routes = OpenApiRouter::new()
        .routes(routes!(config))
        .routes(routes!(symbol::symbols))
        .routes(routes!(symbol::search))
        .routes(routes!(history::history))
        .routes(routes!(time));
    let (router, description) = routes.split_for_parts();
    let router = router
        .method_not_allowed_fallback(incorrect_method)
        .route("/udf", any(incorrect_path))
        .route("/udf/", any(incorrect_path))
        .route("/udf/{*rest}", any(incorrect_path));
    OpenApiRouter::with_openapi(description).merge(OpenApiRouter::from(router))
}

/// An error as UDF writes it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UdfError)]
pub(crate) struct Failure {
    #[serde(skip)]
    #[schema(ignore)]
    status: StatusCode,
    /// `error`.
    #[schema(example = "error")]
    s: &'static str,
    /// What was wrong, and what to do about it.
    #[schema(example = "unknown symbol \"NOPE\"")]
    errmsg: String,
}

impl Failure {
    fn new(status: StatusCode, errmsg: impl Into<String>) -> Self {
        Self {
            status,
            s: "error",
            errmsg: errmsg.into(),
        }
    }

    fn invalid(name: &str, got: &str, allowed: &str) -> Self {
        let got: String = got.chars().take(80).collect();
        let errmsg = format!("{name} must be {allowed}, got {got:?}");
        Self::new(StatusCode::BAD_REQUEST, errmsg)
    }

    fn missing(name: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, format!("{name} is missing"))
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        let status = match error {
            ServiceError::UnknownToken { .. } => StatusCode::NOT_FOUND,
            ServiceError::AmbiguousToken { .. } => StatusCode::CONFLICT,
            ServiceError::HistoryUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            ServiceError::Undrawn => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        Self::new(status, error.to_string())
    }
}

impl From<QueryRejection> for Failure {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(StatusCode::BAD_REQUEST, rejection.body_text())
    }
}

impl IntoResponse for Failure {
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

async fn incorrect_path(uri: Uri) -> Failure {
    let path: String = uri.path().chars().take(120).collect();
    let errmsg = format!(
        "nothing is at {path}; there are /udf/config, /udf/symbols, /udf/search, /udf/history and /udf/time"
    );
    Failure::new(StatusCode::NOT_FOUND, errmsg)
}

async fn incorrect_method() -> Failure {
    Failure::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "the routes under /udf are read with GET",
    )
}

fn json(answer: &impl Serialize, headers: &HeaderMap) -> Result<Response, Failure> {
    let unwritable = |_| {
        let fault = "the answer could not be written; this is a fault of the program";
        Failure::new(StatusCode::INTERNAL_SERVER_ERROR, fault)
    };
    let body = serde_json::to_string(answer).map_err(unwritable)?;
    Ok(Cached::json().respond(body, headers))
}

/// What a chart may ask for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UdfConfig)]
pub(crate) struct Config {
    /// The lengths of bars: minutes, days and weeks.
    #[schema(example = json!(["1", "60", "1D"]))]
    supported_resolutions: Vec<&'static str>,
    supports_group_request: bool,
    supports_marks: bool,
    supports_search: bool,
    supports_timescale_marks: bool,
    supports_time: bool,
    /// Whose prices there are.
    exchanges: Vec<Choice>,
    /// Kinds of symbols.
    symbols_types: Vec<SymbolType>,
}

/// Whose prices a search may be limited to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UdfChoice)]
pub(crate) struct Choice {
    value: &'static str,
    name: &'static str,
    desc: &'static str,
}

/// A kind of symbols that a search may be limited to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UdfSymbolType)]
pub(crate) struct SymbolType {
    name: &'static str,
    value: &'static str,
}

fn resolutions() -> Vec<&'static str> {
    RESOLUTIONS.iter().map(|(word, _)| *word).collect()
}

/// What charts may ask of this datafeed.
#[utoipa::path(get, path = "/udf/config", operation_id = "udfConfig", tag = "TradingView UDF",
    responses(
        (status = 200, description = "The configuration", body = Config),
        (status = 304, description = "The answer that `If-None-Match` names still holds")))]
pub(crate) async fn config(headers: HeaderMap) -> Result<Response, Failure> {
    let kind = |name, value| SymbolType { name, value };
    let config = Config {
        supported_resolutions: resolutions(),
        supports_group_request: false,
        supports_marks: false,
        supports_search: true,
        supports_timescale_marks: false,
        supports_time: true,
        exchanges: vec![
            Choice {
                value: "",
                name: "All",
                desc: "",
            },
            Choice {
                value: EXCHANGE,
                name: "Parallax",
                desc: "Parallax index prices",
            },
        ],
        symbols_types: vec![
            kind("All", ""),
            kind("Crypto", "crypto"),
            kind("Forex", "forex"),
        ],
    };
    json(&config, &headers)
}

/// The server's time, in whole seconds since 1970.
#[utoipa::path(get, path = "/udf/time", operation_id = "udfTime", tag = "TradingView UDF",
    responses((status = 200, description = "The time", body = String, content_type = "text/plain",
        example = "1795300000")))]
pub(crate) async fn time(State(state): State<ApiState>) -> impl IntoResponse {
    let seconds = state.service.at().unix_ms() / 1_000;
    ([(header::CACHE_CONTROL, "no-store")], seconds.to_string())
}
