//! SQLite, the embedded default: one file in WAL mode, one writing connection, some reading ones.
//!
//! A batch travels as one JSON text that SQLite unfolds with `json_each`: one bound value whatever the
//! number of rows, so the limit on bound values is never met and every statement is a constant. Candles
//! alone are bound value by value: they are many, and small.

mod accounts;
mod browse;
mod calls;
mod directives;
mod history;
mod sizes;
mod statements;

use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use sqlx::migrate::Migrator;
use sqlx::query::QueryAs;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteRow, SqliteSynchronous,
};
use sqlx::{FromRow, Sqlite, query, query_scalar};
use tokio::time::{Instant, sleep, timeout};

use crate::batch::ROWS_PER_STATEMENT;
use crate::classify::{classify, classify_migration, classify_opening};
use crate::error::{Reference, StoreError};

static MIGRATOR: Migrator = sqlx::migrate!("../../migrations/sqlite");

/// How long a connection waits for another process that holds the file.
const BUSY_LIMIT: Duration = Duration::from_secs(5);
/// How long an opening waits before it asks again for a file that another process makes.
const LOCKED_PAUSE: Duration = Duration::from_millis(20);
/// How long a call waits for a connection of this process.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(10);
/// How long a whole call may take.
const CALL_LIMIT: Duration = Duration::from_secs(30);
/// How long [`Store::close`] waits for calls under way.
const CLOSE_LIMIT: Duration = Duration::from_secs(3);
/// Reads at once.
const READERS: u32 = 4;

/// A [`Store`] in a SQLite file.
pub(crate) struct SqliteStore {
    /// One connection: SQLite has one writer at a time, and waiting here is fair.
    writer: SqlitePool,
    /// The writer again for a database in memory, which exists only within its connection.
    reader: SqlitePool,
}

/// One statement of a save and the rows it saves, as JSON.
type Step = (&'static str, String);

/// The rows as steps of one statement.
fn steps<R: Serialize>(
    doing: &'static str,
    statement: &'static str,
    rows: &[R],
) -> Result<Vec<Step>, StoreError> {
    rows.chunks(ROWS_PER_STATEMENT)
        .map(|rows| match serde_json::to_string(rows) {
            Ok(json) => Ok((statement, json)),
            // Cannot happen: rows hold texts and whole numbers.
            Err(error) => Err(StoreError::Failed {
                doing,
                source: sqlx::Error::Encode(error.into()),
            }),
        })
        .collect()
}

fn pool_options() -> SqlitePoolOptions {
    // The file cannot go away like a server: connections need no renewal and no test.
    SqlitePoolOptions::new()
        .acquire_timeout(ACQUIRE_LIMIT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

impl SqliteStore {
    /// Opens the file, makes it and its folder when missing, and migrates it.
    pub(crate) async fn open(path: &Path) -> Result<Self, StoreError> {
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            tokio::fs::create_dir_all(folder)
                .await
                .map_err(|source| StoreError::Folder {
                    path: folder.to_owned(),
                    source,
                })?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .busy_timeout(BUSY_LIMIT)
            .foreign_keys(true);
        // WAL: readers and the writer do not wait for each other. Normal: no flush per transaction; a
        // loss of power can cost the last moments, never the file's consistency.
        let writing = options
            .clone()
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal);
        let writer = Self::connect(pool_options().max_connections(1), writing).await?;
        let reading = options.read_only(true);
        let reader = pool_options()
            .max_connections(READERS)
            .connect_lazy_with(reading);
        Ok(Self { writer, reader })
    }

    /// Makes a database that lasts as long as this value.
    pub(crate) async fn open_in_memory() -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .in_memory(true)
            .foreign_keys(true);
        let writer = Self::connect(pool_options().max_connections(1), options).await?;
        Ok(Self {
            reader: writer.clone(),
            writer,
        })
    }

    /// Connects and migrates.
    async fn connect(
        pool: SqlitePoolOptions,
        options: SqliteConnectOptions,
    ) -> Result<SqlitePool, StoreError> {
        let pool = Self::first_connection(pool, options).await?;
        // One transaction around all migrations: another process that starts now waits for its end.
        // `run_direct`, because the future of the generic `run` cannot be spawned.
        let mut transaction = pool
            .begin_with("begin immediate")
            .await
            .map_err(|error| classify_opening("migrate", error))?;
        MIGRATOR
            .run_direct(None, &mut *transaction, false)
            .await
            .map_err(classify_migration)?;
        transaction
            .commit()
            .await
            .map_err(|error| classify("migrate", Reference::Token, error))?;
        Ok(pool)
    }

    /// Connects, and waits for another program that makes the same file: changing the journal mode
    /// answers "locked" at once, whatever the busy timeout (<https://sqlite.org/c3ref/busy_handler.html>).
    async fn first_connection(
        pool: SqlitePoolOptions,
        options: SqliteConnectOptions,
    ) -> Result<SqlitePool, StoreError> {
        let give_up = Instant::now() + BUSY_LIMIT;
        loop {
            let error = match pool.clone().connect_with(options.clone()).await {
                Ok(pool) => return Ok(pool),
                Err(error) => classify_opening("open the file", error),
            };
            if !matches!(error, StoreError::Busy { .. }) || Instant::now() >= give_up {
                return Err(error);
            }
            sleep(LOCKED_PAUSE).await;
        }
    }

    /// Runs a call's statements within the time limit. `names` is what its rows can name.
    async fn call<T>(
        doing: &'static str,
        names: Reference,
        work: impl Future<Output = Result<T, sqlx::Error>> + Send,
    ) -> Result<T, StoreError> {
        match timeout(CALL_LIMIT, work).await {
            Ok(done) => done.map_err(|error| classify(doing, names, error)),
            Err(_) => Err(StoreError::TimedOut {
                doing,
                limit: CALL_LIMIT,
            }),
        }
    }

    /// Runs all steps in one transaction.
    async fn write(
        &self,
        doing: &'static str,
        names: Reference,
        steps: Vec<Step>,
    ) -> Result<(), StoreError> {
        if steps.is_empty() {
            return Ok(());
        }
        Self::call(doing, names, async {
            // Immediate: the lock is taken before anything is read, so it cannot be refused halfway.
            let mut transaction = self.writer.begin_with("begin immediate").await?;
            for (statement, rows) in steps {
                query(statement)
                    .bind(rows)
                    .execute(&mut *transaction)
                    .await?;
            }
            transaction.commit().await
        })
        .await
    }

    /// Reads rows and turns them into what they stand for.
    async fn read<R, T>(
        &self,
        doing: &'static str,
        statement: QueryAs<'static, Sqlite, R, SqliteArguments>,
    ) -> Result<Vec<T>, StoreError>
    where
        R: for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
        T: TryFrom<R, Error = StoreError>,
    {
        let rows = Self::call(doing, Reference::Token, statement.fetch_all(&self.reader)).await?;
        rows.into_iter().map(T::try_from).collect()
    }

    /// What rows that name tokens and venues name in vain, asked to explain a broken foreign key.
    async fn unknown(&self, venues: impl Iterator<Item = &str> + Send) -> Reference {
        let venues: Vec<&str> = venues.collect();
        let Ok(venues) = serde_json::to_string(&venues) else {
            return Reference::Token;
        };
        let unknown: Result<i64, sqlx::Error> = query_scalar(statements::COUNT_UNKNOWN_VENUES)
            .bind(venues)
            .fetch_one(&self.reader)
            .await;
        match unknown {
            Ok(unknown) if unknown > 0 => Reference::Venue,
            _ => Reference::Token,
        }
    }
}
