//! A reader that is behind, and shutting down.

use std::time::{Duration, Instant};

use parallax::connection::ConnectionState;
use parallax::event::MarketEvent;

use crate::support::{script, soon};

#[tokio::test]
async fn a_reader_that_is_behind_gets_the_newest_quote_and_every_loss_is_counted() {
    const ROUNDS: u64 = 500;
    let mut script = script("BTC-USD ETH-USD");
    script.config.channel_capacity = 4;
    let mut run = script.start().await;
    let mut peer = run.subscribed().await;
    for round in 1..=ROUNDS {
        peer.say(&format!("q BTC-USD {round} 1000")).await;
        peer.say(&format!("k BTC-USD {round}")).await;
        peer.say(&format!("t ETH-USD 1 {round}")).await;
    }
    // The socket is read although nobody reads the channel.
    peer.say("ping end").await;
    assert_eq!(peer.hear().await, "pong end");

    let (mut delivered, mut last_bid, mut last_ticker) = (0, String::new(), String::new());
    while last_bid != format!("BTC-USD bid {ROUNDS}")
        || last_ticker != format!("BTC-USD last {ROUNDS}")
    {
        let news = run.feed.news().await;
        delivered += 1;
        if news.contains(" bid ") {
            last_bid = news;
        } else if news.contains(" last ") {
            last_ticker = news;
        }
    }
    let report = run
        .feed
        .report("the count of drops", |report| {
            report.frames == 3 * ROUNDS + 1
        })
        .await;
    assert_eq!(report.drops, 3 * ROUNDS - delivered);
    assert!(delivered < 20, "{delivered} in a channel of 4");
}

#[tokio::test]
async fn a_stall_reaches_a_reader_that_is_behind_and_no_older_quote_follows_it() {
    let mut script = script("BTC-USD");
    script.config.channel_capacity = 1;
    let mut run = script.start().await;
    let mut peer = run.subscribed().await;
    for bid in 1..=50 {
        peer.say(&format!("q BTC-USD {bid} 1000")).await;
    }
    peer.say("h BTC-USD").await;
    peer.say("ping end").await;
    assert_eq!(peer.hear().await, "pong end");
    let mut last = String::new();
    while last != "BTC-USD stalled" {
        last = run.feed.news().await;
        assert_ne!(last, "BTC-USD bid 50", "a quote from before the halt");
    }
    peer.say("q BTC-USD 51 1000").await;
    assert_eq!(run.feed.news().await, "BTC-USD bid 51");
}

#[tokio::test]
async fn shutdown_says_goodbye_and_ends_the_channel() {
    let mut run = script("BTC-USD").start().await;
    let mut peer = run.subscribed().await;
    peer.say("q BTC-USD 1 2").await;
    run.feed.state(ConnectionState::Live).await;
    let start = Instant::now();
    run.shutdown.cancel();
    assert_eq!(peer.hear().await, "closed");
    let mut last = None;
    while let Some(event) = run.feed.next().await {
        last = Some(event);
    }
    soon("the end", run.handle.join()).await;
    assert!(start.elapsed() < Duration::from_secs(2));
    assert!(
        matches!(&last, Some(MarketEvent::Connection(report)) if report.state == ConnectionState::Stopped),
        "{last:?}"
    );
}

#[tokio::test]
async fn shutdown_does_not_wait_for_a_peer_or_a_reader_that_has_stopped() {
    let mut script = script("BTC-USD");
    script.config.channel_capacity = 1;
    let run = script.start().await;
    let mut peer = run.subscribed().await;
    peer.say("q BTC-USD 1 2").await;
    let start = Instant::now();
    run.shutdown.cancel();
    soon("the end", run.handle.join()).await;
    assert!(start.elapsed() < Duration::from_secs(2));
    drop((peer, run.feed));
}
