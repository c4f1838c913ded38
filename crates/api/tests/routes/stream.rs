//! The event stream.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
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
async fn a_stream_of_some_fields_has_those_and_what_tells_how_old_a_price_is() {
    let house = house().await;
    house.publish("bitcoin", "1.5");
    let path = "/api/v1/stream?fields=sources,price,%20price,&tokens=bitcoin";
    let mut events = Events::of(house.get(path).await);
    events.next().await.unwrap();
    assert_eq!(
        events.next().await.unwrap(),
        "event: snapshot\nid: 1\ndata: {\"seq\":1,\"at\":\"2023-11-14T22:13:20.000Z\",\"prices\":[\
         {\"token\":\"bitcoin\",\"price\":\"1.5\",\"status\":\"live\",\
         \"as_of\":\"2023-11-14T22:13:20.000Z\",\"sources\":3}]}"
    );
    house.publish("bitcoin", "2");
    assert_eq!(
        events.next().await.unwrap(),
        "event: price\nid: 2\ndata: {\"token\":\"bitcoin\",\"price\":\"2\",\"status\":\"live\",\
         \"as_of\":\"2023-11-14T22:13:20.000Z\",\"sources\":3}"
    );
    let refused = json(house.get("/api/v1/stream?fields=price,prize").await).await;
    let detail = refused["detail"].as_str().unwrap();
    assert!(
        detail.contains("volume_24h_usd") && detail.ends_with("got \"prize\""),
        "{detail}"
    );
}

/// The minute of the house's clock.
const MINUTE: i64 = 1_699_999_980;

fn bar_of(event: &str) -> serde_json::Value {
    let data = event.strip_prefix("event: bar\ndata: ");
    serde_json::from_str(data.unwrap_or_else(|| panic!("{event}"))).unwrap()
}

#[tokio::test]
async fn bars_come_with_the_stream_as_they_grow_and_when_they_are_over() {
    let house = house().await;
    house.publish("bitcoin", "5");
    house.put_minute("bitcoin", MINUTE - 60, ["1", "2", "1", "2"]);
    house.put_minute("bitcoin", MINUTE, ["2", "2", "2", "2"]);
    house.put_minute("ethereum", MINUTE, ["9", "9", "9", "9"]);
    let path = "/api/v1/stream?tokens=bitcoin&interval=1m,1h,1m&fields=price";
    let mut events = Events::of(house.get(path).await);
    events.next().await.unwrap();
    let snapshot = events.next().await.unwrap();
    assert!(snapshot.starts_with("event: snapshot\nid: 1\n"));
    let ended = bar_of(&events.next().await.unwrap());
    let running = bar_of(&events.next().await.unwrap());
    assert_eq!(
        (&ended["closed"], &ended["close"]),
        (&true.into(), &"2".into())
    );
    assert_eq!(
        (&running["closed"], &running["close"], &running["high"]),
        (&false.into(), &"5".into(), &"5".into())
    );
    assert_eq!(
        (&running["token"], &running["interval"], &running["source"]),
        (&"bitcoin".into(), &"1m".into(), &"index".into())
    );
    assert_eq!(running["open_time_ms"], MINUTE * 1_000);

    house.publish("bitcoin", "4");
    house.publish("bitcoin", "3");
    tokio::time::pause();
    for id in [2, 3] {
        let event = events.next().await.unwrap();
        assert!(
            event.starts_with(&format!("event: price\nid: {id}\n")),
            "{event}"
        );
    }
    let grown = bar_of(&events.next().await.unwrap());
    assert_eq!(
        (&grown["close"], &grown["high"]),
        (&"3".into(), &"3".into())
    );
    house.clock.advance(std::time::Duration::from_secs(40));
    let over = bar_of(&events.next().await.unwrap());
    assert_eq!(
        (&over["closed"], &over["open_time"]),
        (&true.into(), &running["open_time"])
    );
    let next = events.next().await.unwrap();
    assert!(next.starts_with("event: heartbeat\nid: 3\n"), "{next}");
}

#[tokio::test]
async fn bars_leave_the_place_of_a_client_that_comes_back_as_it_is() {
    let house = house().await;
    house.publish("bitcoin", "1");
    house.put_minute("bitcoin", MINUTE, ["2", "2", "2", "2"]);
    house.publish("bitcoin", "2");
    let path = "/api/v1/stream?interval=1m";
    let mut events = Events::of(house.send(resume(path, "1")).await);
    events.next().await.unwrap();
    let missed = events.next().await.unwrap();
    assert!(missed.starts_with("event: price\nid: 2\n"), "{missed}");
    let bar = events.next().await.unwrap();
    assert!(!bar.contains("\nid:"), "{bar}");
    assert_eq!(bar_of(&bar)["close"], "2");
}

#[tokio::test]
async fn no_more_prices_of_a_token_come_in_a_second_than_asked_for() {
    for (query, expected) in [
        ("max_rate=4", 250),
        ("max_rate=0.5", 2_000),
        ("max_rate=20&interval_ms=100", 100),
        ("max_rate=1e0&interval_ms=100", 1_000),
    ] {
        let house = house().await;
        let mut events = Events::of(house.get(&format!("/api/v1/stream?{query}")).await);
        events.next().await.unwrap();
        events.next().await.unwrap();
        tokio::time::pause();
        let mut began = None;
        for number in 1..=4 {
            house.publish("bitcoin", &format!("{number}.1"));
            house.publish("bitcoin", &format!("{number}.2"));
            let event = events.next().await.unwrap();
            assert!(
                event.contains(&format!("\"price\":\"{number}.2\"")),
                "{event}"
            );
            began.get_or_insert_with(tokio::time::Instant::now);
        }
        let took = began.unwrap().elapsed().as_millis();
        // Tokio's timers count in milliseconds.
        assert!(took.abs_diff(expected * 3) <= 4, "{query}: {took} ms");
        tokio::time::resume();
    }
}

#[tokio::test]
async fn bars_come_at_the_streams_pace_but_no_more_often_than_they_are_looked_at() {
    for (query, expected) in [
        ("", 1_000),
        ("&max_rate=20", 250),
        ("&interval_ms=4000", 4_000),
    ] {
        let house = house().await;
        house.publish("bitcoin", "1");
        house.put_minute("bitcoin", MINUTE, ["1", "1", "1", "1"]);
        let path = format!("/api/v1/stream?interval=1m{query}");
        let mut events = Events::of(house.get(&path).await);
        tokio::time::pause();
        let mut bars = Vec::new();
        for number in 2.. {
            if events.next().await.unwrap().starts_with("event: bar") {
                bars.push(tokio::time::Instant::now());
                house.publish("bitcoin", &number.to_string());
            }
            if bars.len() == 3 {
                break;
            }
        }
        let took = (bars[2] - bars[0]).as_millis();
        assert!(took.abs_diff(expected * 2) <= 4, "{query}: {took} ms");
        tokio::time::resume();
    }
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
        "fields=",
        "fields=,",
        "fields=price,prize",
        "fields=Price",
        "fields=index",
        "fields=price&detail=true",
        "interval=",
        "interval=5m",
        "interval=1m,1w",
        "interval=1M",
        "max_rate=",
        "max_rate=0",
        "max_rate=0.09",
        "max_rate=20.1",
        "max_rate=-1",
        "max_rate=fast",
        "max_rate=NaN",
        "max_rate=1e99",
        "rate=1",
        "interval_ms=",
        "after=-1",
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
