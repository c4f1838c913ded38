//! The board: what is published now, and who is told.
//!
//! It holds the latest state of every token and connection, numbers every publication, keeps the last
//! ones for readers that come back, and wakes the readers. One writer, `crates/worker`; any number of
//! readers through `crates/service`. It decides nothing about prices and knows no sockets.
//!
//! A reader is only a number, the last publication it has seen ([`Subscription`]). A slow one costs no
//! memory here: when it asks again it gets the latest state of whatever has changed meanwhile.

mod bars;
mod durations;
mod event;
mod fields;
mod subscription;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use arc_swap::ArcSwap;
use parallax::amount::Price;
use parallax::backfill::BackfillRun;
use parallax::candle::{Bar, Candle, Interval};
use parallax::connection::ConnectionReport;
use parallax::event::UnknownCodes;
use parallax::index::IndexPrice;
use parallax::stream::{Changes, MarketState, PriceSummary};
use parallax::token::TokenId;
use parallax::venue::VenueId;
use parallax::view::{BackfillReport, LateReport, StoreReport};
use tokio::sync::watch;

pub use durations::{CountedDurations, Durations};
pub use event::{CatalogueEvent, ConnectionEvent, Event, PublishedPrice};
pub use fields::Fields;
pub use subscription::{Batch, Detail, Filter, Subscription};

/// A token's price on its way to the board.
#[derive(Debug, Clone)]
pub struct Publication {
    /// The price and its explanation.
    pub index: Arc<IndexPrice>,
    /// How it compares with earlier ones.
    pub changes: Changes,
}

#[derive(Debug, Default)]
struct State {
    /// The number before the first publication.
    began: u64,
    seq: u64,
    prices: HashMap<TokenId, Arc<PublishedPrice>>,
    connections: BTreeMap<String, Arc<ConnectionEvent>>,
    /// The last change of the catalogue.
    catalogue: Option<Arc<CatalogueEvent>>,
    /// The last publications, oldest first, without a hole in their numbers.
    replay: VecDeque<Event>,
}

/// The closes of a token's last seven days, evenly spaced, oldest first; `None` where none is known.
pub type Trend = Arc<[Option<Price>]>;

/// The latest published state of everything.
#[derive(Debug)]
pub struct Board {
    state: RwLock<State>,
    replay_capacity: usize,
    head: watch::Sender<u64>,
    markets: ArcSwap<Vec<MarketState>>,
    markets_number: AtomicU64,
    store: ArcSwap<Option<StoreReport>>,
    backfill: ArcSwap<BackfillReport>,
    backfill_runs: ArcSwap<Vec<BackfillRun>>,
    late: ArcSwap<LateReport>,
    trends: ArcSwap<HashMap<TokenId, Trend>>,
    unknown: RwLock<BTreeMap<VenueId, Arc<UnknownCodes>>>,
    bars: RwLock<bars::Bars>,
    tick_to_publish_us: AtomicU64,
    tick_to_publish: Durations,
    store_writes: Arc<Durations>,
    clients: Arc<AtomicU64>,
}

