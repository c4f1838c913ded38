//! The past, as operators look at it and order it to be repaired, in the admin.
//!
//! An order is noted in the audit log and then put into the worker's own queue; nobody waits for it here, and nothing
//! here asks an exchange. Who cancels one waits a moment until it is in force. The other ends of both queues are in
//! `crates/worker`; the composition root joins them.

use std::sync::Arc;
use std::time::Duration;

use parallax::audit::Object;
use parallax::backfill::{BackfillOrder, BackfillRun};
use parallax::candle::Interval;
use parallax::time::{Clock, Timestamp};
use parallax::token::TokenId;
use parallax_board::Board;
use parallax_store::{Store, StoreError};
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::Service;
use crate::accounts::{By, audit_json};

/// Orders that may wait or run.
pub const WAITING: usize = 8;
/// How long someone waits for a cancellation to be in force. The worker hears it at once, whatever it does.
const CANCELLED_WITHIN: Duration = Duration::from_secs(5);

/// Why an order was not taken, or not cancelled.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// It ends before it begins, or begins in the future.
    #[error("the range must end after it begins, and begin in the past")]
    Range,
    /// Too much at once.
    #[error("a range of {} may have at most {days} days", if *.interval == Interval::Minute { "minutes" } else { "hours" })]
    TooLong {
        /// The length of the candles.
        interval: Interval,
        /// What is allowed.
        days: u64,
    },
    /// Too many wait or run already.
    #[error("{WAITING} orders wait or run already; cancel one of them, or order again later")]
    Full,
    /// There is no such run.
    #[error("there is no run {0} of this server's present start")]
    Unknown(u64),
    /// There is nothing left to cancel, or the program does it by itself.
    #[error("the run {0} waits or runs no longer, so that there is nothing to cancel")]
    Ended(u64),
    /// The worker has stopped.
    #[error("this server is stopping, or does not back-fill yet")]
    Stopped,
    /// The database could not do it.
    #[error("the database could not be used; nothing was ordered")]
    Store(#[from] StoreError),
}

/// Takes orders. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct BackfillDesk {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    board: Arc<Board>,
    orders: mpsc::Sender<BackfillOrder>,
    cancels: mpsc::Sender<Cancel>,
}

/// A run's number, and who waits to hear whether it waited or ran until now.
pub type Cancel = (u64, oneshot::Sender<bool>);

/// The ends of a desk's queues that the worker holds.
pub struct Queues {
    /// What is ordered.
    pub orders: mpsc::Receiver<BackfillOrder>,
    /// What is cancelled.
    pub cancels: mpsc::Receiver<Cancel>,
}

/// What is noted of an order.
#[derive(Serialize)]
struct Ordered {
    interval: Interval,
    from: Timestamp,
    until: Timestamp,
}

/// What is noted of a run that is cancelled.
#[derive(Serialize)]
struct Cancelled<'a> {
    run: u64,
    ordered_by: Option<&'a str>,
    #[serde(flatten)]
    ordered: Ordered,
    steps_done: u32,
    steps: u32,
}

