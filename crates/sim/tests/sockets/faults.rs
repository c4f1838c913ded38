//! Each fault shows on the wire, and the control endpoints start them.

use crate::client::{Client, SeenQuote, http, lively};
use parallax_sim::{Fault, FaultKind, RunningSim, Script, SimConfig};

/// Longer than any of these tests.
const LONG_MS: u64 = 600_000;

fn inject(sim: &RunningSim, venue: &str, market: Option<&str>, kind: FaultKind, duration_ms: u64) {
    sim.inject(&Fault {
        venue: venue.to_owned(),
        market: market.map(str::to_owned),
        kind,
        duration_ms,
    })
    .unwrap();
}

/// Waits for a few frames of another exchange: a clock that ticks with the simulation.
async fn meanwhile(sim: &RunningSim, venue: &str, market: &str, heartbeats: usize) {
    let mut other = Client::watching(sim, venue, market).await;
    for _ in 0..heartbeats {
        other
            .find(|frame| {
                let kind = frame.get("type").or_else(|| frame.get("channel"));
                kind.is_some_and(|kind| kind == "heartbeat")
            })
            .await;
    }
}

#[tokio::test]
async fn a_disconnect_ends_the_connection() {
    let sim = lively().await;
    let mut client = Client::watching(&sim, "coinbase", "BTC-USD").await;
    client.quote().await;
    inject(&sim, "coinbase", None, FaultKind::Disconnect, 0);
    while client.try_text().await.is_some() {}
    // It happens once: the next connection is served.
    Client::watching(&sim, "coinbase", "BTC-USD")
        .await
        .quote()
        .await;
}

