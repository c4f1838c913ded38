//! The simulated gateway of The Graph, asked by the program's own adapter and by hand.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use parallax::candle::{Interval, VenueCandle};
use parallax::catalogue::{Catalogue, EMBEDDED};
use parallax::market::Listing;
use parallax::time::Timestamp;
use parallax_sim::{Fault, FaultKind, RunningSim, SimConfig};
use parallax_venues::spec::{
    Adapter, Answer, CandlePage, CandleQuery, DecodeError, Kind, Poll, Recovery, Request,
};
use serde_json::{Value, json};

use crate::client::{exchange, http, lively};

fn adapter() -> (&'static dyn Adapter, &'static dyn Poll) {
    let adapter = parallax_venues::find("thegraph").unwrap();
    match adapter.kind() {
        Kind::Poll(poll) => (adapter, poll),
        Kind::Stream(_) => panic!("thegraph is polled"),
    }
}

fn markets() -> Vec<Listing> {
    let catalogue: Catalogue = toml::from_str(EMBEDDED).unwrap();
    adapter().1.markets(&catalogue)
}

fn market(code: &str) -> (u32, Listing) {
    let markets = markets();
    let found = markets
        .iter()
        .position(|listing| listing.base_code.as_str() == code)
        .unwrap();
    (u32::try_from(found).unwrap(), markets[found].clone())
}

fn now() -> Timestamp {
    Timestamp::from_system(SystemTime::now())
}

/// Sends what an adapter wants sent.
async fn send(sim: &RunningSim, request: &Request) -> (u16, String, String) {
    let bearer = request.bearer.as_ref().map(|key| key.expose().to_owned());
    let authorization = bearer.map(|key| format!("authorization: Bearer {key}\r\n"));
    let body = request.body.as_deref().unwrap();
    let headers = authorization.unwrap_or_default();
    exchange(sim.addr(), "POST", "/thegraph", &headers, body).await
}

async fn poll(sim: &RunningSim) -> Result<Answer, DecodeError> {
    let markets = markets();
    let requests = adapter().1.ask(&sim.endpoints("thegraph"), &markets, now());
    let (status, _, body) = send(sim, requests.first().unwrap()).await;
    assert!([200, 502].contains(&status), "{status}");
    adapter().1.parse_answer(&markets, body.as_bytes())
}

async fn candles(
    sim: &RunningSim,
    code: &str,
    interval: Interval,
    from: Timestamp,
    until: Timestamp,
) -> Result<CandlePage, DecodeError> {
    let (_, listing) = market(code);
    let query = CandleQuery {
        listing: &listing,
        interval,
        from,
        until,
    };
    let request = adapter()
        .0
        .candles(&sim.endpoints("thegraph"), &query)
        .unwrap();
    let (_, _, body) = send(sim, &request).await;
    adapter().0.parse_candles(&query, body.as_bytes())
}

