//! Persistence: the [`Store`] trait with its guarantees, and the two databases that keep them.
//!
//! SQLite is the embedded default, PostgreSQL serves where one machine is not enough; [`open`] picks by
//! [`DatabaseUrl`]. `tests/conformance` runs every guarantee of [`Store`] on both.
//!
//! This room stores and restores the vocabulary of `parallax` and computes nothing. It is never between
//! a tick and the screen: `crates/worker` writes to it in batches, from beside the stream, and reads the
//! last known state from it at start; `crates/service` reads candles.

mod accounts;
mod batch;
mod browse;
mod classify;
mod contract;
mod directives;
mod error;
mod late;
mod postgres;
mod rows;
mod sqlite;
mod url;

use std::sync::Arc;

use parallax::token::Token;
use parallax::venue::Venue;

use crate::late::LateStore;
use crate::postgres::PostgresStore;
use crate::sqlite::SqliteStore;
use crate::url::Place;

pub use accounts::{
    AccountChange, AccountStore, KeepSessions, MAX_AUDIT_ENTRIES, StoredAccount, StoredSession,
};
pub use browse::{BrowseStore, DatabaseSize, Order, TableSize};
pub use contract::{Backend, Keep, Store, StoredKey, StoredQuote};
pub use directives::{DirectiveStore, StoredDirective};
pub use error::{Reference, StoreError};
pub use url::DatabaseUrl;

/// Opens the database at `url` and brings it to this program's schema. Makes the SQLite file and its
/// folder when they are missing; a PostgreSQL database must exist.
///
/// # Errors
/// [`StoreError::Folder`] and [`StoreError::Failed`] when the file cannot be used;
/// [`StoreError::Unavailable`], [`StoreError::Busy`] or [`StoreError::TimedOut`] while the server cannot
/// be reached, refuses the log-in or is locked, all retryable; [`StoreError::Migration`] when the
/// database was changed by a newer program or by other hands.
pub async fn open(url: &DatabaseUrl) -> Result<Arc<dyn Store>, StoreError> {
    Ok(match url.place() {
        Place::Memory => Arc::new(SqliteStore::open_in_memory().await?),
        Place::File(path) => Arc::new(SqliteStore::open(path).await?),
        Place::Server(options) => Arc::new(PostgresStore::open(options).await?),
    })
}

/// A store whose database cannot be reached now and may be later: until then every call fails with a
/// retryable error and tries again. `tokens` and `venues` are saved first when it opens.
#[must_use]
pub fn open_late(url: &DatabaseUrl, tokens: &[Token], venues: &[Venue]) -> Arc<dyn Store> {
    let backend = match url.place() {
        Place::Memory | Place::File(_) => Backend::Sqlite,
        Place::Server(_) => Backend::Postgres,
    };
    Arc::new(LateStore::new(
        url.clone(),
        backend,
        tokens.to_vec(),
        venues.to_vec(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `sqlx`'s generic traits easily make a future that cannot be spawned; this would not compile then.
    #[test]
    fn opening_can_be_spawned() {
        fn spawnable(_: &(impl Future<Output = Result<Arc<dyn Store>, StoreError>> + Send)) {}
        let url = DatabaseUrl::sqlite_file("unused".into());
        spawnable(&open(&url));
    }
}
