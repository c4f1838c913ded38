//! Which markets are watched, and by which number.
//!
//! Owns the numbers ([`MarketKey`]), which are the same for a venue's symbol for as long as the process
//! runs, and the choice among what a venue lists. Does not fetch anything (`discovery` does).

use std::sync::{Arc, Mutex, PoisonError};

use parallax::catalogue::Catalogue;
use parallax::market::{Listing, Market, MarketKey};
use parallax::token::{Symbol, Token, TokenKind};
use parallax::venue::VenueId;
use parallax_venues::spec::DiscoveredMarket;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::config::Selection;

/// A market that is watched.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) key: MarketKey,
    pub(crate) listing: Arc<Listing>,
    /// Whether the venue listed it when it was last asked.
    pub(crate) listed: bool,
}

/// The numbers of all markets of all venues.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    keys: Mutex<FxHashMap<(VenueId, Arc<str>), MarketKey>>,
}

impl Registry {
    /// The market's number, a new one when it has none.
    pub(crate) fn member(&self, listing: Listing) -> Member {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let next = MarketKey(u32::try_from(keys.len()).unwrap_or(u32::MAX));
        let key = *keys
            .entry((listing.venue.clone(), Arc::clone(&listing.symbol)))
            .or_insert(next);
        Member {
            key,
            listing: Arc::new(listing),
            listed: true,
        }
    }

    /// The numbers of a venue's markets.
    pub(crate) fn keys_of(&self, venue: &VenueId) -> Vec<MarketKey> {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let own = keys.iter().filter(|((of, _), _)| of == venue);
        own.map(|(_, key)| *key).collect()
    }
}

/// The listings to watch among what a venue lists: each symbol once, the catalogue's first tokens
/// first and otherwise in the venue's order, at most `limit`.
pub(crate) fn select(
    catalogue: &Catalogue,
    venue: &VenueId,
    selection: Selection,
    limit: usize,
    discovered: Vec<DiscoveredMarket>,
) -> Vec<Listing> {
    let mut seen = FxHashSet::default();
    let mut chosen: Vec<((u32, u32), Listing)> = discovered
        .into_iter()
        .filter_map(|market| resolve(catalogue, venue, &market))
        .filter_map(|listing| {
            let token = |asset: &parallax::market::Asset| {
                asset.token().and_then(|id| catalogue.get(id.as_str()))
            };
            let (base, quote) = (token(&listing.market.base), token(&listing.market.quote));
            let wanted = match selection {
                Selection::All => true,
                Selection::Catalogue => base.is_some() && quote.is_some_and(leads_to_usd),
            };
            let rank = |token: Option<&Token>| token.map_or(u32::MAX, |token| token.rank);
            wanted.then(|| ((rank(base), rank(quote)), listing))
        })
        .filter(|(_, listing)| seen.insert(Arc::clone(&listing.symbol)))
        .collect();
    chosen.sort_by_key(|(ranks, _)| *ranks);
    chosen.truncate(limit);
    chosen.into_iter().map(|(_, listing)| listing).collect()
}

/// Whether `crates/pricing` can convert prices in this token to USD.
fn leads_to_usd(token: &Token) -> bool {
    match token.kind {
        TokenKind::Fiat | TokenKind::Stablecoin => true,
        TokenKind::Crypto => matches!(token.id.as_str(), "bitcoin" | "ethereum"),
    }
}

/// `None` for a code that is no symbol, or a market of an asset with itself.
fn resolve(
    catalogue: &Catalogue,
    venue: &VenueId,
    discovered: &DiscoveredMarket,
) -> Option<Listing> {
    let base_code = Symbol::new(&discovered.base_code).ok()?;
    let quote_code = Symbol::new(&discovered.quote_code).ok()?;
    let market = Market {
        base: catalogue.resolve(venue, &base_code),
        quote: catalogue.resolve(venue, &quote_code),
    };
    (market.base != market.quote).then(|| Listing {
        venue: venue.clone(),
        symbol: discovered.symbol.as_str().into(),
        base_code,
        quote_code,
        market,
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn market(symbol: &str) -> DiscoveredMarket {
        let (base, quote) = symbol.split_once('-').unwrap();
        DiscoveredMarket {
            symbol: symbol.to_owned(),
            base_code: base.to_owned(),
            quote_code: quote.to_owned(),
        }
    }

    fn symbols(selection: Selection, limit: usize, listed: &[&str]) -> Vec<String> {
        let catalogue: Catalogue = toml::from_str(parallax::catalogue::EMBEDDED).unwrap();
        let venue = VenueId::new("testing").unwrap();
        let listed = listed.iter().map(|symbol| market(symbol)).collect();
        select(&catalogue, &venue, selection, limit, listed)
            .into_iter()
            .map(|listing| listing.symbol.to_string())
            .collect()
    }

    #[test]
    fn only_markets_of_known_tokens_that_lead_to_usd_are_chosen() {
        assert_eq!(
            symbols(
                Selection::Catalogue,
                100,
                &[
                    "ZZZ9-USD", "ETH-BTC", "BTC-USD", "SOL-DOGE", "BTC-ZZZ9", "USDT-USD", "BTC-USD"
                ]
            ),
            ["BTC-USD", "ETH-BTC", "USDT-USD"]
        );
    }

    #[test]
    fn a_replay_watches_everything_once() {
        assert_eq!(
            symbols(
                Selection::All,
                100,
                &["ZZZ9-YYY9", "BTC-USD", "BTC-BTC", "BTC-USD", "A B-USD"]
            ),
            ["BTC-USD", "ZZZ9-YYY9"]
        );
    }

    #[test]
    fn the_limit_keeps_the_catalogues_first_tokens() {
        assert_eq!(
            symbols(Selection::Catalogue, 1, &["DOGE-USD", "BTC-USD"]),
            ["BTC-USD"]
        );
    }

    #[test]
    fn a_market_keeps_its_number() {
        let catalogue: Catalogue = toml::from_str(parallax::catalogue::EMBEDDED).unwrap();
        let registry = Registry::default();
        let key = |venue: &str, symbol: &str| {
            let venue = VenueId::new(venue).unwrap();
            registry
                .member(resolve(&catalogue, &venue, &market(symbol)).unwrap())
                .key
        };
        let first = key("one", "BTC-USD");
        assert_ne!(key("two", "BTC-USD"), first);
        assert_ne!(key("one", "ETH-USD"), first);
        assert_eq!(key("one", "BTC-USD"), first);
    }
}
