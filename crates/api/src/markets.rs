//! `GET /api/v1/markets`: the last state of every watched market, in its own quote currency.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use parallax::time::Timestamp;
use parallax_service::{MarketsQuery, PricedMarket, ServiceError};
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
    OpenApiRouter::new().routes(routes!(markets))
}

/// The query of `GET /api/v1/markets`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// Only of this exchange, by its id in any letter case.
    #[param(example = "kraken")]
    exchange: Option<String>,
    /// Only with this token on either side: an id, a contract address, a symbol or a name.
    #[param(example = "bitcoin")]
    token: Option<String>,
    /// Only priced in this: a token as above, or an exchange's code of it.
    #[param(example = "usd")]
    quote: Option<String>,
}

/// Markets as the exchanges last said.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Markets {
    /// When the answer was made.
    at: Timestamp,
    /// By exchange and the exchange's own name of the market.
    markets: Vec<PricedMarket>,
}

/// List the markets.
///
/// The last quote, trade and figures of 24 hours of every watched market, exactly as the exchange sent them,
/// in the market's own currency. At most a second older than `at`.
#[utoipa::path(
    get,
    path = "/markets",
    tag = "markets",
    operation_id = "markets",
    params(Asked),
    responses(
        (status = 200, description = "The markets; none when nothing fits.", body = Markets),
        NotModified,
        BadRequest,
        Ambiguous,
    )
)]
pub(crate) async fn markets(
    State(state): State<ApiState>,
    query: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Query(asked) = query?;
    let text = |text: &Option<String>| given(text.as_deref()).map(str::to_lowercase);
    let query = MarketsQuery {
        exchange: text(&asked.exchange),
        token: text(&asked.token),
        quote: text(&asked.quote),
    };
    let question = format!("markets {query:?}");
    let make = async {
        let markets = state.service.markets_where(&query).map_err(in_query)?;
        let at = state.service.at();
        Draft::new(&Markets { at, markets }, at)
    };
    state.live(question, None, &headers, make).await
}

/// A token that is unknown is a bad parameter here, not a missing page.
fn in_query(error: ServiceError) -> Problem {
    let is_unknown = matches!(error, ServiceError::UnknownToken { .. });
    let problem = Problem::from(error);
    if is_unknown {
        problem.into_bad_request()
    } else {
        problem
    }
}
