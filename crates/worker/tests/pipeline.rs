//! From market events to the board and the store, and back after a restart.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use parallax::candle::{Candle, Interval};
use parallax::catalogue::{Catalogue, EMBEDDED};
use parallax::event::{MarketEvent, MarketUpdate, Quote};
use parallax::index::{IndexPrice, Status};
use parallax::market::{Listing, Market, MarketKey};
use parallax::time::{Clock, Moment, Monotonic, Timestamp};
use parallax::token::{Token, TokenId};
use parallax::venue::{Venue, VenueId};
use parallax_board::{Board, Event, Filter};
use parallax_pricing::{Engine, Policy};
use parallax_store::{Backend, Store, StoreError, StoredQuote};
use parallax_worker::{LastKnown, Pipeline, WorkerConfig, run};
use tokio::sync::mpsc;

/// A clock that runs with tokio's, so that paused time moves it.
struct TokioClock {
    start: tokio::time::Instant,
    utc: Timestamp,
}

impl TokioClock {
    fn at(unix_s: i64) -> Arc<Self> {
        Arc::new(Self {
            start: tokio::time::Instant::now(),
            utc: Timestamp::from_unix_s(unix_s).unwrap(),
        })
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Moment {
        let passed = self.start.elapsed();
        Moment {
            monotonic: Monotonic::from_nanos(u64::try_from(passed.as_nanos()).unwrap()),
            utc: self.utc.plus(passed),
        }
    }
}

/// A store that can be away.
struct Flaky {
    store: Arc<dyn Store>,
    away: AtomicBool,
}

impl Flaky {
    fn reached(&self) -> Result<(), StoreError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(StoreError::TimedOut {
                doing: "a test",
                limit: Duration::from_secs(1),
            });
        }
        Ok(())
    }
}

#[async_trait]
impl Store for Flaky {
    fn backend(&self) -> Backend {
        self.store.backend()
    }
    async fn ping(&self) -> Result<(), StoreError> {
        self.reached()
    }
    async fn save_tokens(&self, tokens: &[Token]) -> Result<(), StoreError> {
        self.store.save_tokens(tokens).await
    }
    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        self.store.tokens().await
    }
    async fn save_venues(&self, venues: &[Venue]) -> Result<(), StoreError> {
        self.store.save_venues(venues).await
    }
    async fn venues(&self) -> Result<Vec<Venue>, StoreError> {
        self.store.venues().await
    }
    async fn save_listings(&self, listings: &[Arc<Listing>]) -> Result<(), StoreError> {
        self.reached()?;
        self.store.save_listings(listings).await
    }
    async fn listings(&self) -> Result<Vec<Arc<Listing>>, StoreError> {
        self.store.listings().await
    }
    async fn save_quotes(&self, quotes: &[StoredQuote]) -> Result<(), StoreError> {
        self.reached()?;
        self.store.save_quotes(quotes).await
    }
    async fn latest_quotes(&self) -> Result<Vec<StoredQuote>, StoreError> {
        self.store.latest_quotes().await
    }
    async fn save_prices(&self, prices: &[IndexPrice]) -> Result<(), StoreError> {
        self.reached()?;
        self.store.save_prices(prices).await
    }
    async fn latest_prices(&self) -> Result<Vec<IndexPrice>, StoreError> {
        self.store.latest_prices().await
    }
    async fn prune_prices(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.store.prune_prices(before).await
    }
    async fn save_candles(&self, candles: &[Candle]) -> Result<(), StoreError> {
        self.reached()?;
        self.store.save_candles(candles).await
    }
    async fn candles(
        &self,
        token: &TokenId,
        interval: Interval,
        from: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Candle>, StoreError> {
        self.store
            .candles(token, interval, from, until, limit)
            .await
    }
    async fn close(&self) {
        self.store.close().await;
    }
}

const VENUES: [&str; 3] = ["binance", "coinbase", "kraken"];

fn catalogue() -> Catalogue {
    toml::from_str(EMBEDDED).unwrap()
}

async fn store(folder: &tempfile::TempDir) -> Arc<dyn Store> {
    let url = format!("sqlite:{}", folder.path().join("parallax.db").display());
    let store = parallax_store::open(&url.parse().unwrap()).await.unwrap();
    store.save_tokens(catalogue().tokens()).await.unwrap();
    let venues = VENUES.map(|id| Venue {
        id: id.parse().unwrap(),
        name: id.to_owned(),
        website: String::new(),
    });
    store.save_venues(&venues).await.unwrap();
    store
}

fn pipeline(board: &Arc<Board>) -> Pipeline {
    let engine = Engine::new(Policy::default(), catalogue().tokens()).unwrap();
    Pipeline::new(&WorkerConfig::default(), engine, Arc::clone(board))
}

fn listed(key: u32) -> MarketEvent {
    let venue: VenueId = VENUES[usize::try_from(key).unwrap()].parse().unwrap();
    let (base_code, quote_code) = ("BTC".parse().unwrap(), "USD".parse().unwrap());
    let catalogue = catalogue();
    let market = Market {
        base: catalogue.resolve(&venue, &base_code),
        quote: catalogue.resolve(&venue, &quote_code),
    };
    let listing = Listing {
        venue,
        symbol: "BTC-USD".into(),
        base_code,
        quote_code,
        market,
    };
    MarketEvent::Listed {
        key: MarketKey(key),
        listing: Arc::new(listing),
        max_quote_age: Duration::from_secs(30),
    }
}

