//! Whose requests count as whose, and what pages and caches may do with the answers.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::support::keys::{from, key, narrow, problem, request, required, with_key};
use crate::support::pictures::HOUR;
use crate::support::{access, house, house_for};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use parallax::candle::Interval;

#[tokio::test]
async fn shared_caches_keep_no_answer_where_a_key_is_required() {
    let settled = "/api/v1/tokens/bitcoin/candles?from=2023-11-13T10:00:00&to=2023-11-13T12:00:00";
    let picture = "/badges/bitcoin.svg";
    let asked = "/api/v1/tokens/bitcoin";
    for (config, expected) in [
        (
            access(),
            ["public, max-age=", "public, max-age=", "no-cache"],
        ),
        (
            required(),
            [
                "private, max-age=",
                "private, max-age=",
                "private, no-cache",
            ],
        ),
    ] {
        let house = house_for(config).await;
        house.publish("bitcoin", "1");
        let hours: Vec<_> = (0..48).map(|ago| (HOUR - ago * 3_600, "1")).collect();
        house.store_candles("index", Interval::Hour, &hours).await;
        let key = key(&house, "read").await;
        for (path, expected) in [settled, picture, asked].into_iter().zip(expected) {
            let response = house.send(with_key(key.reveal(), request(path))).await;
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            let policy = response.headers()[header::CACHE_CONTROL].to_str().unwrap();
            assert!(policy.starts_with(expected), "{path}: {policy}");
            assert_eq!(
                policy.matches("public").count(),
                expected.matches("public").count()
            );
        }
    }
    let house = house_for(required()).await;
    let own = Request::get(picture).header("sec-fetch-site", "same-origin");
    let response = house.send(own.body(Body::empty()).unwrap()).await;
    let policy = response.headers()[header::CACHE_CONTROL].to_str().unwrap();
    assert!(policy.starts_with("private"), "{policy}");
}

