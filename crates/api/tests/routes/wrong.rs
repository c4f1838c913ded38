//! What no route takes: unknown parameters, and addresses where nothing is.
#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

use axum::http::{StatusCode, header};

use crate::support::described::{document, operations};
use crate::support::{house, json};

#[tokio::test]
async fn a_parameter_that_no_route_knows_is_an_error_on_every_route_of_v1() {
    let house = house().await;
    let document = document(&house).await;
    let mut asked = 0;
    for (id, path, _) in operations(&document) {
        if !path.starts_with("/api/v1/") || path == "/api/v1/tickets" {
            continue;
        }
        let path = path.replace("{token}", "bitcoin").replace("{id}", "kraken");
        let response = house.get(&format!("{path}?nosuch=1")).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{id}");
        let detail = json(response).await["detail"].to_string();
        assert!(detail.contains("nosuch"), "{id}: {detail}");
        asked += 1;
    }
    assert!(asked >= 14, "{asked}");
}

#[tokio::test]
async fn an_address_where_nothing_is_says_so_in_the_words_of_its_area() {
    let house = house().await;
    for (path, kind, member) in [
        ("/api", "application/problem+json", "detail"),
        ("/api/", "application/problem+json", "detail"),
        ("/api/v1", "application/problem+json", "detail"),
        ("/api/v1/", "application/problem+json", "detail"),
        ("/api/v1/nosuch", "application/problem+json", "detail"),
        ("/api/v1/tokens/", "application/problem+json", "detail"),
        ("/api/v2", "application/problem+json", "detail"),
        ("/api/v3", "application/json", "error"),
        ("/api/v3/", "application/json", "error"),
        ("/api/v3//", "application/json", "error"),
        ("/api/v3/nosuch", "application/json", "error"),
        ("/udf", "application/json", "errmsg"),
        ("/udf/", "application/json", "errmsg"),
        ("/udf/nosuch", "application/json", "errmsg"),
    ] {
        let response = house.get(path).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], kind, "{path}");
        let body = json(response).await;
        assert!(body[member].is_string(), "{path}: {body}");
    }
}
