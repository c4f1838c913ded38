//! Coinbase Exchange, by its public feed (not the Advanced Trade feed, which speaks another format).
//!
//! One channel, `ticker`, holds the quote and the 24-hour figures and comes with every trade;
//! `matches` holds the trades, where `side` is the maker's; `heartbeat` keeps a quiet connection open.
//! The sizes of the quote exist since about 2022.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use parallax::candle::Interval;
use parallax::event::{Quote, Ticker, Trade};
use parallax::market::Listing;
use parallax::time::Timestamp;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::candles::{self, Columns, in_url};
use crate::frame::{self, Side, SymbolIndex, Text};
use crate::spec::{
    Adapter, CandlePage, CandleQuery, Capabilities, DecodeError, DefaultEndpoints, Descriptor,
    DiscoveredMarket, Endpoints, Kind, Limits, Opening, Request, Session, SessionEvent, Stream,
    StreamFacts,
};

/// How a frame usually begins.
const TAG: &str = "{\"type\":\"";

/// Coinbase's order: low and high stand before open.
const COLUMNS: Columns = Columns {
    low: 1,
    high: 2,
    open: 3,
    close: 4,
    base_volume: 5,
    quote_volume: None,
    trades: None,
};

static DESCRIPTOR: Descriptor = Descriptor {
    id: "coinbase",
    name: "Coinbase",
    website: "https://www.coinbase.com",
    docs_url: "https://docs.cdp.coinbase.com/exchange/websocket-feed/overview",
    endpoints: DefaultEndpoints {
        stream: "wss://ws-feed.exchange.coinbase.com",
        rest: "https://api.exchange.coinbase.com",
    },
    // 8 requests a second from one address.
    request_gap: Duration::from_millis(150),
    candles_per_request: 300,
    candle_intervals: &Interval::ALL,
    // A quote comes with a trade, so a quiet market's is older than elsewhere.
    max_quote_age: Duration::from_secs(60),
};

static STREAM: StreamFacts = StreamFacts {
    limits: Limits {
        // Not documented; a connection whose messages are read too slowly is cut.
        markets_per_connection: 100,
        markets_per_subscribe: 50,
        // 100 messages a second.
        message_gap: Duration::from_millis(10),
        // 8 requests a second from one address.
        connect_gap: Duration::from_millis(125),
        max_connection_age: None,
        max_frame_bytes: 1_024 * 1_024,
    },
    market_stall_after: Duration::from_secs(300),
    connection_stall_after: Duration::from_secs(60),
    // The heartbeat channel is subscribed instead.
    keep_alive_every: None,
    capabilities: Capabilities {
        quote_sizes: true,
        trades: true,
        tickers: true,
    },
};

/// Coinbase Exchange.
pub const ADAPTER: &dyn Adapter = &Coinbase;

#[derive(Debug)]
struct Coinbase;

impl Adapter for Coinbase {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn kind(&self) -> Kind<'_> {
        Kind::Stream(self)
    }

    fn candles(&self, endpoints: &Endpoints, query: &CandleQuery<'_>) -> Option<Request> {
        // Both ends are inclusive, and a range of more candles than the limit is refused.
        let window = candles::window(query, DESCRIPTOR.candles_per_request)?;
        Some(Request::get(format!(
            "{}/products/{}/candles?granularity={}&start={}&end={}",
            endpoints.rest,
            in_url(&query.listing.symbol),
            query.interval.duration().as_secs(),
            window.first,
            window.last,
        )))
    }

    fn parse_candles(
        &self,
        query: &CandleQuery<'_>,
        body: &[u8],
    ) -> Result<CandlePage, DecodeError> {
        let candles = COLUMNS.read(query, answer(body)?, Timestamp::from_unix_s)?;
        Ok(candles::page(
            query,
            DESCRIPTOR.candles_per_request,
            candles,
        ))
    }
}

impl Stream for Coinbase {
    fn facts(&self) -> &'static StreamFacts {
        &STREAM
    }

    fn opening(&self, endpoints: &Endpoints, _markets: &[Listing]) -> Opening {
        Opening::Connect(endpoints.stream.clone())
    }

    fn open(&self, markets: &[Listing]) -> Box<dyn Session> {
        Box::new(CoinbaseSession {
            index: SymbolIndex::new(markets),
            symbols: markets
                .iter()
                .map(|listing| listing.symbol.clone())
                .collect(),
        })
    }

    fn discovery(&self, endpoints: &Endpoints) -> Request {
        Request::get(format!("{}/products", endpoints.rest))
    }

    fn parse_discovery(&self, body: &[u8]) -> Result<Vec<DiscoveredMarket>, DecodeError> {
        #[derive(Deserialize)]
        struct Product {
            id: String,
            base_currency: String,
            quote_currency: String,
            status: String,
            trading_disabled: Option<bool>,
        }
        let products: Vec<&RawValue> = frame::parse(answer(body)?)?;
        Ok(products
            .into_iter()
            .filter_map(|product| frame::parse::<Product>(product.get()).ok())
            .filter(|product| product.status == "online")
            .filter(|product| product.trading_disabled != Some(true))
            .map(|product| DiscoveredMarket {
                symbol: product.id,
                base_code: product.base_currency,
                quote_code: product.quote_currency,
            })
            .collect())
    }
}

/// The answer's text, unless it is Coinbase's error object: data is always an array.
fn answer(body: &[u8]) -> Result<&str, DecodeError> {
    #[derive(Deserialize)]
    struct Refused<'a> {
        #[serde(borrow)]
        message: Text<'a>,
    }
    let text = frame::document(body)?;
    if text.trim_ascii_start().starts_with('{') {
        let refused: Refused<'_> = frame::parse(text)?;
        return Err(DecodeError::Refused(frame::reason(&refused.message)));
    }
    Ok(text)
}

