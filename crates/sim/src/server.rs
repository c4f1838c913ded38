//! The HTTP side of the simulator: which path is whose, and the control endpoints.
//!
//! `/{venue}/…` is a simulated exchange: its stream where the request is a WebSocket upgrade, its REST
//! interface otherwise. `/control/…` is for tests and people: it changes what is simulated.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection};
use axum::extract::{Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::serve::ListenerExt;
use parallax::amount::Price;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::connection;
use crate::dialect::RestAnswer;
use crate::error::SimError;
use crate::fault::{Fault, FaultKind};
use crate::fault_board::FaultBoard;
use crate::floor::Floor;
use crate::graph;
use crate::snapshot::{History, NoHistory};
use crate::world::wall_clock;

/// The longest query that is read.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Serves the floor until it is stopped.
pub(crate) fn spawn(listener: TcpListener, floor: &Arc<Floor>) {
    let router = Router::new()
        .route("/control/fault", post(fault))
        .route("/control/price", post(price))
        .route("/control/pause", post(pause))
        .fallback(venue)
        .with_state(Arc::clone(floor));
    let stop = floor.stop.clone();
    // Frames are small and must not wait for one another.
    let listener = listener.tap_io(|socket| {
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
    });
    floor.tasks.spawn(async move {
        let serving = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
        if let Err(error) = serving.await {
            tracing::error!(%error, "the simulator's server ended");
        }
    });
}

pub(crate) fn json(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// A request to a simulated exchange, or to the gateway of The Graph.
async fn venue(
    State(floor): State<Arc<Floor>>,
    Query(query): Query<HashMap<String, String>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let path = head.uri.path().trim_matches('/');
    let (id, path) = path.split_once('/').unwrap_or((path, ""));
    if let Some(gateway) = floor.gateway.as_ref().filter(|_| id == graph::ID) {
        if let Some(refused) = misbehave(&gateway.faults).await {
            return refused;
        }
        let Ok(body) = axum::body::to_bytes(body, MAX_BODY_BYTES).await else {
            return StatusCode::PAYLOAD_TOO_LARGE.into_response();
        };
        let now = Instant::now();
        return gateway.answer(&head.method, &head.headers, &body, wall_clock(), now);
    }
    let Some(venue) = floor.venues.get(id).cloned() else {
        return (StatusCode::NOT_FOUND, "no such venue here").into_response();
    };
    if let (Ok(upgrade), true) = (upgrade, venue.dialect.is_stream(path)) {
        if venue.faults.has(FaultKind::Refuse, None, Instant::now()) {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        let (stop, tasks) = (floor.stop.clone(), floor.tasks.clone());
        return upgrade.on_upgrade(move |socket| {
            tasks.track_future(connection::serve(socket, venue, query, stop))
        });
    }
    if let Some(refused) = misbehave(&venue.faults).await {
        return refused;
    }
    let at = wall_clock();
    if venue.dialect.is_discovery(path) {
        let body = venue
            .recorded_discovery
            .clone()
            .unwrap_or_else(|| venue.dialect.discovery(&venue.listings, at));
        return json(StatusCode::OK, body);
    }
    let history: &dyn History = if venue.faults.has(FaultKind::Empty, None, Instant::now()) {
        &NoHistory
    } else {
        venue.history.as_ref()
    };
    match venue
        .dialect
        .rest(path, &query, &venue.listings, history, at)
    {
        Some(RestAnswer { status, body }) => json(
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            body,
        ),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What the faults of HTTP hosts make of a request: a refusal, or `None` after the wait that a slow
/// host asks for.
async fn misbehave(faults: &FaultBoard) -> Option<Response> {
    let now = Instant::now();
    for (kind, status) in [
        (FaultKind::TooManyRequests, StatusCode::TOO_MANY_REQUESTS),
        (FaultKind::Banned, StatusCode::IM_A_TEAPOT),
        (FaultKind::ServerError, StatusCode::INTERNAL_SERVER_ERROR),
        (FaultKind::Refuse, StatusCode::SERVICE_UNAVAILABLE),
    ] {
        let Some(until) = faults.until(kind, now) else {
            continue;
        };
        let mut response = status.into_response();
        if matches!(kind, FaultKind::TooManyRequests | FaultKind::Banned) {
            // Whole seconds, so that whoever waits for them comes when it is over.
            let left = until.duration_since(now).as_millis().div_ceil(1_000);
            let left = u64::try_from(left).unwrap_or(u64::MAX);
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(left));
        }
        return Some(response);
    }
    if let Some(until) = faults.until(FaultKind::Slow, now) {
        tokio::time::sleep_until(until).await;
    }
    None
}

/// `POST /control/fault` with a [`Fault`] as JSON.
async fn fault(State(floor): State<Arc<Floor>>, body: Bytes) -> Response {
    answer(read(&body).and_then(|fault: Fault| floor.inject(&fault).map_err(Refusal::from)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ForcedPrice {
    token: String,
    price: Price,
}

/// `POST /control/price` with `{"token": "BTC", "price": "50000"}`.
async fn price(State(floor): State<Arc<Floor>>, body: Bytes) -> Response {
    answer(read(&body).and_then(|forced: ForcedPrice| {
        floor
            .set_price(&forced.token, forced.price)
            .map_err(Refusal::from)
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pause {
    paused: bool,
    /// Whether the frozen quotes are repeated meanwhile.
    #[serde(default = "yes")]
    repeat: bool,
}

const fn yes() -> bool {
    true
}

/// `POST /control/pause` with `{"paused": true}` and optionally `"repeat": false`.
async fn pause(State(floor): State<Arc<Floor>>, body: Bytes) -> Response {
    answer(read(&body).and_then(|wanted: Pause| {
        floor
            .pause(wanted.paused, wanted.repeat)
            .map_err(Refusal::from)
    }))
}

/// Why a control request was not obeyed, in words.
struct Refusal(String);

impl From<SimError> for Refusal {
    fn from(error: SimError) -> Self {
        Self(error.to_string())
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal(error.to_string()))
}

fn answer(done: Result<(), Refusal>) -> Response {
    match done {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(Refusal(reason)) => json(
            StatusCode::BAD_REQUEST,
            serde_json::json!({"error": reason}).to_string(),
        ),
    }
}
