//! Answers given at once: what is the same for all who ask within a moment, and what never is.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::support::keys::{from, key, request, required, with_key};
use crate::support::{House, access, house, text};
use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{Request, Response, StatusCode, header};
use parallax::time::Clock;
use parallax_api::{AtOnce, Lasting};
use tower::ServiceExt;

const PRICE: &str = "/api/v3/simple/price?ids=bitcoin&vs_currencies=usd";

async fn send(site: &AtOnce, request: Request<Body>) -> Response<Body> {
    let Ok(response) = site.clone().oneshot(request).await;
    response
}

/// Asks from another machine, which is counted.
async fn ask(site: &AtOnce, request: Builder) -> Response<Body> {
    send(site, from("192.0.2.1", request)).await
}

async fn body(site: &AtOnce, path: &str) -> String {
    text(ask(site, request(path)).await).await
}

async fn open_house() -> (House, AtOnce) {
    let house = house().await;
    let site = house.at_once(access());
    (house, site)
}

#[tokio::test]
async fn who_asks_the_same_within_a_moment_gets_the_same_answer() {
    let (house, site) = open_house().await;
    house.publish("bitcoin", "60000");
    let first = body(&site, PRICE).await;
    assert!(first.contains("60000"), "{first}");
    house.publish("bitcoin", "61000");
    house.clock.advance(Duration::from_millis(499));
    assert_eq!(body(&site, PRICE).await, first);
    house.clock.advance(Duration::from_millis(1));
    assert!(body(&site, PRICE).await.contains("61000"));
}

#[tokio::test]
async fn an_answer_about_one_token_ends_when_that_is_published_again() {
    let (house, site) = open_house().await;
    house.publish("bitcoin", "60000");
    for path in ["/api/v1/tokens/bitcoin", "/api/v1/tokens/bitcoin/price"] {
        house.publish("bitcoin", "60000");
        let first = body(&site, path).await;
        house.publish("ethereum", "3000");
        assert_eq!(body(&site, path).await, first, "{path}");
        house.publish("bitcoin", "61000");
        assert!(body(&site, path).await.contains("61000"), "{path}");
    }
}

#[tokio::test]
async fn a_new_name_is_answered_at_once_and_an_old_tag_is_worth_nothing() {
    let (house, site) = open_house().await;
    house.publish("bitcoin", "60000");
    let paths = [
        "/api/v1/tokens/bitcoin",
        "/api/v1/tokens",
        "/api/v3/coins/list",
        "/api/v3/coins/markets?vs_currency=usd",
    ];
    for (number, path) in paths.into_iter().enumerate() {
        let first = ask(&site, request(path)).await;
        let tag = first.headers()[header::ETAG].clone();
        let name = format!("Bit Coin {number}");
        house.rename("bitcoin", &name);
        assert!(body(&site, path).await.contains(&name), "{path}");
        let asked = request(path).header(header::IF_NONE_MATCH, tag);
        assert_eq!(ask(&site, asked).await.status(), StatusCode::OK, "{path}");
    }
    assert!(
        body(&site, "/api/v1/tokens/Bit%20Coin%203")
            .await
            .contains("bitcoin")
    );
}

#[tokio::test]
async fn each_request_has_its_own_number_and_is_counted() {
    let (house, site) = open_house().await;
    house.publish("bitcoin", "60000");
    let mut numbers = HashSet::new();
    for left in (0..60).rev() {
        let response = ask(&site, request(PRICE)).await;
        assert_eq!(response.status(), StatusCode::OK);
        let told = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert!(numbers.insert(told("x-request-id")));
        assert!(told("ratelimit").starts_with(&format!("\"anonymous\";r={left};")));
        assert_eq!(response.headers().get_all("ratelimit").iter().count(), 1);
        assert_eq!(told("access-control-allow-origin"), "*");
    }
    let response = ask(&site, request(PRICE)).await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(response.headers().contains_key(header::RETRY_AFTER));

    for _ in 0..2 {
        let mine = request(PRICE).header("x-request-id", "my-own.7");
        let response = send(&site, from("192.0.2.2", mine)).await;
        assert_eq!(response.headers()["x-request-id"], "my-own.7");
    }
}

