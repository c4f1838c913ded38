//! Requests with keys and from addresses, and houses that ask for them.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Request, Response, header};
use parallax::time::Timestamp;
use parallax_api::{AccessConfig, KeyPolicy};
use parallax_service::keys::{KeyText, create};
use serde_json::Value;

use super::{House, access, json};

pub(crate) fn request(route: &str) -> Builder {
    match route.strip_prefix("POST ") {
        Some(path) => Request::post(path),
        None => Request::get(route),
    }
}

pub(crate) fn from(address: &str, builder: Builder) -> Request<Body> {
    let address: IpAddr = address.parse().unwrap();
    let peer = ConnectInfo(SocketAddr::new(address, 9));
    builder.extension(peer).body(Body::empty()).unwrap()
}

pub(crate) fn with_key(key: &str, builder: Builder) -> Request<Body> {
    let bearer = format!("Bearer {key}");
    let request = builder.header(header::AUTHORIZATION, bearer);
    request.body(Body::empty()).unwrap()
}

pub(crate) async fn key(house: &House, scopes: &str) -> KeyText {
    key_until(house, scopes, None).await
}

pub(crate) async fn key_until(
    house: &House,
    scopes: &str,
    expires_at: Option<Timestamp>,
) -> KeyText {
    let (name, scopes) = ("a test".parse().unwrap(), scopes.parse().unwrap());
    let made_at = Timestamp::from_unix_s(1_600_000_000).unwrap();
    let made = create(house.store.as_ref(), name, scopes, expires_at, made_at);
    let (text, _) = made.await.unwrap();
    house.keys.read().await;
    text
}

pub(crate) fn required() -> AccessConfig {
    AccessConfig {
        keys: KeyPolicy::Required,
        ..access()
    }
}

/// Limits so small that the second request is too many, also from this machine.
pub(crate) fn narrow() -> AccessConfig {
    let mut config = access();
    config.limit_loopback = true;
    config.anonymous.requests_per_minute = 1.try_into().unwrap();
    config.anonymous.burst = 1.try_into().unwrap();
    config.key = config.anonymous;
    config
}

/// A problem's type without the common part, and the whole.
pub(crate) async fn problem(response: Response<Body>) -> (String, Value) {
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        "application/problem+json"
    );
    let body = json(response).await;
    let kind = body["type"].as_str().unwrap();
    let word = kind.strip_prefix("urn:parallax:problem:").unwrap();
    (word.to_owned(), body)
}

/// Whether an answer says how a key is shown.
pub(crate) fn is_challenge(headers: &HeaderMap) -> bool {
    let challenge = headers.get(header::WWW_AUTHENTICATE);
    challenge.is_some_and(|challenge| challenge.to_str().unwrap().starts_with("Bearer"))
}
