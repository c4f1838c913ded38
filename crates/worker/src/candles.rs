//! The open one-minute candle of each token.

use std::collections::HashMap;

use parallax::amount::Price;
use parallax::candle::{Candle, Interval};
use parallax::time::Timestamp;
use parallax::token::TokenId;

#[derive(Debug)]
struct Open {
    candle: Candle,
    dirty: bool,
}

/// Builds candles from published prices.
#[derive(Debug, Default)]
pub(crate) struct Candles {
    open: HashMap<TokenId, Open>,
}

impl Candles {
    /// Continues a candle that an earlier run of the program began.
    pub(crate) fn resume(&mut self, candle: Candle) {
        self.open.insert(
            candle.token.clone(),
            Open {
                candle,
                dirty: false,
            },
        );
    }

    /// Adds a published price; returns the candle it closed, if a new interval began with it. A price
    /// from before the open candle, as after a step of the wall clock, counts into the open one.
    pub(crate) fn add(
        &mut self,
        token: &TokenId,
        at: Timestamp,
        price: Price,
        sources: u32,
    ) -> Option<Candle> {
        let begin = || Open {
            candle: Candle::start(token.clone(), Interval::Minute, at, price, sources),
            dirty: true,
        };
        let Some(open) = self.open.get_mut(token) else {
            self.open.insert(token.clone(), begin());
            return None;
        };
        if at >= open.candle.open_time.plus(Interval::Minute.duration()) {
            return Some(std::mem::replace(open, begin()).candle);
        }
        open.candle.add(price, sources);
        open.dirty = true;
        None
    }

    /// The open candles that changed since the last call.
    pub(crate) fn take_dirty(&mut self) -> impl Iterator<Item = Candle> {
        self.open
            .values_mut()
            .filter_map(|open| std::mem::take(&mut open.dirty).then(|| open.candle.clone()))
    }
}

#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
mod tests {
    use super::*;

    fn add(candles: &mut Candles, second: i64, price: &str) -> Option<Candle> {
        let at = Timestamp::from_unix_s(second).unwrap();
        candles.add(&"bitcoin".parse().unwrap(), at, price.parse().unwrap(), 3)
    }

    #[test]
    fn prices_within_a_minute_make_one_candle_and_the_next_minute_closes_it() {
        let mut candles = Candles::default();
        for (second, price) in [(60, "10"), (70, "12"), (80, "9"), (119, "11")] {
            assert_eq!(add(&mut candles, second, price), None);
        }
        let closed = add(&mut candles, 120, "20").unwrap();
        let ohlc =
            [closed.open, closed.high, closed.low, closed.close].map(|price| price.to_string());
        assert_eq!(ohlc, ["10", "12", "9", "11"]);
        assert_eq!((closed.open_time.unix_ms(), closed.updates), (60_000, 4));
    }

    #[test]
    fn a_candle_is_handed_out_only_when_it_changed() {
        let mut candles = Candles::default();
        add(&mut candles, 60, "10");
        assert_eq!(candles.take_dirty().count(), 1);
        assert_eq!(candles.take_dirty().count(), 0);
        add(&mut candles, 61, "11");
        assert_eq!(candles.take_dirty().count(), 1);
    }

    #[test]
    fn a_step_back_of_the_wall_clock_does_not_reopen_a_closed_minute() {
        let mut candles = Candles::default();
        add(&mut candles, 120, "10");
        assert_eq!(add(&mut candles, 60, "30"), None);
        let open: Vec<_> = candles.take_dirty().collect();
        assert_eq!(
            (open[0].open_time.unix_ms(), open[0].high.to_string()),
            (120_000, "30".to_owned())
        );
    }
}
