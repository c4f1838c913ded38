//! One supervised connection, `venue/n`: opened, served, reopened, until shutdown.
//!
//! Owns the life of the connection and what outlives its sockets: report, watchdog, outbox. What frames
//! mean is in `deliver`, planned replacements in `changeover`, silence in `watchdog`, sending in `link`.
//! Spawned by `supervisor`.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use parallax::connection::ConnectionState;
use parallax_venues::spec::SessionEvent;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::backoff::Attempts;
use crate::error::IngestError;
use crate::link::{Incoming, Link};
use crate::opening::Venue;
use crate::outbox::Outbox;
use crate::registry::Member;
use crate::report::Reporter;
use crate::successor::{Live, News, Successor};
use crate::watchdog::Watchdog;

/// The state that outlives a socket.
pub(crate) struct Connection {
    pub(crate) venue: Arc<Venue>,
    pub(crate) id: String,
    /// The markets to watch. Grows at the end and never shrinks, so that positions keep their meaning;
    /// a market that is no longer listed is marked.
    wanted: watch::Receiver<Arc<[Member]>>,
    pub(crate) members: Arc<[Member]>,
    pub(crate) outbox: Outbox,
    pub(crate) watchdog: Watchdog,
    pub(crate) reporter: Reporter,
    /// Per market, the newest generation of links that sent a quote.
    pub(crate) heard: Vec<u64>,
    generation: u64,
    attempts: Attempts,
    /// Since when there has been an open socket without a break.
    working_since: Option<Instant>,
    pub(crate) events: Vec<SessionEvent>,
    /// Links that are saying goodbye.
    leaving: JoinSet<()>,
    shutdown: CancellationToken,
}

impl Connection {
    pub(crate) fn new(
        venue: Arc<Venue>,
        reporter: Reporter,
        wanted: watch::Receiver<Arc<[Member]>>,
        sender: mpsc::Sender<parallax::event::MarketEvent>,
        shutdown: CancellationToken,
    ) -> Self {
        let facts = venue.facts();
        Self {
            id: reporter.report.id.clone(),
            wanted,
            members: Arc::new([]),
            outbox: Outbox::new(sender),
            watchdog: Watchdog::new(facts.market_stall_after, facts.connection_stall_after),
            reporter,
            heard: Vec::new(),
            generation: 0,
            attempts: Attempts::new(venue.config.backoff),
            working_since: None,
            events: Vec::new(),
            leaving: JoinSet::new(),
            shutdown,
            venue,
        }
    }

    /// Runs until shutdown.
    pub(crate) async fn run(mut self) {
        loop {
            self.adopt_members();
            self.reporter
                .enter(ConnectionState::Connecting, &mut self.outbox);
            // A panic in a session must not end more than this one socket. All that it could have left
            // half done is the socket and the session, and both are dropped.
            let error = match AssertUnwindSafe(self.serve()).catch_unwind().await {
                Ok(Ok(())) => break,
                Ok(Err(error)) => error,
                Err(payload) => IngestError::panicked(payload.as_ref()),
            };
            self.stall_all();
            self.watchdog.unsubscribe_all();
            if let Some(since) = self.working_since.take() {
                self.attempts.lived(since.elapsed());
            }
            let delay = self.attempts.next_delay(error.retry_after());
            tracing::warn!(
                venue.id = %self.venue.site.id,
                connection.id = %self.id,
                error = %error,
                retry.delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
                "connection lost or not made"
            );
            self.count_stalled();
            self.reporter.wait(&error, delay, &mut self.outbox);
            if !self.pause(delay).await {
                break;
            }
        }
        self.stop().await;
    }

    /// Takes over markets that are new.
    fn adopt_members(&mut self) {
        let wanted = Arc::clone(&self.wanted.borrow_and_update());
        let known = self.members.len();
        self.outbox.set_members(Arc::clone(&wanted));
        self.watchdog.grow(wanted.len());
        self.heard.resize(wanted.len(), 0);
        let max_quote_age = self.venue.descriptor().max_quote_age;
        for market in known..wanted.len() {
            self.outbox.listed(market, max_quote_age);
        }
        let listed = wanted.iter().filter(|member| member.listed).count();
        self.reporter.report.markets = u32::try_from(listed).unwrap_or(u32::MAX);
        self.members = wanted;
    }

    /// The exchange's name of the market at this position.
    pub(crate) fn symbol(&self, market: usize) -> Option<Arc<str>> {
        self.members
            .get(market)
            .map(|member| Arc::clone(&member.listing.symbol))
    }

