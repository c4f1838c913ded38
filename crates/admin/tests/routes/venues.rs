//! Exchanges and their switches.

use axum::http::StatusCode;
use parallax::account::Role;

use crate::house::House;

const KRAKEN: &str = "/mgmt/exchanges/kraken";

#[tokio::test]
async fn an_editor_pauses_resumes_and_reconnects_and_each_is_noted() {
    let house = House::new().await;
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    assert!(editor.get("/mgmt/exchanges").await.body.contains(KRAKEN));
    for (what, is_paused, reconnects) in [
        ("pause", true, 0),
        ("resume", false, 0),
        ("reconnect", false, 1),
    ] {
        let form = format!("{KRAKEN}/{what}");
        let done = editor.fill(&form, &form, &[]).await;
        assert_eq!(done.location(), KRAKEN, "{what}");
        let set = house.kraken.borrow().clone();
        assert_eq!(
            (set.is_paused, set.reconnects),
            (is_paused, reconnects),
            "{what}"
        );
        let page = editor.get(KRAKEN).await.body;
        assert_eq!(page.contains("Resume"), is_paused, "{what}");
        let entry = house.log().await.remove(0);
        assert_eq!(entry.note.action, format!("venue.{what}"));
        assert_eq!(entry.note.actor.name, "anna");
    }
}

#[tokio::test]
async fn a_second_pause_and_an_unknown_exchange_change_nothing_and_say_so() {
    let house = House::new().await;
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    let form = format!("{KRAKEN}/pause");
    editor.fill(&form, &form, &[]).await;
    let again = editor.fill(&form, &form, &[]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.body.contains("already paused"), "{}", again.body);
    for unknown in ["/mgmt/exchanges/nothing", "/mgmt/exchanges/nothing/pause"] {
        assert_eq!(
            editor.get(unknown).await.status,
            StatusCode::NOT_FOUND,
            "{unknown}"
        );
    }
}

#[tokio::test]
async fn a_viewer_sees_how_exchanges_do_and_no_switch() {
    let house = House::new().await;
    let mut viewer = house.signed_in_cheaply("vera", Role::Viewer).await;
    let page = viewer.get(KRAKEN).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.body.contains("/pause"), "{}", page.body);
}
