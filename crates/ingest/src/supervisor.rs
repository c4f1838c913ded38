//! One venue: asks for its markets, spreads them over connections, and keeps those running.
//!
//! Owns which market is on which connection; a market stays where it is, new ones are added where
//! there is room. A market that is no longer listed stays subscribed until its connection is opened
//! anew, which costs nothing while it still speaks; when it falls silent, its readers learn that as a
//! stall. Spawned by [`crate::start`], one per venue.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use parallax::catalogue::Catalogue;
use parallax::connection::ConnectionState;
use parallax::event::{MarketEvent, UnknownCodes};
use parallax::market::MarketKey;
use rustc_hash::{FxHashMap, FxHashSet};
use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::backoff::Attempts;
use crate::connection::Connection;
use crate::discovery::discover;
use crate::error::{IngestError, endpoint_for_people};
use crate::opening::Venue;
use crate::outbox::Outbox;
use crate::registry::{Member, Registry};
use crate::report::Reporter;

pub(crate) struct Supervisor {
    venue: Arc<Venue>,
    catalogue: watch::Receiver<Arc<Catalogue>>,
    registry: Arc<Registry>,
    sender: mpsc::Sender<MarketEvent>,
    shutdown: CancellationToken,
    /// Per connection, the markets it is to watch.
    assigned: Vec<watch::Sender<Arc<[Member]>>>,
    watched: FxHashSet<MarketKey>,
    tasks: JoinSet<()>,
    numbers: FxHashMap<Id, usize>,
    crashes: Attempts,
    /// What was found last that the catalogue does not know, and whether readers have heard of it.
    unknown: (Option<Arc<UnknownCodes>>, bool),
    /// Speaks for the venue as `venue/0` until there is a connection to do so.
    before: Option<(Reporter, Outbox)>,
}

impl Supervisor {
    pub(crate) fn new(
        venue: Arc<Venue>,
        catalogue: watch::Receiver<Arc<Catalogue>>,
        registry: Arc<Registry>,
        sender: mpsc::Sender<MarketEvent>,
        shutdown: CancellationToken,
    ) -> Self {
        let reporter = reporter(&venue, 0, &venue.site.reaches.now().endpoints.rest);
        Self {
            before: Some((reporter, Outbox::new(sender.clone()))),
            crashes: Attempts::new(venue.config.backoff),
            unknown: (None, true),
            catalogue,
            registry,
            sender,
            shutdown,
            assigned: Vec::new(),
            watched: FxHashSet::default(),
            tasks: JoinSet::new(),
            numbers: FxHashMap::default(),
            venue,
        }
    }

    /// Runs until shutdown, and then until all connections are closed.
    pub(crate) async fn run(mut self) {
        let mut attempts = Attempts::new(self.venue.config.backoff);
        loop {
            if let Some((reporter, outbox)) = &mut self.before {
                reporter.enter(ConnectionState::Discovering, outbox);
            }
            let (venue, catalogue) = (Arc::clone(&self.venue), self.catalogue.clone());
            let asking = discover(&venue.site, &catalogue, &venue.config);
            let asking = AssertUnwindSafe(asking).catch_unwind();
            let Some(answer) = self.meanwhile(asking).await else {
                break;
            };
            let answer =
                answer.unwrap_or_else(|payload| Err(IngestError::panicked(payload.as_ref())));
            let delay = match answer {
                Ok(found) => {
                    attempts.reset();
                    self.tell(found.unknown);
                    let members = found.listings.into_iter();
                    let members = members.map(|listing| self.registry.member(listing));
                    self.watch(members.collect());
                    self.venue.config.discovery_refresh
                }
                Err(error) => {
                    let delay = attempts.next_delay(error.retry_after());
                    self.failed(&error, delay);
                    delay
                }
            };
            let until_asked = async {
                let _ = tokio::time::timeout(delay, venue.site.ask_again.notified()).await;
            };
            if self.meanwhile(until_asked).await.is_none() {
                break;
            }
        }
        if let Some((reporter, outbox)) = &mut self.before {
            reporter.enter(ConnectionState::Stopped, outbox);
            let limit = self.venue.config.close_timeout;
            // What cannot be sent in time belongs to a reader that has stopped reading.
            let _ = tokio::time::timeout(limit, outbox.flush()).await;
        }
        while self.tasks.join_next().await.is_some() {}
    }

    /// Notes what readers are to hear of as soon as there is room, if it is news.
    fn tell(&mut self, unknown: Option<Arc<UnknownCodes>>) {
        let nothing = |codes: &Arc<UnknownCodes>| codes.codes.is_empty();
        let is_news = match &self.unknown.0 {
            Some(_) => self.unknown.0 != unknown,
            None => !unknown.as_ref().is_none_or(nothing),
        };
        if is_news {
            self.unknown = (unknown, false);
        }
    }

