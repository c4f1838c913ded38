//! What leaves the pipeline for the board: prices that are computed, set by hand or only compared anew, and the figures
//! that readers may see a second late.

use std::sync::Arc;

use parallax::by_hand::SetPrices;
use parallax::index::{IndexPrice, Status};
use parallax::time::{Moment, Monotonic, Timestamp};
use parallax::token::TokenId;
use parallax_board::Publication;

use super::Pipeline;
use crate::by_hand::ByHand;

impl Pipeline {
    /// Publishes what the events since the last call changed. `now` is read after the events and
    /// before the computation; `clock` again after it, to time the way.
    pub fn publish(&mut self, now: Moment, clock: impl FnOnce() -> Monotonic) {
        let mut repriced = std::mem::take(&mut self.repriced);
        self.engine.reprice(now, &mut repriced);
        let published = !repriced.is_empty();
        self.put_up(&mut repriced, now);
        self.repriced = repriced;
        if let Some(received) = self.oldest_unpublished.take().filter(|_| published) {
            let took = clock().since(received);
            self.latency.note(took);
            self.board.tick_to_publish().note(took);
        }
    }

    /// Lets time pass: ages, statuses, and once in a while the figures that are not on the stream.
    pub fn tick(&mut self, now: Moment) {
        let mut repriced = std::mem::take(&mut self.repriced);
        for (key, ticker) in std::mem::take(&mut self.volumes) {
            self.engine.ticker(key, &ticker, now);
        }
        self.candles.advance(now.utc);
        let ended = self.by_hand.end(now.utc);
        self.publish_anew(ended, now);
        self.engine.tick(now, &mut repriced);
        self.put_up(&mut repriced, now);
        self.repriced = repriced;
    }

    /// Publishes these prices in place of the computed ones, until they end, and no others any more.
    pub fn set_by_hand(&mut self, set: &SetPrices, now: Moment) {
        let others = self.by_hand.replace(set, now.utc);
        self.publish_anew(others, now);
    }

    /// Publishes tokens of which nothing new was computed: as of now, so that what was stored before stays.
    fn publish_anew(&mut self, tokens: Vec<TokenId>, now: Moment) {
        let publications: Vec<_> = tokens
            .into_iter()
            .map(|token| {
                let computed = match self.engine.price(&token) {
                    Some(computed) => IndexPrice::clone(computed),
                    None => ByHand::unlisted(token),
                };
                let computed = IndexPrice {
                    computed_at: now.utc,
                    ..computed
                };
                self.tell(Arc::new(computed), now)
            })
            .collect();
        if !publications.is_empty() {
            self.board.publish(publications);
        }
    }

    /// Publishes again what compares differently with the past now, although its price is the same: time
    /// has passed, or the past is known by now.
    pub fn compare(&mut self, now: Timestamp) {
        let mut changed = Vec::new();
        for (index, changes) in self.published.values_mut() {
            let now_compares = self.history.compared(index, now);
            if now_compares != *changes {
                *changes = now_compares;
                changed.push(Publication {
                    index: Arc::clone(index),
                    changes: now_compares,
                });
            }
        }
        if !changed.is_empty() {
            self.board.publish(changed);
        }
    }

    /// Refreshes what readers may see a second late.
    pub fn refresh(&mut self, now: Timestamp) {
        self.board.set_late(self.candles.late());
        if let Some(markets) = self.markets.take_changed() {
            self.board.set_markets(markets);
        }
        if let Some(trends) = self.history.take_trends(now) {
            self.board.set_trends(trends);
        }
        if let Some(median_us) = self.latency.median_us() {
            self.board.set_tick_to_publish_us(median_us);
        }
    }

    fn put_up(&mut self, repriced: &mut Vec<Arc<IndexPrice>>, now: Moment) {
        if repriced.is_empty() {
            return;
        }
        let publications: Vec<_> = repriced
            .drain(..)
            .map(|index| self.publication(index, now))
            .collect();
        self.board.publish(publications);
    }

    /// Publishes a new computed price. The candles are of computed prices, whatever is published.
    fn publication(&mut self, index: Arc<IndexPrice>, now: Moment) -> Publication {
        match (index.status, index.price) {
            (Status::Live | Status::Thin, Some(price)) => {
                self.candles.price(
                    &index.token,
                    now.utc,
                    price,
                    index.confidence,
                    index.sources,
                );
            }
            // The last price is still in force for a while, but confirms nothing.
            (Status::Aging, Some(_)) => {}
            _ => self.candles.lose(&index.token, now.utc),
        }
        self.tell(index, now)
    }

    /// What readers are told of a computed price: itself, or what was set by hand in its place.
    fn tell(&mut self, computed: Arc<IndexPrice>, now: Moment) -> Publication {
        let index = self.by_hand.tell(computed);
        let changes = self.history.compared(&index, now.utc);
        let before = self.published.get(&index.token);
        let was_by_hand = before.is_some_and(|(before, _)| before.by_hand.is_some());
        // The history also says that a price set by hand ended and nothing followed.
        if index.price.is_some() || was_by_hand {
            self.pending.price(&index);
        }
        match self.published.get_mut(&index.token) {
            Some(published) => *published = (Arc::clone(&index), changes),
            None => drop(
                self.published
                    .insert(index.token.clone(), (Arc::clone(&index), changes)),
            ),
        }
        Publication { index, changes }
    }
}
