//! One client of the stream: a cursor on the board, and bytes that it shares with all others.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use parallax::candle::Interval;
use parallax::key::KeyEnd;
use parallax::time::Timestamp;
use parallax_service::{Detail, Filter, Service};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::asked::{Asked, Start};
use crate::ApiState;
use crate::access::StreamPass;
use crate::bars::{self, BarEvents};

/// How often bars are looked at where the client names no pace.
const BARS_EVERY: Duration = Duration::from_secs(1);

/// One client.
pub(super) struct Reader {
    subscription: parallax_service::Subscription,
    service: Service,
    detail: Detail,
    pace: Option<Duration>,
    heartbeat: Duration,
    shutdown: CancellationToken,
    pass: StreamPass,
    /// Whether what is ready is the last.
    is_over: bool,
    /// Bytes ready to go: slices of what all clients share.
    ready: VecDeque<Bytes>,
    paced_until: Instant,
    heartbeat_at: Instant,
    /// Most clients want none.
    bars: Option<Box<Bars>>,
}

/// The bars that a client follows.
struct Bars {
    events: Arc<BarEvents>,
    filter: Filter,
    /// Each length, and the number of the last look at it.
    seen: Vec<(Interval, u64)>,
    every: Duration,
    due_at: Instant,
}

impl Bars {
    fn new(state: &ApiState, asked: &Asked, now: Instant) -> Option<Box<Self>> {
        let seen: Vec<_> = asked.intervals.iter().map(|&length| (length, 0)).collect();
        let bars = Self {
            events: Arc::clone(&state.bars),
            filter: asked.filter.clone(),
            every: asked.pace.unwrap_or(BARS_EVERY).max(bars::SHARED),
            due_at: now,
            seen,
        };
        (!bars.seen.is_empty()).then(|| Box::new(bars))
    }

    /// Appends what changed since the last look.
    fn look(&mut self, service: &Service, now: Instant, ready: &mut VecDeque<Bytes>) {
        for (length, seen) in &mut self.seen {
            let look = self.events.look(service, *length);
            let changed = look.since(*seen);
            let wanted = changed.filter(|event| self.filter.has(&event.token));
            ready.extend(wanted.map(|event| event.sse.clone()));
            *seen = look.version;
        }
        self.due_at = now + self.every;
    }
}

impl Reader {
    pub(super) fn open(state: &ApiState, pass: StreamPass, asked: Asked) -> Self {
        let now = Instant::now();
        let bars = Bars::new(state, &asked, now);
        let Asked {
            filter,
            start,
            detail,
            pace,
            intervals: _,
        } = asked;
        let after = match start {
            Start::Fresh => None,
            Start::Knowing(seq) | Start::Again(seq) => Some(seq),
        };
        let mut reader = Self {
            subscription: state.service.subscribe(after, filter),
            service: state.service.clone(),
            detail,
            pace,
            heartbeat: state.limits.heartbeat,
            shutdown: state.limits.shutdown.clone(),
            pass,
            is_over: false,
            ready: VecDeque::new(),
            paced_until: now,
            heartbeat_at: now + state.limits.heartbeat,
            bars,
        };
        let retry_ms = state.limits.retry.as_millis();
        reader
            .ready
            .push_back(Bytes::from(format!("retry: {retry_ms}\n\n")));
        match (start, pace) {
            // What has changed since comes with the first batch.
            (Start::Knowing(seq), Some(_)) if reader.subscription.can_go_on() => {
                reader.ready.push_back(heartbeat(seq, state.service.at()));
            }
            (Start::Knowing(_) | Start::Again(_), _)
                if let Some(events) = reader.subscription.replay() =>
            {
                let events = events.iter().map(|event| event.sse(detail));
                reader.ready.extend(events);
            }
            _ => reader.snapshot(),
        }
        reader
    }

    /// All wanted prices as one event, put together from the same bytes that the prices' own events use.
    fn snapshot(&mut self) {
        let prices = self.service.in_rank_order(self.subscription.snapshot());
        let (seq, at) = (self.subscription.cursor(), self.service.at());
        let head = format!(
            "event: snapshot\nid: {seq}\ndata: {{\"seq\":{seq},\"at\":\"{at}\",\"prices\":["
        );
        self.ready.push_back(Bytes::from(head));
        for (position, price) in prices.iter().enumerate() {
            if position > 0 {
                self.ready.push_back(Bytes::from_static(b","));
            }
            self.ready.push_back(price.json(self.detail));
        }
        self.ready.push_back(Bytes::from_static(b"]}\n\n"));
    }

    pub(super) async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        loop {
            if let Some(bytes) = self.ready.pop_front() {
                return Some((Ok(bytes), self));
            }
            if self.is_over {
                return None;
            }
            let mut timer = self.heartbeat_at;
            if let Some(bars) = &mut self.bars {
                // Before the prices, which might always be ready first.
                let now = Instant::now();
                if bars.due_at <= now {
                    bars.look(&self.service, now, &mut self.ready);
                    continue;
                }
                timer = timer.min(bars.due_at);
            }
            // An idle client keeps no buffer.
            self.ready.shrink_to_fit();
            let (conflate, paced_until) = (self.pace.is_some(), self.paced_until);
            let subscription = &mut self.subscription;
            let published = async {
                sleep_until(paced_until).await;
                subscription.next(conflate).await
            };
            tokio::select! {
                biased;
                () = self.shutdown.cancelled() => return None,
                end = self.pass.ended() => {
                    self.ready.push_back(farewell(end));
                    self.is_over = true;
                }
                batch = published => {
                    let detail = self.detail;
                    self.ready.extend(batch?.events.iter().map(|event| event.sse(detail)));
                    let now = Instant::now();
                    self.heartbeat_at = now + self.heartbeat;
                    self.paced_until = self.pace.map_or(now, |pace| now + pace);
                }
                () = sleep_until(timer) => {
                    let now = Instant::now();
                    if self.heartbeat_at <= now {
                        self.ready.push_back(heartbeat(self.subscription.cursor(), self.service.at()));
                        self.heartbeat_at = now + self.heartbeat;
                    }
                }
            }
        }
    }
}

/// Says why the stream ends. Without an id, so that a client that comes back begins where it was.
fn farewell(end: KeyEnd) -> Bytes {
    let (reason, words) = match end {
        KeyEnd::Revoked => ("key-revoked", "the key of this stream was revoked"),
        KeyEnd::Expired => ("key-expired", "the key of this stream has expired"),
    };
    Bytes::from(format!(
        "event: end\ndata: {{\"reason\":\"{reason}\",\"detail\":\"{words}; open the stream again with another key\"}}\n\n"
    ))
}

fn heartbeat(seq: u64, at: Timestamp) -> Bytes {
    Bytes::from(format!(
        "event: heartbeat\nid: {seq}\ndata: {{\"seq\":{seq},\"at\":\"{at}\"}}\n\n"
    ))
}