fn quoted(key: u32, bid: &str, ask: &str, received_at: Moment) -> MarketEvent {
    let quote = Quote {
        bid: bid.parse().unwrap(),
        ask: ask.parse().unwrap(),
        bid_size: None,
        ask_size: None,
    };
    let update = MarketUpdate::Quote(quote);
    MarketEvent::Update {
        key: MarketKey(key),
        received_at,
        venue_time: None,
        update,
    }
}

fn three_quotes(now: Moment) -> Vec<MarketEvent> {
    let quotes = [("100", "102"), ("101", "103"), ("100.5", "102.5")];
    let listed = (0..3).map(listed);
    let quoted = (0..)
        .zip(quotes)
        .map(|(key, (bid, ask))| quoted(key, bid, ask, now));
    listed.chain(quoted).collect()
}

#[tokio::test]
async fn quotes_become_a_published_price_within_one_step() {
    let board = Board::new(16);
    let clock = TokioClock::at(1_700_000_000);
    let mut pipeline = pipeline(&board);
    for event in three_quotes(clock.now()) {
        pipeline.handle(event);
    }
    pipeline.publish(clock.now(), || clock.now().monotonic);
    let price = board.price("bitcoin").unwrap();
    assert_eq!(price.summary.status, Status::Live);
    assert_eq!(price.summary.sources, 3);
    assert_eq!(price.summary.price.unwrap().to_string(), "101.5");
}

#[tokio::test]
async fn a_stalled_market_leaves_the_price() {
    let board = Board::new(16);
    let clock = TokioClock::at(1_700_000_000);
    let mut pipeline = pipeline(&board);
    for event in three_quotes(clock.now()) {
        pipeline.handle(event);
    }
    pipeline.publish(clock.now(), || clock.now().monotonic);
    pipeline.handle(MarketEvent::Stalled {
        key: MarketKey(2),
        at: clock.now(),
    });
    pipeline.publish(clock.now(), || clock.now().monotonic);
    assert_eq!(board.price("bitcoin").unwrap().summary.sources, 2);
    pipeline.refresh();
    let stalled = board
        .markets()
        .iter()
        .filter(|market| market.stalled)
        .count();
    assert_eq!(stalled, 1);
}

#[tokio::test]
async fn a_stop_stores_everything_accepted_and_a_restart_shows_it_marked_stale() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let clock = TokioClock::at(1_700_000_000);
    let board = Board::new(16);
    let (sender, events) = mpsc::channel(64);
    for event in three_quotes(clock.now()) {
        sender.send(event).await.unwrap();
    }
    drop(sender);
    run(
        pipeline(&board),
        events,
        Arc::clone(&store),
        clock.clone(),
        WorkerConfig::default(),
    )
    .await;

    let restarted = Board::new(16);
    let later = TokioClock::at(1_700_000_090);
    let mut pipeline = pipeline(&restarted);
    let last = LastKnown::load(store.as_ref(), later.now().utc)
        .await
        .unwrap();
    pipeline.restore(last, later.now());
    pipeline.refresh();
    let price = restarted.price("bitcoin").unwrap();
    assert_eq!(price.summary.status, Status::Stale);
    assert_eq!(price.summary.price.unwrap().to_string(), "101.5");
    assert_eq!(
        price.summary.as_of.unwrap().unix_ms() / 1_000,
        1_700_000_000
    );
    assert_eq!(price.index.constituents.len(), 3);
    assert!(
        restarted
            .markets()
            .iter()
            .all(|market| market.stalled && market.quote.is_some())
    );
    assert_eq!(restarted.markets().len(), 3);
}

#[tokio::test]
async fn live_prices_go_on_while_the_database_is_away_and_rows_follow_when_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let flaky = Arc::new(Flaky {
        store: store(&folder).await,
        away: AtomicBool::new(true),
    });
    let clock = TokioClock::at(1_700_000_000);
    let board = Board::new(1_024);
    let mut reader = board.subscribe(None, Filter::All);
    let (sender, events) = mpsc::channel(64);
    let config = WorkerConfig {
        flush_every: Duration::from_millis(20),
        price_every: Duration::ZERO,
        ..WorkerConfig::default()
    };
    let task = tokio::spawn(run(
        pipeline(&board),
        events,
        flaky.clone() as Arc<dyn Store>,
        clock.clone(),
        config,
    ));
    for event in three_quotes(clock.now()) {
        sender.send(event).await.unwrap();
    }
    // The failure is reported, and a quote after it is still published.
    while board.store().is_none_or(|report| report.healthy) {
        tokio::task::yield_now().await;
    }
    assert!(board.store().unwrap().last_error.is_some());
    sender
        .send(quoted(0, "102", "104", clock.now()))
        .await
        .unwrap();
    sender
        .send(quoted(1, "102", "104", clock.now()))
        .await
        .unwrap();
    sender
        .send(quoted(2, "102", "104", clock.now()))
        .await
        .unwrap();
    loop {
        let batch = reader.next(true).await.unwrap();
        let moved = batch.events.iter().any(|event| {
            matches!(event, Event::Price(price)
                if price.summary.price.is_some_and(|price| price.to_string() == "103"))
        });
        if moved {
            break;
        }
    }
    flaky.away.store(false, Ordering::SeqCst);
    drop(sender);
    task.await.unwrap();
    let stored = flaky.latest_prices().await.unwrap();
    assert_eq!(stored[0].price.unwrap().to_string(), "103");
    assert_eq!(flaky.latest_quotes().await.unwrap().len(), 3);
}
