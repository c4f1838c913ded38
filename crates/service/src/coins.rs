//! Coins and markets for programs that read whole tables: what is published, without copies.
//!
//! A coin is a token of the catalogue that is not government money. `crates/api` writes CoinGecko's and
//! TradingView's answers from here; the page's table is in `table.rs`.

use std::sync::Arc;

use parallax::stream::MarketState;
use parallax::token::{Contract, Token, TokenId, TokenKind};
use parallax::venue::Venue;
use parallax_board::{PublishedPrice, Trend};

use crate::Service;

impl Service {
    /// All coins of the catalogue, in rank order.
    pub fn coins(&self) -> impl Iterator<Item = &Token> {
        self.tokens().iter().filter(|token| is_coin(token))
    }

    /// All tokens of the catalogue, in rank order, government money last.
    #[must_use]
    pub fn all_tokens(&self) -> &[Token] {
        self.tokens()
    }

    /// The coin with exactly this id.
    #[must_use]
    pub fn coin(&self, id: &str) -> Option<&Token> {
        self.catalogue().get(id).filter(|token| is_coin(token))
    }

    /// The coin with this contract on a chain. Letter case counts, except in hexadecimal addresses.
    #[must_use]
    pub fn coin_at(&self, chain: &str, address: &str) -> Option<(&Token, &Contract)> {
        let is_it = |contract: &&Contract| {
            let is_hexadecimal = contract.address.starts_with("0x");
            contract.chain == chain
                && (contract.address == address
                    || (is_hexadecimal && contract.address.eq_ignore_ascii_case(address)))
        };
        self.coins()
            .find_map(|token| Some((token, token.contracts.iter().find(is_it)?)))
    }

    /// The published price of the token with exactly this id.
    #[must_use]
    pub fn published(&self, id: &str) -> Option<Arc<PublishedPrice>> {
        self.inner.board.price(id)
    }

    /// Every coin that is published, with or without a number, in rank order.
    #[must_use]
    pub fn published_coins(&self) -> Vec<(&Token, Arc<PublishedPrice>)> {
        let coins = self.coins();
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

fn is_coin(token: &Token) -> bool {
    token.kind != TokenKind::Fiat
}
