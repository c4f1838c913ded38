//! Candles as they move, for followers: the bars the board holds, with the live price as their close. No
//! question here reaches the store.

use parallax::candle::{Interval, Window};
use parallax::time::Timestamp;
use parallax::token::TokenId;

use crate::Service;

/// A token's newest bars of the index, oldest first: the one that ended last and the running one, where
/// they are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovingBars {
    /// The token.
    pub token: TokenId,
    /// The bars.
    pub windows: Vec<Window>,
}

impl Service {
    /// The number of the list of markets that rates are made of; it rises when the list is replaced.
    #[must_use]
    pub fn markets_number(&self) -> u64 {
        self.inner.board.markets_number()
    }

    /// Every token's newest bars, by token, and when they were read. The board's are about a second old; a
    /// live price that is newer moves the running one.
    #[must_use]
    pub fn moving_bars(&self, interval: Interval) -> (Timestamp, Vec<MovingBars>) {
        let now = self.at();
        let mut tokens: Vec<_> = self
            .inner
            .board
            .bars(interval)
            .into_iter()
            .map(|(token, bars)| {
                let live = self.confirmed(&token);
                let windows = bars.into_iter().map(|mut bar| {
                    let close_time = bar.open_time.plus(interval.duration());
                    let live = live
                        .as_ref()
                        .filter(|live| live.as_of >= bar.open_time && now < close_time);
                    if let Some(live) = live {
                        bar.high = bar.high.max(live.price);
                        bar.low = bar.low.min(live.price);
                        bar.close = live.price;
                        bar.confidence = live.confidence;
                    }
                    Window {
                        open_time: bar.open_time,
                        close_time,
                        bar: Some(bar),
                    }
                });
                let windows = windows.collect();
                MovingBars { token, windows }
            })
            .collect();
        tokens.sort_by(|a, b| a.token.cmp(&b.token));
        (now, tokens)
    }
}
