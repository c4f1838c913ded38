//! The adapter specification: what one exchange's file must say and do.
//!
//! An adapter is a translator without input or output. It never opens a socket, sleeps or reads a
//! clock: `crates/ingest` does, and asks the adapter what to send and what a frame means. The facts of
//! a protocol that the code around it needs are data, in [`Descriptor`].

use std::ops::Range;
use std::time::Duration;

use parallax::candle::{Interval, VenueCandle};
use parallax::event::{Quote, Ticker, Trade};
use parallax::market::Listing;
use parallax::time::Timestamp;

/// Everything about an exchange that is a fact and not behaviour.
#[derive(Debug)]
pub struct Descriptor {
    /// The venue's id: the name of the adapter's source file.
    pub id: &'static str,
    /// The name for people.
    pub name: &'static str,
    /// The exchange's public web site.
    pub website: &'static str,
    /// Where the protocol is documented.
    pub docs_url: &'static str,
    /// Where to connect unless configured otherwise. The paths that follow are the adapter's.
    pub endpoints: DefaultEndpoints,
    /// What the exchange allows.
    pub limits: Limits,
    /// A quote older than this is not part of a price.
    pub max_quote_age: Duration,
    /// A subscribed market silent for longer than this is reported stalled.
    pub market_stall_after: Duration,
    /// A connection without market data for longer than this is replaced. Keep-alives do not count.
    pub connection_stall_after: Duration,
    /// How often [`Session::keep_alive`] is asked for something to send; `None` where the exchange
    /// needs nothing beyond answers to WebSocket pings.
    pub keep_alive_every: Option<Duration>,
    /// What the adapter can deliver.
    pub capabilities: Capabilities,
}

/// Scheme and host (and a path prefix where the exchange has one), without a slash at the end.
#[derive(Debug, Clone, Copy)]
pub struct DefaultEndpoints {
    /// `wss://…`
    pub stream: &'static str,
    /// `https://…`
    pub rest: &'static str,
}

/// The endpoints in force: the defaults, or what the operator configured (a proxy, a regional host,
/// the simulator). No slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Base of the WebSocket URL.
    pub stream: String,
    /// Base of the REST URLs.
    pub rest: String,
}

impl From<DefaultEndpoints> for Endpoints {
    fn from(defaults: DefaultEndpoints) -> Self {
        Self {
            stream: defaults.stream.to_owned(),
            rest: defaults.rest.to_owned(),
        }
    }
}

/// What the exchange allows a client, by its documentation.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Markets on one connection; more are spread over several connections.
    pub markets_per_connection: usize,
    /// Markets in one call of [`Session::subscribe`].
    pub markets_per_subscribe: usize,
    /// The least time between two messages of ours on one connection.
    pub message_gap: Duration,
    /// The least time between two connection attempts to the exchange.
    pub connect_gap: Duration,
    /// The exchange closes a connection at this age; ingest replaces it before.
    pub max_connection_age: Option<Duration>,
    /// A longer frame, after decompression, is refused.
    pub max_frame_bytes: usize,
    /// Rows in one answer to [`Adapter::candles`]; 0 without that capability.
    pub candles_per_request: u32,
}

/// What an adapter can deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Quotes carry sizes.
    pub quote_sizes: bool,
    /// Trades are delivered.
    pub trades: bool,
    /// Rolling 24-hour figures are delivered.
    pub tickers: bool,
    /// Historic candles can be asked for.
    pub candles: bool,
}

/// An HTTP request to send on the adapter's behalf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The whole URL.
    pub url: String,
    /// A JSON body, for [`Method::Post`].
    pub body: Option<String>,
}

impl Request {
    /// A GET of `url`.
    #[must_use]
    pub const fn get(url: String) -> Self {
        Self {
            method: Method::Get,
            url,
            body: None,
        }
    }
}

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST, with a JSON body.
    Post,
}

/// How a connection begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// Connect to this WebSocket URL.
    Connect(String),
    /// First ask this, then connect to what [`Adapter::stream_url`] makes of the answer. Asked anew for
    /// every connection.
    Ask(Request),
}

/// A market that symbol discovery found open for trading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscoveredMarket {
    /// The exchange's name of the market as its stream expects it.
    pub symbol: String,
    /// The exchange's code of the base asset.
    pub base_code: String,
    /// The exchange's code of the quote asset.
    pub quote_code: String,
}

/// Which candles to ask an exchange for.
#[derive(Debug, Clone, Copy)]
pub struct CandleQuery<'a> {
    /// The market.
    pub listing: &'a Listing,
    /// The length of each candle.
    pub interval: Interval,
    /// The first candle's open time.
    pub from: Timestamp,
    /// Candles opening at this time or later are not wanted.
    pub until: Timestamp,
}

