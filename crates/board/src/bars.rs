//! The newest bars of every token's index, for readers of candles as they move: no more than two of each
//! length, so that reading them never needs the database. The worker puts them here as it builds them.

use std::collections::HashMap;

use parallax::candle::{Bar, Candle, Interval, Source};
use parallax::token::TokenId;

/// How many bars of a series are kept: the running one and the one before it.
const KEPT: usize = 2;

#[derive(Debug, Default)]
pub(crate) struct Bars {
    minutes: HashMap<TokenId, Vec<Bar>>,
    hours: HashMap<TokenId, Vec<Bar>>,
    days: HashMap<TokenId, Vec<Bar>>,
}

impl Bars {
    /// Takes a bar of an index; one that is older than those kept is left.
    pub(crate) fn put(&mut self, candle: &Candle) {
        if candle.series.source != Source::Index {
            return;
        }
        let kept = match candle.series.interval {
            Interval::Minute => &mut self.minutes,
            Interval::Hour => &mut self.hours,
            Interval::Day => &mut self.days,
        };
        let kept = kept.entry(candle.series.token.clone()).or_default();
        let bar = candle.bar.clone();
        match kept.binary_search_by_key(&bar.open_time, |kept| kept.open_time) {
            Ok(place) => {
                if let Some(held) = kept.get_mut(place) {
                    *held = bar;
                }
            }
            Err(place) => kept.insert(place, bar),
        }
        if kept.len() > KEPT {
            kept.remove(0);
        }
    }

    pub(crate) fn of(&self, interval: Interval) -> Vec<(TokenId, Vec<Bar>)> {
        let kept = match interval {
            Interval::Minute => &self.minutes,
            Interval::Hour => &self.hours,
            Interval::Day => &self.days,
        };
        let pairs = kept
            .iter()
            .map(|(token, bars)| (token.clone(), bars.clone()));
        pairs.collect()
    }
}

#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
mod tests {
    use parallax::candle::{CandleKind, Series};
    use parallax::time::Timestamp;

    use super::*;

    fn candle(open_s: i64, close: &str) -> Candle {
        Candle {
            series: Series::index("bitcoin".parse().unwrap(), Interval::Minute),
            bar: Bar {
                open_time: Timestamp::from_unix_s(open_s).unwrap(),
                open: "1".parse().unwrap(),
                high: "9".parse().unwrap(),
                low: "1".parse().unwrap(),
                close: close.parse().unwrap(),
                confidence: None,
                volume_usd: "0".parse().unwrap(),
                trades: None,
                sources: 1,
                minutes: 0,
                kind: CandleKind::Filled,
                revision: 0,
            },
        }
    }

    #[test]
    fn the_newest_two_bars_are_kept_in_the_order_of_time_and_the_last_word_counts() {
        let mut bars = Bars::default();
        for (open_s, close) in [(120, "2"), (60, "3"), (180, "4"), (60, "5"), (120, "6")] {
            bars.put(&candle(open_s, close));
        }
        let mut venue = candle(240, "7");
        venue.series.source = "kraken".parse().unwrap();
        bars.put(&venue);
        let kept = bars.of(Interval::Minute);
        let closes: Vec<_> = kept[0].1.iter().map(|bar| bar.close.to_string()).collect();
        assert_eq!(
            (kept.len(), closes),
            (1, vec!["6".to_owned(), "4".to_owned()])
        );
        assert!(bars.of(Interval::Hour).is_empty());
    }
}
