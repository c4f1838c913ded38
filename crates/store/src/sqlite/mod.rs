//! SQLite, the embedded default: one file in WAL mode, one writing connection, some reading ones.
//!
//! A batch travels as one JSON text that SQLite unfolds with `json_each`: one bound value whatever the
//! number of rows, so the limit on bound values is never met and every statement is a constant.

mod statements;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parallax::candle::{Candle, Interval};
use parallax::index::IndexPrice;
use parallax::market::Listing;
use parallax::time::Timestamp;
use parallax::token::{Token, TokenId};
use parallax::venue::Venue;
use serde::Serialize;
use sqlx::migrate::Migrator;
use sqlx::query::QueryAs;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteRow, SqliteSynchronous,
};
use sqlx::{FromRow, Sqlite, query, query_as, query_scalar};
use tokio::time::timeout;

use crate::batch::{self, ROWS_PER_STATEMENT};
use crate::classify::{classify, classify_migration};
use crate::contract::{Backend, Store, StoredQuote};
use crate::error::{Reference, StoreError};
use crate::rows::{self, CandleRow, ListingRow, PriceRow, StoredQuoteRow, VenueRow};

static MIGRATOR: Migrator = sqlx::migrate!("../../migrations/sqlite");

/// How long a connection waits for another process that holds the file.
const BUSY_LIMIT: Duration = Duration::from_secs(5);
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
        let pool = pool
            .connect_with(options)
            .await
            .map_err(|error| classify("open the file", Reference::Token, error))?;
        // One transaction around all migrations: another process that starts now waits for its end.
        // `run_direct`, because the future of the generic `run` cannot be spawned.
        let mut transaction = pool
            .begin_with("begin immediate")
            .await
            .map_err(|error| classify("migrate", Reference::Token, error))?;
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

    /// Whether all venues of the listings were saved, asked to explain a broken foreign key.
    async fn knows_venues(&self, listings: &[ListingRow]) -> bool {
        let venues: Vec<&str> = listings.iter().map(|row| row.venue.as_str()).collect();
        let Ok(venues) = serde_json::to_string(&venues) else {
            return true;
        };
        let unknown: Result<i64, sqlx::Error> = query_scalar(statements::COUNT_UNKNOWN_VENUES)
            .bind(venues)
            .fetch_one(&self.reader)
            .await;
        unknown.is_ok_and(|unknown| unknown == 0)
    }
}

#[async_trait]
impl Store for SqliteStore {
    fn backend(&self) -> Backend {
        Backend::Sqlite
    }

    async fn ping(&self) -> Result<(), StoreError> {
        // The schema's counter, not `select 1`: that would not touch the file.
        Self::call(
            "answer",
            Reference::Token,
            query(statements::PING).execute(&self.reader),
        )
        .await
        .map(drop)
    }

    async fn save_tokens(&self, tokens: &[Token]) -> Result<(), StoreError> {
        const DOING: &str = "save tokens";
        let (tokens, contracts) = batch::tokens(tokens)?;
        let mut all = steps(DOING, statements::SAVE_TOKENS, &tokens)?;
        all.extend(steps(DOING, statements::FORGET_CONTRACTS, &tokens)?);
        all.extend(steps(DOING, statements::SAVE_CONTRACTS, &contracts)?);
        self.write(DOING, Reference::Token, all).await
    }

    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        let read = query_as(statements::TOKENS).fetch_all(&self.reader);
        rows::tokens(Self::call("read tokens", Reference::Token, read).await?)
    }

    async fn save_venues(&self, venues: &[Venue]) -> Result<(), StoreError> {
        const DOING: &str = "save venues";
        let steps = steps(DOING, statements::SAVE_VENUES, &batch::venues(venues)?)?;
        self.write(DOING, Reference::Venue, steps).await
    }

    async fn venues(&self) -> Result<Vec<Venue>, StoreError> {
        self.read::<VenueRow, _>("read venues", query_as(statements::VENUES))
            .await
    }

    async fn save_listings(&self, listings: &[Arc<Listing>]) -> Result<(), StoreError> {
        const DOING: &str = "save listings";
        let rows = batch::listings(listings)?;
        let steps = steps(DOING, statements::SAVE_LISTINGS, &rows)?;
        match self.write(DOING, Reference::Token, steps).await {
            Err(StoreError::UnknownReference { doing, source, .. })
                if !self.knows_venues(&rows).await =>
            {
                Err(StoreError::UnknownReference {
                    doing,
                    kind: Reference::Venue,
                    source,
                })
            }
            done => done,
        }
    }

    async fn listings(&self) -> Result<Vec<Arc<Listing>>, StoreError> {
        self.read::<ListingRow, _>("read listings", query_as(statements::LISTINGS))
            .await
    }

    async fn save_quotes(&self, quotes: &[StoredQuote]) -> Result<(), StoreError> {
        const DOING: &str = "save quotes";
        let steps = steps(DOING, statements::SAVE_QUOTES, &batch::quotes(quotes)?)?;
        self.write(DOING, Reference::Listing, steps).await
    }

    async fn latest_quotes(&self) -> Result<Vec<StoredQuote>, StoreError> {
        self.read::<StoredQuoteRow, _>("read quotes", query_as(statements::LATEST_QUOTES))
            .await
    }

    async fn save_prices(&self, prices: &[IndexPrice]) -> Result<(), StoreError> {
        const DOING: &str = "save prices";
        let steps = steps(DOING, statements::SAVE_PRICES, &batch::prices(prices)?)?;
        self.write(DOING, Reference::Token, steps).await
    }

    async fn latest_prices(&self) -> Result<Vec<IndexPrice>, StoreError> {
        self.read::<PriceRow, _>("read prices", query_as(statements::LATEST_PRICES))
            .await
    }

    async fn prune_prices(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut pruned = 0;
        loop {
            let slice = query(statements::PRUNE_PRICES)
                .bind(before.unix_ms())
                .execute(&self.writer);
            let slice = Self::call("forget old prices", Reference::Token, slice).await?;
            if slice.rows_affected() == 0 {
                return Ok(pruned);
            }
            pruned += slice.rows_affected();
        }
    }

    async fn save_candles(&self, candles: &[Candle]) -> Result<(), StoreError> {
        const DOING: &str = "save candles";
        let steps = steps(DOING, statements::SAVE_CANDLES, &batch::candles(candles))?;
        self.write(DOING, Reference::Token, steps).await
    }

    async fn candles(
        &self,
        token: &TokenId,
        interval: Interval,
        from: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Candle>, StoreError> {
        let read = query_as(statements::CANDLES)
            .bind(token.to_string())
            .bind(interval.as_str())
            .bind(from.unix_ms())
            .bind(until.unix_ms())
            .bind(i64::from(limit));
        self.read::<CandleRow, _>("read candles", read).await
    }

    async fn close(&self) {
        let done = timeout(CLOSE_LIMIT, async {
            self.reader.close().await;
            // Last, because the last connection folds the WAL into the file.
            self.writer.close().await;
        });
        if done.await.is_err() {
            tracing::warn!(
                db.system = "sqlite",
                "calls under way did not end; closing without them"
            );
        }
    }
}