#[tokio::test]
async fn this_sites_own_pages_work_where_a_key_is_required() {
    let house = house_for(required()).await;
    for (headers, expected) in [
        (&[("sec-fetch-site", "same-origin")][..], 200),
        (&[("sec-fetch-site", "same-site")], 401),
        (&[("sec-fetch-site", "cross-site")], 401),
        (&[("sec-fetch-site", "none")], 401),
        (
            &[
                ("host", "here:3000"),
                ("referer", "http://here:3000/tokens/bitcoin"),
            ],
            200,
        ),
        (
            &[("host", "here:3000"), ("referer", "http://here:3001/")],
            401,
        ),
        (&[("host", "here:3000"), ("referer", "nonsense")], 401),
        (&[("referer", "http://here:3000/")], 401),
        (
            &[
                ("sec-fetch-site", "cross-site"),
                ("host", "here"),
                ("referer", "http://here/"),
            ],
            401,
        ),
    ] {
        let mut request = Request::get("/api/v1/stream");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = house.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), expected, "{headers:?}");
    }
    let ticket = Request::post("/api/v1/tickets").header("sec-fetch-site", "same-origin");
    let response = house.send(ticket.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_forged_forwarded_address_does_not_help() {
    let mut config = narrow();
    config.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
    let house = house_for(config).await;
    let ask = async |peer: &str, forwarded: &str| {
        let request = request("/api/v1/tokens").header("x-forwarded-for", forwarded);
        house.send(from(peer, request)).await.status()
    };
    assert_eq!(ask("192.0.2.1", "198.51.100.1").await, StatusCode::OK);
    for forged in ["198.51.100.2", "127.0.0.1", "10.0.0.1"] {
        let status = ask("192.0.2.1", forged).await;
        assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{forged}");
    }
    // A proxy speaks for its clients, who may invent only what comes before its word.
    assert_eq!(ask("10.0.0.1", "198.51.100.1").await, StatusCode::OK);
    assert_eq!(ask("10.0.0.1", "198.51.100.2").await, StatusCode::OK);
    let invented = ask("10.0.0.1", "203.0.113.5, 198.51.100.2").await;
    assert_eq!(invented, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn this_machine_is_not_limited_unless_told_or_behind_a_proxy() {
    let mut config = narrow();
    config.limit_loopback = false;
    config.anonymous.streams = 1;
    let house = house_for(config).await;
    let mut streams = Vec::new();
    for address in ["127.0.0.1", "::1", "127.0.0.1"] {
        let response = house.send(from(address, request("/api/v1/stream"))).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["ratelimit"], "\"anonymous\";r=1;t=0");
        streams.push(response);
    }
    for expected in [StatusCode::OK, StatusCode::TOO_MANY_REQUESTS] {
        let request = request("/api/v1/tokens").header("x-forwarded-for", "127.0.0.1");
        let response = house.send(from("127.0.0.1", request)).await;
        assert_eq!(response.status(), expected);
    }
}

#[tokio::test]
async fn guessing_keys_costs_the_address_its_requests() {
    let house = house_for(narrow()).await;
    let guess = |secret: &str| {
        let key = format!("plx_abcdefghij01_{secret:0>32}");
        let request =
            request("/api/v1/tokens").header(header::AUTHORIZATION, format!("Bearer {key}"));
        house.send(from("192.0.2.1", request))
    };
    assert_eq!(guess("1").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(guess("2").await.status(), StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn keys_that_could_never_be_read_are_no_fault_of_the_client() {
    let house = house().await;
    let key = key(&house, "read").await;
    // Another server, whose database was never there.
    house.store.close().await;
    let clock = std::sync::Arc::new(crate::support::StandingClock::default());
    let keys = parallax_service::keys::Keys::new(std::sync::Arc::clone(&house.store), clock);
    let router = house.router_with(access(), keys);
    let request = with_key(key.reveal(), request("/api/v1/tokens"));
    let response = tower::ServiceExt::oneshot(router, request).await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()[header::RETRY_AFTER], "5");
    assert_eq!(problem(response).await.0, "keys-unreadable");
}

#[tokio::test]
async fn other_sites_may_read_and_see_the_limits_and_may_not_change_anything() {
    let house = house_for(required()).await;
    let preflight = Request::options("/api/v1/tokens")
        .header(header::ORIGIN, "https://elsewhere.example")
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "GET")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization");
    let response = house.send(preflight.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK);
    let headers = response.headers();
    assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    assert_eq!(
        headers[header::ACCESS_CONTROL_ALLOW_METHODS],
        "GET,HEAD,OPTIONS"
    );
    let allowed = headers[header::ACCESS_CONTROL_ALLOW_HEADERS]
        .to_str()
        .unwrap();
    assert!(allowed.contains("authorization"), "{allowed}");
    assert!(!headers.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));

    // A refusal too can be read by the page that asked.
    let request =
        Request::get("/api/v1/tokens").header(header::ORIGIN, "https://elsewhere.example");
    let response = house.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let headers = response.headers();
    assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    assert!(!headers.contains_key(header::VARY));
    let exposed = headers[header::ACCESS_CONTROL_EXPOSE_HEADERS]
        .to_str()
        .unwrap();
    for name in [
        "etag",
        "ratelimit",
        "ratelimit-policy",
        "retry-after",
        "link",
        "x-request-id",
    ] {
        assert!(exposed.split(',').any(|exposed| exposed == name), "{name}");
    }
}

#[tokio::test]
async fn a_request_keeps_a_short_plain_number_and_gets_one_otherwise() {
    let house = house().await;
    let numbered = async |given: Option<&str>| {
        let mut request = Request::get("/api/v1/tokens");
        if let Some(given) = given {
            request = request.header("x-request-id", given);
        }
        let response = house.send(request.body(Body::empty()).unwrap()).await;
        response.headers()["x-request-id"]
            .to_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(numbered(Some("abc-1.2_3")).await, "abc-1.2_3");
    let long = "x".repeat(65);
    for given in [None, Some(""), Some("a b"), Some("<script>"), Some(&long)] {
        let number = numbered(given).await;
        assert_eq!(number.len(), 20, "{given:?}");
        assert_ne!(number, numbered(given).await);
    }
}
