//! The operator's switch: pausing, resuming, opening anew.

use parallax::connection::ConnectionState;
use parallax::venue::VenueSwitch;
use tokio::sync::watch;

use crate::support::{Run, script, soon};

const PAUSED: VenueSwitch = VenueSwitch {
    is_paused: true,
    reconnects: 0,
    addresses: None,
};

async fn start(markets: &str, set: VenueSwitch) -> (Run, watch::Sender<VenueSwitch>) {
    let (switch, set) = watch::channel(set);
    let mut script = script(markets);
    script.switch = Some(set);
    (script.start().await, switch)
}

#[tokio::test]
async fn a_paused_venue_says_goodbye_and_its_markets_count_no_longer_until_it_is_resumed() {
    let (mut run, switch) = start("BTC-USD", VenueSwitch::default()).await;
    let mut peer = run.subscribed().await;
    peer.say("q BTC-USD 1 2").await;
    assert_eq!(run.feed.news().await, "BTC-USD bid 1");
    switch.send_replace(PAUSED);
    assert_eq!(peer.hear().await, "closed");
    run.feed.state(ConnectionState::Stopped).await;
    assert_eq!(run.feed.news().await, "BTC-USD stalled");
    let (key, _) = *run.feed.listed().first().unwrap();
    switch.send_replace(VenueSwitch::default());
    let mut peer = run.subscribed().await;
    peer.say("q BTC-USD 3 4").await;
    assert_eq!(run.feed.news().await, "BTC-USD bid 3");
    assert_eq!(run.feed.listed().last().unwrap().0, key);
}

#[tokio::test]
async fn a_venue_that_is_paused_from_the_start_is_asked_nothing() {
    let (mut run, switch) = start("BTC-USD", PAUSED).await;
    let report = run.feed.state(ConnectionState::Stopped).await;
    assert_eq!(report.id, format!("{}/0", report.venue));
    assert!(run.asked.lock().unwrap().is_empty());
    switch.send_replace(VenueSwitch::default());
    let _peer = run.subscribed().await;
}

#[tokio::test]
async fn all_connections_are_opened_anew_when_the_operator_asks_for_it() {
    let (mut run, switch) = start("BTC-USD", VenueSwitch::default()).await;
    let mut first = run.subscribed().await;
    switch.send_modify(|set| set.reconnects += 1);
    assert_eq!(first.hear().await, "closed");
    let mut second = run.subscribed().await;
    second.say("q BTC-USD 5 6").await;
    assert_eq!(run.feed.news().await, "BTC-USD stalled");
    assert_eq!(run.feed.news().await, "BTC-USD bid 5");
}

#[tokio::test]
async fn a_paused_venue_does_not_hold_up_the_end_and_nobody_at_the_switch_changes_nothing() {
    let (run, _switch) = start("BTC-USD", PAUSED).await;
    run.shutdown.cancel();
    soon("the end", run.handle.join()).await;
    let (run, switch) = start("BTC-USD", VenueSwitch::default()).await;
    drop(switch);
    let _peer = run.subscribed().await;
}
