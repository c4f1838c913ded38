//! `/asyncapi.json`: every example in it is taken or said by the program.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;
use std::time::Duration;

use parallax::connection::{ConnectionReport, ConnectionState};
use parallax::index::Status;
use parallax::time::Timestamp;
use serde_json::{Value, json};

use crate::support::sockets::{Client, open_door};
use crate::support::{Events, House, json as body, not_modified};
use crate::world::{NOW, publish, world};

/// The world with the last minute and the running one of bitcoin.
async fn world_with_minutes() -> House {
    let house = world().await;
    house.put_minute("bitcoin", NOW - 60, ["59990", "60010", "59980", "60000"]);
    house.put_minute("bitcoin", NOW, ["60000", "60000", "60000", "60000"]);
    house
}

fn move_bitcoin(house: &House) {
    publish(house, "bitcoin", Some("60001.5"), Status::Live, NOW);
}

async fn description(house: &House) -> Value {
    body(house.get("/asyncapi.json").await).await
}

/// The examples of a message.
fn examples(description: &Value, message: &str) -> Vec<Value> {
    let examples = &description["components"]["messages"][message]["examples"];
    let examples = examples.as_array().unwrap();
    assert!(!examples.is_empty(), "{message} has no example");
    examples.iter().map(|it| it["payload"].clone()).collect()
}

fn hold(description: &Value, messages: &[&str], said: &[Value]) {
    for message in messages {
        for example in examples(description, message) {
            assert!(
                said.contains(&example),
                "{message}: {example} is not among {}",
                json!(said)
            );
        }
    }
}

#[tokio::test]
async fn the_description_is_asyncapi_3_of_this_version_and_every_reference_leads_somewhere() {
    let house = world().await;
    let description = description(&house).await;
    assert_eq!(description["asyncapi"], "3.0.0");
    assert_eq!(description["info"]["version"], env!("CARGO_PKG_VERSION"));
    let mut references = Vec::new();
    references_of(&description, &mut references);
    assert!(references.len() > 20);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(description.pointer(pointer).is_some(), "{reference}");
    }
    not_modified(&house, "/asyncapi.json").await;
}

#[tokio::test]
async fn every_example_of_a_subscription_is_taken_or_said() {
    let house = world_with_minutes().await;
    let description = description(&house).await;
    let door = open_door(house.router.clone()).await;
    let mut client = Client::open(door, "/api/v1/ws").await;
    let mut said = Vec::new();
    for message in examples(&description, "subscribe") {
        client.say(&message.to_string()).await;
        for _ in 0..2 {
            said.push(client.next().await);
        }
    }
    move_bitcoin(&house);
    // Of the price and of the candles.
    for _ in 0..2 {
        said.push(client.next().await);
    }
    let wrong = json!({"op":"subscribe","id":"d","channel":"trades","token":"bitcoin"});
    let rest = [
        examples(&description, "unsubscribe"),
        examples(&description, "ping"),
        vec![wrong],
    ];
    for message in rest.concat() {
        client.say(&message.to_string()).await;
        said.push(client.next().await);
    }
    let messages = [
        "subscribed",
        "snapshot",
        "update",
        "unsubscribed",
        "pong",
        "error",
    ];
    hold(&description, &messages, &said);
    tokio::time::timeout(Duration::from_secs(5), client.0.close(None))
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn every_example_of_the_feed_is_said() {
    let house = world().await;
    let description = description(&house).await;
    let door = open_door(house.router.clone()).await;
    let mut client = Client::open(door, "/api/v1/ws?exchange=kraken&pair=USD_BTC").await;
    hold(&description, &["rates"], &[client.next().await]);
}

#[tokio::test]
async fn every_example_of_the_stream_is_said() {
    let house = world_with_minutes().await;
    let description = description(&house).await;
    let path = "/api/v1/stream?tokens=bitcoin&fields=price,confidence,change_24h_pct&interval=1m";
    let mut events = Events::of(house.get(path).await);
    let mut said = Vec::new();
    assert_eq!(events.next().await.unwrap(), "retry: 2000");
    // The snapshot and two bars.
    for _ in 0..3 {
        said.push(events.next().await.unwrap());
    }
    move_bitcoin(&house);
    said.push(events.next().await.unwrap());
    house.board.publish_connection(Arc::new(ConnectionReport {
        id: "kraken/0".to_owned(),
        venue: "kraken".parse().unwrap(),
        venue_name: "Kraken".to_owned(),
        endpoint: "wss://ws.kraken.com/v2".to_owned(),
        state: ConnectionState::Live,
        since: Timestamp::from_unix_s(NOW).unwrap(),
        markets: 2,
        stalled_markets: 0,
        last_data_at: Some(Timestamp::from_unix_s(NOW).unwrap()),
        frames_per_second_x100: 1_250,
        frames: 7_500,
        events: 9_000,
        reconnects: 1,
        decode_errors: 0,
        drops: 0,
        rejected_subscriptions: 0,
        last_error: None,
        last_error_at: None,
        next_attempt_at: None,
        budget: None,
    }));
    said.push(events.next().await.unwrap());
    tokio::time::pause();
    for _ in 0..2 {
        said.push(events.next().await.unwrap());
    }
    for (message, event) in [
        ("streamSnapshot", "snapshot"),
        ("streamPrice", "price"),
        ("streamBar", "bar"),
        ("streamConnection", "connection"),
        ("streamHeartbeat", "heartbeat"),
    ] {
        assert_eq!(
            description["components"]["messages"][message]["name"],
            event
        );
        let said: Vec<Value> = said
            .iter()
            .filter_map(|text| data_of(event, text))
            .collect();
        hold(&description, &[message], &said);
    }
}

/// What an event says, if it is of this name.
pub(crate) fn data_of(name: &str, event: &str) -> Option<Value> {
    let rest = event.strip_prefix(&format!("event: {name}\n"))?;
    let data = rest.split_once("data: ").unwrap().1;
    Some(serde_json::from_str(data).unwrap())
}

fn references_of(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(text) if name == "$ref" => found.push(text.to_owned()),
                    _ => references_of(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| references_of(value, found)),
        _ => {}
    }
}
