//! Which contracts are on the simulated chain: those of the catalogue that the simulated world has a price for, and some
//! that no catalogue has, one of them worth mapping and others that are not what they say.

use parallax::catalogue::{Catalogue, EMBEDDED};

use super::rows::ChainToken;
use crate::error::SimError;
use crate::noise::field;
use crate::tokens::{TOKENS, position};

/// A token of the catalogue with nothing but empty pools.
const UNPRICED: &str = "OMG";
/// Traded a few times a day.
const THIN: &str = "GNO";

/// A contract that nobody knows.
struct Stranger {
    address: &'static str,
    /// What it calls itself.
    symbol: &'static str,
    name: &'static str,
    /// The code of the simulated token whose price it has.
    walks_as: &'static str,
    /// Value locked in it, in USD.
    locked_usd: i64,
    /// Traded in 24 hours, in USD.
    volume_usd: i64,
    transactions: u64,
}

const STRANGERS: [Stranger; 4] = [
    // The token that two exchanges list as well.
    Stranger {
        address: "0x20b3a5e1f0c94d7e8b6a2c1d0e9f8a7b6c5d4e3f",
        symbol: "ZORB",
        name: "Zorb",
        walks_as: "ZORB",
        locked_usd: 42_000_000,
        volume_usd: 90_000,
        transactions: 210_000,
    },
    // Calls itself what it is not.
    Stranger {
        address: "0xfa15e0000000000000000000000000000000cafe",
        symbol: "USDC",
        name: "USD Coin",
        walks_as: "PEPE",
        locked_usd: 9_000_000,
        volume_usd: 20_000,
        transactions: 31_000,
    },
    // Turns what people read, and would be markup and a formula.
    Stranger {
        address: "0x0badc0de000000000000000000000000deadbeef",
        symbol: "<b>\u{202e}HTE",
        name: "=HYPERLINK(\"https://evil.example\")\r\n<script>alert(1)</script>",
        walks_as: "SHIB",
        locked_usd: 7_000_000,
        volume_usd: 15_000,
        transactions: 18_000,
    },
    // The most value of all, in a pool of its maker's own that nobody uses.
    Stranger {
        address: "0x5ca1ab1e00000000000000000000000000000001",
        symbol: "RICH",
        name: "Richest of all",
        walks_as: "BTC",
        locked_usd: 900_000_000_000,
        volume_usd: 3,
        transactions: 12,
    },
];

/// All of them.
///
/// # Errors
/// [`SimError::Setting`] when the catalogue is not understood.
pub(super) fn all() -> Result<Vec<ChainToken>, SimError> {
    let catalogue: Catalogue = toml::from_str(EMBEDDED)?;
    let tokens = catalogue.tokens().iter().filter_map(|token| {
        let contract = token
            .contracts
            .iter()
            .find(|contract| contract.chain == "ethereum")?;
        let symbol = token.symbol.as_str();
        // A wrapped bitcoin is worth a bitcoin.
        let simulated = position(if symbol == "WBTC" { "BTC" } else { symbol });
        let facts = simulated.and_then(|place| TOKENS.get(place));
        (facts.is_some() || symbol == UNPRICED).then(|| ChainToken {
            address: contract.address.clone(),
            symbol: symbol.to_owned(),
            name: token.name.clone(),
            token: simulated,
            busy_percent: match symbol {
                THIN => 13,
                "WBTC" | "SHIB" => 100,
                _ => 85,
            },
            // A fiftieth of what exchanges trade.
            volume_usd: facts.map_or(0, |facts| facts.volume_usd / 50),
            locked_usd: facts.map_or(0, |facts| facts.volume_usd / 5),
            transactions: 400_000,
            field: field(&contract.address) << 4,
        })
    });
    let strangers = STRANGERS.iter().map(|stranger| ChainToken {
        address: stranger.address.to_owned(),
        symbol: stranger.symbol.to_owned(),
        name: stranger.name.to_owned(),
        token: position(stranger.walks_as),
        busy_percent: 85,
        volume_usd: stranger.volume_usd,
        locked_usd: stranger.locked_usd,
        transactions: stranger.transactions,
        field: field(stranger.address) << 4,
    });
    Ok(tokens.chain(strangers).collect())
}
