//! `/api/v1/rates`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use crate::support::markets::{Told, market};
use crate::support::{House, house, house_of_venues, not_modified};

/// 2023-11-14T22:13:20Z less five seconds.
const FIVE_SECONDS_AGO: i64 = 1_699_999_995;

async fn market_house() -> House {
    let house = house_of_venues(&["binance", "kraken"]).await;
    house.board.set_markets(vec![
        market(
            "kraken",
            "XBT/USD",
            ["XBT", "USD"],
            Told::Quote("64000", "64010"),
        ),
        market("kraken", "ETH/XBT", ["ETH", "XBT"], Told::Nothing),
        market(
            "binance",
            "BTCUSDT",
            ["BTC", "USDT"],
            Told::Quote("40000", "50000"),
        ),
        market(
            "binance",
            "ETHUSDT",
            ["ETH", "USDT"],
            Told::Quote("3001", "3000"),
        ),
        market(
            "binance",
            "SOLUSDT",
            ["SOL", "USDT"],
            Told::Quote("0", "150"),
        ),
        market(
            "binance",
            "XRPUSDT",
            ["XRP", "USDT"],
            Told::Stalled("0.5", "0.51"),
        ),
    ]);
    house
}

async fn rates(house: &House, query: &str) -> Vec<Value> {
    let response = house.get(&format!("/api/v1/rates?{query}")).await;
    assert_eq!(response.status(), StatusCode::OK, "{query}");
    let answer = crate::support::json(response).await;
    answer["rates"].as_array().unwrap().clone()
}

async fn problem(house: &House, query: &str, status: StatusCode) -> Value {
    let response = house.get(&format!("/api/v1/rates?{query}")).await;
    assert_eq!(response.status(), status, "{query}");
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        "application/problem+json"
    );
    crate::support::json(response).await
}

#[tokio::test]
async fn a_rate_is_the_middle_of_bid_and_ask_with_time_age_and_status() {
    let house = market_house().await;
    let rates = rates(&house, "exchange=binance&pair=BTC_USDT").await;
    assert_eq!(
        rates,
        [json!({
            "exchange": "binance", "pair": "BTC_USDT", "base": "bitcoin", "quote": "tether",
            "market": "BTCUSDT", "inverted": false, "rate": "45000", "bid": "40000", "ask": "50000",
            "time": "2023-11-14T22:13:15.000Z", "time_ms": FIVE_SECONDS_AGO * 1_000, "age_ms": 5_000,
            "status": "live", "excluded": null,
        })]
    );
}

#[tokio::test]
async fn the_other_direction_turns_bid_and_ask_over_exactly() {
    let house = market_house().await;
    let rates = rates(&house, "exchange=Binance&pair=usdt_btc").await;
    let rate = &rates[0];
    assert_eq!(
        (&rate["bid"], &rate["ask"]),
        (&json!("0.00002"), &json!("0.000025"))
    );
    assert_eq!(rate["rate"], "0.0000225");
    assert_eq!(
        (&rate["pair"], &rate["inverted"]),
        (&json!("USDT_BTC"), &json!(true))
    );
    assert_eq!(
        (&rate["base"], &rate["quote"]),
        (&json!("tether"), &json!("bitcoin"))
    );
}

#[tokio::test]
async fn on_a_chain_the_rate_is_its_one_price_and_ages_from_its_block() {
    let house = house_of_venues(&["thegraph"]).await;
    let wrapped = |price| market("thegraph", "0x2260", ["WBTC", "USD"], Told::Spot(price));
    house.board.set_markets(vec![wrapped("64000")]);
    let given = rates(&house, "pair=WBTC_USD").await;
    let rate = &given[0];
    assert_eq!(
        (&rate["rate"], &rate["bid"], &rate["ask"]),
        (&json!("64000"), &Value::Null, &Value::Null)
    );
    assert_eq!(
        (&rate["time"], &rate["age_ms"], &rate["status"]),
        (
            &json!("2023-11-14T22:12:20.000Z"),
            &json!(60_000),
            &json!("live")
        )
    );
    let turned = rates(&house, "pair=USD_WBTC").await;
    assert_eq!(turned[0]["rate"], "0.000015625");
    house.board.set_markets(vec![wrapped("0")]);
    house.clock.advance(std::time::Duration::from_secs(1));
    let without = rates(&house, "pair=WBTC_USD").await;
    assert_eq!(
        (
            &without[0]["rate"],
            &without[0]["status"],
            &without[0]["excluded"]
        ),
        (&Value::Null, &json!("no_quorum"), &json!("not_positive"))
    );
}

#[tokio::test]
async fn an_exchanges_own_code_the_symbol_and_the_id_mean_the_same_pair() {
    let house = market_house().await;
    for pair in ["BTC_USD", "xbt_usd", "bitcoin_USD"] {
        let rates = rates(&house, &format!("pair={pair}")).await;
        assert_eq!(rates.len(), 1, "{pair}");
        assert_eq!(
            (&rates[0]["exchange"], &rates[0]["rate"], &rates[0]["pair"]),
            (&json!("kraken"), &json!("64005"), &json!("BTC_USD")),
            "{pair}"
        );
    }
}

#[tokio::test]
async fn without_a_pair_all_pairs_of_the_exchange_are_given() {
    let house = market_house().await;
    let rates = rates(&house, "exchange=binance").await;
    let pairs: Vec<_> = rates
        .iter()
        .map(|rate| rate["pair"].as_str().unwrap())
        .collect();
    assert_eq!(pairs, ["BTC_USDT", "ETH_USDT", "SOL_USDT", "XRP_USDT"]);
}

