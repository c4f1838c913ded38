//! Why the store could not do something, and whether trying again can help.
//!
//! Both databases speak through [`StoreError`]: a caller decides by variant and
//! [`StoreError::is_retryable`], never by a database's own codes, which `classify` knows alone.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// What a row names and the store does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reference {
    /// A token's id.
    Token,
    /// A venue's id.
    Venue,
    /// A venue and its symbol of a market.
    Listing,
    /// An account's id.
    Account,
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token => "token",
            Self::Venue => "venue",
            Self::Listing => "listing",
            Self::Account => "account",
        })
    }
}

/// Why the store could not do something. Never contains a password.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The text is not a database URL. It is not repeated, because it may hold a password.
    #[error(
        "the database URL {reason}; allowed are sqlite:PATH, sqlite::memory: and \
         postgres://USER:PASSWORD@HOST:PORT/DATABASE"
    )]
    Url {
        /// What is wrong, as the end of a sentence.
        reason: &'static str,
    },
    /// The folder of the SQLite file could not be made.
    #[error("could not make the folder {} for the database", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The database could not be brought to this program's schema.
    #[error("could not migrate the database")]
    Migration {
        /// Why.
        #[source]
        source: sqlx::migrate::MigrateError,
    },
    /// The database cannot be reached or has no means left: connection refused or lost, log-in
    /// refused, shutting down, out of connections or space.
    #[error("the database is not available to {doing}")]
    Unavailable {
        /// What was to be done.
        doing: &'static str,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// The database did not answer in time.
    #[error("the database did not {doing} within {} s", limit.as_secs())]
    TimedOut {
        /// What was to be done.
        doing: &'static str,
        /// The time it had.
        limit: Duration,
    },
    /// Someone else holds the rows or the file: locked, deadlocked or not serializable.
    #[error("the database is too busy to {doing}")]
    Busy {
        /// What was to be done.
        doing: &'static str,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// The database was not there when the program started, and is tried again in a moment.
    #[error("the database could not be opened yet")]
    NotYetOpen,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// A row names a token, venue or listing that was not saved before.
    #[error("could not {doing}: a row names a {kind} that was not saved before")]
    UnknownReference {
        /// What was to be done.
        doing: &'static str,
        /// What is missing.
        kind: Reference,
        /// The database's words; `None` where the store itself looked.
        #[source]
        source: Option<sqlx::Error>,
    },
    /// Two tokens claim one contract, or one token lists it twice.
    #[error("a contract is claimed twice")]
    ContractTaken {
        /// The database's words.
        #[source]
        source: sqlx::Error,
    },
    /// A row breaks another named rule of the schema.
    #[error("could not {doing}: a row breaks the rule {rule}")]
    Constraint {
        /// What was to be done.
        doing: &'static str,
        /// The constraint's name in `migrations/`.
        rule: String,
        /// The database's words.
        #[source]
        source: sqlx::Error,
    },
    /// A value that not every database can hold.
    #[error("{field} holds a NUL character, which cannot be stored")]
    Unstorable {
        /// The value's name.
        field: &'static str,
    },
    /// A count that not every database can hold.
    #[error("{field} is above {}, which cannot be stored", i64::MAX)]
    TooLarge {
        /// The value's name.
        field: &'static str,
    },
    /// A stored value cannot be read back: someone else wrote it, or a later version did.
    #[error("the stored {field} cannot be read")]
    Unreadable {
        /// The value's name: table and column.
        field: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Anything else the database refused.
    #[error("the database could not {doing}")]
    Failed {
        /// What was to be done.
        doing: &'static str,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
}

impl StoreError {
    /// Whether the same call can succeed later, without a change to its rows.
    ///
    /// A refused log-in counts as retryable: the rows are good, and the server may be put right.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable { .. }
            | Self::TimedOut { .. }
            | Self::Busy { .. }
            | Self::NotYetOpen => true,
            Self::Migration { .. }
            | Self::Url { .. }
            | Self::Folder { .. }
            | Self::Closed
            | Self::UnknownReference { .. }
            | Self::ContractTaken { .. }
            | Self::Constraint { .. }
            | Self::Unstorable { .. }
            | Self::TooLarge { .. }
            | Self::Unreadable { .. }
            | Self::Failed { .. } => false,
        }
    }
}
