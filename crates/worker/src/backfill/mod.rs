//! Back-fill: the past, completed from the venues' own history.
//!
//! [`run`] looks at what is stored and asks for what is missing: at the start the last days, later what
//! an outage left out (`rounds`); between rounds it does what operators order, until they cancel it (`orders`), and it
//! keeps a log of what was done (`runs`). It owns the plan and the order; [`Repairer`] does the work for one token, and the
//! command `parallax backfill` uses it too. `crates/ingest` asks the venues (and keeps their limits),
//! `crates/pricing` makes index bars of the answers. Live prices never wait for any of it.

mod asking;
mod holes;
mod listings;
mod orders;
mod repairer;
mod rounds;
mod runs;

use std::sync::Arc;
use std::time::Duration;

use parallax::backfill::BackfillOrder;
use parallax::candle::Candle;
use parallax::time::{Clock, Timestamp};
use parallax::view::BackfillReport;
use parallax_board::Board;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use self::orders::Line;
use self::rounds::{Complete, Rounds};

pub use listings::Listings;
pub use orders::pieces;
pub use repairer::{Repaired, Repairer};

/// How far back, how often, and how much at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackfillConfig {
    /// Hours and days are completed this far back. Zero: nothing is.
    pub hours_back: Duration,
    /// Minutes are completed this far back.
    pub minutes_back: Duration,
    /// How long after a round the next begins.
    pub every: Duration,
    /// Tokens that are worked on at once.
    pub parallel: usize,
}

impl Default for BackfillConfig {
    fn default() -> Self {
        Self {
            hours_back: Duration::from_secs(7 * 86_400),
            minutes_back: Duration::from_secs(86_400),
            every: Duration::from_secs(60),
            parallel: 6,
        }
    }
}

/// The first round waits until the markets are known: every exchange has listed some and none was added
/// for this long, or an exchange has not listed any for so long that the others go on without it.
const SETTLED_AFTER: Duration = Duration::from_secs(2);
const EXCHANGES_WITHIN: Duration = Duration::from_secs(30);

/// What operators say, from `crates/service`: orders to repair a part of the past now, and the numbers of runs to
/// cancel, each with whoever waits to hear whether it waited or ran until then.
pub struct Wishes {
    /// Orders. They are taken also when nothing is completed by itself.
    pub orders: mpsc::Receiver<BackfillOrder>,
    /// Cancellations.
    pub cancels: mpsc::Receiver<(u64, oneshot::Sender<bool>)>,
}

/// Completes the past until `shutdown`, reporting on `board` and sending the candles to the pipeline.
pub async fn run(
    repairer: Repairer,
    board: Arc<Board>,
    clock: Arc<dyn Clock>,
    candles: mpsc::Sender<Vec<Candle>>,
    wishes: Wishes,
    config: BackfillConfig,
    shutdown: CancellationToken,
) {
    let line = Line::new(Arc::clone(&board));
    let (line, repairer, now) = (&line, &repairer, || clock.now().utc);
    let work = async {
        let exchanges = repairer.exchanges();
        let settled = repairer.listings().settled(&exchanges, SETTLED_AFTER);
        // An exchange that is away then has its part in what is missing later.
        let _ = tokio::time::timeout(EXCHANGES_WITHIN, settled).await;
        let rounds = Rounds {
            repairer,
            line,
            board,
            clock: Arc::clone(&clock),
            candles,
            config,
            report: BackfillReport::default(),
            complete: Complete::new(),
        };
        // Side by side: an order is cancelled while its step is done, or while a round is under way.
        tokio::join!(rounds.work(), listen(wishes, repairer, line, now));
    };
    tokio::select! {
        () = work => {}
        () = shutdown.cancelled() => {}
    }
}

