//! Planned replacements: the new connection works before the old one leaves.

use std::time::Duration;

use crate::support::{Answer, Peer, Run, script};

async fn quote(run: &mut Run, peer: &mut Peer, symbol: &str, bid: u32) {
    peer.say(&format!("q {symbol} {bid} 1000")).await;
    assert_eq!(run.feed.news().await, format!("{symbol} bid {bid}"));
}

#[tokio::test]
async fn an_announced_disconnect_makes_before_it_breaks() {
    let mut run = script("BTC-USD ETH-USD").start().await;
    let mut old = run.subscribed().await;
    quote(&mut run, &mut old, "BTC-USD", 1).await;
    quote(&mut run, &mut old, "ETH-USD", 2).await;
    old.say("bye").await;
    let mut new = run.subscribed().await;
    // The old one still counts as long as the new one is silent.
    quote(&mut run, &mut old, "BTC-USD", 3).await;
    quote(&mut run, &mut new, "BTC-USD", 4).await;
    // Now it is behind for this market, but not for the other.
    old.say("q BTC-USD 5 1000").await;
    quote(&mut run, &mut old, "ETH-USD", 6).await;
    quote(&mut run, &mut new, "ETH-USD", 7).await;
    assert_eq!(old.hear().await, "closed");
    // `news` would have shown a stall.
    quote(&mut run, &mut new, "ETH-USD", 8).await;
    let report = run
        .feed
        .report("the replacement", |report| report.reconnects == 1)
        .await;
    assert_eq!(
        (report.last_error.clone(), report.stalled_markets),
        (None, 0)
    );
}

#[tokio::test]
async fn a_market_that_is_quiet_on_the_new_connection_holds_the_old_one_only_for_a_while() {
    let mut script = script("BTC-USD ETH-USD");
    script.config.overlap = Duration::from_millis(150);
    let mut run = script.start().await;
    let mut old = run.subscribed().await;
    quote(&mut run, &mut old, "ETH-USD", 1).await;
    old.say("bye").await;
    let mut new = run.subscribed().await;
    quote(&mut run, &mut new, "BTC-USD", 2).await;
    assert_eq!(old.hear().await, "closed");
    quote(&mut run, &mut new, "ETH-USD", 3).await;
}

#[tokio::test]
async fn a_connection_is_replaced_before_the_exchange_would_close_it() {
    let mut script = script("BTC-USD");
    script.facts.limits.max_connection_age = Some(Duration::from_millis(400));
    script.facts.connection_stall_after = Duration::from_secs(2);
    let mut run = script.start().await;
    let mut old = run.subscribed().await;
    quote(&mut run, &mut old, "BTC-USD", 1).await;
    let mut new = run.subscribed().await;
    quote(&mut run, &mut old, "BTC-USD", 2).await;
    quote(&mut run, &mut new, "BTC-USD", 3).await;
    assert_eq!(old.hear().await, "closed");
}

#[tokio::test]
async fn a_replacement_that_fails_is_tried_again_while_the_old_connection_works() {
    let mut run = script("BTC-USD").start().await;
    let mut old = run.subscribed().await;
    quote(&mut run, &mut old, "BTC-USD", 1).await;
    old.say("bye").await;
    drop(run.subscribed().await);
    quote(&mut run, &mut old, "BTC-USD", 2).await;
    let mut new = run.subscribed().await;
    quote(&mut run, &mut new, "BTC-USD", 3).await;
    assert_eq!(old.hear().await, "closed");
}

#[tokio::test]
async fn when_the_old_connection_breaks_early_only_unheard_markets_stall() {
    let mut run = script("BTC-USD ETH-USD").start().await;
    let mut old = run.subscribed().await;
    quote(&mut run, &mut old, "BTC-USD", 1).await;
    quote(&mut run, &mut old, "ETH-USD", 2).await;
    old.say("bye").await;
    let mut new = run.subscribed().await;
    quote(&mut run, &mut new, "BTC-USD", 3).await;
    drop(old);
    assert_eq!(run.feed.news().await, "ETH-USD stalled");
    quote(&mut run, &mut new, "BTC-USD", 4).await;
    quote(&mut run, &mut new, "ETH-USD", 5).await;
}

#[tokio::test]
async fn a_newly_listed_market_joins_without_a_gap() {
    let mut script = script("BTC-USD");
    script.config.discovery_refresh = Duration::from_millis(100);
    script.markets.push(Answer::status(503, ""));
    script.markets.push(Answer::ok("ETH-USD BTC-USD"));
    let mut run = script.start().await;
    let mut old = run.subscribed().await;
    quote(&mut run, &mut old, "BTC-USD", 1).await;
    let mut new = run.accept().await;
    assert_eq!(new.hear().await, "sub 1 BTC-USD,ETH-USD");
    quote(&mut run, &mut new, "ETH-USD", 2).await;
    quote(&mut run, &mut old, "BTC-USD", 3).await;
    quote(&mut run, &mut new, "BTC-USD", 4).await;
    assert_eq!(old.hear().await, "closed");
}

#[tokio::test]
async fn a_market_that_is_no_longer_listed_is_left_out_of_the_next_connection() {
    let mut script = script("BTC-USD ETH-USD SOL-USD");
    script.config.discovery_refresh = Duration::from_millis(50);
    script.markets.push(Answer::ok("BTC-USD SOL-USD"));
    let mut run = script.start().await;
    let mut old = run.accept().await;
    assert_eq!(old.hear().await, "sub 1 BTC-USD,ETH-USD,SOL-USD");
    run.feed
        .report("the delisting", |report| report.markets == 2)
        .await;
    // It still counts while it speaks.
    quote(&mut run, &mut old, "ETH-USD", 1).await;
    old.say("bye").await;
    let mut new = run.accept().await;
    assert_eq!(new.hear().await, "sub 1 BTC-USD,SOL-USD");
    quote(&mut run, &mut new, "SOL-USD", 2).await;
    assert_eq!(old.hear().await, "closed");
    quote(&mut run, &mut new, "BTC-USD", 3).await;
}

#[tokio::test]
async fn a_replacement_that_is_itself_asked_to_leave_is_replaced_in_its_turn() {
    let mut run = script("BTC-USD").start().await;
    let mut first = run.subscribed().await;
    quote(&mut run, &mut first, "BTC-USD", 1).await;
    first.say("bye").await;
    let mut second = run.subscribed().await;
    second.say("bye").await;
    quote(&mut run, &mut second, "BTC-USD", 2).await;
    assert_eq!(first.hear().await, "closed");
    let mut third = run.subscribed().await;
    quote(&mut run, &mut third, "BTC-USD", 3).await;
    assert_eq!(second.hear().await, "closed");
}

#[tokio::test]
async fn a_replacement_that_is_open_but_silent_takes_over_when_the_old_connection_breaks() {
    let mut run = script("BTC-USD").start().await;
    let mut old = run.subscribed().await;
    quote(&mut run, &mut old, "BTC-USD", 1).await;
    old.say("bye").await;
    let mut new = run.subscribed().await;
    // The answer shows that the new connection is served.
    new.say("ping 1").await;
    assert_eq!(new.hear().await, "pong 1");
    drop(old);
    assert_eq!(run.feed.news().await, "BTC-USD stalled");
    quote(&mut run, &mut new, "BTC-USD", 2).await;
    let report = run
        .feed
        .report("being live again", |report| {
            report.state == parallax::connection::ConnectionState::Live && report.reconnects == 1
        })
        .await;
    assert_eq!(report.stalled_markets, 0);
}