/// Why a frame or an answer was not understood. One bad frame never ends a connection.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Not the JSON the exchange documents: malformed, truncated, nested too deeply, not UTF-8, or a
    /// field missing or of another type.
    #[error("not the documented format")]
    Format(#[from] serde_json::Error),
    /// A number that is malformed or cannot be held exactly.
    #[error("field {field}: {source}")]
    Amount {
        /// The field, by the exchange's name for it.
        field: &'static str,
        /// What is wrong with the number.
        source: parallax::amount::AmountError,
    },
    /// A time outside what can be represented.
    #[error("field {field}: {source}")]
    Time {
        /// The field, by the exchange's name for it.
        field: &'static str,
        /// What is wrong with the time.
        source: parallax::time::TimestampError,
    },
    /// Longer than [`Limits::max_frame_bytes`].
    #[error("{len} bytes, more than the limit of {limit}")]
    TooLong {
        /// The frame's length in bytes.
        len: usize,
        /// The limit.
        limit: usize,
    },
    /// The exchange reported an error where data was expected.
    #[error("the exchange answered: {0}")]
    Refused(String),
    /// The frame is well-formed but says something the protocol does not know.
    #[error("unexpected content: {0}")]
    Unexpected(&'static str),
}

/// What a frame meant. `market` is the position in the slice given to [`Adapter::open`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionEvent {
    /// A new top of the book.
    Quote {
        /// Which market.
        market: u32,
        /// When, by the exchange's clock, where it says so.
        venue_time: Option<Timestamp>,
        /// The quote.
        quote: Quote,
    },
    /// An execution that happened now (not one replayed from before the subscription).
    Trade {
        /// Which market.
        market: u32,
        /// When, by the exchange's clock.
        venue_time: Option<Timestamp>,
        /// The trade.
        trade: Trade,
    },
    /// New 24-hour figures.
    Ticker {
        /// Which market.
        market: u32,
        /// When, by the exchange's clock, where it says so.
        venue_time: Option<Timestamp>,
        /// The figures.
        ticker: Ticker,
    },
    /// The market is halted: its quote must not be used until a new one comes.
    Halted {
        /// Which market.
        market: u32,
    },
    /// The exchange refused a subscription; the reason is the exchange's, cut to 200 characters.
    Rejected {
        /// Which market, when the exchange says.
        market: Option<u32>,
        /// The exchange's words.
        reason: String,
    },
    /// Something to send back at once, such as the answer to an application-level ping.
    Reply(String),
    /// The exchange will close this connection soon: open another, then leave this one.
    Disconnecting,
}

/// The state of one connection. Made afresh for each, so that reconnecting resets it.
pub trait Session: Send {
    /// The messages that subscribe to a run of the markets given to [`Adapter::open`]; never more than
    /// [`Limits::markets_per_subscribe`] at once.
    fn subscribe(&mut self, markets: Range<usize>) -> Vec<String>;

    /// Says what a frame means, appending to `events`. A frame that means nothing to us (an
    /// acknowledgement, a keep-alive, a channel we did not ask for) appends nothing. Unknown fields are
    /// ignored, a market we do not know is ignored.
    ///
    /// # Errors
    /// [`DecodeError`] for a frame that is not understood; `events` then holds nothing of that frame.
    fn decode(&mut self, frame: &[u8], events: &mut Vec<SessionEvent>) -> Result<(), DecodeError>;

    /// What to send every [`Descriptor::keep_alive_every`].
    fn keep_alive(&mut self) -> Option<String> {
        None
    }
}

/// One exchange. Each file in `src/exchanges/` has one as its `pub const ADAPTER: &dyn Adapter`.
pub trait Adapter: Send + Sync {
    /// The facts.
    fn descriptor(&self) -> &'static Descriptor;

    /// How a connection for these markets begins.
    fn opening(&self, endpoints: &Endpoints, markets: &[Listing]) -> Opening;

    /// The WebSocket URL that the answer to [`Opening::Ask`] leads to.
    ///
    /// # Errors
    /// When the answer is not understood, or the adapter never asks.
    fn stream_url(&self, answer: &[u8]) -> Result<String, DecodeError> {
        let _ = answer;
        Err(DecodeError::Unexpected(
            "this exchange has no answer to connect to",
        ))
    }

    /// A new connection's state.
    fn open(&self, markets: &[Listing]) -> Box<dyn Session>;

    /// The request that lists the exchange's markets.
    fn discovery(&self, endpoints: &Endpoints) -> Request;

    /// The markets open for trading in the answer to [`Adapter::discovery`].
    ///
    /// # Errors
    /// When the answer is not understood. A single odd entry is left out, not an error.
    fn parse_discovery(&self, body: &[u8]) -> Result<Vec<DiscoveredMarket>, DecodeError>;

    /// The request for candles, at most [`Limits::candles_per_request`] of them from `query.from`
    /// on; `None` where the exchange has none of that interval.
    fn candles(&self, endpoints: &Endpoints, query: &CandleQuery<'_>) -> Option<Request>;

    /// The finished candles within the query in the answer to [`Adapter::candles`], oldest first.
    ///
    /// # Errors
    /// When the answer is not understood.
    fn parse_candles(
        &self,
        query: &CandleQuery<'_>,
        body: &[u8],
    ) -> Result<Vec<VenueCandle>, DecodeError>;
}
