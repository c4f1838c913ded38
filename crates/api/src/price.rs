//! `GET /api/v1/tokens/{token}/price?at=`: the price in force at a moment, with its constituents.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use parallax_service::PriceThen;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::live::Draft;
use crate::openapi::answers::{BadRequest, NoHistory, NoToken, NotModified};
use crate::params::{self, TokenParam, TokenPath};
use crate::{ApiState, Problem};

/// The routes.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(price))
}

/// The query.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// The moment, no later than now: RFC 3339, a date, or whole seconds since 1970. Without it, now.
    #[param(example = "2026-01-31T09:30:00Z")]
    at: Option<String>,
}

/// Read the price in force at a moment.
///
/// The price with the constituents that were stored with it. Where no price was in force, or none is
/// remembered, there is no number: the answer is 404, and says for how long prices are kept.
#[utoipa::path(
    get,
    path = "/tokens/{token}/price",
    tag = "history",
    operation_id = "price",
    params(TokenParam, Asked),
    responses(
        (status = 200, description = "The price.", body = PriceThen),
        NotModified,
        BadRequest,
        NoToken,
        NoHistory,
    )
)]
pub(crate) async fn price(
    State(state): State<ApiState>,
    TokenPath(asked_token): TokenPath,
    query: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Query(asked) = query?;
    let at = params::moment("at", asked.at.as_deref())?;
    let token = &state.service.find(&asked_token)?.id;
    let make = async {
        let then = state.service.price_then(token.as_str(), at).await?;
        Draft::new(&then, then.at)
    };
    let question = format!("price {token} {at:?}");
    state.live(question, Some(token), &headers, make).await
}
