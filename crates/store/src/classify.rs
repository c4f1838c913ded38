//! From a database's own errors to [`StoreError`].
//!
//! The only place that knows SQLSTATE and SQLite's result codes, and the names of the constraints in
//! `migrations/`.

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::migrate::MigrateError;
use sqlx::postgres::PgDatabaseError;

use crate::error::{Reference, StoreError};

/// What the error of a call means.
///
/// `names` is what the rows of this call can name: SQLite does not say which foreign key it found broken.
pub(crate) fn classify(doing: &'static str, names: Reference, source: sqlx::Error) -> StoreError {
    match &source {
        sqlx::Error::PoolClosed => StoreError::Closed,
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::BeginFailed
        | sqlx::Error::WorkerCrashed => StoreError::Unavailable { doing, source },
        sqlx::Error::Database(error) => match verdict(error.as_ref()) {
            Verdict::Busy => StoreError::Busy { doing, source },
            Verdict::Unavailable => StoreError::Unavailable { doing, source },
            Verdict::UnknownReference(kind) => StoreError::UnknownReference {
                doing,
                kind: kind.unwrap_or(names),
                source: Some(source),
            },
            Verdict::ContractTaken => StoreError::ContractTaken { source },
            Verdict::Constraint(rule) => StoreError::Constraint {
                doing,
                rule,
                source,
            },
            Verdict::Other => StoreError::Failed { doing, source },
        },
        _ => StoreError::Failed { doing, source },
    }
}

/// What an error means that met the very first use of a SQLite file: a file that cannot be opened or
/// written then is a matter for the operator, not one of time.
pub(crate) fn classify_opening(doing: &'static str, source: sqlx::Error) -> StoreError {
    let code = match &source {
        sqlx::Error::Database(error) => error.code().and_then(|code| code.parse::<i32>().ok()),
        _ => None,
    };
    match code.map(|code| code & 0xff) {
        Some(READONLY | CANTOPEN) => StoreError::Failed { doing, source },
        _ => classify(doing, Reference::Token, source),
    }
}

/// Whether PostgreSQL found no partition for a row.
pub(crate) fn is_missing_partition(error: &StoreError) -> bool {
    // A check violation that is no constraint's; no other error looks like that.
    matches!(error, StoreError::Busy { source: sqlx::Error::Database(error), .. }
        if error.code().as_deref() == Some(CHECK_VIOLATION))
}

/// Whether a row is there already.
pub(crate) fn is_duplicate(error: &StoreError) -> bool {
    matches!(error, StoreError::Constraint { source: sqlx::Error::Database(error), .. }
        if error.kind() == ErrorKind::UniqueViolation)
}

/// What an error during the migration means: an absent or busy server is no fault of the schema.
pub(crate) fn classify_migration(source: MigrateError) -> StoreError {
    match source {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)
            if is_passing(&error) =>
        {
            classify("migrate", Reference::Token, error)
        }
        source => StoreError::Migration { source },
    }
}

fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => {
            matches!(
                verdict(error.as_ref()),
                Verdict::Busy | Verdict::Unavailable
            )
        }
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Protocol(_) => true,
        _ => false,
    }
}

/// The common meaning of both databases' codes.
enum Verdict {
    Busy,
    Unavailable,
    /// The named thing, where the database says which.
    UnknownReference(Option<Reference>),
    ContractTaken,
    Constraint(String),
    Other,
}

fn verdict(error: &dyn DatabaseError) -> Verdict {
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<PgDatabaseError>().is_some() {
        postgres(error, &code)
    } else {
        sqlite(error, &code)
    }
}

const CHECK_VIOLATION: &str = "23514";
const READONLY: i32 = 8;
const CANTOPEN: i32 = 14;

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn postgres(error: &dyn DatabaseError, code: &str) -> Verdict {
    match code {
        // serialization_failure, deadlock_detected, lock_not_available, and query_canceled, which is
        // what a statement's time limit says.
        "40001" | "40P01" | "55P03" | "57014" => Verdict::Busy,
        // Shutting down or starting, read only because it is a standby now, a session that idled in a
        // transaction for too long, and a database that does not exist (yet).
        "57P01" | "57P02" | "57P03" | "57P05" | "25006" | "25P03" | "25P04" | "3D000" => {
            Verdict::Unavailable
        }
        // Connection, log-in, resources (disk, memory, connections), system (I/O).
        _ if ["08", "28", "53", "58"].contains(&code.get(..2).unwrap_or_default()) => {
            Verdict::Unavailable
        }
        _ => {
            let rule = error.constraint().unwrap_or_default();
            match error.kind() {
                ErrorKind::ForeignKeyViolation => Verdict::UnknownReference(match rule {
                    "listing_venue_known"
                    | "token_fact_venue_known"
                    | "query_usage_venue_known" => Some(Reference::Venue),
                    "quote_listing_known" => Some(Reference::Listing),
                    "session_account_known" | "known_browser_account_known" => {
                        Some(Reference::Account)
                    }
                    _ => Some(Reference::Token),
                }),
                ErrorKind::UniqueViolation if rule == "contract_of_one_token" => {
                    Verdict::ContractTaken
                }
                // No partition for a row: another process has just dropped it.
                ErrorKind::CheckViolation if rule.is_empty() => Verdict::Busy,
                ErrorKind::UniqueViolation
                | ErrorKind::CheckViolation
                | ErrorKind::NotNullViolation => Verdict::Constraint(rule.to_owned()),
                // Data exception: a value that its column cannot hold.
                _ if code.starts_with("22") => Verdict::Constraint(code.to_owned()),
                _ => Verdict::Other,
            }
        }
    }
}

/// <https://www.sqlite.org/rescode.html>: the low byte is the primary code.
fn sqlite(error: &dyn DatabaseError, code: &str) -> Verdict {
    const BUSY: i32 = 5;
    const LOCKED: i32 = 6;
    const NOMEM: i32 = 7;
    const IOERR: i32 = 10;
    const FULL: i32 = 13;
    match error.kind() {
        ErrorKind::ForeignKeyViolation => return Verdict::UnknownReference(None),
        ErrorKind::UniqueViolation
            if error
                .message()
                .starts_with("UNIQUE constraint failed: contract.") =>
        {
            return Verdict::ContractTaken;
        }
        ErrorKind::UniqueViolation | ErrorKind::CheckViolation | ErrorKind::NotNullViolation => {
            // "CHECK constraint failed: NAME"
            let rule = error.message().rsplit(": ").next().unwrap_or_default();
            return Verdict::Constraint(rule.to_owned());
        }
        _ => {}
    }
    match code.parse::<i32>().map(|code| code & 0xff) {
        Ok(BUSY | LOCKED) => Verdict::Busy,
        // A disk that was mounted anew to be read only, and no file handles left, pass as well.
        Ok(NOMEM | READONLY | IOERR | FULL | CANTOPEN) => Verdict::Unavailable,
        _ => Verdict::Other,
    }
}
