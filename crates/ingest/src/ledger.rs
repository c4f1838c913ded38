//! How many queries a venue was sent this month, and whether another one may be sent.
//!
//! For venues that bill queries. A query counts before it is sent, whatever becomes of it. The caller
//! of [`crate::start`] brings what was used before, and finds the count in the connection reports.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use parallax::fact::{QueryBudget, QueryUsage};
use parallax::time::{Clock, Timestamp};
use time::{Date, Month, PrimitiveDateTime, Time};

/// What a query is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The present. May use the budget up.
    Poll,
    /// The past. Leaves the polls enough for the rest of the month, but always has a tenth of the
    /// budget, because a history with a hole is not mended by later polls.
    BackFill,
    /// What can wait. Leaves the polls enough, and has nothing of the tenth.
    Survey,
}

/// The budget does not allow the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spent {
    /// When the next month begins.
    pub(crate) until: Timestamp,
    /// How long that is from now.
    pub(crate) left: Duration,
    pub(crate) used: u64,
    pub(crate) limit: u64,
}

/// The count of one venue.
pub(crate) struct Ledger {
    clock: Arc<dyn Clock>,
    /// How often the venue is polled, with how many queries.
    every: Duration,
    queries_per_poll: u64,
    budget: Mutex<QueryBudget>,
}

impl Ledger {
    /// Begins with what was used before, when that was in the present month.
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        limit: u64,
        every: Duration,
        queries_per_poll: u64,
        before: Option<&QueryUsage>,
    ) -> Self {
        let (month, _) = month(clock.now().utc);
        let used = before
            .filter(|usage| usage.month == month)
            .map_or(0, |usage| usage.used);
        Self {
            clock,
            every,
            queries_per_poll,
            budget: Mutex::new(QueryBudget { month, used, limit }),
        }
    }

    /// Counts a query that is about to be sent.
    ///
    /// # Errors
    /// [`Spent`] when it must not be sent.
    pub(crate) fn spend(&self, purpose: Purpose) -> Result<(), Spent> {
        let now = self.clock.now().utc;
        let (month, next_month) = month(now);
        let mut budget = self.lock();
        if budget.month < month {
            budget.month = month;
            budget.used = 0;
        }
        let beside_polls = || {
            let polls = self.polls_until(now, next_month);
            budget.limit.saturating_sub(polls)
        };
        let ceiling = match purpose {
            Purpose::Poll => budget.limit,
            Purpose::BackFill => beside_polls().max(budget.limit / 10),
            Purpose::Survey => beside_polls(),
        };
        if budget.used < ceiling {
            budget.used += 1;
            return Ok(());
        }
        Err(Spent {
            until: next_month,
            left: next_month.since(now),
            used: budget.used,
            limit: budget.limit,
        })
    }

    /// The count as it is.
    pub(crate) fn budget(&self) -> QueryBudget {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, QueryBudget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The queries that polls need until then.
    fn polls_until(&self, now: Timestamp, until: Timestamp) -> u64 {
        let polls = until.since(now).as_millis() / self.every.as_millis().max(1) + 1;
        u64::try_from(polls)
            .unwrap_or(u64::MAX)
            .saturating_mul(self.queries_per_poll)
    }
}

/// The first moment of the calendar month (UTC), and of the next.
fn month(at: Timestamp) -> (Timestamp, Timestamp) {
    let date = at.date_time();
    let first = |year: i32, month: Month| {
        Date::from_calendar_date(year, month, 1)
            .ok()
            .and_then(|date| {
                let midnight = PrimitiveDateTime::new(date, Time::MIDNIGHT).assume_utc();
                Timestamp::from_unix_s(midnight.unix_timestamp()).ok()
            })
    };
    let next = date.month().next();
    let year = date.year() + i32::from(next == Month::January);
    (
        first(date.year(), date.month()).unwrap_or(at),
        // After the end of 9999 there is no next month.
        first(year, next).unwrap_or(at),
    )
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use parallax::time::Moment;
    use parallax::venue::VenueId;

    use super::*;

    #[derive(Debug)]
    struct Hand(Mutex<Timestamp>);

    impl Clock for Hand {
        fn now(&self) -> Moment {
            Moment {
                utc: *self.0.lock().unwrap(),
                ..Moment::default()
            }
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn ledger(now: &str, limit: u64, used: u64) -> (Ledger, Arc<Hand>) {
        let clock = Arc::new(Hand(Mutex::new(at(now))));
        let before = QueryUsage {
            venue: VenueId::new("thegraph").unwrap(),
            month: at("2026-11-01T00:00:00Z"),
            used,
        };
        let every = Duration::from_secs(600);
        let ledger = Ledger::new(clock.clone(), limit, every, 1, Some(&before));
        (ledger, clock)
    }

    #[test]
    fn what_was_used_before_the_start_counts() {
        let (ledger, _) = ledger("2026-11-21T10:00:00Z", 3, 2);
        ledger.spend(Purpose::Poll).unwrap();
        let spent = ledger.spend(Purpose::Poll).unwrap_err();
        assert_eq!(spent.until, at("2026-12-01T00:00:00Z"));
        assert_eq!((spent.used, spent.limit), (3, 3));
    }

    #[test]
    fn a_spent_budget_is_whole_again_when_the_month_turns() {
        let (ledger, clock) = ledger("2026-12-31T23:59:59Z", 2, 2);
        assert_eq!(ledger.budget().used, 0, "the past month's use is forgotten");
        ledger.spend(Purpose::Poll).unwrap();
        ledger.spend(Purpose::Poll).unwrap();
        let spent = ledger.spend(Purpose::Poll).unwrap_err();
        assert_eq!(spent.until, at("2027-01-01T00:00:00Z"));
        *clock.0.lock().unwrap() = spent.until;
        ledger.spend(Purpose::Poll).unwrap();
        assert_eq!(
            (ledger.budget().month, ledger.budget().used),
            (spent.until, 1)
        );
    }

    #[test]
    fn the_past_leaves_the_polls_enough_for_the_rest_of_the_month() {
        // Ten hours before the month's end: 61 polls at most.
        let (ledger, _) = ledger("2026-11-30T14:00:00Z", 1_000, 937);
        ledger.spend(Purpose::BackFill).unwrap();
        ledger.spend(Purpose::BackFill).unwrap();
        ledger.spend(Purpose::BackFill).unwrap_err();
        ledger.spend(Purpose::Poll).unwrap();
    }

    #[test]
    fn a_budget_too_small_for_the_polls_still_gives_the_past_a_tenth() {
        let (ledger, _) = ledger("2026-11-01T00:00:00Z", 100, 9);
        ledger.spend(Purpose::Survey).unwrap_err();
        ledger.spend(Purpose::BackFill).unwrap();
        ledger.spend(Purpose::BackFill).unwrap_err();
    }
}
