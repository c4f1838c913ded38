//! Loss, silence, faults, and coming back.

use std::time::Duration;

use futures::SinkExt;
use parallax::connection::ConnectionState;
use parallax_venues::spec::Endpoints;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Answer, Peer, Run, script};

/// The connection works.
async fn works(run: &mut Run, peer: &mut Peer) {
    peer.say("q BTC-USD 1 2").await;
    assert_eq!(run.feed.news().await, "BTC-USD bid 1");
}

#[tokio::test]
async fn a_lost_connection_stalls_its_markets_and_is_opened_again_with_a_fresh_session() {
    let mut run = script("BTC-USD").start().await;
    let mut peer = run.subscribed().await;
    works(&mut run, &mut peer).await;
    drop(peer);
    assert_eq!(run.feed.news().await, "BTC-USD stalled");
    let waiting = run.feed.state(ConnectionState::Waiting).await;
    assert!(waiting.next_attempt_at.is_some());
    assert_eq!(waiting.stalled_markets, 1);
    // `subscribed` checks that the session counts from 1 again.
    let mut peer = run.subscribed().await;
    works(&mut run, &mut peer).await;
    let live = run.feed.state(ConnectionState::Live).await;
    assert_eq!(live.reconnects, 1);
    assert_eq!(run.feed.listed().len(), 1);
}

