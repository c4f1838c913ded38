//! What `/status` shows of one connection: the state and counters, gathered and paced.
//!
//! Owns a [`ConnectionReport`] in the making. A change of state is sent at once, changed counters at
//! most once a second. Called by the connection and discovery tasks.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parallax::connection::{ConnectionReport, ConnectionState};
use parallax::time::{Clock, Moment, Monotonic};
use parallax::venue::VenueId;

use crate::error::IngestError;
use crate::outbox::Outbox;

/// The least time between two reports that differ in counters only.
const PACE: Duration = Duration::from_secs(1);

/// Gathers and sends the reports of one connection.
pub(crate) struct Reporter {
    pub(crate) report: ConnectionReport,
    clock: Arc<dyn Clock>,
    rate: FrameRate,
    sent: Option<(Monotonic, Arc<ConnectionReport>)>,
}

impl Reporter {
    pub(crate) fn new(
        venue: VenueId,
        venue_name: &str,
        number: usize,
        endpoint: String,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            report: ConnectionReport {
                id: format!("{venue}/{number}"),
                venue,
                venue_name: venue_name.to_owned(),
                endpoint,
                state: ConnectionState::Discovering,
                since: clock.now().utc,
                markets: 0,
                stalled_markets: 0,
                last_data_at: None,
                frames_per_second_x100: 0,
                frames: 0,
                events: 0,
                reconnects: 0,
                decode_errors: 0,
                drops: 0,
                rejected_subscriptions: 0,
                last_error: None,
                last_error_at: None,
                next_attempt_at: None,
                budget: None,
            },
            clock,
            rate: FrameRate::default(),
            sent: None,
        }
    }

    /// Enters a state and says so at once.
    pub(crate) fn enter(&mut self, state: ConnectionState, outbox: &mut Outbox) {
        let now = self.clock.now();
        if self.report.state != state {
            self.report.state = state;
            self.report.since = now.utc;
        }
        self.report.next_attempt_at = None;
        self.send(now, outbox);
    }

    /// Notes what went wrong; the next report carries it.
    pub(crate) fn failed(&mut self, words: String) {
        self.report.last_error = Some(words);
        self.report.last_error_at = Some(self.clock.now().utc);
    }

    /// Something failed, and the next attempt comes after `delay`. Says so at once.
    pub(crate) fn wait(&mut self, error: &IngestError, delay: Duration, outbox: &mut Outbox) {
        let now = self.clock.now();
        self.failed(error.to_string());
        self.report.state = ConnectionState::Waiting;
        self.report.since = now.utc;
        self.report.next_attempt_at = Some(now.utc.plus(delay));
        self.send(now, outbox);
    }

    /// A poll is over: enters a state until the next one, `None` when there is none to come. Says so at
    /// once.
    pub(crate) fn rest(
        &mut self,
        state: ConnectionState,
        next: Option<Duration>,
        outbox: &mut Outbox,
    ) {
        let now = self.clock.now();
        if self.report.state != state {
            self.report.state = state;
            self.report.since = now.utc;
        }
        self.report.next_attempt_at = next.map(|delay| now.utc.plus(delay));
        self.send(now, outbox);
    }

    /// A frame with market data came.
    pub(crate) fn data(&mut self, at: Moment) {
        self.report.last_data_at = Some(at.utc);
        self.rate.count(at.monotonic);
    }

    /// Sends what changed, when the last report is old enough.
    pub(crate) fn tick(&mut self, outbox: &mut Outbox) {
        let now = self.clock.now();
        let due = self
            .sent
            .as_ref()
            .is_none_or(|(at, _)| now.monotonic.since(*at) >= PACE);
        if due {
            self.send(now, outbox);
        }
    }

    fn send(&mut self, now: Moment, outbox: &mut Outbox) {
        self.report.frames_per_second_x100 = self.rate.per_second_x100(now.monotonic);
        self.report.drops = outbox.drops();
        self.report.events = outbox.events();
        let news = self
            .sent
            .as_ref()
            .is_none_or(|(_, sent)| **sent != self.report);
        if news {
            let report = Arc::new(self.report.clone());
            self.sent = Some((now.monotonic, Arc::clone(&report)));
            outbox.report(report);
        }
    }
}

const WINDOW_S: u64 = 10;

/// A mean over the last ten whole or begun seconds.
#[derive(Debug, Default)]
struct FrameRate {
    /// Second and count, oldest first; seconds without frames are absent.
    seconds: VecDeque<(u64, u64)>,
    started: Option<Monotonic>,
}

const fn second(at: Monotonic) -> u64 {
    at.nanos() / 1_000_000_000
}

impl FrameRate {
    fn count(&mut self, at: Monotonic) {
        self.started.get_or_insert(at);
        match self.seconds.back_mut() {
            Some((last, count)) if *last == second(at) => *count += 1,
            _ => {
                self.forget(at);
                self.seconds.push_back((second(at), 1));
            }
        }
    }

    fn forget(&mut self, now: Monotonic) {
        let first = second(now).saturating_sub(WINDOW_S - 1);
        while self.seconds.front().is_some_and(|(at, _)| *at < first) {
            self.seconds.pop_front();
        }
    }

    fn per_second_x100(&mut self, now: Monotonic) -> u64 {
        self.forget(now);
        let frames: u64 = self.seconds.iter().map(|(_, count)| count).sum();
        let watched = self
            .started
            .map_or(WINDOW_S, |started| now.since(started).as_secs() + 1);
        frames * 100 / watched.clamp(1, WINDOW_S)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(ms: u64) -> Monotonic {
        Monotonic::from_nanos(ms * 1_000_000)
    }

    #[test]
    fn the_frame_rate_is_a_mean_over_ten_seconds() {
        let mut rate = FrameRate::default();
        for ms in (0..20_000).step_by(50) {
            rate.count(at(ms));
        }
        assert_eq!(rate.per_second_x100(at(19_999)), 2_000);
        assert_eq!(rate.per_second_x100(at(24_500)), 1_000);
        assert_eq!(rate.per_second_x100(at(60_000)), 0);
    }

    #[test]
    fn the_first_second_is_not_diluted_by_time_before_it() {
        let mut rate = FrameRate::default();
        rate.count(at(100));
        rate.count(at(200));
        assert_eq!(rate.per_second_x100(at(300)), 200);
    }
}
