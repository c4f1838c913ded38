//! `/coins/{id}/market_chart`, its range, `/ohlc`, `/history` and the charts by contract of `/api/v3`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use parallax::candle::Interval;
use serde_json::{Value, json};

use crate::support::{House, bar};
use crate::world::{DAY, HOUR, MINUTE, NOW, answer, store, store_bars, world};

async fn times(house: &House, path: &str) -> Vec<i64> {
    let chart = answer(house, &format!("/api/v3/coins/bitcoin/market_chart{path}")).await;
    let points = chart["prices"].as_array().unwrap().iter();
    points
        .map(|point| point[0].as_i64().unwrap() / 1_000)
        .collect()
}

/// The least distance between two points.
fn step(times: &[i64]) -> i64 {
    // The last point is the present price.
    let whole = &times[..times.len() - 1];
    whole
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .min()
        .unwrap()
}

async fn with_a_past(house: &House) {
    let minutes = (1..27 * 60).map(|ago| (NOW - ago * MINUTE, "2".to_owned()));
    store_bars(house, "bitcoin", Interval::Minute, minutes).await;
    let hours = (1..100 * 24).map(|ago| (NOW - ago * HOUR, "3".to_owned()));
    store_bars(house, "bitcoin", Interval::Hour, hours).await;
    let days = (0..400).map(|ago| (NOW - NOW % DAY - ago * DAY, "4".to_owned()));
    store_bars(house, "bitcoin", Interval::Day, days).await;
}

#[tokio::test]
async fn a_chart_is_as_fine_as_its_length_allows() {
    let house = world().await;
    with_a_past(&house).await;
    for (query, expected, count) in [
        ("?vs_currency=usd&days=1", 5 * MINUTE, 289),
        ("?vs_currency=usd&days=2", HOUR, 49),
        ("?vs_currency=usd&days=90", HOUR, 90 * 24 + 1),
        ("?vs_currency=usd&days=91", DAY, 92),
        ("?vs_currency=usd&days=max", DAY, 401),
        ("?vs_currency=usd&days=1&interval=hourly", HOUR, 25),
        ("?vs_currency=usd&days=30&interval=daily", DAY, 31),
    ] {
        let times = times(&house, query).await;
        assert_eq!((step(&times), times.len()), (expected, count), "{query}");
        assert_eq!(*times.last().unwrap(), NOW, "{query}");
    }
}

#[tokio::test]
async fn a_range_is_fine_only_where_it_reaches_the_present() {
    let house = world().await;
    with_a_past(&house).await;
    for (from, to, expected) in [
        (NOW - DAY, NOW, 5 * MINUTE),
        (NOW - DAY, NOW + HOUR, 5 * MINUTE),
        (NOW - 2 * DAY, NOW - DAY, HOUR),
        (NOW - 90 * DAY, NOW, HOUR),
        (NOW - 91 * DAY, NOW, DAY),
    ] {
        let query = format!("/range?vs_currency=usd&from={from}&to={to}");
        let times = times(&house, &query).await;
        assert_eq!(step(&times), expected, "{query}");
        assert!(times.iter().all(|at| (from..=to).contains(at)), "{query}");
    }
    let future = format!(
        "/range?vs_currency=usd&from={}&to={}",
        NOW + DAY,
        NOW + 2 * DAY
    );
    assert_eq!(times(&house, &future).await, [0; 0]);
}

#[tokio::test]
async fn a_point_has_the_price_at_its_time_and_the_volume_of_the_day_before() {
    let house = world().await;
    let hours = [26, 3, 2].map(|ago| {
        let at = NOW - ago * HOUR;
        bar(Interval::Hour, at, ["100.5", "110", "90", "105.25"])
    });
    store(&house, "bitcoin", Interval::Hour, hours.into_iter()).await;
    let path = "/api/v3/coins/bitcoin/market_chart?vs_currency=usd&days=2&precision=0";
    let chart = answer(&house, path).await;
    let ms = |ago: i64| (NOW - ago * HOUR) * 1_000;
    assert_eq!(
        chart,
        json!({
            "prices": [[ms(26), 101], [ms(3), 101], [ms(2), 101], [ms(0), 60000]],
            "market_caps": [],
            // Each bar is worth 12.5; the first one began a day before the last.
            "total_volumes": [[ms(26), 0], [ms(3), 12.5], [ms(2), 25], [ms(0), 25]],
        })
    );
}

#[tokio::test]
async fn the_past_is_told_at_the_rates_of_its_own_time() {
    let house = world().await;
    let at = NOW - 2 * HOUR;
    store_bars(
        &house,
        "bitcoin",
        Interval::Hour,
        [(at, "100".to_owned()), (at + HOUR, "7".to_owned())],
    )
    .await;
    store_bars(&house, "euro", Interval::Hour, [(at, "2".to_owned())]).await;
    let path = "/api/v3/coins/bitcoin/market_chart?vs_currency=eur&days=2";
    let chart = answer(&house, path).await;
    // An hour without a rate has no price.
    assert_eq!(
        chart["prices"],
        json!([[at * 1_000, 50], [NOW * 1_000, 48000.1]])
    );
    let sats = answer(
        &house,
        "/api/v3/coins/bitcoin/market_chart?vs_currency=sats&days=2",
    )
    .await;
    assert_eq!(sats["prices"][0], json!([at * 1_000, 100_000_000]));
}

