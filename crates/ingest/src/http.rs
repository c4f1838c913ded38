//! HTTP on an adapter's behalf: discovery, what has to be asked before connecting, and candles.
//!
//! Owns the client, the time-out and the size cap; does not know what an answer means. Called by
//! discovery, by opening a connection, and by whoever fetches candles.

use std::sync::Arc;
use std::time::Duration;

use parallax_venues::spec::{Method, Request};
use reqwest::header::{self, HeaderMap, HeaderValue};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::error::{IngestError, endpoint_for_people};
use crate::guard::Guard;

/// An HTTP client for all venues. Cheap to clone; clones share their connections.
///
/// The proxy settings of the environment are not used, because the sockets could not follow them;
/// endpoints are configurable instead.
#[derive(Debug, Clone)]
pub struct HttpClient {
    client: reqwest::Client,
    /// Whether it goes only where its guard lets it.
    is_guarded: bool,
}

/// What one request may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchLimits {
    /// The longest the whole exchange may take, the answer's body included.
    pub timeout: Duration,
    /// The longest body, in bytes after decompression.
    pub max_bytes: usize,
}

impl HttpClient {
    /// Makes the client, with TLS as for the sockets.
    ///
    /// # Errors
    /// [`IngestError::Tls`] or [`IngestError::Client`] when the settings are refused.
    pub fn new() -> Result<Self, IngestError> {
        Self::built(false, |builder| builder)
    }

    /// A client for addresses given in the admin: each new connection goes to an address that the guard has judged
    /// just then, by TLS, and no answer sends it elsewhere.
    pub(crate) fn guarded(guard: Guard) -> Result<Self, IngestError> {
        Self::built(true, |builder| {
            builder
                .dns_resolver(Arc::new(guard))
                .redirect(reqwest::redirect::Policy::none())
                .https_only(true)
        })
    }

    fn built(
        is_guarded: bool,
        with: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Result<Self, IngestError> {
        let tls = crate::tls::client_config()?;
        let builder = reqwest::Client::builder()
            // Some exchanges refuse requests that do not say who asks.
            .user_agent(concat!("parallax/", env!("CARGO_PKG_VERSION")))
            .use_preconfigured_tls(rustls::ClientConfig::clone(&tls))
            .no_proxy();
        with(builder)
            .build()
            .map(|client| Self { client, is_guarded })
            .map_err(IngestError::Client)
    }

    /// Sends the request and returns the body of a successful answer.
    ///
    /// The body is read piece by piece, so that a compressed answer that grows beyond
    /// `limits.max_bytes` is abandoned there.
    ///
    /// # Errors
    /// [`IngestError::MalformedKey`], [`IngestError::Unreachable`], [`IngestError::TimedOut`], [`IngestError::Status`] (with
    /// `Retry-After`) or [`IngestError::BodyTooLong`].
    pub async fn fetch(
        &self,
        request: &Request,
        limits: FetchLimits,
    ) -> Result<Vec<u8>, IngestError> {
        tokio::time::timeout(limits.timeout, self.exchange(request, limits.max_bytes))
            .await
            .unwrap_or_else(|_| {
                Err(IngestError::TimedOut {
                    endpoint: endpoint_for_people(&request.url),
                    after: limits.timeout,
                })
            })
    }

    async fn exchange(&self, request: &Request, max_bytes: usize) -> Result<Vec<u8>, IngestError> {
        let endpoint = || endpoint_for_people(&request.url);
        let unreachable = |error: reqwest::Error| IngestError::Unreachable {
            endpoint: endpoint(),
            // The URL may hold a key.
            source: Box::new(error.without_url()),
        };
        if self.is_guarded {
            // A host that is an address itself is not looked up, so the resolver does not see it.
            Guard::check_literal(&request.url, "https").map_err(|error| {
                IngestError::Unreachable {
                    endpoint: endpoint(),
                    source: Box::new(error),
                }
            })?;
        }
        let mut builder = match request.method {
            Method::Get => self.client.get(&request.url),
            Method::Post => self
                .client
                .post(&request.url)
                .header(header::CONTENT_TYPE, "application/json")
                .body(request.body.clone().unwrap_or_default()),
        };
        if let Some(key) = &request.bearer {
            let mut value =
                HeaderValue::from_str(&format!("Bearer {}", key.expose())).map_err(|_| {
                    IngestError::MalformedKey {
                        endpoint: endpoint(),
                    }
                })?;
            // Keeps it out of whatever prints headers.
            value.set_sensitive(true);
            builder = builder.header(header::AUTHORIZATION, value);
        }
        let mut response = builder.send().await.map_err(unreachable)?;
        if !response.status().is_success() {
            return Err(IngestError::Status {
                endpoint: endpoint(),
                status: response.status().as_u16(),
                retry_after: retry_after(response.headers()),
            });
        }
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(unreachable)? {
            if body.len().saturating_add(piece.len()) > max_bytes {
                return Err(IngestError::BodyTooLong {
                    endpoint: endpoint(),
                    limit: max_bytes,
                });
            }
            body.extend_from_slice(&piece);
        }
        if let Some(key) = &request.bearer {
            blank(&mut body, key.expose().as_bytes());
        }
        Ok(body)
    }
}

/// Blanks out a key that an answer repeats ("API key … not found"), so that nothing made of the answer
/// can show it.
fn blank(body: &mut [u8], key: &[u8]) {
    if key.is_empty() {
        return;
    }
    let mut start = 0;
    while let Some(found) = body
        .get(start..)
        .and_then(|rest| rest.windows(key.len()).position(|window| window == key))
    {
        let end = start + found + key.len();
        if let Some(shown) = body.get_mut(start + found..end) {
            shown.fill(b'*');
        }
        start = end;
    }
}

/// `Retry-After`: a number of seconds, or a date, which is held against the answer's own `Date`, so that
/// our clock does not matter.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let wanted = text(header::RETRY_AFTER)?.trim();
    if let Ok(seconds) = wanted.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let date = |text: &str| OffsetDateTime::parse(text.trim(), &Rfc2822).ok();
    let left = date(wanted)? - date(text(header::DATE)?)?;
    Some(Duration::try_from(left).unwrap_or_default())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn asked(headers: &[(header::HeaderName, &str)]) -> Option<Duration> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()))
            .collect();
        retry_after(&headers)
    }

    #[test]
    fn retry_after_is_a_number_of_seconds_or_a_date_by_the_answers_own_clock() {
        let date = (header::DATE, "Sat, 21 Nov 2026 10:00:00 GMT");
        let after = |value| (header::RETRY_AFTER, value);
        assert_eq!(asked(&[after("90")]), Some(Duration::from_secs(90)));
        let later = after("Sat, 21 Nov 2026 10:02:00 GMT");
        assert_eq!(
            asked(&[date.clone(), later.clone()]),
            Some(Duration::from_secs(120))
        );
        let earlier = after("Sat, 21 Nov 2026 09:00:00 GMT");
        assert_eq!(asked(&[date.clone(), earlier]), Some(Duration::ZERO));
        assert_eq!(asked(&[later]), None);
        assert_eq!(asked(&[date, after("soon")]), None);
        assert_eq!(asked(&[]), None);
    }

    #[test]
    fn a_key_is_blanked_wherever_an_answer_repeats_it() {
        let mut body = b"abc key123 and key123key123".to_vec();
        blank(&mut body, b"key123");
        assert_eq!(body, b"abc ****** and ************");
        blank(&mut body, b"");
        assert_eq!(body.len(), 27);
    }
}
