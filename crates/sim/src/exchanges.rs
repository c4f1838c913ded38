//! The simulated exchanges, one module each: how they speak, by WIRE.md.
//!
//! Adding one is a module here, a line in [`dialect_of`] and its pairs in `tokens`.

mod binance;
mod coinbase;
mod kraken;

use crate::dialect::Dialect;

/// The language of a venue; Binance US speaks Binance's. `None` for a venue nobody speaks for.
pub(crate) fn dialect_of(venue: &str) -> Option<Box<dyn Dialect>> {
    match venue {
        "binance" | "binance_us" => Some(Box::new(binance::Binance)),
        "coinbase" => Some(Box::new(coinbase::Coinbase)),
        "kraken" => Some(Box::new(kraken::Kraken)),
        _ => None,
    }
}
