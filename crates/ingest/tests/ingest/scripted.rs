//! The scripted exchange's adapter: a protocol invented here, and limits that do not matter.

use std::ops::Range;
use std::time::Duration;

use parallax::amount::{Price, Quantity};
use parallax::candle::{Interval, VenueCandle};
use parallax::event::{Quote, TakerSide, Ticker, Trade};
use parallax::market::Listing;
use parallax::time::Timestamp;
use parallax_venues::spec::{
    Adapter, CandlePage, CandleQuery, Capabilities, DecodeError, DefaultEndpoints, Descriptor,
    DiscoveredMarket, Endpoints, Kind, Limits, Opening, Request, Session, SessionEvent, Stream,
    StreamFacts,
};

/// The protocol: words separated by blanks.
/// `q SYMBOL BID ASK` quote · `t SYMBOL PRICE ID` trade · `k SYMBOL LAST` ticker · `h SYMBOL` halt ·
/// `r SYMBOL REASON` refusal · `ping X`, answered by `pong X` · `hb` heartbeat · `bye` · `boom` panics.
struct Translator {
    symbols: Vec<String>,
    subscriptions: usize,
}

impl Translator {
    fn market(&self, symbol: &str) -> u32 {
        let position = self.symbols.iter().position(|known| known == symbol);
        position.map_or(u32::MAX, |position| position.try_into().unwrap())
    }
}

impl Session for Translator {
    fn subscribe(&mut self, markets: Range<usize>) -> Vec<String> {
        self.subscriptions += 1;
        vec![format!(
            "sub {} {}",
            self.subscriptions,
            self.symbols.get(markets).unwrap().join(",")
        )]
    }

    fn decode(&mut self, frame: &[u8], events: &mut Vec<SessionEvent>) -> Result<(), DecodeError> {
        let text = std::str::from_utf8(frame).map_err(|_| DecodeError::Unexpected("bytes"))?;
        let words: Vec<&str> = text.split(' ').collect();
        events.push(match *words.as_slice() {
            ["q", symbol, bid, ask] => SessionEvent::Quote {
                market: self.market(symbol),
                venue_time: None,
                quote: Quote {
                    bid: bid.parse().unwrap(),
                    ask: ask.parse().unwrap(),
                    bid_size: None,
                    ask_size: None,
                },
            },
            ["t", symbol, price, id] => SessionEvent::Trade {
                market: self.market(symbol),
                venue_time: None,
                trade: Trade {
                    price: price.parse().unwrap(),
                    size: "1".parse().unwrap(),
                    taker: TakerSide::Buy,
                    id: id.parse().unwrap(),
                },
            },
            ["k", symbol, last] => SessionEvent::Ticker {
                market: self.market(symbol),
                venue_time: None,
                ticker: Ticker {
                    last: Some(last.parse().unwrap()),
                    ..Ticker::default()
                },
            },
            ["h", symbol] => SessionEvent::Halted {
                market: self.market(symbol),
            },
            ["r", symbol, reason] => SessionEvent::Rejected {
                market: Some(self.market(symbol)),
                reason: reason.to_owned(),
            },
            ["ping", word] => SessionEvent::Reply(format!("pong {word}")),
            ["hb"] => return Ok(()),
            ["bye"] => SessionEvent::Disconnecting,
            ["boom"] => panic!("a fault in the adapter"),
            _ => return Err(DecodeError::Unexpected("a word nobody knows")),
        });
        Ok(())
    }

    fn keep_alive(&mut self) -> Option<String> {
        Some("alive".to_owned())
    }
}

/// The exchange that speaks it.
pub(crate) struct Scripted {
    pub(crate) descriptor: &'static Descriptor,
    pub(crate) facts: &'static StreamFacts,
    /// Ask `/token` for the stream's URL first.
    pub(crate) ask: bool,
}

