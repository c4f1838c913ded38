//! What operators order: ranges cut into pieces, which are done one after the other; and cancel again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use parallax::backfill::BackfillOrder;
use parallax::candle::Interval;
use parallax::time::Timestamp;
use parallax::token::TokenId;
use parallax_board::Board;
use tokio::sync::Notify;

use super::runs::{Begun, Outcome, RunLog};

/// What is asked for and stored at once.
const HOURS_PIECE: Duration = Duration::from_secs(10 * 86_400);
const MINUTES_PIECE: Duration = Duration::from_secs(4 * 3_600);

/// One step of an order: one token over one piece of its range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// The number of its run.
    pub(super) run: u64,
    pub(super) token: TokenId,
    pub(super) interval: Interval,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    /// Whether it is the first of its piece: then venues that failed before are asked again.
    pub(super) begins: bool,
}

/// The runs, and the steps of those that were ordered. Orders and cancellations change it while a step is done.
pub(super) struct Line {
    held: Mutex<Held>,
    /// Told of every order, every cancellation, and the end of both.
    changed: Notify,
}

struct Held {
    log: RunLog,
    /// In their order.
    steps: VecDeque<Step>,
    /// Whether no order can come any longer.
    is_closed: bool,
}

impl Line {
    pub(super) fn new(board: Arc<Board>) -> Self {
        let held = Held {
            log: RunLog::new(board),
            steps: VecDeque::new(),
            is_closed: false,
        };
        Self {
            held: Mutex::new(held),
            changed: Notify::new(),
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lines up the steps of an order: piece by piece what converts the token, then the token.
    pub(super) fn take(&self, order: BackfillOrder, conversions: Vec<TokenId>, now: Timestamp) {
        let pieces = pieces(order.interval, order.from, order.until.min(now));
        let mut tokens = conversions;
        tokens.push(order.token.clone());
        let begun = Begun {
            token: order.token,
            interval: order.interval,
            from: order.from,
            until: order.until,
            by: Some(order.by),
            steps: u32::try_from(pieces.len() * tokens.len()).unwrap_or(u32::MAX),
        };
        let mut held = self.held();
        let run = held.log.begin(begun, now);
        for (from, until) in pieces {
            for (position, token) in tokens.iter().enumerate() {
                held.steps.push_back(Step {
                    run,
                    token: token.clone(),
                    interval: order.interval,
                    from,
                    until,
                    begins: position == 0,
                });
            }
        }
        drop(held);
        self.changed.notify_waiters();
    }

    /// Ends an ordered run at once, and says whether it waited or ran until now.
    pub(super) fn cancel(&self, run: u64, now: Timestamp) -> bool {
        let mut held = self.held();
        let was_open = held.log.cancel(run, now);
        held.steps.retain(|step| step.run != run);
        drop(held);
        self.changed.notify_waiters();
        was_open
    }

    /// Says that no order can come any longer.
    pub(super) fn close(&self) {
        self.held().is_closed = true;
        self.changed.notify_waiters();
    }

    /// The step that is next.
    pub(super) fn next(&self) -> Option<Step> {
        self.held().steps.pop_front()
    }

    /// Notes a run, and returns its number.
    pub(super) fn begin(&self, begun: Begun, at: Timestamp) -> u64 {
        self.held().log.begin(begun, at)
    }

    /// Notes what came of a run's next step.
    pub(super) fn done(&self, run: u64, outcome: Outcome, at: Timestamp) {
        self.held().log.step(run, outcome, at);
    }

    /// Waits for a step; `None` when none can come.
    pub(super) async fn more(&self) -> Option<()> {
        self.until(|held| match (held.steps.is_empty(), held.is_closed) {
            (false, _) => Some(Some(())),
            (true, true) => Some(None),
            (true, false) => None,
        })
        .await
    }

    /// Does a part of a run; `None` when the run ends before, because someone cancelled it.
    pub(super) async fn unless_ended<T>(
        &self,
        run: u64,
        part: impl Future<Output = T>,
    ) -> Option<T> {
        let ended = self.until(|held| (!held.log.is_open(run)).then_some(()));
        tokio::select! {
            () = ended => None,
            done = part => Some(done),
        }
    }

    async fn until<T>(&self, is_it: impl Fn(&Held) -> Option<T>) -> T {
        loop {
            // Before the look: what changes after it is told.
            let changed = self.changed.notified();
            if let Some(it) = is_it(&self.held()) {
                return it;
            }
            changed.await;
        }
    }
}

/// The pieces in which a range is repaired, the newest first: that is what is wanted first.
#[must_use]
pub fn pieces(
    interval: Interval,
    from: Timestamp,
    until: Timestamp,
) -> Vec<(Timestamp, Timestamp)> {
    let (whole, length) = match interval {
        // A day is made of whole days of hours.
        Interval::Hour | Interval::Day => (Interval::Day, HOURS_PIECE),
        Interval::Minute => (Interval::Minute, MINUTES_PIECE),
    };
    let mut pieces = Vec::new();
    let mut begin = from.floor(whole.duration());
    while begin < until {
        let end = begin.plus(length).min(until);
        pieces.push((begin, end));
        begin = end;
    }
    pieces.reverse();
    pieces
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn order() -> BackfillOrder {
        BackfillOrder {
            token: "bitcoin".parse().unwrap(),
            interval: Interval::Hour,
            from: Timestamp::from_unix_s(0).unwrap(),
            until: Timestamp::from_unix_s(15 * 86_400).unwrap(),
            by: "anna".to_owned(),
        }
    }

    #[test]
    fn the_steps_of_a_cancelled_run_leave_the_line_and_it_is_shown_as_cancelled() {
        let board = Board::new(1);
        let line = Line::new(Arc::clone(&board));
        let now = Timestamp::from_unix_s(20 * 86_400).unwrap();
        for _ in 0..2 {
            line.take(order(), vec!["tether".parse().unwrap()], now);
        }
        let step = line.next().unwrap();
        assert_eq!(
            (step.run, step.token.as_str(), step.begins),
            (1, "tether", true)
        );
        assert!(line.cancel(1, now));
        assert!(!line.cancel(1, now), "once");
        // What it was at comes too late.
        line.done(1, Outcome::default(), now);
        let runs = board.backfill_runs();
        let first = runs.iter().find(|run| run.number == 1).unwrap();
        assert!(first.is_cancelled && first.ended_at == Some(now) && first.steps_done == 0);
        let mut rest = Vec::new();
        while let Some(step) = line.next() {
            rest.push(step.run);
        }
        assert_eq!(rest, [2, 2, 2, 2]);
    }

    #[tokio::test]
    async fn a_step_that_is_under_way_is_given_up_at_once() {
        let line = Line::new(Board::new(1));
        let now = Timestamp::from_unix_s(20 * 86_400).unwrap();
        line.take(order(), Vec::new(), now);
        let whole = line.unless_ended(1, async { 7 }).await;
        assert_eq!(whole, Some(7));
        let for_ever = line.unless_ended(1, std::future::pending::<u8>());
        let (given_up, was_open) = tokio::join!(for_ever, async { line.cancel(1, now) });
        assert_eq!((given_up, was_open), (None, true));
    }

    #[test]
    fn a_range_is_cut_into_pieces_that_touch_the_newest_first() {
        let day = |day: i64| Timestamp::from_unix_s(day * 86_400).unwrap();
        let half = Duration::from_secs(43_200);
        let pieces = pieces(Interval::Hour, day(0).plus(half), day(25));
        assert_eq!(
            pieces,
            [(day(20), day(25)), (day(10), day(20)), (day(0), day(10))]
        );
        let minutes = super::pieces(Interval::Minute, day(0), day(1));
        assert_eq!(minutes.len(), 6);
        assert_eq!(super::pieces(Interval::Hour, day(2), day(1)), []);
    }
}
