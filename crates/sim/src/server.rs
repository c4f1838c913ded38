//! The HTTP side of the simulator: which path is whose, and the control endpoints.
//!
//! `/{venue}/…` is a simulated exchange: its stream where the request is a WebSocket upgrade, its REST
//! interface otherwise. `/control/…` is for tests and people: it changes what is simulated.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection};
use axum::extract::{Query, State};
use axum::http::{StatusCode, Uri, header};
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
use crate::floor::Floor;
use crate::world::wall_clock;

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

fn json(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// A request to a simulated exchange.
async fn venue(
    State(floor): State<Arc<Floor>>,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let path = uri.path().trim_matches('/');
    let (id, path) = path.split_once('/').unwrap_or((path, ""));
    let Some(venue) = floor.venues.get(id).cloned() else {
        return (StatusCode::NOT_FOUND, "no such venue here").into_response();
    };
    if venue.faults.has(FaultKind::Refuse, None, Instant::now()) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if let (Ok(upgrade), true) = (upgrade, venue.dialect.is_stream(path)) {
        let (stop, tasks) = (floor.stop.clone(), floor.tasks.clone());
        return upgrade.on_upgrade(move |socket| {
            tasks.track_future(connection::serve(socket, venue, query, stop))
        });
    }
    let at = wall_clock();
    if venue.dialect.is_discovery(path) {
        let body = venue
            .recorded_discovery
            .clone()
            .unwrap_or_else(|| venue.dialect.discovery(&venue.listings, at));
        return json(StatusCode::OK, body);
    }
    match venue
        .dialect
        .rest(path, &query, &venue.listings, venue.history.as_ref(), at)
    {
        Some(RestAnswer { status, body }) => json(
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            body,
        ),
        None => StatusCode::NOT_FOUND.into_response(),
    }
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
