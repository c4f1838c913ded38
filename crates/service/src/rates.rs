//! Rates: what each exchange bids and asks for a pair, in either direction.
//!
//! Everything comes from the board's list of markets, at most a second old. A side of a pair is meant by the
//! catalogue's symbol, by the exchange's own code or by a token's id, in any letter case; each rate says
//! which two assets it is of, so that nothing is taken for something else of the same name.

use parallax::amount::Price;
use parallax::index::{Rule, Status};
use parallax::market::{Asset, Listing};
use parallax::stream::MarketState;
use parallax::time::Timestamp;
use parallax::token::{Symbol, TokenId};
use parallax::venue::VenueId;
use serde::Serialize;

use crate::Service;
use crate::error::{Candidate, ServiceError};
use crate::inverse::inverse;
use crate::markets::middle;

/// How a pair is written.
const PAIR: &str =
    "BASE_QUOTE such as BTC_USDT: two symbols, codes or ids with one underscore between";
/// How a market is written.
const MARKET: &str =
    "an exchange's id, a colon and its name of the market, such as binance:BTCUSDT";
/// The most pairs that are suggested.
const SUGGESTIONS: usize = 10;

/// Which rates to show. One of the two at least.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RatesQuery {
    /// Of this exchange only, by its id in any letter case.
    pub exchange: Option<String>,
    /// Of this pair only, `BASE_QUOTE` in either direction and any letter case.
    pub pair: Option<String>,
}

/// One exchange's rate of one pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Rate {
    /// The exchange.
    pub exchange: VenueId,
    /// The pair in the direction of the rate: units of the second for one of the first.
    pub pair: String,
    /// The first: a token's id, or `exchange:CODE` of what the catalogue does not know.
    pub base: String,
    /// The second, likewise.
    pub quote: String,
    /// The exchange's own name of the market.
    pub market: String,
    /// Whether the exchange trades the pair the other way round, so that bid and ask were turned over.
    pub inverted: bool,
    /// The middle of bid and ask, or the one price that a chain has; null when there is none, and `excluded`
    /// says why.
    pub rate: Option<Price>,
    /// The highest price that someone pays. Of an inverted pair 1 / ask, to 20 significant digits and 28
    /// places, half to even. Null when there is none above zero, and on a chain.
    pub bid: Option<Price>,
    /// The lowest price that someone sells at. Of an inverted pair 1 / bid, rounded likewise.
    pub ask: Option<Price>,
    /// When bid and ask were received, or the time of the block whose price it is; null before the first.
    pub time: Option<Timestamp>,
    /// The same in milliseconds since 1970.
    pub time_ms: Option<i64>,
    /// Milliseconds from then to the answer's `at`.
    pub age_ms: Option<u64>,
    /// `live`; `stale` when older than the exchange's limit or the market was found silent; `no_quorum`
    /// when there is no rate.
    pub status: Status,
    /// Why there is no rate: nothing was received, a side is missing, or bid is above ask.
    pub excluded: Option<Rule>,
}

/// A pair as asked for, in upper case.
struct Asked<'a> {
    base: &'a str,
    quote: &'a str,
}

impl<'a> Asked<'a> {
    fn read(pair: &'a str) -> Option<Self> {
        let (base, quote) = pair.split_once('_')?;
        let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '_' | '/');
        let is_side =
            |side: &str| (1..=64).contains(&side.chars().count()) && side.chars().all(is_plain);
        (is_side(base) && is_side(quote)).then_some(Self { base, quote })
    }
}

/// A market and whether it is asked for the other way round.
type Found<'a> = (&'a MarketState, bool);

