//! `/api/v1/markets`, `/api/v1/exchanges` and `/api/v1/exchanges/{id}`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::markets::{Told, market};
use crate::support::{self, House, house_of_venues, not_modified};

async fn house() -> House {
    let house = house_of_venues(&["kraken", "binance"]).await;
    house.board.set_markets(vec![
        market(
            "kraken",
            "XBT/USD",
            ["XBT", "USD"],
            Told::Quote("64000", "64010"),
        ),
        market(
            "binance",
            "BTCUSDT",
            ["BTC", "USDT"],
            Told::Quote("64001", "64002"),
        ),
        market(
            "binance",
            "ETHBTC",
            ["ETH", "BTC"],
            Told::Stalled("0.05", "0.06"),
        ),
        market("binance", "BTCXYZ", ["BTC", "XYZ"], Told::Nothing),
    ]);
    house
}

async fn symbols(house: &House, query: &str) -> Vec<String> {
    let response = house.get(&format!("/api/v1/markets?{query}")).await;
    assert_eq!(response.status(), StatusCode::OK, "{query}");
    let answer = support::json(response).await;
    let markets = answer["markets"].as_array().unwrap().iter();
    markets
        .map(|market| market["listing"]["symbol"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn markets_come_by_exchange_and_name_with_status_and_age() {
    let house = house().await;
    assert_eq!(
        symbols(&house, "").await,
        ["BTCUSDT", "BTCXYZ", "ETHBTC", "XBT/USD"]
    );
    let answer = support::json(house.get("/api/v1/markets").await).await;
    let states: Vec<_> = answer["markets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|market| (market["status"].as_str().unwrap(), market["age_ms"].clone()))
        .collect();
    assert_eq!(
        states,
        [
            ("live", json!(5_000)),
            ("no_quorum", Value::Null),
            ("stale", json!(5_000)),
            ("live", json!(5_000)),
        ]
    );
    assert_eq!(answer["markets"][0]["quote_at_ms"], 1_699_999_995_000_i64);
}

#[tokio::test]
async fn a_chains_market_has_its_price_and_the_time_of_its_block() {
    let house = house_of_venues(&["thegraph"]).await;
    let told = Told::Spot("64000");
    let wrapped = market("thegraph", "0x2260", ["WBTC", "USD"], told);
    house.board.set_markets(vec![wrapped]);
    let answer = support::json(house.get("/api/v1/markets").await).await;
    let market = &answer["markets"][0];
    assert_eq!(
        (&market["spot"], &market["observed_at"], &market["quote"]),
        (
            &json!("64000"),
            &json!("2023-11-14T22:12:20.000Z"),
            &Value::Null
        )
    );
    assert_eq!(
        (&market["status"], &market["age_ms"]),
        (&json!("live"), &json!(60_000))
    );
}

#[tokio::test]
async fn markets_are_found_by_exchange_token_and_quote() {
    let house = house().await;
    assert_eq!(symbols(&house, "exchange=Kraken").await, ["XBT/USD"]);
    assert_eq!(symbols(&house, "token=eth").await, ["ETHBTC"]);
    assert_eq!(symbols(&house, "token=tether").await, ["BTCUSDT"]);
    assert_eq!(symbols(&house, "quote=bitcoin").await, ["ETHBTC"]);
    assert_eq!(symbols(&house, "quote=xyz").await, ["BTCXYZ"]);
    assert_eq!(
        symbols(&house, "exchange=kraken&quote=usdt").await,
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn an_unknown_filter_is_a_bad_request_with_what_there_is() {
    let house = house().await;
    for (query, word, candidates) in [
        (
            "exchange=mtgox",
            "unknown-exchange",
            json!(["kraken", "binance"]),
        ),
        (
            "token=bitcon",
            "unknown-token",
            json!(["bitcoin", "bitcoin-cash", "wrapped-bitcoin"]),
        ),
        (
            "quote=bitcon",
            "unknown-token",
            json!(["bitcoin", "bitcoin-cash", "wrapped-bitcoin"]),
        ),
    ] {
        let response = house.get(&format!("/api/v1/markets?{query}")).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
        let problem = support::json(response).await;
        assert_eq!(problem["status"], 400, "{query}");
        assert_eq!(
            problem["type"],
            format!("urn:parallax:problem:{word}"),
            "{query}"
        );
        assert_eq!(problem["candidates"][0], candidates[0], "{query}");
    }
}

#[tokio::test]
async fn an_exchange_says_what_it_delivers_and_which_pairs_are_watched() {
    let house = house().await;
    let answer = support::json(house.get("/api/v1/exchanges").await).await;
    let ids: Vec<_> = answer["exchanges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|exchange| exchange["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["binance", "kraken"]);

    let kraken = support::json(house.get("/api/v1/exchanges/KRAKEN").await).await;
    assert_eq!(
        (&kraken["state"], &kraken["markets"]),
        (&json!("down"), &json!(1))
    );
    assert_eq!(kraken["capabilities"]["delivery"], "stream");
    assert_eq!(
        kraken["pairs"],
        json!([{"pair": "BTC_USD", "market": "XBT/USD", "base": "bitcoin", "quote": "usd"}])
    );
}

#[tokio::test]
async fn an_unknown_exchange_is_not_found_and_those_there_are_are_named() {
    let house = house().await;
    let response = house.get("/api/v1/exchanges/mtgox").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let problem = support::json(response).await;
    assert_eq!(problem["type"], "urn:parallax:problem:unknown-exchange");
    assert_eq!(
        (&problem["status"], &problem["candidates"]),
        (&json!(404), &json!(["kraken", "binance"]))
    );
    let response = house.get("/api/v1/exchanges/%FF").await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_reader_who_has_the_answer_gets_none_again() {
    let house = house().await;
    for path in [
        "/api/v1/markets",
        "/api/v1/exchanges",
        "/api/v1/exchanges/kraken",
    ] {
        not_modified(&house, path).await;
    }
}
