//! From market events to the board and the store, and back after a restart.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod by_hand;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use parallax::by_hand::SetPrices;
use parallax::candle::{Bar, Candle, CandleKind, Interval, Series, Source};
use parallax::catalogue::{Catalogue, EMBEDDED};
use parallax::event::{MarketEvent, MarketUpdate, Quote, TakerSide, Trade};
use parallax::fact::{QueryUsage, TokenFacts};
use parallax::index::{IndexPrice, Status};
use parallax::key::KeyId;
use parallax::market::{Listing, Market, MarketKey};
use parallax::time::{Clock, Moment, Monotonic, Timestamp};
use parallax::token::{Token, TokenId};
use parallax::venue::{Venue, VenueId};
use parallax_board::{Board, Event, Filter};
use parallax_pricing::{Engine, Policy};
use parallax_store::{
    AccountStore, Backend, BrowseStore, DirectiveStore, Keep, Store, StoreError, StoredKey,
    StoredQuote,
};
use parallax_worker::{Decisions, LastKnown, Pipeline, WorkerConfig, run};
use tokio::sync::{mpsc, watch};

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
    fn accounts(&self) -> &dyn AccountStore {
        self.store.accounts()
    }
    fn directives(&self) -> &dyn DirectiveStore {
        self.store.directives()
    }
    fn browse(&self) -> &dyn BrowseStore {
        self.store.browse()
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
    async fn price_at(
        &self,
        token: &TokenId,
        at: Timestamp,
    ) -> Result<Option<IndexPrice>, StoreError> {
        self.store.price_at(token, at).await
    }
    async fn save_candles(&self, candles: &[Candle]) -> Result<(), StoreError> {
        self.reached()?;
        self.store.save_candles(candles).await
    }
    async fn candles(
        &self,
        series: &Series,
        from: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Bar>, StoreError> {
        self.store.candles(series, from, until, limit).await
    }
    async fn candle_span(
        &self,
        series: &Series,
    ) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
        self.store.candle_span(series).await
    }
    async fn candle_sources(
        &self,
        token: &TokenId,
        interval: Interval,
    ) -> Result<Vec<Source>, StoreError> {
        self.store.candle_sources(token, interval).await
    }
    async fn save_facts(&self, facts: &[TokenFacts]) -> Result<(), StoreError> {
        self.reached()?;
        self.store.save_facts(facts).await
    }
    async fn facts(&self, token: &TokenId) -> Result<Vec<TokenFacts>, StoreError> {
        self.store.facts(token).await
    }
    async fn save_usage(&self, usage: &[QueryUsage]) -> Result<(), StoreError> {
        self.reached()?;
        self.store.save_usage(usage).await
    }
    async fn usage(&self, month: Timestamp) -> Result<Vec<QueryUsage>, StoreError> {
        self.store.usage(month).await
    }
    async fn add_key(&self, key: &StoredKey) -> Result<(), StoreError> {
        self.store.add_key(key).await
    }
    async fn keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        self.store.keys().await
    }
    async fn revoke_key(&self, id: &KeyId, at: Timestamp) -> Result<bool, StoreError> {
        self.store.revoke_key(id, at).await
    }
    async fn save_key_uses(&self, uses: &[(KeyId, Timestamp)]) -> Result<(), StoreError> {
        self.store.save_key_uses(uses).await
    }
    async fn forget(&self, keep: Keep) -> Result<u64, StoreError> {
        self.store.forget(keep).await
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

/// The catalogue in force, which nobody changes.
fn unchanged() -> watch::Receiver<Arc<Catalogue>> {
    watch::channel(Arc::new(catalogue())).1
}

fn no_repairs() -> mpsc::Receiver<Vec<Candle>> {
    mpsc::channel(1).1
}

fn none_by_hand() -> watch::Receiver<SetPrices> {
    watch::channel(SetPrices::default()).1
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
async fn a_market_that_is_unlisted_leaves_nothing_and_a_lost_token_is_taken_down() {
    let board = Board::new(16);
    let clock = TokioClock::at(1_700_000_000);
    let mut pipeline = pipeline(&board);
    for event in three_quotes(clock.now()) {
        pipeline.handle(event);
    }
    pipeline.publish(clock.now(), || clock.now().monotonic);
    let key = MarketKey(2);
    pipeline.handle(MarketEvent::Unlisted { key });
    pipeline.publish(clock.now(), || clock.now().monotonic);
    let price = board.price("bitcoin").unwrap();
    assert_eq!(
        (price.summary.sources, price.index.constituents.len()),
        (2, 2)
    );
    pipeline.refresh(clock.now().utc);
    assert_eq!(board.markets().len(), 2);
    assert_eq!(pipeline.listings().all().len(), 2);
    let mut reader = board.subscribe(None, Filter::All);
    let shipped = catalogue();
    let disabled = parallax::catalogue::Entry {
        enabled: false,
        ..shipped.entry("bitcoin").unwrap().clone()
    };
    let amended = shipped.amended([&disabled]).unwrap().numbered(1);
    pipeline.learn(&amended, clock.now().utc);
    assert!(board.price("bitcoin").is_none());
    let told = reader.next(false).await.unwrap().events;
    assert!(matches!(told.as_slice(), [Event::Catalogue(it)] if it.revision == 1));
    pipeline.tick(clock.now());
    assert!(board.price("bitcoin").is_none());
}

#[tokio::test]
async fn what_is_listed_by_a_new_catalogue_finds_it_learned() {
    let folder = tempfile::tempdir().unwrap();
    let (board, clock) = (Board::new(16), TokioClock::at(1_700_000_000));
    let shipped = catalogue();
    let without = parallax::catalogue::Entry {
        enabled: false,
        ..shipped.entry("bitcoin").unwrap().clone()
    };
    let before = Arc::new(shipped.amended([&without]).unwrap());
    let engine = Engine::new(Policy::default(), before.tokens()).unwrap();
    let pipeline = Pipeline::new(&WorkerConfig::default(), engine, Arc::clone(&board));
    let (set, in_force) = watch::channel(before);
    let (sender, events) = mpsc::channel(16);
    // Both wait when the pipeline looks for the first time.
    set.send_replace(Arc::new(shipped));
    for event in three_quotes(clock.now()) {
        sender.try_send(event).unwrap();
    }
    drop(sender);
    let store = store(&folder).await;
    let config = WorkerConfig::default();
    run(
        pipeline,
        events,
        no_repairs(),
        Decisions {
            catalogue: in_force,
            by_hand: none_by_hand(),
        },
        store,
        clock,
        config,
    )
    .await;
    assert_eq!(board.price("bitcoin").unwrap().summary.sources, 3);
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
    pipeline.refresh(clock.now().utc);
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
        no_repairs(),
        Decisions {
            catalogue: unchanged(),
            by_hand: none_by_hand(),
        },
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
    pipeline.refresh(later.now().utc);
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
        no_repairs(),
        Decisions {
            catalogue: unchanged(),
            by_hand: none_by_hand(),
        },
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

fn traded(
    key: u32,
    id: u64,
    price: &str,
    size: &str,
    made_at: Timestamp,
    at: Moment,
) -> MarketEvent {
    let trade = Trade {
        price: price.parse().unwrap(),
        size: size.parse().unwrap(),
        taker: TakerSide::Buy,
        id,
    };
    MarketEvent::Update {
        key: MarketKey(key),
        received_at: at,
        venue_time: Some(made_at),
        update: MarketUpdate::Trade(trade),
    }
}

fn bitcoin(interval: Interval) -> Series {
    Series::index("bitcoin".parse().unwrap(), interval)
}

async fn bars(store: &dyn Store, series: &Series) -> Vec<Bar> {
    let ends = [0, 4_000_000_000].map(|second| Timestamp::from_unix_s(second).unwrap());
    store
        .candles(series, ends[0], ends[1], 1_000)
        .await
        .unwrap()
}

/// Runs the pipeline over these events and repairs, to its end.
async fn run_over(
    store: &Arc<dyn Store>,
    clock: Arc<TokioClock>,
    events: Vec<MarketEvent>,
    trades: Vec<MarketEvent>,
    repairs: Vec<Candle>,
) {
    let (sender, receiver) = mpsc::channel(64);
    let (repairer, repaired) = mpsc::channel(4);
    let board = Board::new(16);
    let task = tokio::spawn(run(
        pipeline(&board),
        receiver,
        repaired,
        Decisions {
            catalogue: unchanged(),
            by_hand: none_by_hand(),
        },
        Arc::clone(store),
        clock,
        WorkerConfig::default(),
    ));
    for event in events {
        sender.send(event).await.unwrap();
    }
    // Published before trades and repairs come, and those taken in before the end.
    while board.price("bitcoin").is_none() {
        tokio::task::yield_now().await;
    }
    for event in trades {
        sender.send(event).await.unwrap();
    }
    while sender.capacity() < sender.max_capacity() {
        tokio::task::yield_now().await;
    }
    repairer.send(repairs).await.unwrap();
    while repairer.capacity() < repairer.max_capacity() {
        tokio::task::yield_now().await;
    }
    drop(sender);
    task.await.unwrap();
}

#[tokio::test]
async fn trades_become_the_volume_of_candles_each_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let clock = TokioClock::at(1_700_000_010);
    let now = clock.now();
    let trades = vec![
        traded(0, 7, "101", "2", now.utc, now),
        traded(0, 7, "101", "2", now.utc, now),
        traded(1, 7, "100", "0.5", now.utc, now),
    ];
    run_over(&store, clock, three_quotes(now), trades, Vec::new()).await;
    for interval in Interval::ALL {
        let stored = bars(store.as_ref(), &bitcoin(interval)).await;
        assert_eq!(stored.len(), 1, "{interval:?}");
        assert_eq!(stored[0].volume_usd, "252".parse().unwrap());
        assert_eq!(stored[0].trades, Some(2));
        assert_eq!(stored[0].sources, 3);
        assert!(stored[0].confidence.is_some());
    }
}

#[tokio::test]
async fn a_repair_of_the_running_hour_joins_it_and_one_of_long_ago_is_stored_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    // Seven minutes into an hour.
    let hour = 1_699_999_200;
    let clock = TokioClock::at(hour + 7 * 60 + 30);
    let repaired = |interval, open_time, close: &str| Candle {
        series: bitcoin(interval),
        bar: Bar {
            open_time: Timestamp::from_unix_s(open_time).unwrap(),
            open: close.parse().unwrap(),
            high: close.parse().unwrap(),
            low: close.parse().unwrap(),
            close: close.parse().unwrap(),
            confidence: None,
            volume_usd: "10".parse().unwrap(),
            trades: None,
            sources: 2,
            minutes: interval.minutes(),
            kind: CandleKind::Repaired,
            revision: 0,
        },
    };
    let mut repairs: Vec<_> = (0..7)
        .map(|minute| repaired(Interval::Minute, hour + minute * 60, "90"))
        .collect();
    repairs.push(repaired(Interval::Hour, hour - 100 * 3_600, "50"));
    let events = three_quotes(clock.now());
    run_over(&store, clock, events, Vec::new(), repairs).await;

    let hours = bars(store.as_ref(), &bitcoin(Interval::Hour)).await;
    assert_eq!(hours.len(), 2);
    assert_eq!(
        (hours[0].close.to_string(), hours[0].kind),
        ("50".to_owned(), CandleKind::Repaired)
    );
    let running = &hours[1];
    assert_eq!(
        (running.open.to_string(), running.close.to_string()),
        ("90".to_owned(), "101.5".to_owned())
    );
    assert_eq!(
        (running.minutes, running.volume_usd.to_string()),
        (7, "70".to_owned())
    );
    assert_eq!(
        bars(store.as_ref(), &bitcoin(Interval::Minute)).await.len(),
        8
    );
}

#[tokio::test]
async fn a_price_of_a_chain_its_candles_and_its_facts_reach_price_and_store() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let chain = Venue {
        id: "thegraph".parse().unwrap(),
        name: "The Graph".to_owned(),
        website: String::new(),
    };
    store
        .save_venues(std::slice::from_ref(&chain))
        .await
        .unwrap();
    let clock = TokioClock::at(1_700_000_010);
    let now = clock.now();
    let token: TokenId = "bitcoin".parse().unwrap();
    let listing = Listing {
        venue: chain.id.clone(),
        symbol: "0x2260fac5e5542a773aa44fbcfedf7c193bc2c599".into(),
        base_code: "WBTC".parse().unwrap(),
        quote_code: "USD".parse().unwrap(),
        market: Market {
            base: parallax::market::Asset::Token(token.clone()),
            quote: parallax::market::Asset::Token("usd".parse().unwrap()),
        },
    };
    let hourly = |close: &str, minutes| Candle {
        series: Series {
            token: token.clone(),
            source: Source::Venue(chain.id.clone()),
            interval: Interval::Hour,
        },
        bar: Bar {
            open_time: now.utc.floor(Duration::from_secs(3_600)),
            open: close.parse().unwrap(),
            high: close.parse().unwrap(),
            low: close.parse().unwrap(),
            close: close.parse().unwrap(),
            confidence: None,
            volume_usd: "5".parse().unwrap(),
            trades: None,
            sources: 1,
            minutes,
            kind: CandleKind::Traded,
            revision: 0,
        },
    };
    let series = hourly("1", 1).series;
    let block_time = now.utc.minus(Duration::from_secs(20));
    let events = vec![
        MarketEvent::Listed {
            key: MarketKey(9),
            listing: Arc::new(listing),
            max_quote_age: Duration::from_secs(1_200),
        },
        MarketEvent::Update {
            key: MarketKey(9),
            received_at: now,
            venue_time: Some(block_time),
            update: MarketUpdate::Spot("99.5".parse().unwrap()),
        },
        MarketEvent::Candles([hourly("99", 20), hourly("99.5", 60), hourly("99.6", 60)].into()),
        MarketEvent::Facts(Arc::new(TokenFacts {
            token: token.clone(),
            venue: chain.id.clone(),
            total_supply: Some("18240".parse().unwrap()),
            total_supply_reliable: false,
            volume_usd: Some("131582190866.8".parse().unwrap()),
            block: 20_000_000,
            observed_at: block_time,
        })),
    ];
    run_over(&store, clock, events, Vec::new(), Vec::new()).await;

    let price = store.latest_prices().await.unwrap().remove(0);
    assert_eq!(
        (price.price.unwrap().to_string(), price.status),
        ("99.5".to_owned(), Status::Thin)
    );
    let part = &price.constituents[0];
    assert_eq!(
        (part.bid, part.spot.unwrap().to_string()),
        (None, "99.5".to_owned())
    );
    assert_eq!(part.observed_at, Some(block_time));
    assert_eq!(
        price.as_of,
        Some(block_time),
        "when it was true, not when it was heard"
    );
    let stored = bars(store.as_ref(), &series).await;
    assert_eq!(
        (stored[0].close.to_string(), stored[0].revision),
        ("99.6".to_owned(), 1)
    );
    assert!(!store.facts(&token).await.unwrap()[0].total_supply_reliable);
}

