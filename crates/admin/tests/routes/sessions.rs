//! Sessions: fixation, theft, time-outs, and their end at once.

use std::time::Duration;

use axum::http::StatusCode;
use parallax::account::Role;
use parallax_service::accounts::By;

use crate::house::{House, OTHER, PASSWORD};

const COOKIE: &str = "__Host-parallax";

#[tokio::test]
async fn a_session_id_that_an_attacker_chose_is_worth_nothing_after_the_sign_in() {
    let house = House::new().await;
    house.person("anna", Role::Viewer).await;
    // One that the server never made, and one of the attacker's own sign-in.
    let mut attacker = house.signed_in("eve", Role::Viewer).await;
    let own = attacker.session().unwrap().to_owned();
    for planted in ["AAAAAAAAAAAAAAAAAAAAAA", own.as_str(), "nonsense"] {
        let mut victim = house.browser();
        victim.cookies.insert(COOKIE.to_owned(), planted.to_owned());
        victim.sign_in("anna", PASSWORD).await;
        assert_ne!(victim.session().unwrap(), planted);
        let start = victim.get("/mgmt").await;
        assert!(start.body.contains("signed in as anna"));
        let mut thief = house.browser();
        thief.cookies.insert(COOKIE.to_owned(), planted.to_owned());
        let seen = thief.get("/mgmt").await;
        assert!(!seen.body.contains("signed in as anna"));
    }
    assert!(
        !attacker.is_in().await,
        "signing in ends the session that was there"
    );
}

#[tokio::test]
async fn a_stolen_cookie_is_worth_nothing_after_its_owner_signs_out() {
    let house = House::new().await;
    let mut owner = house.signed_in("anna", Role::Viewer).await;
    let mut thief = owner.clone();
    assert!(
        thief.is_in().await,
        "the attack works while the session lasts"
    );
    let token = owner.get("/mgmt").await.token_of("/mgmt/logout");
    let done = owner.post("/mgmt/logout", &[("form", &token)]).await;
    assert_eq!(done.location(), "/mgmt/login?out=1");
    assert!(owner.session().is_none());
    assert!(!thief.is_in().await);
    assert_eq!(house.actions().await[0], "session.sign_out");
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions_and_changes_the_id_of_this_one() {
    let house = House::new().await;
    let mut owner = house.signed_in("anna", Role::Viewer).await;
    let mut thief = owner.clone();
    let mut elsewhere = house.browser();
    elsewhere.sign_in("anna", PASSWORD).await;
    let page = "/mgmt/me/password";
    let fill = async |owner: &mut crate::browser::Browser, present, new, again| {
        let fields = [
            ("present_password", present),
            ("new_password", new),
            ("again_password", again),
        ];
        owner.fill(page, page, &fields).await
    };
    for (present, new, again, said) in [
        (OTHER, OTHER, OTHER, "This is not your present password."),
        (PASSWORD, OTHER, PASSWORD, "The two new passwords differ."),
        (
            PASSWORD,
            "password1234",
            "password1234",
            "This password is common",
        ),
        (
            PASSWORD,
            "short",
            "short",
            "A password has at least 12 characters",
        ),
    ] {
        let refused = fill(&mut owner, present, new, again).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains(said), "{said}: {}", refused.body);
        assert!(!refused.body.contains(PASSWORD) && !refused.body.contains(OTHER));
    }
    let before = owner.session().unwrap().to_owned();
    let done = fill(&mut owner, PASSWORD, OTHER, OTHER).await;
    assert_eq!(done.location(), "/mgmt/me", "{}", done.body);
    assert_ne!(owner.session().unwrap(), before);
    let me = owner.get("/mgmt/me").await;
    assert!(me.body.contains("Your password is changed."));
    let me = owner.get("/mgmt/me").await;
    assert!(!me.body.contains("Your password is changed."), "said once");
    assert!(!thief.is_in().await && !elsewhere.is_in().await);
    owner = house.browser();
    owner.sign_in("anna", OTHER).await;
}

