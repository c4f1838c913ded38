//! `GET /api/v1/stream`: prices as server-sent events.
//!
//! A client is a cursor on the board. Its bytes are made once and shared by all clients; what it has
//! not read is not kept for it but conflated when it reads again. A client that does not read at all
//! is disconnected by the server's write time-out. A stream that was opened with a key ends with it.
//!
//! Here are the route and its description; `asked.rs` reads what a client wants, `reader.rs` is the client.

mod asked;
mod reader;

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use tokio_util::sync::CancellationToken;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::asked::{Asked, StreamQuery};
use self::reader::Reader;
use crate::access::Visitor;
use crate::openapi::answers::{BadRequest, NoRoom};
use crate::{ApiState, Problem, SocketLimits};

/// What streams may cost.
#[derive(Debug, Clone)]
pub struct StreamLimits {
    /// Open streams; one more is refused with 503.
    pub max_clients: u64,
    /// How often a quiet stream says that it lives.
    pub heartbeat: Duration,
    /// How long a browser waits before it reconnects.
    pub retry: Duration,
    /// Ends all streams when the server stops.
    pub shutdown: CancellationToken,
    /// What only WebSockets may cost.
    pub socket: Arc<SocketLimits>,
}

/// The routes.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(stream))
}

/// Follow prices as they change.
///
/// Server-sent events: first `snapshot` with all wanted prices (or, after `Last-Event-ID` or `after`, what
/// was missed), then `price` and `connection` as they are published, `catalogue` when what is known of tokens (their
/// names, contracts, codes) has changed and is worth asking for again, and `heartbeat` while nothing is. `id` is
/// the number of the publication; a browser that reconnects sends it, and nothing is lost.
///
/// With `interval` also `bar`: each token's candle of the index price that ended last and the running one, when
/// the stream begins and then whenever one changes: the running one conflated, and again when it is over
/// (`closed`). `data` is what the WebSocket's channel `candles` sends: a candle as at
/// `/api/v1/tokens/{token}/candles`, with `token`, `source` and `interval`. A bar has no `id`: a client that comes
/// back gets the newest bars again. `/asyncapi.json` has every event with an example.
#[utoipa::path(
    get,
    path = "/stream",
    tag = "stream",
    operation_id = "stream",
    params(
        StreamQuery,
        ("last-event-id" = Option<String>, Header,
         description = "The `id` of the last event that was received.", example = "1042"),
    ),
    responses(
        (status = 200, description = "The stream, which ends only when the server or the reader does.",
         body = String, content_type = "text/event-stream"),
        BadRequest,
        NoRoom,
    )
)]
pub(crate) async fn stream(
    State(state): State<ApiState>,
    Extension(visitor): Extension<Visitor>,
    query: Result<Query<StreamQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Query(query) = query?;
    let asked = Asked::read(&query, &headers, &state.service)?;
    if state.service.stream_clients() >= state.limits.max_clients {
        return Err(Problem::too_many_streams(state.limits.max_clients));
    }
    let pass = visitor.open_stream()?;
    let reader = Reader::open(&state, pass, asked);
    let body = Body::from_stream(futures::stream::unfold(reader, Reader::next));
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/event-stream"),
        ),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store, no-transform"),
        ),
        (
            header::HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        ),
    ];
    Ok((headers, body).into_response())
}
