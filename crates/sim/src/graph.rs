//! The simulated gateway of The Graph, serving the subgraph of Uniswap v3.
//!
//! Owns the order in which a real request is judged: fault, method, key, query, data. What a query may
//! say is in `schema`, reading one in `document`, the figures in `data` and `rows`, the recorded day in
//! `recorded`. Called by `server` for `/thegraph`.

mod contracts;
mod data;
mod document;
mod recorded;
mod rows;
mod schema;

use std::path::Path;
use std::time::Duration;

use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use parallax::time::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use self::data::Subgraph;
use crate::error::SimError;
use crate::fault::{Fault, FaultKind};
use crate::fault_board::FaultBoard;
use crate::noise::{field, hash};
use crate::world::SharedWalk;

/// The venue's id, and the path it is served under.
pub(crate) const ID: &str = "thegraph";

/// How far behind the present a lagging indexer is.
const LAG: Duration = Duration::from_secs(40 * 60);

/// The simulated gateway.
pub(crate) struct Gateway {
    key: String,
    subgraph: Subgraph,
    pub(crate) faults: FaultBoard,
}

/// The body of a request.
#[derive(Deserialize)]
struct Asked {
    query: String,
    #[serde(default)]
    variables: Option<Map<String, Value>>,
}

impl Gateway {
    /// A gateway to the walk's world, with the recorded day when the folder of recordings has it.
    ///
    /// # Errors
    /// [`SimError::Recording`] when the recorded day is there and is not understood,
    /// [`SimError::Setting`] when the catalogue is not.
    pub(crate) fn new(walk: SharedWalk, recordings: Option<&Path>) -> Result<Self, SimError> {
        let seed = crate::world::look(&walk, crate::walk::Walk::seed);
        let half = |name: &str| hash(seed, field(name), 0);
        Ok(Self {
            key: format!("{:016x}{:016x}", half("key"), half("the key's other half")),
            subgraph: Subgraph::new(walk, recordings)?,
            faults: FaultBoard::default(),
        })
    }

    /// The one key that is accepted: 32 hexadecimal digits, made of the seed.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// Starts a fault.
    ///
    /// # Errors
    /// [`SimError::Fault`] for one that a gateway cannot have.
    pub(crate) fn inject(&self, fault: &Fault, now: Instant) -> Result<(), SimError> {
        self.check(fault)?;
        let duration = Duration::from_millis(fault.duration_ms);
        self.faults.start(fault.kind, None, duration, now);
        tracing::info!(venue.id = ID, fault = ?fault.kind, duration_ms = fault.duration_ms, "fault");
        Ok(())
    }

    /// Whether it can have this fault.
    pub(crate) fn check(&self, fault: &Fault) -> Result<(), SimError> {
        if fault.market.is_some() {
            return Err(SimError::Fault(
                "a fault of thegraph concerns the whole gateway, not one market".to_owned(),
            ));
        }
        if fault.kind.is_of_gateways() || fault.kind.is_of_http() {
            Ok(())
        } else {
            Err(SimError::Fault(format!("{ID} has no such fault")))
        }
    }

    /// Answers one request; the faults of all HTTP hosts have been dealt with.
    pub(crate) fn answer(
        &self,
        method: &Method,
        headers: &HeaderMap,
        body: &[u8],
        at: Timestamp,
        now: Instant,
    ) -> Response {
        if method != Method::POST {
            return StatusCode::METHOD_NOT_ALLOWED.into_response();
        }
        let has = |kind| self.faults.has(kind, None, now);
        if has(FaultKind::Html502) {
            let page = "<html><head><title>502 Bad Gateway</title></head>\
                <body><center><h1>502 Bad Gateway</h1></center></body></html>";
            let html = [(header::CONTENT_TYPE, "text/html")];
            return (StatusCode::BAD_GATEWAY, html, page).into_response();
        }
        // Failures come with status 200, as everything that the gateway itself says.
        let answer = self
            .authorize(headers)
            .and_then(|()| self.refusal(now))
            .and_then(|()| self.query(body, at, now));
        let answer = match answer {
            Ok(data) => json!({ "data": data }),
            Err(message) => json!({ "errors": [{ "message": message }] }),
        };
        super::server::json(StatusCode::OK, answer.to_string())
    }

    fn authorize(&self, headers: &HeaderMap) -> Result<(), String> {
        let key = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or("auth error: missing API key")?;
        if key.len() != 32 || !key.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err("auth error: malformed API key".to_owned());
        }
        if key != self.key {
            return Err("auth error: API key not found".to_owned());
        }
        Ok(())
    }

    /// The words of the faults that the gateway or its indexers report.
    fn refusal(&self, now: Instant) -> Result<(), String> {
        let has = |kind| self.faults.has(kind, None, now);
        if has(FaultKind::AuthError) {
            return Err(
                "auth error: payment required for subsequent requests for this API key".to_owned(),
            );
        }
        if has(FaultKind::BadIndexers) {
            let indexer = |number: u32| format!("0x{number:040x}");
            return Err(format!(
                "bad indexers: {{{}: Unavailable(too far behind), {}: Timeout}}",
                indexer(1),
                indexer(2)
            ));
        }
        if has(FaultKind::IndexingError) {
            return Err("indexing_error".to_owned());
        }
        Ok(())
    }

    fn query(&self, body: &[u8], at: Timestamp, now: Instant) -> Result<Value, String> {
        let asked: Asked =
            serde_json::from_slice(body).map_err(|error| format!("bad query: {error}"))?;
        let selections = document::read(&asked.query, &asked.variables.unwrap_or_default())?;
        let has = |kind| self.faults.has(kind, None, now);
        let at = if has(FaultKind::LaggingBlock) {
            at.minus(LAG)
        } else {
            at
        };
        let mood = data::Mood {
            has_indexing_errors: has(FaultKind::HasIndexingErrors),
            zero_prices: has(FaultKind::ZeroPrices),
        };
        self.subgraph.select(&selections, at, mood)
    }
}