/// The bounds by which the way from a frame to its publication is counted: 25 µs to 1 s.
const PUBLISH_BOUNDS: [Duration; 15] = [
    Duration::from_micros(25),
    Duration::from_micros(50),
    Duration::from_micros(100),
    Duration::from_micros(250),
    Duration::from_micros(500),
    Duration::from_millis(1),
    Duration::from_micros(2_500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
];

/// The bounds by which writes to the database are counted: 1 ms to 30 s.
const WRITE_BOUNDS: [Duration; 13] = [
    Duration::from_millis(1),
    Duration::from_micros(2_500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_millis(2_500),
    Duration::from_secs(10),
    Duration::from_secs(30),
];

/// No publication has been timed yet.
const UNKNOWN: u64 = u64::MAX;

impl Board {
    /// An empty board that keeps the last `replay_capacity` publications for readers that come back, and
    /// numbers them from 1.
    #[must_use]
    pub fn new(replay_capacity: usize) -> Arc<Self> {
        Self::numbered_after(0, replay_capacity)
    }

    /// The same with numbers that follow `began`. A program that takes a greater one at each start knows a
    /// reader from before: it asks for what came after a number that is not of this board.
    #[must_use]
    pub fn numbered_after(began: u64, replay_capacity: usize) -> Arc<Self> {
        let state = State {
            began,
            seq: began,
            ..State::default()
        };
        Arc::new(Self {
            state: RwLock::new(state),
            replay_capacity: replay_capacity.max(1),
            head: watch::Sender::new(began),
            markets: ArcSwap::default(),
            markets_number: AtomicU64::new(0),
            store: ArcSwap::default(),
            backfill: ArcSwap::default(),
            backfill_runs: ArcSwap::default(),
            late: ArcSwap::default(),
            trends: ArcSwap::default(),
            unknown: RwLock::default(),
            bars: RwLock::default(),
            tick_to_publish_us: AtomicU64::new(UNKNOWN),
            tick_to_publish: Durations::new(&PUBLISH_BOUNDS),
            store_writes: Arc::new(Durations::new(&WRITE_BOUNDS)),
            clients: Arc::default(),
        })
    }

    /// Publishes prices, in this order, and wakes the readers once.
    pub fn publish(&self, publications: impl IntoIterator<Item = Publication>) {
        let mut state = self.write();
        let before = state.seq;
        for publication in publications {
            let seq = state.next_seq();
            let Publication { index, changes } = publication;
            let summary = PriceSummary::new(seq, &index, changes);
            let price = Arc::new(PublishedPrice::new(summary, index));
            state
                .prices
                .insert(price.summary.token.clone(), Arc::clone(&price));
            state.remember(Event::Price(price), self.replay_capacity);
        }
        self.wake(state, before);
    }

    /// Publishes a connection's state. Readers of streams are told when the state has changed or an
    /// error is new; counters alone are only seen by those who ask for [`Board::connections`].
    pub fn publish_connection(&self, report: Arc<ConnectionReport>) {
        let mut state = self.write();
        let before = state.seq;
        let known = state.connections.get(&report.id);
        let is_news = known.is_none_or(|known| {
            known.report.state != report.state
                || known.report.reconnects != report.reconnects
                || known.report.stalled_markets != report.stalled_markets
        });
        let seq = match known {
            Some(known) if !is_news => known.seq,
            _ => state.next_seq(),
        };
        let event = Arc::new(ConnectionEvent::new(seq, report));
        state
            .connections
            .insert(event.report.id.clone(), Arc::clone(&event));
        if is_news {
            state.remember(Event::Connection(event), self.replay_capacity);
        }
        self.wake(state, before);
    }

    /// Tells readers that another catalogue is in force, and takes down the prices of tokens that it does not
    /// have.
    pub fn publish_catalogue(&self, revision: u64, gone: &[TokenId]) {
        let mut state = self.write();
        let before = state.seq;
        for token in gone {
            state.prices.remove(token);
        }
        let seq = state.next_seq();
        let event = Arc::new(CatalogueEvent::new(seq, revision));
        state.catalogue = Some(Arc::clone(&event));
        state.remember(Event::Catalogue(event), self.replay_capacity);
        self.wake(state, before);
    }

    fn wake(&self, state: RwLockWriteGuard<'_, State>, before: u64) {
        let seq = state.seq;
        drop(state);
        if seq != before {
            self.head.send_replace(seq);
        }
    }

    /// The number of the last publication; before the first, the one that it follows.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.read().seq
    }

    /// A token's published price.
    #[must_use]
    pub fn price(&self, token: &str) -> Option<Arc<PublishedPrice>> {
        self.read().prices.get(token).cloned()
    }

    /// Every token's published price, in no order, and the number of the last publication in it.
    #[must_use]
    pub fn prices(&self) -> (u64, Vec<Arc<PublishedPrice>>) {
        let state = self.read();
        (state.seq, state.prices.values().cloned().collect())
    }

    /// Every connection's last report, by id.
    #[must_use]
    pub fn connections(&self) -> Vec<Arc<ConnectionReport>> {
        self.read()
            .connections
            .values()
            .map(|event| Arc::clone(&event.report))
            .collect()
    }

    /// Replaces the list of markets.
    pub fn set_markets(&self, markets: Vec<MarketState>) {
        self.markets.store(Arc::new(markets));
        self.markets_number.fetch_add(1, Ordering::Release);
    }

    /// Every watched market's last state, at most a second old.
    #[must_use]
    pub fn markets(&self) -> Arc<Vec<MarketState>> {
        self.markets.load_full()
    }

    /// How often the list of markets was replaced: another number, another list.
    #[must_use]
    pub fn markets_number(&self) -> u64 {
        self.markets_number.load(Ordering::Acquire)
    }

    /// Replaces what is known of the database.
    pub fn set_store(&self, report: StoreReport) {
        self.store.store(Arc::new(Some(report)));
    }

    /// How the database is doing; `None` before the first report.
    #[must_use]
    pub fn store(&self) -> Option<StoreReport> {
        self.store.load().as_ref().clone()
    }

    /// Replaces what is known of the repair of the past.
    pub fn set_backfill(&self, report: BackfillReport) {
        self.backfill.store(Arc::new(report));
    }

    /// How the past is being completed.
    #[must_use]
    pub fn backfill(&self) -> BackfillReport {
        self.backfill.load().as_ref().clone()
    }

    /// Replaces the runs over the past, the newest first.
    pub fn set_backfill_runs(&self, runs: Vec<BackfillRun>) {
        self.backfill_runs.store(Arc::new(runs));
    }

    /// The runs over the past since the program started, the newest first; of very many the last.
    #[must_use]
    pub fn backfill_runs(&self) -> Arc<Vec<BackfillRun>> {
        self.backfill_runs.load_full()
    }

    /// Replaces the count of late trades.
    pub fn set_late(&self, report: LateReport) {
        self.late.store(Arc::new(report));
    }

    /// Trades that came too late for their candle.
    #[must_use]
    pub fn late(&self) -> LateReport {
        **self.late.load()
    }

    /// Replaces the trends of all tokens.
    pub fn set_trends(&self, trends: HashMap<TokenId, Trend>) {
        self.trends.store(Arc::new(trends));
    }

    /// A token's last seven days; `None` when nothing of them is known.
    #[must_use]
    pub fn trend(&self, token: &TokenId) -> Option<Trend> {
        self.trends.load().get(token).cloned()
    }

    /// Replaces what an exchange lists that the catalogue does not know.
    pub fn put_unknown(&self, codes: Arc<UnknownCodes>) {
        let mut unknown = self.unknown.write().unwrap_or_else(PoisonError::into_inner);
        unknown.insert(codes.venue.clone(), codes);
    }

    /// What each exchange lists that the catalogue does not know, as of when it was last asked for its markets;
    /// by exchange.
    #[must_use]
    pub fn unknown(&self) -> Vec<Arc<UnknownCodes>> {
        let unknown = self.unknown.read().unwrap_or_else(PoisonError::into_inner);
        unknown.values().cloned().collect()
    }

    /// Takes candles of the index that began, moved or ended, in any order.
    pub fn put_bars<'a>(&self, candles: impl IntoIterator<Item = &'a Candle>) {
        let mut bars = self.bars.write().unwrap_or_else(PoisonError::into_inner);
        for candle in candles {
            bars.put(candle);
        }
    }

    /// Every token's newest two bars of the index at most, oldest first: the running one and the one that
    /// ended before it. As they were built, about a second old; the live price may be ahead of them.
    #[must_use]
    pub fn bars(&self, interval: Interval) -> Vec<(TokenId, Vec<Bar>)> {
        let bars = self.bars.read().unwrap_or_else(PoisonError::into_inner);
        bars.of(interval)
    }

    /// Records the median time from a frame's receipt to its publication.
    pub fn set_tick_to_publish_us(&self, median_us: u64) {
        self.tick_to_publish_us.store(median_us, Ordering::Relaxed);
    }

    /// Median time from a frame's receipt to its publication, in microseconds.
    #[must_use]
    pub fn tick_to_publish_us(&self) -> Option<u64> {
        Some(self.tick_to_publish_us.load(Ordering::Relaxed)).filter(|&us| us != UNKNOWN)
    }

    /// How long publications took since the frame that caused them was received; the worker notes it.
    #[must_use]
    pub const fn tick_to_publish(&self) -> &Durations {
        &self.tick_to_publish
    }

    /// How long the database took to store each batch of rows; the worker's writer notes it.
    #[must_use]
    pub const fn store_writes(&self) -> &Arc<Durations> {
        &self.store_writes
    }

    /// Open subscriptions.
    #[must_use]
    pub fn clients(&self) -> u64 {
        self.clients.load(Ordering::Relaxed)
    }

    /// Starts reading after publication `after`, or from the present when `None`.
    #[must_use]
    pub fn subscribe(self: &Arc<Self>, after: Option<u64>, filter: Filter) -> Subscription {
        Subscription::new(Arc::clone(self), after, filter)
    }

    // A panic while the lock is held leaves the state readable: each change is complete in itself.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether a number was given by this board.
    const fn knows(&self, cursor: u64) -> bool {
        self.began <= cursor && cursor <= self.seq
    }

    const fn next_seq(&mut self) -> u64 {
        self.seq = self.seq.saturating_add(1);
        self.seq
    }

    fn remember(&mut self, event: Event, capacity: usize) {
        if self.replay.len() >= capacity {
            self.replay.pop_front();
        }
        self.replay.push_back(event);
    }

    /// The publications after `cursor`, or `None` when some are no longer remembered.
    fn replay_after(&self, cursor: u64) -> Option<impl Iterator<Item = &Event>> {
        let oldest = self
            .replay
            .front()
            .map_or(self.seq.saturating_add(1), Event::seq);
        let skip = usize::try_from(cursor.saturating_add(1).checked_sub(oldest)?).ok()?;
        Some(self.replay.iter().skip(skip))
    }

    /// The latest state of everything published after `cursor`, in the order of publication.
    fn latest_after(&self, cursor: u64) -> Vec<Event> {
        let prices = self.prices.values().cloned().map(Event::Price);
        let connections = self.connections.values().cloned().map(Event::Connection);
        let catalogue = self.catalogue.iter().cloned().map(Event::Catalogue);
        let mut events: Vec<_> = prices
            .chain(connections)
            .chain(catalogue)
            .filter(|event| event.seq() > cursor)
            .collect();
        events.sort_unstable_by_key(Event::seq);
        events
    }
}

#[cfg(test)]
mod tests;
