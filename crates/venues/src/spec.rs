//! The adapter specification: what one venue's file must say and do.
//!
//! An adapter is a translator without input or output. It never opens a socket, sleeps or reads a
//! clock: `crates/ingest` does, and asks the adapter what to send and what an answer means. The facts
//! of a protocol that the code around it needs are data, in [`Descriptor`] and in the facts of its kind.
//!
//! There are two kinds of venue, [`Kind`]: exchanges stream ([`Stream`], [`Session`]), chains are
//! polled ([`Poll`]). Both may have historic candles ([`Adapter::candles`]).

mod error;
mod facts;

use std::ops::Range;

use parallax::amount::{Price, Quantity};
use parallax::candle::{Interval, VenueCandle};
use parallax::catalogue::Catalogue;
use parallax::event::{Quote, Ticker, Trade};
use parallax::market::Listing;
use parallax::time::Timestamp;

pub use self::error::{DecodeError, Recovery};
pub use self::facts::{
    Capabilities, DefaultEndpoints, Descriptor, Endpoints, Limits, PollFacts, StreamFacts,
};
pub use crate::secret::Secret;

/// An HTTP request to send on the adapter's behalf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The whole URL.
    pub url: String,
    /// A JSON body, for [`Method::Post`].
    pub body: Option<String>,
    /// Sent as `Authorization: Bearer …`, and never part of the URL or the body.
    pub bearer: Option<Secret>,
}

impl Request {
    /// A GET of `url`.
    #[must_use]
    pub const fn get(url: String) -> Self {
        Self {
            method: Method::Get,
            url,
            body: None,
            bearer: None,
        }
    }

    /// A POST of this JSON to `url`.
    #[must_use]
    pub const fn post(url: String, json: String, bearer: Option<Secret>) -> Self {
        Self {
            method: Method::Post,
            url,
            body: Some(json),
            bearer,
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
    /// First ask this, then connect to what [`Stream::stream_url`] makes of the answer. Asked anew for
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

/// A contract that a chain's venue knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscoveredContract {
    /// Its address, as the catalogue would write it: after `0x` in lower case.
    pub address: String,
    /// The symbol that it gives itself, as the venue sent it: any text of any length.
    pub symbol: String,
    /// The name that it gives itself, likewise.
    pub name: String,
    /// Value locked in it on the venue in USD, as the venue reckons.
    pub locked_usd: Option<Quantity>,
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

/// The candles of one answer, and how much of the query they settle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandlePage {
    /// Finished candles within the query with prices above zero, oldest first, each once.
    pub candles: Vec<VenueCandle>,
    /// The page holds everything the venue has of the query before this time; what opens at this time
    /// or later has to be asked for again. After the query's beginning, unless nothing can be had.
    pub settled_until: Timestamp,
}

/// What a poll says about one market. `market` is the position in the slice given to [`Poll::ask`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Which market.
    pub market: u32,
    /// Its price in the quote asset, above zero; `None` where the venue has none.
    pub price: Option<Price>,
    /// Units in existence, as the venue reports it.
    pub total_supply: Option<Quantity>,
    /// Whether that can be believed.
    pub total_supply_reliable: bool,
    /// Value of everything traded on the venue since it began, in USD.
    pub volume_usd: Option<Quantity>,
    /// The hours asked for, oldest first; the last may still be growing.
    pub hours: Vec<VenueCandle>,
}

/// What an answer to a poll says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The block at which everything in the answer was read.
    pub block: u64,
    /// That block's time: the time of every price.
    pub observed_at: Timestamp,
    /// What it says about each market; those it does not mention are absent.
    pub markets: Vec<Observation>,
}

/// What a frame meant. `market` is the position in the slice given to [`Stream::open`].
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
    /// The messages that subscribe to a run of the markets given to [`Stream::open`]; never more than
    /// [`Limits::markets_per_subscribe`] at once.
    fn subscribe(&mut self, markets: Range<usize>) -> Vec<String>;

    /// Says what a frame means, appending to `events`. A frame that means nothing to us (an
    /// acknowledgement, a keep-alive, a channel we did not ask for) appends nothing. Unknown fields are
    /// ignored, a market we do not know is ignored.
    ///
    /// # Errors
    /// [`DecodeError`] for a frame that is not understood; `events` then holds nothing of that frame.
    fn decode(&mut self, frame: &[u8], events: &mut Vec<SessionEvent>) -> Result<(), DecodeError>;

    /// What to send every [`StreamFacts::keep_alive_every`].
    fn keep_alive(&mut self) -> Option<String> {
        None
    }
}

/// One venue. Each file in `src/exchanges/` has one as its `pub const ADAPTER: &dyn Adapter`.
pub trait Adapter: Send + Sync {
    /// The facts.
    fn descriptor(&self) -> &'static Descriptor;

    /// How its prices are had.
    fn kind(&self) -> Kind<'_>;

    /// The request for candles from `query.from` on, at most [`Descriptor::candles_per_request`] of
    /// them; `None` where the venue has none of that interval, or the query holds no whole candle.
    fn candles(&self, endpoints: &Endpoints, query: &CandleQuery<'_>) -> Option<Request>;

    /// What the answer to [`Adapter::candles`] says.
    ///
    /// # Errors
    /// When the answer is not understood.
    fn parse_candles(
        &self,
        query: &CandleQuery<'_>,
        body: &[u8],
    ) -> Result<CandlePage, DecodeError>;
}

/// How a venue's prices are had.
#[derive(Clone, Copy)]
pub enum Kind<'a> {
    /// It pushes them over a WebSocket.
    Stream(&'a dyn Stream),
    /// It answers when asked, every few minutes.
    Poll(&'a dyn Poll),
}

/// A venue that pushes its prices over a WebSocket.
pub trait Stream: Send + Sync {
    /// The facts.
    fn facts(&self) -> &'static StreamFacts;

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

    /// The markets open for trading in the answer to [`Stream::discovery`].
    ///
    /// # Errors
    /// When the answer is not understood. A single odd entry is left out, not an error.
    fn parse_discovery(&self, body: &[u8]) -> Result<Vec<DiscoveredMarket>, DecodeError>;
}

/// A venue that answers when asked.
pub trait Poll: Send + Sync {
    /// The facts.
    fn facts(&self) -> &'static PollFacts;

    /// The venue's markets: it is asked for tokens that the catalogue knows by contract
    /// ([`Catalogue::contracts_on`]), because what a contract calls itself proves nothing.
    fn markets(&self, catalogue: &Catalogue) -> Vec<Listing>;

    /// The requests of one poll. Usually one; each asks for a run of the markets.
    fn ask(&self, endpoints: &Endpoints, markets: &[Listing], now: Timestamp) -> Vec<Request>;

    /// What an answer to one of the requests of [`Poll::ask`] says.
    ///
    /// # Errors
    /// When the answer is not understood, or says that it must not be used. Nothing of it counts then.
    fn parse_answer(&self, markets: &[Listing], body: &[u8]) -> Result<Answer, DecodeError>;

    /// The request for the contracts that matter most on the venue, known to the catalogue or not: a few
    /// hundred, in an order that costs those something who want to come first. Asked rarely.
    fn discovery(&self, endpoints: &Endpoints) -> Request;

    /// The contracts in the answer to [`Poll::discovery`], in its order, each once.
    ///
    /// # Errors
    /// When the answer is not understood, or says that it must not be used. A single odd entry is left
    /// out, not an error.
    fn parse_discovery(&self, body: &[u8]) -> Result<Vec<DiscoveredContract>, DecodeError>;
}
