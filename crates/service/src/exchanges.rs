//! The configured exchanges: what each delivers, how its connections do, and which pairs are watched there.

use parallax::connection::ConnectionState;
use parallax::stream::MarketState;
use parallax::time::Timestamp;
use parallax::venue::{Venue, VenueId, VenueProfile};
use serde::Serialize;

use crate::Service;
use crate::error::ServiceError;

/// How an exchange does, over all its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExchangeState {
    /// All its connections deliver.
    Live,
    /// Some of its connections deliver.
    Degraded,
    /// None of its connections delivers.
    Down,
}

/// One exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Exchange {
    /// Who it is.
    #[serde(flatten)]
    pub venue: Venue,
    /// How it does.
    pub state: ExchangeState,
    /// Its connections.
    pub connections: u32,
    /// Those of them that deliver.
    pub connections_live: u32,
    /// When market data last came; null before the first.
    pub last_data_at: Option<Timestamp>,
    /// Markets that are watched there.
    pub markets: u32,
    /// What it delivers; null where that is not known.
    pub capabilities: Option<VenueProfile>,
}

/// A pair that is watched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
pub struct Pair {
    /// The pair as `/api/v1/rates` takes it: `BTC_USDT`.
    pub pair: String,
    /// The exchange's own name of the market.
    pub market: String,
    /// What is traded: a token's id, or `exchange:CODE` of what the catalogue does not know.
    pub base: String,
    /// What it is priced in, likewise.
    pub quote: String,
}

impl Service {
    /// All configured exchanges, by id.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        let markets = self.inner.board.markets();
        let mut all: Vec<_> = self
            .venues()
            .iter()
            .map(|venue| self.exchange_of(venue, &markets))
            .collect();
        all.sort_by(|a, b| a.venue.id.cmp(&b.venue.id));
        all
    }

    /// One exchange and its pairs, by pair.
    ///
    /// # Errors
    /// [`ServiceError::UnknownVenue`].
    pub fn exchange(&self, asked: &str) -> Result<(Exchange, Vec<Pair>), ServiceError> {
        let id = self.venue(asked)?;
        let markets = self.inner.board.markets();
        let venue = self.venues().iter().find(|venue| venue.id == *id);
        let Some(venue) = venue else {
            return Err(self.no_venue(id));
        };
        let held = markets.iter().filter(|state| state.listing.venue == *id);
        let mut pairs: Vec<_> = held.map(|state| self.pair_of(state)).collect();
        pairs.sort_unstable();
        Ok((self.exchange_of(venue, &markets), pairs))
    }

    fn no_venue(&self, id: &VenueId) -> ServiceError {
        ServiceError::UnknownVenue {
            id: id.to_string(),
            known: self.venues().iter().map(|it| it.id.to_string()).collect(),
        }
    }

    fn exchange_of(&self, venue: &Venue, markets: &[MarketState]) -> Exchange {
        let connections = self.inner.board.connections();
        let own = || connections.iter().filter(|it| it.venue == venue.id);
        let live = own().filter(|it| it.state == ConnectionState::Live);
        let (total, live) = (count(own()), count(live));
        let held = markets.iter().filter(|it| it.listing.venue == venue.id);
        Exchange {
            venue: venue.clone(),
            state: match live {
                0 => ExchangeState::Down,
                _ if live == total => ExchangeState::Live,
                _ => ExchangeState::Degraded,
            },
            connections: total,
            connections_live: live,
            last_data_at: own().filter_map(|it| it.last_data_at).max(),
            markets: count(held),
            capabilities: self.facts().profiles.get(&venue.id).cloned(),
        }
    }

    fn pair_of(&self, state: &MarketState) -> Pair {
        let market = &state.listing.market;
        Pair {
            pair: self.pair_name(&state.listing),
            market: state.listing.symbol.to_string(),
            base: market.base.to_string(),
            quote: market.quote.to_string(),
        }
    }
}

fn count<T>(of: impl Iterator<Item = T>) -> u32 {
    u32::try_from(of.count()).unwrap_or(u32::MAX)
}
