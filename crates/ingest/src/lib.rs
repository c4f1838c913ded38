//! Ingest: the sockets and the polling that turn what venues send into [`MarketEvent`]s.
//!
//! Owns connections and their supervision; does not know any venue's protocol (`crates/venues` does)
//! and makes no prices (`crates/pricing` does). The composition root calls [`start`]; the worker reads
//! the channel it returns.
//!
//! # The way of a frame
//! A venue's supervisor asks the venue for its markets, resolves their codes through the catalogue and
//! spreads them over connections. Each connection is one task: it reads a frame, stamps it, lets the
//! adapter's session decode it, and puts the events into the channel in the same breath.
//!
//! # When the reader is behind
//! The channel is bounded, and a socket is never left unread for it. When it is full, a connection
//! keeps the newest quote and the newest ticker of each market and sends them as soon as there is room;
//! the ones they replace, and all trades of that time, are dropped and counted in
//! [`ConnectionReport::drops`](parallax::connection::ConnectionReport::drops). A stall, a listing and a
//! connection's newest report are never dropped.
//!
//! # What a loss looks like downstream
//! A lost connection stalls all its markets at once ([`MarketEvent::Stalled`]), because their quotes
//! describe nothing any more; a planned replacement does not, because the new connection takes over
//! before the old one leaves. A market that is silent for longer than its adapter allows stalls alone.
//! Markets keep their [`MarketKey`](parallax::market::MarketKey) through all of this.

mod backoff;
mod changeover;
mod config;
mod connection;
mod deliver;
mod discovery;
mod error;
mod http;
mod link;
mod opening;
mod outbox;
mod pace;
mod registry;
mod report;
mod successor;
mod supervisor;
mod tls;
mod watchdog;

use std::sync::Arc;

use parallax::catalogue::Catalogue;
use parallax::event::MarketEvent;
use parallax::time::Clock;
use parallax::venue::VenueId;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

pub use config::{Backoff, IngestConfig, Selection, VenueConfig};
pub use error::{IngestError, endpoint_for_people};
pub use http::{FetchLimits, HttpClient};

use crate::opening::Venue;
use crate::pace::ConnectPace;
use crate::registry::Registry;
use crate::supervisor::Supervisor;

/// The running connections. Dropping it does not stop them; the shutdown token does.
#[derive(Debug)]
pub struct IngestHandle {
    task: JoinHandle<()>,
}

impl IngestHandle {
    /// Returns when everything has stopped: after shutdown, within about
    /// [`IngestConfig::close_timeout`]. The channel has ended then.
    pub async fn join(self) {
        if let Err(error) = self.task.await {
            tracing::error!(error = %error, "ingest ended abnormally");
        }
    }
}

/// Starts watching the venues, on the current tokio runtime, until `shutdown` is cancelled.
///
/// Nothing needs to be reachable: every venue reports how it fares, and keeps trying.
///
/// # Errors
/// [`IngestError::VenueId`], [`IngestError::Tls`] or [`IngestError::Client`]: mistakes of the program
/// or its build, found before anything is started.
pub fn start(
    config: IngestConfig,
    venues: Vec<VenueConfig>,
    catalogue: Arc<Catalogue>,
    clock: Arc<dyn Clock>,
    shutdown: CancellationToken,
) -> Result<(IngestHandle, mpsc::Receiver<MarketEvent>), IngestError> {
    let (sender, receiver) = mpsc::channel(config.channel_capacity.max(1));
    let config = Arc::new(config);
    let registry = Arc::new(Registry::default());
    let (http, tls) = (HttpClient::new()?, tls::client_config()?);
    let supervisors = venues
        .into_iter()
        .map(|VenueConfig { adapter, endpoints }| {
            let descriptor = adapter.descriptor();
            let venue = Venue {
                id: VenueId::new(descriptor.id).map_err(IngestError::VenueId)?,
                adapter,
                endpoints,
                config: Arc::clone(&config),
                clock: Arc::clone(&clock),
                http: http.clone(),
                tls: Arc::clone(&tls),
                pace: ConnectPace::new(descriptor.limits.connect_gap),
            };
            Ok(Supervisor::new(
                venue,
                Arc::clone(&catalogue),
                Arc::clone(&registry),
                sender.clone(),
                shutdown.clone(),
            ))
        })
        .collect::<Result<Vec<_>, IngestError>>()?;
    let task = tokio::spawn(async move {
        let mut running: JoinSet<()> = supervisors.into_iter().map(Supervisor::run).collect();
        while let Some(ended) = running.join_next().await {
            if let Err(error) = ended {
                tracing::error!(error = %error, "a venue's supervisor ended abnormally");
            }
        }
    });
    Ok((IngestHandle { task }, receiver))
}
