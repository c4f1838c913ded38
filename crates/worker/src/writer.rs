//! The task that writes rows to the store, and what becomes of them while the store is away.
//!
//! Accepted rows are tried at once. When the database does not take them, or takes longer than
//! [`Writer::JOURNAL_AFTER`], they go to the `spool` on disk, and rows that come later queue up behind
//! them; when it answers again they are replayed in order. So a process that is killed loses at most what
//! came within the pipeline's flush interval and that time. Without a spool, and while the disk does not
//! take it either, rows wait in bounded memory: here one batch, the rest conflated in the pipeline.
//!
//! `task` decides what happens next, `save` hands one batch to the store and finds the rows it refuses
//! for good, `disk` keeps the spool's waits off the runtime's threads.

mod disk;
mod save;
mod task;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use parallax::time::{Clock, Timestamp};
use parallax::view::StoreReport;
use parallax_board::Durations;
use parallax_store::{Keep, Store};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use self::task::Task;
use crate::pending::Rows;

/// Batches that may wait for the writer; more stay with the pipeline, which conflates them.
const QUEUE: usize = 2;

/// Where rows wait while the database is away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpoolConfig {
    /// The folder, for one process alone; `None` for waiting in memory only.
    pub folder: Option<PathBuf>,
    /// Bytes it may take; then the oldest rows are given up.
    pub max_bytes: u64,
}

/// How long each kind of data is kept. `None` keeps it for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retention {
    /// Index prices with their constituents. The newest of each token stays.
    pub prices: Option<Duration>,
    /// One-minute candles.
    pub minutes: Option<Duration>,
    /// One-hour candles.
    pub hours: Option<Duration>,
    /// One-day candles.
    pub days: Option<Duration>,
}

impl Retention {
    /// What is kept at `now`.
    fn keep(self, now: Timestamp) -> Keep {
        let since = |kept: Option<Duration>| kept.map(|kept| now.minus(kept));
        Keep {
            prices_since: since(self.prices),
            minutes_since: since(self.minutes),
            hours_since: since(self.hours),
            days_since: since(self.days),
        }
    }
}

/// What the task tells the pipeline's end.
#[derive(Debug, Default)]
struct Progress {
    /// Rows accepted and neither stored nor lost, those in the spool included.
    queued_rows: u64,
    dropped_rows: u64,
    spooled_rows: u64,
    spool_bytes: u64,
    spool_limit_bytes: u64,
    last_write_at: Option<Timestamp>,
    last_error: Option<String>,
    failing: bool,
}

type Shared = Arc<Mutex<Progress>>;

fn with<T>(progress: &Mutex<Progress>, change: impl FnOnce(&mut Progress) -> T) -> T {
    change(&mut progress.lock().unwrap_or_else(PoisonError::into_inner))
}

/// The pipeline's end of the writer.
#[derive(Debug)]
pub(crate) struct Writer {
    sender: mpsc::Sender<Rows>,
    progress: Shared,
    backend: String,
    task: JoinHandle<()>,
}

impl Writer {
    /// How long rows may be on their way to the database before they are written to the spool as well.
    pub(crate) const JOURNAL_AFTER: Duration = Duration::from_secs(1);

    /// Starts the task, which first replays what an earlier process left in the spool. It notes in `writes` how
    /// long the store took for each batch.
    pub(crate) fn start(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        spool: SpoolConfig,
        retention: Retention,
        writes: Arc<Durations>,
    ) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let progress = Shared::default();
        let backend = store.backend().to_string();
        let task = Task::new(
            store,
            clock,
            spool,
            retention,
            Arc::clone(&progress),
            writes,
        );
        Self {
            sender,
            progress,
            backend,
            task: tokio::spawn(task.run(receiver)),
        }
    }

    /// Whether a batch would be taken now.
    pub(crate) fn has_room(&self) -> bool {
        self.sender.capacity() > 0
    }

    /// Hands over a batch. Call it when [`Writer::has_room`]: the pipeline is the only sender.
    pub(crate) fn write(&self, rows: Rows) {
        let count = rows.len();
        if count == 0 {
            return;
        }
        with(&self.progress, |progress| progress.queued_rows += count);
        if self.sender.try_send(rows).is_err() {
            with(&self.progress, |progress| {
                progress.queued_rows = progress.queued_rows.saturating_sub(count);
                progress.dropped_rows = progress.dropped_rows.saturating_add(count);
            });
        }
    }

    /// How the database is doing. `pending` and `dropped` are the pipeline's own rows.
    pub(crate) fn report(&self, pending: u64, dropped: u64) -> StoreReport {
        with(&self.progress, |progress| StoreReport {
            backend: self.backend.clone(),
            healthy: !progress.failing,
            last_write_at: progress.last_write_at,
            pending_rows: pending.saturating_add(progress.queued_rows),
            dropped_rows: dropped.saturating_add(progress.dropped_rows),
            spooled_rows: progress.spooled_rows,
            spool_bytes: progress.spool_bytes,
            spool_limit_bytes: progress.spool_limit_bytes,
            last_error: progress.last_error.clone(),
        })
    }

    /// Writes the last rows, to the database or the spool, and ends, within `timeout`.
    pub(crate) async fn finish(self, rows: Rows, timeout: Duration) {
        let count = rows.len();
        let Self {
            sender,
            progress,
            mut task,
            ..
        } = self;
        with(&progress, |progress| progress.queued_rows += count);
        let finish = async {
            if count > 0 {
                // The task ends only after its receiver was told of the end: it takes this.
                drop(sender.send(rows).await);
            }
            drop(sender);
            (&mut task).await
        };
        let ended = tokio::time::timeout(timeout, finish).await.is_ok();
        if !ended {
            task.abort();
        }
        let (waiting, spooled) = with(&progress, |progress| {
            (progress.queued_rows, progress.spooled_rows)
        });
        let lost = waiting.saturating_sub(spooled);
        if lost > 0 {
            tracing::error!(
                store.rows_lost = lost,
                "neither the database nor the spool took the last rows before the stop"
            );
        }
        if spooled > 0 {
            tracing::warn!(
                store.rows = spooled,
                "rows wait in the spool for the next start"
            );
        }
    }
}