#[tokio::test]
async fn a_stale_price_ends_a_chart_at_its_own_time() {
    let house = world().await;
    let path = "/api/v3/coins/solana/market_chart?vs_currency=usd&days=1";
    let chart = answer(&house, path).await;
    assert_eq!(chart["prices"], json!([[(NOW - 2 * HOUR) * 1_000, 150]]));
}

#[tokio::test]
async fn candles_are_named_by_the_moment_of_their_close_and_are_over() {
    let house = world().await;
    let minutes = (0..3 * 60).map(|ago| {
        let price = ago.to_string();
        bar(
            Interval::Minute,
            NOW - ago * MINUTE,
            ["50", "70", "10", price.as_str()],
        )
    });
    store(&house, "bitcoin", Interval::Minute, minutes).await;
    let candles = answer(&house, "/api/v3/coins/bitcoin/ohlc?vs_currency=usd&days=1").await;
    let candles = candles.as_array().unwrap();
    // The last is over now: its last minute closed at 1.
    assert_eq!(
        *candles.last().unwrap(),
        json!([NOW * 1_000, 50, 70, 10, 1])
    );
    assert_eq!(candles.len(), 6);
    assert_eq!(
        candles[1][0].as_i64().unwrap() - candles[0][0].as_i64().unwrap(),
        1_800_000
    );
}

#[tokio::test]
async fn candles_are_as_long_as_their_range_asks() {
    let house = world().await;
    with_a_past(&house).await;
    for (days, expected) in [
        ("1", 1_800),
        ("7", 4 * HOUR),
        ("14", 4 * HOUR),
        ("30", 4 * HOUR),
        ("90", 4 * DAY),
        ("max", 4 * DAY),
    ] {
        let path = format!("/api/v3/coins/bitcoin/ohlc?vs_currency=usd&days={days}");
        let candles = answer(&house, &path).await;
        let candles = candles.as_array().unwrap();
        let time = |candle: &Value| candle[0].as_i64().unwrap() / 1_000;
        assert_eq!(time(&candles[1]) - time(&candles[0]), expected, "{days}");
        assert!(time(candles.last().unwrap()) <= NOW);
    }
}

#[tokio::test]
async fn history_is_the_beginning_of_the_day_in_every_currency_then() {
    let house = world().await;
    let midnight = NOW - NOW % DAY - DAY;
    let hours = [
        bar(Interval::Hour, midnight - HOUR, ["90", "90", "90", "90"]),
        bar(Interval::Hour, midnight, ["100", "200", "50", "150"]),
    ];
    store(&house, "bitcoin", Interval::Hour, hours.into_iter()).await;
    store_bars(&house, "euro", Interval::Day, [(midnight, "2".to_owned())]).await;
    let then = answer(&house, "/api/v3/coins/bitcoin/history?date=27-08-2024").await;
    assert_eq!(
        then["market_data"],
        json!({
            "current_price": {"usd": 100, "eur": 50, "btc": 1, "bits": 1_000_000, "sats": 100_000_000},
            "market_cap": {},
            "total_volume": {"usd": 12.5, "eur": 6.25, "btc": 0.125, "bits": 125_000, "sats": 12_500_000},
        })
    );
    assert_eq!(then["localization"], json!({"en": "Bitcoin"}));
    let path = "/api/v3/coins/bitcoin/history?date=1-1-2020&localization=false";
    let before = answer(&house, path).await;
    assert_eq!(before["market_data"]["current_price"], json!({}));
    assert!(before.get("localization").is_none());
}

#[tokio::test]
async fn a_token_is_also_charted_by_its_contract() {
    let house = world().await;
    let contract = "/api/v3/coins/ethereum/contract/0x2260fac5e5542a773aa44fbcfedf7c193bc2c599";
    let at = NOW - 2 * HOUR;
    store_bars(
        &house,
        "wrapped-bitcoin",
        Interval::Hour,
        [(at, "7".to_owned())],
    )
    .await;
    let token = answer(&house, contract).await;
    assert_eq!(
        (&token["id"], &token["asset_platform_id"]),
        (&json!("wrapped-bitcoin"), &json!("ethereum"))
    );
    for query in [
        "market_chart?vs_currency=usd&days=2".to_owned(),
        format!(
            "market_chart/range?vs_currency=usd&from={}&to={NOW}",
            NOW - 2 * DAY
        ),
    ] {
        let chart = answer(&house, &format!("{contract}/{query}")).await;
        assert_eq!(
            chart["prices"],
            json!([[at * 1_000, 7], [NOW * 1_000, 59900]]),
            "{query}"
        );
    }
}
