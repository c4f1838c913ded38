//! The order of conversion: which of a market's two assets it prices, and through which other token.
//!
//! Every token has one place in a strict order, and a market prices the asset of the later place
//! through the index of the earlier one. So every conversion leads to an earlier place, the first place
//! is the US dollar, and a circle cannot be drawn. This module decides; it computes nothing.

use parallax::market::{Asset, Listing};
use parallax::token::{Token, TokenId, TokenKind};
use rustc_hash::FxHashMap;

/// The id of the US dollar, 1 by definition.
pub(crate) const USD: &str = "usd";

/// The last tier whose tokens convert others.
const LAST_BASE_TIER: u8 = 6;

/// The tier of tokens that convert nothing: everything but money, Bitcoin and Ether.
const EVERYTHING_ELSE: u8 = 7;

/// A token's tier. Within one, the catalogue's rank decides, then the id.
pub(crate) fn tier(token: &Token) -> u8 {
    match (token.id.as_str(), token.kind) {
        (USD, _) => 0,
        ("tether", _) => 1,
        ("usd-coin", _) => 2,
        ("euro", _) => 3,
        ("bitcoin", _) => 5,
        ("ethereum", _) => 6,
        (_, TokenKind::Fiat | TokenKind::Stablecoin) => 4,
        (_, TokenKind::Crypto) => EVERYTHING_ELSE,
    }
}

/// Where a token stands in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// The position in the strict order of all tokens; 0 is the US dollar.
    pub(crate) index: usize,
    /// The tier.
    pub(crate) tier: u8,
}

impl Place {
    /// The US dollar's.
    pub(crate) const USD: Self = Self { index: 0, tier: 0 };

    /// Whether markets are converted through this token's index.
    pub(crate) const fn is_base(self) -> bool {
        self.tier <= LAST_BASE_TIER
    }

    /// Whether the token is money (a stablecoin or a currency), not Bitcoin or Ether.
    pub(crate) const fn is_money(self) -> bool {
        self.tier <= 4
    }
}

/// The tokens in conversion order with their tiers, each once, the US dollar first whether it is among
/// them or not.
pub(crate) fn order(tokens: &[Token]) -> Vec<(u8, TokenId)> {
    let mut order: Vec<_> = tokens
        .iter()
        .filter(|token| token.id.as_str() != USD)
        .map(|token| (tier(token), token.rank, &token.id))
        .collect();
    order.sort_unstable();
    let mut places: Vec<(u8, TokenId)> =
        TokenId::new(USD).into_iter().map(|usd| (0, usd)).collect();
    for (tier, _, id) in order {
        if places.iter().all(|(_, known)| known != id) {
            places.push((tier, id.clone()));
        }
    }
    places
}

/// Which market prices which token, and through what: the live price's rule, for the past.
#[derive(Debug)]
pub struct Routes {
    ids: Vec<TokenId>,
    places: FxHashMap<TokenId, Place>,
}

/// How a market's past prices become a token's in USD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoricRoute {
    /// The token that the market prices.
    pub token: TokenId,
    /// The token whose index converts; `None` for a market in USD.
    pub through: Option<TokenId>,
    /// Whether the market is priced in the token, so that its prices are turned over.
    pub inverted: bool,
}

impl Routes {
    /// The routes between these tokens.
    #[must_use]
    pub fn new(tokens: &[Token]) -> Self {
        let order = order(tokens);
        let place = |(index, (tier, id)): (usize, &(u8, TokenId))| {
            (id.clone(), Place { index, tier: *tier })
        };
        Self {
            places: order.iter().enumerate().map(place).collect(),
            ids: order.into_iter().map(|(_, id)| id).collect(),
        }
    }

    /// The tokens in conversion order: each is converted through earlier ones only. The US dollar, which
    /// is never priced, comes first.
    #[must_use]
    pub fn order(&self) -> &[TokenId] {
        &self.ids
    }

    /// Whether others are converted through this token.
    #[must_use]
    pub fn is_base(&self, token: &TokenId) -> bool {
        self.places.get(token).is_some_and(|place| place.is_base())
    }

    /// What a market prices; `None` when it leads to no USD price.
    #[must_use]
    pub fn of(&self, listing: &Listing) -> Option<HistoricRoute> {
        let place = |asset: &Asset| self.places.get(asset.token()?).copied();
        let path = path(place(&listing.market.base), place(&listing.market.quote))?;
        let (through, inverted) = match path.route {
            Route::Usd => (None, false),
            Route::Through { leg: 0, inverted } => (None, inverted),
            Route::Through { leg, inverted } => (Some(self.ids.get(leg)?.clone()), inverted),
            Route::None => return None,
        };
        Some(HistoricRoute {
            token: self.ids.get(path.priced)?.clone(),
            through,
            inverted,
        })
    }
}