impl Service {
    /// The rates asked for, by exchange and pair.
    ///
    /// # Errors
    /// [`ServiceError::BadParameter`] for neither an exchange nor a pair, and for what is no pair;
    /// [`ServiceError::UnknownVenue`]; [`ServiceError::UnknownPair`] when no exchange asked has it;
    /// [`ServiceError::AmbiguousToken`] when a side is another token on another exchange.
    pub fn rates(&self, query: &RatesQuery) -> Result<(Timestamp, Vec<Rate>), ServiceError> {
        let exchange = query.exchange.as_deref().map(|id| self.venue(id));
        let exchange = exchange.transpose()?;
        let pair = query.pair.as_deref().map(str::to_uppercase);
        if exchange.is_none() && pair.is_none() {
            let ids: Vec<_> = self.venues().iter().map(|it| it.id.as_str()).collect();
            let allowed = format!(
                "one of {}, unless pair is given ({PAIR}); both together are possible",
                ids.join(", ")
            );
            return Err(ServiceError::bad("exchange", "", allowed));
        }
        let asked = match pair.as_deref().map(|pair| (pair, Asked::read(pair))) {
            Some((pair, None)) => return Err(ServiceError::bad("pair", pair, PAIR)),
            Some((_, asked)) => asked,
            None => None,
        };
        let (markets, now) = (self.inner.board.markets(), self.at());
        let of_exchange =
            |state: &&MarketState| exchange.is_none_or(|id| state.listing.venue == *id);
        let held = markets.iter().filter(of_exchange);
        let found: Vec<Found<'_>> = match &asked {
            None => held.map(|state| (state, false)).collect(),
            Some(asked) => {
                let found = held
                    .filter_map(|state| self.direction(state, asked))
                    .collect();
                self.of_one_meaning(found, asked, exchange.is_some())?
            }
        };
        if let (true, Some(pair)) = (found.is_empty(), &pair) {
            return Err(self.unknown_pair(pair, exchange, &markets));
        }
        let mut rates: Vec<_> = found
            .into_iter()
            .map(|(state, is_inverted)| self.rate(state, is_inverted, now))
            .collect();
        rates.sort_by(|a, b| {
            (&a.exchange, &a.pair, &a.market).cmp(&(&b.exchange, &b.pair, &b.market))
        });
        Ok((now, rates))
    }

    /// What every exchange bids and asks for a token, by exchange and pair: the markets that trade it for
    /// something else.
    ///
    /// # Errors
    /// Those of [`Service::find`].
    pub fn quotes(&self, token: &str) -> Result<(Timestamp, Vec<Rate>), ServiceError> {
        let token = &self.find(token)?.id;
        let (markets, now) = (self.inner.board.markets(), self.at());
        let of_token = |state: &&MarketState| state.listing.market.base.token() == Some(token);
        let mut rates: Vec<_> = markets
            .iter()
            .filter(of_token)
            .map(|state| self.rate(state, false, now))
            .collect();
        rates.sort_by(|a, b| {
            (&a.exchange, &a.pair, &a.market).cmp(&(&b.exchange, &b.pair, &b.market))
        });
        Ok((now, rates))
    }

    /// One market's rate as its exchange trades it. `market` is the exchange's id, a colon, and the
    /// exchange's own name of the market or its pair (`BASE_QUOTE`), in any letter case.
    ///
    /// # Errors
    /// [`ServiceError::BadParameter`] for what is not written so; [`ServiceError::UnknownVenue`];
    /// [`ServiceError::UnknownPair`] for a market the exchange does not have.
    pub fn market_rate(&self, market: &str) -> Result<(Timestamp, Rate), ServiceError> {
        let Some((exchange, name)) = market.split_once(':') else {
            return Err(ServiceError::bad("market", market, MARKET));
        };
        let (exchange, name) = (self.venue(exchange)?, name.trim());
        let (markets, now) = (self.inner.board.markets(), self.at());
        let is_meant = |state: &&MarketState| {
            let listing = &state.listing;
            listing.venue == *exchange
                && (listing.symbol.eq_ignore_ascii_case(name)
                    || self.pair_name(listing).eq_ignore_ascii_case(name))
        };
        match markets.iter().find(is_meant) {
            Some(state) => Ok((now, self.rate(state, false, now))),
            None => Err(self.unknown_pair(&name.to_uppercase(), Some(exchange), &markets)),
        }
    }

    fn direction<'a>(&self, state: &'a MarketState, asked: &Asked<'_>) -> Option<Found<'a>> {
        let listing = &state.listing;
        let is_base = |name: &str| self.is_called(&listing.market.base, &listing.base_code, name);
        let is_quote =
            |name: &str| self.is_called(&listing.market.quote, &listing.quote_code, name);
        if is_base(asked.base) && is_quote(asked.quote) {
            Some((state, false))
        } else if is_base(asked.quote) && is_quote(asked.base) {
            Some((state, true))
        } else {
            None
        }
    }

    fn is_called(&self, asset: &Asset, code: &Symbol, name: &str) -> bool {
        let is = |text: &str| {
            text.eq_ignore_ascii_case(name) || (!text.is_ascii() && text.to_uppercase() == name)
        };
        is(code.as_str())
            || asset.token().is_some_and(|id| {
                is(id.as_str()) || self.symbol(id).is_some_and(|symbol| is(symbol.as_str()))
            })
    }

    fn symbol(&self, id: &TokenId) -> Option<Symbol> {
        let catalogue = self.catalogue();
        catalogue.get(id.as_str()).map(|token| token.symbol.clone())
    }

    /// Leaves what was meant. A code that is a token on one exchange and unknown on another means the
    /// token; one that is two tokens is a question back. Within one exchange a code means one thing.
    fn of_one_meaning<'a>(
        &self,
        mut found: Vec<Found<'a>>,
        asked: &Asked<'_>,
        is_one_exchange: bool,
    ) -> Result<Vec<Found<'a>>, ServiceError> {
        if is_one_exchange {
            return Ok(found);
        }
        for (is_base, name) in [(true, asked.base), (false, asked.quote)] {
            let side = |&(state, is_inverted): &Found<'a>| -> Option<&'a TokenId> {
                let market = &state.listing.market;
                let asset = if is_base == is_inverted {
                    &market.quote
                } else {
                    &market.base
                };
                asset.token()
            };
            let mut tokens: Vec<_> = found.iter().filter_map(side).collect();
            tokens.sort_unstable();
            tokens.dedup();
            match tokens.len() {
                0 => {}
                1 => found.retain(|it| side(it).is_some()),
                _ => {
                    let catalogue = self.catalogue();
                    let tokens = tokens.iter().filter_map(|id| catalogue.get(id.as_str()));
                    return Err(ServiceError::AmbiguousToken {
                        asked: name.to_owned(),
                        candidates: tokens.map(Candidate::from).collect(),
                    });
                }
            }
        }
        Ok(found)
    }

    fn unknown_pair(
        &self,
        pair: &str,
        exchange: Option<&VenueId>,
        markets: &[MarketState],
    ) -> ServiceError {
        let (base, quote) = pair.split_once('_').unwrap_or((pair, ""));
        let mut candidates: Vec<_> = markets
            .iter()
            .filter(|state| exchange.is_none_or(|id| state.listing.venue == *id))
            .map(|state| self.pair_name(&state.listing))
            .filter(|held| {
                let (held_base, held_quote) = held.split_once('_').unwrap_or_default();
                let sides = [held_base.to_uppercase(), held_quote.to_uppercase()];
                sides[0] == base || (sides[0] == quote && sides[1] != base)
            })
            .collect();
        candidates.sort_unstable();
        candidates.dedup();
        candidates.truncate(SUGGESTIONS);
        ServiceError::UnknownPair {
            pair: crate::error::cut(pair),
            exchange: exchange.cloned(),
            candidates,
        }
    }

    /// The pair of a market as rates have it: the catalogue's symbols, and the exchange's codes of what
    /// the catalogue does not know.
    pub(crate) fn pair_name(&self, listing: &Listing) -> String {
        let (base, quote) = self.names(listing);
        format!("{base}_{quote}")
    }

    fn names(&self, listing: &Listing) -> (Symbol, Symbol) {
        let name = |asset: &Asset, code: &Symbol| {
            let symbol = asset.token().and_then(|id| self.symbol(id));
            symbol.unwrap_or_else(|| code.clone())
        };
        (
            name(&listing.market.base, &listing.base_code),
            name(&listing.market.quote, &listing.quote_code),
        )
    }

    fn rate(&self, state: &MarketState, is_inverted: bool, now: Timestamp) -> Rate {
        let (listing, worth) = (&state.listing, self.worth(state, now));
        let side = |price: Price| Some(price).filter(|price| price.is_positive());
        let bid = state.quote.and_then(|quote| side(quote.bid));
        let ask = state.quote.and_then(|quote| side(quote.ask));
        let (bid, ask) = if is_inverted {
            (ask.and_then(inverse), bid.and_then(inverse))
        } else {
            (bid, ask)
        };
        let rate = match (bid, ask) {
            _ if worth.without.is_some() => None,
            (Some(bid), Some(ask)) => middle(bid, ask),
            _ if is_inverted => state.spot.and_then(inverse),
            _ => state.spot,
        };
        let is_lost = rate.is_none() && worth.without.is_none();
        let (market, names) = (&listing.market, self.names(listing));
        let ((base, quote), (first, second)) = if is_inverted {
            ((&market.quote, &market.base), (names.1, names.0))
        } else {
            ((&market.base, &market.quote), names)
        };
        Rate {
            exchange: listing.venue.clone(),
            pair: format!("{first}_{second}"),
            base: base.to_string(),
            quote: quote.to_string(),
            market: listing.symbol.to_string(),
            inverted: is_inverted,
            rate,
            bid,
            ask,
            time: state.priced_at(),
            time_ms: state.priced_at().map(Timestamp::unix_ms),
            age_ms: worth.age_ms,
            status: if is_lost {
                Status::NoQuorum
            } else {
                worth.status
            },
            excluded: worth.without.or(is_lost.then_some(Rule::Unrepresentable)),
        }
    }
}
