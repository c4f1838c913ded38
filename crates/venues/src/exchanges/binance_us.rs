//! Binance US: Binance's protocol on other hosts, with fewer and quieter markets.

use std::time::Duration;

use super::binance::{BinanceFamily, FACTS, STREAM_FACTS};
use crate::spec::{Adapter, DefaultEndpoints, Descriptor, StreamFacts};

static DESCRIPTOR: Descriptor = Descriptor {
    id: "binance_us",
    name: "Binance US",
    website: "https://www.binance.us",
    docs_url: "https://docs.binance.us",
    endpoints: DefaultEndpoints {
        stream: "wss://stream.binance.us:9443",
        rest: "https://api.binance.us",
    },
    // A quote is sent when it changes, which in a quiet market takes a while.
    max_quote_age: Duration::from_secs(60),
    ..FACTS
};

static STREAM: StreamFacts = StreamFacts {
    market_stall_after: Duration::from_secs(300),
    connection_stall_after: Duration::from_secs(60),
    ..STREAM_FACTS
};

/// Binance US.
pub const ADAPTER: &dyn Adapter = &BinanceFamily {
    descriptor: &DESCRIPTOR,
    stream: &STREAM,
};
