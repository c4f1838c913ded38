//! Back-fill: the past, completed from the venues' own history.
//!
//! [`run`] looks at what is stored and asks for what is missing: at the start the last days, later what
//! an outage left out; between rounds it does what operators order, and it keeps a log of what was done. It owns
//! the plan and the order; [`Repairer`] does the work for one token, and the
//! command `parallax backfill` uses it too. `crates/ingest` asks the venues (and keeps their limits),
//! `crates/pricing` makes index bars of the answers. Live prices never wait for any of it.

mod asking;
mod holes;
mod listings;
mod orders;
mod repairer;
mod runs;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use parallax::backfill::BackfillOrder;
use parallax::candle::{Candle, Interval};
use parallax::time::{Clock, Timestamp};
use parallax::token::TokenId;
use parallax::view::BackfillReport;
use parallax_board::Board;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::orders::{Step, Steps};
use self::runs::{Begun, Outcome, RunLog};

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

/// The minutes that come first: they give the change of an hour.
const FIRST_MINUTES: Duration = Duration::from_secs(2 * 3_600);
/// The first round waits until the markets are known: every exchange has listed some and none was added
/// for this long, or an exchange has not listed any for so long that the others go on without it.
const SETTLED_AFTER: Duration = Duration::from_secs(2);
const EXCHANGES_WITHIN: Duration = Duration::from_secs(30);
/// Looked at again although it was complete: a bar that is late, and the bars of the last round that the
/// store had not taken yet.
const MARGIN: Duration = Duration::from_secs(10 * 60);

/// What is known to be complete, so that it need not be read again.
type Complete = HashMap<(TokenId, Interval), Timestamp>;

/// Completes the past until `shutdown`, reporting on `board` and sending the candles to the pipeline. `orders` are
/// what operators want to have repaired now; they are taken also when nothing is completed by itself.
pub async fn run(
    repairer: Repairer,
    board: Arc<Board>,
    clock: Arc<dyn Clock>,
    candles: mpsc::Sender<Vec<Candle>>,
    mut orders: mpsc::Receiver<BackfillOrder>,
    config: BackfillConfig,
    shutdown: CancellationToken,
) {
    let work = async {
        let exchanges = repairer.exchanges();
        let settled = repairer.listings().settled(&exchanges, SETTLED_AFTER);
        // An exchange that is away then has its part in what is missing later.
        let _ = tokio::time::timeout(EXCHANGES_WITHIN, settled).await;
        let mut rounds = Rounds {
            repairer,
            log: RunLog::new(Arc::clone(&board)),
            board,
            clock,
            candles,
            config,
            report: BackfillReport::default(),
            complete: Complete::new(),
            steps: Steps::new(),
        };
        let has_rounds = !config.hours_back.is_zero();
        let mut due = Instant::now();
        loop {
            if has_rounds && Instant::now() >= due {
                rounds.round().await;
                due = Instant::now() + config.every;
            }
            while let Ok(order) = orders.try_recv() {
                rounds.take(order);
            }
            // Step by step, so that what an outage left out does not wait for the end of a long order.
            if let Some(step) = rounds.steps.pop_front() {
                rounds.step(step).await;
                continue;
            }
            tokio::select! {
                Some(order) = orders.recv() => rounds.take(order),
                () = tokio::time::sleep_until(due), if has_rounds => {}
                else => break,
            }
        }
    };
    tokio::select! {
        () = work => {}
        () = shutdown.cancelled() => {}
    }
}

struct Rounds {
    repairer: Repairer,
    board: Arc<Board>,
    clock: Arc<dyn Clock>,
    candles: mpsc::Sender<Vec<Candle>>,
    config: BackfillConfig,
    report: BackfillReport,
    complete: Complete,
    log: RunLog,
    steps: Steps,
}

