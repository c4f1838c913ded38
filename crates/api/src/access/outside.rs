//! What every answer of the API says whatever was asked: its number, and that other sites may read it.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use rand::distr::{Alphanumeric, SampleString};
use tower_http::cors::{Any, CorsLayer};

use super::limits::{RATE_LIMIT, RATE_LIMIT_POLICY};

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest number of a client's own that is taken over.
const LONGEST_ID: usize = 64;

/// Any site may read, without cookies; nothing may be changed from other sites.
pub(super) fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD, Method::OPTIONS])
        .allow_headers([
            header::AUTHORIZATION,
            header::IF_NONE_MATCH,
            HeaderName::from_static("last-event-id"),
            HeaderName::from_static("x-cg-demo-api-key"),
            HeaderName::from_static("x-cg-pro-api-key"),
            REQUEST_ID,
        ])
        .expose_headers([
            header::ETAG,
            header::LINK,
            header::RETRY_AFTER,
            RATE_LIMIT,
            RATE_LIMIT_POLICY,
            REQUEST_ID,
            HeaderName::from_static("x-parallax-source"),
        ])
        .max_age(std::time::Duration::from_secs(86_400))
        // The same for every origin: caches need not tell them apart.
        .vary([])
}

/// Gives the request a number, or keeps the client's own if it is short and plain, and repeats it in the
/// answer.
pub(super) async fn number(mut request: Request, next: Next) -> Response {
    let number = number_of(request.headers());
    request.headers_mut().insert(REQUEST_ID, number.clone());
    let mut response = next.run(request).await;
    response.headers_mut().insert(REQUEST_ID, number);
    response
}

/// The client's own number, or a new one.
pub(super) fn number_of(request: &HeaderMap) -> HeaderValue {
    let given = request.get(REQUEST_ID);
    given
        .filter(|id| is_plain(id))
        .cloned()
        .unwrap_or_else(drawn)
}

fn is_plain(id: &HeaderValue) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    (1..=LONGEST_ID).contains(&id.len()) && id.as_bytes().iter().all(is_plain)
}

fn drawn() -> HeaderValue {
    let number = Alphanumeric.sample_string(&mut rand::rng(), 20);
    // Letters and digits are always a value.
    HeaderValue::from_str(&number).unwrap_or(HeaderValue::from_static("unnumbered"))
}