#[tokio::test]
async fn a_quiet_token_is_compared_anew_when_its_past_becomes_known() {
    let board = Board::new(16);
    let clock = TokioClock::at(1_700_000_000);
    let mut pipeline = pipeline(&board);
    for event in three_quotes(clock.now()) {
        pipeline.handle(event);
    }
    pipeline.publish(clock.now(), || clock.now().monotonic);
    let before = board.price("bitcoin").unwrap();
    assert_eq!(before.summary.change_1h_pct, None);

    let an_hour_ago = clock.now().utc.minus(Duration::from_secs(3_660));
    let open_time = an_hour_ago.floor(Duration::from_secs(60));
    let close: parallax::amount::Price = "100".parse().unwrap();
    let candle = Candle {
        series: bitcoin(Interval::Minute),
        bar: Bar {
            open_time,
            open: close,
            high: close,
            low: close,
            close,
            confidence: None,
            volume_usd: "1".parse().unwrap(),
            trades: None,
            sources: 3,
            minutes: 1,
            kind: CandleKind::Traded,
            revision: 0,
        },
    };
    pipeline.repair(vec![candle], clock.now().utc);
    pipeline.compare(clock.now().utc);
    let after = board.price("bitcoin").unwrap();
    assert_eq!(after.summary.change_1h_pct.unwrap().to_string(), "1.50");
    assert_eq!(after.summary.price, before.summary.price);
    let seq = after.summary.seq;
    pipeline.compare(clock.now().utc);
    assert_eq!(
        board.price("bitcoin").unwrap().summary.seq,
        seq,
        "nothing new"
    );
}
