//! What was done since the start, for operators: a bounded log of runs.

use std::collections::VecDeque;
use std::sync::Arc;

use parallax::backfill::BackfillRun;
use parallax::candle::{Candle, Interval, Source};
use parallax::time::Timestamp;
use parallax::token::TokenId;
use parallax_board::Board;

/// Runs that are remembered.
const REMEMBERED: usize = 500;

/// What came of one step.
#[derive(Debug, Clone, Default)]
pub(super) struct Outcome {
    pub(super) bars: u64,
    sources: Vec<Source>,
    pub(super) error: Option<String>,
}

impl Outcome {
    pub(super) fn of(candles: &[Candle], error: Option<String>) -> Self {
        let mut sources: Vec<_> = Vec::new();
        for candle in candles {
            if !sources.contains(&candle.series.source) {
                sources.push(candle.series.source.clone());
            }
        }
        sources.sort();
        Self {
            bars: u64::try_from(candles.len()).unwrap_or(u64::MAX),
            sources,
            error,
        }
    }

    /// Whether there is nothing to tell.
    pub(super) const fn is_empty(&self) -> bool {
        self.bars == 0 && self.error.is_none()
    }
}

/// A run that is begun.
pub(super) struct Begun {
    pub(super) token: TokenId,
    pub(super) interval: Interval,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) by: Option<String>,
    pub(super) steps: u32,
}

/// The runs since the start; the board has them as they are.
pub(super) struct RunLog {
    board: Arc<Board>,
    /// The newest first.
    runs: VecDeque<BackfillRun>,
    last: u64,
}

impl RunLog {
    pub(super) fn new(board: Arc<Board>) -> Self {
        Self {
            board,
            runs: VecDeque::new(),
            last: 0,
        }
    }

    /// Notes that a run begins, and returns its number. Of very many the oldest that ended is forgotten.
    pub(super) fn begin(&mut self, begun: Begun, at: Timestamp) -> u64 {
        self.last += 1;
        self.runs.push_front(BackfillRun {
            number: self.last,
            token: begun.token,
            interval: begun.interval,
            from: begun.from,
            until: begun.until,
            by: begun.by,
            began_at: at,
            ended_at: None,
            steps_done: 0,
            steps: begun.steps,
            bars: 0,
            sources: Vec::new(),
            errors: 0,
            last_error: None,
            is_cancelled: false,
        });
        if self.runs.len() > REMEMBERED
            && let Some(oldest) = self.runs.iter().rposition(|run| run.ended_at.is_some())
        {
            self.runs.remove(oldest);
        }
        self.publish();
        self.last
    }

    /// Notes what came of a run's next step; after its last one it has ended.
    pub(super) fn step(&mut self, number: u64, outcome: Outcome, at: Timestamp) {
        let mut runs = self.runs.iter_mut();
        // Not of one that was cancelled while the step was at its end.
        let run = runs.find(|run| run.number == number && run.ended_at.is_none());
        let Some(run) = run else {
            return;
        };
        run.steps_done = run.steps_done.saturating_add(1);
        run.bars = run.bars.saturating_add(outcome.bars);
        for source in outcome.sources {
            if !run.sources.contains(&source) {
                run.sources.push(source);
            }
        }
        run.sources.sort();
        if let Some(error) = outcome.error {
            run.errors = run.errors.saturating_add(1);
            run.last_error = Some(error);
        }
        if run.steps_done >= run.steps {
            run.ended_at = Some(at);
        }
        self.publish();
    }

    /// Ends a run that was ordered before its last step, and says whether it waited or ran until now.
    pub(super) fn cancel(&mut self, number: u64, at: Timestamp) -> bool {
        let mut runs = self.runs.iter_mut();
        let run = runs.find(|run| run.number == number && run.can_be_cancelled());
        let Some(run) = run else {
            return false;
        };
        run.ended_at = Some(at);
        run.is_cancelled = true;
        self.publish();
        true
    }

    /// Whether a run has not ended.
    pub(super) fn is_open(&self, number: u64) -> bool {
        let mut runs = self.runs.iter();
        runs.any(|run| run.number == number && run.ended_at.is_none())
    }

    fn publish(&self) {
        self.board
            .set_backfill_runs(self.runs.iter().cloned().collect());
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn begun(steps: u32) -> Begun {
        Begun {
            token: "bitcoin".parse().unwrap(),
            interval: Interval::Hour,
            from: Timestamp::default(),
            until: Timestamp::default(),
            by: None,
            steps,
        }
    }

    #[test]
    fn a_run_ends_with_its_last_step_and_says_what_went_wrong() {
        let board = Board::new(1);
        let mut log = RunLog::new(Arc::clone(&board));
        let at = |second| Timestamp::from_unix_s(second).unwrap();
        let number = log.begin(begun(2), at(1));
        let failed = Outcome::of(&[], Some("the exchange is away".to_owned()));
        log.step(number, failed, at(2));
        assert_eq!(board.backfill_runs().first().unwrap().ended_at, None);
        log.step(number, Outcome::default(), at(3));
        let run = board.backfill_runs().first().unwrap().clone();
        assert_eq!(
            (run.steps_done, run.errors, run.ended_at),
            (2, 1, Some(at(3)))
        );
        assert_eq!(run.last_error.as_deref(), Some("the exchange is away"));
    }

    #[test]
    fn of_very_many_runs_the_oldest_that_ended_are_forgotten() {
        let board = Board::new(1);
        let mut log = RunLog::new(Arc::clone(&board));
        let waiting = log.begin(begun(1), Timestamp::default());
        for _ in 0..REMEMBERED + 5 {
            let number = log.begin(begun(1), Timestamp::default());
            log.step(number, Outcome::default(), Timestamp::default());
        }
        let runs = board.backfill_runs();
        assert!(runs.len() <= REMEMBERED + 1, "{}", runs.len());
        assert!(runs.iter().any(|run| run.number == waiting));
    }
}
