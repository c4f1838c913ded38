//! Answers about the past, pictures, and what `live.rs` keeps: a strong `ETag`, how long they may be kept, and what else belongs
//! to them.
//!
//! A closed candle can still be repaired, so nothing is `immutable`: what is settled may be kept for a
//! day, a picture of the present for a part of its running bar (`pictures.rs`), and everything else must be
//! asked for again with its tag and costs a 304 while it is the same.

use std::fmt::Write;
use std::future::Future;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// For what is expected to stay as it is.
const SETTLED: &str = "public, max-age=86400, stale-while-revalidate=604800";
/// For everything else: kept, but never used without asking.
const CHANGING: &str = "no-cache";

/// Whose prices an answer shows.
const SOURCE: HeaderName = HeaderName::from_static("x-parallax-source");

/// How long an answer may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// It is expected to stay as it is.
    Settled,
    /// Never without asking.
    Asking,
    /// For so many seconds, by everyone.
    Seconds(u64),
}

impl Keep {
    /// For an answer about the past.
    pub(crate) const fn of(is_settled: bool) -> Self {
        if is_settled {
            Self::Settled
        } else {
            Self::Asking
        }
    }

    fn policy(self) -> HeaderValue {
        match self {
            Self::Settled => HeaderValue::from_static(SETTLED),
            Self::Asking => HeaderValue::from_static(CHANGING),
            Self::Seconds(seconds) => HeaderValue::try_from(format!("public, max-age={seconds}"))
                .unwrap_or(HeaderValue::from_static(CHANGING)),
        }
    }
}

/// What belongs to an answer besides its body.
#[derive(Debug)]
pub(crate) struct Cached {
    /// Its type.
    pub(crate) content_type: &'static str,
    /// How long it may be kept.
    pub(crate) keep: Keep,
    /// Whose prices it shows, where they are of one source.
    pub(crate) source: Option<String>,
    /// The value of `Link`, if there is one.
    pub(crate) link: String,
    /// The name under which a browser saves it; `None` to show it.
    pub(crate) file_name: Option<String>,
}

impl Cached {
    /// A JSON answer that follows from the prices of this moment.
    pub(crate) const fn json() -> Self {
        Self {
            content_type: "application/json",
            keep: Keep::Asking,
            source: None,
            link: String::new(),
            file_name: None,
        }
    }

    /// The response to a request with these headers: 304 when the reader has the body already.
    pub(crate) fn respond(self, body: String, request: &HeaderMap) -> Response {
        let tag = tag(&body, request);
        let body = (!is_known(request, &tag)).then(|| Body::from(body));
        self.answer(tag, body)
    }

    /// The same for a body whose hash is known.
    pub(crate) fn respond_hashed(self, hash: Sha256, body: Bytes, request: &HeaderMap) -> Response {
        let tag = tag_of(hash, request);
        let body = (!is_known(request, &tag)).then(|| Body::from(body));
        self.answer(tag, body)
    }

    /// The same for a body that follows from `origin` alone and costs more than comparing that: when the
    /// reader has it already, it is not made.
    ///
    /// # Errors
    /// Those of `make`.
    pub(crate) async fn respond_made<E>(
        self,
        origin: &str,
        request: &HeaderMap,
        make: impl Future<Output = Result<Vec<u8>, E>>,
    ) -> Result<Response, E> {
        let tag = tag(origin, request);
        let body = if is_known(request, &tag) {
            None
        } else {
            Some(Body::from(make.await?))
        };
        Ok(self.answer(tag, body))
    }

    fn answer(self, tag: String, body: Option<Body>) -> Response {
        let file_name = self.file_name.filter(|_| body.is_some());
        let mut response = match body {
            Some(body) => ([(header::CONTENT_TYPE, self.content_type)], body).into_response(),
            None => (StatusCode::NOT_MODIFIED, Body::empty()).into_response(),
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, self.keep.policy());
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        let disposition = file_name.map(|name| format!("attachment; filename=\"{name}\""));
        let texts = [
            (header::ETAG, Some(tag)),
            (SOURCE, self.source),
            (
                header::LINK,
                Some(self.link).filter(|link| !link.is_empty()),
            ),
            (header::CONTENT_DISPOSITION, disposition),
        ];
        for (name, text) in texts {
            // Ids, numbers and times only: always a valid header.
            if let Some(Ok(value)) = text.map(HeaderValue::try_from) {
                headers.insert(name, value);
            }
        }
        response
    }
}

/// A strong tag: the same only for the same bytes. The bytes also depend on the compression, which is
/// chosen by `Accept-Encoding` after us.
fn tag(body: &str, request: &HeaderMap) -> String {
    tag_of(Sha256::new_with_prefix(body), request)
}

/// The same by the hash over the bytes.
fn tag_of(mut hash: Sha256, request: &HeaderMap) -> String {
    for accepted in request.get_all(header::ACCEPT_ENCODING) {
        hash.update([0]);
        hash.update(accepted);
    }
    let mut tag = String::from("\"");
    for byte in hash.finalize().iter().take(16) {
        // Writing to a string cannot fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

/// Whether `If-None-Match` names the tag, by RFC 9110's weak comparison.
fn is_known(request: &HeaderMap, tag: &str) -> bool {
    let known = request.get_all(header::IF_NONE_MATCH).iter();
    known
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

/// One entry of `Link`.
pub(crate) fn link(address: &str, relation: &str) -> String {
    format!("<{address}>; {relation}")
}

/// The relation of the same range as CSV.
pub(crate) const AS_CSV: &str = "rel=\"alternate\"; type=\"text/csv\"";

/// The type of a CSV with its column names in the first line.
pub(crate) const CSV: &str = "text/csv; charset=utf-8; header=present";

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn request(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_tag_is_strong_and_follows_the_bytes() {
        let none = HeaderMap::new();
        let tag_of = |body| tag(body, &none);
        assert_eq!(tag_of("a"), tag_of("a"));
        assert_ne!(tag_of("a"), tag_of("b"));
        assert_ne!(
            tag_of("a"),
            tag("a", &request(header::ACCEPT_ENCODING, "gzip"))
        );
        assert!(tag_of("a").starts_with('"') && tag_of("a").len() == 34);
    }

    #[test]
    fn a_reader_may_know_several_tags() {
        for (value, expected) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\", \"a\"", true),
            ("*", true),
            ("\"b\"", false),
            ("a", false),
        ] {
            let request = request(header::IF_NONE_MATCH, value);
            assert_eq!(is_known(&request, "\"a\""), expected, "{value}");
        }
    }

    #[test]
    fn a_304_has_the_tag_and_the_policy_but_no_body() {
        let answer = || Cached {
            content_type: "text/plain",
            keep: Keep::Settled,
            source: Some("index".to_owned()),
            link: String::new(),
            file_name: None,
        };
        let whole = answer().respond("x".to_owned(), &HeaderMap::new());
        let tag = whole.headers().get(header::ETAG).unwrap().clone();
        let again = HeaderMap::from_iter([(header::IF_NONE_MATCH, tag)]);
        let unchanged = answer().respond("x".to_owned(), &again);
        assert_eq!(unchanged.status(), StatusCode::NOT_MODIFIED);
        for name in [header::ETAG, header::CACHE_CONTROL, SOURCE] {
            assert_eq!(unchanged.headers().get(&name), whole.headers().get(&name));
        }
    }
}
