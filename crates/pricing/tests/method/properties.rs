//! What holds for all quotes, not only for chosen ones.

use std::sync::Arc;
use std::time::Duration;

use parallax::Decimal;
use parallax::amount::Price;
use parallax::event::{Quote, Ticker};
use parallax::index::{IndexPrice, Rule, Status};
use parallax::market::MarketKey;
use parallax_pricing::{Engine, Policy};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::desk::{Desk, id, listing, start, tokens};

/// One exchange's quote of Bitcoin in USD.
#[derive(Debug, Clone, Copy)]
struct Opinion {
    /// In hundredths of a dollar around 100,000.
    mid: i64,
    /// In hundredths of a dollar.
    half_spread: i64,
    /// In dollars.
    volume: Option<u64>,
    age_ms: u64,
}

impl Opinion {
    fn quote(self, factor: Decimal) -> Quote {
        let price = |cents: i64| Price::new(Decimal::new(cents, 2) * factor);
        Quote {
            bid: price(self.mid - self.half_spread),
            ask: price(self.mid + self.half_spread),
            bid_size: None,
            ask_size: None,
        }
    }
}

/// Opinions within `noise_bp` of each other.
fn opinion(noise_bp: i64) -> impl Strategy<Value = Opinion> {
    let noise = noise_bp * 1_000;
    (
        10_000_000 - noise..=10_000_000 + noise,
        1_i64..2_000,
        prop::option::of(prop_oneof![0_u64..1_000, 0_u64..10_000_000_000]),
        0_u64..54_000,
    )
        .prop_map(|(mid, half_spread, volume, age_ms)| Opinion {
            mid,
            half_spread,
            volume,
            age_ms,
        })
}

fn venue(position: usize) -> String {
    format!("v{position:02}")
}

/// An engine that has heard all opinions, at `now`.
fn heard(opinions: &[Opinion]) -> Desk {
    heard_by(Desk::new(), opinions)
}

fn heard_by(mut desk: Desk, opinions: &[Opinion]) -> Desk {
    desk.wait_ms(60_000);
    for (position, opinion) in opinions.iter().enumerate() {
        let key = desk.list(&venue(position), "BTC/USD");
        let at = start().plus(Duration::from_millis(60_000 - opinion.age_ms));
        desk.engine.quote(key, opinion.quote(Decimal::ONE), at);
        if let Some(volume) = opinion.volume {
            let ticker = Ticker {
                quote_volume_24h: Some(volume.to_string().parse().unwrap()),
                ..Ticker::default()
            };
            desk.engine.ticker(key, &ticker, at);
        }
    }
    desk.reprice();
    desk
}

/// By how much the price moved when one venue multiplied its quote, the confidence published then, and
/// whether anyone else was an outlier before or after.
///
/// All at one moment, so the jump breaker holds nothing back here: waiting for it would change the weights, and age
/// alone may move a price further than a lie.
fn moved(opinions: &[Opinion], liar: usize, factor: Decimal) -> (Decimal, Decimal, bool) {
    let policy = Policy {
        jump_hold_ms: 0,
        ..Policy::default()
    };
    let mut desk = heard_by(Desk::with(policy), opinions);
    let before = desk.index("bitcoin").price.unwrap().get();
    let outlier_before = included(desk.index("bitcoin")).count() < opinions.len();
    let key = MarketKey(u32::try_from(liar).unwrap());
    desk.engine
        .quote(key, opinions[liar].quote(factor), desk.now);
    desk.reprice();
    let after = desk.index("bitcoin");
    let outlier_after = included(after).count() < opinions.len() - 1;
    (
        (after.price.unwrap().get() - before).abs(),
        after.confidence.unwrap().get(),
        outlier_before || outlier_after,
    )
}

fn included(price: &IndexPrice) -> impl Iterator<Item = &parallax::index::Constituent> {
    price
        .constituents
        .iter()
        .filter(|part| part.excluded.is_none())
}

/// Any number an exchange could send, and many that none ever would.
fn any_price() -> impl Strategy<Value = Price> {
    let whole = (any::<i128>(), 0_u32..=28).prop_filter_map("96 bits", |(mantissa, scale)| {
        Decimal::try_from_i128_with_scale(mantissa >> 32, scale).ok()
    });
    let usual = (1_i64..100_000_000, 0_u32..=12)
        .prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale));
    prop_oneof![
        whole,
        usual,
        Just(Decimal::ZERO),
        Just(Decimal::MAX),
        Just(Decimal::MIN),
        Just(Decimal::new(1, 28)),
    ]
    .prop_map(Price::new)
}

