//! Who is let in: every route with and without a key, with a wrong one, without the scope, and too often.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use crate::support::keys::{
    from, is_challenge, key, key_until, narrow, problem, request, required, with_key,
};
use crate::support::{access, house, house_for, json};
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use parallax::time::Timestamp;
use serde_json::Value;

/// Every route of the description with the scope it needs, each with values for what its path leaves open.
/// `POST` stands before those that are not read.
async fn routes() -> Vec<(String, &'static str)> {
    let document = json(house().await.get("/openapi.json").await).await;
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        if OPEN.contains(&path.as_str()) {
            continue;
        }
        let path = path
            .replace(
                "{contract_address}",
                "0x2260fac5e5542a773aa44fbcfedf7c193bc2c599",
            )
            .replace("{token}", "bitcoin")
            .replace("{id}", "bitcoin");
        assert!(!path.contains('{'), "no value for {path}");
        let scope = match path.as_str() {
            "/api/v1/stream" | "/api/v1/tickets" | "/api/v1/ws" => "stream",
            _ => "read",
        };
        for method in item.as_object().unwrap().keys() {
            match method.as_str() {
                "get" => routes.push((path.clone(), scope)),
                "post" => routes.push((format!("POST {path}"), scope)),
                _ => {}
            }
        }
    }
    assert!(routes.len() > 40, "{routes:?}");
    routes
}

const OPEN: [&str; 4] = ["/healthz", "/readyz", "/openapi.json", "/asyncapi.json"];

/// Holds that a refusal is written as its area writes them. `number` is CoinGecko's own for it.
async fn refused(route: &str, response: Response<Body>, word: &str, number: u16) -> Value {
    let path = route.trim_start_matches("POST ");
    if !path.starts_with("/api/v3/") && !path.starts_with("/udf/") {
        let (kind, body) = problem(response).await;
        assert_eq!(kind, word, "{route}");
        return body;
    }
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    let body = json(response).await;
    if path.starts_with("/udf/") {
        assert_eq!(body["s"], "error", "{route}");
        assert!(body["errmsg"].is_string(), "{route}");
    } else {
        assert_eq!(body["status"]["error_code"], number, "{route}");
        assert!(body["status"]["error_message"].is_string(), "{route}");
    }
    body
}

#[tokio::test]
async fn every_route_asks_for_a_key_where_one_is_required() {
    let house = house_for(required()).await;
    for (route, _) in &routes().await {
        let response = house.send(from("127.0.0.1", request(route))).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{route}");
        assert!(is_challenge(response.headers()), "{route}");
        assert!(response.headers().contains_key("ratelimit"), "{route}");
        refused(route, response, "key-required", 10_002).await;
    }
    for route in OPEN {
        let response = house.send(from("192.0.2.1", request(route))).await;
        assert_ne!(response.status(), StatusCode::UNAUTHORIZED, "{route}");
    }
}

#[tokio::test]
async fn every_route_refuses_a_wrong_key_and_never_takes_it_for_none() {
    let house = house().await;
    let (revoked, expired) = (
        key(&house, "read,stream").await,
        key_until(
            &house,
            "read,stream",
            Timestamp::from_unix_s(1_650_000_000).ok(),
        )
        .await,
    );
    let at = Timestamp::from_unix_s(1_650_000_000).unwrap();
    house.store.revoke_key(revoked.id(), at).await.unwrap();
    house.keys.read().await;
    for (route, _) in &routes().await {
        for wrong in ["nonsense", "", revoked.reveal(), expired.reveal()] {
            let response = house.send(with_key(wrong, request(route))).await;
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{route}");
            assert!(is_challenge(response.headers()), "{route}");
            let body = refused(route, response, "key-refused", 10_002).await;
            let secret = wrong.rsplit('_').next().unwrap();
            assert!(
                secret.is_empty() || !body.to_string().contains(secret),
                "{body}"
            );
        }
    }
    for (key, word) in [(revoked, "revoked"), (expired, "expired")] {
        let response = house
            .send(with_key(key.reveal(), request("/api/v1/tokens")))
            .await;
        let body = json(response).await;
        assert!(body["detail"].as_str().unwrap().contains(word), "{body}");
    }
}

