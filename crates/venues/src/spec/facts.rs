//! The facts of a venue as data: who it is, where it is, what it allows and what it delivers.
//!
//! Part of the specification; made by the files in `src/exchanges/`, read by `crates/ingest`.

use std::time::Duration;

use parallax::candle::Interval;

use crate::secret::Secret;

/// Everything about a venue of either kind that is a fact and not behaviour.
#[derive(Debug)]
pub struct Descriptor {
    /// The venue's id: the name of the adapter's source file.
    pub id: &'static str,
    /// The name for people.
    pub name: &'static str,
    /// The venue's public web site.
    pub website: &'static str,
    /// Where the protocol is documented.
    pub docs_url: &'static str,
    /// Where to connect unless configured otherwise. The paths that follow are the adapter's.
    pub endpoints: DefaultEndpoints,
    /// The least time between two HTTP requests to the venue, whatever they ask.
    pub request_gap: Duration,
    /// Rows in one answer to [`Adapter::candles`](super::Adapter::candles); 0 where the venue has no
    /// historic candles.
    pub candles_per_request: u32,
    /// The lengths its historic candles have.
    pub candle_intervals: &'static [Interval],
    /// A quote older than this is not part of a price.
    pub max_quote_age: Duration,
}

/// The facts of a venue that streams.
#[derive(Debug, Clone)]
pub struct StreamFacts {
    /// What the exchange allows.
    pub limits: Limits,
    /// A subscribed market silent for longer than this is reported stalled.
    pub market_stall_after: Duration,
    /// A connection without market data for longer than this is replaced. Keep-alives do not count.
    pub connection_stall_after: Duration,
    /// How often [`Session::keep_alive`](super::Session::keep_alive) is asked for something to send;
    /// `None` where the exchange needs nothing beyond answers to WebSocket pings.
    pub keep_alive_every: Option<Duration>,
    /// What the stream delivers.
    pub capabilities: Capabilities,
}

/// The facts of a venue that is polled.
#[derive(Debug, Clone)]
pub struct PollFacts {
    /// The chain whose contracts the venue knows, by CoinGecko's platform id.
    pub chain: &'static str,
    /// The longest that an answer may take. Some venues try for long before they say that they cannot.
    pub timeout: Duration,
    /// The longest answer, in bytes.
    pub max_answer_bytes: usize,
    /// Whether the venue answers nobody without a key. Asked only at the default endpoint: a proxy of
    /// the operator's may add its own.
    pub needs_key: bool,
}

/// Scheme and host (and a path prefix where the exchange has one), without a slash at the end.
#[derive(Debug, Clone, Copy)]
pub struct DefaultEndpoints {
    /// `wss://…`; empty for a venue that is polled.
    pub stream: &'static str,
    /// `https://…`
    pub rest: &'static str,
}

/// The endpoints in force: the defaults, or what the operator configured (a proxy, a regional host,
/// the simulator). No slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Base of the WebSocket URL; empty for a venue that is polled.
    pub stream: String,
    /// Base of the REST URLs.
    pub rest: String,
    /// The operator's key to the venue, where it wants one. Travels in a header and nowhere else.
    pub key: Option<Secret>,
}

impl From<DefaultEndpoints> for Endpoints {
    fn from(defaults: DefaultEndpoints) -> Self {
        Self {
            stream: defaults.stream.to_owned(),
            rest: defaults.rest.to_owned(),
            key: None,
        }
    }
}

/// What an exchange allows a streaming client, by its documentation.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Markets on one connection; more are spread over several connections.
    pub markets_per_connection: usize,
    /// Markets in one call of [`Session::subscribe`](super::Session::subscribe).
    pub markets_per_subscribe: usize,
    /// The least time between two messages of ours on one connection.
    pub message_gap: Duration,
    /// The least time between two connection attempts to the exchange.
    pub connect_gap: Duration,
    /// The exchange closes a connection at this age; ingest replaces it before.
    pub max_connection_age: Option<Duration>,
    /// A longer frame, after decompression, is refused.
    pub max_frame_bytes: usize,
}

/// What a stream can deliver besides quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Quotes carry sizes.
    pub quote_sizes: bool,
    /// Trades are delivered.
    pub trades: bool,
    /// Rolling 24-hour figures are delivered.
    pub tickers: bool,
}