/// One thing that can happen to an engine.
#[derive(Debug, Clone)]
enum Event {
    Quote(Index, Price, Price),
    Ticker(Index, Decimal),
    Withdraw(Index),
    Wait(u64),
    Reprice,
}

const PAIRS: &[(&str, &str)] = &[
    ("a", "USDT/USD"),
    ("b", "USDT/USD"),
    ("c", "USDT/USD"),
    ("a", "EUR/USD"),
    ("b", "USDT/EUR"),
    ("a", "USD/JPY"),
    ("a", "BTC/USD"),
    ("b", "BTC/USDT"),
    ("c", "BTC/EUR"),
    ("c", "BTC/JPY"),
    ("a", "SOL/USD"),
    ("b", "SOL/BTC"),
    ("c", "SOL/USDT"),
    ("c", "SOL/EUR"),
];

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (any::<Index>(), any_price(), any_price()).prop_map(|(market, a, b)| Event::Quote(market, a, b)),
        4 => (any::<Index>(), 90_000_i64..110_000, 0_i64..500).prop_map(|(market, mid, half)| Event::Quote(
            market,
            Price::new(Decimal::new(mid - half, 5)),
            Price::new(Decimal::new(mid + half, 5)),
        )),
        1 => (any::<Index>(), any_price()).prop_map(|(market, volume)| Event::Ticker(market, volume.get().abs())),
        1 => any::<Index>().prop_map(Event::Withdraw),
        2 => (0_u64..30_000).prop_map(Event::Wait),
        4 => Just(Event::Reprice),
    ]
}

/// Plays events to a new engine; everything it publishes.
fn play(events: &[Event]) -> Vec<Arc<IndexPrice>> {
    let mut engine = Engine::new(Policy::default(), &tokens()).unwrap();
    let mut now = start();
    let mut out = Vec::new();
    let keys: Vec<_> = (0..u32::try_from(PAIRS.len()).unwrap())
        .map(MarketKey)
        .collect();
    for (key, (venue, pair)) in keys.iter().zip(PAIRS) {
        engine.list(*key, &listing(venue, pair), Duration::from_secs(60));
    }
    for event in events {
        match event {
            Event::Quote(market, bid, ask) => {
                let quote = Quote {
                    bid: *bid,
                    ask: *ask,
                    bid_size: None,
                    ask_size: None,
                };
                engine.quote(*market.get(&keys), quote, now);
            }
            Event::Ticker(market, volume) => {
                let ticker = Ticker {
                    base_volume_24h: parallax::amount::Quantity::new(*volume).ok(),
                    ..Ticker::default()
                };
                engine.ticker(*market.get(&keys), &ticker, now);
            }
            Event::Withdraw(market) => engine.withdraw(*market.get(&keys), now),
            Event::Wait(ms) => {
                now = now.plus(Duration::from_millis(*ms));
                engine.tick(now, &mut out);
            }
            Event::Reprice => engine.reprice(now, &mut out),
        }
    }
    engine.tick(now, &mut out);
    out
}

/// Age alone moves this price by more than the confidence within five seconds, lie or not.
#[test]
fn what_age_does_to_a_price_is_not_a_liars_doing() {
    let opinion = |mid: i64, half_spread, volume, age_ms| Opinion {
        mid: 10_000_000 + mid,
        half_spread,
        volume,
        age_ms,
    };
    let opinions = [
        opinion(-15_110, 172, None, 33_366),
        opinion(21_698, 82, Some(3_942_063_928), 4_777),
        opinion(-818, 6, Some(399), 52_258),
        opinion(9_628, 1_261, None, 24_808),
        opinion(6_565, 125, None, 40_524),
        opinion(-24_171, 62, None, 24_680),
        opinion(-6_734, 11, None, 29_395),
    ];
    let (moved, confidence, _) = moved(&opinions, 1, Decimal::from(1_000));
    assert!(moved < confidence, "moved {moved}, confidence {confidence}");
}