impl BackfillDesk {
    /// A desk in front of the worker's queues; `board` says which runs there are.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, board: Arc<Board>) -> (Self, Queues) {
        let (order, orders) = mpsc::channel(WAITING);
        let (cancel, cancels) = mpsc::channel(WAITING);
        let desk = Self {
            store,
            clock,
            board,
            orders: order,
            cancels: cancel,
        };
        (desk, Queues { orders, cancels })
    }

    /// Orders the candles of a token that open in `from <= open_time < until` to be completed, and does not wait for
    /// it. What lies in the future is left out.
    ///
    /// # Errors
    /// [`OrderError`]; then nothing was ordered.
    pub async fn order(
        &self,
        token: &TokenId,
        interval: Interval,
        from: Timestamp,
        until: Timestamp,
        by: &By,
    ) -> Result<(), OrderError> {
        let now = self.clock.now().utc;
        let until = until.min(now);
        if from >= until {
            return Err(OrderError::Range);
        }
        let longest = BackfillOrder::longest(interval);
        if until.since(from) > longest {
            let days = longest.as_secs() / 86_400;
            return Err(OrderError::TooLong { interval, days });
        }
        let runs = self.board.backfill_runs();
        if runs.iter().filter(|run| run.can_be_cancelled()).count() >= WAITING {
            return Err(OrderError::Full);
        }
        // A place in the queue first, so that nothing is noted that cannot be done.
        let place = self.orders.try_reserve().map_err(|error| match error {
            mpsc::error::TrySendError::Full(()) => OrderError::Full,
            mpsc::error::TrySendError::Closed(()) => OrderError::Stopped,
        })?;
        let object = Object::new("token", token.as_str());
        let mut note = by.note("backfill.order", Some(object), now);
        note.after = audit_json(&Ordered {
            interval,
            from,
            until,
        });
        self.store.accounts().add_note(&note).await?;
        place.send(BackfillOrder {
            token: token.clone(),
            interval,
            from,
            until,
            by: note.actor.name,
        });
        Ok(())
    }

    /// Cancels an ordered run that waits or runs, and waits until that is in force. What it has repaired stays.
    ///
    /// # Errors
    /// [`OrderError`].
    pub async fn cancel(&self, number: u64, by: &By) -> Result<(), OrderError> {
        let runs = self.board.backfill_runs();
        let run = runs.iter().find(|run| run.number == number);
        let run = run.ok_or(OrderError::Unknown(number))?;
        if !run.can_be_cancelled() {
            return Err(OrderError::Ended(number));
        }
        // A place in the queue first, so that nothing is noted that cannot be done.
        let place = self.cancels.try_reserve();
        let place = place.map_err(|_| OrderError::Stopped)?;
        let object = Object::new("token", run.token.as_str());
        let mut note = by.note("backfill.cancel", Some(object), self.clock.now().utc);
        note.before = audit_json(&Cancelled {
            run: number,
            ordered_by: run.by.as_deref(),
            ordered: Ordered {
                interval: run.interval,
                from: run.from,
                until: run.until,
            },
            steps_done: run.steps_done,
            steps: run.steps,
        });
        self.store.accounts().add_note(&note).await?;
        let (tell, told) = oneshot::channel();
        place.send((number, tell));
        match timeout(CANCELLED_WITHIN, told).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(OrderError::Ended(number)),
            _ => Err(OrderError::Stopped),
        }
    }
}

