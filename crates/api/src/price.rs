//! `GET /api/v1/tokens/{token}/price?at=`: the price in force at a moment, with its constituents.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::IntoResponse;
use serde::Deserialize;

use crate::params::{self, TokenPath};
use crate::{ApiState, Problem};

/// The query.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    at: Option<String>,
}

/// The price then; without `at`, the live one.
pub(crate) async fn price(
    State(state): State<ApiState>,
    TokenPath(token): TokenPath,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<impl IntoResponse, Problem> {
    let Query(asked) = query?;
    let at = params::moment("at", asked.at.as_deref())?;
    let then = state.service.price_then(&token, at).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(then)))
}
