//! Planned replacements of a connection that works: the new one is opened beside the old.
//!
//! The reasons: the exchange announced that it will disconnect, the connection is near its greatest
//! age, or there are markets that it does not carry. The old connection leaves only when every market
//! that was speaking has been heard on the new one, or
//! [`IngestConfig::overlap`](crate::IngestConfig::overlap) after the new one was subscribed, and never
//! before the new one has carried market data. While both deliver, a market's quotes and tickers count
//! from the newer connection as soon as that has sent its first quote of the market (see `deliver`), so
//! that older data never overwrites newer; a trade may come twice (its id says so).

use std::sync::Arc;

use parallax::connection::ConnectionState;

use crate::backoff::Attempts;
use crate::connection::Connection;
use crate::error::IngestError;
use crate::registry::Member;
use crate::successor::{Live, Successor};

impl Connection {
    /// Starts a replacement that is due, and changes to one that is ready.
    pub(crate) fn change_over(
        &mut self,
        current: &mut Live,
        successor: &mut Successor,
        retries: &mut Attempts,
    ) {
        match successor {
            Successor::None => {
                if let Some(reason) = self.replacement_due(current) {
                    *successor = self.open_successor(reason);
                }
            }
            Successor::Open(next) if self.may_take_over(next) => {
                if let Some(next) = successor.take_open() {
                    let old = std::mem::replace(current, next);
                    self.leave(old.link);
                    retries.reset();
                    tracing::info!(
                        venue.id = %self.venue.site.id,
                        connection.id = %self.id,
                        "changed to the replacement"
                    );
                }
            }
            Successor::Open(next) if !next.delivered => {
                let limit = self.venue.facts().connection_stall_after;
                if next.link.age() > limit {
                    *successor = self.retry_successor(&IngestError::Silent(limit), retries);
                }
            }
            Successor::Open(_) | Successor::Waiting(_) | Successor::Opening(_) => {}
        }
    }

    fn replacement_due(&self, current: &Live) -> Option<&'static str> {
        let carried = current.link.positions();
        // Positions ascend.
        let is_missing = |(position, member): (usize, &Member)| {
            member.listed && carried.binary_search(&position).is_err()
        };
        if current.asked_to_leave {
            Some("the exchange will disconnect")
        } else if current
            .retire_at
            .is_some_and(|age| current.link.age() >= age)
        {
            Some("near the greatest age")
        } else if self.members.iter().enumerate().any(is_missing) {
            Some("new markets")
        } else {
            None
        }
    }

    fn may_take_over(&self, next: &Live) -> bool {
        let Some(subscribed_at) = next.subscribed_at.filter(|_| next.delivered) else {
            return false;
        };
        subscribed_at.elapsed() >= self.venue.config.overlap
            || next.link.positions().iter().all(|&market| {
                self.heard.get(market) == Some(&next.generation)
                    || !self.watchdog.is_speaking(market)
            })
    }

    pub(crate) fn open_successor(&self, reason: &'static str) -> Successor {
        tracing::info!(
            venue.id = %self.venue.site.id,
            connection.id = %self.id,
            reason,
            "opening a replacement"
        );
        Successor::Opening(Box::pin(
            Arc::clone(&self.venue).open(Arc::clone(&self.members)),
        ))
    }

    pub(crate) fn retry_successor(
        &mut self,
        error: &IngestError,
        retries: &mut Attempts,
    ) -> Successor {
        let delay = retries.next_delay(error.retry_after());
        tracing::warn!(
            venue.id = %self.venue.site.id,
            connection.id = %self.id,
            error = %error,
            "the replacement failed; the old connection stays"
        );
        self.reporter.failed(error.to_string());
        Successor::after(delay)
    }

    /// The old connection broke although its replacement was not ready: the markets that have not been
    /// heard on the replacement stall until they are.
    pub(crate) fn promote(&mut self, replacement: &Live, error: &IngestError) {
        tracing::info!(
            venue.id = %self.venue.site.id,
            connection.id = %self.id,
            error = %error,
            "the old connection broke before its replacement was ready"
        );
        self.reporter.failed(error.to_string());
        let now = self.venue.clock.now();
        for market in 0..self.heard.len() {
            if self.heard.get(market) != Some(&replacement.generation)
                && self.watchdog.stall(market)
            {
                self.outbox.stalled(market, now);
            }
        }
        self.count_stalled();
        if !replacement.delivered {
            self.watchdog.opened(now.monotonic);
            self.reporter
                .enter(ConnectionState::Connecting, &mut self.outbox);
        }
    }
}
