//! What a WebSocket may cost, who may open one, and how it ends.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use parallax::time::Timestamp;
use parallax_api::{KeyPolicy, SocketLimits};
use parallax_service::keys::create;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

use crate::support::markets::{Told, market};
use crate::support::sockets::{Client, open_door};
use crate::support::{access, house, house_for, house_with};

const PRICE: &str = r#"{"op":"subscribe","id":"a","channel":"price","token":"bitcoin"}"#;

#[tokio::test]
async fn a_client_that_does_not_read_is_cut_off_within_ten_seconds() {
    let house = house().await;
    // A message of more than the system buffers on this way.
    let one = market("kraken", "XBT/USD", ["XBT", "USD"], Told::Quote("1", "2"));
    let markets = (0..24_000).map(|number| {
        let mut state = one.clone();
        let mut listing = (*state.listing).clone();
        listing.symbol = format!("XBT/USD-{number}").into();
        state.listing = listing.into();
        state
    });
    house.board.set_markets(markets.collect());
    let door = open_door(house.router.clone()).await;
    let client = Client::open(door, "/api/v1/ws?exchange=kraken").await;
    assert_eq!(house.board.clients(), 1);
    tokio::time::pause();
    let start = Instant::now();
    while house.board.clients() > 0 {
        assert!(start.elapsed() < Duration::from_secs(10), "still open");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(start.elapsed() > Duration::from_secs(5));
    drop(client);
}

#[tokio::test]
async fn messages_that_are_too_long_or_no_text_close_the_connection() {
    let house = house().await;
    let door = open_door(house.router.clone()).await;
    let long = |length: usize| Message::text(format!("{{{}}}", " ".repeat(length - 2)));
    for (message, code) in [
        (long(4_097), 1009),
        (long(100_000), 1002),
        (Message::binary(vec![1, 2, 3]), 1003),
    ] {
        let mut client = Client::open(door, "/api/v1/ws").await;
        client.0.send(message).await.unwrap();
        assert_eq!(client.closed().await.0, code);
    }
    let mut client = Client::open(door, "/api/v1/ws").await;
    client.0.send(long(4_096)).await.unwrap();
    assert_eq!(client.next().await["event"], "error");
}

#[tokio::test]
async fn subscriptions_are_counted_and_one_that_ends_makes_room() {
    let house = house().await;
    let limits = SocketLimits {
        max_subscriptions: 1,
        ..SocketLimits::default()
    };
    let door = open_door(house.router_of_sockets(limits)).await;
    let mut client = Client::open(door, "/api/v1/ws").await;
    client.say(PRICE).await;
    client.next().await;
    client.next().await;
    let second = PRICE.replace("\"a\"", "\"b\"");
    client.say(&second).await;
    let refused = client.next().await;
    assert_eq!(
        refused["type"],
        "urn:parallax:problem:too-many-subscriptions"
    );
    client.say(r#"{"op":"unsubscribe","id":"a"}"#).await;
    client.next().await;
    client.say(&second).await;
    assert_eq!(client.next().await["event"], "subscribed");
}

#[tokio::test]
async fn connections_are_counted_for_each_address_and_in_all() {
    let mut config = access();
    config.limit_loopback = true;
    config.anonymous.streams = 1;
    let house = house_for(config).await;
    let door = open_door(house.router.clone()).await;
    let first = Client::open(door, "/api/v1/ws").await;
    let refused = Client::with_headers(door, "/api/v1/ws", &[]).await.err();
    assert_eq!(refused.unwrap().status(), 429);
    drop(first);

    let house = house_with(8, 1).await;
    let door = open_door(house.router.clone()).await;
    let mut first = Client::open(door, "/api/v1/ws").await;
    let refused = Client::with_headers(door, "/api/v1/ws", &[]).await.err();
    assert_eq!(refused.unwrap().status(), 503);
    first.0.close(None).await.unwrap();
    while first.0.next().await.is_some() {}
    tokio::time::pause();
    while house.board.clients() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Client::open(door, "/api/v1/ws").await;
}

#[tokio::test]
async fn a_connection_lasts_no_longer_than_it_may() {
    let house = house().await;
    let limits = SocketLimits {
        lifetime: Duration::from_secs(3_600),
        ..SocketLimits::default()
    };
    let door = open_door(house.router_of_sockets(limits)).await;
    let mut client = Client::open(door, "/api/v1/ws").await;
    tokio::time::pause();
    let start = Instant::now();
    let (code, reason) = client.closed().await;
    assert_eq!(code, 1001);
    assert!(reason.contains("longest"), "{reason}");
    assert!(start.elapsed().as_secs().abs_diff(3_600) <= 1);
}

#[tokio::test]
async fn clients_are_pinged_and_one_that_does_not_answer_is_closed() {
    let house = house().await;
    let door = open_door(house.router.clone()).await;
    let mut client = Client::open(door, "/api/v1/ws").await;
    tokio::time::pause();
    let start = Instant::now();
    for pings in 1..=3 {
        // The library answers each when the next is read.
        let message = client.0.next().await.unwrap().unwrap();
        assert!(message.is_ping());
        assert!(start.elapsed().as_secs().abs_diff(20 * pings) <= 1);
    }
    drop(client);

    let silent = Client::open(door, "/api/v1/ws").await;
    // Beneath the library, which would answer.
    let mut tcp = silent.0.into_inner();
    let mut heard = Vec::new();
    let start = Instant::now();
    let reading = tokio::io::AsyncReadExt::read_to_end(&mut tcp, &mut heard);
    reading.await.unwrap();
    assert!((38..=43).contains(&start.elapsed().as_secs()));
    let reason = b"a ping was not answered";
    assert!(heard.windows(reason.len()).any(|part| part == reason));
    tokio::time::resume();

    let mut client = Client::open(door, "/api/v1/ws").await;
    client.0.send(Message::Ping("x".into())).await.unwrap();
    let answer = client.0.next().await.unwrap().unwrap();
    assert_eq!(answer, Message::Pong("x".into()));
}

#[tokio::test]
async fn pages_of_other_sites_may_connect_only_where_they_are_named() {
    let house = house().await;
    let named = SocketLimits {
        allowed_origins: vec!["https://charts.example".to_owned()],
        ..SocketLimits::default()
    };
    let (door, named) = (
        open_door(house.router.clone()).await,
        open_door(house.router_of_sockets(named)).await,
    );
    let own = format!("http://{door}");
    for (door, origin, expected) in [
        (door, own.as_str(), None),
        (door, "https://charts.example", Some(403)),
        (named, "https://charts.example", None),
        (named, "https://evil.example", Some(403)),
    ] {
        let opened = Client::with_headers(door, "/api/v1/ws", &[("origin", origin)]).await;
        let refused = opened.err().map(|response| response.status().as_u16());
        assert_eq!(refused, expected, "{origin}");
    }
}

#[tokio::test]
async fn connections_end_when_the_server_stops() {
    let house = house().await;
    let door = open_door(house.router.clone()).await;
    let mut client = Client::open(door, "/api/v1/ws").await;
    client.say(PRICE).await;
    client.next().await;
    client.next().await;
    house.shutdown.cancel();
    let (code, reason) = client.closed().await;
    assert_eq!(code, 1001);
    assert!(reason.contains("stops"), "{reason}");
}

#[tokio::test]
async fn a_key_or_a_ticket_opens_a_connection_which_ends_with_the_key() {
    let mut config = access();
    config.keys = KeyPolicy::Required;
    let house = house_for(config).await;
    let made_at = Timestamp::from_unix_s(1_600_000_000).unwrap();
    let (name, scopes) = ("a test".parse().unwrap(), "stream".parse().unwrap());
    let made = create(house.store.as_ref(), name, scopes, None, made_at).await;
    let (key, _) = made.unwrap();
    house.keys.read().await;
    let door = open_door(house.router.clone()).await;
    let refused = Client::with_headers(door, "/api/v1/ws", &[]).await.err();
    assert_eq!(refused.unwrap().status(), 401);

    let bearer = format!("Bearer {}", key.reveal());
    let headers = [("authorization", bearer.as_str())];
    let mut by_key = Client::with_headers(door, "/api/v1/ws", &headers)
        .await
        .ok()
        .unwrap();
    let request = axum::http::Request::post("/api/v1/tickets").header("authorization", &bearer);
    let answer = house
        .send(request.body(axum::body::Body::empty()).unwrap())
        .await;
    let ticket = crate::support::json(answer).await;
    let ticket = ticket["ticket"].as_str().unwrap().to_owned();
    let mut by_ticket = Client::open(door, &format!("/api/v1/ws?ticket={ticket}")).await;

    house.store.revoke_key(key.id(), made_at).await.unwrap();
    house.keys.read().await;
    for client in [&mut by_key, &mut by_ticket] {
        assert_eq!(
            client.closed().await,
            (4401, "the key was revoked".to_owned())
        );
    }
}