    /// Opens a socket and serves it and its planned replacements. `Ok` at shutdown.
    async fn serve(&mut self) -> Result<(), IngestError> {
        let mut tick = tokio::time::interval(self.watchdog.period());
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let Some(link) = self.open_first(&mut tick).await? else {
            return Ok(());
        };
        self.watchdog.opened(self.venue.clock.now().monotonic);
        self.working_since = Some(Instant::now());
        let mut current = self.live(link);
        let mut successor = Successor::None;
        let mut retries = Attempts::new(self.venue.config.backoff);
        loop {
            tokio::select! {
                () = self.shutdown.cancelled() => {
                    self.leave(current.link);
                    if let Some(next) = successor.take_open() {
                        self.leave(next.link);
                    }
                    return Ok(());
                }
                incoming = current.link.next() => match incoming {
                    Ok(incoming) => {
                        self.receive(&mut current, incoming);
                        if current.asked_to_leave && successor.is_none() {
                            successor = self.open_successor("the exchange will disconnect");
                        }
                    }
                    Err(error) => {
                        let Some(next) = successor.take_open() else {
                            return Err(error);
                        };
                        current = next;
                        self.promote(&current, &error);
                    }
                },
                news = successor.news() => match news {
                    News::Due => successor = self.open_successor("another attempt"),
                    News::Opened(Ok(link)) => successor = Successor::Open(self.live(link)),
                    News::Opened(Err(error)) | News::Incoming(Err(error)) => {
                        successor = self.retry_successor(&error, &mut retries);
                    }
                    News::Incoming(Ok(incoming)) => {
                        if let Successor::Open(next) = &mut successor {
                            self.receive(next, incoming);
                        }
                    }
                },
                () = self.outbox.flush(), if !self.outbox.is_empty() => {}
                Ok(()) = self.wanted.changed() => {
                    self.adopt_members();
                }
                _ = tick.tick() => {
                    self.check_silence()?;
                    self.change_over(&mut current, &mut successor, &mut retries);
                }
            }
        }
    }

    /// `None` at shutdown.
    async fn open_first(&mut self, tick: &mut Interval) -> Result<Option<Box<Link>>, IngestError> {
        let mut opening = Box::pin(Arc::clone(&self.venue).open(Arc::clone(&self.members)));
        loop {
            tokio::select! {
                () = self.shutdown.cancelled() => return Ok(None),
                opened = &mut opening => return opened.map(Some),
                () = self.outbox.flush(), if !self.outbox.is_empty() => {}
                _ = tick.tick() => self.reporter.tick(&mut self.outbox),
            }
        }
    }

    /// A link has been opened.
    fn live(&mut self, link: Box<Link>) -> Live {
        self.generation += 1;
        if self.generation > 1 {
            self.reporter.report.reconnects += 1;
        }
        tracing::info!(
            venue.id = %self.venue.site.id,
            connection.id = %self.id,
            connection.markets = link.positions().len(),
            connection.generation = self.generation,
            "connection opened"
        );
        // Connections opened together must not all be replaced together.
        let share = 0.9 + 0.05 * rand::random::<f64>();
        Live {
            link,
            generation: self.generation,
            delivered: false,
            subscribed_at: None,
            asked_to_leave: false,
            retire_at: self
                .venue
                .facts()
                .limits
                .max_connection_age
                .map(|age| age.mul_f64(share)),
        }
    }

    /// Something came over a link.
    fn receive(&mut self, live: &mut Live, incoming: Incoming) {
        match incoming {
            Incoming::Frame(frame) => self.frame(live, &frame),
            Incoming::Subscribed(markets) => {
                let positions = live.link.positions().get(markets).unwrap_or_default();
                self.watchdog
                    .subscribed(positions, self.venue.clock.now().monotonic);
                if live.link.is_subscribed() {
                    live.subscribed_at = Some(Instant::now());
                }
            }
        }
    }

    /// Finds silent markets; an error when the connection itself is silent.
    fn check_silence(&mut self) -> Result<(), IngestError> {
        let now = self.venue.clock.now();
        let mut stalled = Vec::new();
        let connection_stalled = self.watchdog.check(now.monotonic, &mut stalled);
        for market in stalled {
            self.outbox.stalled(market, now);
        }
        self.count_stalled();
        if connection_stalled {
            self.stall_all();
            self.count_stalled();
            self.reporter
                .enter(ConnectionState::Stalled, &mut self.outbox);
            return Err(IngestError::Silent(
                self.venue.facts().connection_stall_after,
            ));
        }
        self.reporter.tick(&mut self.outbox);
        Ok(())
    }

    fn stall_all(&mut self) {
        let now = self.venue.clock.now();
        for market in 0..self.members.len() {
            if self.watchdog.stall(market) {
                self.outbox.stalled(market, now);
            }
        }
    }

    pub(crate) fn count_stalled(&mut self) {
        self.reporter.report.stalled_markets =
            u32::try_from(self.watchdog.stalled_markets()).unwrap_or(u32::MAX);
    }

    /// Says goodbye without holding up anything else.
    pub(crate) fn leave(&mut self, link: Box<Link>) {
        while self.leaving.try_join_next().is_some() {}
        self.leaving
            .spawn(link.close(self.venue.config.close_timeout));
    }

    /// Waits, with the outbox and the report going on. False at shutdown.
    async fn pause(&mut self, delay: Duration) -> bool {
        let mut over = Box::pin(tokio::time::sleep(delay));
        loop {
            tokio::select! {
                () = self.shutdown.cancelled() => return false,
                () = &mut over => return true,
                () = self.outbox.flush(), if !self.outbox.is_empty() => {}
            }
        }
    }

    async fn stop(mut self) {
        self.reporter
            .enter(ConnectionState::Stopped, &mut self.outbox);
        let limit = self.venue.config.close_timeout;
        let goodbyes = async { while self.leaving.join_next().await.is_some() {} };
        // What cannot be sent in time belongs to a reader that has stopped reading.
        let (_, _) = tokio::join!(
            tokio::time::timeout(limit, self.outbox.flush()),
            tokio::time::timeout(limit, goodbyes),
        );
    }
}