#[derive(Deserialize)]
struct Tag<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
}

/// The quote's fields are empty while one side of the book is.
#[derive(Deserialize)]
struct TickerData<'a> {
    #[serde(borrow)]
    product_id: Text<'a>,
    best_bid: &'a str,
    best_ask: &'a str,
    best_bid_size: Option<&'a str>,
    best_ask_size: Option<&'a str>,
    price: Option<&'a str>,
    open_24h: Option<&'a str>,
    high_24h: Option<&'a str>,
    low_24h: Option<&'a str>,
    volume_24h: Option<&'a str>,
    #[serde(borrow)]
    time: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Match<'a> {
    #[serde(borrow)]
    product_id: Text<'a>,
    trade_id: u64,
    price: &'a str,
    size: &'a str,
    /// The maker's.
    side: Side,
    #[serde(borrow)]
    time: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Failure<'a> {
    #[serde(borrow)]
    message: Option<Text<'a>>,
    #[serde(borrow)]
    reason: Option<Text<'a>>,
}

struct CoinbaseSession {
    index: SymbolIndex,
    symbols: Vec<Arc<str>>,
}

impl Session for CoinbaseSession {
    fn subscribe(&mut self, markets: Range<usize>) -> Vec<String> {
        let symbols = self.symbols.get(markets).unwrap_or_default();
        if symbols.is_empty() {
            return Vec::new();
        }
        let symbols: Vec<&str> = symbols.iter().map(AsRef::as_ref).collect();
        vec![
            json!({
                "type": "subscribe",
                "product_ids": symbols,
                "channels": ["ticker", "matches", "heartbeat"],
            })
            .to_string(),
        ]
    }

    fn decode(&mut self, frame: &[u8], events: &mut Vec<SessionEvent>) -> Result<(), DecodeError> {
        let text = frame::text(frame, STREAM.limits.max_frame_bytes)?;
        if let Some(kind) = frame::leading(text, TAG) {
            return self.message(kind, text, events);
        }
        let tag: Tag<'_> = frame::parse(text)?;
        self.message(&tag.kind, text, events)
    }
}

impl CoinbaseSession {
    fn message(
        &self,
        kind: &str,
        text: &str,
        events: &mut Vec<SessionEvent>,
    ) -> Result<(), DecodeError> {
        match kind {
            "ticker" => self.ticker(&frame::parse(text)?, events),
            "match" => self.trade(&frame::parse(text)?, events),
            "error" => {
                self.reject(&frame::parse(text)?, events);
                Ok(())
            }
            // Also `last_match`, sent once after subscribing: a trade from before it.
            _ => frame::skip(text),
        }
    }

    fn ticker(
        &self,
        data: &TickerData<'_>,
        events: &mut Vec<SessionEvent>,
    ) -> Result<(), DecodeError> {
        let Some(market) = self.index.get(&data.product_id) else {
            return Ok(());
        };
        let venue_time = frame::time_text("time", data.time.as_deref())?;
        let ticker = Ticker {
            last: frame::optional_price("price", data.price)?,
            open_24h: frame::optional_price("open_24h", data.open_24h)?,
            high_24h: frame::optional_price("high_24h", data.high_24h)?,
            low_24h: frame::optional_price("low_24h", data.low_24h)?,
            base_volume_24h: frame::optional_quantity("volume_24h", data.volume_24h)?,
            quote_volume_24h: None,
        };
        let bid = frame::optional_price("best_bid", Some(data.best_bid))?;
        let ask = frame::optional_price("best_ask", Some(data.best_ask))?;
        let bid_size = frame::optional_quantity("best_bid_size", data.best_bid_size)?;
        let ask_size = frame::optional_quantity("best_ask_size", data.best_ask_size)?;
        events.push(match (bid, ask) {
            (Some(bid), Some(ask)) => SessionEvent::Quote {
                market,
                venue_time,
                quote: Quote {
                    bid,
                    ask,
                    bid_size,
                    ask_size,
                },
            },
            // With one side of the book empty, what was quoted before must not live on.
            _ => SessionEvent::Halted { market },
        });
        events.push(SessionEvent::Ticker {
            market,
            venue_time,
            ticker,
        });
        Ok(())
    }

    fn trade(&self, data: &Match<'_>, events: &mut Vec<SessionEvent>) -> Result<(), DecodeError> {
        if let Some(market) = self.index.get(&data.product_id) {
            let trade = Trade {
                price: frame::price("price", data.price)?,
                size: frame::quantity("size", data.size)?,
                taker: data.side.opposite(),
                id: data.trade_id,
            };
            events.push(SessionEvent::Trade {
                market,
                venue_time: frame::time_text("time", data.time.as_deref())?,
                trade,
            });
        }
        Ok(())
    }

    /// The reason names the product: `BTC-FOO is not a valid product`.
    fn reject(&self, failure: &Failure<'_>, events: &mut Vec<SessionEvent>) {
        let message = failure.message.as_deref().unwrap_or("no reason given");
        let reason = failure.reason.as_deref().unwrap_or_default();
        let market = reason
            .split_whitespace()
            .find_map(|word| self.index.get(word));
        let words = match reason {
            "" => message.to_owned(),
            reason => format!("{message}: {reason}"),
        };
        events.push(SessionEvent::Rejected {
            market,
            reason: frame::reason(&words),
        });
    }
}
