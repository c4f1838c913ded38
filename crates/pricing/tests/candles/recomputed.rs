//! Whatever happens, a stored bar is what one looks up in the prices and trades themselves.

use parallax::Decimal;
use parallax::amount::{Price, Quantity};
use proptest::prelude::*;

use crate::desk::{Desk, MIDNIGHT, at_ms, bitcoin, cents, price};

/// One thing that happens, at a millisecond of the day.
#[derive(Debug, Clone)]
enum Happening {
    Price(i64),
    Trade(i64),
}

fn happenings() -> impl Strategy<Value = Vec<(i64, Happening)>> {
    let one = prop_oneof![
        (1_i64..2_000_000).prop_map(Happening::Price),
        (0_i64..1_000_000_000).prop_map(Happening::Trade),
    ];
    // Not in the very millisecond in which a minute turns: a_price_at_the_end_of_an_interval_… has that.
    let ms = (0_i64..4 * 60, 1_i64..60_000).prop_map(|(minute, ms)| minute * 60_000 + ms);
    prop::collection::vec((ms, one), 1..80).prop_map(|mut all| {
        all.sort_by_key(|(ms, _)| *ms);
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// What the builder joined out of minutes is what one looks up in the prices and trades themselves.
    #[test]
    fn every_stored_bar_equals_a_recomputation_from_prices_and_trades(all in happenings()) {
        let mut desk = Desk::at(0);
        desk.price(0, "1");
        let mut prices = vec![(0_i64, price("1"))];
        let mut trades = Vec::new();
        for (ms, happening) in &all {
            desk.until(ms / 1_000);
            match happening {
                Happening::Price(value) => {
                    let price = Price::new(cents(*value));
                    desk.builder.price(&bitcoin(), at_ms(*ms), price, None, 3);
                    prices.push((*ms, price));
                }
                Happening::Trade(value) => {
                    let value = Quantity::new(cents(*value)).unwrap();
                    desk.builder.trade(&bitcoin(), at_ms(*ms), at_ms(*ms), value);
                    trades.push((*ms, value));
                }
            }
            if ms % 7 == 0 {
                desk.flush();
            }
        }
        desk.until(4 * 3_600 + 1).flush();
        for ((interval, open_time), bar) in &desk.stored {
            let from = open_time.unix_ms() - MIDNIGHT * 1_000;
            let until = from + i64::try_from(interval.duration().as_millis()).unwrap();
            let inside = || prices.iter().filter(|(ms, _)| (from..until).contains(ms)).map(|(_, price)| *price);
            let before = prices.iter().rev().find(|(ms, _)| *ms < from).map(|(_, price)| *price);
            let open = before.or_else(|| inside().next()).unwrap();
            prop_assert_eq!(bar.open, open);
            let everything = || inside().chain([bar.open]);
            prop_assert_eq!(bar.high, everything().max().unwrap());
            prop_assert_eq!(bar.low, everything().min().unwrap());
            prop_assert_eq!(bar.close, inside().next_back().unwrap_or(bar.open));
            let made: Vec<_> = trades.iter().filter(|(ms, _)| (from..until).contains(ms)).collect();
            let volume: Decimal = made.iter().map(|(_, value)| value.get()).sum();
            prop_assert_eq!(bar.volume_usd.get(), volume);
            prop_assert_eq!(bar.trades, Some(u64::try_from(made.len()).unwrap()));
        }
    }
}