    fn failed(&mut self, error: &IngestError, delay: Duration) {
        tracing::warn!(
            venue.id = %self.venue.site.id,
            error = %error,
            retry.delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
            "discovery failed"
        );
        if let Some((reporter, outbox)) = &mut self.before {
            reporter.wait(error, delay, outbox);
        }
    }

    /// Spreads the markets that are not watched yet: first to connections with room, then evenly over
    /// as many new ones as are needed.
    fn watch(&mut self, members: Vec<Member>) {
        self.mark_listed(&members.iter().map(|member| member.key).collect());
        let mut fresh: Vec<Member> = members
            .into_iter()
            .filter(|member| self.watched.insert(member.key))
            .collect();
        if fresh.is_empty() {
            return;
        }
        tracing::info!(
            venue.id = %self.venue.site.id,
            markets.new = fresh.len(),
            markets.watched = self.watched.len(),
            "markets found"
        );
        self.before = None;
        let capacity = self.venue.facts().limits.markets_per_connection.max(1);
        for assigned in &self.assigned {
            let room = capacity.saturating_sub(assigned.borrow().len());
            let more: Vec<Member> = fresh.drain(..room.min(fresh.len())).collect();
            if !more.is_empty() {
                assigned.send_modify(|members| {
                    *members = members.iter().cloned().chain(more).collect();
                });
            }
        }
        let share = fresh
            .len()
            .div_ceil(fresh.len().div_ceil(capacity).max(1))
            .max(1);
        for members in fresh.chunks(share) {
            let (assigned, _) = watch::channel(Arc::from(members));
            self.assigned.push(assigned);
            self.spawn(self.assigned.len() - 1, Duration::ZERO);
        }
    }

    /// Tells the connections which of their markets the venue listed just now.
    fn mark_listed(&self, listed: &FxHashSet<MarketKey>) {
        for assigned in &self.assigned {
            assigned.send_if_modified(|members| {
                let is_news = members
                    .iter()
                    .any(|member| member.listed != listed.contains(&member.key));
                if is_news {
                    *members = members
                        .iter()
                        .map(|member| Member {
                            listed: listed.contains(&member.key),
                            ..member.clone()
                        })
                        .collect();
                }
                is_news
            });
        }
    }

    fn spawn(&mut self, number: usize, delay: Duration) {
        let Some(assigned) = self.assigned.get(number) else {
            return;
        };
        let connection = Connection::new(
            Arc::clone(&self.venue),
            reporter(
                &self.venue,
                number,
                &self.venue.site.reaches.now().endpoints.stream,
            ),
            assigned.subscribe(),
            self.sender.clone(),
            self.shutdown.clone(),
        );
        let shutdown = self.shutdown.clone();
        let task = self.tasks.spawn(async move {
            if shutdown
                .run_until_cancelled(tokio::time::sleep(delay))
                .await
                .is_some()
            {
                connection.run().await;
            }
        });
        self.numbers.insert(task.id(), number);
    }

    /// Awaits something while reports leave and crashed connections come back. `None` at shutdown.
    async fn meanwhile<F: Future>(&mut self, future: F) -> Option<F::Output> {
        let mut future = std::pin::pin!(future);
        loop {
            let reports = async {
                match &mut self.before {
                    Some((_, outbox)) if !outbox.is_empty() => outbox.flush().await,
                    _ => std::future::pending().await,
                }
            };
            let (sender, (unknown, is_told)) = (&self.sender, &self.unknown);
            let telling = async {
                match unknown {
                    // A closed channel means that the reader has gone, and nobody misses the event.
                    Some(codes) if !is_told => {
                        drop(sender.send(MarketEvent::Unknown(Arc::clone(codes))).await);
                    }
                    _ => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.shutdown.cancelled() => return None,
                () = telling => self.unknown.1 = true,
                output = &mut future => return Some(output),
                () = reports => {}
                Some(ended) = self.tasks.join_next_with_id() => self.ended(ended),
            }
        }
    }

    /// A connection's task ended although there is no shutdown: its own code panicked.
    fn ended(&mut self, ended: Result<(Id, ()), JoinError>) {
        let (id, error) = match ended {
            Ok((id, ())) => (id, "it returned".to_owned()),
            Err(error) => (error.id(), error.to_string()),
        };
        let Some(number) = self.numbers.remove(&id) else {
            return;
        };
        if self.shutdown.is_cancelled() {
            return;
        }
        tracing::error!(
            venue.id = %self.venue.site.id,
            connection.number = number,
            error,
            "a connection's task ended; starting it again"
        );
        let delay = self.crashes.next_delay(None);
        self.spawn(number, delay);
    }
}

fn reporter(venue: &Venue, number: usize, endpoint: &str) -> Reporter {
    Reporter::new(
        venue.site.id.clone(),
        venue.descriptor().name,
        number,
        endpoint_for_people(endpoint),
        Arc::clone(&venue.clock),
    )
}
