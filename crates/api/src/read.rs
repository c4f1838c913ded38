//! The JSON reads. Decimals are strings, times RFC 3339 in UTC, and every price carries its time and
//! its status. Nothing here may be cached: a price that a cache repeats would be silently stale. The past,
//! which may, is in `chart.rs` and `candles.rs`.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::IntoResponse;
use parallax::candle::Bar;
use parallax::stream::MarketState;
use parallax::time::Timestamp;
use parallax::view::TokenView;
use serde::{Deserialize, Serialize};

use crate::params::TokenPath;
use crate::{ApiState, Problem};

const NO_STORE: [(header::HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

/// `GET /api/v1/tokens`
pub(crate) async fn tokens(State(state): State<ApiState>) -> impl IntoResponse {
    (NO_STORE, Json(state.service.table()))
}

/// The answer of `GET /api/v1/tokens/{token}`.
#[derive(Debug, Serialize)]
struct TokenAnswer {
    #[serde(flatten)]
    view: TokenView,
    /// The index price's one-minute candles of the last half hour, oldest first; null when the store could
    /// not be read.
    recent: Option<Vec<Bar>>,
}

/// `GET /api/v1/tokens/{token}`
pub(crate) async fn token(
    State(state): State<ApiState>,
    TokenPath(token): TokenPath,
) -> Result<impl IntoResponse, Problem> {
    let id = state.service.find(&token)?.id.clone();
    let (view, recent) = tokio::join!(state.service.token(&token), state.service.recent(&id));
    let view = view?;
    Ok((NO_STORE, Json(TokenAnswer { view, recent })))
}

/// `GET /api/v1/status`
pub(crate) async fn status(State(state): State<ApiState>) -> impl IntoResponse {
    (NO_STORE, Json(state.service.status()))
}

/// The query of `GET /api/v1/markets`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MarketsQuery {
    exchange: Option<String>,
}

/// The answer of `GET /api/v1/markets`.
#[derive(Debug, Serialize)]
pub(crate) struct Markets {
    at: Timestamp,
    markets: Vec<MarketState>,
}

/// `GET /api/v1/markets?exchange=`
pub(crate) async fn markets(
    State(state): State<ApiState>,
    query: Result<Query<MarketsQuery>, QueryRejection>,
) -> Result<impl IntoResponse, Problem> {
    let Query(query) = query?;
    let markets = state.service.markets(query.exchange.as_deref())?;
    Ok((
        NO_STORE,
        Json(Markets {
            at: state.service.at(),
            markets,
        }),
    ))
}
