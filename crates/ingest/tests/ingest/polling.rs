//! A venue that is polled: the real adapter of The Graph, and a scripted gateway on loopback.

use std::sync::Arc;
use std::time::Duration;

use parallax::candle::{CandleKind, Interval};
use parallax::connection::ConnectionState;
use parallax::event::{MarketEvent, MarketUpdate};
use parallax::fact::QueryUsage;
use parallax::time::Timestamp;
use parallax::venue::VenueId;
use parallax_ingest::VenueConfig;
use parallax_venues::spec::{Endpoints, Secret};
use tokio::net::TcpListener;

use crate::gateway::{Gateway, KEY, WBTC, listing, now, priced, quick, words};
use crate::support::{Answer, Feed, ingest};

async fn spot(feed: &mut Feed) -> (String, Timestamp) {
    feed.until("a price", |_, event| match event {
        MarketEvent::Update {
            venue_time,
            update: MarketUpdate::Spot(price),
            ..
        } => Some((price.to_string(), venue_time.unwrap())),
        MarketEvent::Stalled { .. } => panic!("a price was withdrawn"),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn an_answer_becomes_a_price_facts_and_candles_and_the_key_travels_in_its_header() {
    let gateway = Gateway::giving(vec![priced("20.5", Duration::from_secs(70))]).await;
    let (_handle, mut feed, _shutdown) = gateway.start();
    let (price, venue_time) = spot(&mut feed).await;
    assert_eq!(price, "61500");
    assert!(now().since(venue_time) >= Duration::from_secs(70));
    let listing = feed
        .listed()
        .iter()
        .find(|(_, it)| *it.symbol == *WBTC)
        .unwrap();
    assert_eq!(listing.1.market.to_string(), "wrapped-bitcoin/usd");
    assert_eq!(feed.listed().len(), 1, "what has no price is not listed");
    let facts = feed
        .until("facts", |_, event| match event {
            MarketEvent::Facts(facts) => Some(facts),
            _ => None,
        })
        .await;
    assert_eq!(facts.token.as_str(), "wrapped-bitcoin");
    assert!(!facts.total_supply_reliable);
    assert_eq!((facts.block, facts.observed_at), (7, venue_time));
    let candles = feed
        .until("candles", |_, event| match event {
            MarketEvent::Candles(candles) => Some(candles),
            _ => None,
        })
        .await;
    let finished = &candles.first().unwrap().bar;
    assert_eq!((finished.minutes, finished.kind), (60, CandleKind::Traded));
    let hour = Interval::Hour.duration();
    assert_eq!(finished.open_time, venue_time.floor(hour).minus(hour));
    let running = candles.get(1).map(|candle| &candle.bar);
    let minutes = u32::try_from(venue_time.since(venue_time.floor(hour)).as_secs() / 60).unwrap();
    // In its first minute an hour has nothing to show.
    assert_eq!(running.map_or(0, |bar| bar.minutes), minutes);
    assert!(running.is_none_or(|bar| bar.kind == CandleKind::Filled));
    let live = feed.state(ConnectionState::Live).await;
    assert_eq!(live.id, "thegraph/0");
    assert_eq!(live.stalled_markets, 0);
    assert!(live.next_attempt_at.is_some() && live.markets > 3);
    assert!(live.budget.as_ref().unwrap().used >= 1);
    let request = gateway.requests.lock().unwrap().first().unwrap().clone();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /graph HTTP/1.1"), "{head}");
    assert!(
        head.contains(&format!("authorization: Bearer {KEY}")),
        "{head}"
    );
    assert!(!body.contains(KEY));
}

#[tokio::test]
async fn passing_failures_are_reported_withdraw_nothing_and_pass() {
    for failure in [
        words("bad indexers: {0x1: Unavailable(too far behind), 0x2: Timeout}"),
        words("internal error: oops"),
        Answer::ok("<html>502 Bad Gateway</html>"),
        Answer::status(502, ""),
        Answer::status(503, ""),
    ] {
        let first = priced("20", Duration::ZERO);
        let then = priced("21", Duration::ZERO);
        let gateway = Gateway::giving(vec![first, failure, then]).await;
        let (_handle, mut feed, _shutdown) = gateway.start();
        assert_eq!(spot(&mut feed).await.0, "60000");
        let waiting = feed.state(ConnectionState::Waiting).await;
        assert!(waiting.last_error.is_some() && waiting.next_attempt_at.is_some());
        assert_eq!(spot(&mut feed).await.0, "63000");
        let live = feed.state(ConnectionState::Live).await;
        assert!(
            live.budget.as_ref().unwrap().used >= 3,
            "failures count as well"
        );
    }
}

#[tokio::test]
async fn a_failed_subgraph_is_left_alone_for_longer() {
    let gateway =
        Gateway::giving(vec![words("indexing_error"), priced("20", Duration::ZERO)]).await;
    let (_handle, mut feed, _shutdown) = gateway.start();
    let waiting = feed.state(ConnectionState::Waiting).await;
    let delay = waiting.next_attempt_at.unwrap().since(waiting.since);
    assert!(delay >= quick().polling.every * 6, "{delay:?}");
    assert_eq!(spot(&mut feed).await.0, "60000");
}

#[tokio::test]
async fn what_only_the_operator_can_mend_is_asked_again_after_an_hour() {
    for refusal in [
        words("auth error: API key not found"),
        words("subgraph not found: no valid versions"),
        words("bad query: Type `Token` has no field `x`"),
        Answer::status(405, ""),
        Answer::status(404, ""),
    ] {
        let gateway = Gateway::giving(vec![refusal]).await;
        let (_handle, mut feed, _shutdown) = gateway.start();
        let refused = feed.state(ConnectionState::Refused).await;
        let delay = refused.next_attempt_at.unwrap().since(refused.since);
        assert_eq!(
            delay,
            Duration::from_secs(3_600),
            "{:?}",
            refused.last_error
        );
        assert_eq!(gateway.asked(), 1);
    }
    // The wait is over sooner here, and the key is good again.
    let mended = vec![
        words("auth error: API key not found"),
        priced("20", Duration::ZERO),
    ];
    let gateway = Gateway::giving(mended).await;
    let mut config = quick();
    config.polling.refused_for = Duration::from_millis(50);
    let (_handle, mut feed, _shutdown) = ingest(config, gateway.venue());
    feed.state(ConnectionState::Refused).await;
    assert_eq!(spot(&mut feed).await.0, "60000");
    feed.state(ConnectionState::Live).await;
}

#[tokio::test]
async fn without_a_key_nothing_is_sent_and_the_setting_is_named() {
    let adapter = parallax_venues::find("thegraph").unwrap();
    let endpoints = Endpoints::from(adapter.descriptor().endpoints);
    let (handle, mut feed, _shutdown) = ingest(quick(), VenueConfig::new(adapter, endpoints));
    let refused = feed.state(ConnectionState::Refused).await;
    let error = refused.last_error.clone().unwrap();
    assert!(error.contains("venues.keys.thegraph"), "{error}");
    assert_eq!(refused.next_attempt_at, None);
    assert_eq!(refused.budget.as_ref().unwrap().used, 0);
    let history = handle.history();
    let listing = listing(&history).await;
    let day = now().minus(Duration::from_secs(86_400));
    let error = history
        .candles(&listing, Interval::Hour, day, now())
        .await
        .unwrap_err();
    assert!(!error.is_retryable() && error.to_string().contains("venues.keys.thegraph"));
}

#[tokio::test]
async fn a_spent_budget_waits_for_the_months_turn_and_counts_what_was_used_before() {
    let gateway = Gateway::giving(vec![priced("20", Duration::ZERO)]).await;
    let mut config = quick();
    config.polling.monthly_queries = 12;
    let month = now().to_string();
    let month: Timestamp = format!("{}-01T00:00:00Z", &month[..7]).parse().unwrap();
    let venue = VenueConfig {
        usage: Some(QueryUsage {
            venue: VenueId::new("thegraph").unwrap(),
            month,
            used: 10,
        }),
        ..gateway.venue()
    };
    let (handle, mut feed, _shutdown) = ingest(config, venue);
    let refused = feed.state(ConnectionState::Refused).await;
    let budget = refused.budget.clone().unwrap();
    assert_eq!((budget.month, budget.used, budget.limit), (month, 12, 12));
    assert_eq!(gateway.asked(), 2);
    let turn = refused.next_attempt_at.unwrap().date_time();
    assert_eq!((turn.day(), turn.hour()), (1, 0));
    let error = refused.last_error.clone().unwrap();
    assert!(
        error.starts_with("12 of the 12 queries allowed this month are used"),
        "{error}"
    );
    let listing = Arc::clone(&feed.listed().first().unwrap().1);
    let week = now().minus(Duration::from_secs(7 * 86_400));
    let candles = handle.history();
    let error = candles
        .candles(&listing, Interval::Hour, week, now())
        .await
        .unwrap_err();
    assert!(error.is_retryable(), "{error}");
    let wait = now().plus(error.retry_after().unwrap()).date_time();
    assert!(wait.day() == 1 || wait.hour() == 23, "{wait}");
    assert_eq!(gateway.asked(), 2, "nothing more was sent");
}

#[tokio::test]
async fn back_fill_spends_from_the_same_budget_and_leaves_the_polls_theirs() {
    let empty = r#"{"data":{"tokenHourDatas":[]}}"#;
    let gateway = Gateway::giving(vec![priced("20", Duration::ZERO), Answer::ok(empty)]).await;
    let mut config = quick();
    config.polling.every = Duration::from_secs(600);
    // Far fewer than the polls of a month's rest, on any day but the last.
    config.polling.monthly_queries = 20;
    let (handle, mut feed, _shutdown) = ingest(config, gateway.venue());
    feed.state(ConnectionState::Live).await;
    let listing = Arc::clone(&feed.listed().first().unwrap().1);
    let history = handle.history();
    let day = now().minus(Duration::from_secs(86_400));
    let mut had = 0;
    let error = loop {
        match history.candles(&listing, Interval::Hour, day, now()).await {
            Ok(_) => had += 1,
            Err(error) => break error,
        }
    };
    assert!(error.is_retryable(), "{error}");
    assert!((1..20).contains(&had), "{had}");
    let used = history.budget(&listing.venue).unwrap().used;
    assert_eq!(usize::try_from(used).unwrap(), gateway.asked());
    feed.report("the count", |report| {
        report
            .budget
            .as_ref()
            .is_some_and(|budget| budget.used == used)
    })
    .await;
}

#[tokio::test]
async fn retry_after_is_obeyed() {
    let answers = vec![
        Answer::status(429, "retry-after: 2\r\n"),
        priced("20", Duration::ZERO),
    ];
    let gateway = Gateway::giving(answers).await;
    let start = std::time::Instant::now();
    let (_handle, mut feed, _shutdown) = gateway.start();
    let waiting = feed.state(ConnectionState::Waiting).await;
    let delay = waiting.next_attempt_at.unwrap().since(waiting.since);
    assert!(delay >= Duration::from_secs(2), "{delay:?}");
    assert_eq!(spot(&mut feed).await.0, "60000");
    assert!(start.elapsed() >= Duration::from_secs(2));
}

#[tokio::test]
async fn a_pause_that_back_fill_met_is_the_polls_too() {
    let busy = Answer::status(429, "retry-after: 3600\r\n");
    let gateway = Gateway::giving(vec![priced("20", Duration::ZERO), busy]).await;
    let (handle, mut feed, _shutdown) = gateway.start();
    spot(&mut feed).await;
    let listing = Arc::clone(&feed.listed().first().unwrap().1);
    let day = now().minus(Duration::from_secs(86_400));
    let history = handle.history();
    let candles = history.candles(&listing, Interval::Hour, day, now());
    let error = candles.await.unwrap_err();
    assert!(error.retry_after().unwrap() > Duration::from_secs(3_500));
    let waiting = feed.state(ConnectionState::Waiting).await;
    let delay = waiting.next_attempt_at.unwrap().since(waiting.since);
    assert!(delay > Duration::from_secs(3_500), "{delay:?}");
    assert_eq!(gateway.asked(), 2);
}

#[tokio::test]
async fn a_price_that_the_venue_takes_back_is_withdrawn() {
    let gateway = Gateway::giving(vec![
        priced("20", Duration::ZERO),
        priced("0", Duration::ZERO),
    ])
    .await;
    let (_handle, mut feed, _shutdown) = gateway.start();
    assert_eq!(feed.news().await, format!("{WBTC} at 60000"));
    assert_eq!(feed.news().await, format!("{WBTC} stalled"));
}

#[tokio::test]
async fn a_lagging_venue_is_reported_until_it_has_caught_up() {
    let late = priced("20", Duration::from_secs(25 * 60));
    let gateway = Gateway::giving(vec![late, priced("21", Duration::ZERO)]).await;
    let (_handle, mut feed, _shutdown) = gateway.start();
    let (price, venue_time) = spot(&mut feed).await;
    assert_eq!(price, "60000");
    assert!(now().since(venue_time) >= Duration::from_secs(25 * 60));
    let lagging = feed.state(ConnectionState::Live).await;
    assert_eq!(lagging.stalled_markets, lagging.markets);
    let error = lagging.last_error.clone().unwrap();
    assert!(
        error.starts_with("the venue lags: its newest block is 25 min old"),
        "{error}"
    );
    feed.report("an end of the lag", |report| {
        report.state == ConnectionState::Live && report.stalled_markets == 0
    })
    .await;
}

#[tokio::test]
async fn a_gateway_that_goes_away_is_named_and_asked_again() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = gone.local_addr().unwrap();
    drop(gone);
    let adapter = parallax_venues::find("thegraph").unwrap();
    let endpoints = Endpoints {
        stream: String::new(),
        rest: format!("http://{address}/graph"),
        key: Some(Secret::new(KEY)),
    };
    let (handle, mut feed, shutdown) = ingest(quick(), VenueConfig::new(adapter, endpoints));
    for _ in 0..2 {
        let waiting = feed.state(ConnectionState::Waiting).await;
        let error = waiting.last_error.clone().unwrap();
        assert!(error.ends_with("connection refused"), "{error}");
    }
    shutdown.cancel();
    feed.state(ConnectionState::Stopped).await;
    handle.join().await;
}
