//! `GET /api/v1/exchanges` and `/api/v1/exchanges/{id}`: who delivers what, and how they do.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use parallax::time::Timestamp;
use parallax_service::{Exchange, Pair, ServiceError};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::live::Draft;
use crate::openapi::answers::{BadRequest, NotModified};
use crate::params::NoParameters;
use crate::{ApiState, Problem};

/// The routes.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(exchanges))
        .routes(routes!(exchange))
}

/// The configured exchanges.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Exchanges {
    /// When the answer was made.
    at: Timestamp,
    /// By id.
    exchanges: Vec<Exchange>,
}

/// List the exchanges.
///
/// Every configured exchange: what it delivers, and how its connections do.
#[utoipa::path(
    get,
    path = "/exchanges",
    tag = "markets",
    operation_id = "exchanges",
    responses(
        (status = 200, description = "The exchanges.", body = Exchanges),
        NotModified,
        BadRequest,
    )
)]
pub(crate) async fn exchanges(
    State(state): State<ApiState>,
    _: NoParameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let make = async {
        let (at, exchanges) = (state.service.at(), state.service.exchanges());
        Draft::new(&Exchanges { at, exchanges }, at)
    };
    state
        .live("exchanges".to_owned(), None, &headers, make)
        .await
}

/// One exchange with its pairs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExchangeAnswer {
    /// When the answer was made.
    at: Timestamp,
    #[serde(flatten)]
    exchange: Exchange,
    /// The pairs that are watched there, as `/api/v1/rates` takes them.
    pairs: Vec<Pair>,
}

/// Show one exchange with its pairs.
#[utoipa::path(
    get,
    path = "/exchanges/{id}",
    tag = "markets",
    operation_id = "exchange",
    params(
        ("id" = String, Path, description = "The exchange's id, in any letter case.", example = "kraken"),
    ),
    responses(
        (status = 200, description = "The exchange.", body = ExchangeAnswer),
        NotModified,
        BadRequest,
        (status = 404, description = "There is no such exchange; `candidates` has those there are.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn exchange(
    State(state): State<ApiState>,
    path: Result<Path<String>, PathRejection>,
    _: NoParameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Ok(Path(asked)) = path else {
        let allowed = "UTF-8 text, percent-encoded where a path needs it";
        return Err(Problem::bad_parameter("id", "", allowed));
    };
    let id = state.service.venue(&asked).map_err(missing)?;
    let make = async {
        let at = state.service.at();
        let (exchange, pairs) = state.service.exchange(id.as_str()).map_err(missing)?;
        let answer = ExchangeAnswer {
            at,
            exchange,
            pairs,
        };
        Draft::new(&answer, at)
    };
    state
        .live(format!("exchange {id}"), None, &headers, make)
        .await
}

/// In a path an unknown exchange is a missing page.
fn missing(error: ServiceError) -> Problem {
    Problem::from(error).into_not_found()
}
