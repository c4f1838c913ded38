//! Prices set by hand.

use std::sync::Arc;

use axum::http::StatusCode;
use parallax::account::Role;
use parallax::index::{IndexPrice, Status};
use parallax::stream::Changes;
use parallax_board::Publication;

use crate::browser::{Answer, Browser};
use crate::house::House;

const NEW: &str = "/mgmt/overrides/new";
const OF_BITCOIN: &str = "/mgmt/overrides/new?token=bitcoin";
const LIST: &str = "/mgmt/overrides";
/// The house's clock stands at 2026-11-22T00:00.
const UNTIL: &str = "2026-11-23T12:00";

/// Publishes a computed price.
fn computed(house: &House, price: &str) {
    let index = IndexPrice {
        token: "bitcoin".parse().unwrap(),
        price: Some(price.parse().unwrap()),
        confidence: None,
        status: Status::Live,
        as_of: Some(house.now()),
        computed_at: house.now(),
        method: 1,
        sources: 2,
        sources_known: 2,
        volume_24h_usd: None,
        constituents: Vec::new(),
        by_hand: None,
    };
    house.board.publish(vec![Publication {
        index: Arc::new(index),
        changes: Changes::default(),
    }]);
}

async fn send(editor: &mut Browser, price: &str, reason: &str, until: &str) -> Answer {
    let page = editor.get(OF_BITCOIN).await;
    let (form, revision) = (page.token_of(NEW), page.field("revision"));
    let fields = [
        ("form", form.as_str()),
        ("token", "bitcoin"),
        ("revision", revision.as_str()),
        ("price", price),
        ("reason", reason),
        ("until", until),
    ];
    editor.post(NEW, &fields).await
}

fn published(house: &House) -> Option<(String, String)> {
    let by_hand = house.by_hand.borrow();
    let set = by_hand.get("bitcoin")?;
    Some((set.price.to_string(), set.reason.clone()))
}

