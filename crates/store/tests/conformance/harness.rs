//! A database of its own for each case, removed at its end whatever the end is.

use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use parallax_store::{DatabaseUrl, Store, open};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection, raw_sql};

/// Where a case finds its database.
#[derive(Clone)]
pub(crate) struct Database {
    /// The URL as an operator writes it.
    pub(crate) url: String,
}

impl Database {
    /// Opens the store, as the program does at start.
    pub(crate) async fn open(&self) -> Arc<dyn Store> {
        open(&self.parsed()).await.expect("the store opens")
    }

    pub(crate) fn parsed(&self) -> DatabaseUrl {
        self.url.parse().expect("the URL is valid")
    }

    /// Runs statements behind the store's back, and keeps the connection open until `Direct` is dropped.
    pub(crate) async fn direct(&self, statements: &str) -> Direct {
        let statements = raw_sql(AssertSqlSafe(statements.to_owned()));
        if self.url.starts_with("sqlite:") {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            statements.execute(&mut connection).await.unwrap();
            Direct::Sqlite { _held: connection }
        } else {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            statements.execute(&mut connection).await.unwrap();
            Direct::Postgres { _held: connection }
        }
    }
}

/// A connection that is not the store's.
pub(crate) enum Direct {
    Sqlite { _held: SqliteConnection },
    Postgres { _held: PgConnection },
}

/// Runs a case in a task, so that a panic can be caught, the database removed, and the panic passed on.
async fn run<C, F>(case: C, database: Database) -> Result<(), tokio::task::JoinError>
where
    C: FnOnce(Database) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(case(database)).await
}

pub(crate) async fn on_sqlite<C, F>(case: C)
where
    C: FnOnce(Database) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let folder = tempfile::tempdir().unwrap();
    let database = Database {
        url: sqlite_url(&folder.path().join("parallax.db")),
    };
    if let Err(failure) = run(case, database).await {
        resume_unwind(failure.into_panic());
    }
}

pub(crate) fn sqlite_url(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

/// The server's URL; `None`, after a note, where there is none and none is required.
pub(crate) fn server() -> Option<String> {
    if let Ok(url) = std::env::var("TEST_DATABASE_URL") {
        return Some(url);
    }
    assert!(
        std::env::var("PARALLAX_REQUIRE_POSTGRES").as_deref() != Ok("1"),
        "PARALLAX_REQUIRE_POSTGRES=1, but TEST_DATABASE_URL is not set"
    );
    // Not `eprintln!`, which the test runner swallows.
    let note =
        b"note: SKIPPED on PostgreSQL: set TEST_DATABASE_URL or use tools/with-postgres.sh\n";
    std::io::stderr().write_all(note).unwrap();
    None
}

pub(crate) async fn on_postgres<C, F>(case: C)
where
    C: FnOnce(Database) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let Some(server) = server() else { return };
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let schema = format!(
        "parallax_{}_{}_{:?}",
        std::process::id(),
        since_1970.as_nanos(),
        std::thread::current().id()
    );
    let schema: String = schema
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect::<String>()
        .to_lowercase();
    let mut admin = PgConnection::connect(&server).await.unwrap();
    let create = format!("create schema {schema}");
    raw_sql(AssertSqlSafe(create))
        .execute(&mut admin)
        .await
        .unwrap();
    let mut url = server;
    let joint = if url.contains('?') { '&' } else { '?' };
    write!(url, "{joint}options[search_path]={schema}").unwrap();
    let done = run(case, Database { url }).await;
    let remove = format!("set client_min_messages = warning; drop schema {schema} cascade");
    let removed = raw_sql(AssertSqlSafe(remove)).execute(&mut admin).await;
    if let Err(failure) = done {
        resume_unwind(failure.into_panic());
    }
    // After the case's own failure, which says more.
    removed.unwrap();
}
