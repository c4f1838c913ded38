//! The WebSocket: the feed of rates and subscriptions.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use axum::http::StatusCode;
use parallax::index::Status;
use serde_json::json;

use crate::support::sockets::{Client, open_door};
use crate::support::{House, house_of_venues};
use crate::world::{NOW, publish, world};

async fn client(house: &House, path: &str) -> Client {
    Client::open(open_door(house.router.clone()).await, path).await
}

#[tokio::test]
async fn a_feed_sends_what_the_rates_route_answers_at_once_and_then_every_so_often() {
    let house = world().await;
    let mut client = client(
        &house,
        "/api/v1/ws?exchange=kraken&pair=btc_usd&frequency=30",
    )
    .await;
    let answer = house
        .get("/api/v1/rates?exchange=kraken&pair=BTC_USD")
        .await;
    let answer = crate::support::json(answer).await;
    assert_eq!(answer["rates"][0]["rate"], "999.5");
    assert_eq!(client.next().await, answer);
    tokio::time::pause();
    let before = tokio::time::Instant::now();
    assert_eq!(client.next().await, answer);
    let waited = before.elapsed();
    assert!((29..=31).contains(&waited.as_secs()), "{waited:?}");
    client
        .say(r#"{"op":"subscribe","id":"a","channel":"price","token":"bitcoin"}"#)
        .await;
    let refused = client.next().await;
    assert_eq!(
        (&refused["event"], &refused["id"]),
        (&json!("error"), &json!("a"))
    );
}

#[tokio::test]
async fn a_feeds_frequency_is_brought_within_its_bounds() {
    let house = world().await;
    for (frequency, seconds) in [("0", 1), ("-5", 1), ("2.5", 2), ("1e9", 3_600)] {
        let path = format!("/api/v1/ws?pair=BTC_USD&frequency={frequency}");
        let mut client = client(&house, &path).await;
        client.next().await;
        tokio::time::pause();
        let before = tokio::time::Instant::now();
        client.next().await;
        assert!(
            before.elapsed().as_secs().abs_diff(seconds) <= 1,
            "{frequency}"
        );
        tokio::time::resume();
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_feed_is_an_answer_and_no_socket() {
    let house = world().await;
    let door = open_door(house.router.clone()).await;
    for (query, status) in [
        ("exchange=nowhere", 400),
        ("pair=BTCUSD", 400),
        ("frequency=1", 400),
        ("pair=BTC_USD&frequency=often", 400),
        ("pair=BTC_USD&frequency=NaN", 400),
        ("pairs=BTC_USD", 400),
        ("exchange=kraken&pair=DOGE_USD", 404),
    ] {
        let path = format!("/api/v1/ws?{query}");
        let refused = Client::with_headers(door, &path, &[]).await.err().unwrap();
        assert_eq!(refused.status().as_u16(), status, "{query}");
        let response = house.get(&path).await;
        assert_eq!(response.status().as_u16(), status, "{query}");
        let problem = crate::support::json(response).await;
        assert!(problem["detail"].as_str().unwrap().len() > 10, "{query}");
    }
    let plain = house.get("/api/v1/ws").await;
    assert_eq!(plain.status(), StatusCode::UPGRADE_REQUIRED);
    assert_eq!(plain.headers()["upgrade"], "websocket");
}

#[tokio::test]
async fn a_subscription_is_acknowledged_then_a_snapshot_then_updates_without_a_hole() {
    let house = world().await;
    let mut client = client(&house, "/api/v1/ws").await;
    client
        .say(r#"{"op":"subscribe","id":"a","channel":"price","token":"BTC","frequency":0}"#)
        .await;
    assert_eq!(
        client.next().await,
        json!({"event":"subscribed","id":"a","channel":"price","token":"bitcoin","frequency":0.1})
    );
    let snapshot = client.next().await;
    assert_eq!(
        (&snapshot["event"], &snapshot["seq"]),
        (&json!("snapshot"), &json!(1))
    );
    assert_eq!(snapshot["data"]["price"], "60000.125");
    assert_eq!(snapshot["data"]["status"], "live");
    assert_eq!(snapshot["data"]["age_ms"], 0);
    for (seq, price) in [(2, "60001"), (3, "60002"), (4, "60003")] {
        publish(&house, "ethereum", Some("1"), Status::Live, NOW);
        publish(&house, "bitcoin", Some("1"), Status::Live, NOW);
        publish(&house, "bitcoin", Some(price), Status::Live, NOW);
        let update = client.next().await;
        assert_eq!(
            (&update["event"], &update["seq"]),
            (&json!("update"), &json!(seq))
        );
        assert_eq!(
            update["data"]["price"], price,
            "what was between is conflated"
        );
    }
    client.say(r#"{"op":"unsubscribe","id":"a"}"#).await;
    assert_eq!(
        client.next().await,
        json!({"event":"unsubscribed","id":"a"})
    );
    publish(&house, "bitcoin", Some("2"), Status::Live, NOW);
    client.say(r#"{"op":"ping"}"#).await;
    assert_eq!(client.next().await["event"], "pong");
}

#[tokio::test]
async fn each_subscription_has_its_own_frequency() {
    let house = world().await;
    let mut client = client(&house, "/api/v1/ws").await;
    for (id, frequency) in [("slow", 600), ("quick", 60)] {
        let subscribe = json!({"op":"subscribe","id":id,"channel":"price","token":"bitcoin","frequency":frequency});
        client.say(&subscribe.to_string()).await;
        client.next().await;
        client.next().await;
    }
    tokio::time::pause();
    let start = tokio::time::Instant::now();
    let mut seen = Vec::new();
    for number in 0..11 {
        publish(
            &house,
            "bitcoin",
            Some(&format!("{number}.5")),
            Status::Live,
            NOW,
        );
        let update = client.next().await;
        seen.push(update["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(
        seen.iter().filter(|id| *id == "slow").count(),
        1,
        "{seen:?}"
    );
    assert!((590..=610).contains(&start.elapsed().as_secs()));
}

#[tokio::test]
async fn quotes_are_of_a_token_or_a_market_and_come_when_they_change() {
    let house = world().await;
    let mut client = client(&house, "/api/v1/ws").await;
    for (id, what) in [
        ("t", "\"token\":\"bitcoin\""),
        ("m", "\"market\":\"KRAKEN:btc_usd\""),
    ] {
        client
            .say(&format!(
                "{{\"op\":\"subscribe\",\"id\":\"{id}\",\"channel\":\"quotes\",{what}}}"
            ))
            .await;
        client.next().await;
        let snapshot = client.next().await;
        let expected = if id == "t" { 2 } else { 1 };
        assert_eq!(snapshot["data"].as_array().unwrap().len(), expected);
    }
    client
        .say(r#"{"op":"subscribe","id":"p","channel":"price","market":"kraken:XBT/USD"}"#)
        .await;
    assert_eq!(client.next().await["market"], "kraken:XBT/USD");
    assert_eq!(client.next().await["data"]["rate"], "999.5");
    let mut markets = house.board.markets().to_vec();
    markets[0].quote.as_mut().unwrap().ask = "1001".parse().unwrap();
    house.board.set_markets(markets);
    for _ in 0..3 {
        let update = client.next().await;
        assert_eq!(
            (&update["event"], &update["seq"]),
            (&json!("update"), &json!(2))
        );
    }
}

#[tokio::test]
async fn candles_move_with_the_price_and_come_when_they_close() {
    let house = world().await;
    house.put_minute("bitcoin", NOW - 60, ["1", "2", "1", "2"]);
    house.put_minute("bitcoin", NOW, ["60000", "60000", "60000", "60000"]);
    let mut client = client(&house, "/api/v1/ws").await;
    client
        .say(r#"{"op":"subscribe","id":"c","channel":"candles","token":"bitcoin"}"#)
        .await;
    assert_eq!(client.next().await["interval"], "1m");
    let snapshot = client.next().await;
    let bars = snapshot["data"].as_array().unwrap();
    assert_eq!(
        (&bars[0]["closed"], &bars[1]["closed"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(
        (&bars[1]["high"], &bars[1]["close"]),
        (&json!("60000.125"), &json!("60000.125"))
    );
    assert_eq!(bars[1]["open_time_ms"], NOW * 1_000);
    publish(&house, "bitcoin", Some("59999"), Status::Live, NOW);
    let update = client.next().await;
    let bars = update["data"].as_array().unwrap();
    assert_eq!((update["seq"].as_u64(), bars.len()), (Some(2), 1));
    assert_eq!(
        (&bars[0]["low"], &bars[0]["close"]),
        (&json!("59999"), &json!("59999"))
    );
}

#[tokio::test]
async fn a_bar_that_is_over_is_an_update() {
    let house = world().await;
    house.put_minute("bitcoin", NOW, ["60000", "60000", "60000", "60000"]);
    let mut client = client(&house, "/api/v1/ws").await;
    client
        .say(r#"{"op":"subscribe","id":"c","channel":"candles","token":"bitcoin"}"#)
        .await;
    client.next().await;
    let snapshot = client.next().await;
    assert_eq!(snapshot["data"][0]["closed"], false);
    house.clock.advance(Duration::from_secs(60));
    let update = client.next().await;
    assert_eq!(
        (&update["event"], &update["seq"]),
        (&json!("update"), &json!(2))
    );
    let bars = update["data"].as_array().unwrap();
    assert_eq!((bars.len(), &bars[0]["closed"]), (1, &json!(true)));
    assert_eq!(bars[0]["open_time_ms"], NOW * 1_000);
}

#[tokio::test]
async fn bad_messages_are_errors_with_their_id_and_leave_the_connection_open() {
    let house = house_of_venues(&["kraken", "binance"]).await;
    let mut client = client(&house, "/api/v1/ws").await;
    for (message, kind, id) in [
        ("nonsense", "bad-message", json!(null)),
        ("[]", "bad-message", json!(null)),
        (r#"{"op":"subscribe","id":"a"}"#, "bad-message", json!("a")),
        (
            r#"{"op":"subscribe","channel":"price","token":"bitcoin"}"#,
            "bad-message",
            json!(null),
        ),
        (
            r#"{"op":"subscribe","id":"","channel":"price","token":"bitcoin"}"#,
            "bad-parameter",
            json!(""),
        ),
        (
            r#"{"op":"subscribe","id":"a","channel":"trades","token":"bitcoin"}"#,
            "bad-parameter",
            json!("a"),
        ),
        (
            r#"{"op":"subscribe","id":"a","channel":"price"}"#,
            "bad-message",
            json!("a"),
        ),
        (
            r#"{"op":"subscribe","id":"a","channel":"price","token":"bitcoin","market":"x:y"}"#,
            "bad-message",
            json!("a"),
        ),
        (
            r#"{"op":"subscribe","id":"a","channel":"price","token":"bitcoin","interval":"1m"}"#,
            "bad-message",
            json!("a"),
        ),
        (
            r#"{"op":"subscribe","id":"a","channel":"price","token":"nosuch"}"#,
            "unknown-token",
            json!("a"),
        ),
        (
            r#"{"op":"subscribe","id":"a","channel":"quotes","market":"kraken"}"#,
            "bad-parameter",
            json!("a"),
        ),
        (
            r#"{"op":"subscribe","id":"a","channel":"quotes","market":"nowhere:BTCUSD"}"#,
            "unknown-exchange",
            json!("a"),
        ),
        (
            r#"{"op":"subscribe","id":"a","channel":"quotes","market":"kraken:BTC_XYZ"}"#,
            "unknown-pair",
            json!("a"),
        ),
        (
            r#"{"op":"subscribe","id":"a","channel":"candles","market":"kraken:XBT/USD"}"#,
            "bad-message",
            json!("a"),
        ),
        (
            r#"{"op":"subscribe","id":"a","channel":"candles","token":"bitcoin","interval":"7m"}"#,
            "bad-parameter",
            json!("a"),
        ),
        (
            r#"{"op":"subscribe","id":"a","channel":"price","token":"bitcoin","frequency":"1"}"#,
            "bad-parameter",
            json!("a"),
        ),
        (
            r#"{"op":"subscribe","id":"a","channel":"price","token":"bitcoin","colour":"red"}"#,
            "bad-message",
            json!("a"),
        ),
        (
            r#"{"op":"unsubscribe","id":"a"}"#,
            "bad-message",
            json!("a"),
        ),
        (r#"{"op":"dance","id":"a"}"#, "bad-parameter", json!("a")),
    ] {
        client.say(message).await;
        let error = client.next().await;
        assert_eq!(error["event"], "error", "{message}: {error}");
        assert_eq!(
            error["type"],
            format!("urn:parallax:problem:{kind}"),
            "{message}: {error}"
        );
        assert_eq!(error["id"], id, "{message}");
        assert!(
            error["status"].is_u64() && error["title"].is_string(),
            "{error}"
        );
    }
    for _ in 0..2 {
        client
            .say(r#"{"op":"subscribe","id":"a","channel":"price","token":"bitcoin"}"#)
            .await;
    }
    assert_eq!(client.next().await["event"], "subscribed");
    assert_eq!(client.next().await["event"], "snapshot");
    assert_eq!(
        client.next().await["event"],
        "error",
        "an id names one subscription"
    );
}

#[tokio::test]
async fn a_name_that_several_tokens_have_is_answered_with_them() {
    let catalogue = r#"
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
        "#;
    let house = crate::support::house_of(catalogue).await;
    let mut client = client(&house, "/api/v1/ws").await;
    client
        .say(r#"{"op":"subscribe","id":"a","channel":"price","token":"twin"}"#)
        .await;
    let error = client.next().await;
    assert_eq!(error["status"], 409);
    assert_eq!(error["candidates"].as_array().unwrap().len(), 2, "{error}");
}
