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
//! A venue that is polled has one task instead, which asks every few minutes (see [`Polling`]), and once an hour
//! which contracts there are that no token has. The past of both kinds is asked for through [`History`]. All requests to one venue share its pace, its pauses
//! and, where it bills queries, its budget.
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
mod codes;
mod config;
mod connection;
mod deliver;
mod discovery;
mod error;
mod guard;
mod history;
mod host;
mod http;
mod ledger;
mod link;
mod opening;
mod outbox;
mod pace;
mod poller;
mod reach;
mod registry;
mod report;
mod site;
mod successor;
mod supervisor;
mod survey;
mod switch;
mod tls;
mod watchdog;

use std::pin::Pin;
use std::sync::Arc;

use parallax::catalogue::Catalogue;
use parallax::event::MarketEvent;
use parallax::time::Clock;
use parallax_venues::spec::Kind;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

pub use config::{Backoff, HistoryConfig, IngestConfig, Polling, Selection, VenueConfig};
pub use error::{IngestError, endpoint_for_people};
pub use history::{History, HistoryError};
pub use http::{FetchLimits, HttpClient};

use crate::opening::Venue;
use crate::pace::ConnectPace;
use crate::poller::Poller;
use crate::registry::Registry;
use crate::supervisor::Supervisor;
use crate::switch::Switched;

/// The running connections. Dropping it does not stop them; the shutdown token does.
#[derive(Debug)]
pub struct IngestHandle {
    task: JoinHandle<()>,
    history: History,
}

impl IngestHandle {
    /// The venues' past. Shares their pace, pauses and budgets with the connections.
    #[must_use]
    pub fn history(&self) -> History {
        self.history.clone()
    }

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
/// Nothing needs to be reachable: every venue reports how it fares, and keeps trying. When another catalogue comes
/// into force, venues whose codes mean something else by it are read anew, and the others stay as they are.
///
/// # Errors
/// [`IngestError::VenueId`], [`IngestError::Tls`] or [`IngestError::Client`]: mistakes of the program
/// or its build, found before anything is started.
pub fn start(
    config: IngestConfig,
    venues: Vec<VenueConfig>,
    catalogue: watch::Receiver<Arc<Catalogue>>,
    clock: Arc<dyn Clock>,
    shutdown: CancellationToken,
) -> Result<(IngestHandle, mpsc::Receiver<MarketEvent>), IngestError> {
    let (sender, receiver) = mpsc::channel(config.channel_capacity.max(1));
    let config = Arc::new(config);
    let registry = Arc::new(Registry::default());
    let (http, tls) = (HttpClient::new()?, tls::client_config()?);
    let mut running: Vec<Pin<Box<dyn Future<Output = ()> + Send>>> = Vec::new();
    let mut sites = Vec::new();
    for venue in venues {
        let switch = venue.switch.clone();
        let site = Arc::new(history::site(
            venue,
            &config,
            &catalogue.borrow(),
            &clock,
            &http,
        )?);
        sites.push(Arc::clone(&site));
        let switched = Switched {
            site: Arc::clone(&site),
            switch,
            catalogue: catalogue.clone(),
            selection: config.selection,
            registry: Arc::clone(&registry),
            clock: Arc::clone(&clock),
            sender: sender.clone(),
            shutdown: shutdown.clone(),
        };
        let (registry, sender) = (Arc::clone(&registry), sender.clone());
        let (config, clock) = (Arc::clone(&config), Arc::clone(&clock));
        let catalogue = catalogue.clone();
        match site.adapter.kind() {
            Kind::Stream(stream) => {
                let venue = Arc::new(Venue {
                    pace: ConnectPace::new(stream.facts().limits.connect_gap),
                    tls: Arc::clone(&tls),
                    stream,
                    config,
                    clock,
                    site,
                });
                running.push(Box::pin(switched.run(move |stop| {
                    let (venue, catalogue) = (Arc::clone(&venue), catalogue.clone());
                    let (registry, sender) = (Arc::clone(&registry), sender.clone());
                    Supervisor::new(venue, catalogue, registry, sender, stop).run()
                })));
            }
            Kind::Poll(poll) => {
                running.push(Box::pin(switched.run(move |stop| {
                    let (site, config) = (Arc::clone(&site), Arc::clone(&config));
                    let (clock, sender) = (Arc::clone(&clock), sender.clone());
                    let poller = Poller::new(site, poll, config, clock, sender, stop);
                    poller.run(catalogue.clone(), Arc::clone(&registry))
                })));
            }
        }
    }
    let history = History::of(sites, config, catalogue, clock);
    let task = tokio::spawn(async move {
        let mut running: JoinSet<()> = running.into_iter().collect();
        while let Some(ended) = running.join_next().await {
            if let Err(error) = ended {
                tracing::error!(error = %error, "a venue's supervisor ended abnormally");
            }
        }
    });
    Ok((IngestHandle { task, history }, receiver))
}
