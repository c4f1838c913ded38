//! Kraken spot, by version 2 of its WebSocket API.
//!
//! The channel `ticker`, triggered by changes of the best bid or ask, holds the quote and the 24-hour
//! figures; `trade` holds the trades, after a snapshot of old ones. Numbers are JSON numbers whose
//! digits count. The stream says BTC and DOGE where REST says XBT and XDG.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use parallax::amount::Price;
use parallax::candle::Interval;
use parallax::event::{Quote, Ticker, Trade};
use parallax::market::Listing;
use parallax::time::Timestamp;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::candles::{self, Columns, QuoteVolume, in_url};
use crate::frame::{self, Number, Object, Side, SymbolIndex, Text};
use crate::spec::{
    Adapter, CandlePage, CandleQuery, Capabilities, DecodeError, DefaultEndpoints, Descriptor,
    DiscoveredMarket, Endpoints, Kind, Limits, Opening, Request, Session, SessionEvent, Stream,
    StreamFacts,
};

/// How a frame of data begins.
const TAG: &str = "{\"channel\":\"";

/// Assets with one name in REST and another in the stream.
const RENAMED: [(&str, &str); 2] = [("XBT", "BTC"), ("XDG", "DOGE")];

/// After the close stands the volume-weighted price.
const COLUMNS: Columns = Columns {
    open: 1,
    high: 2,
    low: 3,
    close: 4,
    base_volume: 6,
    quote_volume: Some(QuoteVolume::MeanPrice(5)),
    trades: Some(7),
};

static DESCRIPTOR: Descriptor = Descriptor {
    id: "kraken",
    name: "Kraken",
    website: "https://www.kraken.com",
    docs_url: "https://docs.kraken.com/api/docs/websocket-v2/ticker",
    endpoints: DefaultEndpoints {
        stream: "wss://ws.kraken.com",
        rest: "https://api.kraken.com",
    },
    // About one public request a second.
    request_gap: Duration::from_millis(1_100),
    candles_per_request: 720,
    candle_intervals: &Interval::ALL,
    max_quote_age: Duration::from_secs(60),
};

static STREAM: StreamFacts = StreamFacts {
    limits: Limits {
        // Not documented; few connections, because opening them is what is limited.
        markets_per_connection: 250,
        markets_per_subscribe: 50,
        message_gap: Duration::from_millis(100),
        // About 150 attempts in 10 minutes from one address.
        connect_gap: Duration::from_secs(4),
        max_connection_age: None,
        max_frame_bytes: 1_024 * 1_024,
    },
    market_stall_after: Duration::from_secs(300),
    connection_stall_after: Duration::from_secs(60),
    // A connection idle for about a minute is cut.
    keep_alive_every: Some(Duration::from_secs(20)),
    capabilities: Capabilities {
        quote_sizes: true,
        trades: true,
        tickers: true,
    },
};

/// Kraken.
pub const ADAPTER: &dyn Adapter = &Kraken;

#[derive(Debug)]
struct Kraken;

impl Adapter for Kraken {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn kind(&self) -> Kind<'_> {
        Kind::Stream(self)
    }

    fn candles(&self, endpoints: &Endpoints, query: &CandleQuery<'_>) -> Option<Request> {
        let window = candles::window(query, DESCRIPTOR.candles_per_request)?;
        let minutes = match query.interval {
            Interval::Minute => 1,
            Interval::Hour => 60,
            Interval::Day => 1_440,
        };
        // Kraken gives the candles after `since`; there is no end, and nothing older than the last
        // 720 can be had.
        Some(Request::get(format!(
            "{}/0/public/OHLC?pair={}{}&interval={minutes}&since={}",
            endpoints.rest,
            in_url(in_rest(query.listing.base_code.as_str())),
            in_url(in_rest(query.listing.quote_code.as_str())),
            window.first.minus(Duration::from_secs(1)).unix_ms() / 1_000,
        )))
    }

    fn parse_candles(
        &self,
        query: &CandleQuery<'_>,
        body: &[u8],
    ) -> Result<CandlePage, DecodeError> {
        let mut answer: BTreeMap<Text<'_>, &RawValue> = result(body)?;
        // The open time of the last finished candle. What else is there is the pair, by one of its
        // names.
        let last = answer
            .remove("last")
            .ok_or(DecodeError::Unexpected("candles without `last`"))?;
        let last_s: i64 = frame::parse(last.get())?;
        let rows = answer
            .pop_first()
            .ok_or(DecodeError::Unexpected("no candles"))?
            .1;
        let mut candles = COLUMNS.read(query, rows.get(), Timestamp::from_unix_s)?;
        candles.retain(|candle| candle.open_time.unix_ms() / 1_000 <= last_s);
        // One answer holds all that Kraken has: what lies before it is not to be had by paging.
        Ok(CandlePage {
            candles,
            settled_until: query.until,
        })
    }
}

