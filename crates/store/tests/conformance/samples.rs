//! Invented tokens, venues, listings, quotes, prices and candles.

use std::sync::Arc;

use parallax::amount::{Price, Quantity};
use parallax::candle::{Bar, Candle, CandleKind, Interval, Series};
use parallax::event::Quote;
use parallax::index::{Constituent, ConversionLeg, Exclusion, IndexPrice, Rule, Status};
use parallax::market::{Asset, Listing, Market};
use parallax::time::Timestamp;
use parallax::token::{Contract, Symbol, Token, TokenId, TokenKind};
use parallax::venue::{Venue, VenueId};
use parallax_store::{Store, StoredQuote};

pub(crate) fn at(unix_ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(unix_ms).unwrap()
}

/// 2026-11-21T12:00:00Z.
pub(crate) const NOON_MS: i64 = 1_795_262_400_000;

pub(crate) fn price(text: &str) -> Price {
    text.parse().unwrap()
}

pub(crate) fn quantity(text: &str) -> Quantity {
    text.parse().unwrap()
}

pub(crate) fn id(text: &str) -> TokenId {
    TokenId::new(text).unwrap()
}

pub(crate) fn venue_id(text: &str) -> VenueId {
    VenueId::new(text).unwrap()
}

pub(crate) fn symbol(text: &str) -> Symbol {
    Symbol::new(text).unwrap()
}

pub(crate) fn contract(chain: &str, address: &str) -> Contract {
    Contract {
        chain: chain.to_owned(),
        address: address.to_owned(),
    }
}

pub(crate) fn token(name: &str, rank: u32) -> Token {
    Token {
        id: id(name),
        symbol: symbol(&name.to_uppercase()),
        name: format!("The {name}"),
        kind: TokenKind::Crypto,
        rank,
        contracts: Vec::new(),
    }
}

pub(crate) fn tokens() -> Vec<Token> {
    let mut tether = token("tether", 2);
    tether.kind = TokenKind::Stablecoin;
    tether.contracts = vec![
        contract("tron", "TInvented1"),
        contract("ethereum", "0x00000000000000000000000000000000000000aa"),
    ];
    let mut dollar = token("usd", u32::MAX);
    dollar.kind = TokenKind::Fiat;
    vec![token("bitcoin", 1), tether, dollar]
}

pub(crate) fn venue(name: &str) -> Venue {
    Venue {
        id: venue_id(name),
        name: name.to_uppercase(),
        website: format!("https://{name}.example"),
    }
}

pub(crate) fn listing(venue: &str, code: &str) -> Arc<Listing> {
    Arc::new(Listing {
        venue: venue_id(venue),
        symbol: format!("{code}USDT").into(),
        base_code: symbol(code),
        quote_code: symbol("USDT"),
        market: Market {
            base: if code == "BTC" {
                Asset::Token(id("bitcoin"))
            } else {
                Asset::Unlisted {
                    venue: venue_id(venue),
                    code: symbol(code),
                }
            },
            quote: Asset::Token(id("tether")),
        },
    })
}

pub(crate) fn quote(listing: &Arc<Listing>, bid: &str, received_at_ms: i64) -> StoredQuote {
    StoredQuote {
        listing: Arc::clone(listing),
        quote: Quote {
            bid: price(bid),
            ask: price("99999.5"),
            bid_size: Some(quantity("0.25")),
            ask_size: None,
        },
        received_at: at(received_at_ms),
    }
}

