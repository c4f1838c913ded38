//! Every route with every role: what a role may not open stays shut, and nothing changes by opening a page.

use axum::http::StatusCode;
use parallax::account::{Permission, Role};
use parallax_admin::{Needs, doors};

use crate::browser::Browser;
use crate::house::House;

/// An address of a route, with ids that are not there.
fn address(path: &str) -> String {
    path.replace("{id}", "abcdefghij01")
        .replace("{at}", "0")
        .replace("{*rest}", "nothing/here")
}

/// A token that is good for this browser.
async fn token(browser: &mut Browser) -> String {
    browser.get("/mgmt").await.token_of("/mgmt/logout")
}

#[tokio::test]
async fn each_role_opens_what_it_may_and_nothing_else() {
    let house = House::new().await;
    let mut tried = 0;
    for role in Role::ALL {
        for door in doors() {
            let Needs::Permission(what) = door.needs else {
                continue;
            };
            // Afresh each time: one of the doors is the way out.
            let name = format!("{role}{tried}");
            let mut browser = house.signed_in_cheaply(&name, role).await;
            let path = address(door.path);
            if door.shows {
                let page = browser.get(&path).await;
                let is_shut = page.status == StatusCode::FORBIDDEN;
                assert_eq!(
                    is_shut,
                    !role.may(what),
                    "{role} GET {path}: {}",
                    page.status
                );
            }
            let token = token(&mut browser).await;
            let done = browser.post(&path, &[("form", &token)]).await;
            let is_shut = done.status == StatusCode::FORBIDDEN;
            assert_eq!(
                is_shut,
                !role.may(what),
                "{role} POST {path}: {}",
                done.status
            );
            if role.may(what) && !door.does {
                let refused = [StatusCode::METHOD_NOT_ALLOWED, StatusCode::NOT_FOUND];
                assert!(refused.contains(&done.status), "{path}: {}", done.status);
            }
            tried += 1;
        }
    }
    assert!(tried > 60, "{tried}");
}

#[tokio::test]
async fn without_a_session_every_door_but_the_way_in_leads_to_it() {
    let house = House::new().await;
    house.people(&["anna".to_owned()]).await;
    let mut open = Vec::new();
    for door in doors() {
        let mut guest = house.browser();
        let path = address(door.path);
        if door.needs == Needs::Nothing {
            open.push(door.path);
            continue;
        }
        let page = guest.get(&path).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{path}");
        assert!(page.location().starts_with("/mgmt/login"), "{path}");
        let done = guest.post(&path, &[]).await;
        assert_eq!(done.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(open, ["/mgmt/login", "/mgmt/login/code"]);
}

#[tokio::test]
async fn opening_a_page_changes_nothing() {
    let house = House::new().await;
    let mut admin = house.signed_in("anna", Role::Superuser).await;
    let bert = house.person("bert", Role::Viewer).await;
    let token = admin.get("/mgmt/keys/new").await.token_of("/mgmt/keys/new");
    let fields = [
        ("form", token.as_str()),
        ("name", "a bot"),
        ("scope", "read"),
        ("lasts", "30"),
    ];
    admin.post("/mgmt/keys/new", &fields).await;
    let key = house.store.keys().await.unwrap().remove(0).key.id;
    let state = async || {
        let accounts = house.store.accounts().accounts().await.unwrap();
        let keys = house.store.keys().await.unwrap();
        (accounts, keys, house.log().await)
    };
    let before = state().await;
    for door in doors() {
        let id = if door.path.contains("keys") {
            key.as_str()
        } else {
            bert.id.as_str()
        };
        let path = door.path.replace("{id}", id).replace("{*rest}", "x");
        for query in ["", "?role=superuser&revision=0&session=x&form=x&code=1"] {
            let page = admin.get(&format!("{path}{query}")).await;
            assert!(!page.status.is_server_error(), "{path}");
        }
    }
    assert!(admin.is_in().await);
    assert_eq!(state().await, before);
}

#[tokio::test]
async fn the_navigation_shows_only_what_the_role_may_open() {
    let house = House::new().await;
    for role in Role::ALL {
        let mut browser = house.signed_in(&format!("a-{role}"), role).await;
        let page = browser.get("/mgmt").await.body;
        for (path, what) in [
            ("/mgmt/users", Permission::Users),
            ("/mgmt/keys", Permission::Keys),
            ("/mgmt/audit", Permission::Audit),
        ] {
            let is_shown = page.contains(&format!("href=\"{path}\""));
            assert_eq!(is_shown, role.may(what), "{role} {path}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_page_that_says_so() {
    let house = House::new().await;
    let mut admin = house.signed_in("anna", Role::Superuser).await;
    for path in [
        "/mgmt/nothing",
        "/mgmt/users/abcdefghij01",
        "/mgmt/users/%3Cb%3E",
        "/mgmt/keys/x/revoke",
    ] {
        let page = admin.get(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.body.contains("There is no") || page.body.contains("There is no such"));
        assert!(!page.body.contains("<b>"));
    }
    assert_eq!(admin.get("/mgmt/").await.location(), "/mgmt");
}