impl Stream for Kraken {
    fn facts(&self) -> &'static StreamFacts {
        &STREAM
    }

    fn opening(&self, endpoints: &Endpoints, _markets: &[Listing]) -> Opening {
        Opening::Connect(format!("{}/v2", endpoints.stream))
    }

    fn open(&self, markets: &[Listing]) -> Box<dyn Session> {
        Box::new(KrakenSession {
            index: SymbolIndex::new(markets),
            symbols: markets
                .iter()
                .map(|listing| listing.symbol.clone())
                .collect(),
        })
    }

    fn discovery(&self, endpoints: &Endpoints) -> Request {
        Request::get(format!("{}/0/public/AssetPairs", endpoints.rest))
    }

    fn parse_discovery(&self, body: &[u8]) -> Result<Vec<DiscoveredMarket>, DecodeError> {
        #[derive(Deserialize)]
        struct Pair {
            wsname: String,
            status: Option<String>,
        }
        let pairs: BTreeMap<Text<'_>, &RawValue> = result(body)?;
        let pairs = pairs
            .values()
            .filter_map(|pair| frame::parse::<Pair>(pair.get()).ok())
            // Recordings of 2021 have no status: then every pair listed was online.
            .filter(|pair| {
                pair.status
                    .as_deref()
                    .is_none_or(|status| status == "online")
            });
        Ok(pairs
            .filter_map(|pair| {
                let (base, quote) = pair.wsname.split_once('/')?;
                Some(DiscoveredMarket {
                    symbol: format!("{}/{}", in_stream(base), in_stream(quote)),
                    base_code: base.to_owned(),
                    quote_code: quote.to_owned(),
                })
            })
            .collect())
    }
}

/// The `result` of a REST answer, which always comes with a list of errors.
fn result<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, DecodeError> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(borrow)]
        error: Vec<Text<'a>>,
        #[serde(borrow)]
        result: Option<&'a RawValue>,
    }
    let answer: Answer<'a> = frame::parse(frame::document(body)?)?;
    match (answer.error.first(), answer.result) {
        (Some(error), _) => Err(refusal(error)),
        (None, Some(result)) => frame::parse(result.get()),
        (None, None) => Err(DecodeError::Unexpected("neither result nor error")),
    }
}

/// Kraken's words, `EService:Unavailable` for example. What begins so passes; the rest are mistakes.
fn refusal(error: &str) -> DecodeError {
    let words = frame::reason(error);
    if error.starts_with("EAPI:Rate limit") || error.starts_with("EGeneral:Too many requests") {
        DecodeError::TooMany(words)
    } else if error.starts_with("EService:") || error.starts_with("EGeneral:Temporary lockout") {
        DecodeError::Unavailable {
            words,
            lasting: false,
        }
    } else {
        DecodeError::Refused(words)
    }
}

fn in_stream(code: &str) -> &str {
    let renamed = RENAMED.iter().find(|(rest, _)| *rest == code);
    renamed.map_or(code, |(_, stream)| stream)
}

fn in_rest(code: &str) -> &str {
    let renamed = RENAMED.iter().find(|(_, stream)| *stream == code);
    renamed.map_or(code, |(rest, _)| rest)
}

/// Whatever does not begin like data: answers to our messages, and frames written in another order.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    channel: Option<Text<'a>>,
    success: Option<bool>,
    #[serde(borrow)]
    error: Option<Text<'a>>,
    #[serde(borrow)]
    symbol: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Data<'a, T> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    data: Vec<Object<T>>,
}

#[derive(Deserialize)]
struct TickerData<'a> {
    #[serde(borrow)]
    symbol: Text<'a>,
    #[serde(borrow)]
    bid: Number<'a>,
    bid_qty: Number<'a>,
    ask: Number<'a>,
    ask_qty: Number<'a>,
    last: Option<Number<'a>>,
    change: Option<Number<'a>>,
    high: Option<Number<'a>>,
    low: Option<Number<'a>>,
    volume: Option<Number<'a>>,
    #[serde(borrow)]
    timestamp: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct TradeData<'a> {
    #[serde(borrow)]
    symbol: Text<'a>,
    /// The taker's.
    side: Side,
    #[serde(borrow)]
    price: Number<'a>,
    qty: Number<'a>,
    trade_id: u64,
    #[serde(borrow)]
    timestamp: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Status<'a> {
    #[serde(borrow)]
    system: Text<'a>,
}

struct KrakenSession {
    index: SymbolIndex,
    symbols: Vec<Arc<str>>,
}

impl Session for KrakenSession {
    fn subscribe(&mut self, markets: Range<usize>) -> Vec<String> {
        let symbols = self.symbols.get(markets).unwrap_or_default();
        if symbols.is_empty() {
            return Vec::new();
        }
        let symbols: Vec<&str> = symbols.iter().map(AsRef::as_ref).collect();
        let ticker = json!({"channel": "ticker", "symbol": symbols, "event_trigger": "bbo"});
        let trade = json!({"channel": "trade", "symbol": symbols, "snapshot": false});
        [ticker, trade]
            .map(|params| json!({"method": "subscribe", "params": params}).to_string())
            .to_vec()
    }

