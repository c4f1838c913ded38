//! What the engine keeps of one token, and how its status follows from what was computed and from time.

use std::sync::Arc;
use std::time::Duration;

use parallax::Decimal;
use parallax::amount::Price;
use parallax::index::{Constituent, IndexPrice, Status};
use parallax::time::{Moment, Monotonic, Timestamp};
use parallax::token::TokenId;

use crate::breaker::{Breaker, JumpLimits};
use crate::computation::Found;
use crate::conversion::Place;
use crate::market::MarketState;
use crate::policy::Limits;
use crate::rules::Rate;

/// The last price that was believed.
#[derive(Debug, Clone, Copy)]
struct Last {
    price: Decimal,
    confidence: Option<Decimal>,
    as_of: Timestamp,
    /// `None` for a price of an earlier run of the program: another monotonic clock.
    confirmed: Option<Monotonic>,
}

impl Last {
    fn age(&self, now: Moment) -> Duration {
        match self.confirmed {
            Some(confirmed) => now.monotonic.since(confirmed),
            None => now.utc.since(self.as_of),
        }
    }
}

/// What a token's readers are to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) status: Status,
    pub(crate) price: Option<Price>,
    pub(crate) confidence: Option<Price>,
    pub(crate) sources: u32,
    pub(crate) as_of: Option<Timestamp>,
}

/// One token.
#[derive(Debug)]
pub(crate) struct TokenState {
    pub(crate) id: TokenId,
    pub(crate) place: Place,
    /// In the order of venue and market name, so that the order of their arrival leaves no trace.
    pub(crate) markets: Vec<MarketState>,
    /// Distinct venues among them.
    pub(crate) venues: usize,
    /// Positions of the tokens with a market that is converted through this one.
    pub(crate) dependants: Vec<usize>,
    last: Option<Last>,
    breaker: Breaker,
    /// The explanation that came with a restored price, until a market is listed.
    pub(crate) restored: Vec<Constituent>,
    /// What was published last, and when.
    pub(crate) told: Option<(Standing, Moment)>,
    pub(crate) published: Option<Arc<IndexPrice>>,
}

impl TokenState {
    pub(crate) fn new(id: TokenId, place: Place) -> Self {
        Self {
            id,
            place,
            markets: Vec::new(),
            venues: 0,
            dependants: Vec::new(),
            last: None,
            breaker: Breaker::default(),
            restored: Vec::new(),
            told: None,
            published: None,
        }
    }

    /// Sorts the markets and numbers their venues, after one was added or removed.
    pub(crate) fn arrange(&mut self) {
        self.markets.sort_by(|a, b| {
            (&a.listing.venue, &a.listing.symbol, a.key).cmp(&(
                &b.listing.venue,
                &b.listing.symbol,
                b.key,
            ))
        });
        self.venues = 0;
        let mut previous = None;
        for market in &mut self.markets {
            if previous.is_some_and(|venue| venue != &market.listing.venue) {
                self.venues += 1;
            }
            market.venue = self.venues;
            previous = Some(&market.listing.venue);
        }
        self.venues += usize::from(previous.is_some());
    }

    /// Whether time alone can change anything.
    pub(crate) fn is_watched(&self) -> bool {
        !self.markets.is_empty() || self.last.is_some()
    }

    /// Takes a price of an earlier run, unless there is one already.
    pub(crate) fn restore(&mut self, mut price: IndexPrice) -> bool {
        let (Some(value), Some(as_of), None) = (price.price, price.as_of, self.last) else {
            return false;
        };
        self.last = Some(Last {
            price: value.get(),
            confidence: price.confidence.map(Price::get),
            as_of,
            confirmed: None,
        });
        price.status = Status::Stale;
        self.restored.clone_from(&price.constituents);
        self.published = Some(Arc::new(price));
        true
    }