#[tokio::test]
async fn each_compression_has_an_answer_and_a_tag_of_its_own() {
    let (house, site) = open_house().await;
    for token in ["bitcoin", "ethereum", "tether"] {
        house.publish(token, "60000");
    }
    let mut tags = HashSet::new();
    for (accepted, encoding) in [("", None), ("gzip", Some("gzip")), ("br", Some("br"))] {
        for _ in 0..2 {
            let asked = request("/api/v1/tokens").header(header::ACCEPT_ENCODING, accepted);
            let response = ask(&site, asked).await;
            let told = response.headers().get(header::CONTENT_ENCODING);
            assert_eq!(told.map(|it| it.to_str().unwrap()), encoding);
            tags.insert(response.headers()[header::ETAG].clone());
        }
    }
    assert_eq!(tags.len(), 3);
}

#[tokio::test]
async fn who_has_the_tag_gets_a_304_and_other_methods_go_their_way() {
    let (house, site) = open_house().await;
    house.publish("bitcoin", "60000");
    let path = "/api/v1/tokens/bitcoin";
    let tag = ask(&site, request(path)).await.headers()[header::ETAG].clone();
    let again = request(path).header(header::IF_NONE_MATCH, tag);
    assert_eq!(ask(&site, again).await.status(), StatusCode::NOT_MODIFIED);
    let head = ask(&site, Request::head(path)).await;
    assert_eq!(head.status(), StatusCode::OK);
    assert_eq!(text(head).await, "");
    let post = ask(&site, request(&format!("POST {path}"))).await;
    assert_eq!(post.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_key_counts_on_its_own_and_its_answers_are_nobody_elses() {
    let (house, site) = open_house().await;
    house.publish("bitcoin", "60000");
    let key = key(&house, "read").await;
    body(&site, PRICE).await;
    let with = send(&site, with_key(key.reveal(), request(PRICE))).await;
    let policy = with.headers()["ratelimit-policy"].to_str().unwrap();
    assert!(policy.starts_with("\"key\""), "{policy}");

    // In the address, where the same address is the same question.
    let address = format!("{PRICE}&x_cg_demo_api_key={}", key.reveal());
    assert_eq!(ask(&site, request(&address)).await.status(), StatusCode::OK);
    let now = house.clock.now().utc;
    house.store.revoke_key(key.id(), now).await.unwrap();
    house.keys.read().await;
    let revoked = ask(&site, request(&address)).await;
    assert_eq!(revoked.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn where_keys_are_required_nothing_is_given_at_once() {
    let house = house().await;
    house.publish("bitcoin", "60000");
    let site = house.at_once(required());
    let key = key(&house, "read").await;
    let with = send(&site, with_key(key.reveal(), request(PRICE))).await;
    assert_eq!(with.status(), StatusCode::OK);
    let without = ask(&site, request(PRICE)).await;
    assert_eq!(without.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn who_counts_answers_is_told_of_each() {
    let house = house().await;
    house.publish("bitcoin", "60000");
    let (told, passed) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let site = {
        let (told, passed) = (Arc::clone(&told), Arc::clone(&passed));
        house.at_once_through(move |mut response| {
            passed.fetch_add(1, Ordering::Relaxed);
            let told = Arc::clone(&told);
            if let Some(lasting) = response.extensions_mut().get_mut::<Lasting>() {
                lasting.tell(move |_| {
                    told.fetch_add(1, Ordering::Relaxed);
                });
            }
            response
        })
    };
    for _ in 0..5 {
        body(&site, PRICE).await;
    }
    let counted = |count: &AtomicU32| count.load(Ordering::Relaxed);
    assert_eq!((counted(&passed), counted(&told)), (1, 4));
}

#[tokio::test]
async fn what_is_wrong_or_never_the_same_is_not_kept() {
    let (house, site) = open_house().await;
    let missing = "/api/v1/tokens/nonsense-token";
    for _ in 0..2 {
        assert_eq!(
            ask(&site, request(missing)).await.status(),
            StatusCode::NOT_FOUND
        );
    }
    // Health tells what is now.
    let before = body(&site, "/readyz").await;
    house.publish("bitcoin", "60000");
    assert_ne!(body(&site, "/readyz").await, before);
}
