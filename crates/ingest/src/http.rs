//! HTTP on an adapter's behalf: discovery, what has to be asked before connecting, and candles.
//!
//! Owns the client, the time-out and the size cap; does not know what an answer means. Called by
//! discovery, by opening a connection, and by whoever fetches candles.

use std::time::Duration;

use parallax_venues::spec::{Method, Request};
use reqwest::header::HeaderValue;

use crate::error::{IngestError, endpoint_for_people};

/// An HTTP client for all venues. Cheap to clone; clones share their connections.
///
/// The proxy settings of the environment are not used, because the sockets could not follow them;
/// endpoints are configurable instead.
#[derive(Debug, Clone)]
pub struct HttpClient {
    client: reqwest::Client,
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
        let tls = crate::tls::client_config()?;
        reqwest::Client::builder()
            // Some exchanges refuse requests that do not say who asks.
            .user_agent(concat!("parallax/", env!("CARGO_PKG_VERSION")))
            .use_preconfigured_tls(rustls::ClientConfig::clone(&tls))
            .no_proxy()
            .build()
            .map(|client| Self { client })
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
        let mut builder = match request.method {
            Method::Get => self.client.get(&request.url),
            Method::Post => self
                .client
                .post(&request.url)
                .header(reqwest::header::CONTENT_TYPE, "application/json")
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
            builder = builder.header(reqwest::header::AUTHORIZATION, value);
        }
        let mut response = builder.send().await.map_err(unreachable)?;
        if !response.status().is_success() {
            return Err(IngestError::Status {
                endpoint: endpoint(),
                status: response.status().as_u16(),
                retry_after: retry_after(response.headers().get(reqwest::header::RETRY_AFTER)),
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

/// `Retry-After` as a number of seconds, which is how exchanges send it.
pub(crate) fn retry_after(value: Option<&reqwest::header::HeaderValue>) -> Option<Duration> {
    value
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.trim().parse().ok())
        .map(|seconds: u32| Duration::from_secs(seconds.into()))
}
