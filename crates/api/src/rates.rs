//! `GET /api/v1/rates`: what each exchange bids and asks for a pair, in either direction.

use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use parallax::time::Timestamp;
use parallax_service::{Rate, RatesQuery};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::live::Draft;
use crate::openapi::answers::{Ambiguous, BadRequest, NotModified};
use crate::params::given;
use crate::{ApiState, Problem};

/// The routes.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(rates))
}

/// The query of `GET /api/v1/rates`. One of the two at least.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// The exchange, by its id in any letter case. Without it, every exchange that has the pair.
    #[param(example = "kraken")]
    exchange: Option<String>,
    /// The pair, `BASE_QUOTE` in any letter case and either direction: symbols, the exchange's own codes, or
    /// token ids. Without it, all pairs of the exchange, each as the exchange trades it.
    #[param(pattern = "^[^_/\\s]{1,64}_[^_/\\s]{1,64}$", example = "USDT_BTC")]
    pair: Option<String>,
}

/// Rates.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rates {
    /// When the answer was made.
    at: Timestamp,
    /// By exchange and pair.
    rates: Vec<Rate>,
}

/// Show exchanges' rates.
///
/// Of each exchange the bid, the ask and the rate, which is the middle of the two, in the direction that was
/// asked for. Where the exchange trades the pair the other way round, bid is 1 / its ask and ask is 1 / its
/// bid, each to the nearest of at most 20 significant digits and 28 places, half to even, and rate is the
/// exact middle of these two. Crossed books and books with one side have no rate: `rate` is null, `status` is
/// `no_quorum`, and `excluded` says why. A stale rate is shown with its age and marked.
///
/// Rates come from memory, at most a second older than `at`; an answer is shared for half a second by all
/// who ask the same. No exchange is asked.
#[utoipa::path(
    get,
    path = "/rates",
    tag = "rates",
    operation_id = "rates",
    params(Asked),
    responses(
        (status = 200, description = "The rates, at least one when a pair was asked for.", body = Rates),
        NotModified,
        BadRequest,
        (status = 404, description = "No exchange that was asked has the pair; `candidates` has some with one \
         of its sides.", body = Problem, content_type = "application/problem+json"),
        Ambiguous,
    )
)]
pub(crate) async fn rates(
    State(state): State<ApiState>,
    query: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Query(asked) = query?;
    let query = question(asked.exchange.as_deref(), asked.pair.as_deref());
    let make = async { draft(&state, &query) };
    state.live(name(&query), None, &headers, make).await
}

/// The same JSON for the WebSocket's feed, shared with those who ask for it here.
///
/// # Errors
/// The problems of the route.
pub(crate) async fn rates_body(state: &ApiState, query: &RatesQuery) -> Result<Bytes, Problem> {
    let make = async { draft(state, query) };
    Ok(state.live_body(name(query), 0, make).await?.0)
}

/// The question that these parameters ask.
pub(crate) fn question(exchange: Option<&str>, pair: Option<&str>) -> RatesQuery {
    RatesQuery {
        exchange: given(exchange).map(str::to_lowercase),
        pair: given(pair).map(str::to_uppercase),
    }
}

fn name(query: &RatesQuery) -> String {
    format!("rates {:?} {:?}", query.exchange, query.pair)
}

fn draft(state: &ApiState, query: &RatesQuery) -> Result<Draft, Problem> {
    let (at, rates) = state.service.rates(query)?;
    Draft::new(&Rates { at, rates }, at)
}