proptest! {
    #[test]
    fn the_price_lies_within_the_included_quotes(opinions in prop::collection::vec(opinion(300), 1..16)) {
        let desk = heard(&opinions);
        let bitcoin = desk.index("bitcoin");
        let price = bitcoin.price.unwrap();
        prop_assert!(included(bitcoin).any(|part| part.bid.unwrap() <= price));
        prop_assert!(included(bitcoin).any(|part| part.ask.unwrap() >= price));
        prop_assert!(included(bitcoin).any(|part| part.mid_usd.unwrap() <= price));
        prop_assert!(included(bitcoin).any(|part| part.mid_usd.unwrap() >= price));
        prop_assert!(bitcoin.confidence.unwrap().is_positive());
    }

    #[test]
    fn weights_add_up_to_one_and_no_venue_has_half(opinions in prop::collection::vec(opinion(300), 3..16)) {
        let desk = heard(&opinions);
        let bitcoin = desk.index("bitcoin");
        let sum: Decimal = included(bitcoin).map(|part| part.weight.unwrap()).sum();
        let count = i64::try_from(included(bitcoin).count()).unwrap();
        prop_assert!((sum - Decimal::ONE).abs() <= Decimal::new(count, 6), "{sum}");
        let cap = Decimal::new(33, 2).max(Decimal::ONE / Decimal::from(count)) + Decimal::new(1, 6);
        prop_assert!(included(bitcoin).all(|part| part.weight.unwrap() <= cap));
    }

    #[test]
    fn the_order_of_arrival_leaves_no_trace(
        opinions in prop::collection::vec(opinion(300), 2..10),
        order in Just((0_usize..10).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let one = heard(&opinions);
        let mut other = Desk::new();
        other.wait_ms(60_000);
        for position in order.into_iter().filter(|position| *position < opinions.len()) {
            let opinion = opinions[position];
            let key = MarketKey(u32::try_from(position).unwrap());
            let at = start().plus(Duration::from_millis(60_000 - opinion.age_ms));
            other.engine.list(key, &listing(&venue(position), "BTC/USD"), Duration::from_secs(60));
            other.engine.quote(key, opinion.quote(Decimal::ONE), at);
            if let Some(volume) = opinion.volume {
                let ticker = Ticker {
                    quote_volume_24h: Some(volume.to_string().parse().unwrap()),
                    ..Ticker::default()
                };
                other.engine.ticker(key, &ticker, at);
            }
        }
        other.reprice();
        prop_assert_eq!(one.index("bitcoin"), other.index("bitcoin"));
    }

    #[test]
    fn one_liar_moves_the_price_by_less_than_the_confidence(
        opinions in prop::collection::vec(opinion(30), 3..16),
        liar in any::<Index>(),
        is_high in any::<bool>(),
    ) {
        let factor = if is_high { Decimal::from(1_000) } else { Decimal::new(1, 6) };
        let (moved, confidence, _) = moved(&opinions, liar.index(opinions.len()), factor);
        prop_assert!(moved < confidence, "moved {moved}, confidence {confidence}");
    }

    /// However far apart they are, unless the lie makes another venue an outlier or ends its being one.
    #[test]
    fn one_liar_among_quarrelling_venues_moves_it_by_less_than_the_confidence_too(
        opinions in prop::collection::vec(opinion(2_000), 3..16),
        liar in any::<Index>(),
        is_high in any::<bool>(),
    ) {
        let factor = if is_high { Decimal::from(1_000) } else { Decimal::new(1, 6) };
        let (moved, confidence, has_other_outliers) = moved(&opinions, liar.index(opinions.len()), factor);
        prop_assert!(has_other_outliers || moved < confidence, "moved {moved}, confidence {confidence}");
    }

    #[test]
    fn a_liar_that_says_zero_is_not_heard(opinions in prop::collection::vec(opinion(30), 3..16), liar in any::<Index>()) {
        let liar = liar.index(opinions.len());
        let mut desk = heard(&opinions);
        let before = desk.index("bitcoin").price.unwrap().get();
        desk.engine.quote(MarketKey(u32::try_from(liar).unwrap()), opinions[liar].quote(Decimal::ZERO), desk.now);
        desk.reprice();
        let after = desk.index("bitcoin");
        prop_assert_eq!(desk.rule("bitcoin", &venue(liar)), Some(Rule::NotPositive));
        let moved = (after.price.unwrap().get() - before).abs();
        prop_assert!(moved < after.confidence.unwrap().get());
    }

    #[test]
    fn the_same_events_give_the_same_bytes_and_no_events_make_it_panic(events in prop::collection::vec(event(), 0..120)) {
        let (one, other) = (play(&events), play(&events));
        prop_assert_eq!(serde_json::to_string(&one).unwrap(), serde_json::to_string(&other).unwrap());
        for price in &one {
            prop_assert_eq!(price.price.is_none(), price.status == Status::NoQuorum);
            prop_assert!(price.price.is_none_or(Price::is_positive), "never 0");
            prop_assert!(price.confidence.is_none_or(Price::is_positive));
            prop_assert!(price.token != id("usd"));
            let is_within = |bound: fn(Price, Price) -> bool| {
                let mut mids = included(price).filter_map(|part| part.mid_usd).peekable();
                mids.peek().is_none() || mids.any(|mid| bound(mid, price.price.unwrap()))
            };
            if matches!(price.status, Status::Live | Status::Thin) {
                prop_assert!(is_within(|mid, price| mid <= price) && is_within(|mid, price| mid >= price));
            }
        }
    }
}