impl Service {
    /// The runs over the past since the program started, the newest first.
    #[must_use]
    pub fn backfill_runs(&self) -> Arc<Vec<BackfillRun>> {
        self.inner.board.backfill_runs()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::time::Duration;

    use parallax::audit::AuditQuery;
    use parallax::time::{Moment, Monotonic};

    use super::*;

    const NOW: i64 = 1_795_305_600;

    struct Standing;

    impl Clock for Standing {
        fn now(&self) -> Moment {
            Moment {
                monotonic: Monotonic::default(),
                utc: Timestamp::from_unix_s(NOW).unwrap(),
            }
        }
    }

    /// A run that was ordered and is at its second step.
    fn run(number: u64) -> BackfillRun {
        BackfillRun {
            number,
            token: "bitcoin".parse().unwrap(),
            interval: Interval::Hour,
            from: Timestamp::default(),
            until: Timestamp::default(),
            by: Some("anna".to_owned()),
            began_at: Timestamp::default(),
            ended_at: None,
            steps_done: 1,
            steps: 3,
            bars: 0,
            sources: Vec::new(),
            errors: 0,
            last_error: None,
            is_cancelled: false,
        }
    }

    #[tokio::test]
    async fn a_run_is_cancelled_with_a_note_and_what_has_ended_is_not() {
        let url = "sqlite::memory:".parse().unwrap();
        let store = parallax_store::open(&url).await.unwrap();
        let board = Board::new(1);
        let (desk, mut queues) =
            BackfillDesk::new(Arc::clone(&store), Arc::new(Standing), Arc::clone(&board));
        let mut by_itself = run(2);
        by_itself.by = None;
        let mut ended = run(3);
        ended.ended_at = Some(Timestamp::default());
        board.set_backfill_runs(vec![run(1), by_itself, ended, run(4)]);
        let by = By::command_line();
        for number in [2, 3] {
            let refused = desk.cancel(number, &by).await.unwrap_err();
            assert!(matches!(refused, OrderError::Ended(_)), "{refused}");
        }
        let unknown = desk.cancel(9, &by).await.unwrap_err();
        assert!(matches!(unknown, OrderError::Unknown(9)), "{unknown}");
        let worker = async {
            for was_open in [true, false] {
                let (number, tell) = queues.cancels.recv().await.unwrap();
                assert!([1, 4].contains(&number));
                tell.send(was_open).unwrap();
            }
            drop(queues);
        };
        let ((), done) = tokio::join!(worker, async {
            let first = desk.cancel(1, &by).await;
            // Its last step was done in between.
            let late = desk.cancel(4, &by).await;
            (first, late)
        });
        assert!(
            matches!(done, (Ok(()), Err(OrderError::Ended(4)))),
            "{done:?}"
        );
        let stopped = desk.cancel(1, &by).await.unwrap_err();
        assert!(matches!(stopped, OrderError::Stopped), "{stopped}");
        let all = AuditQuery {
            limit: 99,
            ..AuditQuery::default()
        };
        let log = store.accounts().audit(&all).await.unwrap();
        assert_eq!(log.len(), 2, "only what the worker was told");
        let first = &log.last().unwrap().note;
        assert_eq!(first.action, "backfill.cancel");
        let before = first.before.as_deref().unwrap();
        assert!(
            before.contains("\"run\":1") && before.contains("\"steps_done\":1"),
            "{before}"
        );
    }

    #[tokio::test]
    async fn an_order_is_noted_and_handed_on_and_what_cannot_be_done_is_not() {
        let url = "sqlite::memory:".parse().unwrap();
        let store = parallax_store::open(&url).await.unwrap();
        let board = Board::new(1);
        let (desk, mut queues) =
            BackfillDesk::new(Arc::clone(&store), Arc::new(Standing), Arc::clone(&board));
        let token: TokenId = "bitcoin".parse().unwrap();
        let now = Timestamp::from_unix_s(NOW).unwrap();
        let ago = |days: u64| now.minus(Duration::from_secs(days * 86_400));
        let by = By::command_line();
        let order =
            async |interval, from, until| desk.order(&token, interval, from, until, &by).await;
        let wrong = order(Interval::Hour, now, now).await.unwrap_err();
        assert!(matches!(wrong, OrderError::Range), "{wrong}");
        let wrong = order(Interval::Minute, ago(40), now).await.unwrap_err();
        assert_eq!(
            wrong.to_string(),
            "a range of minutes may have at most 31 days"
        );
        // What is to come is left out.
        let later = now.plus(Duration::from_secs(86_400));
        order(Interval::Hour, ago(40), later).await.unwrap();
        let taken = queues.orders.recv().await.unwrap();
        assert_eq!((taken.from, taken.until), (ago(40), now));
        assert_eq!(taken.by, "command line");
        for _ in 0..WAITING {
            order(Interval::Hour, ago(1), now).await.unwrap();
        }
        let full = order(Interval::Hour, ago(1), now).await.unwrap_err();
        assert!(matches!(full, OrderError::Full), "{full}");
        // As many as that, once the worker has taken them.
        while queues.orders.try_recv().is_ok() {}
        board.set_backfill_runs((1..=8).map(run).collect());
        let full = order(Interval::Hour, ago(1), now).await.unwrap_err();
        assert!(matches!(full, OrderError::Full), "{full}");
        board.set_backfill_runs(Vec::new());
        drop(queues);
        let stopped = order(Interval::Hour, ago(1), now).await.unwrap_err();
        assert!(matches!(stopped, OrderError::Stopped), "{stopped}");
        let all = AuditQuery {
            limit: 99,
            ..AuditQuery::default()
        };
        let log = store.accounts().audit(&all).await.unwrap();
        assert_eq!(log.len(), WAITING + 1);
        let first = &log.last().unwrap().note;
        assert_eq!(first.action, "backfill.order");
        assert!(
            first
                .after
                .as_deref()
                .unwrap()
                .contains("\"interval\":\"1h\"")
        );
    }
}
