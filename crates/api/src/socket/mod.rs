//! `GET /api/v1/ws`: rates, prices, quotes and candles over a WebSocket, and `/asyncapi.json`, which
//! describes it.
//!
//! Two ways of use on one address. With `exchange` or `pair` it is a feed of rates (`feed.rs`); without, the
//! client subscribes by messages (`protocol.rs`, `topic.rs`). Either way one task holds the connection
//! (`session.rs`); nothing is queued for a client: what it gets is read when it is sent.

mod close;
mod origin;
mod protocol;
mod session;
mod topic;

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::protocol::Frequency;
use self::session::{Mode, Session};
use crate::access::Visitor;
use crate::cached::Cached;
use crate::openapi::answers::{Ambiguous, BadRequest, NoRoom, NotModified};
use crate::{ApiState, Problem, params, rates};

/// The description, written by hand; tests hold every example in it against the program.
const ASYNCAPI: &str = include_str!("asyncapi.json");

/// Bytes that are read at once and kept for a connection.
const READ_BUFFER: usize = 2 * 1024;
/// How many times a message may be too long before it is not even read to its end.
const READ_AT_MOST: usize = 16;

/// What WebSockets may cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketLimits {
    /// The longest message that is taken from a client, in bytes.
    pub max_message_bytes: usize,
    /// Subscriptions of one connection.
    pub max_subscriptions: usize,
    /// How long a connection may last; then it is closed with 1001.
    pub lifetime: Duration,
    /// How often a client is pinged; one that does not answer in the same time is closed.
    pub ping_every: Duration,
    /// How long a message may wait to be written; then the client has stopped reading and is cut off.
    pub write_timeout: Duration,
    /// Sites, as `https://host:port`, whose pages may connect besides this site's own; `*` for all.
    pub allowed_origins: Vec<String>,
}

impl Default for SocketLimits {
    fn default() -> Self {
        Self {
            max_message_bytes: 4_096,
            max_subscriptions: 200,
            lifetime: Duration::from_secs(24 * 3_600),
            ping_every: Duration::from_secs(20),
            write_timeout: Duration::from_secs(8),
            allowed_origins: Vec::new(),
        }
    }
}

/// The routes.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(socket))
}

/// The route of the description.
pub(crate) fn document() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(described))
}

/// Describe the live connections.
///
/// AsyncAPI 3.0: every message of the WebSocket and every event of the stream, with real examples, limits and
/// close codes.
#[utoipa::path(
    get,
    path = "/asyncapi.json",
    tag = "stream",
    operation_id = "asyncApi",
    responses(
        (status = 200, description = "The description.", body = BTreeMap<String, serde_json::Value>,
         content_type = "application/json"),
        NotModified,
    )
)]
pub(crate) async fn described(headers: HeaderMap) -> Response {
    Cached::json().respond(ASYNCAPI.to_owned(), &headers)
}

/// The query of `GET /api/v1/ws`. Without any of them, the client subscribes by messages.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// For the feed of rates: as at `/api/v1/rates`.
    #[param(example = "kraken")]
    exchange: Option<String>,
    /// For the feed of rates: as at `/api/v1/rates`.
    #[param(example = "BTC_USD")]
    pair: Option<String>,
    /// Seconds between two messages of the feed, 1 without it; less than 1 is taken for 1, more than 3600
    /// for 3600.
    #[param(example = "1")]
    frequency: Option<String>,
}

/// Follow rates, prices, quotes and candles over a WebSocket.
///
/// With `exchange` or `pair`, every message is the JSON of `/api/v1/rates` for the same parameters, at once and
/// then every `frequency` seconds. Without, the client subscribes by messages, which `/asyncapi.json`
/// describes with everything else about this address.
#[utoipa::path(
    get,
    path = "/ws",
    tag = "stream",
    operation_id = "webSocket",
    params(Asked),
    responses(
        (status = 101, description = "The connection is a WebSocket from here on."),
        BadRequest,
        (status = 403, description = "The request comes from a page of a site that may not connect.",
         body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No exchange that was asked has the pair.", body = Problem,
         content_type = "application/problem+json"),
        Ambiguous,
        (status = 426, description = "The request does not ask for a WebSocket.", body = Problem,
         content_type = "application/problem+json"),
        NoRoom,
    )
)]
pub(crate) async fn socket(
    State(state): State<ApiState>,
    Extension(visitor): Extension<Visitor>,
    query: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let Query(asked) = query?;
    let limits = Arc::clone(&state.limits.socket);
    origin::check(&headers, &limits.allowed_origins)?;
    let mode = mode(&state, &asked).await?;
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return Ok(no_socket(&rejection)),
    };
    if state.service.stream_clients() >= state.limits.max_clients {
        return Err(Problem::too_many_streams(state.limits.max_clients));
    }
    let pass = visitor.open_socket()?;
    let session = Session::new(state, pass, mode);
    let read_at_most = limits.max_message_bytes.saturating_mul(READ_AT_MOST);
    let upgrade = upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_message_size(read_at_most)
        .max_frame_size(read_at_most);
    Ok(upgrade.on_upgrade(|socket| session.run(socket)))
}

/// What the connection is for. A feed is asked for once here, so that what is wrong with it is an answer.
async fn mode(state: &ApiState, asked: &Asked) -> Result<Mode, Problem> {
    let given = |text: &Option<String>| params::given(text.as_deref()).is_some();
    if !given(&asked.exchange) && !given(&asked.pair) && !given(&asked.frequency) {
        return Ok(Mode::talk());
    }
    let frequency = Frequency::of_feed(asked.frequency.as_deref())?;
    let query = rates::question(asked.exchange.as_deref(), asked.pair.as_deref());
    rates::rates_body(state, &query).await?;
    Ok(Mode::feed(query, frequency))
}

fn no_socket(rejection: &WebSocketUpgradeRejection) -> Response {
    let detail = format!(
        "this address speaks WebSocket (RFC 6455) only, with wss:// or ws:// in place of https:// or \
         http://: {}; /asyncapi.json describes it, and /api/v1/rates and /api/v1/stream have the same over \
         plain HTTP",
        rejection.body_text()
    );
    let problem = Problem::new(
        StatusCode::UPGRADE_REQUIRED,
        "upgrade-required",
        "A WebSocket is required",
        detail,
    );
    let mut response = problem.into_response();
    let headers = response.headers_mut();
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    response
}
