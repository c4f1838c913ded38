//! The markets of the live simulation: every exchange's listings with their economics.
//!
//! Made once from the token table; `engine` drives it.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use parallax::amount::Price;
use parallax::time::Timestamp;

use crate::digits::{FEMTO, places_for};
use crate::listing::{Listing, Listings};
use crate::quoting::{Quoting, market_field};
use crate::snapshot::{CandleRow, History};
use crate::tokens::{BINANCE, COINBASE, EXTRA_PAIRS, KRAKEN, SimToken, TOKENS, position};
use crate::walk::Walk;

/// What sets the simulated exchanges apart.
struct Profile {
    id: &'static str,
    bit: u8,
    main_quote: &'static str,
    /// Share of a token's volume, in per cent.
    volume_share: i64,
    /// How far the exchange strays from the common price, in millionths.
    noise_ppm: i64,
    /// Spreads against the typical ones, in per cent.
    spread_percent: i64,
    /// The fewest and the most decimal places of a price.
    places: (u32, u32),
    separator: &'static str,
}

const PROFILES: [Profile; 3] = [
    Profile {
        id: "binance",
        bit: BINANCE,
        main_quote: "USDT",
        volume_share: 60,
        noise_ppm: 120,
        spread_percent: 80,
        places: (2, 8),
        separator: "",
    },
    Profile {
        id: "coinbase",
        bit: COINBASE,
        main_quote: "USD",
        volume_share: 25,
        noise_ppm: 160,
        spread_percent: 110,
        places: (2, 10),
        separator: "-",
    },
    Profile {
        id: "kraken",
        bit: KRAKEN,
        main_quote: "USD",
        volume_share: 15,
        noise_ppm: 240,
        spread_percent: 150,
        places: (1, 10),
        separator: "/",
    },
];

/// The ids of the simulated exchanges.
pub const VENUES: [&str; 3] = ["binance", "coinbase", "kraken"];

/// The walk, shared by the engine, the candles and the control endpoints.
pub(crate) type SharedWalk = Arc<RwLock<Walk>>;

/// Looks at the walk.
pub(crate) fn look<R>(walk: &SharedWalk, read: impl FnOnce(&Walk) -> R) -> R {
    // Changes to the walk are single pushes, so a panic elsewhere leaves it whole.
    read(&walk.read().unwrap_or_else(PoisonError::into_inner))
}

/// The system clock, in the one place that reads it.
pub(crate) fn wall_clock() -> Timestamp {
    Timestamp::from_system(SystemTime::now())
}

/// One exchange of the simulated world.
pub(crate) struct VenuePlan {
    pub id: &'static str,
    pub listings: Listings,
    /// The economics of each listing, in the same order.
    pub quoting: Arc<[Quoting]>,
}

/// All exchanges and their markets.
pub(crate) fn plan() -> Vec<VenuePlan> {
    PROFILES
        .iter()
        .map(|profile| {
            let main = TOKENS
                .iter()
                .filter(|token| token.venues & profile.bit != 0)
                .map(|token| (token.code, profile.main_quote));
            let extra = EXTRA_PAIRS
                .iter()
                .filter(|(bit, ..)| *bit == profile.bit)
                .map(|(_, base, quote)| (*base, *quote));
            let (listings, quoting): (Vec<_>, Vec<_>) = main
                .chain(extra)
                .filter_map(|(base, quote)| market(profile, base, quote))
                .unzip();
            VenuePlan {
                id: profile.id,
                listings: Listings::new(listings),
                quoting: quoting.into(),
            }
        })
        .collect()
}

fn base_femto(token: &SimToken) -> i128 {
    // A token whose price cannot be read would be refused when the walk is made.
    token.usd.parse::<Price>().map_or(1, |price| {
        let value = price.get();
        value.mantissa() * FEMTO / crate::digits::power_of_ten(value.scale())
    })
}

