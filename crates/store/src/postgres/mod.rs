//! PostgreSQL, for more than one machine: batches as arrays that the server unfolds with `unnest`, and
//! long runs of candles as a copy.
//!
//! Every wait has two limits: the server's own, which ends a statement and gives its locks back, and this
//! process's, for a server that no longer answers at all.

mod accounts;
mod bars;
mod browse;
mod calls;
mod columns;
mod directives;
mod history;
mod partitions;
mod sizes;
mod statements;

use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgRow};
use sqlx::query::{Query, QueryAs};
use sqlx::{Connection, FromRow, Postgres};
use tokio::time::timeout;

use self::partitions::Known;
use crate::classify::{classify, classify_migration};
use crate::error::{Reference, StoreError};

static MIGRATOR: Migrator = sqlx::migrate!("../../migrations/postgres");

/// How long a connection may take to open.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// How long a call waits for a free connection, which includes opening one.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(5);
/// How long a call may take once it has a connection. More than the server's limits below, so that it is
/// met only when the server is silent.
const CALL_LIMIT: Duration = Duration::from_secs(30);
/// How long the migration may take, which includes waiting for another process that migrates.
const MIGRATION_LIMIT: Duration = Duration::from_secs(600);
/// How long [`Store::close`] waits for calls under way.
const CLOSE_LIMIT: Duration = Duration::from_secs(3);
/// Connections at most.
const CONNECTIONS: u32 = 8;
/// The server's limits. Set once a connection and not as start-up options, which poolers refuse.
///
/// Plans are made for the values at hand: a plan for all values would look into every partition. Reads
/// are looks into an index whose pages are mostly in memory: worth no compilation, and cheaper than the
/// server thinks.
const SESSION: &str = "
    set plan_cache_mode = force_custom_plan;
    set jit = off;
    set random_page_cost = 1.1;
    set statement_timeout = '20s';
    set lock_timeout = '5s';
    set idle_in_transaction_session_timeout = '25s'";

/// A [`Store`] on a PostgreSQL server.
pub(crate) struct PostgresStore {
    pool: PgPool,
    known: Known,
}

/// A statement with its rows.
type Step = Query<'static, Postgres, PgArguments>;

fn timed_out(doing: &'static str, limit: Duration) -> StoreError {
    StoreError::TimedOut { doing, limit }
}

impl PostgresStore {
    /// Connects and migrates the database, which must exist.
    pub(crate) async fn open(options: &PgConnectOptions) -> Result<Self, StoreError> {
        const DOING: &str = "connect";
        let mut options = options.clone();
        if options.get_application_name().is_none() {
            options = options.application_name("parallax");
        }
        // Not through the pool, which would hide the reason of a refused connection.
        let mut connection = timeout(CONNECT_LIMIT, PgConnection::connect_with(&options))
            .await
            .map_err(|_| timed_out(DOING, CONNECT_LIMIT))?
            .map_err(|error| classify(DOING, Reference::Token, error))?;
        // `run_direct`, because the future of the generic `run` cannot be spawned.
        timeout(
            MIGRATION_LIMIT,
            MIGRATOR.run_direct(None, &mut connection, false),
        )
        .await
        .map_err(|_| timed_out("migrate", MIGRATION_LIMIT))?
        .map_err(classify_migration)?;
        // The migration is done: whether the server hears the goodbye does not matter.
        drop(timeout(CLOSE_LIMIT, connection.close()).await);
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE_LIMIT)
            .after_connect(|connection, _| {
                Box::pin(async move { sqlx::raw_sql(SESSION).execute(connection).await.map(drop) })
            })
            .connect_lazy_with(options);
        Ok(Self {
            pool,
            known: Known::default(),
        })
    }

    async fn lease(&self, doing: &'static str) -> Result<Lease, StoreError> {
        let connection = self
            .pool
            .acquire()
            .await
            .map_err(|error| classify(doing, Reference::Token, error))?;
        Ok(Lease { doing, connection })
    }

    /// Runs all steps in one transaction. `names` is what their rows can name.
    async fn write(
        &self,
        doing: &'static str,
        names: Reference,
        steps: Vec<Step>,
    ) -> Result<(), StoreError> {
        if steps.is_empty() {
            return Ok(());
        }
        let mut lease = self.lease(doing).await?;
        let done = timeout(CALL_LIMIT, async {
            let mut transaction = lease.connection.begin().await?;
            for step in steps {
                step.execute(&mut *transaction).await?;
            }
            transaction.commit().await
        })
        .await;
        lease.settle(names, done.ok())
    }

    async fn fetch<R>(
        &self,
        doing: &'static str,
        statement: QueryAs<'static, Postgres, R, PgArguments>,
    ) -> Result<Vec<R>, StoreError>
    where
        R: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let mut lease = self.lease(doing).await?;
        let done = timeout(CALL_LIMIT, statement.fetch_all(&mut *lease.connection)).await;
        lease.settle(Reference::Token, done.ok())
    }

    /// Reads rows and turns them into what they stand for.
    async fn read<R, T>(
        &self,
        doing: &'static str,
        statement: QueryAs<'static, Postgres, R, PgArguments>,
    ) -> Result<Vec<T>, StoreError>
    where
        R: for<'r> FromRow<'r, PgRow> + Send + Unpin,
        T: TryFrom<R, Error = StoreError>,
    {
        let rows = self.fetch(doing, statement).await?;
        rows.into_iter().map(T::try_from).collect()
    }

    /// Runs one statement and says how many rows it changed.
    async fn execute(&self, doing: &'static str, statement: Step) -> Result<u64, StoreError> {
        let mut lease = self.lease(doing).await?;
        let done = timeout(CALL_LIMIT, statement.execute(&mut *lease.connection)).await;
        let done = lease.settle(Reference::Token, done.ok())?;
        Ok(done.rows_affected())
    }
}

/// A connection in use by one call.
struct Lease {
    doing: &'static str,
    connection: PoolConnection<Postgres>,
}

impl Lease {
    /// Ends the call: `done` is `None` when its time was over. The pool must not see that connection
    /// again: it would wait for the answer that does not come.
    fn settle<T>(
        self,
        names: Reference,
        done: Option<Result<T, sqlx::Error>>,
    ) -> Result<T, StoreError> {
        match done {
            Some(done) => done.map_err(|error| classify(self.doing, names, error)),
            None => {
                drop(self.connection.detach());
                Err(timed_out(self.doing, CALL_LIMIT))
            }
        }
    }
}
