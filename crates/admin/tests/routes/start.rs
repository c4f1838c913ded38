//! The overview.

use std::sync::Arc;

use parallax::account::Role;
use parallax::connection::{ConnectionReport, ConnectionState};

use crate::house::House;

/// Lets Kraken have one connection that is live.
fn connect(house: &House, decode_errors: u64) {
    house.board.publish_connection(Arc::new(ConnectionReport {
        id: "kraken/0".to_owned(),
        venue: "kraken".parse().unwrap(),
        venue_name: "Kraken".to_owned(),
        endpoint: "wss://kraken.example".to_owned(),
        state: ConnectionState::Live,
        since: house.now(),
        markets: 1,
        stalled_markets: 0,
        last_data_at: None,
        frames_per_second_x100: 0,
        frames: 0,
        events: 0,
        reconnects: 0,
        decode_errors,
        drops: 0,
        rejected_subscriptions: 0,
        last_error: None,
        last_error_at: None,
        next_attempt_at: None,
        budget: None,
    }));
}

#[tokio::test]
async fn what_is_not_as_usual_comes_first_with_the_way_there() {
    let house = House::new().await;
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    let page = editor.get("/mgmt").await.body;
    assert!(page.contains("0 of 0 connections are live"), "{page}");
    connect(&house, 0);
    let page = editor.get("/mgmt").await.body;
    assert!(page.contains("Everything is as usual."), "{page}");
    connect(&house, 1);
    let form = "/mgmt/exchanges/kraken/pause";
    editor.fill(form, form, &[]).await;
    let page = editor.get("/mgmt").await.body;
    for said in [
        r#"<a href="/mgmt/exchanges/kraken">Kraken is paused.</a>"#,
        "1 frame of Kraken could not be read.",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
}

#[tokio::test]
async fn the_last_changes_are_shown_to_those_who_may_read_the_log() {
    let house = House::new().await;
    let mut superuser = house.signed_in_cheaply("olga", Role::Superuser).await;
    let mut viewer = house.signed_in_cheaply("vera", Role::Viewer).await;
    let form = "/mgmt/exchanges/kraken/pause";
    superuser.fill(form, form, &[]).await;
    assert!(superuser.get("/mgmt").await.body.contains("venue.pause"));
    assert!(!viewer.get("/mgmt").await.body.contains("venue.pause"));
}
