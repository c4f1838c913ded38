//! Each exchange's dialogue over a real socket: greetings, acknowledgements, errors, data, keep-alives.

use crate::client::{Client, get, http, lively};
use serde_json::{Value, json};

fn at<'a>(frame: &'a Value, pointer: &str) -> &'a Value {
    frame.pointer(pointer).unwrap_or(&Value::Null)
}

#[tokio::test]
async fn binance_acknowledges_and_sends_all_four_kinds_of_frames() {
    let sim = lively().await;
    let mut client = Client::open(&format!("{}/stream", sim.endpoints("binance").stream)).await;
    client
        .say(r#"{"method":"SUBSCRIBE","params":["btcusdt@bookTicker","btcusdt@aggTrade","btcusdt@miniTicker","ethusdt@ticker"],"id":7}"#)
        .await;
    assert_eq!(client.json().await, json!({"result": null, "id": 7}));
    for (stream, event) in [
        ("btcusdt@bookTicker", Value::Null),
        ("btcusdt@aggTrade", json!("aggTrade")),
        ("btcusdt@miniTicker", json!("24hrMiniTicker")),
        ("ethusdt@ticker", json!("24hrTicker")),
    ] {
        let frame = client.find(|frame| at(frame, "/stream") == stream).await;
        assert_eq!(at(&frame, "/data/e"), &event, "{frame}");
    }
    let quote = client
        .find(|frame| at(frame, "/stream") == "btcusdt@bookTicker")
        .await;
    let bid = at(&quote, "/data/b").as_str().unwrap();
    assert!(
        bid.split_once('.')
            .is_some_and(|(_, places)| places.len() == 8),
        "{bid}"
    );
    client
        .say(r#"{"method":"UNSUBSCRIBE","params":["btcusdt@aggTrade"],"id":8}"#)
        .await;
    client.find(|frame| at(frame, "/id") == 8).await;
    client
        .say(r#"{"method":"LIST_SUBSCRIPTIONS","id":9}"#)
        .await;
    let listed = client.find(|frame| at(frame, "/id") == 9).await;
    assert_eq!(at(&listed, "/result").as_array().unwrap().len(), 3);
    sim.shutdown().await;
}

#[tokio::test]
async fn binance_takes_streams_from_the_url_too() {
    let sim = lively().await;
    let mut client = Client::open(&format!(
        "{}/stream?streams=btcusdt@bookTicker/ethbtc@bookTicker",
        sim.endpoints("binance").stream
    ))
    .await;
    client.find(|frame| at(frame, "/data/s") == "ETHBTC").await;
    client.find(|frame| at(frame, "/data/s") == "BTCUSDT").await;
}

#[tokio::test]
async fn binance_refuses_unknown_streams_too_many_streams_and_too_many_messages() {
    let sim = lively().await;
    let url = format!("{}/stream", sim.endpoints("binance").stream);
    let mut client = Client::open(&url).await;
    client
        .say(r#"{"method":"SUBSCRIBE","params":["nopeusdt@bookTicker"],"id":1}"#)
        .await;
    let refusal = client.json().await;
    assert_eq!(
        (at(&refusal, "/code"), at(&refusal, "/id")),
        (&json!(2), &json!(1))
    );
    client.say("{").await;
    assert_eq!(at(&client.json().await, "/code"), 3);

    // More in a second than Binance allows: the connection is cut.
    for id in 0..10 {
        client
            .say(&format!(r#"{{"method":"LIST_SUBSCRIPTIONS","id":{id}}}"#))
            .await;
    }
    while client.try_text().await.is_some() {}
}

#[tokio::test]
async fn coinbase_answers_with_subscriptions_then_the_last_match_and_the_ticker() {
    let sim = lively().await;
    let mut client = Client::open(&sim.endpoints("coinbase").stream).await;
    client
        .say(r#"{"type":"subscribe","product_ids":["BTC-USD","ETH-EUR"],"channels":["matches","heartbeat",{"name":"ticker","product_ids":["BTC-USD"]}]}"#)
        .await;
    let subscriptions = client.json().await;
    assert_eq!(at(&subscriptions, "/type"), "subscriptions");
    assert_eq!(
        at(&subscriptions, "/channels/0"),
        &json!({"name": "ticker", "product_ids": ["BTC-USD"]})
    );
    let kinds = [
        client.json().await,
        client.json().await,
        client.json().await,
    ];
    let kinds: Vec<_> = kinds
        .iter()
        .map(|frame| at(frame, "/type").as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["last_match", "last_match", "ticker"]);
    let ticker = client.find(|frame| at(frame, "/type") == "ticker").await;
    for field in [
        "best_bid",
        "best_bid_size",
        "best_ask",
        "best_ask_size",
        "volume_24h",
        "open_24h",
        "time",
    ] {
        assert!(
            at(&ticker, &format!("/{field}")).is_string(),
            "{field} in {ticker}"
        );
    }
    client
        .find(|frame| at(frame, "/type") == "match" && at(frame, "/product_id") == "ETH-EUR")
        .await;
    client
        .find(|frame| at(frame, "/type") == "heartbeat" && at(frame, "/product_id") == "BTC-USD")
        .await;
}

#[tokio::test]
async fn coinbase_serves_its_stream_with_and_without_the_slash_and_refuses_unknown_products() {
    let sim = lively().await;
    let mut client = Client::open(&format!("{}/", sim.endpoints("coinbase").stream)).await;
    client
        .say(r#"{"type":"subscribe","product_ids":["BTC-USD","NOPE-USD"],"channels":["ticker"]}"#)
        .await;
    let refusal = client.json().await;
    assert_eq!(at(&refusal, "/type"), "error");
    assert_eq!(at(&refusal, "/reason"), "NOPE-USD is not a valid product");
}

#[tokio::test]
async fn coinbase_cuts_a_client_that_does_not_subscribe() {
    let sim = lively().await;
    let mut client = Client::open(&sim.endpoints("coinbase").stream).await;
    assert_eq!(client.try_text().await, None);
}

#[tokio::test]
async fn kraken_greets_acknowledges_each_symbol_and_begins_with_snapshots() {
    let sim = lively().await;
    let mut client = Client::open(&format!("{}/v2", sim.endpoints("kraken").stream)).await;
    assert_eq!(at(&client.json().await, "/channel"), "status");
    client
        .say(r#"{"method":"subscribe","params":{"channel":"ticker","symbol":["BTC/USD","NOPE/USD","DOGE/USD"],"event_trigger":"bbo","snapshot":true},"req_id":3}"#)
        .await;
    let answers = [
        client.json().await,
        client.json().await,
        client.json().await,
    ];
    let granted: Vec<_> = answers
        .iter()
        .map(|answer| at(answer, "/success").as_bool().unwrap())
        .collect();
    assert_eq!(granted, [true, false, true]);
    for answer in &answers {
        assert_eq!(at(answer, "/req_id"), 3);
    }
    for _ in 0..2 {
        assert_eq!(at(&client.json().await, "/type"), "snapshot");
    }
    let update = client.find(|frame| at(frame, "/type") == "update").await;
    assert!(at(&update, "/data/0/bid").is_number(), "{update}");
    client.say(r#"{"method":"ping","req_id":4}"#).await;
    let pong = client.find(|frame| at(frame, "/req_id") == 4).await;
    assert_eq!(at(&pong, "/method"), "pong");
    client
        .find(|frame| at(frame, "/channel") == "heartbeat")
        .await;
}

#[tokio::test]
async fn rest_errors_have_each_exchanges_own_form() {
    let sim = lively().await;
    let (status, body) = http(
        sim.addr(),
        "GET",
        "/binance/api/v3/klines?symbol=NOPE&interval=1m",
        "",
    )
    .await;
    assert_eq!(
        (status, body.as_str()),
        (400, r#"{"code":-1121,"msg":"Invalid symbol."}"#)
    );
    let (status, body) = http(sim.addr(), "GET", "/coinbase/products/NOPE-USD/candles", "").await;
    assert_eq!((status, body.as_str()), (404, r#"{"message":"NotFound"}"#));
    let unknown = get(sim.addr(), "/kraken/0/public/OHLC?pair=NOPE").await;
    assert_eq!(unknown, json!({"error": ["EQuery:Unknown asset pair"]}));
    assert_eq!(http(sim.addr(), "GET", "/nowhere/at/all", "").await.0, 404);
    assert_eq!(
        http(sim.addr(), "GET", "/kraken/0/private/Balance", "")
            .await
            .0,
        404
    );
}

#[tokio::test]
async fn the_written_configuration_names_every_endpoint() {
    let sim = lively().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sim.toml");
    sim.write_config(&path, false).await.unwrap();
    let written: toml::Value = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(
        written.get("simulated").and_then(toml::Value::as_bool),
        Some(true)
    );
    assert!(written.get("ingest").is_none());
    let venues = written.get("venues").unwrap();
    assert_eq!(venues.get("enabled").unwrap().as_array().unwrap().len(), 4);
    let kraken = venues.get("endpoints").unwrap().get("kraken").unwrap();
    assert_eq!(
        kraken.get("stream").unwrap().as_str().unwrap(),
        format!("ws://{}/kraken", sim.addr())
    );
    assert_eq!(
        kraken.get("rest").unwrap().as_str().unwrap(),
        format!("http://{}/kraken", sim.addr())
    );
    assert!(
        sim.config_toml(true)
            .contains("[ingest]\nmarkets = \"all\"")
    );
}
