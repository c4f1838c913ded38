//! How many prices a second one thread computes and publishes, with fifteen venues per token; and what
//! one change of the USDT index costs with sixty tokens that depend on it.
//!
//! A run counts tokens: the figure is recomputations per second, each with its whole explanation built.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use divan::Bencher;
use divan::counter::ItemsCount;
use parallax::Decimal;
use parallax::amount::{Price, Quantity};
use parallax::event::{Quote, Ticker};
use parallax::index::IndexPrice;
use parallax::market::{Asset, Listing, Market, MarketKey};
use parallax::time::{Moment, Monotonic, Timestamp};
use parallax::token::{Token, TokenId, TokenKind};
use parallax_pricing::{Engine, Policy};

fn main() {
    divan::main();
}

const VENUES: u32 = 15;
const TOKENS: u32 = 60;

fn token(id: &str, kind: TokenKind, rank: u32) -> Token {
    Token {
        id: id.parse().unwrap(),
        symbol: id.to_uppercase().parse().unwrap(),
        name: id.to_owned(),
        kind,
        rank,
        contracts: Vec::new(),
    }
}

fn asset(id: &str) -> Asset {
    Asset::Token(TokenId::new(id).unwrap())
}

fn listing(venue: u32, base: &str, quote: &str) -> Listing {
    Listing {
        venue: format!("venue{venue:02}").parse().unwrap(),
        symbol: format!("{base}{quote}").to_uppercase().into(),
        base_code: base.to_uppercase().parse().unwrap(),
        quote_code: quote.to_uppercase().parse().unwrap(),
        market: Market {
            base: asset(base),
            quote: asset(quote),
        },
    }
}

/// A quote around `cents`, a hundredth wide.
fn quote(cents: u32) -> Quote {
    let size = Quantity::new(Decimal::new(15_003, 4)).ok();
    Quote {
        bid: Price::new(Decimal::new(i64::from(cents), 2)),
        ask: Price::new(Decimal::new(i64::from(cents) + 1, 2)),
        bid_size: size,
        ask_size: size,
    }
}

struct Market60 {
    engine: Engine,
    now: Moment,
    out: Vec<Arc<IndexPrice>>,
}

/// Sixty tokens with fifteen venues each, all quoted in `money`. Token t's market on venue v has the
/// key t * 15 + v; two further keys price tether in dollars.
fn markets(money: &str) -> Market60 {
    let mut tokens = vec![
        token("usd", TokenKind::Fiat, 1),
        token("tether", TokenKind::Stablecoin, 2),
    ];
    let ids: Vec<_> = (0..TOKENS).map(|number| format!("token{number}")).collect();
    tokens.extend(
        (3..)
            .zip(&ids)
            .map(|(rank, id)| token(id, TokenKind::Crypto, rank)),
    );
    let now = Moment {
        monotonic: Monotonic::from_nanos(1_000_000_000_000),
        utc: Timestamp::from_unix_ms(1_790_000_000_000).unwrap(),
    };
    let mut engine = Engine::new(Policy::default(), &tokens).unwrap();
    let minute = Duration::from_secs(60);
    for (number, id) in (0..).zip(&ids) {
        for venue in 0..VENUES {
            let key = MarketKey(number * VENUES + venue);
            engine.list(key, &listing(venue, id, money), minute);
            engine.quote(key, quote(6_712_345 + venue), now);
            let ticker = Ticker {
                quote_volume_24h: Quantity::new(Decimal::from(1_000_000 * (venue + 1))).ok(),
                ..Ticker::default()
            };
            engine.ticker(key, &ticker, now);
        }
    }
    for venue in 0..2 {
        let key = MarketKey(TOKENS * VENUES + venue);
        engine.list(key, &listing(venue, "tether", "usd"), minute);
        engine.quote(key, quote(100), now);
    }
    let mut out = Vec::new();
    engine.reprice(now, &mut out);
    Market60 { engine, now, out }
}

/// One quote of one token changes, one price is computed.
#[divan::bench(args = ["usd", "tether"], sample_count = 1_000, sample_size = 20)]
fn one_quote_one_price(bencher: Bencher<'_, '_>, money: &str) {
    let Market60 {
        mut engine,
        now,
        mut out,
    } = markets(money);
    let mut step = 0_u32;
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| {
        step = step.wrapping_add(1);
        let key = MarketKey(step % (TOKENS * VENUES));
        out.clear();
        engine.quote(key, quote(6_712_345 + step % 97), now);
        engine.reprice(now, &mut out);
        out.len()
    });
    assert_eq!(out.len(), 1);
}

/// The USDT index changes: sixty-one prices are computed.
#[divan::bench]
fn tether_moves_sixty_dependants(bencher: Bencher<'_, '_>) {
    let Market60 {
        mut engine,
        now,
        mut out,
    } = markets("tether");
    let mut step = 0_u32;
    bencher
        .counter(ItemsCount::new(TOKENS + 1))
        .bench_local(|| {
            step = step.wrapping_add(1);
            out.clear();
            engine.quote(MarketKey(TOKENS * VENUES), quote(100 + step % 2), now);
            engine.reprice(now, &mut out);
            out.len()
        });
    assert_eq!(out.len(), 61);
}

/// A tick that finds nothing new: sixty-one prices are computed, none is published.
#[divan::bench]
fn tick_without_news(bencher: Bencher<'_, '_>) {
    let Market60 {
        mut engine,
        now,
        mut out,
    } = markets("tether");
    bencher
        .counter(ItemsCount::new(TOKENS + 1))
        .bench_local(|| {
            out.clear();
            engine.tick(now, &mut out);
            out.len()
        });
    assert!(out.is_empty());
}