impl Adapter for Scripted {
    fn descriptor(&self) -> &'static Descriptor {
        self.descriptor
    }

    fn kind(&self) -> Kind<'_> {
        Kind::Stream(self)
    }

    fn candles(&self, endpoints: &Endpoints, query: &CandleQuery<'_>) -> Option<Request> {
        let (from, until) = (query.from.unix_ms() / 1_000, query.until.unix_ms() / 1_000);
        let url = format!("{}/candles/{from}/{until}?key=secret", endpoints.rest);
        (from < until).then(|| Request::get(url))
    }

    /// Words are open times, each a candle; three hours a page. `busy`, `down` and `no` are refusals.
    fn parse_candles(
        &self,
        query: &CandleQuery<'_>,
        body: &[u8],
    ) -> Result<CandlePage, DecodeError> {
        let text = std::str::from_utf8(body).map_err(|_| DecodeError::Unexpected("bytes"))?;
        match text {
            "busy" => return Err(DecodeError::TooMany(text.to_owned())),
            "down" => {
                return Err(DecodeError::Unavailable {
                    words: text.to_owned(),
                    lasting: false,
                });
            }
            "no" => return Err(DecodeError::Refused(text.to_owned())),
            _ => {}
        }
        let one: Price = "1".parse().unwrap();
        let candles = text.split_whitespace().map(|time| VenueCandle {
            open_time: Timestamp::from_unix_s(time.parse().unwrap()).unwrap(),
            open: one,
            high: one,
            low: one,
            close: one,
            base_volume: Quantity::ZERO,
            quote_volume: None,
            trades: None,
        });
        Ok(CandlePage {
            candles: candles.collect(),
            settled_until: query
                .until
                .min(query.from.plus(3 * query.interval.duration())),
        })
    }
}

impl Stream for Scripted {
    fn facts(&self) -> &'static StreamFacts {
        self.facts
    }

    fn opening(&self, endpoints: &Endpoints, _: &[Listing]) -> Opening {
        if self.ask {
            Opening::Ask(Request::get(format!("{}/token", endpoints.rest)))
        } else {
            Opening::Connect(format!("{}/stream?token=secret", endpoints.stream))
        }
    }

    fn stream_url(&self, answer: &[u8]) -> Result<String, DecodeError> {
        String::from_utf8(answer.to_vec()).map_err(|_| DecodeError::Unexpected("bytes"))
    }

    fn open(&self, markets: &[Listing]) -> Box<dyn Session> {
        Box::new(Translator {
            symbols: markets
                .iter()
                .map(|market| market.symbol.to_string())
                .collect(),
            subscriptions: 0,
        })
    }

    fn discovery(&self, endpoints: &Endpoints) -> Request {
        Request::get(format!("{}/markets?key=secret", endpoints.rest))
    }

    fn parse_discovery(&self, body: &[u8]) -> Result<Vec<DiscoveredMarket>, DecodeError> {
        let text = std::str::from_utf8(body).map_err(|_| DecodeError::Unexpected("bytes"))?;
        Ok(text
            .split_whitespace()
            .filter_map(|symbol| {
                let (base, quote) = symbol.split_once('-')?;
                Some(DiscoveredMarket {
                    symbol: symbol.to_owned(),
                    base_code: base.to_owned(),
                    quote_code: quote.to_owned(),
                })
            })
            .collect())
    }
}

/// No limits but those a test is about.
pub(crate) fn descriptor() -> Descriptor {
    Descriptor {
        id: "scripted",
        name: "Scripted",
        website: "http://localhost",
        docs_url: "http://localhost",
        endpoints: DefaultEndpoints {
            stream: "",
            rest: "",
        },
        request_gap: Duration::ZERO,
        candles_per_request: 3,
        candle_intervals: &[Interval::Hour],
        max_quote_age: Duration::from_secs(600),
    }
}

/// Limits so long that they do not matter; a test shortens the one it is about.
pub(crate) fn facts() -> StreamFacts {
    let long = Duration::from_secs(600);
    StreamFacts {
        limits: Limits {
            markets_per_connection: 100,
            markets_per_subscribe: 100,
            message_gap: Duration::ZERO,
            connect_gap: Duration::ZERO,
            max_connection_age: None,
            max_frame_bytes: 64 * 1024,
        },
        market_stall_after: long,
        connection_stall_after: long,
        keep_alive_every: None,
        capabilities: Capabilities {
            quote_sizes: false,
            trades: true,
            tickers: true,
        },
    }
}
