//! Coins and markets for programs that read whole tables: what is published, without copies.
//!
//! A coin is a token of the catalogue that is not government money ([`Catalogue::coins`]). `crates/api` writes CoinGecko's and
//! TradingView's answers from here; the page's table is in `table.rs`.

use std::sync::Arc;

use parallax::catalogue::Catalogue;
use parallax::stream::MarketState;
use parallax::token::{Token, TokenId};
use parallax::venue::Venue;
use parallax_board::{PublishedPrice, Trend};

use crate::Service;

impl Service {
    /// The published price of the token with exactly this id.
    #[must_use]
    pub fn published(&self, id: &str) -> Option<Arc<PublishedPrice>> {
        self.inner.board.price(id)
    }

    /// Every coin that is published, with or without a number, in rank order.
    #[must_use]
    pub fn published_coins<'a>(
        &self,
        catalogue: &'a Catalogue,
    ) -> Vec<(&'a Token, Arc<PublishedPrice>)> {
        let coins = catalogue.coins();
        coins
            .filter_map(|token| Some((token, self.published(token.id.as_str())?)))
            .collect()
    }

    /// Every watched market's last state, in no order, at most a second old.
    #[must_use]
    pub fn market_states(&self) -> Arc<Vec<MarketState>> {
        self.inner.board.markets()
    }

    /// The configured exchange with exactly this id.
    #[must_use]
    pub fn venue_with_id(&self, id: &str) -> Option<&Venue> {
        self.venues().iter().find(|venue| venue.id.as_str() == id)
    }

    /// The closes of a token's last seven days, one every four hours; `None` when nothing is known.
    #[must_use]
    pub fn week(&self, token: &TokenId) -> Option<Trend> {
        self.inner.board.trend(token)
    }
}
