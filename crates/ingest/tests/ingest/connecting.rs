//! Opening, subscribing and answering.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures::{SinkExt, StreamExt};
use parallax::connection::ConnectionState;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{script, soon};

#[tokio::test]
async fn markets_are_subscribed_in_batches_within_the_limits() {
    let mut script = script("BTC-USD ETH-USD SOL-USD DOGE-USD XRP-USD");
    script.facts.limits.markets_per_connection = 3;
    script.facts.limits.markets_per_subscribe = 2;
    let run = script.start().await;
    let (mut one, mut other) = (run.accept().await, run.accept().await);
    // Which of the two connections comes first is chance: one has three markets, one has two.
    let mut batches = Vec::new();
    for peer in [&mut one, &mut other] {
        batches.push(peer.hear().await);
    }
    // The rest of the three.
    batches.push(tokio::select! {
        text = one.hear() => text,
        text = other.hear() => text,
    });
    let mut sizes = Vec::new();
    let mut symbols = BTreeSet::new();
    for batch in &batches {
        let markets = batch.rsplit(' ').next().unwrap();
        sizes.push(markets.split(',').count());
        symbols.extend(markets.split(',').map(str::to_owned));
    }
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 2, 2], "{batches:?}");
    assert_eq!(symbols.len(), 5, "{batches:?}");
}

#[tokio::test]
async fn messages_keep_their_distance() {
    let gap = Duration::from_millis(80);
    let mut script = script("BTC-USD ETH-USD SOL-USD");
    script.facts.limits.markets_per_subscribe = 1;
    script.facts.limits.message_gap = gap;
    let run = script.start().await;
    let mut peer = run.accept().await;
    assert_eq!(peer.hear().await, "sub 1 BTC-USD");
    let start = Instant::now();
    peer.say("ping now").await;
    // Answers come before further subscriptions.
    assert_eq!(peer.hear().await, "pong now");
    assert_eq!(peer.hear().await, "sub 2 ETH-USD");
    assert_eq!(peer.hear().await, "sub 3 SOL-USD");
    // The first message may have been on its way for a while; the gaps after it were not.
    assert!(start.elapsed() > gap * 2, "{:?}", start.elapsed());
}

#[tokio::test]
async fn connections_to_one_exchange_are_opened_at_a_distance() {
    let gap = Duration::from_millis(80);
    let mut script = script("BTC-USD ETH-USD SOL-USD");
    script.facts.limits.markets_per_connection = 1;
    script.facts.limits.connect_gap = gap;
    let run = script.start().await;
    let _first = run.accept().await;
    let start = Instant::now();
    let _second = run.accept().await;
    let _third = run.accept().await;
    assert!(start.elapsed() > gap, "{:?}", start.elapsed());
}

#[tokio::test]
async fn an_exchange_that_must_be_asked_first_is_asked_for_every_connection() {
    let mut script = script("BTC-USD");
    script.ask = true;
    let run = script.start().await;
    drop(run.subscribed().await);
    let _again = run.subscribed().await;
    let asked = run.asked.lock().unwrap().clone();
    let tokens = asked.iter().filter(|path| *path == "/token").count();
    assert_eq!(tokens, 2, "{asked:?}");
}

#[tokio::test]
async fn an_answer_that_is_owed_is_sent() {
    let run = script("BTC-USD").start().await;
    let mut peer = run.subscribed().await;
    peer.say("ping 7").await;
    assert_eq!(peer.hear().await, "pong 7");
}

#[tokio::test]
async fn keep_alives_are_sent_at_their_interval() {
    let mut script = script("BTC-USD");
    script.facts.keep_alive_every = Some(Duration::from_millis(30));
    let run = script.start().await;
    let mut peer = run.subscribed().await;
    assert_eq!(peer.hear().await, "alive");
    assert_eq!(peer.hear().await, "alive");
}

#[tokio::test]
async fn a_refused_subscription_is_counted_and_named() {
    let mut run = script("BTC-USD").start().await;
    let mut peer = run.subscribed().await;
    peer.say("r BTC-USD unknown").await;
    peer.say("q BTC-USD 1 2").await;
    let report = run
        .feed
        .report("a refusal", |report| report.rejected_subscriptions == 1)
        .await;
    assert_eq!(
        report.last_error.as_deref(),
        Some("the exchange refused the subscription of BTC-USD: unknown")
    );
}

#[tokio::test]
async fn a_connection_is_live_when_market_data_arrives_and_shows_no_secret() {
    let mut run = script("BTC-USD").start().await;
    let mut peer = run.subscribed().await;
    let connecting = run
        .feed
        .report("connecting", |report| {
            report.state == ConnectionState::Connecting
        })
        .await;
    assert_eq!(
        (connecting.id.as_str(), connecting.markets),
        ("scripted/0", 1)
    );
    peer.say("hb").await;
    peer.say("q BTC-USD 1 2").await;
    let live = run.feed.state(ConnectionState::Live).await;
    assert_eq!(live.frames, 2);
    assert!(live.last_data_at.is_some());
    let text = serde_json::to_string(&*live).unwrap();
    assert!(!text.contains("secret"), "{text}");
}

#[tokio::test]
async fn a_websocket_ping_is_answered() {
    let run = script("BTC-USD").start().await;
    let mut peer = run.subscribed().await;
    peer.0.send(Message::Ping("echo".into())).await.unwrap();
    let pong = soon("a pong", async {
        loop {
            if let Message::Pong(payload) = peer.0.next().await.unwrap().unwrap() {
                return payload;
            }
        }
    })
    .await;
    assert_eq!(pong, "echo");
}