impl Rounds {
    /// Lines up the steps of an order: piece by piece what converts the token, then the token.
    fn take(&mut self, order: BackfillOrder) {
        let now = self.clock.now().utc;
        let pieces = pieces(order.interval, order.from, order.until.min(now));
        let mut tokens = self.repairer.conversions(&order.token);
        tokens.push(order.token.clone());
        let begun = Begun {
            token: order.token,
            interval: order.interval,
            from: order.from,
            until: order.until,
            by: Some(order.by),
            steps: u32::try_from(pieces.len() * tokens.len()).unwrap_or(u32::MAX),
        };
        let run = self.log.begin(begun, now);
        for (from, until) in pieces {
            for (position, token) in tokens.iter().enumerate() {
                self.steps.push_back(Step {
                    run,
                    token: token.clone(),
                    interval: order.interval,
                    from,
                    until,
                    begins: position == 0,
                });
            }
        }
    }

    async fn step(&mut self, step: Step) {
        if step.begins {
            self.repairer.begin();
        }
        let repair = self
            .repairer
            .repair(&step.token, step.interval, step.from, step.until);
        let outcome = hand_over(repair.await, &self.candles).await;
        self.report.bars = self.report.bars.saturating_add(outcome.bars);
        self.log.step(step.run, outcome, self.clock.now().utc);
        self.board.set_backfill(self.report.clone());
    }

    /// Everything once; the first time what the changes in the table need comes before the rest of the
    /// minutes.
    async fn round(&mut self) {
        self.repairer.begin();
        self.pass(Interval::Hour, self.config.hours_back).await;
        if self.report.last_round_at.is_none() {
            let first = FIRST_MINUTES.min(self.config.minutes_back);
            self.pass(Interval::Minute, first).await;
        }
        self.pass(Interval::Minute, self.config.minutes_back).await;
        self.report.running = false;
        self.report.tokens_left = 0;
        self.report.last_round_at = Some(self.clock.now().utc);
        self.board.set_backfill(self.report.clone());
    }

    /// One length of candle for all tokens: what converts others first and one after the other, then the
    /// rest side by side.
    async fn pass(&mut self, interval: Interval, back: Duration) {
        let now = self.clock.now().utc;
        let oldest = oldest(now, back, interval);
        let is_all = match interval {
            Interval::Minute => back == self.config.minutes_back,
            Interval::Hour | Interval::Day => true,
        };
        let (bases, others) = self.repairer.tokens();
        self.report.running = true;
        self.report.tokens_left = u32::try_from(bases.len() + others.len()).unwrap_or(u32::MAX);
        let Self {
            repairer,
            candles,
            complete,
            ..
        } = &*self;
        let one = async |token: TokenId| {
            let key = (token.clone(), interval);
            let from = complete.get(&key).map_or(oldest, |&until| {
                until.minus(MARGIN.max(3 * interval.duration())).max(oldest)
            });
            let repaired = repairer.repair(&token, interval, from, now).await;
            (key, from, repaired)
        };
        let mut done = Vec::new();
        for token in bases {
            let (key, from, repaired) = one(token).await;
            done.push((key, from, hand_over(repaired, candles).await));
        }
        let mut others = futures::stream::iter(others)
            .map(&one)
            .buffer_unordered(self.config.parallel.max(1));
        while let Some((key, from, repaired)) = others.next().await {
            done.push((key, from, hand_over(repaired, candles).await));
        }
        drop(others);
        for (key, from, outcome) in done {
            let is_complete = is_all && (from == oldest || self.complete.contains_key(&key));
            self.tell(&key, from, now, &outcome);
            self.note(key, is_complete, now, outcome);
        }
        self.board.set_backfill(self.report.clone());
    }

    /// Notes a run of which there is something to tell.
    fn tell(
        &mut self,
        (token, interval): &(TokenId, Interval),
        from: Timestamp,
        until: Timestamp,
        outcome: &Outcome,
    ) {
        if outcome.is_empty() {
            return;
        }
        let begun = Begun {
            token: token.clone(),
            interval: *interval,
            from,
            until,
            by: None,
            steps: 1,
        };
        let run = self.log.begin(begun, until);
        self.log.step(run, outcome.clone(), self.clock.now().utc);
    }