/// A constituent with every field filled, one way or the other.
pub(crate) fn constituent(included: bool) -> Constituent {
    Constituent {
        venue: venue_id("alpha"),
        market: "BTC\"/'USDT — ₿".to_owned(),
        base_code: symbol("BTC"),
        quote_code: symbol("USDT"),
        bid: included.then(|| price("0.0000000000000000000000000001")),
        ask: included.then(|| price("79228162514264337593543950335")),
        bid_size: included.then(|| quantity("1.5")),
        ask_size: None,
        spot: (!included).then(|| price("66999.75")),
        observed_at: (!included).then(|| at(NOON_MS - 12_000)),
        received_at: included.then(|| at(NOON_MS - 17)),
        age_ms: included.then_some(u64::MAX),
        conversion: included.then(|| ConversionLeg {
            through: id("tether"),
            rate: price("0.9998"),
            rate_at: at(NOON_MS - 5),
            inverted: true,
        }),
        mid_usd: included.then(|| price("67000.125")),
        offset_bp: included.then(|| "-3.25".parse().unwrap()),
        volume_24h_usd: included.then(|| quantity("123456789.01")),
        weight: included.then(|| "0.333333".parse().unwrap()),
        excluded: (!included).then(|| Exclusion {
            rule: Rule::WideSpread,
            found: "312 bp".to_owned(),
            allowed: "at most 200 bp \\ \u{1F980}".to_owned(),
        }),
    }
}

pub(crate) fn index(token: &str, usd: &str, computed_at_ms: i64) -> IndexPrice {
    IndexPrice {
        token: id(token),
        price: Some(price(usd)),
        confidence: Some(price("1.25")),
        status: Status::Live,
        as_of: Some(at((computed_at_ms - 40).max(0))),
        computed_at: at(computed_at_ms),
        method: u16::MAX,
        sources: 3,
        sources_known: u32::MAX,
        volume_24h_usd: Some(quantity("123456789.01")),
        constituents: vec![constituent(true), constituent(false)],
        by_hand: None,
    }
}

pub(crate) fn series(token: &str, source: &str, interval: Interval) -> Series {
    Series {
        token: id(token),
        source: source.parse().unwrap(),
        interval,
    }
}

/// A one-minute candle of the index.
pub(crate) fn candle(token: &str, open_time_ms: i64, close: &str) -> Candle {
    Candle {
        series: Series::index(id(token), Interval::Minute),
        bar: Bar {
            open_time: at(open_time_ms),
            open: price("10"),
            high: price("12.5"),
            low: price("9.75"),
            close: price(close),
            confidence: Some(price("0.000125")),
            volume_usd: quantity("1234.56789012"),
            trades: Some(17),
            sources: 3,
            minutes: 1,
            kind: CandleKind::Traded,
            revision: 0,
        },
    }
}

/// The same of another source and length.
pub(crate) fn candle_of(series: &Series, open_time_ms: i64, close: &str) -> Candle {
    let mut candle = candle("bitcoin", open_time_ms, close);
    candle.series = series.clone();
    candle
}

/// What has these bars as its own.
pub(crate) fn bars(candles: &[Candle]) -> Vec<Bar> {
    candles.iter().map(|candle| candle.bar.clone()).collect()
}

pub(crate) const LAST_MS: i64 = 253_402_300_799_999;

/// All bars of a series but one that opens in the last millisecond of all.
pub(crate) async fn all_bars(store: &dyn Store, series: &Series) -> Vec<Bar> {
    let (first, last) = (at(0), at(LAST_MS));
    store.candles(series, first, last, u32::MAX).await.unwrap()
}

/// Saves everything that others name: the tokens, the venues `alpha` and `beta`, and their listings.
pub(crate) async fn fill(store: &dyn Store) -> Vec<Arc<Listing>> {
    store.save_tokens(&tokens()).await.unwrap();
    let venues = [venue("alpha"), venue("beta")];
    store.save_venues(&venues).await.unwrap();
    let listings = vec![
        listing("alpha", "BTC"),
        listing("alpha", "ZZZ"),
        listing("beta", "BTC"),
    ];
    store.save_listings(&listings).await.unwrap();
    listings
}

/// All one-minute candles of the index of a token.
pub(crate) async fn all_candles(store: &dyn Store, token: &str) -> Vec<Candle> {
    let series = Series::index(id(token), Interval::Minute);
    let bars = all_bars(store, &series).await;
    let candle = |bar| Candle {
        series: series.clone(),
        bar,
    };
    bars.into_iter().map(candle).collect()
}
