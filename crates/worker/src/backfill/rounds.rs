//! Rounds: what is completed by itself, all tokens and lengths in turn; and between two rounds the steps of what was
//! ordered, which wait in the [`Line`].

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use parallax::candle::{Candle, Interval};
use parallax::time::{Clock, Timestamp};
use parallax::token::TokenId;
use parallax::view::BackfillReport;
use parallax_board::Board;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::orders::{Line, Step};
use super::runs::{Begun, Outcome};
use super::{BackfillConfig, Repaired, Repairer};

/// The minutes that come first: they give the change of an hour.
const FIRST_MINUTES: Duration = Duration::from_secs(2 * 3_600);
/// Looked at again although it was complete: a bar that is late, and the bars of the last round that the
/// store had not taken yet.
const MARGIN: Duration = Duration::from_secs(10 * 60);

/// What is known to be complete, so that it need not be read again.
pub(super) type Complete = HashMap<(TokenId, Interval), Timestamp>;

/// What is done by itself, and between it what was ordered.
pub(super) struct Rounds<'a> {
    pub(super) repairer: &'a Repairer,
    pub(super) line: &'a Line,
    pub(super) board: Arc<Board>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) candles: mpsc::Sender<Vec<Candle>>,
    pub(super) config: BackfillConfig,
    pub(super) report: BackfillReport,
    pub(super) complete: Complete,
}

impl Rounds<'_> {
    /// Rounds when they are due, and ordered steps between them; ends when nothing can be to do any longer.
    pub(super) async fn work(mut self) {
        let has_rounds = !self.config.hours_back.is_zero();
        let mut due = Instant::now();
        loop {
            if has_rounds && Instant::now() >= due {
                self.round().await;
                due = Instant::now() + self.config.every;
            }
            // Step by step, so that what an outage left out does not wait for the end of a long order.
            if let Some(step) = self.line.next() {
                self.step(step).await;
                continue;
            }
            tokio::select! {
                Some(()) = self.line.more() => {}
                () = tokio::time::sleep_until(due), if has_rounds => {}
                else => break,
            }
        }
    }

    async fn step(&mut self, step: Step) {
        if step.begins {
            self.repairer.begin();
        }
        let (repairer, candles) = (self.repairer, &self.candles);
        let repair = async {
            let repaired = repairer.repair(&step.token, step.interval, step.from, step.until);
            hand_over(repaired.await, candles).await
        };
        // What it asked for is given up with it.
        let Some(outcome) = self.line.unless_ended(step.run, repair).await else {
            return;
        };
        self.report.bars = self.report.bars.saturating_add(outcome.bars);
        self.line.done(step.run, outcome, self.clock.now().utc);
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
        let run = self.line.begin(begun, until);
        self.line.done(run, outcome.clone(), self.clock.now().utc);
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
}
