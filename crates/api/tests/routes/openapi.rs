//! `/openapi.json`: what describes the others.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use axum::http::{StatusCode, header};

use crate::support::{house, json};

#[tokio::test]
async fn the_description_is_openapi_3_1_with_a_licence_and_servers() {
    let house = house().await;
    let response = house.get("/openapi.json").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    let document = json(response).await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(
        document["info"]["license"]["identifier"],
        "MIT OR Apache-2.0"
    );
    assert_eq!(document["servers"][0]["url"], "/");
}
