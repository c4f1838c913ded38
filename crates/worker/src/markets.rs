//! The last known state of every watched market, for readers who want the raw figures.

use std::sync::Arc;

use parallax::event::MarketUpdate;
use parallax::market::{Listing, MarketKey};
use parallax::stream::MarketState;
use parallax::time::Timestamp;

/// Markets by key; a key is a position, handed out densely by ingest.
#[derive(Debug, Default)]
pub(crate) struct Markets {
    by_key: Vec<Option<MarketState>>,
    /// Quotes of an earlier run whose markets have not been listed again yet.
    restored: Vec<MarketState>,
    dirty: bool,
}

fn position(key: MarketKey) -> usize {
    usize::try_from(key.0).unwrap_or(usize::MAX)
}

impl Markets {
    /// Shows what an earlier run knew, as stalled, until the market is listed again.
    pub(crate) fn restore(&mut self, market: MarketState) {
        self.restored.push(market);
        self.dirty = true;
    }

    /// A market will be watched.
    pub(crate) fn list(&mut self, key: MarketKey, listing: Arc<Listing>) {
        let position = position(key);
        if self.by_key.len() <= position {
            self.by_key.resize_with(position.saturating_add(1), || None);
        }
        let earlier = self.restored.iter().position(|market| {
            market.listing.venue == listing.venue && market.listing.symbol == listing.symbol
        });
        let earlier = earlier.map(|found| self.restored.swap_remove(found));
        if let Some(slot @ None) = self.by_key.get_mut(position) {
            *slot = Some(match earlier {
                Some(market) => MarketState { listing, ..market },
                None => MarketState::new(listing),
            });
        }
        self.dirty = true;
    }

    /// Notes what an exchange said, and what it was true at by its own clock; returns the market's listing.
    pub(crate) fn update(
        &mut self,
        key: MarketKey,
        update: &MarketUpdate,
        venue_time: Option<Timestamp>,
        received_at: Timestamp,
    ) -> Option<&Arc<Listing>> {
        let market = self.by_key.get_mut(position(key))?.as_mut()?;
        match update {
            MarketUpdate::Quote(quote) => {
                (market.quote, market.quote_at) = (Some(*quote), Some(received_at));
            }
            MarketUpdate::Trade(trade) => {
                (market.trade, market.trade_at) = (Some(trade.clone()), Some(received_at));
            }
            MarketUpdate::Ticker(ticker) => market.ticker = Some(*ticker),
            MarketUpdate::Spot(price) => {
                (market.spot, market.observed_at) =
                    (Some(*price), Some(venue_time.unwrap_or(received_at)));
            }
        }
        // Only a quote ends a stall: a trade or a ticker says nothing about the top of the book.
        market.stalled &= !matches!(update, MarketUpdate::Quote(_) | MarketUpdate::Spot(_));
        self.dirty = true;
        Some(&market.listing)
    }

    /// The market is watched no longer.
    pub(crate) fn forget(&mut self, key: MarketKey) -> Option<Arc<Listing>> {
        let market = self.by_key.get_mut(position(key))?.take()?;
        self.dirty = true;
        Some(market.listing)
    }

    /// The market went silent.
    pub(crate) fn stall(&mut self, key: MarketKey) {
        if let Some(Some(market)) = self.by_key.get_mut(position(key)) {
            market.stalled = true;
            self.dirty = true;
        }
    }

    /// All markets, when any changed since the last call.
    pub(crate) fn take_changed(&mut self) -> Option<Vec<MarketState>> {
        std::mem::take(&mut self.dirty).then(|| {
            self.by_key
                .iter()
                .flatten()
                .chain(&self.restored)
                .cloned()
                .collect()
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use parallax::market::{Asset, Market};

    use super::*;

    #[test]
    fn a_chains_price_is_kept_with_the_time_of_its_block() {
        let listing = Arc::new(Listing {
            venue: "thegraph".parse().unwrap(),
            symbol: "0x2260".into(),
            base_code: "WBTC".parse().unwrap(),
            quote_code: "USD".parse().unwrap(),
            market: Market {
                base: Asset::Token("wrapped-bitcoin".parse().unwrap()),
                quote: Asset::Token("usd".parse().unwrap()),
            },
        });
        let (key, mut markets) = (MarketKey(3), Markets::default());
        markets.list(key, listing);
        markets.stall(key);
        let [block, received] =
            [1_700_000_000, 1_700_000_020].map(|at| Timestamp::from_unix_s(at).unwrap());
        let spot = MarketUpdate::Spot("64000".parse().unwrap());
        markets.update(key, &spot, Some(block), received).unwrap();
        let market = markets.take_changed().unwrap().remove(0);
        assert_eq!(market.spot, Some("64000".parse().unwrap()));
        assert_eq!((market.priced_at(), market.quote_at), (Some(block), None));
        assert!(!market.stalled, "a price ends a silence");
    }
}
