//! The past, as operators look at it and order it to be repaired, in the admin.
//!
//! An order is noted in the audit log and then put into the worker's own queue; nobody waits for it here, and nothing
//! here asks an exchange. The other end of the queue is in `crates/worker`; the composition root joins them.

use std::sync::Arc;

use parallax::audit::Object;
use parallax::backfill::{BackfillOrder, BackfillRun};
use parallax::candle::Interval;
use parallax::time::{Clock, Timestamp};
use parallax::token::TokenId;
use parallax_store::{Store, StoreError};
use serde::Serialize;
use tokio::sync::mpsc;

use crate::Service;
use crate::accounts::{By, audit_json};

/// Orders that may wait.
pub const WAITING: usize = 8;

/// Why an order was not taken.
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
    /// Too many wait already.
    #[error("{WAITING} orders wait already; look at the runs, and order again later")]
    Full,
    /// The worker has stopped.
    #[error("this server is stopping")]
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
    orders: mpsc::Sender<BackfillOrder>,
}

/// What is noted of an order.
#[derive(Serialize)]
struct Ordered {
    interval: Interval,
    from: Timestamp,
    until: Timestamp,
}

impl BackfillDesk {
    /// A desk in front of the worker's queue.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        orders: mpsc::Sender<BackfillOrder>,
    ) -> Self {
        Self {
            store,
            clock,
            orders,
        }
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

    #[tokio::test]
    async fn an_order_is_noted_and_handed_on_and_what_cannot_be_done_is_not() {
        let url = "sqlite::memory:".parse().unwrap();
        let store = parallax_store::open(&url).await.unwrap();
        let (orders, mut queue) = mpsc::channel(WAITING);
        let desk = BackfillDesk::new(Arc::clone(&store), Arc::new(Standing), orders);
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
        let taken = queue.recv().await.unwrap();
        assert_eq!((taken.from, taken.until), (ago(40), now));
        assert_eq!(taken.by, "command line");
        for _ in 0..WAITING {
            order(Interval::Hour, ago(1), now).await.unwrap();
        }
        let full = order(Interval::Hour, ago(1), now).await.unwrap_err();
        assert!(matches!(full, OrderError::Full), "{full}");
        drop(queue);
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