/// Takes what operators say, until they can say nothing more.
async fn listen(mut wishes: Wishes, repairer: &Repairer, line: &Line, now: impl Fn() -> Timestamp) {
    loop {
        tokio::select! {
            // What is cancelled was ordered before.
            biased;
            Some(order) = wishes.orders.recv() => {
                let conversions = repairer.conversions(&order.token);
                line.take(order, conversions, now());
            }
            Some((run, tell)) = wishes.cancels.recv() => {
                // Nobody need wait for the answer.
                let _ = tell.send(line.cancel(run, now()));
            }
            else => break,
        }
    }
    line.close();
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    struct Standing;

    impl Clock for Standing {
        fn now(&self) -> parallax::time::Moment {
            parallax::time::Moment {
                utc: "2026-11-22T12:00:00Z".parse().unwrap(),
                ..Default::default()
            }
        }
    }

    /// A repairer without exchanges, whose database is away: every step fails, and at once.
    async fn repairer() -> (Repairer, Arc<dyn Clock>) {
        let url = "sqlite::memory:".parse().unwrap();
        let store = parallax_store::open(&url).await.unwrap();
        store.close().await;
        // From here on: a database that is opened in paused time runs into its time limits.
        tokio::time::pause();
        let catalogue: parallax::catalogue::Catalogue = toml::from_str("token = []").unwrap();
        let (_shipped, catalogue) = tokio::sync::watch::channel(Arc::new(catalogue));
        let clock: Arc<dyn Clock> = Arc::new(Standing);
        let history = parallax_ingest::History::new(
            parallax_ingest::IngestConfig::default(),
            Vec::new(),
            catalogue.clone(),
            Arc::clone(&clock),
        );
        let repairer = Repairer::new(
            store,
            history.unwrap(),
            Listings::default(),
            catalogue,
            &parallax_pricing::Policy::default(),
            Arc::clone(&clock),
        );
        (repairer.unwrap(), clock)
    }

    fn order(until: &str) -> BackfillOrder {
        BackfillOrder {
            token: "bitcoin".parse().unwrap(),
            interval: parallax::candle::Interval::Hour,
            from: "2026-10-01T00:00:00Z".parse().unwrap(),
            until: until.parse().unwrap(),
            by: "anna".to_owned(),
        }
    }

    type Cancels = mpsc::Sender<(u64, oneshot::Sender<bool>)>;

    fn wishes() -> (mpsc::Sender<BackfillOrder>, Cancels, Wishes) {
        let (order, orders) = mpsc::channel(4);
        let (cancel, cancels) = mpsc::channel(4);
        (order, cancel, Wishes { orders, cancels })
    }

    fn ordered_only() -> BackfillConfig {
        BackfillConfig {
            hours_back: Duration::ZERO,
            ..BackfillConfig::default()
        }
    }

    #[tokio::test]
    async fn an_order_is_done_piece_by_piece_though_nothing_is_completed_by_itself() {
        let (repairer, clock) = repairer().await;
        let board = Board::new(1);
        let (orders, cancels, wishes) = wishes();
        orders.send(order("2026-10-26T00:00:00Z")).await.unwrap();
        drop((orders, cancels));
        run(
            repairer,
            Arc::clone(&board),
            clock,
            mpsc::channel(1).0,
            wishes,
            ordered_only(),
            CancellationToken::new(),
        )
        .await;
        let runs = board.backfill_runs();
        let run = runs.first().unwrap();
        assert_eq!((run.steps_done, run.steps, run.errors), (3, 3, 3));
        assert!(run.ended_at.is_some() && !run.is_cancelled);
        assert_eq!(run.by.as_deref(), Some("anna"));
        let error = run.last_error.as_deref().unwrap();
        assert!(error.contains("the database could not be read"), "{error}");
    }

    #[tokio::test]
    async fn a_cancelled_order_is_never_begun_and_the_others_are_done() {
        let (repairer, clock) = repairer().await;
        let board = Board::new(1);
        let (orders, cancels, wishes) = wishes();
        for _ in 0..3 {
            orders.send(order("2026-10-26T00:00:00Z")).await.unwrap();
        }
        let mut told = Vec::new();
        for number in [2, 2, 9] {
            let (tell, tells) = oneshot::channel();
            cancels.send((number, tell)).await.unwrap();
            told.push(tells);
        }
        drop((orders, cancels));
        run(
            repairer,
            Arc::clone(&board),
            clock,
            mpsc::channel(1).0,
            wishes,
            ordered_only(),
            CancellationToken::new(),
        )
        .await;
        let mut waited = Vec::new();
        for tells in told {
            waited.push(tells.await.unwrap());
        }
        assert_eq!(
            waited,
            [true, false, false],
            "the second has ended, the ninth is none"
        );
        let runs = board.backfill_runs();
        let ends: Vec<_> = runs
            .iter()
            .map(|run| (run.number, run.steps_done, run.is_cancelled))
            .collect();
        assert_eq!(ends, [(3, 3, false), (2, 0, true), (1, 3, false)]);
    }
}
