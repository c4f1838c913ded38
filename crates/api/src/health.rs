//! `/healthz`: the process answers. `/readyz`: it has something to say.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use crate::ApiState;

/// 200 as long as the process answers requests.
pub(crate) async fn alive() -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], "ok\n")
}

/// 200 when an exchange delivers, a price is live and the database takes writes; 503 with the missing
/// ones set to false otherwise. Says how many rows wait on disk for the database.
pub(crate) async fn ready(State(state): State<ApiState>) -> impl IntoResponse {
    let readiness = state.service.readiness();
    let code = if readiness.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (code, [(header::CACHE_CONTROL, "no-store")], Json(readiness))
}
