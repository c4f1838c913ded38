//! `/healthz`: the process answers. `/readyz`: it has something to say. `/api/v1/status`: how everything does.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use parallax::view::StatusView;
use parallax_service::Readiness;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::openapi::answers::BadRequest;
use crate::params::NoParameters;
use crate::stamp::stamped;
use crate::{ApiState, Problem};

/// The routes.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(alive))
        .routes(routes!(ready))
}

/// The route under `/api/v1`.
pub(crate) fn status_route() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(status))
}

/// Show the state of everything.
///
/// Every connection, the database, the repair of the past. For diagnosis: each answer is a reading of its
/// own and is never kept.
#[utoipa::path(
    get,
    path = "/status",
    tag = "service",
    operation_id = "status",
    responses((status = 200, description = "The state.", body = StatusView), BadRequest)
)]
pub(crate) async fn status(
    State(state): State<ApiState>,
    _: NoParameters,
) -> Result<impl IntoResponse, Problem> {
    let status = state.service.status();
    let body = serde_json::to_string(&status).map_err(|_| Problem::unwritable())?;
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_TYPE, "application/json"),
    ];
    Ok((headers, stamped(&body, status.at)))
}

/// Whether the process answers.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "service",
    operation_id = "alive",
    responses((status = 200, description = "It does.", body = String, content_type = "text/plain"))
)]
pub(crate) async fn alive() -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], "ok\n")
}

/// Whether requests should be sent here.
///
/// They should when an exchange delivers, a price is live and the database takes writes. The answer says
/// which of them hold, and how many rows wait on disk for the database.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "service",
    operation_id = "ready",
    responses(
        (status = 200, description = "They should.", body = Readiness),
        (status = 503, description = "Something is missing.", body = Readiness),
    )
)]
pub(crate) async fn ready(State(state): State<ApiState>) -> impl IntoResponse {
    let readiness = state.service.readiness();
    let code = if readiness.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (code, [(header::CACHE_CONTROL, "no-store")], Json(readiness))
}
