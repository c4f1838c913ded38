//! The currencies in which prices can be shown: US dollars, government money, and a few coins.
//!
//! A currency is a token like any other, its rate that token's published price. Nothing is assumed: without
//! a published price there is no rate, and then no amount in that currency.

use parallax::catalogue::Catalogue;
use parallax::currency::Currency;
use parallax::index::Status;
use parallax::table::currency_code;
use parallax::token::{Token, TokenKind};

use crate::Service;
use crate::error::ServiceError;

/// Coins that people count in, by id, in the order of the list.
const COINS: [&str; 5] = ["bitcoin", "ethereum", "binancecoin", "solana", "ripple"];

impl Service {
    /// US dollars; then government money that has a price now, by rank; then the coins that have one.
    #[must_use]
    pub fn currencies(&self) -> Vec<Currency> {
        let catalogue = self.catalogue();
        let priced = priced_in(&catalogue).map(|token| self.as_currency(token));
        std::iter::once(Currency::usd())
            .chain(priced.filter(|currency| currency.rate.is_some()))
            .collect()
    }

    /// The currency with this code, in any letter case; US dollars for none. One that is known and has no
    /// price now comes without a rate.
    ///
    /// # Errors
    /// [`ServiceError::BadParameter`] for a code that is none, with those that are.
    pub fn currency(&self, code: Option<&str>) -> Result<Currency, ServiceError> {
        let asked = code.map(str::trim).filter(|code| !code.is_empty());
        let Some(asked) = asked.filter(|code| !code.eq_ignore_ascii_case("usd")) else {
            return Ok(Currency::usd());
        };
        let catalogue = self.catalogue();
        let found =
            priced_in(&catalogue).find(|token| token.symbol.as_str().eq_ignore_ascii_case(asked));
        found.map(|token| self.as_currency(token)).ok_or_else(|| {
            let codes: Vec<_> = priced_in(&catalogue)
                .map(|token| token.symbol.as_str())
                .collect();
            ServiceError::bad(
                "currency",
                asked,
                format!("one of USD, {}", codes.join(", ")),
            )
        })
    }

    fn as_currency(&self, token: &Token) -> Currency {
        let published = self.inner.board.price(token.id.as_str());
        let summary = published.as_ref().map(|published| &published.summary);
        Currency {
            code: token.symbol.to_string(),
            name: token.name.clone(),
            token: Some(token.id.clone()),
            rate: summary.and_then(|summary| summary.price),
            status: summary.map_or(Status::NoQuorum, |summary| summary.status),
            as_of: summary.and_then(|summary| summary.as_of),
        }
    }
}

/// The tokens that are currencies besides US dollars.
fn priced_in(catalogue: &Catalogue) -> impl Iterator<Item = &Token> {
    let is_money = |token: &&Token| {
        token.kind == TokenKind::Fiat && currency_code(token.symbol.as_str()).is_some()
    };
    let coins = COINS.iter().filter_map(|id| catalogue.get(id));
    catalogue.tokens().iter().filter(is_money).chain(coins)
}
