//! The flood: quotes at the wanted rate, each recognised by its middle price.

use std::time::Instant;

use crate::client::{Client, SeenQuote, get};
use parallax::amount::Price;
use parallax_sim::{FloodConfig, flood};
use tokio::net::TcpListener;

async fn flooding(
    frames_per_second: u32,
    markets: usize,
) -> Result<parallax_sim::RunningFlood, parallax_sim::SimError> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    flood(
        listener,
        FloodConfig {
            frames_per_second,
            markets,
        },
    )
    .await
}

/// The exact middle of a `bookTicker` frame.
fn middle(frame: &serde_json::Value) -> Price {
    let side = |pointer: &str| {
        let text = frame.pointer(pointer).unwrap().as_str().unwrap();
        text.parse::<Price>().unwrap().get()
    };
    let two = "2".parse::<Price>().unwrap().get();
    Price::new((side("/data/b") + side("/data/a")) / two)
}

#[tokio::test]
async fn every_frame_is_recognised_by_its_middle_price() {
    let start = Instant::now();
    let flood = flooding(2_000, 8).await.unwrap();
    let (token, symbols) = (
        flood.tokens().first().unwrap().clone(),
        get(flood.sim().addr(), "/binance/api/v3/exchangeInfo").await,
    );
    assert_eq!(token.as_str(), "bitcoin");
    let symbols = symbols.get("symbols").unwrap().as_array().unwrap();
    assert_eq!(symbols.len(), 8);
    let symbol = symbols
        .first()
        .unwrap()
        .get("symbol")
        .unwrap()
        .as_str()
        .unwrap()
        .to_lowercase();
    let mut client = Client::open(&format!(
        "{}/stream?streams={symbol}@bookTicker",
        flood.sim().endpoints("binance").stream
    ))
    .await;
    let mut sent_before = start;
    let mut updates_before = 0;
    for _ in 0..500 {
        let frame = client.json().await;
        let sent = flood.sent_at(token.as_str(), middle(&frame)).unwrap();
        assert!(sent >= sent_before && sent <= Instant::now());
        let update = frame.pointer("/data/u").unwrap().as_u64().unwrap();
        assert!(update >= updates_before);
        (sent_before, updates_before) = (sent, update);
    }
    assert!(
        flood
            .sent_at(token.as_str(), "99".parse().unwrap())
            .is_none()
    );
    assert!(
        flood
            .sent_at(token.as_str(), "100.0000005".parse().unwrap())
            .is_none()
    );
    assert!(
        flood
            .sent_at("no-such-token", "100.000001".parse().unwrap())
            .is_none()
    );
    flood.shutdown().await;
}

#[tokio::test]
async fn the_rate_is_kept() {
    let flood = flooding(5_000, 40).await.unwrap();
    let start = Instant::now();
    let mut client = Client::open(&format!(
        "{}/stream?streams=btcusdt@bookTicker",
        flood.sim().endpoints("binance").stream
    ))
    .await;
    let before = flood.frames_sent();
    for _ in 0..250 {
        client.quote().await;
    }
    // 250 frames of one market in 40 are 10,000 frames, or two seconds.
    let (sent, took) = (flood.frames_sent() - before, start.elapsed());
    assert!((9_000..=11_000).contains(&sent), "{sent} frames");
    // Never sooner; later only by what a busy machine holds up, which says nothing about the rate.
    assert!((1.8..10.0).contains(&took.as_secs_f64()), "{took:?}");
}

#[tokio::test]
async fn the_dollar_markets_stand_at_exactly_one() {
    let flood = flooding(100, 1).await.unwrap();
    for (venue, market) in [
        ("coinbase", "USDT-USD"),
        ("coinbase", "USDC-USD"),
        ("kraken", "USDT/USD"),
    ] {
        let SeenQuote { bid, ask, .. } = Client::watching(flood.sim(), venue, market)
            .await
            .quote()
            .await;
        assert!(
            bid < 1.0 && ask > 1.0 && (bid + ask - 2.0).abs() < 1e-12,
            "{venue}: {bid} {ask}"
        );
    }
}

#[tokio::test]
async fn settings_out_of_bounds_are_refused() {
    for (frames, markets) in [(0, 1), (200_001, 1), (1, 0), (1, 100_000)] {
        assert!(flooding(frames, markets).await.is_err());
    }
}