    fn decode(&mut self, frame: &[u8], events: &mut Vec<SessionEvent>) -> Result<(), DecodeError> {
        let text = frame::text(frame, STREAM.limits.max_frame_bytes)?;
        let before = events.len();
        let decoded = match frame::leading(text, TAG) {
            Some(channel) => self.data(channel, text, events),
            None => self.other(text, events),
        };
        if decoded.is_err() {
            // A frame holds several items, and a bad one spoils them all.
            events.truncate(before);
        }
        decoded
    }

    fn keep_alive(&mut self) -> Option<String> {
        Some(json!({"method": "ping"}).to_string())
    }
}

impl KrakenSession {
    fn data(
        &self,
        channel: &str,
        text: &str,
        events: &mut Vec<SessionEvent>,
    ) -> Result<(), DecodeError> {
        match channel {
            "ticker" => frame::parse::<Data<'_, TickerData<'_>>>(text)?
                .data
                .iter()
                .try_for_each(|Object(data)| self.ticker(data, events)),
            "trade" => {
                let frame: Data<'_, TradeData<'_>> = frame::parse(text)?;
                if frame.kind == "snapshot" {
                    // Trades from before the subscription.
                    return Ok(());
                }
                frame
                    .data
                    .iter()
                    .try_for_each(|Object(data)| self.trade(data, events))
            }
            "status" => {
                let frame: Data<'_, Status<'_>> = frame::parse(text)?;
                let closed = |system: &str| matches!(system, "maintenance" | "cancel_only");
                if frame.data.iter().any(|Object(data)| closed(&data.system)) {
                    let markets = (0_u32..).zip(&self.symbols);
                    events.extend(markets.map(|(market, _)| SessionEvent::Halted { market }));
                }
                Ok(())
            }
            _ => frame::skip(text),
        }
    }

    fn other(&self, text: &str, events: &mut Vec<SessionEvent>) -> Result<(), DecodeError> {
        let head: Head<'_> = frame::parse(text)?;
        if let Some(channel) = head.channel {
            return self.data(&channel, text, events);
        }
        if head.success == Some(false) {
            let words = head.error.as_deref().unwrap_or("no reason given");
            events.push(SessionEvent::Rejected {
                market: head.symbol.and_then(|symbol| self.index.get(&symbol)),
                reason: frame::reason(words),
            });
        }
        Ok(())
    }

    fn ticker(
        &self,
        data: &TickerData<'_>,
        events: &mut Vec<SessionEvent>,
    ) -> Result<(), DecodeError> {
        let Some(market) = self.index.get(&data.symbol) else {
            return Ok(());
        };
        let price = |field, number: Option<Number<'_>>| {
            frame::optional_price(field, number.and_then(Number::text))
        };
        let bid = price("bid", Some(data.bid))?.filter(|bid| !bid.get().is_zero());
        let ask = price("ask", Some(data.ask))?.filter(|ask| !ask.get().is_zero());
        let (Some(bid), Some(ask)) = (bid, ask) else {
            // A halted market says zero (and 1970); an empty side of the book is no better.
            events.push(SessionEvent::Halted { market });
            return Ok(());
        };
        let venue_time = frame::time_text("timestamp", data.timestamp.as_deref())?;
        events.push(SessionEvent::Quote {
            market,
            venue_time,
            quote: Quote {
                bid,
                ask,
                bid_size: Some(data.bid_qty.quantity("bid_qty")?),
                ask_size: Some(data.ask_qty.quantity("ask_qty")?),
            },
        });
        let last = price("last", data.last)?;
        let change = price("change", data.change)?;
        events.push(SessionEvent::Ticker {
            market,
            venue_time,
            ticker: Ticker {
                last,
                // Kraken sends the difference to the price 24 hours ago instead of that price.
                open_24h: last
                    .zip(change)
                    .and_then(|(last, change)| last.get().checked_sub(change.get()))
                    .map(Price::new),
                high_24h: price("high", data.high)?,
                low_24h: price("low", data.low)?,
                base_volume_24h: frame::optional_quantity(
                    "volume",
                    data.volume.and_then(Number::text),
                )?,
                quote_volume_24h: None,
            },
        });
        Ok(())
    }

    fn trade(
        &self,
        data: &TradeData<'_>,
        events: &mut Vec<SessionEvent>,
    ) -> Result<(), DecodeError> {
        if let Some(market) = self.index.get(&data.symbol) {
            events.push(SessionEvent::Trade {
                market,
                venue_time: frame::time_text("timestamp", data.timestamp.as_deref())?,
                trade: Trade {
                    price: data.price.price("price")?,
                    size: data.qty.quantity("qty")?,
                    taker: data.side.same(),
                    id: data.trade_id,
                },
            });
        }
        Ok(())
    }
}
