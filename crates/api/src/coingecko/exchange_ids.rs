//! CoinGecko's ids of the exchanges that are called otherwise there, so that what a program has stored
//! keeps its meaning. Both are understood; CoinGecko's is answered.

use parallax::venue::{Venue, VenueId};
use parallax_service::Service;

/// Our id, CoinGecko's id.
const ALIASES: [(&str, &str); 5] = [
    ("bybit", "bybit_spot"),
    ("coinbase", "gdax"),
    ("htx", "huobi"),
    ("okx", "okex"),
    ("thegraph", "uniswap_v3"),
];

/// CoinGecko's id of a venue.
pub(crate) fn of(venue: &VenueId) -> &str {
    let alias = ALIASES.iter().find(|(own, _)| *own == venue.as_str());
    alias.map_or(venue.as_str(), |(_, theirs)| theirs)
}

/// The configured venue that an id of CoinGecko's or ours names.
pub(crate) fn find<'a>(service: &'a Service, id: &str) -> Option<&'a Venue> {
    let alias = ALIASES.iter().find(|(_, theirs)| *theirs == id);
    service.venue_with_id(alias.map_or(id, |(own, _)| own))
}