#[tokio::test]
async fn a_disabled_account_and_a_new_role_end_sessions_at_once() {
    let house = House::new().await;
    let mut bert = house.signed_in("bert", Role::Viewer).await;
    let id = house
        .accounts
        .named(&"bert".parse().unwrap())
        .await
        .unwrap();
    let (id, revision, line) = (id.account.id, id.revision, By::command_line());
    house
        .accounts
        .set_role(&id, Role::Editor, revision, &line)
        .await
        .unwrap();
    assert!(!bert.is_in().await);
    bert.sign_in("bert", PASSWORD).await;
    house.accounts.disable(&id, &line).await.unwrap();
    assert!(!bert.is_in().await);
    let refused = bert.try_to_sign_in("bert", PASSWORD).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_when_it_is_old() {
    let house = House::new().await;
    let mut idle = house.signed_in("anna", Role::Viewer).await;
    house.advance(Duration::from_secs(29 * 60));
    assert!(idle.is_in().await);
    house.advance(Duration::from_secs(29 * 60));
    assert!(idle.is_in().await, "it was used in between");
    house.advance(Duration::from_secs(30 * 60));
    assert!(!idle.is_in().await);

    let mut busy = house.browser();
    busy.sign_in("anna", PASSWORD).await;
    for _ in 0..35 {
        house.advance(Duration::from_secs(20 * 60));
        assert!(busy.is_in().await);
    }
    // A new id is no younger.
    let page = "/mgmt/me/password";
    let fields = [
        ("present_password", PASSWORD),
        ("new_password", OTHER),
        ("again_password", OTHER),
    ];
    assert_eq!(busy.fill(page, page, &fields).await.location(), "/mgmt/me");
    house.advance(Duration::from_secs(20 * 60));
    assert!(!busy.is_in().await);
}

#[tokio::test]
async fn ones_own_sessions_are_listed_and_ended_and_nobody_elses() {
    let house = House::new().await;
    let mut anna = house.signed_in("anna", Role::Viewer).await;
    house.from([198, 51, 100, 7]);
    let mut phone = house.browser();
    phone.sign_in("anna", PASSWORD).await;
    let mut eve = house.signed_in("eve", Role::Viewer).await;
    let me = anna.get("/mgmt/me").await;
    assert!(me.body.contains("198.51.100.7, a test") && me.body.contains("192.0.2.1, a test"));
    let session = me.field("session");
    // Someone who learnt the hash can end only their own.
    let token = eve.get("/mgmt").await.token_of("/mgmt/logout");
    let fields = [("form", token.as_str()), ("session", session.as_str())];
    assert_eq!(
        eve.post("/mgmt/me/sessions", &fields).await.status,
        StatusCode::NOT_FOUND
    );
    assert!(phone.is_in().await);
    let token = me.token_of("/mgmt/me/sessions");
    let fields = [("form", token.as_str()), ("session", session.as_str())];
    assert_eq!(
        anna.post("/mgmt/me/sessions", &fields).await.location(),
        "/mgmt/me"
    );
    assert!(!phone.is_in().await && anna.is_in().await);
    phone.sign_in("anna", PASSWORD).await;
    let everywhere = "/mgmt/me/sign-out-everywhere";
    let done = anna.fill(everywhere, everywhere, &[]).await;
    assert_eq!(done.location(), "/mgmt/login?out=1");
    assert!(!phone.is_in().await && !anna.is_in().await && eve.is_in().await);
}

#[tokio::test]
async fn the_database_holds_no_session_id() {
    let house = House::new().await;
    let browser = house.signed_in("anna", Role::Viewer).await;
    let account = house
        .accounts
        .named(&"anna".parse().unwrap())
        .await
        .unwrap()
        .account;
    let held = house.store.accounts().sessions(&account.id).await.unwrap();
    assert_eq!(held.len(), 1);
    let id = browser.session().unwrap();
    assert!(!held[0].data.contains(id) && !held[0].hash.to_hex().contains(id));
}
