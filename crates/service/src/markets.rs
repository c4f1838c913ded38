//! The raw state of every watched market, filtered, and what each market's price is worth now.
//!
//! Read from the board's list of markets, which is at most a second old; nothing of it is copied before
//! it is known to be wanted.

use std::sync::Arc;

use parallax::amount::Price;
use parallax::index::{Rule, Status};
use parallax::stream::MarketState;
use parallax::time::Timestamp;
use parallax::token::TokenId;
use parallax::venue::VenueId;
use serde::Serialize;

use crate::Service;
use crate::error::{ServiceError, cut};

/// A quote's age limit where its exchange's own is not known.
const MAX_QUOTE_AGE_MS: u64 = 60_000;

/// Which markets to show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MarketsQuery {
    /// Of this exchange only, by its id in any letter case.
    pub exchange: Option<String>,
    /// With this token on either side: an id, a contract, a symbol or a name.
    pub token: Option<String>,
    /// Priced in this: a token as above, or an exchange's code.
    pub quote: Option<String>,
}

/// A market and how far its last quote can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PricedMarket {
    /// What is known.
    #[serde(flatten)]
    pub market: MarketState,
    /// `live`; `stale` when the quote is older than the exchange's limit or the market was found silent;
    /// `no_quorum` when bid and ask give no price, or a chain's price is not above zero.
    pub status: Status,
    /// Milliseconds since the last quote was received, or since the block of `spot`; null before the first.
    pub age_ms: Option<u64>,
}

/// What a quote is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Worth {
    pub(crate) status: Status,
    pub(crate) age_ms: Option<u64>,
    /// Why there is no price.
    pub(crate) without: Option<Rule>,
}

/// Why a market gives no price; `None` when it does.
fn fault(market: &MarketState) -> Option<Rule> {
    let Some(quote) = &market.quote else {
        return match market.spot {
            Some(spot) => (!spot.is_positive()).then_some(Rule::NotPositive),
            None => Some(Rule::NoQuote),
        };
    };
    if !quote.bid.is_positive() || !quote.ask.is_positive() {
        return Some(Rule::NotPositive);
    }
    (quote.bid > quote.ask).then_some(Rule::Crossed)
}

/// The middle of bid and ask, exactly.
pub(crate) fn middle(bid: Price, ask: Price) -> Option<Price> {
    let half = parallax::Decimal::new(5, 1);
    let half_spread = ask.get().checked_sub(bid.get())?.checked_mul(half)?;
    Some(Price::new(bid.get().checked_add(half_spread)?.normalize()))
}

impl Service {
    pub(crate) fn worth(&self, market: &MarketState, now: Timestamp) -> Worth {
        let age = market.priced_at().map(|at| now.since(at));
        let age_ms = age.map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX));
        let without = fault(market);
        let profile = self.facts().profiles.get(&market.listing.venue);
        let limit = profile.map_or(MAX_QUOTE_AGE_MS, |profile| profile.max_quote_age_ms);
        let status = if without.is_some() {
            Status::NoQuorum
        } else if market.stalled || age_ms.is_none_or(|age_ms| age_ms > limit) {
            Status::Stale
        } else {
            Status::Live
        };
        Worth {
            status,
            age_ms,
            without,
        }
    }

    /// The configured exchange with this id, in any letter case.
    ///
    /// # Errors
    /// [`ServiceError::UnknownVenue`], with those that are.
    pub fn venue(&self, asked: &str) -> Result<&VenueId, ServiceError> {
        let asked = asked.trim();
        let is_meant = |id: &str| id.eq_ignore_ascii_case(asked);
        let found = self.venues().iter().find(|it| is_meant(it.id.as_str()));
        found.map(|venue| &venue.id).ok_or_else(|| {
            let known = self.venues().iter().map(|venue| venue.id.to_string());
            ServiceError::UnknownVenue {
                id: cut(asked),
                known: known.collect(),
            }
        })
    }

    /// The markets asked for, by exchange and the exchange's own name of the market.
    ///
    /// # Errors
    /// [`ServiceError::UnknownVenue`]; those of [`Service::find`] for the token, and for the quote where
    /// no exchange has such a code either.
    pub fn markets_where(&self, query: &MarketsQuery) -> Result<Vec<PricedMarket>, ServiceError> {
        let exchange = query.exchange.as_deref().map(|it| self.venue(it));
        let exchange = exchange.transpose()?;
        let token = query.token.as_deref().map(|it| self.find(it));
        let token = token.transpose()?.map(|token| token.id);
        let markets = self.inner.board.markets();
        let quote = query.quote.as_deref().map(|it| self.quote(it, &markets));
        let quote = quote.transpose()?;
        let now = self.at();
        let is_wanted = |state: &&MarketState| {
            let (listing, market) = (&state.listing, &state.listing.market);
            let is_side =
                |id: &TokenId| market.base.token() == Some(id) || market.quote.token() == Some(id);
            exchange.is_none_or(|id| listing.venue == *id)
                && token.as_ref().is_none_or(is_side)
                && quote.as_ref().is_none_or(|quote| match quote {
                    QuoteAsset::Token(id) => market.quote.token() == Some(id),
                    QuoteAsset::Code(code) => {
                        listing.quote_code.as_str().eq_ignore_ascii_case(code)
                    }
                })
        };
        let mut found: Vec<&MarketState> = markets.iter().filter(is_wanted).collect();
        found.sort_by_key(|state| (&state.listing.venue, &state.listing.symbol));
        let priced = found.into_iter().map(|market| {
            let worth = self.worth(market, now);
            PricedMarket {
                market: market.clone(),
                status: worth.status,
                age_ms: worth.age_ms,
            }
        });
        Ok(priced.collect())
    }

    /// A token, or the code of an exchange for what the catalogue does not know.
    fn quote<'a>(
        &self,
        asked: &'a str,
        markets: &Arc<Vec<MarketState>>,
    ) -> Result<QuoteAsset<'a>, ServiceError> {
        match self.find(asked) {
            Ok(token) => Ok(QuoteAsset::Token(token.id)),
            Err(unknown @ ServiceError::UnknownToken { .. }) => {
                let code = asked.trim();
                let is_code = |state: &MarketState| {
                    state.listing.quote_code.as_str().eq_ignore_ascii_case(code)
                };
                if markets.iter().any(is_code) {
                    Ok(QuoteAsset::Code(code))
                } else {
                    Err(unknown)
                }
            }
            Err(other) => Err(other),
        }
    }
}

/// What markets are priced in.
enum QuoteAsset<'a> {
    Token(TokenId),
    Code(&'a str),
}
