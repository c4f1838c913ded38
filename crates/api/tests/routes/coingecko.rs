//! `/simple/…`, `/coins/list`, `/search`, `/asset_platforms`, `/exchange_rates` and `/global` of `/api/v3`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use axum::http::StatusCode;
use parallax::index::Status;
use serde_json::{Value, json};

use crate::support::{house_of, text};
use crate::world::{HOUR, NOW, answer, ask, publish, world};

const WBTC: &str = "0x2260fac5e5542a773aa44fbcfedf7c193bc2c599";

#[tokio::test]
async fn prices_are_numbers_with_all_their_digits_in_the_order_asked_for() {
    let house = world().await;
    let path =
        "/api/v3/simple/price?ids=ethereum,bitcoin,nope,bitcoin&vs_currencies=usd,EUR,xyz,btc";
    let body = text(house.get(path).await).await;
    assert_eq!(
        body,
        "{\"ethereum\":{\"usd\":3000.5,\"eur\":2400.4,\"btc\":0.0500082291495},\
         \"bitcoin\":{\"usd\":60000.125,\"eur\":48000.1,\"btc\":1}}"
    );
}

#[tokio::test]
async fn what_else_is_known_of_a_price_is_included_when_asked_for() {
    let house = world().await;
    let path = "/api/v3/simple/price?ids=bitcoin&vs_currencies=usd,eur&include_market_cap=true\
                &include_24hr_vol=true&include_24hr_change=true&include_last_updated_at=true";
    // 110 / 88 of yesterday's euros; without a supply there is no market capitalisation.
    assert_eq!(
        answer(&house, path).await,
        json!({"bitcoin": {
            "usd": 60000.125, "usd_24h_vol": 1000, "usd_24h_change": 10,
            "eur": 48000.1, "eur_24h_vol": 800, "eur_24h_change": 25,
            "last_updated_at": NOW,
        }})
    );
}

#[tokio::test]
async fn a_price_is_rounded_to_the_precision_asked_for_half_away_from_zero() {
    let house = world().await;
    for (precision, expected) in [
        ("full", "60000.125"),
        ("2", "60000.13"),
        ("0", "60000"),
        ("18", "60000.125"),
    ] {
        let path =
            format!("/api/v3/simple/price?ids=bitcoin&vs_currencies=usd&precision={precision}");
        let body = text(house.get(&path).await).await;
        assert_eq!(body, format!("{{\"bitcoin\":{{\"usd\":{expected}}}}}"));
    }
}

#[tokio::test]
async fn a_stale_price_always_says_when_it_was_true_and_has_no_change() {
    let house = world().await;
    let path = "/api/v3/simple/price?ids=solana&vs_currencies=usd&include_24hr_change=true";
    let expected = json!({"solana": {"usd": 150, "last_updated_at": NOW - 2 * HOUR}});
    assert_eq!(answer(&house, path).await, expected);
    // The same where only the currency's rate is stale.
    publish(&house, "euro", Some("1.25"), Status::Aging, NOW - 60);
    let path = "/api/v3/simple/price?ids=bitcoin&vs_currencies=eur&include_24hr_change=true";
    let expected = json!({"bitcoin": {"eur": 48000.1, "last_updated_at": NOW - 60}});
    assert_eq!(answer(&house, path).await, expected);
}

#[tokio::test]
async fn a_coin_without_a_price_is_empty_and_money_is_no_coin() {
    let house = world().await;
    let path = "/api/v3/simple/price?ids=dogecoin,cardano,euro&vs_currencies=usd";
    assert_eq!(
        answer(&house, path).await,
        json!({"dogecoin": {}, "cardano": {}})
    );
}

#[tokio::test]
async fn coins_are_also_found_by_name_and_symbol() {
    let house = world().await;
    let price = json!({"usd": 60000.125});
    for (lookup, key) in [
        ("names=bitcoin", "Bitcoin"),
        ("symbols=BTC", "btc"),
        ("ids=bitcoin&symbols=eth", "bitcoin"),
    ] {
        let path = format!("/api/v3/simple/price?{lookup}&vs_currencies=usd");
        assert_eq!(answer(&house, &path).await, json!({key: price}), "{lookup}");
    }
}

