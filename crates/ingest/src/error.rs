//! Why something could not be fetched, opened or kept open, in words for the operator.
//!
//! The messages name an endpoint only as [`endpoint_for_people`] shows it: without query and
//! credentials, because these texts end up in logs and on `/status`.

use std::error::Error as StdError;
use std::time::Duration;

use parallax::time::Timestamp;
use parallax::venue::VenueId;
use parallax_venues::spec::{DecodeError, Recovery};
use tokio_tungstenite::tungstenite;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// An adapter's id is not a venue id.
    #[error("an adapter's id is not a venue id")]
    VenueId(#[source] parallax::token::IdentifierError),
    /// The TLS settings were refused.
    #[error("the TLS settings were refused")]
    Tls(#[source] rustls::Error),
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be made")]
    Client(#[source] reqwest::Error),
    /// No answer: the name is unknown, the host refuses, the TLS or WebSocket handshake failed.
    #[error("could not reach {endpoint}: {}", root_cause(source.as_ref()))]
    Unreachable {
        /// Where.
        endpoint: String,
        /// Why.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// Too slow.
    #[error("could not reach {endpoint}: no answer within {}", seconds(*.after))]
    TimedOut {
        /// Where.
        endpoint: String,
        /// The limit.
        after: Duration,
    },
    /// An HTTP answer other than success.
    #[error("{endpoint} answered with HTTP status {status}")]
    Status {
        /// Where.
        endpoint: String,
        /// The status.
        status: u16,
        /// The `Retry-After` that came with it.
        retry_after: Option<Duration>,
    },
    /// An HTTP answer longer than allowed, after decompression.
    #[error("{endpoint} answered with more than {limit} bytes")]
    BodyTooLong {
        /// Where.
        endpoint: String,
        /// The limit.
        limit: usize,
    },
    /// An HTTP answer that the adapter does not understand.
    #[error("the answer of {endpoint} was not understood: {source}")]
    Answer {
        /// Where.
        endpoint: String,
        /// Why.
        source: DecodeError,
    },
    /// The venue answers nobody without a key, and none is configured. Nothing was sent.
    #[error("no API key: set venues.keys.{venue} in the configuration")]
    NoKey {
        /// The venue.
        venue: VenueId,
    },
    /// The key has characters that no header can carry. Nothing was sent.
    #[error("the API key for {endpoint} has characters that no key has")]
    MalformedKey {
        /// Where it would have gone.
        endpoint: String,
    },
    /// The month's queries are used up, or what is left of them is kept for polls. Nothing was sent.
    #[error("{used} of the {limit} queries allowed this month are used; more from {until} on")]
    BudgetSpent {
        /// Queries sent this month.
        used: u64,
        /// The most allowed.
        limit: u64,
        /// When the next month begins.
        until: Timestamp,
        /// How long that is from now.
        left: Duration,
    },
    /// The venue wants to be left alone for longer than the caller would wait. Nothing was sent.
    #[error("{endpoint} wants to be left alone for {}", seconds(*.left))]
    Paused {
        /// Where.
        endpoint: String,
        /// For how much longer.
        left: Duration,
    },
    /// The venue lists nothing that is to be watched.
    #[error("{endpoint} lists no market that is to be watched")]
    NoMarkets {
        /// Where.
        endpoint: String,
    },
    /// An open socket failed, or the other side broke the protocol or a size limit.
    #[error("connection lost: {}", root_cause(.0))]
    Socket(#[source] Box<tungstenite::Error>),
    /// The other side closed the connection.
    #[error("closed by the exchange{}", .0.as_ref().map(|words| format!(": {words}")).unwrap_or_default())]
    Closed(Option<String>),
    /// The connection is open and says nothing about markets.
    #[error("no market data for {}", seconds(*.0))]
    Silent(Duration),
    /// A panic while the connection was served, most likely in the adapter.
    #[error("a fault in the program: {0}")]
    Panicked(String),
}

impl IngestError {
    /// Whether trying again can help without anybody mending something first.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        !matches!(self.recovery(), Recovery::Operator)
    }

    /// When it makes sense to try again. A status of the 4xx family means that the request is wrong,
    /// but for those that say "later".
    #[must_use]
    pub const fn recovery(&self) -> Recovery {
        match self {
            Self::VenueId(_)
            | Self::Tls(_)
            | Self::Client(_)
            | Self::NoKey { .. }
            | Self::MalformedKey { .. } => Recovery::Operator,
            Self::Status { status, .. } => match status {
                408 | 418 | 425 | 429 | 500..=599 => Recovery::Soon,
                _ => Recovery::Operator,
            },
            Self::Answer { source, .. } => source.recovery(),
            Self::BudgetSpent { .. } => Recovery::Late,
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::BodyTooLong { .. }
            | Self::NoMarkets { .. }
            | Self::Paused { .. }
            | Self::Socket(_)
            | Self::Closed(_)
            | Self::Silent(_)
            | Self::Panicked(_) => Recovery::Soon,
        }
    }

    /// How long to stay away at least: what the other side asked for, or what the budget demands.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            Self::Paused { left, .. } | Self::BudgetSpent { left, .. } => Some(*left),
            _ => None,
        }
    }

    /// From what a panic carried.
    pub(crate) fn panicked(payload: &(dyn std::any::Any + Send)) -> Self {
        let words = payload
            .downcast_ref::<&str>()
            .map(|words| (*words).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "a panic without words".to_owned());
        Self::Panicked(cut(&words))
    }
}

/// A URL without query, fragment and credentials.
#[must_use]
pub fn endpoint_for_people(url: &str) -> String {
    match reqwest::Url::parse(url) {
        Ok(mut url) => {
            url.set_query(None);
            url.set_fragment(None);
            // These fail only for URLs that have no host, and so no credentials.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.as_str().trim_end_matches('/').to_owned()
        }
        Err(_) => "an address that is not a URL".to_owned(),
    }
}

/// At most 200 characters, and none that could end a line of a log.
pub(crate) fn cut(words: &str) -> String {
    words
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(200)
        .collect()
}

/// The innermost error's words: the outer ones say "error sending request" and the like.
fn root_cause(error: &(dyn StdError + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    match cause.downcast_ref::<std::io::Error>() {
        // "connection refused" and not "Connection refused (os error 111)".
        Some(io) if io.raw_os_error().is_some() => io.kind().to_string(),
        _ => cut(&cause.to_string()),
    }
}

fn seconds(duration: Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{} ms", duration.as_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_shown_without_query_and_credentials() {
        assert_eq!(
            endpoint_for_people("wss://me:secret@example.test:9443/stream?token=secret#x"),
            "wss://example.test:9443/stream"
        );
        assert_eq!(
            endpoint_for_people("https://example.test/"),
            "https://example.test"
        );
    }

    #[test]
    fn a_refused_connection_is_named_in_words() {
        let refused = std::io::Error::from_raw_os_error(111);
        let error = IngestError::Unreachable {
            endpoint: "wss://example.test".to_owned(),
            source: Box::new(tungstenite::Error::Io(refused)),
        };
        assert_eq!(
            error.to_string(),
            "could not reach wss://example.test: connection refused"
        );
    }
}
