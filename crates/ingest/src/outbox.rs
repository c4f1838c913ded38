//! The way from one connection into the bounded channel, without ever waiting for the reader.
//!
//! While there is room an event goes straight through. When the channel is full, what must not be lost
//! is kept, at most one of each kind per market: the listing, the stall, the newest quote and the
//! newest ticker; and the newest report of the connection. An older quote or ticker is replaced, a
//! trade is dropped, and both are counted. Kept events leave as soon as there is room, in an order in
//! which a market's stall never follows a quote that came after it.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use parallax::connection::ConnectionReport;
use parallax::event::{MarketEvent, MarketUpdate};
use parallax::market::{Listing, MarketKey};
use parallax::time::{Moment, Timestamp};
use tokio::sync::mpsc;
use tokio_util::sync::PollSender;

use crate::registry::Member;

/// What waits for one market. Leaves in the order of the fields.
#[derive(Debug, Default)]
struct Waiting {
    listed: Option<(Arc<Listing>, Duration)>,
    stalled: Option<Moment>,
    quote: Option<Kept>,
    ticker: Option<Kept>,
    /// Whether the market is in [`Backlog::queue`].
    queued: bool,
}

#[derive(Debug)]
struct Kept {
    received_at: Moment,
    venue_time: Option<Timestamp>,
    update: MarketUpdate,
}

/// What waits for room, in the order in which it leaves.
#[derive(Debug)]
struct Backlog {
    members: Arc<[Member]>,
    /// By the market's position.
    markets: Vec<Waiting>,
    /// The markets for which something waits.
    queue: VecDeque<usize>,
    report: Option<Arc<ConnectionReport>>,
    drops: u64,
}

/// Where the connection puts its events.
#[derive(Debug)]
pub(crate) struct Outbox {
    sender: mpsc::Sender<MarketEvent>,
    /// The same channel, for waiting in line without losing the place.
    turn: PollSender<MarketEvent>,
    backlog: Backlog,
    events: u64,
}

impl Outbox {
    pub(crate) fn new(sender: mpsc::Sender<MarketEvent>) -> Self {
        Self {
            turn: PollSender::new(sender.clone()),
            sender,
            backlog: Backlog {
                members: Arc::new([]),
                markets: Vec::new(),
                queue: VecDeque::new(),
                report: None,
                drops: 0,
            },
            events: 0,
        }
    }

    /// What markets said so far, whatever became of it.
    pub(crate) const fn events(&self) -> u64 {
        self.events
    }

    /// Quotes and tickers replaced and trades dropped so far.
    pub(crate) const fn drops(&self) -> u64 {
        self.backlog.drops
    }

