//! Markets on a house's board.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use parallax::amount::Price;
use parallax::catalogue::{Catalogue, EMBEDDED};
use parallax::event::Quote;
use parallax::market::{Listing, Market};
use parallax::stream::MarketState;
use parallax::time::Timestamp;
use parallax::venue::VenueId;

/// What an exchange said about a market, five seconds before the clock of [`super::house`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum Told {
    Nothing,
    Quote(&'static str, &'static str),
    /// The price of a chain, of a block 60 s before that clock.
    Spot(&'static str),
    /// The same, and the market was found silent since.
    Stalled(&'static str, &'static str),
}

/// A market as the shipped catalogue reads the codes.
pub(crate) fn market(
    venue: &str,
    symbol: &str,
    [base, quote]: [&str; 2],
    told: Told,
) -> MarketState {
    let catalogue: Catalogue = toml::from_str(EMBEDDED).unwrap();
    let venue: VenueId = venue.parse().unwrap();
    let asset = |code: &str| catalogue.resolve(&venue, &code.parse().unwrap());
    let market = Market {
        base: asset(base),
        quote: asset(quote),
    };
    let prices = match told {
        Told::Nothing | Told::Spot(_) => None,
        Told::Quote(bid, ask) | Told::Stalled(bid, ask) => Some(Quote {
            bid: bid.parse().unwrap(),
            ask: ask.parse().unwrap(),
            bid_size: None,
            ask_size: None,
        }),
    };
    let spot: Option<Price> = match told {
        Told::Spot(price) => Some(price.parse().unwrap()),
        _ => None,
    };
    let listing = Arc::new(Listing {
        venue,
        symbol: symbol.into(),
        base_code: base.parse().unwrap(),
        quote_code: quote.parse().unwrap(),
        market,
    });
    MarketState {
        quote: prices,
        quote_at: prices.map(|_| Timestamp::from_unix_s(1_699_999_995).unwrap()),
        spot,
        observed_at: spot.map(|_| Timestamp::from_unix_s(1_699_999_940).unwrap()),
        stalled: matches!(told, Told::Stalled(..)),
        ..MarketState::new(listing)
    }
}
