//! Binance spot, and the protocol that other exchanges of its family speak with other hosts.
//!
//! Quotes come from `@bookTicker` (no time: Binance sends none), trades from `@aggTrade` (one for all
//! fills of one taker's order at one price), 24-hour figures from `@miniTicker` each second. All of
//! them on one combined stream, subscribed by messages. `BinanceFamily` is used by the files of the
//! family.

use std::ops::Range;
use std::time::Duration;

use parallax::candle::Interval;
use parallax::event::{Quote, TakerSide, Ticker, Trade};
use parallax::market::Listing;
use parallax::time::Timestamp;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::candles::{self, Columns, QuoteVolume, in_url};
use crate::frame::{self, Object, SymbolIndex, Text};
use crate::spec::{
    Adapter, CandlePage, CandleQuery, Capabilities, DecodeError, DefaultEndpoints, Descriptor,
    DiscoveredMarket, Endpoints, Kind, Limits, Opening, Request, Session, SessionEvent, Stream,
    StreamFacts,
};

/// The streams subscribed for each market.
const STREAMS: [&str; 3] = ["bookTicker", "aggTrade", "miniTicker"];

/// How a frame of the combined stream begins.
const COMBINED: &str = "{\"stream\":\"";

const COLUMNS: Columns = Columns {
    open: 1,
    high: 2,
    low: 3,
    close: 4,
    base_volume: 5,
    quote_volume: Some(QuoteVolume::Column(7)),
    trades: Some(8),
};

/// Binance's own facts; those of the family are made from it.
pub(crate) const FACTS: Descriptor = Descriptor {
    id: "binance",
    name: "Binance",
    website: "https://www.binance.com",
    docs_url: "https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams",
    endpoints: DefaultEndpoints {
        stream: "wss://stream.binance.com:9443",
        rest: "https://api.binance.com",
    },
    // Klines weigh 2 of the 6000 a minute that one address has.
    request_gap: Duration::from_millis(100),
    candles_per_request: 1_000,
    candle_intervals: &Interval::ALL,
    max_quote_age: Duration::from_secs(30),
};

/// What Binance streams, and the family with it.
pub(crate) const STREAM_FACTS: StreamFacts = StreamFacts {
    limits: Limits {
        // 1024 streams a connection, three a market, and room to subscribe anew.
        markets_per_connection: 300,
        // Keeps a message under 4 KiB.
        markets_per_subscribe: 50,
        // 5 messages a second, and our pongs count.
        message_gap: Duration::from_millis(250),
        // 300 attempts in 5 minutes from one address.
        connect_gap: Duration::from_secs(1),
        max_connection_age: Some(Duration::from_secs(24 * 3_600)),
        max_frame_bytes: 256 * 1_024,
    },
    market_stall_after: Duration::from_secs(60),
    connection_stall_after: Duration::from_secs(30),
    // Binance sends WebSocket pings; answering them is enough.
    keep_alive_every: None,
    capabilities: Capabilities {
        quote_sizes: true,
        trades: true,
        tickers: true,
    },
};

static DESCRIPTOR: Descriptor = FACTS;
static STREAM: StreamFacts = STREAM_FACTS;

/// Binance.
pub const ADAPTER: &dyn Adapter = &BinanceFamily {
    descriptor: &DESCRIPTOR,
    stream: &STREAM,
};

/// An exchange that speaks Binance's protocol.
#[derive(Debug)]
pub(crate) struct BinanceFamily {
    /// Its own facts.
    pub(crate) descriptor: &'static Descriptor,
    /// What it streams.
    pub(crate) stream: &'static StreamFacts,
}

