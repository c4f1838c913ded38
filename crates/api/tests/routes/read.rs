//! The JSON reads and their errors.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use crate::support::{house, house_of, json};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};

#[tokio::test]
async fn the_list_has_prices_as_strings_in_rank_order_with_time_and_status() {
    let house = house().await;
    house.publish("ethereum", "3000.5");
    house.publish("bitcoin", "67123.45");
    let response = house.get("/api/v1/tokens").await;
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-cache");
    let body = json(response).await;
    assert_eq!(body["rows"][0]["token"]["id"], "bitcoin");
    assert_eq!(body["rows"][0]["price"]["price"], "67123.45");
    assert_eq!(body["rows"][0]["price"]["status"], "live");
    assert_eq!(
        body["rows"][0]["price"]["as_of"],
        "2023-11-14T22:13:20.000Z"
    );
    assert_eq!(body["rows"][1]["token"]["id"], "ethereum");
    assert_eq!(body["about"]["simulated"], true);
    assert_eq!(body["seq"], 2);
}

#[tokio::test]
async fn one_token_comes_with_its_explanation() {
    let house = house().await;
    house.publish("bitcoin", "67123.45");
    let body = json(house.get("/api/v1/tokens/bitcoin").await).await;
    assert_eq!(body["index"]["price"], "67123.45");
    assert_eq!(body["recent"], serde_json::json!([]));
}

#[tokio::test]
async fn a_known_token_that_nobody_lists_has_no_number() {
    let house = house().await;
    let body = json(house.get("/api/v1/tokens/bitcoin").await).await;
    assert_eq!(body["price"]["status"], "no_quorum");
    assert_eq!(body["price"]["price"], serde_json::Value::Null);
}

#[tokio::test]
async fn a_token_is_found_by_contract_symbol_and_name_in_any_letter_case() {
    let house = house().await;
    for asked in [
        "wrapped-bitcoin",
        "wBtC",
        "Wrapped%20BITCOIN",
        "0x2260FAC5e5542a773aa44fbcfedf7c193bc2c599",
        "ethereum:0x2260fac5e5542a773aa44fbcfedf7c193bc2c599",
    ] {
        let body = json(house.get(&format!("/api/v1/tokens/{asked}")).await).await;
        assert_eq!(body["token"]["id"], "wrapped-bitcoin", "{asked}");
    }
}

#[tokio::test]
async fn an_unknown_token_is_a_problem_with_suggestions() {
    let house = house().await;
    for below in [
        "",
        "/chart",
        "/candles",
        "/price",
        "/chart.csv",
        "/candles.csv",
    ] {
        let response = house.get(&format!("/api/v1/tokens/bitcon{below}")).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "application/problem+json"
        );
        let problem = json(response).await;
        assert_eq!(problem["type"], "urn:parallax:problem:unknown-token");
        assert_eq!(problem["status"], 404);
        assert_eq!(problem["candidates"][0], "bitcoin");
    }
}

#[tokio::test]
async fn a_path_that_is_no_text_is_a_problem() {
    let house = house().await;
    let response = house.get("/api/v1/tokens/%FF/chart").await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let problem = json(response).await;
    assert_eq!(problem["type"], "urn:parallax:problem:bad-parameter");
}

#[tokio::test]
async fn what_may_mean_several_tokens_is_a_conflict_with_the_candidates() {
    let house = house_of(
        r#"
        [[token]]
        id = "one"
        symbol = "AAA"
        name = "Twin"
        kind = "crypto"
        [[token]]
        id = "two"
        symbol = "TWIN"
        name = "Two"
        kind = "crypto"
        "#,
    )
    .await;
    for below in ["", "/chart", "/candles", "/price"] {
        let response = house.get(&format!("/api/v1/tokens/twin{below}")).await;
        assert_eq!(response.status(), StatusCode::CONFLICT);
        let problem = json(response).await;
        assert_eq!(problem["type"], "urn:parallax:problem:ambiguous-token");
        assert_eq!(
            problem["candidates"],
            serde_json::json!([
                {"id": "one", "symbol": "AAA", "name": "Twin"},
                {"id": "two", "symbol": "TWIN", "name": "Two"},
            ])
        );
    }
}

#[tokio::test]
async fn an_unknown_exchange_is_a_bad_request_that_lists_the_known_ones() {
    let house = house().await;
    let response = house.get("/api/v1/markets?exchange=mtgox").await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(
        json(response).await["candidates"],
        serde_json::json!(["kraken"])
    );
}

#[tokio::test]
async fn an_unknown_parameter_is_a_problem_and_not_ignored() {
    let house = house().await;
    for path in [
        "/api/v1/markets?exchnage=kraken",
        "/api/v1/stream?token=bitcoin",
    ] {
        let response = house.get(path).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "application/problem+json"
        );
    }
}

#[tokio::test]
async fn an_unknown_path_and_a_wrong_method_are_problems() {
    let house = house().await;
    for path in ["/api", "/api/v2/tokens", "/api/v1/token", "/api/v1"] {
        let response = house.get(path).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(
            json(response).await["type"],
            "urn:parallax:problem:not-found",
            "{path}"
        );
    }
    let post = Request::post("/api/v1/tokens").body(Body::empty()).unwrap();
    let response = house.send(post).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()[header::ALLOW], "GET, HEAD");
    assert_eq!(
        json(response).await["type"],
        "urn:parallax:problem:method-not-allowed"
    );
}

#[tokio::test]
async fn alive_is_not_ready_until_something_is_live() {
    let house = house().await;
    assert_eq!(house.get("/healthz").await.status(), StatusCode::OK);
    let response = house.get("/readyz").await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    let body = json(response).await;
    assert_eq!(
        (&body["ready"], &body["exchanges"]),
        (&false.into(), &false.into())
    );
    assert_eq!(
        (&body["spooled_rows"], &body["spool_bytes"]),
        (&0.into(), &0.into())
    );
}
