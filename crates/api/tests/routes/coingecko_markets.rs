//! `/coins/markets`, `/coins/{id}`, tickers and exchanges of `/api/v3`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use parallax::candle::Interval;
use parallax::fact::TokenFacts;
use parallax::time::Timestamp;
use parallax::venue::Venue;
use serde_json::{Value, json};

use crate::support::{House, bar};
use crate::world::{DAY, HOUR, NOW, answer, market, store, store_bars, world};

async fn ids(house: &House, query: &str) -> Vec<String> {
    let rows = answer(
        house,
        &format!("/api/v3/coins/markets?vs_currency=usd&{query}"),
    )
    .await;
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn the_table_is_ordered_and_cut_into_pages() {
    let house = world().await;
    let by_rank = [
        "bitcoin",
        "ethereum",
        "solana",
        "usd-coin",
        "dogecoin",
        "wrapped-bitcoin",
    ];
    assert_eq!(ids(&house, "").await, by_rank);
    assert_eq!(
        ids(&house, "order=market_cap_asc&per_page=2").await,
        ["wrapped-bitcoin", "dogecoin"]
    );
    assert_eq!(
        ids(&house, "per_page=2&page=2").await,
        ["solana", "usd-coin"]
    );
    assert_eq!(ids(&house, "per_page=2&page=9").await, [""; 0]);
    assert_eq!(ids(&house, "per_page=1000").await.len(), 6);
    // Those without a volume last, whichever end comes first.
    assert_eq!(
        ids(&house, "order=volume_desc&per_page=3").await,
        ["ethereum", "bitcoin", "solana"]
    );
    assert_eq!(
        ids(&house, "order=volume_asc&per_page=3").await,
        ["bitcoin", "ethereum", "solana"]
    );
    assert_eq!(
        ids(&house, "order=id_desc&per_page=2").await,
        ["wrapped-bitcoin", "usd-coin"]
    );
    assert_eq!(
        ids(&house, "ids=ethereum,nope,bitcoin").await,
        ["bitcoin", "ethereum"]
    );
    assert_eq!(ids(&house, "symbols=SOL,eth").await, ["ethereum", "solana"]);
}

/// Bitcoin at 50,000 a day ago, then between 48,000 and 61,000; the euro at 1.2 throughout.
async fn with_a_day(house: &House) {
    let open = |ago: i64| NOW - ago * HOUR;
    let hour = |ago, ohlc| bar(Interval::Hour, open(ago), ohlc);
    let hours = [
        hour(24, ["50000", "51000", "48000", "50500"]),
        hour(23, ["50500", "61000", "50000", "59000"]),
    ];
    store(house, "bitcoin", Interval::Hour, hours.into_iter()).await;
    let rates = [24, 23].map(|ago| (open(ago), "1.25".to_owned()));
    store_bars(house, "euro", Interval::Hour, rates).await;
}

#[tokio::test]
async fn a_row_has_what_is_known_and_null_for_the_rest() {
    let house = world().await;
    with_a_day(&house).await;
    let rows = answer(
        &house,
        "/api/v3/coins/markets?vs_currency=usd&ids=bitcoin&precision=1&price_change_percentage=1h,7d,30d",
    )
    .await;
    let row = &rows[0];
    for (name, expected) in [
        ("current_price", json!(60000.1)),
        ("total_volume", json!(1000)),
        ("high_24h", json!(61000)),
        ("low_24h", json!(48000)),
        ("price_change_24h", json!(10000.125)),
        ("price_change_percentage_24h", json!(10)),
        ("price_change_percentage_1h_in_currency", json!(0.5)),
        ("price_change_percentage_7d_in_currency", json!(-2.5)),
        ("price_change_percentage_30d_in_currency", Value::Null),
        ("market_cap", Value::Null),
        ("market_cap_rank", Value::Null),
        ("ath", Value::Null),
        ("last_updated", json!("2024-08-28T12:00:00.000Z")),
    ] {
        assert_eq!(row[name], expected, "{name}");
    }
    let in_euro = answer(&house, "/api/v3/coins/markets?vs_currency=eur&ids=bitcoin").await;
    assert_eq!(in_euro[0]["current_price"], json!(48000.1));
    assert_eq!(in_euro[0]["high_24h"], json!(48800));
    assert_eq!(in_euro[0]["price_change_percentage_24h"], json!(25));
}

#[tokio::test]
async fn changes_over_longer_spans_come_from_the_past_in_the_currency_asked_for() {
    let house = world().await;
    let then = NOW - 30 * DAY;
    store_bars(
        &house,
        "bitcoin",
        Interval::Hour,
        [(then, "30000.0625".to_owned())],
    )
    .await;
    store_bars(
        &house,
        "euro",
        Interval::Day,
        [(then - then % DAY, "1".to_owned())],
    )
    .await;
    for (vs, expected) in [
        ("usd", json!(100)),
        ("eur", json!(60)),
        ("eth", Value::Null),
    ] {
        let path = format!(
            "/api/v3/coins/markets?vs_currency={vs}&ids=bitcoin&price_change_percentage=30d"
        );
        let rows = answer(&house, &path).await;
        assert_eq!(
            rows[0]["price_change_percentage_30d_in_currency"], expected,
            "{vs}"
        );
    }
}

#[tokio::test]
async fn a_stale_row_shows_its_own_time_and_no_changes_and_one_without_a_price_has_null() {
    let house = world().await;
    let rows = answer(
        &house,
        "/api/v3/coins/markets?vs_currency=usd&ids=solana,dogecoin",
    )
    .await;
    assert_eq!(rows[0]["current_price"], 150);
    assert_eq!(rows[0]["last_updated"], "2024-08-28T10:00:00.000Z");
    assert_eq!(rows[0]["price_change_percentage_24h"], Value::Null);
    assert_eq!(
        (&rows[1]["id"], &rows[1]["current_price"]),
        (&json!("dogecoin"), &Value::Null)
    );
}

#[tokio::test]
async fn a_coin_has_its_figures_in_every_currency() {
    let house = world().await;
    with_a_day(&house).await;
    let coin = answer(&house, "/api/v3/coins/bitcoin").await;
    let data = &coin["market_data"];
    assert_eq!(
        data["current_price"],
        json!({"bits": 1_000_000, "btc": 1, "eth": 19.9967088819, "eur": 48000.1, "sats": 100_000_000,
            "sol": 400.000833333, "usd": 60000.125})
    );
    assert_eq!(
        data["high_24h"],
        json!({"eur": 48800, "usd": 61000, "btc": 1, "bits": 1_000_000, "sats": 100_000_000})
    );
    assert_eq!(data["price_change_percentage_24h"], 10);
    assert_eq!(data["price_change_percentage_24h_in_currency"]["eur"], 25);
    assert_eq!(data["market_cap"], json!({}));
    assert_eq!(coin["platforms"], json!({"": ""}));
    assert_eq!(coin["tickers"].as_array().unwrap().len(), 2);
    let bare = "tickers=false&market_data=false&community_data=false&developer_data=false&localization=false";
    let bare = answer(&house, &format!("/api/v3/coins/bitcoin?{bare}")).await;
    for name in [
        "tickers",
        "market_data",
        "community_data",
        "developer_data",
        "localization",
    ] {
        assert!(bare.get(name).is_none(), "{name}");
        assert!(coin.get(name).is_some(), "{name}");
    }
}

#[tokio::test]
async fn a_supply_that_can_be_believed_gives_the_diluted_value_but_no_market_capitalisation() {
    let house = world().await;
    let venue = Venue {
        id: "thegraph".parse().unwrap(),
        name: "The Graph".to_owned(),
        website: String::new(),
    };
    house
        .store
        .save_venues(std::slice::from_ref(&venue))
        .await
        .unwrap();
    let facts = |token: &str, reliable| TokenFacts {
        token: token.parse().unwrap(),
        venue: venue.id.clone(),
        total_supply: Some("100".parse().unwrap()),
        total_supply_reliable: reliable,
        volume_usd: None,
        block: 1,
        observed_at: Timestamp::from_unix_s(NOW).unwrap(),
    };
    let facts = [facts("bitcoin", true), facts("ethereum", false)];
    house.store.save_facts(&facts).await.unwrap();
    let rows = answer(
        &house,
        "/api/v3/coins/markets?vs_currency=usd&ids=bitcoin,ethereum",
    )
    .await;
    assert_eq!(rows[0]["total_supply"], 100);
    assert_eq!(rows[0]["fully_diluted_valuation"], json!(6_000_012.5));
    assert_eq!(rows[0]["market_cap"], Value::Null);
    assert_eq!(rows[1]["total_supply"], Value::Null);
}

#[tokio::test]
async fn tickers_are_by_volume_with_their_state() {
    let house = world().await;
    let body = answer(&house, "/api/v3/coins/bitcoin/tickers").await;
    assert_eq!(body["name"], "Bitcoin");
    let first = &body["tickers"][0];
    assert_eq!(
        *first,
        json!({
            "base": "XBT", "target": "EUR",
            "market": {"name": "KRAKEN", "identifier": "kraken", "has_trading_incentive": false},
            "last": 48000, "volume": 20,
            "converted_last": {"btc": 0.999997916671, "eth": 19.9966672221, "usd": 60000},
            "converted_volume": {"btc": 19.9999583334, "eth": 399.933344443, "usd": 1_200_000},
            "trust_score": null, "bid_ask_spread_percentage": 0.1,
            "timestamp": "2024-08-28T12:00:00+00:00",
            "last_traded_at": "2024-08-28T11:59:55+00:00",
            "last_fetch_at": "2024-08-28T12:00:00+00:00",
            "is_anomaly": false, "is_stale": true,
            "trade_url": "https://kraken.example", "token_info_url": null,
            "coin_id": "bitcoin", "target_coin_id": "euro", "coin_mcap_usd": 0,
        })
    );
    assert_eq!(body["tickers"][1]["target"], "USD");
    assert_eq!(body["tickers"][1]["is_stale"], false);
    let least = answer(
        &house,
        "/api/v3/coins/bitcoin/tickers?order=volume_asc&exchange_ids=kraken",
    )
    .await;
    assert_eq!(least["tickers"][0]["target"], "USD");
    let beyond = answer(&house, "/api/v3/coins/bitcoin/tickers?page=2").await;
    assert_eq!(beyond["tickers"], json!([]));
}

#[tokio::test]
async fn a_market_of_which_too_little_is_known_is_left_out() {
    let house = world().await;
    let whole = market("XBT", "USD", "bitcoin", "usd", "1", "1");
    let mut states = vec![whole.clone(); 3];
    states[0].quote = None;
    states[1].ticker = None;
    (states[2].trade, states[2].stalled) = (None, true);
    house.board.set_markets(states);
    let body = answer(&house, "/api/v3/coins/bitcoin/tickers").await;
    assert_eq!(body["tickers"], json!([]));
    let stalled = parallax::stream::MarketState {
        stalled: true,
        ..whole
    };
    house.board.set_markets(vec![stalled]);
    let body = answer(&house, "/api/v3/coins/bitcoin/tickers").await;
    assert_eq!(body["tickers"][0]["is_stale"], true);
}

#[tokio::test]
async fn an_exchange_has_its_markets_and_its_volume_in_bitcoin() {
    let house = world().await;
    let list = answer(&house, "/api/v3/exchanges/list").await;
    assert_eq!(list, json!([{"id": "kraken", "name": "KRAKEN"}]));
    let rows = answer(&house, "/api/v3/exchanges?per_page=1").await;
    // 600,010 + 1,200,000 + 15,005 US dollars.
    assert_eq!(rows[0]["trade_volume_24h_btc"], json!(30.2501869788));
    assert_eq!(
        (&rows[0]["id"], &rows[0]["trust_score"]),
        (&json!("kraken"), &Value::Null)
    );
    assert_eq!(answer(&house, "/api/v3/exchanges?page=2").await, json!([]));
    let kraken = answer(&house, "/api/v3/exchanges/kraken").await;
    assert_eq!((&kraken["coins"], &kraken["pairs"]), (&json!(2), &json!(3)));
    assert_eq!(kraken["tickers"].as_array().unwrap().len(), 3);
    let ether = answer(
        &house,
        "/api/v3/exchanges/kraken/tickers?coin_ids=ethereum,nope",
    )
    .await;
    assert_eq!(ether["name"], "KRAKEN");
    assert_eq!(ether["tickers"].as_array().unwrap().len(), 1);
    assert_eq!(ether["tickers"][0]["is_anomaly"], true);
    let codes = answer(&house, "/api/v3/exchanges/kraken/tickers?order=base_target").await;
    assert_eq!(codes["tickers"][0]["base"], "ETH");
}
