//! Asking venues: what was answered already, who failed, and what came in USD.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError};

use futures::future::join_all;
use parallax::candle::{Bar, Candle, Interval, Series};
use parallax::market::Listing;
use parallax::time::Timestamp;
use parallax::token::TokenId;
use parallax::venue::VenueId;
use parallax_ingest::HistoryError;
use parallax_pricing::candles::convert;
use parallax_store::StoreError;

use super::holes::{Bars, Span};
use super::repairer::{Candidate, Repairer, take_over};

/// What was asked of one market.
#[derive(Debug, Clone, Copy)]
struct Asked {
    span: Span,
    at: Timestamp,
}

#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Spans that a market has answered for: what it left out then does not exist.
    asked: HashMap<(VenueId, Arc<str>, Interval), Asked>,
    /// Venues that failed in this round.
    pub(super) failed: HashSet<VenueId>,
    /// Bars of what converts others.
    pub(super) rates: HashMap<(TokenId, Interval), Rates>,
}

#[derive(Debug, Default)]
pub(super) struct Rates {
    bars: Bars,
    /// What was read from the store.
    loaded: Option<Span>,
}

/// What venues said: bars in USD, and what went wrong first.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) bars: Vec<(VenueId, Bar)>,
    pub(super) error: Option<String>,
}

impl Repairer {
    /// Asks the markets for their candles, all at once, and converts them to USD.
    pub(super) async fn ask(
        &self,
        markets: &[Candidate],
        interval: Interval,
        wanted: Span,
    ) -> Result<Answer, StoreError> {
        let each = markets
            .iter()
            .map(|market| self.ask_one(market, interval, wanted));
        let mut all = Answer::default();
        for answer in join_all(each).await {
            let answer = answer?;
            all.bars.extend(answer.bars);
            all.error = all.error.or(answer.error);
        }
        Ok(all)
    }

    async fn ask_one(
        &self,
        (listing, route): &Candidate,
        interval: Interval,
        wanted: Span,
    ) -> Result<Answer, StoreError> {
        let mut answer = Answer::default();
        if !self.may_ask(listing, interval, wanted) {
            return Ok(answer);
        }
        let asked = self
            .history
            .candles(listing, interval, wanted.from, wanted.until)
            .await;
        let candles = match asked {
            Ok(candles) => candles,
            Err(error) => {
                answer.error = Some(format!("{} {}: {error}", listing.venue, listing.pair()));
                self.note_failure(listing, interval, wanted, &error);
                return Ok(answer);
            }
        };
        let rates = match &route.through {
            Some(through) => Some(self.rates(through, interval, wanted).await?),
            None => None,
        };
        let mut has_all_rates = true;
        for candle in &candles {
            let rate = match &rates {
                Some(rates) => {
                    let rate = rates.get(&candle.open_time);
                    has_all_rates &= rate.is_some();
                    let Some(rate) = rate else { continue };
                    Some(rate)
                }
                None => None,
            };
            let bar = convert(candle, rate, route.inverted, interval);
            answer
                .bars
                .extend(bar.map(|bar| (listing.venue.clone(), bar)));
        }
        // What could not be converted is asked for again, when the rate may be known.
        if has_all_rates {
            self.note_asked(listing, interval, wanted);
        }
        Ok(answer)
    }

    /// Whether the market has not answered for all of `wanted` yet, and its venue is well.
    fn may_ask(&self, listing: &Listing, interval: Interval, wanted: Span) -> bool {
        let bills = self.history.budget(&listing.venue).is_some();
        let now = self.clock.now().utc;
        self.with(|memory| {
            let key = (listing.venue.clone(), Arc::clone(&listing.symbol), interval);
            let is_answered = memory.asked.get(&key).is_some_and(|asked| {
                wanted.is_within(asked.span) || (bills && now.since(asked.at) < self.billed_again)
            });
            !is_answered && !memory.failed.contains(&listing.venue)
        })
    }

    fn note_asked(&self, listing: &Listing, interval: Interval, wanted: Span) {
        let at = self.clock.now().utc;
        self.with(|memory| {
            let key = (listing.venue.clone(), Arc::clone(&listing.symbol), interval);
            let span = memory
                .asked
                .get(&key)
                .and_then(|asked| asked.span.joined(wanted))
                .unwrap_or(wanted);
            memory.asked.insert(key, Asked { span, at });
        });
    }

    /// A venue that fails is left alone for the rest of the round; a market it will never have candles of
    /// is not asked about again.
    fn note_failure(
        &self,
        listing: &Listing,
        interval: Interval,
        wanted: Span,
        error: &HistoryError,
    ) {
        tracing::warn!(
            venue.id = %listing.venue,
            market.symbol = %listing.symbol,
            error = %error,
            "history could not be had"
        );
        if error.is_retryable() {
            self.with(|memory| memory.failed.insert(listing.venue.clone()));
        } else {
            self.note_asked(listing, interval, wanted);
        }
    }

    /// The index bars of what converts others.
    async fn rates(
        &self,
        token: &TokenId,
        interval: Interval,
        wanted: Span,
    ) -> Result<Bars, StoreError> {
        let key = (token.clone(), interval);
        let known = self.with(|memory| {
            let rates = memory.rates.get(&key)?;
            let is_loaded = rates.loaded.is_some_and(|loaded| wanted.is_within(loaded));
            is_loaded.then(|| rates.bars.clone())
        });
        if let Some(known) = known {
            return Ok(known);
        }
        let series = Series::index(token.clone(), interval);
        let stored = self.read(&series, wanted).await?;
        Ok(self.with(|memory| {
            let rates = memory.rates.entry(key).or_default();
            for (open_time, bar) in stored {
                rates.bars.entry(open_time).or_insert(bar);
            }
            rates.loaded = rates
                .loaded
                .and_then(|loaded| loaded.joined(wanted))
                .or(Some(wanted));
            rates.bars.clone()
        }))
    }

    /// What was made of a token that converts others counts at once, before it is stored.
    pub(super) fn remember_rates(&self, token: &TokenId, interval: Interval, made: &[Candle]) {
        if self.routes().is_base(token) && !made.is_empty() {
            self.with(|memory| {
                let rates = memory.rates.entry((token.clone(), interval)).or_default();
                take_over(&mut rates.bars, made);
            });
        }
    }

    // A panic while the lock is held leaves nothing half done: each change is complete in itself.
    pub(super) fn with<T>(&self, change: impl FnOnce(&mut Memory) -> T) -> T {
        change(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