#[tokio::test]
async fn a_stall_leaves_the_socket_open_and_sends_nothing_not_even_heartbeats() {
    let sim = lively().await;
    let mut client = Client::watching(&sim, "kraken", "BTC/USD").await;
    client.quote().await;
    inject(&sim, "kraken", None, FaultKind::Stall, LONG_MS);
    meanwhile(&sim, "coinbase", "BTC-USD", 1).await;
    while client.has_something() {}
    client.say(r#"{"method":"ping"}"#).await;
    meanwhile(&sim, "coinbase", "BTC-USD", 2).await;
    assert!(!client.has_something());
}

#[tokio::test]
async fn a_stall_ends() {
    let sim = lively().await;
    let mut client = Client::watching(&sim, "binance", "BTCUSDT").await;
    client.quote().await;
    inject(&sim, "binance", None, FaultKind::Stall, 300);
    let before = client.quote().await.sequence;
    client
        .find(|frame| SeenQuote::of(frame).is_some_and(|quote| quote.sequence > before + 5))
        .await;
}

#[tokio::test]
async fn silence_lets_only_heartbeats_through() {
    let sim = lively().await;
    let mut client = Client::watching(&sim, "kraken", "BTC/USD").await;
    client.quote().await;
    inject(&sim, "kraken", None, FaultKind::Silence, LONG_MS);
    let is_heartbeat = |frame: &serde_json::Value| {
        frame
            .get("channel")
            .is_some_and(|channel| channel == "heartbeat")
    };
    client.find(is_heartbeat).await;
    for _ in 0..2 {
        assert!(is_heartbeat(&client.json().await));
    }
}

#[tokio::test]
async fn one_silent_market_does_not_silence_the_others() {
    let sim = lively().await;
    inject(
        &sim,
        "binance",
        Some("BTCUSDT"),
        FaultKind::Silence,
        LONG_MS,
    );
    let mut client = Client::open(&format!(
        "{}/stream?streams=btcusdt@bookTicker/ethusdt@bookTicker",
        sim.endpoints("binance").stream
    ))
    .await;
    for _ in 0..20 {
        assert_eq!(client.json().await.pointer("/data/s").unwrap(), "ETHUSDT");
    }
}

#[tokio::test]
async fn a_malformed_frame_is_not_json() {
    let sim = lively().await;
    let mut client = Client::watching(&sim, "binance", "BTCUSDT").await;
    client.quote().await;
    inject(
        &sim,
        "binance",
        Some("BTCUSDT"),
        FaultKind::Malformed,
        LONG_MS,
    );
    while serde_json::from_str::<serde_json::Value>(&client.text().await).is_ok() {}
}

#[tokio::test]
async fn a_thousandfold_price_is_a_thousand_times_the_price_before() {
    let sim = lively().await;
    for (venue, market) in [
        ("binance", "BTCUSDT"),
        ("coinbase", "BTC-USD"),
        ("kraken", "BTC/USD"),
    ] {
        let mut client = Client::watching(&sim, venue, market).await;
        let before = client.quote().await.mid();
        inject(&sim, venue, Some(market), FaultKind::Price1000x, LONG_MS);
        let found = client
            .find(|frame| SeenQuote::of(frame).is_some_and(|quote| quote.mid() > before * 100.0))
            .await;
        let times = SeenQuote::of(&found).unwrap().mid() / before;
        assert!((990.0..1_010.0).contains(&times), "{venue}: {times}");
    }
}

#[tokio::test]
async fn a_crossed_book_has_its_bid_above_its_ask() {
    let sim = lively().await;
    let mut client = Client::watching(&sim, "coinbase", "ETH-USD").await;
    inject(
        &sim,
        "coinbase",
        Some("ETH-USD"),
        FaultKind::Crossed,
        LONG_MS,
    );
    client
        .find(|frame| SeenQuote::of(frame).is_some_and(|quote| quote.bid > quote.ask))
        .await;
}

#[tokio::test]
async fn duplicate_frames_come_twice() {
    let sim = lively().await;
    inject(&sim, "coinbase", None, FaultKind::Duplicate, LONG_MS);
    let mut client = Client::open(&sim.endpoints("coinbase").stream).await;
    client
        .say(r#"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches"]}"#)
        .await;
    client
        .find(|frame| frame.get("type").is_some_and(|kind| kind == "last_match"))
        .await;
    let frames = [
        client.text().await,
        client.text().await,
        client.text().await,
    ];
    let [first, second, third] = &frames;
    assert!(first == second || second == third, "{frames:?}");
}

#[tokio::test]
async fn out_of_order_frames_come_newest_first() {
    let sim = lively().await;
    let mut client = Client::watching(&sim, "binance", "BTCUSDT").await;
    client.quote().await;
    inject(
        &sim,
        "binance",
        Some("BTCUSDT"),
        FaultKind::OutOfOrder,
        LONG_MS,
    );
    let mut newest = 0;
    client
        .find(|frame| {
            SeenQuote::of(frame).is_some_and(|quote| {
                let is_older = quote.sequence < newest;
                newest = quote.sequence;
                is_older
            })
        })
        .await;
}

#[tokio::test]
async fn refused_connections_get_503_and_existing_ones_go_on() {
    let sim = lively().await;
    let mut client = Client::watching(&sim, "kraken", "BTC/USD").await;
    inject(&sim, "kraken", None, FaultKind::Refuse, LONG_MS);
    let refused =
        tokio_tungstenite::connect_async(format!("{}/v2", sim.endpoints("kraken").stream)).await;
    assert!(refused.unwrap_err().to_string().contains("503"));
    assert_eq!(
        http(sim.addr(), "GET", "/kraken/0/public/AssetPairs", "")
            .await
            .0,
        503
    );
    for _ in 0..10 {
        client.quote().await;
    }
}

#[tokio::test]
async fn a_planned_disconnect_is_announced_and_then_happens() {
    let sim = lively().await;
    let mut client = Client::watching(&sim, "binance", "BTCUSDT").await;
    client.quote().await;
    inject(&sim, "binance", None, FaultKind::PlannedDisconnect, 500);
    client
        .find(|frame| {
            frame
                .pointer("/data/e")
                .is_some_and(|event| event == "serverShutdown")
        })
        .await;
    // A connection opened after the announcement outlives the old one.
    let mut replacement = Client::watching(&sim, "binance", "BTCUSDT").await;
    let mut frames = 0;
    while client.try_text().await.is_some() {
        frames += 1;
    }
    assert!(frames > 5, "quotes go on until the end, {frames} came");
    replacement.quote().await;
    for _ in 0..30 {
        replacement.quote().await;
    }
}

#[tokio::test]
async fn a_halted_market_shows_zeros_and_a_time_of_1970() {
    let sim = lively().await;
    let mut client = Client::watching(&sim, "kraken", "BTC/USD").await;
    inject(&sim, "kraken", Some("BTC/USD"), FaultKind::Halted, LONG_MS);
    let halted = client
        .find(|frame| {
            frame
                .pointer("/data/0/bid")
                .is_some_and(|bid| bid.as_f64().is_some_and(|bid| bid < 1.0))
        })
        .await;
    assert!(
        halted
            .pointer("/data/0/timestamp")
            .unwrap()
            .as_str()
            .unwrap()
            .starts_with("1970-01-01")
    );
}

#[tokio::test]
async fn a_scripted_fault_starts_by_itself() {
    let script = Script::parse("[[fault]]\nat_ms = 0\nvenue = \"kraken\"\nmarket = \"SOL/USD\"\nkind = \"crossed\"\nduration_ms = 600000\n").unwrap();
    let sim = parallax_sim::start(SimConfig {
        script,
        ..SimConfig::default()
    })
    .await
    .unwrap();
    let mut client = Client::watching(&sim, "kraken", "SOL/USD").await;
    client
        .find(|frame| SeenQuote::of(frame).is_some_and(|quote| quote.bid > quote.ask))
        .await;
}

#[tokio::test]
async fn faults_that_cannot_be_are_refused() {
    let sim = lively().await;
    for (venue, market, kind) in [
        ("nowhere", None, FaultKind::Stall),
        ("kraken", Some("NOPE/USD"), FaultKind::Stall),
        ("kraken", Some("BTC/USD"), FaultKind::Refuse),
        ("kraken", None, FaultKind::PlannedDisconnect),
        ("binance", None, FaultKind::Halted),
    ] {
        let fault = Fault {
            venue: venue.to_owned(),
            market: market.map(str::to_owned),
            kind,
            duration_ms: 1,
        };
        assert!(sim.inject(&fault).is_err(), "{fault:?}");
        let script = format!(
            "[[fault]]\nat_ms = 0\nvenue = {venue:?}\nkind = {}\n",
            serde_json::to_string(&kind).unwrap()
        );
        let script = market.iter().fold(script, |script, market| {
            format!("{script}market = {market:?}\n")
        });
        let config = SimConfig {
            script: Script::parse(&script).unwrap(),
            ..SimConfig::default()
        };
        assert!(parallax_sim::start(config).await.is_err(), "{script}");
    }
}

#[tokio::test]
async fn the_control_endpoints_force_prices_pause_and_start_faults() {
    let sim = lively().await;
    let control = |path: &'static str, body: &'static str| http(sim.addr(), "POST", path, body);
    assert_eq!(
        control("/control/price", r#"{"token":"BTC","price":"50000"}"#)
            .await
            .0,
        204
    );
    for (venue, market) in [
        ("binance", "BTCUSDT"),
        ("coinbase", "BTC-USD"),
        ("kraken", "BTC/USD"),
    ] {
        let mid = Client::watching(&sim, venue, market)
            .await
            .quote()
            .await
            .mid();
        assert!((49_900.0..50_100.0).contains(&mid), "{venue}: {mid}");
    }

    assert_eq!(control("/control/pause", r#"{"paused":true}"#).await.0, 204);
    let mut client = Client::watching(&sim, "binance", "BTCUSDT").await;
    let frozen = client.quote().await;
    for _ in 0..20 {
        let repeated = client.quote().await;
        assert_eq!(
            (repeated.bid.to_bits(), repeated.ask.to_bits()),
            (frozen.bid.to_bits(), frozen.ask.to_bits())
        );
    }

    assert_eq!(
        control("/control/pause", r#"{"paused":true,"repeat":false}"#)
            .await
            .0,
        204
    );
    let mut kraken = Client::watching(&sim, "kraken", "BTC/USD").await;
    let is_heartbeat = |frame: &serde_json::Value| {
        frame
            .get("channel")
            .is_some_and(|channel| channel == "heartbeat")
    };
    kraken.find(is_heartbeat).await;
    assert!(is_heartbeat(&kraken.json().await));
    assert_eq!(
        control("/control/pause", r#"{"paused":false}"#).await.0,
        204
    );
    client.quote().await;

    let fault = r#"{"venue":"binance","market":"BTCUSDT","kind":"crossed","duration_ms":60000}"#;
    assert_eq!(control("/control/fault", fault).await.0, 204);
    client
        .find(|frame| SeenQuote::of(frame).is_some_and(|quote| quote.bid > quote.ask))
        .await;

    for (path, body) in [
        ("/control/fault", r#"{"venue":"binance","kind":"explode"}"#),
        ("/control/price", r#"{"token":"NOPE","price":"1"}"#),
        ("/control/price", r#"{"token":"BTC","price":"-1"}"#),
        ("/control/pause", "{}"),
    ] {
        let (status, answer) = control(path, body).await;
        assert_eq!(status, 400, "{answer}");
        assert!(answer.contains("error"), "{answer}");
    }
}