#[tokio::test]
async fn a_name_of_several_coins_is_refused_unless_all_are_asked_for() {
    let house = house_of(
        r#"
        [[token]]
        id = "one"
        symbol = "AAA"
        name = "Twin"
        kind = "crypto"
        [[token]]
        id = "two"
        symbol = "BBB"
        name = "Twin"
        kind = "crypto"
        "#,
    )
    .await;
    house.publish("one", "1");
    house.publish("two", "2");
    let path = "/api/v3/simple/price?names=twin&vs_currencies=usd";
    let (status, _, body) = ask(&house, path).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let error = body["error"].as_str().unwrap();
    assert!(error.contains("may mean one or two"), "{error}");
    let all = answer(&house, &format!("{path}&include_tokens=all")).await;
    assert_eq!(all, json!({"one": {"usd": 1}, "two": {"usd": 2}}));
    let (status, ..) = ask(&house, "/api/v3/coins/markets?vs_currency=usd&names=twin").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn bad_input_is_refused_in_coingeckos_words() {
    let house = world().await;
    for (path, error) in [
        (
            "simple/price?ids=bitcoin",
            "Missing parameter vs_currencies",
        ),
        ("simple/price?vs_currencies=usd", "Missing parameter ids"),
        (
            "simple/token_price/ethereum?vs_currencies=usd",
            "Missing parameter contract_addresses",
        ),
        ("search", "Missing parameter query"),
        ("coins/markets", "Missing parameter vs_currency"),
        ("coins/markets?vs_currency=nope", "invalid vs_currency"),
        (
            "coins/bitcoin/market_chart?vs_currency=nope&days=1",
            "invalid vs_currency",
        ),
        (
            "coins/bitcoin/market_chart?vs_currency=usd",
            "Missing parameter days",
        ),
        (
            "coins/bitcoin/market_chart/range?vs_currency=usd&to=1",
            "Missing parameter from",
        ),
        ("coins/bitcoin/ohlc?days=1", "Missing parameter vs_currency"),
        ("coins/bitcoin/history", "Missing parameter date"),
    ] {
        let (status, _, body) = ask(&house, &format!("/api/v3/{path}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert_eq!(body, json!({"error": error}), "{path}");
    }
    for path in [
        "simple/price?ids=bitcoin&vs_currencies=usd&precision=19",
        "simple/price?ids=bitcoin&vs_currencies=usd&include_24hr_vol=maybe",
        "coins/list?status=odd",
        "coins/markets?vs_currency=usd&order=odd",
        "coins/markets?vs_currency=usd&page=0",
        "coins/markets?vs_currency=usd&price_change_percentage=2d",
        "coins/bitcoin/market_chart?vs_currency=usd&days=0",
        "coins/bitcoin/market_chart?vs_currency=usd&days=1&interval=odd",
        "coins/bitcoin/market_chart/range?vs_currency=usd&from=2&to=1",
        "coins/bitcoin/ohlc?vs_currency=usd&days=2",
        "coins/bitcoin/history?date=2024-08-28",
        "coins/bitcoin/history?date=28-08-2034",
        "coins/bitcoin/tickers?order=odd",
        "exchanges?page=x",
        "exchanges/list?status=odd",
        "asset_platforms?filter=odd",
    ] {
        let (status, _, body) = ask(&house, &format!("/api/v3/{path}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        let error = body["error"].as_str().unwrap();
        assert!(
            error.starts_with("invalid ") && error.contains("must be"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found_in_coingeckos_words() {
    let house = world().await;
    for (path, error) in [
        ("coins/nope", "coin not found"),
        ("coins/BTC", "coin not found"),
        ("coins/euro", "coin not found"),
        ("coins/%FF", "coin not found"),
        ("coins/nope/tickers", "coin not found"),
        (
            "coins/bitcoin/tickers?exchange_ids=nope",
            "exchange not found",
        ),
        ("coins/nope/history?date=1-1-2024", "coin not found"),
        (
            "coins/nope/market_chart?vs_currency=usd&days=1",
            "coin not found",
        ),
        (
            "coins/nope/market_chart/range?vs_currency=usd&from=1&to=2",
            "coin not found",
        ),
        ("coins/nope/ohlc?vs_currency=usd&days=1", "coin not found"),
        ("coins/ethereum/contract/0x00", "coin not found"),
        (
            "coins/solana/contract/0x00/market_chart?vs_currency=usd&days=1",
            "coin not found",
        ),
        (
            "coins/markets?vs_currency=usd&category=layer-1",
            "category not found",
        ),
        ("exchanges/nope", "exchange not found"),
        ("exchanges/nope/tickers", "exchange not found"),
        (
            "simple/token_price/nope?contract_addresses=0x00&vs_currencies=usd",
            "asset platform not found",
        ),
    ] {
        let (status, _, body) = ask(&house, &format!("/api/v3/{path}")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(body, json!({"error": error}), "{path}");
    }
}

#[tokio::test]
async fn tokens_are_priced_by_contract_whatever_the_case_of_the_address() {
    let house = world().await;
    let address = WBTC.to_uppercase().replace("0X", "0x");
    let path = format!(
        "/api/v3/simple/token_price/ethereum?contract_addresses={address},0x00&vs_currencies=usd"
    );
    assert_eq!(answer(&house, &path).await, json!({WBTC: {"usd": 59900}}));
}

#[tokio::test]
async fn currencies_are_those_with_a_rate_now() {
    let house = world().await;
    let codes = answer(&house, "/api/v3/simple/supported_vs_currencies").await;
    assert_eq!(
        codes,
        json!(["btc", "eth", "sol", "usd", "eur", "bits", "sats"])
    );
    let rates = answer(&house, "/api/v3/exchange_rates").await;
    let rate = |code: &str| rates["rates"][code].clone();
    assert_eq!(
        rate("eur"),
        json!({"name": "Euro", "unit": "€", "value": 48000.1, "type": "fiat"})
    );
    assert_eq!(rate("btc")["value"], json!(1));
    assert_eq!(rate("sats")["value"], json!(100_000_000));
    assert_eq!(rate("gbp"), Value::Null);
}

#[tokio::test]
async fn the_list_has_every_coin_with_its_contracts_when_asked_for() {
    let house = world().await;
    let coins = answer(&house, "/api/v3/coins/list").await;
    let coins = coins.as_array().unwrap();
    assert!(coins.contains(&json!({"id": "bitcoin", "symbol": "btc", "name": "Bitcoin"})));
    assert!(!coins.iter().any(|coin| coin["id"] == "euro"));
    assert!(coins.is_sorted_by_key(|coin| coin["id"].as_str().unwrap()));
    let coins = answer(&house, "/api/v3/coins/list?include_platform=true").await;
    let wbtc = coins
        .as_array()
        .unwrap()
        .iter()
        .find(|coin| coin["symbol"] == "wbtc");
    assert_eq!(wbtc.unwrap()["platforms"], json!({"ethereum": WBTC}));
    assert_eq!(
        answer(&house, "/api/v3/coins/list?status=inactive").await,
        json!([])
    );
    let platforms = answer(&house, "/api/v3/asset_platforms").await;
    let base = platforms
        .as_array()
        .unwrap()
        .iter()
        .find(|platform| platform["id"] == "base");
    assert_eq!(base.unwrap()["chain_identifier"], 8_453);
}

#[tokio::test]
async fn a_search_finds_the_best_match_first() {
    let house = world().await;
    let found = answer(&house, "/api/v3/search?query=BITCOIN").await;
    let ids: Vec<_> = found["coins"]
        .as_array()
        .unwrap()
        .iter()
        .map(|coin| coin["id"].clone())
        .collect();
    assert_eq!(ids, ["bitcoin", "bitcoin-cash", "wrapped-bitcoin"]);
    assert_eq!(found["coins"][0]["symbol"], "BTC");
    let found = answer(&house, "/api/v3/search?query=krak").await;
    assert_eq!(found["exchanges"][0]["id"], "kraken");
}

#[tokio::test]
async fn everything_together_counts_what_has_a_price() {
    let house = world().await;
    let global = answer(&house, "/api/v3/global").await;
    let data = &global["data"];
    assert_eq!(
        (&data["active_cryptocurrencies"], &data["markets"]),
        (&json!(5), &json!(1))
    );
    assert_eq!(data["total_volume"]["usd"], 6_000);
    assert_eq!(data["total_volume"]["eur"], 4_800);
    assert_eq!(data["total_market_cap"], json!({}));
    assert_eq!(data["updated_at"], NOW);
}
