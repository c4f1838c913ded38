//! One's own second factor: recovery codes and its end.

use axum::http::StatusCode;
use parallax::account::Role;
use parallax_service::accounts::{By, SharedSecret};

use crate::house::{House, OTHER, PASSWORD};

#[tokio::test]
async fn the_second_factor_is_renewed_and_removed_with_the_password() {
    let house = House::new().await;
    let anna = house.person("anna", Role::Viewer).await;
    let secret = SharedSecret::draw();
    let code = secret.code_at(house.now()).unwrap();
    let by = By::command_line();
    let set_up = house
        .accounts
        .set_up_second_factor(&anna.id, &secret, &code, &by);
    let (_, codes) = set_up.await.unwrap();
    let mut browser = house.browser();
    browser.try_to_sign_in("anna", PASSWORD).await;
    let step = "/mgmt/login/code";
    let done = browser
        .fill(step, step, &[("code", &codes.reveal()[0])])
        .await;
    assert_eq!(done.location(), "/mgmt");
    assert!(
        browser
            .get("/mgmt/me")
            .await
            .body
            .contains("9 recovery codes are left")
    );

    let renew = "/mgmt/me/recovery-codes";
    let wrong = browser
        .fill(renew, renew, &[("present_password", OTHER)])
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let renewed = browser
        .fill(renew, renew, &[("present_password", PASSWORD)])
        .await;
    assert_eq!(renewed.status, StatusCode::OK);
    assert!(!renewed.body.contains(&codes.reveal()[1]));
    assert!(
        browser
            .get("/mgmt/me")
            .await
            .body
            .contains("10 recovery codes are left")
    );

    let remove = "/mgmt/me/second-factor/remove";
    let wrong = browser
        .fill(remove, remove, &[("present_password", OTHER)])
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let removed = browser
        .fill(remove, remove, &[("present_password", PASSWORD)])
        .await;
    assert_eq!(removed.location(), "/mgmt/me");
    assert!(browser.is_in().await);
    house.browser().sign_in("anna", PASSWORD).await;
}

#[tokio::test]
async fn the_secret_that_is_offered_stays_the_same_until_it_is_taken() {
    let house = House::new().await;
    let mut browser = house.signed_in("anna", Role::Viewer).await;
    let letters = |body: String| body.split("<p><code>").nth(1).unwrap()[..39].to_owned();
    let first = letters(browser.get("/mgmt/me/second-factor").await.body);
    let second = letters(browser.get("/mgmt/me/second-factor").await.body);
    assert_eq!(first, second);
    let other = letters(
        house
            .signed_in("bert", Role::Viewer)
            .await
            .get("/mgmt/me/second-factor")
            .await
            .body,
    );
    assert_ne!(first, other);
}
