//! What the writer does next: at most one batch is on its way to the store, and everything else waits in
//! order behind it, in the spool or, where that cannot be used, in the channel.

use std::collections::HashSet;
use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use parallax::time::Clock;
use parallax_board::Durations;
use parallax_store::{Store, StoreError};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::disk::Disk;
use super::save::{Refused, chain, save};
use super::{Progress, Retention, Shared, SpoolConfig, Writer, with};
use crate::pending::Rows;
use crate::spool::Place;

const FIRST_RETRY: Duration = Duration::from_millis(250);
const LAST_RETRY: Duration = Duration::from_secs(10);
/// How often a spool that cannot be opened is tried again: its folder may still be held by the process
/// this one replaces.
const REOPEN_EVERY: Duration = Duration::from_secs(10);
const FORGET_EVERY: Duration = Duration::from_secs(15 * 60);
/// Different refusals that are logged; more are only counted.
const LOGGED_REASONS: usize = 64;

type Attempt = Pin<Box<dyn Future<Output = Result<Refused, StoreError>> + Send>>;
type Forgetting = Pin<Box<dyn Future<Output = Result<u64, StoreError>> + Send>>;

/// The batch that is on its way to the store.
struct Flight {
    rows: Arc<Rows>,
    attempt: Attempt,
    /// Where the same rows are in the spool; `None` while they are in memory only.
    places: Option<Vec<Place>>,
    began: Instant,
    /// When they are written to the spool as well.
    journal_at: Instant,
}

/// What happens next.
enum Event {
    Saved(Result<Refused, StoreError>),
    Journal,
    Retry,
    Reopen,
    Received(Option<Rows>),
    Forget,
    Forgotten(Result<u64, StoreError>),
}

/// The task and its state.
pub(super) struct Task {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    retention: Retention,
    progress: Shared,
    writes: Arc<Durations>,
    disk: Disk,
    flight: Option<Flight>,
    /// A batch that failed and that the spool did not take either. Nothing is received meanwhile.
    held: Option<Arc<Rows>>,
    /// The store failed last time, and is not asked before this.
    retry_at: Option<Instant>,
    retry_in: Duration,
    reopen_at: Option<Instant>,
    spool_failing: bool,
    forgetting: Option<Forgetting>,
    forget_at: Instant,
    /// Whether nothing more will be received.
    closed: bool,
    logged: HashSet<String>,
}

/// Waits until then; for ever without a time.
async fn at(when: Option<Instant>) {
    match when {
        Some(when) => sleep_until(when).await,
        None => pending().await,
    }
}

/// Waits for a future that may not be there.
async fn of<T>(future: Option<&mut Pin<Box<dyn Future<Output = T> + Send>>>) -> T {
    match future {
        Some(future) => future.await,
        None => pending().await,
    }
}