    /// Nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.backlog.is_empty()
    }

    /// The connection's markets, in the order of their positions; earlier ones keep theirs.
    pub(crate) fn set_members(&mut self, members: Arc<[Member]>) {
        self.backlog
            .markets
            .resize_with(members.len(), Waiting::default);
        self.backlog.members = members;
    }

    /// A market will be watched.
    pub(crate) fn listed(&mut self, market: usize, max_quote_age: Duration) {
        let Some(member) = self.backlog.members.get(market) else {
            return;
        };
        let (key, listing) = (member.key, Arc::clone(&member.listing));
        let event = MarketEvent::Listed {
            key,
            listing: Arc::clone(&listing),
            max_quote_age,
        };
        if self.refused(event).is_some() {
            self.backlog.keep(market, |waiting| {
                waiting.listed = Some((listing, max_quote_age));
                0
            });
        }
    }

    /// A market's quote must not be used any more.
    pub(crate) fn stalled(&mut self, market: usize, at: Moment) {
        let Some(key) = self.backlog.key(market) else {
            return;
        };
        if self.refused(MarketEvent::Stalled { key, at }).is_some() {
            self.backlog.keep(market, |waiting| {
                waiting.stalled = Some(at);
                // A quote from before the stall must not be used.
                u64::from(waiting.quote.take().is_some())
            });
        }
    }

    /// A market said something.
    pub(crate) fn update(
        &mut self,
        market: usize,
        received_at: Moment,
        venue_time: Option<Timestamp>,
        update: MarketUpdate,
    ) {
        let Some(key) = self.backlog.key(market) else {
            return;
        };
        self.events = self.events.saturating_add(1);
        let event = MarketEvent::Update {
            key,
            received_at,
            venue_time,
            update,
        };
        let Some(MarketEvent::Update { update, .. }) = self.refused(event) else {
            return;
        };
        let kept = Kept {
            received_at,
            venue_time,
            update,
        };
        self.backlog.keep(market, |waiting| {
            let replaced = match kept.update {
                MarketUpdate::Trade(_) => return 1,
                MarketUpdate::Quote(_) | MarketUpdate::Spot(_) => waiting.quote.replace(kept),
                MarketUpdate::Ticker(_) => waiting.ticker.replace(kept),
            };
            u64::from(replaced.is_some())
        });
    }

    /// A report replaces one that still waits; that is no loss, it says all the earlier one said.
    pub(crate) fn report(&mut self, report: Arc<ConnectionReport>) {
        let event = MarketEvent::Connection(Arc::clone(&report));
        if self.refused(event).is_some() {
            self.backlog.report = Some(report);
        }
    }

    /// Sends at once when there is room, after what waits; gives the event back otherwise.
    fn refused(&mut self, event: MarketEvent) -> Option<MarketEvent> {
        while !self.backlog.is_empty() {
            // With somebody waiting in line this fails, so that nobody is overtaken.
            let Ok(permit) = self.sender.try_reserve() else {
                return Some(event);
            };
            if let Some(waiting) = self.backlog.next() {
                permit.send(waiting);
            }
        }
        match self.sender.try_send(event) {
            // A closed channel means that the reader has gone, and nobody misses the event.
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => None,
            Err(mpsc::error::TrySendError::Full(event)) => Some(event),
        }
    }

    /// Sends what waits, as room appears. Ready when nothing waits any more or the reader has gone.
    pub(crate) async fn flush(&mut self) {
        poll_fn(|cx| self.poll_flush(cx)).await;
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while !self.backlog.is_empty() {
            match self.turn.poll_reserve(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) => {
                    if let Some(event) = self.backlog.next() {
                        // Fails only when the reader has gone.
                        let _ = self.turn.send_item(event);
                    } else {
                        self.turn.abort_send();
                    }
                }
                Poll::Ready(Err(_)) => self.backlog.forget(),
            }
        }
        Poll::Ready(())
    }
}

impl Backlog {
    fn is_empty(&self) -> bool {
        self.report.is_none() && self.queue.is_empty()
    }

    fn key(&self, market: usize) -> Option<MarketKey> {
        self.members.get(market).map(|member| member.key)
    }

    /// Lets `put` keep something for the market; it says how many events were lost by that.
    fn keep(&mut self, market: usize, put: impl FnOnce(&mut Waiting) -> u64) {
        if let Some(waiting) = self.markets.get_mut(market) {
            self.drops = self.drops.saturating_add(put(waiting));
            if !waiting.queued && !waiting.is_empty() {
                waiting.queued = true;
                self.queue.push_back(market);
            }
        }
    }

    fn forget(&mut self) {
        self.report = None;
        self.queue.clear();
        self.markets.fill_with(Waiting::default);
    }

    fn next(&mut self) -> Option<MarketEvent> {
        while let Some(&market) = self.queue.front() {
            if let Some(waiting) = self.markets.get_mut(market) {
                let key = self.members.get(market).map(|member| member.key);
                if let Some(event) = key.and_then(|key| waiting.next(key)) {
                    if waiting.is_empty() {
                        waiting.queued = false;
                        self.queue.pop_front();
                    }
                    return Some(event);
                }
                waiting.queued = false;
            }
            self.queue.pop_front();
        }
        self.report.take().map(MarketEvent::Connection)
    }
}

impl Waiting {
    const fn is_empty(&self) -> bool {
        self.listed.is_none()
            && self.stalled.is_none()
            && self.quote.is_none()
            && self.ticker.is_none()
    }

    fn next(&mut self, key: MarketKey) -> Option<MarketEvent> {
        if let Some((listing, max_quote_age)) = self.listed.take() {
            return Some(MarketEvent::Listed {
                key,
                listing,
                max_quote_age,
            });
        }
        if let Some(at) = self.stalled.take() {
            return Some(MarketEvent::Stalled { key, at });
        }
        self.quote
            .take()
            .or_else(|| self.ticker.take())
            .map(|kept| MarketEvent::Update {
                key,
                received_at: kept.received_at,
                venue_time: kept.venue_time,
                update: kept.update,
            })
    }
}