impl Adapter for BinanceFamily {
    fn descriptor(&self) -> &'static Descriptor {
        self.descriptor
    }

    fn kind(&self) -> Kind<'_> {
        Kind::Stream(self)
    }

    fn candles(&self, endpoints: &Endpoints, query: &CandleQuery<'_>) -> Option<Request> {
        let limit = self.descriptor.candles_per_request;
        let window = candles::window(query, limit)?;
        Some(Request::get(format!(
            "{}/api/v3/klines?symbol={}&interval={}&startTime={}&endTime={}&limit={limit}",
            endpoints.rest,
            in_url(&query.listing.symbol),
            query.interval.as_str(),
            window.first.unix_ms(),
            window.last.unix_ms(),
        )))
    }

    fn parse_candles(
        &self,
        query: &CandleQuery<'_>,
        body: &[u8],
    ) -> Result<CandlePage, DecodeError> {
        let text = frame::document(body)?;
        if text.trim_ascii_start().starts_with('{') {
            return Err(frame::parse::<Refused<'_>>(text)?.into());
        }
        let candles = COLUMNS.read(query, text, Timestamp::from_unix_ms)?;
        let limit = self.descriptor.candles_per_request;
        Ok(candles::page(query, limit, candles))
    }
}

impl Stream for BinanceFamily {
    fn facts(&self) -> &'static StreamFacts {
        self.stream
    }

    fn opening(&self, endpoints: &Endpoints, _markets: &[Listing]) -> Opening {
        Opening::Connect(format!("{}/stream", endpoints.stream))
    }

    fn open(&self, markets: &[Listing]) -> Box<dyn Session> {
        Box::new(BinanceSession {
            index: SymbolIndex::new(markets),
            streams: markets
                .iter()
                .map(|listing| listing.symbol.to_lowercase())
                .collect(),
            asked: Vec::new(),
            limits: self.stream.limits,
        })
    }

    fn discovery(&self, endpoints: &Endpoints) -> Request {
        Request::get(format!("{}/api/v3/exchangeInfo", endpoints.rest))
    }

    fn parse_discovery(&self, body: &[u8]) -> Result<Vec<DiscoveredMarket>, DecodeError> {
        #[derive(Deserialize)]
        struct Info<'a> {
            #[serde(borrow)]
            symbols: Option<Vec<&'a RawValue>>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Entry {
            symbol: String,
            status: String,
            base_asset: String,
            quote_asset: String,
            is_spot_trading_allowed: Option<bool>,
        }
        let text = frame::document(body)?;
        let Some(symbols) = frame::parse::<Info<'_>>(text)?.symbols else {
            return Err(frame::parse::<Refused<'_>>(text)?.into());
        };
        Ok(symbols
            .into_iter()
            .filter_map(|entry| frame::parse::<Entry>(entry.get()).ok())
            .filter(|entry| entry.status == "TRADING")
            .filter(|entry| entry.is_spot_trading_allowed != Some(false))
            .map(|entry| DiscoveredMarket {
                symbol: entry.symbol,
                base_code: entry.base_asset,
                quote_code: entry.quote_asset,
            })
            .collect())
    }
}

/// Binance's words when it refuses a request.
#[derive(Deserialize)]
struct Refused<'a> {
    #[serde(borrow)]
    msg: Text<'a>,
}

impl From<Refused<'_>> for DecodeError {
    fn from(refused: Refused<'_>) -> Self {
        Self::Refused(frame::reason(&refused.msg))
    }
}

/// What a stream or event carries.
#[derive(Debug, Clone, Copy)]
enum Payload {
    Quote,
    Trade,
    Ticker,
    Shutdown,
    Other,
}

impl Payload {
    /// By the part of a stream's name after the market (`btcusdt@bookTicker`, `!serverShutdown`).
    fn of_stream(stream: &str) -> Self {
        let suffix = stream.split_once('@').map(|(_, suffix)| suffix);
        Self::of_event(suffix.unwrap_or_else(|| stream.trim_start_matches('!')))
    }

