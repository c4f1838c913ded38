//! Ingest with the real adapters against the simulator: the past of every venue, and the gateway's moods.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use parallax::candle::Interval;
use parallax::connection::ConnectionState;
use parallax::event::{MarketEvent, MarketUpdate};
use parallax::time::Timestamp;
use parallax::venue::VenueId;
use parallax_ingest::{History, HistoryError, IngestError, VenueConfig};
use parallax_sim::{Fault, FaultKind, RunningSim, SimConfig};

use crate::gateway::quick;
use crate::support::{StandingClock, catalogue, ingest, soon};

const HOUR: Duration = Interval::Hour.duration();

fn now() -> Timestamp {
    Timestamp::from_system(SystemTime::now())
}

async fn sim() -> RunningSim {
    parallax_sim::start(SimConfig::default()).await.unwrap()
}

fn venue(sim: &RunningSim, id: &str) -> VenueConfig {
    VenueConfig::new(parallax_venues::find(id).unwrap(), sim.endpoints(id))
}

fn history(sim: &RunningSim) -> History {
    let venues = sim.venues();
    let venues = venues.iter().map(|id| venue(sim, id)).collect();
    let clock = Arc::new(StandingClock(now()));
    History::new(quick(), venues, catalogue(), clock).unwrap()
}

fn fault(venue: &str, kind: FaultKind, duration_ms: u64) -> Fault {
    Fault {
        venue: venue.to_owned(),
        market: None,
        kind,
        duration_ms,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_week_of_hours_of_every_market_is_had_from_every_venue() {
    let sim = sim().await;
    let history = history(&sim);
    let until = now().floor(HOUR);
    let from = until.minus(HOUR * 7 * 24);
    for id in history.venues().cloned().collect::<Vec<_>>() {
        let begun = Instant::now();
        let (mut markets, mut rows) = (0, 0);
        for listing in history.discover(&id).await.unwrap() {
            let asked = history.candles(&listing, Interval::Hour, from, until);
            let candles = soon("candles", asked).await.unwrap();
            if id.as_str() == "thegraph" {
                // Tokens without a pool have no rows, and thin ones few.
                assert!(candles.len() <= 168, "{}", listing.symbol);
            } else {
                assert_eq!(candles.len(), 168, "{id} {}", listing.symbol);
            }
            markets += usize::from(!candles.is_empty());
            rows += candles.len();
        }
        eprintln!(
            "{id}: {rows} hours of {markets} markets in {:?}",
            begun.elapsed()
        );
        assert!(markets >= 12, "{id}: {markets}");
    }
}

#[tokio::test]
async fn a_host_that_refuses_answers_again_when_it_said_it_would() {
    let sim = sim().await;
    let history = history(&sim);
    let venues = ["binance", "coinbase", "kraken", "thegraph"];
    // Hosts are paused one by one, so the venues need not wait for each other.
    futures::future::join_all(venues.map(|id| refuse_and_recover(&sim, &history, id))).await;
}

async fn refuse_and_recover(sim: &RunningSim, history: &History, id: &str) {
    let venue = VenueId::new(id).unwrap();
    let listings = history.discover(&venue).await.unwrap();
    let listing = listings.first().unwrap();
    let until = now().floor(HOUR);
    let days = || history.candles(listing, Interval::Hour, until.minus(HOUR * 48), until);
    for kind in [FaultKind::TooManyRequests, FaultKind::Banned] {
        sim.inject(&fault(id, kind, 1_200)).unwrap();
        let begun = Instant::now();
        soon("candles", days()).await.unwrap();
        assert!(begun.elapsed() >= Duration::from_secs(1), "{id} {kind:?}");
    }
    sim.inject(&fault(id, FaultKind::TooManyRequests, 600_000))
        .unwrap();
    let error = soon("a refusal", days()).await.unwrap_err();
    assert!(
        error.retry_after().unwrap() > Duration::from_secs(500),
        "{id}: {error}"
    );
    sim.relent(id).unwrap();
    // The venue would answer again; the word it gave is kept all the same.
    let error = soon("a refusal", days()).await.unwrap_err();
    let is_paused = matches!(error, HistoryError::Venue(IngestError::Paused { .. }));
    assert!(is_paused, "{error}");
}

#[tokio::test]
async fn an_exchange_that_fails_or_has_nothing_is_told_apart() {
    let sim = sim().await;
    let history = history(&sim);
    let until = now().floor(HOUR);
    let id = VenueId::new("coinbase").unwrap();
    let listing = history
        .discover(&id)
        .await
        .unwrap()
        .first()
        .unwrap()
        .clone();
    let day = || history.candles(&listing, Interval::Hour, until.minus(HOUR * 24), until);
    sim.inject(&fault("coinbase", FaultKind::ServerError, 600_000))
        .unwrap();
    let error = soon("a failure", day()).await.unwrap_err();
    assert!(
        error.is_retryable() && error.to_string().ends_with("HTTP status 500"),
        "{error}"
    );
    sim.relent("coinbase").unwrap();
    sim.inject(&fault("coinbase", FaultKind::Empty, 600_000))
        .unwrap();
    assert!(soon("nothing", day()).await.unwrap().is_empty());
    sim.relent("coinbase").unwrap();
    assert_eq!(soon("candles", day()).await.unwrap().len(), 24);
}

#[tokio::test]
async fn the_gateway_is_followed_through_its_moods() {
    let sim = sim().await;
    let mut config = quick();
    config.polling.refused_for = Duration::from_millis(300);
    let (_handle, mut feed, _shutdown) = ingest(config, venue(&sim, "thegraph"));
    feed.until("a price of WBTC", |feed, event| match event {
        MarketEvent::Update {
            key,
            update: MarketUpdate::Spot(_),
            ..
        } => (feed.symbol(key) == "0x2260fac5e5542a773aa44fbcfedf7c193bc2c599").then_some(()),
        _ => None,
    })
    .await;
    for (kind, state, words) in [
        (
            FaultKind::BadIndexers,
            ConnectionState::Waiting,
            "bad indexers: ",
        ),
        (
            FaultKind::Html502,
            ConnectionState::Waiting,
            "HTTP status 502",
        ),
        (
            FaultKind::IndexingError,
            ConnectionState::Waiting,
            "indexing_error",
        ),
        (
            FaultKind::HasIndexingErrors,
            ConnectionState::Waiting,
            "has indexing errors",
        ),
        (
            FaultKind::AuthError,
            ConnectionState::Refused,
            "auth error: payment required",
        ),
        (
            FaultKind::LaggingBlock,
            ConnectionState::Live,
            "the venue lags: its newest block is 40 min old",
        ),
    ] {
        sim.inject(&fault("thegraph", kind, 600_000)).unwrap();
        let failing = feed
            .report("the failure", |report| {
                let error = report.last_error.as_deref().unwrap_or_default();
                report.state == state && error.contains(words)
            })
            .await;
        assert!(failing.next_attempt_at.is_some(), "{kind:?}");
        sim.relent("thegraph").unwrap();
        feed.report("the recovery", |report| {
            report.state == ConnectionState::Live && report.stalled_markets == 0
        })
        .await;
    }
    // Prices that are gone are withdrawn; zeros never arrive as prices or candles.
    sim.inject(&fault("thegraph", FaultKind::ZeroPrices, 600_000))
        .unwrap();
    feed.until("a withdrawal", |_, event| match event {
        MarketEvent::Stalled { .. } => Some(()),
        MarketEvent::Candles(candles) => {
            assert!(candles.iter().all(|candle| candle.bar.low.is_positive()));
            None
        }
        _ => None,
    })
    .await;
}