#[tokio::test]
async fn every_route_wants_its_scope_and_is_open_to_who_has_it() {
    let house = house_for(required()).await;
    let (read, stream) = (key(&house, "read").await, key(&house, "stream").await);
    for (route, scope) in &routes().await {
        let (right, wrong) = match *scope {
            "read" => (&read, &stream),
            _ => (&stream, &read),
        };
        let response = house.send(with_key(wrong.reveal(), request(route))).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{route}");
        assert!(response.headers().contains_key("ratelimit"), "{route}");
        refused(route, response, "scope-missing", 10_005).await;
        let response = house.send(with_key(right.reveal(), request(route))).await;
        let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
        assert!(!refused.contains(&response.status()), "{route}");
    }
}

#[tokio::test]
async fn every_route_is_limited_and_says_when_to_come_again() {
    let house = house_for(narrow()).await;
    for (number, (route, _)) in routes().await.iter().enumerate() {
        let key = key(&house, "read,stream").await;
        let address = format!("2001:db8:0:{number}::1");
        for who in ["an address", "a key"] {
            let send = || match who {
                "a key" => house.send(with_key(key.reveal(), request(route))),
                _ => house.send(from(&address, request(route))),
            };
            let allowed = send().await;
            assert_ne!(allowed.status(), StatusCode::TOO_MANY_REQUESTS, "{route}");
            let name = if who == "a key" { "key" } else { "anonymous" };
            let headers = allowed.headers();
            assert_eq!(headers["ratelimit-policy"], format!("\"{name}\";q=1;w=60"));
            assert_eq!(
                headers["ratelimit"],
                format!("\"{name}\";r=0;t=60"),
                "{route}"
            );

            let limited = send().await;
            assert_eq!(limited.status(), StatusCode::TOO_MANY_REQUESTS, "{route}");
            let wait: u64 = limited.headers()[header::RETRY_AFTER]
                .to_str()
                .unwrap()
                .parse()
                .unwrap();
            assert!((59..=60).contains(&wait), "{wait}");
            refused(route, limited, "rate-limited", 429).await;
        }
        for route in OPEN {
            for _ in 0..3 {
                let response = house.send(from(&address, request(route))).await;
                assert_ne!(response.status(), StatusCode::TOO_MANY_REQUESTS, "{route}");
            }
        }
    }
}

#[tokio::test]
async fn coingecko_and_udf_are_refused_in_their_own_words() {
    let house = house_for(narrow()).await;
    let ask = |path: &str, key: &str| {
        let request = Request::get(path).header("x-cg-demo-api-key", key);
        house.send(from("192.0.2.7", request))
    };
    let body = json(ask("/api/v3/ping", "plx_wrong").await).await;
    assert_eq!(body["status"]["error_code"], 10_002);
    assert!(body["status"]["error_message"].is_string());
    let limited = ask("/api/v3/ping", "").await;
    assert_eq!(limited.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(limited.headers()[header::RETRY_AFTER], "60");
    assert_eq!(json(limited).await["status"]["error_code"], 429);
    let body = json(ask("/udf/config", "").await).await;
    assert_eq!(body["s"], "error");
    assert!(body["errmsg"].is_string());
}

#[tokio::test]
async fn coingeckos_headers_and_parameters_carry_keys() {
    let house = house_for(required()).await;
    let key = key(&house, "read").await;
    for name in ["x-cg-demo-api-key", "x-cg-pro-api-key"] {
        let request = Request::get("/api/v1/tokens").header(name, key.reveal());
        let response = house.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::OK, "{name}");
    }
    for name in ["x_cg_demo_api_key", "x_cg_pro_api_key"] {
        let path = |root: &str| format!("{root}?{name}={}", key.reveal());
        let response = house.get(&path("/api/v3/ping")).await;
        assert_ne!(response.status(), StatusCode::UNAUTHORIZED, "{name}");
        let response = house.get(&path("/api/v1/tokens")).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{name}");
    }
}

#[tokio::test]
async fn a_key_of_coingecko_counts_as_none_and_a_wrong_one_of_ours_is_refused() {
    for (config, foreign) in [(access(), 200), (required(), 401)] {
        let house = house_for(config).await;
        for (key, expected) in [("CG-abcdef", foreign), ("plx_abcdefghij01_wrong", 401)] {
            for name in ["x-cg-demo-api-key", "x-cg-pro-api-key"] {
                let request = Request::get("/api/v3/ping").header(name, key);
                let response = house.send(request.body(Body::empty()).unwrap()).await;
                assert_eq!(response.status(), expected, "{name}: {key}");
            }
            for name in ["x_cg_demo_api_key", "x_cg_pro_api_key"] {
                let response = house.get(&format!("/api/v3/ping?{name}={key}")).await;
                assert_eq!(response.status(), expected, "{name}={key}");
            }
        }
    }
}