    /// By an event's name, which streams of tickers spell differently.
    fn of_event(event: &str) -> Self {
        match event {
            "bookTicker" => Self::Quote,
            "aggTrade" | "trade" => Self::Trade,
            "miniTicker" | "ticker" | "24hrMiniTicker" | "24hrTicker" => Self::Ticker,
            "serverShutdown" => Self::Shutdown,
            _ => Self::Other,
        }
    }
}

#[derive(Deserialize)]
struct Combined<T> {
    data: Object<T>,
}

#[derive(Deserialize)]
struct BookTicker<'a> {
    #[serde(borrow)]
    s: Text<'a>,
    b: &'a str,
    #[serde(rename = "B")]
    bid_size: &'a str,
    a: &'a str,
    #[serde(rename = "A")]
    ask_size: &'a str,
}

#[derive(Deserialize)]
struct TradeData<'a> {
    #[serde(borrow)]
    s: Text<'a>,
    p: &'a str,
    q: &'a str,
    /// The id of a single trade, which an aggregate one does not have.
    t: Option<u64>,
    /// The id of an aggregate trade; in a single one the seller's order, where it is sent.
    a: Option<u64>,
    #[serde(rename = "T")]
    time_ms: Option<i64>,
    /// Whether the buyer was the maker, so that the taker sold.
    m: bool,
}

#[derive(Deserialize)]
struct MiniTicker<'a> {
    #[serde(borrow)]
    s: Text<'a>,
    #[serde(rename = "E")]
    time_ms: Option<i64>,
    c: &'a str,
    o: &'a str,
    h: &'a str,
    l: &'a str,
    v: &'a str,
    q: &'a str,
}

/// Whatever does not begin like a frame of the combined stream: raw events, answers to our messages,
/// and frames written in another order.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    stream: Option<Text<'a>>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    e: Option<Text<'a>>,
    /// Only a quote has this and no event name.
    #[serde(borrow, rename = "B")]
    bid_size: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<Refused<'a>>,
    #[serde(borrow)]
    msg: Option<Text<'a>>,
}

struct BinanceSession {
    index: SymbolIndex,
    /// Each market's symbol as streams spell it.
    streams: Vec<String>,
    /// The markets of each subscribing message; its id is the position, from 1.
    asked: Vec<Range<usize>>,
    limits: Limits,
}

impl Session for BinanceSession {
    fn subscribe(&mut self, markets: Range<usize>) -> Vec<String> {
        let symbols = self.streams.get(markets.clone()).unwrap_or_default();
        if symbols.is_empty() {
            return Vec::new();
        }
        let params: Vec<_> = symbols
            .iter()
            .flat_map(|symbol| STREAMS.map(|stream| format!("{symbol}@{stream}")))
            .collect();
        self.asked.push(markets);
        let id = self.asked.len();
        vec![json!({"method": "SUBSCRIBE", "params": params, "id": id}).to_string()]
    }

    fn decode(&mut self, frame: &[u8], events: &mut Vec<SessionEvent>) -> Result<(), DecodeError> {
        let text = frame::text(frame, self.limits.max_frame_bytes)?;
        if let Some(stream) = frame::leading(text, COMBINED) {
            return self.payload::<true>(Payload::of_stream(stream), text, events);
        }
        let head: Head<'_> = frame::parse(text)?;
        if let Some(stream) = head.stream {
            let data = head.data.ok_or(DecodeError::Unexpected("no data"))?;
            return self.payload::<false>(Payload::of_stream(&stream), data.get(), events);
        }
        if let Some(event) = head.e {
            return self.payload::<false>(Payload::of_event(&event), text, events);
        }
        // Both spellings of a refusal are in use: with and without the object `error`.
        let words = head.error.map(|error| error.msg).or(head.msg);
        if let Some(words) = words {
            self.reject(head.id, &words, events);
        } else if head.bid_size.is_some() {
            return self.payload::<false>(Payload::Quote, text, events);
        }
        Ok(())
    }
}