/// Answers a document given as it is.
async fn ask(sim: &RunningSim, document: &str) -> Value {
    let endpoints = sim.endpoints("thegraph");
    let body = json!({ "query": document }).to_string();
    let request = Request::post(endpoints.rest, body, endpoints.key);
    let (status, _, body) = send(sim, &request).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

fn message(answer: &Value) -> &str {
    assert!(answer.get("data").is_none(), "{answer}");
    answer
        .pointer("/errors/0/message")
        .unwrap()
        .as_str()
        .unwrap()
}

fn fault(kind: FaultKind, duration_ms: u64) -> Fault {
    Fault {
        venue: "thegraph".to_owned(),
        market: None,
        kind,
        duration_ms,
    }
}

#[tokio::test]
async fn one_poll_prices_every_simulated_token_near_its_walk() {
    let sim = lively().await;
    sim.pause(true, true).unwrap();
    let answer = poll(&sim).await.unwrap();
    assert!(now().since(answer.observed_at).as_secs() < 30);
    let of = |code: &str| {
        let number = market(code).0;
        let mut found = answer.markets.iter();
        found
            .find(|observation| observation.market == number)
            .unwrap()
    };
    for code in ["WBTC", "SHIB", "GNO", "LINK", "UNI"] {
        let observation = of(code);
        assert!(observation.price.is_some(), "{code}");
        assert!(!observation.total_supply_reliable);
        assert!(observation.total_supply.is_some_and(|it| it.is_positive()));
        for hour in &observation.hours {
            assert!(hour.low <= hour.open.min(hour.close), "{code}");
        }
    }
    assert_eq!(of("WBTC").hours.len(), 2);
    assert_eq!(
        of("OMG").price,
        None,
        "a token with empty pools has no price"
    );
    // A wrapped bitcoin is worth about what the simulated bitcoin is.
    let price: f64 = of("WBTC").price.unwrap().to_string().parse().unwrap();
    assert!((40_000.0..200_000.0).contains(&price), "{price}");
}

#[tokio::test]
async fn hours_go_back_400_days_in_pages_and_thin_tokens_have_gaps() {
    let sim = lively().await;
    let until = now().floor(Interval::Hour.duration());
    let from = until.minus(Interval::Hour.duration() * 400 * 24);
    let (mut all, mut next, mut pages): (Vec<VenueCandle>, _, _) = (Vec::new(), from, 0);
    while next < until && pages < 20 {
        let page = candles(&sim, "WBTC", Interval::Hour, next, until)
            .await
            .unwrap();
        if page.settled_until <= next {
            break;
        }
        next = page.settled_until;
        all.extend(page.candles);
        pages += 1;
    }
    assert!(pages >= 10, "{pages}");
    assert!(all.is_sorted_by(|one, later| one.open_time < later.open_time));
    assert!(all.len() >= 400 * 24 - 1, "{}", all.len());
    let week = until.minus(Interval::Hour.duration() * 7 * 24);
    let thin = candles(&sim, "GNO", Interval::Hour, week, until)
        .await
        .unwrap();
    assert!(
        (5..80).contains(&thin.candles.len()),
        "{}",
        thin.candles.len()
    );
    let days = until.floor(Interval::Day.duration());
    let month = days.minus(Interval::Day.duration() * 30);
    let daily = candles(&sim, "SHIB", Interval::Day, month, days)
        .await
        .unwrap();
    assert_eq!(daily.candles.len(), 30);
}

#[tokio::test]
async fn the_recorded_day_replaces_the_simulated_one() {
    let recordings: PathBuf =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recordings");
    if !recordings.is_dir() {
        eprintln!("skipped: no recordings at {}", recordings.display());
        return;
    }
    let config = SimConfig {
        recordings: Some(recordings),
        ..SimConfig::default()
    };
    let sim = parallax_sim::start(config).await.unwrap();
    let from: Timestamp = "2024-08-28T00:00:00Z".parse().unwrap();
    let until = from.plus(Interval::Day.duration());
    let page = candles(&sim, "WBTC", Interval::Hour, from, until)
        .await
        .unwrap();
    assert_eq!(page.candles.len(), 24);
    let first = page.candles.first().unwrap().close.to_string();
    assert!(first.starts_with("59192.669"), "{first}");
}

#[tokio::test]
async fn without_the_right_key_the_gateway_says_so_with_status_200() {
    let sim = lively().await;
    let mut endpoints = sim.endpoints("thegraph");
    let key = endpoints.key.take().unwrap();
    assert!(key.expose().len() == 32 && key.expose().bytes().all(|byte| byte.is_ascii_hexdigit()));
    let body = r#"{"query":"{ _meta { deployment } }"}"#;
    for (headers, words) in [
        (String::new(), "auth error: missing API key"),
        (
            "authorization: Bearer 123\r\n".to_owned(),
            "auth error: malformed API key",
        ),
        (
            format!("authorization: Bearer {}\r\n", "0".repeat(32)),
            "auth error: API key not found",
        ),
    ] {
        let (status, _, answer) = exchange(sim.addr(), "POST", "/thegraph", &headers, body).await;
        assert_eq!(status, 200);
        assert_eq!(message(&serde_json::from_str(&answer).unwrap()), words);
    }
    let (status, _) = http(sim.addr(), "GET", "/thegraph", "").await;
    assert_eq!(status, 405);
}

#[tokio::test]
async fn a_query_is_held_against_the_schema() {
    let sim = lively().await;
    for (document, words) in [
        (
            "{ tokens { nope } }",
            "Cannot query field \"nope\" on type \"Token\".",
        ),
        (
            "{ tokens(limit: 1) { id } }",
            "Unknown argument \"limit\" on field \"Query.tokens\".",
        ),
        (
            "{ tokens(skip: 6000) { id } }",
            "The `skip` argument must be between 0 and 5000, but is 6000",
        ),
    ] {
        let answer = ask(&sim, document).await;
        assert_eq!(message(&answer), words);
        let error = adapter().1.parse_answer(&[], answer.to_string().as_bytes());
        assert_eq!(error.unwrap_err().recovery(), Recovery::Operator);
    }
    // The default of 100 rows catches those that forget `first`.
    let (_, listing) = market("WBTC");
    let document = format!(
        "{{ tokenHourDatas(where: {{ token: \"{}\" }}) {{ id token {{ symbol }} }} }}",
        listing.symbol
    );
    let answer = ask(&sim, &document).await;
    let rows = answer
        .pointer("/data/tokenHourDatas")
        .unwrap()
        .as_array()
        .unwrap();
    assert_eq!(rows.len(), 100);
    assert_eq!(rows[0].pointer("/token/symbol").unwrap(), "WBTC");
}

#[tokio::test]
async fn contracts_come_by_value_locked_and_one_that_only_its_maker_uses_does_not_come() {
    let sim = lively().await;
    let request = adapter().1.discovery(&sim.endpoints("thegraph"));
    let (status, _, body) = send(&sim, &request).await;
    assert_eq!(status, 200);
    let found = adapter().1.parse_discovery(body.as_bytes()).unwrap();
    let locked: Vec<_> = found.iter().map(|it| it.locked_usd.unwrap()).collect();
    assert!(locked.is_sorted_by(|more, less| more >= less), "{locked:?}");
    let known = markets();
    let is_known = |address: &str| known.iter().any(|listing| *listing.symbol == *address);
    assert!(found.iter().any(|it| is_known(&it.address)));
    let strangers = found.iter().filter(|it| !is_known(&it.address));
    let called: Vec<_> = strangers.map(|it| it.symbol.as_str()).collect();
    assert_eq!(called, ["ZORB", "USDC", "<b>\u{202e}HTE"]);
    let by_hand =
        "{ tokens(first: 1, orderBy: totalValueLockedUSD, orderDirection: desc) { symbol } }";
    let answer = ask(&sim, by_hand).await;
    let richest = answer.pointer("/data/tokens/0/symbol").unwrap();
    assert_eq!(richest, "RICH", "value locked alone proves nothing");
    let answer = ask(&sim, "{ tokens(orderBy: luck) { symbol } }").await;
    assert!(message(&answer).starts_with("Invalid value provided for argument `orderBy`"));
}

#[tokio::test]
async fn every_failure_of_the_gateway_is_had_and_passes() {
    let sim = lively().await;
    for (kind, recovery) in [
        (FaultKind::BadIndexers, Recovery::Soon),
        (FaultKind::IndexingError, Recovery::Late),
        (FaultKind::AuthError, Recovery::Operator),
        (FaultKind::Html502, Recovery::Soon),
        (FaultKind::HasIndexingErrors, Recovery::Soon),
    ] {
        sim.inject(&fault(kind, 60_000)).unwrap();
        let error = poll(&sim).await.unwrap_err();
        assert_eq!(error.recovery(), recovery, "{kind:?}: {error}");
        sim.relent("thegraph").unwrap();
        assert!(poll(&sim).await.is_ok(), "{kind:?} does not pass");
    }
}

#[tokio::test]
async fn a_lagging_indexer_and_zero_prices_are_had_and_pass() {
    let sim = lively().await;
    sim.inject(&fault(FaultKind::LaggingBlock, 60_000)).unwrap();
    sim.inject(&fault(FaultKind::ZeroPrices, 60_000)).unwrap();
    let answer = poll(&sim).await.unwrap();
    assert!(now().since(answer.observed_at).as_secs() > 30 * 60);
    assert!(
        answer
            .markets
            .iter()
            .all(|observation| observation.price.is_none())
    );
    assert!(
        answer
            .markets
            .iter()
            .all(|observation| observation.hours.is_empty())
    );
    sim.relent("thegraph").unwrap();
    let answer = poll(&sim).await.unwrap();
    assert!(now().since(answer.observed_at).as_secs() < 30);
    assert!(
        answer
            .markets
            .iter()
            .any(|observation| observation.price.is_some())
    );
}

#[tokio::test]
async fn http_hosts_refuse_with_the_time_to_come_back_and_then_answer() {
    let sim = lively().await;
    let candles = "/binance/api/v3/klines?symbol=BTCUSDT&interval=1h";
    for (kind, expected, waits) in [
        (FaultKind::TooManyRequests, 429, true),
        (FaultKind::Banned, 418, true),
        (FaultKind::ServerError, 500, false),
        (FaultKind::Refuse, 503, false),
    ] {
        for venue in ["binance", "thegraph"] {
            let fault = Fault {
                venue: venue.to_owned(),
                ..fault(kind, 60_000)
            };
            sim.inject(&fault).unwrap();
            let path = if venue == "binance" {
                candles
            } else {
                "/thegraph"
            };
            let (status, head, _) = exchange(sim.addr(), "GET", path, "", "").await;
            assert_eq!(status, expected, "{venue} {kind:?}");
            assert_eq!(head.contains("retry-after: 60"), waits, "{head}");
            sim.relent(venue).unwrap();
            let (status, _) = http(sim.addr(), "GET", path, "").await;
            assert_eq!(status, if venue == "binance" { 200 } else { 405 });
        }
    }
    let empty = Fault {
        venue: "binance".to_owned(),
        ..fault(FaultKind::Empty, 60_000)
    };
    sim.inject(&empty).unwrap();
    assert_eq!(
        http(sim.addr(), "GET", candles, "").await,
        (200, "[]".to_owned())
    );
    sim.relent("binance").unwrap();
    assert!(http(sim.addr(), "GET", candles, "").await.1.len() > 1_000);
}

#[tokio::test]
async fn a_slow_host_answers_when_the_fault_is_over() {
    let sim = lively().await;
    sim.inject(&fault(FaultKind::Slow, 300)).unwrap();
    let asked = std::time::Instant::now();
    assert!(poll(&sim).await.is_ok());
    assert!(asked.elapsed().as_millis() >= 250);
}

#[tokio::test]
async fn the_configuration_names_the_gateway_and_its_key() {
    let sim = lively().await;
    let config: toml::Table = sim.config_toml(false).parse().unwrap();
    let venues = &config["venues"];
    let place = &venues["endpoints"]["thegraph"];
    assert_eq!(
        place["rest"].as_str(),
        Some(format!("http://{}/thegraph", sim.addr()).as_str())
    );
    assert!(place.get("stream").is_none());
    let key = sim.endpoints("thegraph").key.unwrap();
    assert_eq!(venues["keys"]["thegraph"].as_str(), Some(key.expose()));
    let enabled = venues["enabled"].as_array().unwrap();
    assert!(
        enabled
            .iter()
            .any(|venue| venue.as_str() == Some("thegraph"))
    );
}
