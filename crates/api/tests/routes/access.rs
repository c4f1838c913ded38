//! Who is let in, and how often: keys, scopes, tickets, limits, and what other sites may read.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::support::pictures::HOUR;
use crate::support::{Events, House, access, house, house_for, json};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Request, Response, StatusCode, header};
use parallax::candle::Interval;
use parallax::time::Timestamp;
use parallax_api::{AccessConfig, KeyPolicy};
use parallax_service::keys::{KeyText, create};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

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

const OPEN: [&str; 3] = ["/healthz", "/readyz", "/openapi.json"];

fn request(route: &str) -> Builder {
    match route.strip_prefix("POST ") {
        Some(path) => Request::post(path),
        None => Request::get(route),
    }
}

fn from(address: &str, builder: Builder) -> Request<Body> {
    let address: IpAddr = address.parse().unwrap();
    let peer = ConnectInfo(SocketAddr::new(address, 9));
    builder.extension(peer).body(Body::empty()).unwrap()
}

fn with_key(key: &str, builder: Builder) -> Request<Body> {
    let bearer = format!("Bearer {key}");
    let request = builder.header(header::AUTHORIZATION, bearer);
    request.body(Body::empty()).unwrap()
}

async fn key(house: &House, scopes: &str) -> KeyText {
    key_until(house, scopes, None).await
}

async fn key_until(house: &House, scopes: &str, expires_at: Option<Timestamp>) -> KeyText {
    let (name, scopes) = ("a test".parse().unwrap(), scopes.parse().unwrap());
    let made_at = Timestamp::from_unix_s(1_600_000_000).unwrap();
    let made = create(house.store.as_ref(), name, scopes, expires_at, made_at);
    let (text, _) = made.await.unwrap();
    house.keys.read().await;
    text
}

fn required() -> AccessConfig {
    AccessConfig {
        keys: KeyPolicy::Required,
        ..access()
    }
}

/// Limits so small that the second request is too many, also from this machine.
fn narrow() -> AccessConfig {
    let mut config = access();
    config.limit_loopback = true;
    config.anonymous.requests_per_minute = 1.try_into().unwrap();
    config.anonymous.burst = 1.try_into().unwrap();
    config.key = config.anonymous;
    config
}

/// A problem's type without the common part, and the whole.
async fn problem(response: Response<Body>) -> (String, Value) {
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        "application/problem+json"
    );
    let body = json(response).await;
    let kind = body["type"].as_str().unwrap();
    let word = kind.strip_prefix("urn:parallax:problem:").unwrap();
    (word.to_owned(), body)
}

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