impl BinanceSession {
    /// Reads the payload in one pass: the whole combined frame when `WRAPPED`, else the event itself.
    fn payload<const WRAPPED: bool>(
        &self,
        kind: Payload,
        text: &str,
        events: &mut Vec<SessionEvent>,
    ) -> Result<(), DecodeError> {
        fn read<'a, const WRAPPED: bool, T: Deserialize<'a>>(
            text: &'a str,
        ) -> Result<T, DecodeError> {
            if WRAPPED {
                frame::parse::<Combined<_>>(text).map(|combined| combined.data.0)
            } else {
                frame::parse::<Object<_>>(text).map(|data| data.0)
            }
        }
        match kind {
            Payload::Quote => self.quote(&read::<WRAPPED, _>(text)?, events),
            Payload::Trade => self.trade(&read::<WRAPPED, _>(text)?, events),
            Payload::Ticker => self.ticker(&read::<WRAPPED, _>(text)?, events),
            Payload::Shutdown => {
                frame::skip(text)?;
                events.push(SessionEvent::Disconnecting);
                Ok(())
            }
            Payload::Other => frame::skip(text),
        }
    }

    fn quote(
        &self,
        data: &BookTicker<'_>,
        events: &mut Vec<SessionEvent>,
    ) -> Result<(), DecodeError> {
        if let Some(market) = self.index.get(&data.s) {
            let quote = Quote {
                bid: frame::price("b", data.b)?,
                ask: frame::price("a", data.a)?,
                bid_size: Some(frame::quantity("B", data.bid_size)?),
                ask_size: Some(frame::quantity("A", data.ask_size)?),
            };
            events.push(SessionEvent::Quote {
                market,
                venue_time: None,
                quote,
            });
        }
        Ok(())
    }

    fn trade(
        &self,
        data: &TradeData<'_>,
        events: &mut Vec<SessionEvent>,
    ) -> Result<(), DecodeError> {
        if let Some(market) = self.index.get(&data.s) {
            let trade = Trade {
                price: frame::price("p", data.p)?,
                size: frame::quantity("q", data.q)?,
                taker: if data.m {
                    TakerSide::Sell
                } else {
                    TakerSide::Buy
                },
                id: data
                    .t
                    .or(data.a)
                    .ok_or(DecodeError::Unexpected("a trade without an id"))?,
            };
            events.push(SessionEvent::Trade {
                market,
                venue_time: frame::time_ms(data.time_ms),
                trade,
            });
        }
        Ok(())
    }

    fn ticker(
        &self,
        data: &MiniTicker<'_>,
        events: &mut Vec<SessionEvent>,
    ) -> Result<(), DecodeError> {
        if let Some(market) = self.index.get(&data.s) {
            let ticker = Ticker {
                last: Some(frame::price("c", data.c)?),
                open_24h: Some(frame::price("o", data.o)?),
                high_24h: Some(frame::price("h", data.h)?),
                low_24h: Some(frame::price("l", data.l)?),
                base_volume_24h: Some(frame::quantity("v", data.v)?),
                quote_volume_24h: Some(frame::quantity("q", data.q)?),
            };
            events.push(SessionEvent::Ticker {
                market,
                venue_time: frame::time_ms(data.time_ms),
                ticker,
            });
        }
        Ok(())
    }

    /// Binance refuses a whole message, so every market of it is without data.
    fn reject(&self, id: Option<&RawValue>, words: &str, events: &mut Vec<SessionEvent>) {
        let batch = id
            .and_then(|id| id.get().parse::<usize>().ok())
            .and_then(|id| self.asked.get(id.checked_sub(1)?));
        let reason = frame::reason(words);
        match batch {
            Some(batch) => events.extend(batch.clone().map(|market| SessionEvent::Rejected {
                market: u32::try_from(market).ok(),
                reason: reason.clone(),
            })),
            None => events.push(SessionEvent::Rejected {
                market: None,
                reason,
            }),
        }
    }
}