    fn note(
        &mut self,
        key: (TokenId, Interval),
        is_complete: bool,
        now: Timestamp,
        outcome: Outcome,
    ) {
        self.report.bars = self.report.bars.saturating_add(outcome.bars);
        match outcome.error {
            None => {
                // Only what was looked at from the oldest on.
                if is_complete {
                    self.complete.insert(key, now);
                }
            }
            Some(error) => {
                self.report.last_error = Some(error);
                self.report.last_error_at = Some(now);
            }
        }
    }
}

/// The first moment that is completed, so that the price of `now - back` is known: it is the close of the
/// bar that had ended by then, which opened up to two lengths of a bar before it.
fn oldest(now: Timestamp, back: Duration, interval: Interval) -> Timestamp {
    // Whole days, so that the first day is not a gap for the hours before.
    let whole = match interval {
        Interval::Minute => Interval::Minute,
        Interval::Hour | Interval::Day => Interval::Day,
    };
    let open_time = now.minus(back).floor(interval.duration());
    open_time.minus(interval.duration()).floor(whole.duration())
}

/// Sends the candles on, and says what they were and what went wrong.
async fn hand_over(repaired: Repaired, candles: &mpsc::Sender<Vec<Candle>>) -> Outcome {
    let outcome = Outcome::of(&repaired.candles, repaired.error);
    if outcome.bars > 0 {
        // Closed only at shutdown.
        let _ = candles.send(repaired.candles).await;
    }
    outcome
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_price_of_seven_days_ago_is_completed_also_just_after_midnight() {
        let week = Duration::from_secs(7 * 86_400);
        for (now, expected) in [
            ("2026-11-22T00:29:00Z", "2026-11-14T00:00:00Z"),
            ("2026-11-22T00:00:00Z", "2026-11-14T00:00:00Z"),
            ("2026-11-22T01:00:00Z", "2026-11-15T00:00:00Z"),
            ("2026-11-22T23:59:59Z", "2026-11-15T00:00:00Z"),
        ] {
            let now: Timestamp = now.parse().unwrap();
            let from = oldest(now, week, Interval::Hour);
            assert_eq!(
                from.to_string(),
                expected.parse::<Timestamp>().unwrap().to_string()
            );
            let ended = now.minus(week).floor(Interval::Hour.duration());
            assert!(from.plus(Interval::Hour.duration()) <= ended, "{now}");
        }
        let minutes = oldest(
            "2026-11-22T00:00:30Z".parse().unwrap(),
            week,
            Interval::Minute,
        );
        assert_eq!(minutes, "2026-11-14T23:59:00Z".parse().unwrap());
    }

    struct Standing;

    impl Clock for Standing {
        fn now(&self) -> parallax::time::Moment {
            parallax::time::Moment {
                utc: "2026-11-22T12:00:00Z".parse().unwrap(),
                ..Default::default()
            }
        }
    }

    #[tokio::test]
    async fn an_order_is_done_piece_by_piece_though_nothing_is_completed_by_itself() {
        let url = "sqlite::memory:".parse().unwrap();
        let store = parallax_store::open(&url).await.unwrap();
        // So every step fails, and at once.
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
        let board = Board::new(1);
        let (orders, ordered) = mpsc::channel(1);
        let order = BackfillOrder {
            token: "bitcoin".parse().unwrap(),
            interval: Interval::Hour,
            from: "2026-10-01T00:00:00Z".parse().unwrap(),
            until: "2026-10-26T00:00:00Z".parse().unwrap(),
            by: "anna".to_owned(),
        };
        orders.send(order).await.unwrap();
        drop(orders);
        let config = BackfillConfig {
            hours_back: Duration::ZERO,
            ..BackfillConfig::default()
        };
        run(
            repairer.unwrap(),
            Arc::clone(&board),
            clock,
            mpsc::channel(1).0,
            ordered,
            config,
            CancellationToken::new(),
        )
        .await;
        let runs = board.backfill_runs();
        let run = runs.first().unwrap();
        assert_eq!((run.steps_done, run.steps, run.errors), (3, 3, 3));
        assert!(run.ended_at.is_some());
        assert_eq!(run.by.as_deref(), Some("anna"));
        let error = run.last_error.as_deref().unwrap();
        assert!(error.contains("the database could not be read"), "{error}");
    }
}