/// How a market's price becomes one in USD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// It is in USD.
    Usd,
    /// Through the index of another token.
    Through {
        /// That token's position.
        leg: usize,
        /// Whether the market is priced in the token that is sought, so that it is turned over first.
        inverted: bool,
    },
    /// Not at all: the quote asset has no index that converts.
    None,
}

/// What a market contributes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Path {
    /// The token it prices.
    pub(crate) priced: usize,
    /// How.
    pub(crate) route: Route,
}

/// What a market of these two assets prices (`None`: an asset without an index); nothing when neither
/// asset's index could ever use it.
pub(crate) fn path(base: Option<Place>, quote: Option<Place>) -> Option<Path> {
    let base = base?;
    let Some(quote) = quote else {
        return (base != Place::USD).then_some(Path {
            priced: base.index,
            route: Route::None,
        });
    };
    if base.index == quote.index {
        return None;
    }
    let (later, earlier, inverted) = if quote.index < base.index {
        (base, quote, false)
    } else {
        (quote, base, true)
    };
    if !earlier.is_base() {
        return Some(Path {
            priced: base.index,
            route: Route::None,
        });
    }
    let route = if earlier == Place::USD && !inverted {
        Route::Usd
    } else {
        Route::Through {
            leg: earlier.index,
            inverted,
        }
    };
    Some(Path {
        priced: later.index,
        route,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn place(index: usize, tier: u8) -> Option<Place> {
        Some(Place { index, tier })
    }

    const TETHER: Option<Place> = place(1, 1);
    const EURO: Option<Place> = place(3, 3);
    const LIRA: Option<Place> = place(7, 4);
    const BITCOIN: Option<Place> = place(9, 5);
    const SOLANA: Option<Place> = place(11, 7);
    const BNB: Option<Place> = place(12, 7);

    fn through(priced: usize, leg: usize, inverted: bool) -> Option<Path> {
        Some(Path {
            priced,
            route: Route::Through { leg, inverted },
        })
    }

    #[test]
    fn the_later_asset_is_priced_through_the_earlier() {
        let usd = Some(Place::USD);
        assert_eq!(
            path(BITCOIN, usd),
            Some(Path {
                priced: 9,
                route: Route::Usd
            })
        );
        assert_eq!(path(SOLANA, BITCOIN), through(11, 9, false));
        assert_eq!(
            path(BITCOIN, LIRA),
            through(9, 7, false),
            "BTC/TRY prices Bitcoin through the lira"
        );
        assert_eq!(path(EURO, TETHER), through(3, 1, false));
        assert_eq!(
            path(TETHER, EURO),
            through(3, 1, true),
            "USDT/EUR prices the euro, turned over"
        );
        assert_eq!(
            path(usd, LIRA),
            through(7, 0, true),
            "USD/TRY prices the lira, turned over"
        );
    }

    #[test]
    fn what_cannot_be_converted_is_listed_all_the_same() {
        assert_eq!(
            path(SOLANA, BNB),
            Some(Path {
                priced: 11,
                route: Route::None
            })
        );
        assert_eq!(
            path(BNB, SOLANA),
            Some(Path {
                priced: 12,
                route: Route::None
            })
        );
        assert_eq!(
            path(SOLANA, None),
            Some(Path {
                priced: 11,
                route: Route::None
            })
        );
    }

    #[test]
    fn an_asset_without_an_index_is_ignored_as_a_base() {
        assert_eq!(path(None, TETHER), None);
        assert_eq!(path(Some(Place::USD), None), None);
        assert_eq!(path(BITCOIN, BITCOIN), None);
    }

    proptest! {
        /// Every leg leads to an earlier place, so following legs ends at the dollar, whatever the
        /// markets: a circle is impossible.
        #[test]
        fn every_conversion_leads_to_an_earlier_place(a in (0_usize..50, 0_u8..=7), b in (0_usize..50, 0_u8..=7)) {
            let place = |(index, tier): (usize, u8)| if index == 0 { Place::USD } else { Place { index, tier: tier.max(1) } };
            if let Some(Path { priced, route: Route::Through { leg, .. } }) = path(Some(place(a)), Some(place(b))) {
                prop_assert!(leg < priced);
            }
        }
    }
}