fn is_challenge(headers: &HeaderMap) -> bool {
    let challenge = headers.get(header::WWW_AUTHENTICATE);
    challenge.is_some_and(|challenge| challenge.to_str().unwrap().starts_with("Bearer"))
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
    for (route, _) in &routes().await {
        let house = house_for(narrow()).await;
        let key = key(&house, "read,stream").await;
        for who in ["an address", "a key"] {
            let send = || match who {
                "a key" => house.send(with_key(key.reveal(), request(route))),
                _ => house.send(from("2001:db8::1", request(route))),
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
                let response = house.send(from("2001:db8::1", request(route))).await;
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
async fn a_ticket_opens_one_stream_within_half_a_minute_and_nothing_else() {
    let house = house_for(required()).await;
    let key = key(&house, "stream").await;
    tokio::time::pause();
    let ticket = async || {
        let request = with_key(key.reveal(), Request::post("/api/v1/tickets"));
        let response = house.send(request).await;
        assert_eq!(response.status(), StatusCode::CREATED);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        let answer = json(response).await;
        assert_eq!(answer["expires_at"], "2023-11-14T22:13:50.000Z");
        assert_eq!(answer["expires_at_ms"], 1_700_000_030_000_i64);
        answer["ticket"].as_str().unwrap().to_owned()
    };
    let open = async |ticket: &str| {
        let path = format!("/api/v1/stream?tokens=bitcoin&ticket={ticket}");
        house.get(&path).await
    };
    let first = ticket().await;
    let elsewhere = house.get(&format!("/api/v1/tokens?ticket={first}")).await;
    assert_eq!(elsewhere.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(open(&first).await.status(), StatusCode::OK);
    let again = open(&first).await;
    assert_eq!(again.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(problem(again).await.0, "ticket-refused");

    let second = ticket().await;
    assert_ne!(first, second);
    tokio::time::advance(Duration::from_secs(30)).await;
    assert_eq!(open(&second).await.status(), StatusCode::UNAUTHORIZED);
    tokio::time::resume();
    let third = ticket().await;
    let at = Timestamp::from_unix_s(1_700_000_000).unwrap();
    house.store.revoke_key(key.id(), at).await.unwrap();
    house.keys.read().await;
    assert_eq!(problem(open(&third).await).await.0, "key-refused");
}

#[tokio::test]
async fn a_ticket_is_made_with_post() {
    let response = house().await.get("/api/v1/tickets").await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()[header::ALLOW], "POST");
}

#[tokio::test]
async fn an_open_stream_ends_within_five_seconds_of_its_keys_revocation_and_says_why() {
    let house = house().await;
    let key = key(&house, "stream").await;
    let stop = CancellationToken::new();
    let keeping = tokio::spawn(house.keys.clone().run(stop.clone()));
    let with_ticket = {
        let request = with_key(key.reveal(), Request::post("/api/v1/tickets"));
        let answer = json(house.send(request).await).await;
        let ticket = answer["ticket"].as_str().unwrap().to_owned();
        house.get(&format!("/api/v1/stream?ticket={ticket}")).await
    };
    let with_key = house
        .send(with_key(key.reveal(), request("/api/v1/stream")))
        .await;
    let mut without = Events::of(house.get("/api/v1/stream").await);

    let at = Timestamp::from_unix_s(1_700_000_000).unwrap();
    house.store.revoke_key(key.id(), at).await.unwrap();
    for response in [with_key, with_ticket] {
        let mut events = Events::of(response);
        let ended = tokio::time::timeout(Duration::from_secs(5), async {
            let mut last = None;
            while let Some(event) = events.next().await {
                last = Some(event);
            }
            last.unwrap()
        });
        let last = ended.await.unwrap();
        assert!(
            last.starts_with("event: end\ndata: {\"reason\":\"key-revoked\""),
            "{last}"
        );
    }
    // Others' streams go on.
    house.publish("bitcoin", "1");
    for expected in ["retry", "event: snapshot", "event: price"] {
        assert!(without.next().await.unwrap().starts_with(expected));
    }
    stop.cancel();
    keeping.await.unwrap();
    let used = house.store.keys().await.unwrap()[0].key.last_used_at;
    assert_eq!(used, Some(at), "the last use is saved");
}

#[tokio::test]
async fn an_address_has_so_many_streams_and_a_key_its_own() {
    let mut config = access();
    config.anonymous.streams = 2;
    config.key.streams = 1;
    let house = house_for(config).await;
    let key = key(&house, "stream").await;
    let anonymous = |address: &'static str| house.send(from(address, request("/api/v1/stream")));
    let first = anonymous("2001:db8::1").await;
    let second = anonymous("2001:db8::2").await;
    let refused = anonymous("2001:db8::3").await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "5");
    assert_eq!(problem(refused).await.0, "too-many-streams");
    assert_eq!(anonymous("2001:db8:0:1::1").await.status(), StatusCode::OK);

    let keyed = || house.send(with_key(key.reveal(), request("/api/v1/stream")));
    let own = keyed().await;
    assert_eq!(own.status(), StatusCode::OK);
    assert_eq!(keyed().await.status(), StatusCode::TOO_MANY_REQUESTS);
    drop((own, first));
    assert_eq!(keyed().await.status(), StatusCode::OK);
    assert_eq!(anonymous("2001:db8::4").await.status(), StatusCode::OK);
    drop(second);
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
