//! Tickets, and streams with and without keys: how many there may be, and that they end with their key.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use crate::asyncapi::data_of;
use crate::support::keys::{from, key, problem, request, required, with_key};
use crate::support::{Events, access, house, house_for, json};
use axum::http::{Request, StatusCode, header};
use parallax::time::Timestamp;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn a_ticket_opens_one_stream_within_half_a_minute_and_nothing_else() {
    let house = house_for(required()).await;
    let key = key(&house, "stream").await;
    tokio::time::pause();
    let ticket = async || {
        let request = with_key(key.reveal(), Request::post("/api/v1/tickets"));
        let response = house.send(request).await;
        assert_eq!(response.status(), StatusCode::CREATED);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        let answer = json(response).await;
        assert_eq!(answer["expires_at"], "2023-11-14T22:13:50.000Z");
        assert_eq!(answer["expires_at_ms"], 1_700_000_030_000_i64);
        answer["ticket"].as_str().unwrap().to_owned()
    };
    let open = async |ticket: &str| {
        let path = format!("/api/v1/stream?tokens=bitcoin&ticket={ticket}");
        house.get(&path).await
    };
    let first = ticket().await;
    let elsewhere = house.get(&format!("/api/v1/tokens?ticket={first}")).await;
    assert_eq!(elsewhere.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(open(&first).await.status(), StatusCode::OK);
    let again = open(&first).await;
    assert_eq!(again.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(problem(again).await.0, "ticket-refused");

    let second = ticket().await;
    assert_ne!(first, second);
    tokio::time::advance(Duration::from_secs(30)).await;
    assert_eq!(open(&second).await.status(), StatusCode::UNAUTHORIZED);
    tokio::time::resume();
    let third = ticket().await;
    let at = Timestamp::from_unix_s(1_700_000_000).unwrap();
    house.store.revoke_key(key.id(), at).await.unwrap();
    house.keys.read().await;
    assert_eq!(problem(open(&third).await).await.0, "key-refused");
}

#[tokio::test]
async fn a_ticket_is_made_with_post() {
    let response = house().await.get("/api/v1/tickets").await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()[header::ALLOW], "POST");
}

#[tokio::test]
async fn an_open_stream_ends_within_five_seconds_of_its_keys_revocation_and_says_why() {
    let house = house().await;
    let key = key(&house, "stream").await;
    let stop = CancellationToken::new();
    let keeping = tokio::spawn(house.keys.clone().run(stop.clone()));
    let with_ticket = {
        let request = with_key(key.reveal(), Request::post("/api/v1/tickets"));
        let answer = json(house.send(request).await).await;
        let ticket = answer["ticket"].as_str().unwrap().to_owned();
        house.get(&format!("/api/v1/stream?ticket={ticket}")).await
    };
    let with_key = house
        .send(with_key(key.reveal(), request("/api/v1/stream")))
        .await;
    let mut without = Events::of(house.get("/api/v1/stream").await);

    let description = json(house.get("/asyncapi.json").await).await;
    let examples = &description["components"]["messages"]["streamEnd"]["examples"];
    let described = examples[0]["payload"].clone();
    let at = Timestamp::from_unix_s(1_700_000_000).unwrap();
    house.store.revoke_key(key.id(), at).await.unwrap();
    for response in [with_key, with_ticket] {
        let mut events = Events::of(response);
        let ended = tokio::time::timeout(Duration::from_secs(5), async {
            let mut last = None;
            while let Some(event) = events.next().await {
                last = Some(event);
            }
            last.unwrap()
        });
        let last = ended.await.unwrap();
        assert_eq!(data_of("end", &last).unwrap(), described);
    }
    // Others' streams go on.
    house.publish("bitcoin", "1");
    for expected in ["retry", "event: snapshot", "event: price"] {
        assert!(without.next().await.unwrap().starts_with(expected));
    }
    stop.cancel();
    keeping.await.unwrap();
    let used = house.store.keys().await.unwrap()[0].key.last_used_at;
    assert_eq!(used, Some(at), "the last use is saved");
}

#[tokio::test]
async fn an_address_has_so_many_streams_and_a_key_its_own() {
    let mut config = access();
    config.anonymous.streams = 2;
    config.key.streams = 1;
    let house = house_for(config).await;
    let key = key(&house, "stream").await;
    let anonymous = |address: &'static str| house.send(from(address, request("/api/v1/stream")));
    let first = anonymous("2001:db8::1").await;
    let second = anonymous("2001:db8::2").await;
    let refused = anonymous("2001:db8::3").await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "5");
    assert_eq!(problem(refused).await.0, "too-many-streams");
    assert_eq!(anonymous("2001:db8:0:1::1").await.status(), StatusCode::OK);

    let keyed = || house.send(with_key(key.reveal(), request("/api/v1/stream")));
    let own = keyed().await;
    assert_eq!(own.status(), StatusCode::OK);
    assert_eq!(keyed().await.status(), StatusCode::TOO_MANY_REQUESTS);
    drop((own, first));
    assert_eq!(keyed().await.status(), StatusCode::OK);
    assert_eq!(anonymous("2001:db8::4").await.status(), StatusCode::OK);
    drop(second);
}
