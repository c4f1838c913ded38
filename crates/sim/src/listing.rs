//! What one simulated exchange lists, by the names its own clients use.
//!
//! Shared by the live simulation, the replay and the flood. Knows names and decimal places, no prices.

use std::collections::HashMap;

/// One market of one exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listing {
    /// The name in the stream, as the exchange writes it: `BTCUSDT`, `BTC-USD`, `BTC/USD`.
    pub symbol: String,
    /// The code of what is traded.
    pub base: String,
    /// The code of what it is priced in.
    pub quote: String,
    /// Decimal places of a price: the tick is one in the last place.
    pub price_places: u32,
    /// Decimal places of a size.
    pub size_places: u32,
}

/// All markets of one exchange, in a fixed order; a market's number is its place in it.
#[derive(Debug, Default)]
pub(crate) struct Listings {
    all: Vec<Listing>,
    by_symbol: HashMap<String, usize>,
}

impl Listings {
    pub(crate) fn new(all: Vec<Listing>) -> Self {
        let by_symbol = all
            .iter()
            .enumerate()
            .map(|(market, listing)| (listing.symbol.clone(), market))
            .collect();
        Self { all, by_symbol }
    }

    /// The number of the market with exactly this name.
    pub(crate) fn find(&self, symbol: &str) -> Option<usize> {
        self.by_symbol.get(symbol).copied()
    }

    /// The market with exactly this name.
    pub(crate) fn named(&self, symbol: &str) -> Option<(usize, &Listing)> {
        let market = self.find(symbol)?;
        Some((market, self.get(market)?))
    }

    pub(crate) fn get(&self, market: usize) -> Option<&Listing> {
        self.all.get(market)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &Listing)> {
        self.all.iter().enumerate()
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }
}
