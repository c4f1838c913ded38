//! Forms: replayed, foreign, from other sites; and nothing typed is lost.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use parallax::account::Role;

use crate::browser::{HOST, encoded};
use crate::house::{House, PASSWORD};

const NEW: &str = "/mgmt/keys/new";

async fn count(house: &House) -> usize {
    house.store.keys().await.unwrap().len()
}

#[tokio::test]
async fn a_form_that_is_sent_again_does_nothing_and_says_so() {
    let house = House::new().await;
    let mut editor = house.signed_in("anna", Role::Editor).await;
    let token = editor.get(NEW).await.token_of(NEW);
    let fields = [
        ("form", token.as_str()),
        ("name", "a bot"),
        ("scope", "read"),
        ("lasts", "30"),
    ];
    let made = editor.post(NEW, &fields).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    assert!(made.body.contains("plx_") && made.body.contains("will not be shown again"));
    let again = editor.post(NEW, &fields).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.body.contains("sent before") && again.body.contains("href=\"/mgmt\""));
    assert_eq!(count(&house).await, 1);
}

#[tokio::test]
async fn one_form_sent_many_times_at_once_is_done_once() {
    let house = House::new().await;
    let mut editor = house.signed_in("anna", Role::Editor).await;
    let token = editor.get(NEW).await.token_of(NEW);
    let sent = (0..8).map(|_| {
        let (mut editor, token) = (editor.clone(), token.clone());
        tokio::spawn(async move {
            let fields = [
                ("form", token.as_str()),
                ("name", "a bot"),
                ("scope", "read"),
                ("lasts", "never"),
            ];
            editor.post(NEW, &fields).await.status
        })
    });
    let mut done = 0;
    for sent in sent.collect::<Vec<_>>() {
        done += usize::from(sent.await.unwrap() == StatusCode::OK);
    }
    assert_eq!((done, count(&house).await), (1, 1));
}

#[tokio::test]
async fn a_form_of_someone_else_is_refused() {
    let house = House::new().await;
    let mut anna = house.signed_in("anna", Role::Editor).await;
    let mut eve = house.signed_in("eve", Role::Editor).await;
    let of_eve = eve.get(NEW).await.token_of(NEW);
    let mut anna_elsewhere = house.browser();
    anna_elsewhere.sign_in("anna", PASSWORD).await;
    let of_another_session = anna_elsewhere.get(NEW).await.token_of(NEW);
    for token in [of_eve.as_str(), of_another_session.as_str(), "", "a.1.b"] {
        let fields = [
            ("form", token),
            ("name", "a bot"),
            ("scope", "read"),
            ("lasts", "30"),
        ];
        let refused = anna.post(NEW, &fields).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{token}");
        assert!(refused.body.contains("does not belong to your session"));
    }
    assert_eq!(count(&house).await, 0);
}

#[tokio::test]
async fn a_form_from_another_site_is_refused_whatever_it_carries() {
    let house = House::new().await;
    let mut editor = house.signed_in("anna", Role::Editor).await;
    let token = editor.get(NEW).await.token_of(NEW);
    let body = encoded(&[
        ("form", &token),
        ("name", "a bot"),
        ("scope", "read"),
        ("lasts", "30"),
    ]);
    let own = format!("https://{HOST}");
    let attacks: [&[(&str, &str)]; 7] = [
        &[],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", &own)],
        &[
            ("sec-fetch-site", "same-origin"),
            ("origin", "https://evil.example"),
        ],
    ];
    for headers in attacks {
        let refused = editor.send(Method::POST, NEW, headers, body.clone()).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{headers:?}");
    }
    assert_eq!(count(&house).await, 0);
    // The very same form from a page of the site.
    let headers = [("sec-fetch-site", "same-origin")];
    let done = editor.send(Method::POST, NEW, &headers, body).await;
    assert_eq!((done.status, count(&house).await), (StatusCode::OK, 1));
}

#[tokio::test]
async fn a_sign_in_from_another_site_or_with_a_strangers_form_is_refused() {
    let house = House::new().await;
    house.person("eve", Role::Viewer).await;
    let mut attacker = house.browser();
    let token = attacker.get("/mgmt/login").await.field("form");
    let mut victim = house.browser();
    victim.get("/mgmt/login").await;
    let fields = [
        ("form", token.as_str()),
        ("username", "eve"),
        ("password", PASSWORD),
    ];
    let refused = victim.post("/mgmt/login", &fields).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let headers = [("origin", "https://evil.example")];
    let refused = victim
        .send(Method::POST, "/mgmt/login", &headers, encoded(&fields))
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(victim.session().is_none());
    // And each form once, also before someone is signed in.
    let done = attacker.post("/mgmt/login", &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let again = attacker.post("/mgmt/login", &fields).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn other_methods_are_refused_and_nothing_is_stored_by_caches_or_framed() {
    let house = House::new().await;
    let mut editor = house.signed_in("anna", Role::Editor).await;
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let refused = editor.send(method, "/mgmt/keys", &[], String::new()).await;
        assert_eq!(refused.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(refused.headers["allow"], "GET, HEAD, POST");
    }
    let mut guest = house.browser();
    for path in [
        "/mgmt",
        "/mgmt/login",
        "/mgmt/keys",
        "/mgmt/nothing",
        "/mgmt/audit?format=csv",
    ] {
        for browser in [&mut editor, &mut guest] {
            let page = browser.get(path).await;
            assert_eq!(page.headers["cache-control"], "no-store", "{path}");
            assert_eq!(page.headers["x-frame-options"], "DENY");
            let policy = page.headers["content-security-policy"].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
            for bad in ["<script", " style=", " onclick", " onsubmit", "javascript:"] {
                assert!(!page.body.contains(bad), "{path}: {bad}");
            }
        }
    }
}

#[tokio::test]
async fn what_was_typed_outlives_a_session_that_ended_in_between() {
    let house = House::new().await;
    let mut admin = house.signed_in("anna", Role::Superuser).await;
    let page = "/mgmt/users/new";
    let token = admin.get(page).await.token_of(page);
    house.advance(Duration::from_secs(31 * 60));
    let fields = [
        ("form", token.as_str()),
        ("username", "bert & co"),
        ("role", "editor"),
        ("new_password", PASSWORD),
    ];
    let again = admin.post(page, &fields).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED);
    assert!(again.body.contains("Your session has ended"));
    assert!(!again.body.contains(PASSWORD));
    let (form, next, typed) = (
        again.field("form"),
        again.field("next"),
        again.field("typed"),
    );
    let fields = [
        ("form", form.as_str()),
        ("username", "anna"),
        ("password", PASSWORD),
        ("next", next.as_str()),
        ("typed", typed.as_str()),
    ];
    let done = admin.post("/mgmt/login", &fields).await;
    assert_eq!(done.location(), "/mgmt/resume", "{}", done.body);
    let resume = admin.get("/mgmt/resume").await;
    assert!(resume.body.contains("bert &amp; co") && !resume.body.contains(PASSWORD));
    assert_eq!(
        house.accounts.list().await.unwrap().len(),
        1,
        "nothing is done by itself"
    );
    let token = resume.token_of(page);
    let sent = [
        ("form", token.as_str()),
        ("username", &resume.field("username")),
        ("role", &resume.field("role")),
    ];
    let answer = admin.post(page, &sent).await;
    // The name is none, and there is no password: the form is there again with what was typed.
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!answer.field("form").is_empty());
    assert!(answer.body.contains("value=\"bert &amp; co\""));
    assert!(answer.body.contains("A username has 3 to 64 letters"));
}