#[tokio::test]
async fn heartbeats_do_not_hide_that_no_data_comes() {
    let mut script = script("BTC-USD");
    script.facts.connection_stall_after = Duration::from_millis(300);
    let mut run = script.start().await;
    let mut peer = run.subscribed().await;
    works(&mut run, &mut peer).await;
    let beating = tokio::spawn(async move {
        // Until the other side gives up.
        while peer.0.send(Message::text("hb")).await.is_ok()
            && peer
                .0
                .send(Message::Ping("still here".into()))
                .await
                .is_ok()
        {
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(run.feed.news().await, "BTC-USD stalled");
    let stalled = run.feed.state(ConnectionState::Stalled).await;
    assert_eq!(stalled.stalled_markets, 1);
    let waiting = run.feed.state(ConnectionState::Waiting).await;
    assert_eq!(
        waiting.last_error.as_deref(),
        Some("no market data for 300 ms")
    );
    let mut peer = run.subscribed().await;
    works(&mut run, &mut peer).await;
    beating.await.unwrap();
}

#[tokio::test]
async fn a_market_that_falls_silent_stalls_alone() {
    let mut script = script("BTC-USD ETH-USD");
    script.facts.market_stall_after = Duration::from_millis(200);
    let mut run = script.start().await;
    let mut peer = run.subscribed().await;
    peer.say("q ETH-USD 5 6").await;
    assert_eq!(run.feed.news().await, "ETH-USD bid 5");
    let stalled = loop {
        peer.say("q BTC-USD 1 2").await;
        let news = run.feed.news().await;
        if news != "BTC-USD bid 1" {
            break news;
        }
    };
    assert_eq!(stalled, "ETH-USD stalled");
    peer.say("q ETH-USD 7 8").await;
    while run.feed.news().await != "ETH-USD bid 7" {}
}

#[tokio::test]
async fn a_halted_market_is_stalled_at_once() {
    let mut run = script("BTC-USD").start().await;
    let mut peer = run.subscribed().await;
    works(&mut run, &mut peer).await;
    peer.say("h BTC-USD").await;
    assert_eq!(run.feed.news().await, "BTC-USD stalled");
    works(&mut run, &mut peer).await;
}

#[tokio::test]
async fn frames_that_are_not_understood_are_counted_and_survived() {
    let mut run = script("BTC-USD").start().await;
    let mut peer = run.subscribed().await;
    for _ in 0..3 {
        peer.say("gibberish").await;
    }
    let bytes = Message::binary(vec![0xff, 0xfe]);
    peer.0.send(bytes).await.unwrap();
    works(&mut run, &mut peer).await;
    let report = run
        .feed
        .report("decode errors", |report| report.decode_errors == 4)
        .await;
    assert_eq!(report.reconnects, 0);
}

#[tokio::test]
async fn an_oversized_frame_costs_the_connection_and_no_more() {
    let mut script = script("BTC-USD");
    script.facts.limits.max_frame_bytes = 1_000;
    let mut run = script.start().await;
    let mut peer = run.subscribed().await;
    peer.say(&"x".repeat(1_001)).await;
    let waiting = run.feed.state(ConnectionState::Waiting).await;
    let error = waiting.last_error.clone().unwrap();
    assert!(error.contains("too long"), "{error}");
    let mut peer = run.subscribed().await;
    peer.say("q BTC-USD 1 2").await;
    while run.feed.news().await != "BTC-USD bid 1" {}
}

#[tokio::test]
async fn a_panic_in_an_adapter_costs_the_connection_and_no_more() {
    let mut run = script("BTC-USD").start().await;
    let mut peer = run.subscribed().await;
    works(&mut run, &mut peer).await;
    peer.say("boom").await;
    let waiting = run.feed.state(ConnectionState::Waiting).await;
    assert_eq!(
        waiting.last_error.as_deref(),
        Some("a fault in the program: a fault in the adapter")
    );
    let mut peer = run.subscribed().await;
    works(&mut run, &mut peer).await;
}

#[tokio::test]
async fn a_refused_handshake_is_reported_and_its_retry_after_respected() {
    let mut run = script("BTC-USD").start().await;
    let (mut socket, _) = run.listener.accept().await.unwrap();
    socket
        .write_all(b"HTTP/1.1 429 Slow Down\r\nretry-after: 30\r\ncontent-length: 0\r\n\r\n")
        .await
        .unwrap();
    let waiting = run.feed.state(ConnectionState::Waiting).await;
    let error = waiting.last_error.clone().unwrap();
    assert!(error.ends_with("answered with HTTP status 429"), "{error}");
    let delay = waiting.next_attempt_at.unwrap().since(waiting.since);
    assert_eq!(delay, Duration::from_secs(30));
}

#[tokio::test]
async fn an_unreachable_stream_is_named_and_tried_again() {
    let vacant = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = vacant.local_addr().unwrap();
    drop(vacant);
    let mut script = script("BTC-USD");
    script.config.backoff.max = Duration::from_millis(20);
    script.markets = vec![Answer::ok("BTC-USD")];
    let (_handle, mut feed, _shutdown) = script.ingest(Endpoints {
        stream: format!("ws://{address}"),
        rest: format!("http://{address}"),
        key: None,
    });
    for _ in 0..3 {
        let waiting = feed.state(ConnectionState::Waiting).await;
        assert_eq!(
            waiting.last_error.as_deref(),
            Some(format!("could not reach http://{address}/markets: connection refused").as_str())
        );
        let delay = waiting.next_attempt_at.unwrap().since(waiting.since);
        assert!(delay <= Duration::from_millis(20));
    }
}

#[tokio::test]
async fn a_stream_that_refuses_while_discovery_works_is_reported_by_its_connection() {
    let run = script("BTC-USD").start().await;
    let Run {
        listener, mut feed, ..
    } = run;
    let address = listener.local_addr().unwrap();
    drop(listener);
    let waiting = feed
        .report("a refusal", |report| {
            report.last_error.as_ref().is_some_and(|error| {
                *error == format!("could not reach ws://{address}/stream: connection refused")
            })
        })
        .await;
    assert_eq!(waiting.markets, 1);
}

#[tokio::test]
async fn a_failed_tls_handshake_is_reported() {
    let mut script = script("BTC-USD");
    script.scheme = "wss";
    let mut run = script.start().await;
    let (mut socket, _) = run.listener.accept().await.unwrap();
    socket.write_all(b"this is not TLS\r\n").await.unwrap();
    let waiting = run.feed.state(ConnectionState::Waiting).await;
    let error = waiting.last_error.clone().unwrap();
    assert!(
        error.starts_with("could not reach wss://127.0.0.1:"),
        "{error}"
    );
    assert!(error.contains("InvalidContentType"), "{error}");
}