fn market(profile: &Profile, base: &str, quote: &str) -> Option<(Listing, Quoting)> {
    let base_at = position(base)?;
    let token = TOKENS.get(base_at)?;
    let quote_at = if quote == "USD" {
        None
    } else {
        Some(position(quote)?)
    };
    let quote_femto = quote_at
        .and_then(|at| TOKENS.get(at))
        .map_or(FEMTO, base_femto);
    let price = base_femto(token) * FEMTO / quote_femto.max(1);
    let (least, most) = profile.places;
    let symbol = format!("{base}{}{quote}", profile.separator);
    let is_main = quote == profile.main_quote;
    let quoting = Quoting {
        base: base_at,
        quote: quote_at,
        price_places: places_for(price, 6, least, most),
        // A lot is worth about a cent.
        size_places: places_for(FEMTO * FEMTO / base_femto(token).max(1) / 100, 1, 0, 8),
        spread_ppm: token.spread_ppm * profile.spread_percent / 100,
        noise_ppm: profile.noise_ppm.min(token.spread_ppm),
        volume_usd: token.volume_usd * profile.volume_share / if is_main { 100 } else { 900 },
        field: market_field(profile.id, &symbol),
    };
    let listing = Listing {
        symbol,
        base: base.to_owned(),
        quote: quote.to_owned(),
        price_places: quoting.price_places,
        size_places: quoting.size_places,
    };
    Some((listing, quoting))
}

/// Candles of the walk.
pub(crate) struct WalkHistory {
    pub walk: SharedWalk,
    pub quoting: Arc<[Quoting]>,
}

impl History for WalkHistory {
    fn candles(
        &self,
        market: usize,
        interval_s: i64,
        from_s: i64,
        until_s: i64,
        limit: usize,
    ) -> Vec<CandleRow> {
        let now = wall_clock();
        let Some(quoting) = self.quoting.get(market) else {
            return Vec::new();
        };
        let step = usize::try_from(interval_s).unwrap_or(0).max(1);
        look(&self.walk, |walk| {
            (from_s..until_s.min(now.unix_ms() / 1_000 + 1))
                .step_by(step)
                .take(limit)
                .filter_map(|open_time_s| quoting.candle(walk, open_time_s, interval_s, now))
                .collect()
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn at_least_25_tokens_are_on_all_three_exchanges() {
        let everywhere = TOKENS
            .iter()
            .filter(|token| token.venues == BINANCE | COINBASE | KRAKEN)
            .count();
        assert!(everywhere >= 25, "{everywhere}");
    }

    #[test]
    fn the_markets_have_the_names_and_ticks_of_their_exchange() {
        let plan = plan();
        let listing = |venue: &str, symbol: &str| {
            let venue = plan.iter().find(|plan| plan.id == venue).unwrap();
            venue
                .listings
                .get(venue.listings.find(symbol).unwrap())
                .unwrap()
                .clone()
        };
        assert_eq!(listing("binance", "BTCUSDT").price_places, 2);
        assert_eq!(listing("binance", "PEPEUSDT").price_places, 8);
        assert_eq!(listing("coinbase", "PEPE-USD").price_places, 10);
        assert_eq!(listing("kraken", "BTC/USD").price_places, 1);
        assert_eq!(listing("kraken", "USDT/USD").price_places, 6);
        assert_eq!(listing("binance", "BTCUSDT").size_places, 7);
        assert_eq!(listing("binance", "PEPEUSDT").size_places, 0);
        for symbol in ["BTC-EUR", "USDT-USD", "BTC-USDT", "ETH-BTC"] {
            listing("coinbase", symbol);
        }
        for symbol in ["BTC/EUR", "USDT/USD", "USDC/USD", "EUR/USD"] {
            listing("kraken", symbol);
        }
        for symbol in ["EURUSDT", "ETHBTC", "BTCUSDC"] {
            listing("binance", symbol);
        }
    }
}