#[tokio::test]
async fn without_an_exchange_every_one_that_has_the_pair_is_given() {
    let house = market_house().await;
    let mut markets = house.board.markets().to_vec();
    markets.push(market(
        "kraken",
        "XBT/USDT",
        ["XBT", "USDT"],
        Told::Quote("1", "2"),
    ));
    house.board.set_markets(markets);
    let rates = rates(&house, "pair=USDT_BTC").await;
    let exchanges: Vec<_> = rates
        .iter()
        .map(|rate| rate["exchange"].as_str().unwrap())
        .collect();
    assert_eq!(exchanges, ["binance", "kraken"]);
}

#[tokio::test]
async fn where_bid_and_ask_give_no_rate_it_is_null_and_the_reason_is_named() {
    let house = market_house().await;
    for (pair, bid, ask, reason) in [
        ("ETH_USDT", json!("3001"), json!("3000"), "crossed"),
        ("SOL_USDT", json!(null), json!("150"), "not_positive"),
        ("ETH_BTC", json!(null), json!(null), "no_quote"),
    ] {
        let rates = rates(&house, &format!("pair={pair}")).await;
        let rate = &rates[0];
        assert_eq!((&rate["bid"], &rate["ask"]), (&bid, &ask), "{pair}");
        assert_eq!(
            (&rate["rate"], &rate["status"], &rate["excluded"]),
            (&json!(null), &json!("no_quorum"), &json!(reason)),
            "{pair}"
        );
    }
}

#[tokio::test]
async fn a_market_found_silent_is_stale() {
    let house = market_house().await;
    let rates = rates(&house, "pair=XRP_USDT").await;
    assert_eq!(
        (&rates[0]["status"], &rates[0]["rate"]),
        (&json!("stale"), &json!("0.505"))
    );
}

#[tokio::test]
async fn what_cannot_be_a_question_is_a_problem_that_says_what_can() {
    let house = market_house().await;
    for (query, word, words) in [
        ("", "bad-parameter", "binance, kraken"),
        ("exchange=&pair=", "bad-parameter", "BASE_QUOTE"),
        ("exchange=mtgox", "unknown-exchange", "binance, kraken"),
        (
            "exchange=mtgox&pair=BTC_USD",
            "unknown-exchange",
            "binance, kraken",
        ),
        ("pair=BTCUSDT", "bad-parameter", "BTC_USDT"),
        ("pair=BTC/USDT", "bad-parameter", "BTC_USDT"),
        ("pair=BTC_", "bad-parameter", "BTC_USDT"),
        ("pair=_", "bad-parameter", "BTC_USDT"),
        ("pair=A_B_C", "bad-parameter", "BTC_USDT"),
        ("pairs=BTC_USDT", "bad-parameter", "pairs"),
    ] {
        let problem = problem(&house, query, StatusCode::BAD_REQUEST).await;
        assert_eq!(
            problem["type"],
            format!("urn:parallax:problem:{word}"),
            "{query}"
        );
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{query}: {detail}");
    }
}

#[tokio::test]
async fn a_pair_that_nobody_has_is_not_found_and_others_are_named() {
    let house = market_house().await;
    let unknown = problem(&house, "pair=BTC_JPY", StatusCode::NOT_FOUND).await;
    assert_eq!(unknown["type"], "urn:parallax:problem:unknown-pair");
    assert_eq!(unknown["candidates"], json!(["BTC_USD", "BTC_USDT"]));
    let elsewhere = problem(
        &house,
        "exchange=kraken&pair=BTC_USDT",
        StatusCode::NOT_FOUND,
    )
    .await;
    let detail = elsewhere["detail"].as_str().unwrap();
    assert!(
        detail.ends_with("/api/v1/exchanges/kraken lists its pairs"),
        "{detail}"
    );
    let neither = problem(&house, "pair=XXX_YYY", StatusCode::NOT_FOUND).await;
    let detail = neither["detail"].as_str().unwrap();
    assert!(detail.contains("/api/v1/exchanges/"), "{detail}");
}

#[tokio::test]
async fn a_code_that_is_another_token_elsewhere_is_a_question_back() {
    let house = market_house().await;
    let mut markets = house.board.markets().to_vec();
    let mut other = market("kraken", "BTCUSDT", ["ETH", "USDT"], Told::Quote("1", "2"));
    std::sync::Arc::make_mut(&mut other.listing).base_code = "BTC".parse().unwrap();
    markets.push(other);
    house.board.set_markets(markets);
    let problem = problem(&house, "pair=BTC_USDT", StatusCode::CONFLICT).await;
    assert_eq!(problem["candidates"][0]["id"], "bitcoin");
    assert_eq!(problem["candidates"][1]["id"], "ethereum");
    let rates = rates(&house, "pair=BTC_USDT&exchange=kraken").await;
    assert_eq!(rates[0]["base"], "ethereum");
}

#[tokio::test]
async fn an_exchange_without_markets_so_far_has_no_rates() {
    let house = house().await;
    assert_eq!(rates(&house, "exchange=kraken").await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_reader_who_has_the_answer_gets_none_again() {
    let house = market_house().await;
    not_modified(&house, "/api/v1/rates?pair=BTC_USDT").await;
}
