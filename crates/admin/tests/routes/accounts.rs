//! The screens of accounts and of API keys.

use axum::http::StatusCode;
use parallax::account::Role;

use crate::house::{House, OTHER, PASSWORD};

#[tokio::test]
async fn a_superuser_makes_changes_and_disables_accounts() {
    let house = House::new().await;
    let mut admin = house.signed_in("anna", Role::Superuser).await;
    let new = "/mgmt/users/new";
    let taken = [
        ("username", "Anna"),
        ("role", "viewer"),
        ("new_password", OTHER),
    ];
    let refused = admin.fill(new, new, &taken).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused
            .body
            .contains("There is an account with this name already.")
    );
    assert!(refused.body.contains("value=\"Anna\"") && !refused.body.contains(OTHER));
    let fields = [
        ("username", "bert"),
        ("role", "viewer"),
        ("new_password", OTHER),
    ];
    let made = admin.fill(new, new, &fields).await;
    let page = made.location().to_owned();
    assert!(
        admin
            .get(&page)
            .await
            .body
            .contains("The account bert was made.")
    );
    let mut bert = house.browser();
    bert.sign_in("bert", OTHER).await;

    let shown = admin.get(&page).await;
    let (token, revision) = (shown.token_of(&page), shown.field("revision"));
    let fields = [
        ("form", token.as_str()),
        ("role", "editor"),
        ("revision", revision.as_str()),
    ];
    assert_eq!(
        admin.post(&page, &fields).await.status,
        StatusCode::SEE_OTHER
    );
    assert!(
        !bert.is_in().await,
        "a new role ends the sessions of the old one"
    );
    // Someone who still sees the old state.
    let fields = [("role", "superuser"), ("revision", revision.as_str())];
    let stale = admin.fill(&page, &page, &fields).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(
        stale
            .body
            .contains("Someone else has changed this account in between")
    );

    let disable = format!("{page}/disable");
    let question = admin.get(&disable).await;
    assert!(question.body.contains("bert will not be able to sign in"));
    admin.fill(&disable, &disable, &[]).await;
    let refused = bert.try_to_sign_in("bert", OTHER).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let enable = format!("{page}/enable");
    admin.fill(&enable, &enable, &[]).await;
    bert.sign_in("bert", OTHER).await;
    let list = admin.get("/mgmt/users").await.body;
    assert!(list.contains("bert") && list.contains("editor"));
    assert!(!list.contains("argon2"));
}

#[tokio::test]
async fn nobody_disables_themselves() {
    let house = House::new().await;
    let mut admin = house.signed_in("anna", Role::Superuser).await;
    let id = house
        .accounts
        .named(&"anna".parse().unwrap())
        .await
        .unwrap()
        .account
        .id;
    let disable = format!("/mgmt/users/{id}/disable");
    let refused = admin.fill(&disable, &disable, &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(
        refused
            .body
            .contains("You cannot do this to your own account")
    );
    assert!(admin.is_in().await);
}

#[tokio::test]
async fn a_key_is_shown_once_noted_without_its_secret_and_revoked() {
    let house = House::new().await;
    let mut editor = house.signed_in("anna", Role::Editor).await;
    let new = "/mgmt/keys/new";
    let nothing = editor
        .fill(new, new, &[("name", "a bot"), ("lasts", "30")])
        .await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nothing.body.contains("Tick at least one") && nothing.body.contains("value=\"a bot\""));
    let fields = [
        ("name", "a bot"),
        ("scope", "read"),
        ("scope", "stream"),
        ("lasts", "30"),
    ];
    let made = editor.fill(new, new, &fields).await;
    let text = made
        .body
        .split("<code>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap();
    assert!(text.starts_with("plx_"), "{text}");
    let secret = text.rsplit('_').next().unwrap();
    let key = house.store.keys().await.unwrap().remove(0).key;
    assert_eq!(key.scopes.to_string(), "read,stream");
    for path in ["/mgmt/keys", "/mgmt/audit", "/mgmt/audit?format=csv"] {
        let page = editor.get(path).await.body;
        assert!(page.contains("a bot") && !page.contains(secret), "{path}");
    }
    let revoke = format!("/mgmt/keys/{}/revoke", key.id);
    let done = editor.fill(&revoke, &revoke, &[]).await;
    assert_eq!(done.location(), "/mgmt/keys");
    assert!(
        editor
            .get("/mgmt/keys")
            .await
            .body
            .contains("The key a bot is revoked.")
    );
    let again = editor.fill(&revoke, &revoke, &[]).await;
    assert_eq!(again.location(), "/mgmt/keys");
    assert!(
        editor
            .get("/mgmt/keys")
            .await
            .body
            .contains("was revoked before")
    );
    let actions = house.actions().await;
    assert_eq!(actions[..2], ["key.revoke", "key.create"]);
    assert!(!format!("{:?}", house.log().await).contains(secret));
    assert!(!format!("{:?}", house.log().await).contains(PASSWORD));
}
