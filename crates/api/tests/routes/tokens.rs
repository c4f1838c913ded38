//! The JSON reads and their errors.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use crate::support::{house, house_at, house_of, json, not_modified};
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
    let unlike = json(house.get("/api/v1/tokens/zzzzzz").await).await;
    let detail = unlike["detail"].as_str().unwrap();
    assert!(detail.contains("/api/v1/tokens?search="), "{detail}");
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

/// Ids of the rows of a page.
fn ids(page: &serde_json::Value) -> Vec<String> {
    let rows = page["rows"].as_array().unwrap().iter();
    rows.map(|row| row["token"]["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn the_list_is_searched_and_ordered() {
    let house = house().await;
    for (token, price) in [
        ("bitcoin", "60000"),
        ("ethereum", "3000"),
        ("bitcoin-cash", "400"),
    ] {
        house.publish(token, price);
    }
    for (query, expected) in [
        (
            "sort=price",
            ["bitcoin", "ethereum", "bitcoin-cash"].as_slice(),
        ),
        (
            "sort=price&order=asc",
            &["bitcoin-cash", "ethereum", "bitcoin"],
        ),
        ("search=BITC&sort=name", &["bitcoin", "bitcoin-cash"]),
        ("search=nothing", &[]),
    ] {
        let page = json(house.get(&format!("/api/v1/tokens?{query}")).await).await;
        assert_eq!(ids(&page), expected, "{query}");
        assert_eq!(page["found"], expected.len(), "{query}");
    }
}

#[tokio::test]
async fn pages_follow_each_other_to_the_end_in_every_order() {
    let house = house().await;
    let tokens = ["bitcoin", "ethereum", "tether", "solana", "tron"];
    for (token, price) in tokens.iter().zip(["5", "3", "3", "3", "4"]) {
        house.publish(token, price);
    }
    for sort in [
        "rank",
        "name",
        "price",
        "change_24h",
        "volume",
        "confidence",
        "sources",
        "status",
        "age",
    ] {
        for order in ["asc", "desc"] {
            let mut address = format!("/api/v1/tokens?sort={sort}&order={order}&limit=2");
            let mut seen = Vec::new();
            loop {
                let response = house.get(&address).await;
                assert_eq!(response.status(), StatusCode::OK, "{address}");
                let link = response.headers().get(header::LINK).cloned();
                let page = json(response).await;
                seen.extend(ids(&page));
                let Some(next) = page["next"].as_str() else {
                    assert_eq!(link, None);
                    break;
                };
                assert_eq!(link.unwrap(), format!("<{next}>; rel=\"next\"").as_str());
                address = next.to_owned();
            }
            let all = format!("/api/v1/tokens?sort={sort}&order={order}");
            assert_eq!(seen, ids(&json(house.get(&all).await).await), "{all}");
            assert_eq!(seen.len(), tokens.len(), "{all}");
        }
    }
}

#[tokio::test]
async fn a_price_that_moves_between_two_pages_moves_no_other_token() {
    let house = house().await;
    for (token, price) in [
        ("bitcoin", "5"),
        ("ethereum", "4"),
        ("tether", "3"),
        ("solana", "2"),
    ] {
        house.publish(token, price);
    }
    let first = json(house.get("/api/v1/tokens?sort=price&limit=2").await).await;
    assert_eq!(ids(&first), ["bitcoin", "ethereum"]);
    house.publish("bitcoin", "1");
    let second = json(house.get(first["next"].as_str().unwrap()).await).await;
    // Bitcoin crossed the place and comes twice; tether and solana are not shifted.
    assert_eq!(ids(&second), ["tether", "solana"]);
    let last = json(house.get(second["next"].as_str().unwrap()).await).await;
    assert_eq!(ids(&last), ["bitcoin"]);
}

#[tokio::test]
async fn what_the_list_cannot_answer_is_a_problem() {
    let house = house().await;
    for (query, words) in [
        ("limit=0", "1 to 250"),
        ("limit=251", "1 to 250"),
        ("limit=x", "1 to 250"),
        ("sort=colour", "rank, name, price"),
        ("order=up", "asc or desc"),
        ("cursor=xyz", "unchanged"),
        ("cursor=price.desc.1.5", "sort=price"),
        ("page=2", "page"),
        (&format!("search={}", "x".repeat(101)), "at most 100"),
    ] {
        let response = house.get(&format!("/api/v1/tokens?{query}")).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
        let problem = json(response).await;
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{query}: {detail}");
    }
}

#[tokio::test]
async fn every_price_has_its_time_twice_and_its_age() {
    let house = house_at(1_700_000_005).await;
    house.publish("bitcoin", "67123.45");
    let list = json(house.get("/api/v1/tokens").await).await;
    let one = json(house.get("/api/v1/tokens/bitcoin").await).await;
    for price in [&list["rows"][0]["price"], &one["price"], &one["index"]] {
        assert_eq!(price["as_of_ms"], 1_700_000_000_000_i64);
        assert_eq!(price["age_ms"], 5_000);
        assert_eq!(price["status"], "live");
    }
    assert_eq!(one["at_ms"], 1_700_000_005_000_i64);
}

#[tokio::test]
async fn a_reader_who_has_the_answer_gets_none_again_until_the_token_is_published() {
    let house = house().await;
    house.publish("bitcoin", "1");
    not_modified(&house, "/api/v1/tokens").await;
    not_modified(&house, "/api/v1/tokens/bitcoin").await;
    not_modified(&house, "/api/v1/tokens/bitcoin/price").await;
    let before = house.get("/api/v1/tokens/bitcoin").await;
    house.publish("bitcoin", "2");
    let after = house.get("/api/v1/tokens/bitcoin").await;
    assert_ne!(
        before.headers()[header::ETAG],
        after.headers()[header::ETAG]
    );
    assert_eq!(json(after).await["price"]["price"], "2");
}
