//! `/metrics` for Prometheus: how the program is doing, in numbers.
//!
//! Served only where `[metrics] listen` says, on a listener of its own, so that the public port shows nothing
//! of it. Nearly everything is read from the board when it is asked for (`state.rs`), the same counters that
//! `/status` shows; `process.rs` asks the operating system. Only durations are counted as they happen: on the
//! way of a quote and by the store's writer (`parallax_board::Durations`), and of requests (`requests.rs`).
//!
//! Label values are ids of the configuration, templates of routes and words of the program, never a word of a
//! request: however strange the requests, the number of series is bounded. docs/DEPLOY.md lists them all.

mod process;
mod requests;
mod sheet;
mod state;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::process::Process;
pub(crate) use self::process::resident_bytes;
use self::requests::Requests;
pub(crate) use self::state::Watched;
use crate::serve;

/// What [`encode`] writes.
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// How long a reader may take to read the answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a running answer may take at the stop.
const STOP: Duration = Duration::from_secs(1);

/// A listener that waits for what it will answer.
pub(crate) struct Metrics {
    listener: TcpListener,
    address: SocketAddr,
}

impl Metrics {
    /// Binds the address; `None` without one.
    ///
    /// # Errors
    /// With what to do about it, when the address is taken or not ours.
    pub(crate) async fn bind(address: Option<SocketAddr>) -> anyhow::Result<Option<Self>> {
        let Some(address) = address else {
            return Ok(None);
        };
        let listener = TcpListener::bind(address).await.with_context(|| {
            format!(
                "cannot serve metrics on {address}; stop what listens there or choose another with \
                 PARALLAX_METRICS__LISTEN=127.0.0.1:PORT"
            )
        })?;
        Ok(Some(Self { listener, address }))
    }

    /// Serves until `shutdown`, and returns the site's router with its requests counted.
    pub(crate) fn start(
        self,
        site: Router,
        watched: Watched,
        shutdown: CancellationToken,
    ) -> Router {
        let requests = Requests::default();
        let own = router(registry(watched, &requests));
        tracing::info!("metrics are on http://{}/metrics", self.address);
        tokio::spawn(async move {
            let stop = shutdown.cancelled_owned();
            serve::serve(self.listener, own, WRITE_TIMEOUT, stop, STOP).await;
        });
        requests.around(site)
    }
}

/// All metrics there are.
fn registry(watched: Watched, requests: &Requests) -> Registry {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Process::of(watched.started_at)));
    registry.register_collector(Box::new(watched));
    requests.register(&mut registry);
    registry
}

fn router(registry: Registry) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .fallback(|| async { (StatusCode::NOT_FOUND, "only /metrics is here\n") })
        .with_state(Arc::new(registry))
}

async fn metrics(State(registry): State<Arc<Registry>>) -> Response {
    let mut text = String::with_capacity(64 * 1024);
    match encode(&mut text, &registry) {
        Ok(()) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        // Writing to a string does not fail.
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests;
