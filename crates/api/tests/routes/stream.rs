//! The event stream.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use crate::support::{Events, house, house_with, json};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};

fn resume(path: &str, id: &str) -> Request<Body> {
    Request::get(path)
        .header("last-event-id", id)
        .body(Body::empty())
        .unwrap()
}

#[tokio::test]
async fn a_stream_begins_with_a_snapshot_and_goes_on_with_what_is_published() {
    let house = house().await;
    house.publish("bitcoin", "1");
    let response = house.get("/api/v1/stream").await;
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        "text/event-stream"
    );
    assert_eq!(
        response.headers()[header::CACHE_CONTROL],
        "no-store, no-transform"
    );
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    let mut events = Events::of(response);
    assert_eq!(events.next().await.unwrap(), "retry: 2000");
    let snapshot = events.next().await.unwrap();
    let data = snapshot
        .strip_prefix("event: snapshot\nid: 1\ndata: ")
        .unwrap();
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["prices"][0]["token"], "bitcoin");

    house.publish("ethereum", "2");
    let event = events.next().await.unwrap();
    assert!(
        event.starts_with("event: price\nid: 2\ndata: {\"token\":\"ethereum\""),
        "{event}"
    );
}

#[tokio::test]
async fn a_returning_client_gets_every_publication_since() {
    let house = house().await;
    for price in 1..=4 {
        house.publish("bitcoin", &price.to_string());
    }
    let mut events = Events::of(house.send(resume("/api/v1/stream", "2")).await);
    events.next().await.unwrap();
    for id in [3, 4] {
        let event = events.next().await.unwrap();
        assert!(
            event.starts_with(&format!("event: price\nid: {id}\n")),
            "{event}"
        );
    }
}

#[tokio::test]
async fn a_client_that_returns_too_late_gets_a_snapshot() {
    let house = house_with(2, 10).await;
    for price in 1..=4 {
        house.publish("bitcoin", &price.to_string());
    }
    for id in ["1", "99", "not a number"] {
        let mut events = Events::of(house.send(resume("/api/v1/stream", id)).await);
        events.next().await.unwrap();
        assert!(
            events
                .next()
                .await
                .unwrap()
                .starts_with("event: snapshot\nid: 4\n"),
            "{id}"
        );
    }
}

#[tokio::test]
async fn a_first_connection_can_say_where_to_start() {
    let house = house().await;
    house.publish("bitcoin", "1");
    house.publish("bitcoin", "2");
    let mut events = Events::of(house.get("/api/v1/stream?after=1").await);
    events.next().await.unwrap();
    assert!(
        events
            .next()
            .await
            .unwrap()
            .starts_with("event: price\nid: 2\n")
    );
}

#[tokio::test]
async fn a_page_that_knows_the_state_gets_only_what_changed_since() {
    let house = house().await;
    for (token, price) in [
        ("bitcoin", "1"),
        ("ethereum", "2"),
        ("bitcoin", "3"),
        ("bitcoin", "4"),
    ] {
        house.publish(token, price);
    }
    let mut events = Events::of(house.get("/api/v1/stream?after=2&interval_ms=50").await);
    events.next().await.unwrap();
    let first = events.next().await.unwrap();
    assert!(first.starts_with("event: heartbeat\nid: 2\n"), "{first}");
    let changed = events.next().await.unwrap();
    assert!(changed.starts_with("event: price\nid: 4\n"), "{changed}");
    let mut events = Events::of(house.get("/api/v1/stream?after=9&interval_ms=50").await);
    events.next().await.unwrap();
    let unknown = events.next().await.unwrap();
    assert!(unknown.starts_with("event: snapshot\nid: 4\n"), "{unknown}");
}

#[tokio::test]
async fn a_stream_of_some_tokens_has_no_others_and_can_have_detail() {
    let house = house().await;
    house.publish("bitcoin", "1");
    let response = house
        .get("/api/v1/stream?tokens=ethereum,tether&detail=true")
        .await;
    let mut events = Events::of(response);
    events.next().await.unwrap();
    assert!(events.next().await.unwrap().ends_with("\"prices\":[]}"));
    house.publish("bitcoin", "2");
    house.publish("ethereum", "3");
    let event = events.next().await.unwrap();
    let data = event.strip_prefix("event: price\nid: 3\ndata: ").unwrap();
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["summary"]["token"], "ethereum");
    assert_eq!(data["index"]["constituents"], serde_json::json!([]));
}

#[tokio::test]
async fn a_paced_stream_gets_only_the_latest_of_each_token() {
    let house = house().await;
    let mut events = Events::of(house.get("/api/v1/stream?interval_ms=50").await);
    events.next().await.unwrap();
    events.next().await.unwrap();
    for price in 1..=3 {
        house.publish("bitcoin", &price.to_string());
    }
    assert!(
        events
            .next()
            .await
            .unwrap()
            .starts_with("event: price\nid: 3\n")
    );
}

#[tokio::test]
async fn a_quiet_stream_says_that_it_lives() {
    let house = house().await;
    house.publish("bitcoin", "1");
    let mut events = Events::of(house.get("/api/v1/stream").await);
    events.next().await.unwrap();
    events.next().await.unwrap();
    tokio::time::pause();
    let event = events.next().await.unwrap();
    let expected = "event: heartbeat\nid: 1\ndata: {\"seq\":1,\"at\":\"2023-11-14T22:13:20.000Z\"}";
    assert_eq!(event, expected);
}

#[tokio::test]
async fn bad_parameters_are_problems() {
    let house = house().await;
    for query in [
        "interval_ms=49",
        "interval_ms=60001",
        "interval_ms=fast",
        "tokens=",
        "tokens=BTC",
        "detail=2",
    ] {
        let response = house.get(&format!("/api/v1/stream?{query}")).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
        let problem = json(response).await;
        assert!(!problem["detail"].as_str().unwrap().is_empty(), "{query}");
    }
}

#[tokio::test]
async fn more_streams_than_allowed_are_refused_until_one_ends() {
    let house = house_with(8, 1).await;
    let first = house.get("/api/v1/stream").await;
    let refused = house.get("/api/v1/stream").await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "5");
    drop(first);
    assert_eq!(house.get("/api/v1/stream").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn streams_end_when_the_server_stops() {
    let house = house().await;
    let mut events = Events::of(house.get("/api/v1/stream").await);
    events.next().await.unwrap();
    events.next().await.unwrap();
    house.shutdown.cancel();
    assert_eq!(events.next().await, None);
}
