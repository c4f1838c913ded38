//! What every test begins with: a clock, a store, a pipeline, and what it hears.

use std::sync::Arc;
use std::time::Duration;

use parallax::by_hand::SetPrices;
use parallax::candle::{Bar, Candle, Interval, Series};
use parallax::catalogue::{Catalogue, EMBEDDED};
use parallax::event::{MarketEvent, MarketUpdate, Quote, TakerSide, Trade};
use parallax::market::{Listing, Market, MarketKey};
use parallax::time::{Clock, Moment, Monotonic, Timestamp};
use parallax::venue::{Venue, VenueId};
use parallax_board::Board;
use parallax_pricing::{Engine, Policy};
use parallax_store::Store;
use parallax_worker::{Decisions, Pipeline, WorkerConfig, run};
use tokio::sync::{mpsc, watch};

/// A clock that runs with tokio's, so that paused time moves it.
pub(crate) struct TokioClock {
    start: tokio::time::Instant,
    utc: Timestamp,
}

impl TokioClock {
    pub(crate) fn at(unix_s: i64) -> Arc<Self> {
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

pub(crate) const VENUES: [&str; 3] = ["binance", "coinbase", "kraken"];

pub(crate) fn catalogue() -> Catalogue {
    toml::from_str(EMBEDDED).unwrap()
}

pub(crate) async fn store(folder: &tempfile::TempDir) -> Arc<dyn Store> {
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

pub(crate) fn pipeline(board: &Arc<Board>) -> Pipeline {
    let engine = Engine::new(Policy::default(), catalogue().tokens()).unwrap();
    Pipeline::new(&WorkerConfig::default(), engine, Arc::clone(board))
}

/// The catalogue in force, which nobody changes.
pub(crate) fn unchanged() -> watch::Receiver<Arc<Catalogue>> {
    watch::channel(Arc::new(catalogue())).1
}

pub(crate) fn no_repairs() -> mpsc::Receiver<Vec<Candle>> {
    mpsc::channel(1).1
}

pub(crate) fn none_by_hand() -> watch::Receiver<SetPrices> {
    watch::channel(SetPrices::default()).1
}

pub(crate) fn listed(key: u32) -> MarketEvent {
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

pub(crate) fn quoted(key: u32, bid: &str, ask: &str, received_at: Moment) -> MarketEvent {
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

pub(crate) fn three_quotes(now: Moment) -> Vec<MarketEvent> {
    let quotes = [("100", "102"), ("101", "103"), ("100.5", "102.5")];
    let listed = (0..3).map(listed);
    let quoted = (0..)
        .zip(quotes)
        .map(|(key, (bid, ask))| quoted(key, bid, ask, now));
    listed.chain(quoted).collect()
}

pub(crate) fn traded(
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

pub(crate) fn bitcoin(interval: Interval) -> Series {
    Series::index("bitcoin".parse().unwrap(), interval)
}

pub(crate) async fn bars(store: &dyn Store, series: &Series) -> Vec<Bar> {
    let ends = [0, 4_000_000_000].map(|second| Timestamp::from_unix_s(second).unwrap());
    store
        .candles(series, ends[0], ends[1], 1_000)
        .await
        .unwrap()
}

/// Runs the pipeline over these events and repairs, to its end.
pub(crate) async fn run_over(
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