#[tokio::test]
async fn an_editor_sets_a_price_sees_it_in_force_and_takes_it_back() {
    let house = House::new().await;
    computed(&house, "100");
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    let page = editor.get(OF_BITCOIN).await;
    assert!(page.body.contains("100 USD"), "{}", page.body);
    let done = send(&mut editor, "105.10", "one exchange is <b>wrong</b>", UNTIL).await;
    assert_eq!(done.location(), LIST, "{}", done.body);
    let set = (
        "105.1".to_owned(),
        "one exchange is <b>wrong</b>".to_owned(),
    );
    assert_eq!(published(&house), Some(set));
    let list = editor.get(LIST).await.body;
    assert!(list.contains(">105.1<") && list.contains(">100<"), "{list}");
    assert!(!list.contains("<b>wrong"), "{list}");
    let form = "/mgmt/overrides/bitcoin/take-back";
    assert!(list.contains(form), "{list}");
    let done = editor.fill(form, form, &[]).await;
    assert_eq!(done.location(), LIST);
    assert_eq!(published(&house), None);
    let list = editor.get(LIST).await.body;
    assert!(
        list.contains("All prices are computed.") && !list.contains(form),
        "{list}"
    );
    let ended = editor.get("/mgmt/overrides?state=taken+back").await.body;
    assert!(
        ended.contains(">105.1<") && !ended.contains(form),
        "{ended}"
    );
    let log = house.log().await;
    assert_eq!(log[0].note.action, "price.take_back");
    assert_eq!(log[1].note.action, "price.set");
    assert_eq!(log[1].note.actor.name, "anna");
    assert!(log[1].note.after.as_ref().unwrap().contains("105.1"));
    let again = editor.fill(form, form, &[]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost() {
    let house = House::new().await;
    computed(&house, "100");
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    for (price, reason, until, field) in [
        ("1,5", "because & why", UNTIL, "price-error"),
        ("0", "because & why", UNTIL, "price-error"),
        ("", "because & why", UNTIL, "price-error"),
        ("101.5", " ", UNTIL, "reason-error"),
        ("101.5", "because & why", "", "until-error"),
        ("101.5", "because & why", "2026-11-21T12:00", "until-error"),
        ("101.5", "because & why", "2027-01-21T12:00", "until-error"),
    ] {
        let answer = send(&mut editor, price, reason, until).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(
            answer.body.contains(&format!("id=\"{field}\"")),
            "{price} {reason} {until}"
        );
        let kept = [price, &reason.replace('&', "&amp;"), until];
        for typed in kept.into_iter().filter(|typed| !typed.trim().is_empty()) {
            let value = format!("value=\"{typed}\"");
            assert!(answer.body.contains(&value), "{typed}: {}", answer.body);
        }
        if price == "101.5" {
            assert!(answer.body.contains("1.5 % above"), "{}", answer.body);
        }
    }
    assert_eq!(published(&house), None);
}

#[tokio::test]
async fn a_price_more_than_ten_per_cent_off_is_asked_about_first() {
    let house = House::new().await;
    computed(&house, "100");
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    // Exactly ten are not more than ten.
    assert_eq!(send(&mut editor, "110", "x", UNTIL).await.location(), LIST);
    let asked = send(&mut editor, "89.9", "x", UNTIL).await;
    assert_eq!(asked.status, StatusCode::OK);
    assert!(asked.body.contains("10.1 % below"), "{}", asked.body);
    assert_eq!(published(&house).unwrap().0, "110", "nothing was done yet");
    let answer = |meant: &'static str, form: String, revision: String| {
        [
            ("form", form),
            ("token", "bitcoin".to_owned()),
            ("revision", revision),
            ("price", "89.9".to_owned()),
            ("reason", "x".to_owned()),
            ("until", UNTIL.to_owned()),
            ("meant", meant.to_owned()),
        ]
    };
    let fields = answer("8.99", asked.token_of(NEW), asked.field("revision"));
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let another = editor.post(NEW, &fields).await;
    assert_eq!(another.status, StatusCode::OK, "an answer is for one price");
    let fields = answer("89.9", another.token_of(NEW), another.field("revision"));
    let mut changing: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    changing.push(("change", "yes"));
    let another = editor.post(NEW, &changing).await;
    assert!(another.body.contains("value=\"89.9\""), "{}", another.body);
    assert_eq!(published(&house).unwrap().0, "110");
    let fields = answer("89.9", another.token_of(NEW), another.field("revision"));
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    assert_eq!(editor.post(NEW, &fields).await.location(), LIST);
    assert_eq!(published(&house).unwrap().0, "89.9");
}

#[tokio::test]
async fn without_a_computed_price_every_price_is_asked_about() {
    let house = House::new().await;
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    let asked = send(&mut editor, "1", "x", UNTIL).await;
    assert!(asked.body.contains("no computed price"), "{}", asked.body);
    assert_eq!(published(&house), None);
}

#[tokio::test]
async fn of_two_forms_opened_on_one_state_the_second_is_told() {
    let house = House::new().await;
    computed(&house, "100");
    let mut anna = house.signed_in_cheaply("anna", Role::Editor).await;
    let mut bert = house.signed_in_cheaply("bert", Role::Editor).await;
    let page = bert.get(OF_BITCOIN).await;
    assert_eq!(send(&mut anna, "101", "x", UNTIL).await.location(), LIST);
    let (form, revision) = (page.token_of(NEW), page.field("revision"));
    let fields = [
        ("form", form.as_str()),
        ("token", "bitcoin"),
        ("revision", revision.as_str()),
        ("price", "102"),
        ("reason", "y"),
        ("until", UNTIL),
    ];
    let refused = bert.post(NEW, &fields).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(published(&house).unwrap().0, "101");
}

#[tokio::test]
async fn unknown_tokens_and_the_us_dollar_are_refused_and_viewers_only_look() {
    let house = House::new().await;
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    let unknown = editor.get("/mgmt/overrides/new?token=%3Cb%3E").await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unknown.body.contains("token-error") && !unknown.body.contains("<b>"));
    let page = editor.get("/mgmt/overrides/new?token=usd").await;
    let (form, revision) = (page.token_of(NEW), page.field("revision"));
    let fields = [
        ("form", form.as_str()),
        ("token", "usd"),
        ("revision", revision.as_str()),
        ("price", "2"),
        ("reason", "y"),
        ("until", UNTIL),
        ("meant", "2"),
    ];
    let refused = editor.post(NEW, &fields).await;
    assert!(refused.body.contains("1 by definition"), "{}", refused.body);
    let mut viewer = house.signed_in_cheaply("vera", Role::Viewer).await;
    let list = viewer.get(LIST).await;
    assert_eq!(list.status, StatusCode::OK);
    assert!(!list.body.contains(NEW), "{}", list.body);
}