    /// Forgets who was an outlier and what was believed once the last price is no longer a measure.
    pub(crate) fn forget_if_lost(&mut self, now: Moment, limits: &Limits) {
        let is_lost = self
            .last
            .is_none_or(|last| last.confirmed.is_none() || last.age(now) > limits.aging_limit);
        if is_lost {
            self.breaker.reset();
            for market in &mut self.markets {
                market.is_outlier = false;
            }
        }
    }

    /// What follows from a computation, or from its having found nothing.
    pub(crate) fn stand(&mut self, found: Option<Found>, now: Moment, limits: &Limits) -> Standing {
        let Some(found) = found else {
            return self.stand_still(0, now, limits);
        };
        if self.place.is_base()
            && !self
                .breaker
                .admits(found.price, now.monotonic, self.jump(limits))
        {
            return self.stand_still(found.sources, now, limits);
        }
        self.last = Some(Last {
            price: found.price,
            confidence: Some(found.confidence),
            as_of: found.as_of.utc,
            confirmed: Some(found.as_of.monotonic),
        });
        let is_live = found.quoting >= limits.min_sources && !found.is_disputed;
        Standing {
            status: if is_live { Status::Live } else { Status::Thin },
            price: Some(Price::new(found.price)),
            confidence: Some(Price::new(found.confidence)),
            sources: found.sources,
            as_of: Some(found.as_of.utc),
        }
    }

    /// The last price, at its age.
    fn stand_still(&self, sources: u32, now: Moment, limits: &Limits) -> Standing {
        let status = match self.last {
            None => Status::NoQuorum,
            Some(last) => match last.age(now) {
                age if age > limits.stale_limit => Status::NoQuorum,
                age if age > limits.aging_limit || last.confirmed.is_none() => Status::Stale,
                _ => Status::Aging,
            },
        };
        let shown = self.last.filter(|_| status != Status::NoQuorum);
        Standing {
            status,
            price: shown.map(|last| Price::new(last.price)),
            confidence: shown.and_then(|last| last.confidence).map(Price::new),
            sources,
            as_of: self.last.map(|last| last.as_of),
        }
    }

    /// The rate that dependants may use, if this token converts others.
    pub(crate) fn rate(&self, status: Status, now: Moment, limits: &Limits) -> Option<Rate> {
        let last = self.last.filter(|_| self.place.is_base())?;
        let is_usable = match status {
            Status::Live | Status::Thin => true,
            Status::Aging => last.age(now) <= limits.max_rate_age,
            // Nothing is computed to be set by hand.
            Status::Manual | Status::Stale | Status::NoQuorum => false,
        };
        is_usable.then_some(Rate {
            price: last.price,
            as_of: last.as_of,
        })
    }

    fn jump(&self, limits: &Limits) -> JumpLimits {
        JumpLimits {
            limit: if self.place.is_money() {
                limits.jump_limit_money
            } else {
                limits.jump_limit_crypto
            },
            interval: limits.jump_interval,
            hold: limits.jump_hold,
        }
    }

    /// Whether readers would see anything new: another number, status, quote or exclusion; or, once
    /// `confirm_every` has passed, that the same is still confirmed.
    pub(crate) fn is_news(&self, standing: &Standing, now: Moment, limits: &Limits) -> bool {
        let Some((told, at)) = &self.told else {
            return true;
        };
        let unconfirmed = Standing {
            as_of: told.as_of,
            ..*standing
        };
        unconfirmed != *told
            || self
                .markets
                .iter()
                .any(|market| market.visible() != market.shown)
            || (standing.as_of != told.as_of && now.since(*at) >= limits.confirm_every)
    }

    /// Remembers what readers were told.
    pub(crate) fn note_published(
        &mut self,
        standing: Standing,
        price: Arc<IndexPrice>,
        now: Moment,
    ) {
        self.told = Some((standing, now));
        self.published = Some(price);
        for market in &mut self.markets {
            market.shown = market.visible();
        }
    }
}