impl Task {
    pub(super) fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        spool: SpoolConfig,
        retention: Retention,
        progress: Shared,
        writes: Arc<Durations>,
    ) -> Self {
        with(&progress, |progress| {
            progress.spool_limit_bytes = spool.folder.as_ref().map_or(0, |_| spool.max_bytes);
        });
        Self {
            store,
            clock,
            retention,
            progress,
            writes,
            disk: Disk::new(spool),
            flight: None,
            held: None,
            retry_at: None,
            retry_in: FIRST_RETRY,
            reopen_at: None,
            spool_failing: false,
            forgetting: None,
            forget_at: Instant::now(),
            closed: false,
            logged: HashSet::new(),
        }
    }

    /// Works until the channel is closed and its rows are stored, or safe on the disk while the store is
    /// away.
    pub(super) async fn run(mut self, mut receiver: mpsc::Receiver<Rows>) {
        self.open_spool().await;
        loop {
            self.begin_next().await;
            self.tell();
            if self.is_over() {
                return;
            }
            match self.next(&mut receiver).await {
                Event::Saved(result) => self.settle(result).await,
                Event::Journal => self.journal().await,
                Event::Retry => {
                    self.retry_at = None;
                    self.unhold().await;
                }
                Event::Reopen => self.open_spool().await,
                Event::Received(Some(rows)) => self.accept(Arc::new(rows)).await,
                Event::Received(None) => self.closed = true,
                Event::Forget => self.forget(),
                Event::Forgotten(result) => self.forgot(result),
            }
        }
    }

    async fn next(&mut self, receiver: &mut mpsc::Receiver<Rows>) -> Event {
        let receives = !self.closed && self.receives();
        let idle = self.flight.is_none();
        let forget_at = self.forgetting.is_none().then_some(self.forget_at);
        let journal_at = self
            .flight
            .as_ref()
            .filter(|flight| flight.places.is_none())
            .map(|flight| flight.journal_at);
        let attempt = self.flight.as_mut().map(|flight| &mut flight.attempt);
        tokio::select! {
            biased;
            result = of(attempt) => Event::Saved(result),
            () = at(journal_at) => Event::Journal,
            () = at(self.retry_at), if idle => Event::Retry,
            () = at(self.reopen_at) => Event::Reopen,
            rows = receiver.recv(), if receives => Event::Received(rows),
            result = of(self.forgetting.as_mut()) => Event::Forgotten(result),
            () = at(forget_at) => Event::Forget,
        }
    }

    /// Whether another batch can be taken: it goes to the store at once, or behind others on the disk.
    fn receives(&self) -> bool {
        let on_disk = |flight: &Flight| flight.places.is_some();
        self.held.is_none() && self.flight.as_ref().is_none_or(on_disk)
    }

    fn is_over(&self) -> bool {
        let failing = with(&self.progress, |progress| progress.failing);
        let waits_for_store = match &self.flight {
            None => self.disk.contents().rows > 0 && !failing,
            Some(flight) => flight.places.is_none() || !failing,
        };
        self.closed && self.held.is_none() && !waits_for_store
    }

    async fn open_spool(&mut self) {
        match self.disk.open().await {
            Ok(rows) => {
                self.reopen_at = None;
                if rows > 0 {
                    tracing::info!(store.rows = rows, "an earlier run left rows in the spool");
                    with(&self.progress, |progress| progress.queued_rows += rows);
                }
            }
            Err(error) => {
                self.spool_failed(&error);
                self.reopen_at = Some(Instant::now() + REOPEN_EVERY);
            }
        }
    }

    /// Begins with the oldest rows that wait, unless a batch is under way or the store is away.
    async fn begin_next(&mut self) {
        if self.flight.is_some() || self.retry_at.is_some() {
            return;
        }
        if self.disk.contents().rows > 0 {
            let (given_up, first) = self.disk.first().await;
            self.gave_up(given_up);
            if let Some((place, rows)) = first {
                return self.begin(Arc::new(rows), Some(vec![place]));
            }
        }
        if let Some(rows) = self.held.take() {
            self.begin(rows, None);
        }
    }

    fn begin(&mut self, rows: Arc<Rows>, places: Option<Vec<Place>>) {
        let (store, batch) = (Arc::clone(&self.store), Arc::clone(&rows));
        self.flight = Some(Flight {
            rows,
            attempt: Box::pin(async move { save(&*store, &batch).await }),
            places,
            began: Instant::now(),
            journal_at: Instant::now() + Writer::JOURNAL_AFTER,
        });
    }

    async fn accept(&mut self, rows: Arc<Rows>) {
        let waits = self.flight.is_some() || self.retry_at.is_some();
        if !waits && self.disk.contents().rows == 0 {
            self.begin(rows, None);
        } else if self.append(&rows).await.is_none() {
            self.held = Some(rows);
        }
    }

    /// Writes the batch under way to the spool: it takes long.
    async fn journal(&mut self) {
        let Some(rows) = self.flight.as_ref().map(|flight| Arc::clone(&flight.rows)) else {
            return;
        };
        let places = self.append(&rows).await;
        if let Some(flight) = &mut self.flight {
            flight.places = places;
            flight.journal_at = Instant::now() + LAST_RETRY;
        }
    }

    /// Tries again to move the batch that is held in memory to the spool.
    async fn unhold(&mut self) {
        if let Some(rows) = self.held.take()
            && self.append(&rows).await.is_none()
        {
            self.held = Some(rows);
        }
    }

    /// Adds rows to the spool and returns where they are; `None` when it does not take them.
    async fn append(&mut self, rows: &Arc<Rows>) -> Option<Vec<Place>> {
        let (given_up, done) = self.disk.append(Arc::clone(rows)).await?;
        self.gave_up(given_up);
        match done {
            Ok(places) => {
                if std::mem::take(&mut self.spool_failing) {
                    tracing::info!("the spool takes rows again");
                }
                Some(places)
            }
            Err(error) => {
                self.spool_failed(&error);
                None
            }
        }
    }

    async fn settle(&mut self, result: Result<Refused, StoreError>) {
        let Some(flight) = self.flight.take() else {
            return;
        };
        match result {
            Ok(refused) => {
                self.writes.note(flight.began.elapsed());
                if let Some(places) = flight.places {
                    self.disk.done(places).await;
                }
                self.retry_in = FIRST_RETRY;
                self.saved(flight.rows.len(), &refused);
            }
            Err(error) => {
                self.failed(&error);
                self.retry_at = Some(Instant::now() + self.retry_in);
                self.retry_in = (self.retry_in * 2).min(LAST_RETRY);
                if flight.places.is_none() && self.append(&flight.rows).await.is_none() {
                    self.held = Some(flight.rows);
                }
            }
        }
    }

    fn saved(&mut self, rows: u64, refused: &Refused) {
        let now = self.clock.now().utc;
        let recovered = with(&self.progress, |progress| {
            progress.queued_rows = progress.queued_rows.saturating_sub(rows);
            progress.dropped_rows = progress.dropped_rows.saturating_add(refused.rows);
            if let Some(reason) = refused.reasons.last() {
                progress.last_error = Some(reason.clone());
            }
            progress.last_write_at = Some(now);
            std::mem::take(&mut progress.failing)
        });
        if recovered {
            tracing::info!("the database takes rows again");
        }
        for reason in &refused.reasons {
            if self.logged.len() < LOGGED_REASONS && self.logged.insert(reason.clone()) {
                tracing::error!(
                    store.error = reason,
                    store.rows_lost = refused.rows,
                    "the database refused rows; they are lost. Logged once for this reason"
                );
            }
        }
    }

    /// Notes that the store failed, and logs the first of a row of failures.
    fn failed(&self, error: &StoreError) {
        let text = chain(error);
        let first = with(&self.progress, |progress| {
            progress.last_error = Some(text.clone());
            !std::mem::replace(&mut progress.failing, true)
        });
        if first {
            tracing::error!(
                store.error = text,
                "the database cannot take rows now; live prices go on, and rows wait"
            );
        }
    }

    fn spool_failed(&mut self, error: &(dyn std::error::Error + 'static)) {
        let text = chain(error);
        with(&self.progress, |progress| {
            progress.last_error = Some(text.clone());
        });
        if !std::mem::replace(&mut self.spool_failing, true) {
            tracing::error!(
                spool.error = text,
                "the spool cannot be used; rows wait in memory, which a crash would lose"
            );
        }
    }

    fn gave_up(&self, rows: u64) {
        if rows > 0 {
            with(&self.progress, |progress| {
                progress.queued_rows = progress.queued_rows.saturating_sub(rows);
                progress.dropped_rows = progress.dropped_rows.saturating_add(rows);
            });
            tracing::error!(store.rows_lost = rows, "the spool gave up its oldest rows");
        }
    }

    /// Tells the pipeline's end what the spool holds.
    fn tell(&self) {
        let contents = self.disk.contents();
        with(&self.progress, |progress: &mut Progress| {
            progress.spooled_rows = contents.rows;
            progress.spool_bytes = contents.bytes;
        });
    }

    /// Begins to forget what is older than the retention, beside everything else.
    fn forget(&mut self) {
        self.forget_at = Instant::now() + FORGET_EVERY;
        let store = Arc::clone(&self.store);
        let keep = self.retention.keep(self.clock.now().utc);
        self.forgetting = Some(Box::pin(async move { store.forget(keep).await }));
    }

    fn forgot(&mut self, result: Result<u64, StoreError>) {
        self.forgetting = None;
        match result {
            Ok(0) => {}
            Ok(gone) => tracing::debug!(store.gone = gone, "forgot what is older than is kept"),
            Err(error) => {
                let text = chain(&error);
                with(&self.progress, |progress| {
                    progress.last_error = Some(text.clone());
                });
                tracing::warn!(
                    store.error = text,
                    "old rows could not be forgotten; trying again later"
                );
            }
        }
    }
}
