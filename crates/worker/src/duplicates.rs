//! Trades that came twice: while one connection replaces another, both deliver.

use std::collections::{HashMap, HashSet, VecDeque};

use parallax::market::MarketKey;

/// Ids remembered per market: those of the seconds in which two connections may overlap.
const KEPT: usize = 1_024;

#[derive(Debug, Default)]
struct Seen {
    order: VecDeque<u64>,
    ids: HashSet<u64>,
}

/// The last trades of each market.
#[derive(Debug, Default)]
pub(crate) struct Duplicates {
    markets: HashMap<MarketKey, Seen>,
}

impl Duplicates {
    /// Whether the market's trade is new.
    pub(crate) fn is_new(&mut self, market: MarketKey, id: u64) -> bool {
        let seen = self.markets.entry(market).or_default();
        if !seen.ids.insert(id) {
            return false;
        }
        seen.order.push_back(id);
        if seen.order.len() > KEPT
            && let Some(oldest) = seen.order.pop_front()
        {
            seen.ids.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trade_counts_once_and_memory_is_bounded() {
        let mut duplicates = Duplicates::default();
        let (one, other) = (MarketKey(1), MarketKey(2));
        assert!(duplicates.is_new(one, 7));
        assert!(!duplicates.is_new(one, 7));
        assert!(duplicates.is_new(other, 7), "ids are a market's own");
        let kept = u64::try_from(KEPT).unwrap_or(0);
        assert!((100..100 + kept).all(|id| duplicates.is_new(one, id)));
        assert!(duplicates.is_new(one, 7), "forgotten");
    }
}
