//! The task that writes rows to the store, and keeps trying while the database is away.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use parallax::time::{Clock, Timestamp};
use parallax::view::StoreReport;
use parallax_store::{Store, StoreError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::WorkerConfig;
use crate::pending::Rows;

/// Batches that may wait for the writer; more stay with the pipeline, which conflates them.
const QUEUE: usize = 2;
const FIRST_RETRY: Duration = Duration::from_millis(250);
const LAST_RETRY: Duration = Duration::from_secs(10);
const PRUNE_EVERY: Duration = Duration::from_secs(15 * 60);

#[derive(Debug, Default)]
struct Progress {
    queued_rows: u64,
    dropped_rows: u64,
    last_write_at: Option<Timestamp>,
    last_error: Option<String>,
    failing: bool,
}

/// The pipeline's end of the writer.
#[derive(Debug)]
pub(crate) struct Writer {
    sender: mpsc::Sender<Rows>,
    progress: Arc<Mutex<Progress>>,
    backend: String,
    task: JoinHandle<()>,
}

struct Task {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    progress: Arc<Mutex<Progress>>,
    price_retention: Duration,
}

impl Writer {
    /// Starts the task.
    pub(crate) fn start(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        config: &WorkerConfig,
    ) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let progress = Arc::default();
        let backend = store.backend().to_string();
        let task = Task {
            store,
            clock,
            progress: Arc::clone(&progress),
            price_retention: config.price_retention,
        };
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
                progress.queued_rows -= count;
                progress.dropped_rows += count;
            });
        }
    }

    /// How the database is doing.
    pub(crate) fn report(&self, pending: u64, dropped: u64) -> StoreReport {
        with(&self.progress, |progress| StoreReport {
            backend: self.backend.clone(),
            healthy: !progress.failing,
            last_write_at: progress.last_write_at,
            pending_rows: pending.saturating_add(progress.queued_rows),
            dropped_rows: dropped.saturating_add(progress.dropped_rows),
            last_error: progress.last_error.clone(),
        })
    }

    /// Writes the last rows and ends, within `timeout`.
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
            let _ = sender.send(rows).await;
            drop(sender);
            (&mut task).await
        };
        if tokio::time::timeout(timeout, finish).await.is_err() {
            task.abort();
            let lost = with(&progress, |progress| progress.queued_rows);
            tracing::error!(
                store.rows = lost,
                "the database did not take the last rows before the stop"
            );
        }
    }
}

fn with<T>(progress: &Mutex<Progress>, change: impl FnOnce(&mut Progress) -> T) -> T {
    change(&mut progress.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Task {
    async fn run(self, mut receiver: mpsc::Receiver<Rows>) {
        let mut prune_at = Instant::now();
        while let Some(rows) = receiver.recv().await {
            self.write_until_done(&rows).await;
            if Instant::now() >= prune_at {
                prune_at = Instant::now() + PRUNE_EVERY;
                self.prune().await;
            }
        }
    }

    /// Tries until the rows are written, or can never be. Every statement is idempotent, so that a
    /// batch whose first half was written is simply written again.
    async fn write_until_done(&self, rows: &Rows) {
        let count = rows.len();
        let mut retry_in = FIRST_RETRY;
        loop {
            match self.write(rows).await {
                Ok(()) => return self.succeeded(count),
                Err(error) if error.is_retryable() => {
                    self.failed(
                        &error,
                        0,
                        "the database cannot take rows now; live prices go on",
                    );
                    tokio::time::sleep(retry_in).await;
                    retry_in = (retry_in * 2).min(LAST_RETRY);
                }
                Err(error) => {
                    return self.failed(&error, count, "the database refused rows; they are lost");
                }
            }
        }
    }

    async fn write(&self, rows: &Rows) -> Result<(), StoreError> {
        self.store.save_listings(&rows.listings).await?;
        self.store.save_quotes(&rows.quotes).await?;
        self.store.save_candles(&rows.candles).await?;
        self.store.save_prices(&rows.prices).await
    }

    async fn prune(&self) {
        let before = self.clock.now().utc.minus(self.price_retention);
        match self.store.prune_prices(before).await {
            Ok(0) => {}
            Ok(rows) => {
                tracing::debug!(store.rows = rows, "deleted prices older than the retention")
            }
            Err(error) => self.failed(
                &error,
                0,
                "old prices could not be deleted; trying again later",
            ),
        }
    }

    fn succeeded(&self, count: u64) {
        let now = self.clock.now().utc;
        let recovered = with(&self.progress, |progress| {
            progress.queued_rows = progress.queued_rows.saturating_sub(count);
            progress.last_write_at = Some(now);
            std::mem::take(&mut progress.failing)
        });
        if recovered {
            tracing::info!("the database takes rows again");
        }
    }

    /// Notes a failure, and logs the first of a row of them.
    fn failed(&self, error: &StoreError, lost: u64, consequence: &'static str) {
        let text = chain(error);
        let first = with(&self.progress, |progress| {
            progress.queued_rows = progress.queued_rows.saturating_sub(lost);
            progress.dropped_rows = progress.dropped_rows.saturating_add(lost);
            progress.last_error = Some(text.clone());
            !std::mem::replace(&mut progress.failing, true)
        });
        if first || lost > 0 {
            tracing::error!(store.error = text, store.rows_lost = lost, "{consequence}");
        }
    }
}

/// An error with its causes, on one line.
fn chain(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
