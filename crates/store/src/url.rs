//! [`DatabaseUrl`]: where the data lives, read once from the configuration, and never printed with its
//! password.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};
use sqlx::postgres::PgConnectOptions;

use crate::error::StoreError;

/// A place for data: `sqlite:PATH` (relative to the working folder unless it starts with a slash; taken
/// literally, without percent-encoding), `sqlite::memory:` (forgotten at the end), or
/// `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, with the options libpq knows, such as `?sslmode=require`.
///
/// `Debug` and `Display` leave out user and password.
#[derive(Clone)]
pub struct DatabaseUrl {
    place: Place,
}

/// What the text stands for.
#[derive(Clone)]
pub(crate) enum Place {
    /// SQLite without a file.
    Memory,
    /// A SQLite file.
    File(PathBuf),
    /// A PostgreSQL server.
    Server(Box<PgConnectOptions>),
}

impl DatabaseUrl {
    /// The SQLite file; `None` for a database without one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.place {
            Place::File(path) => Some(path),
            Place::Memory | Place::Server(_) => None,
        }
    }

    /// What the text stands for.
    pub(crate) const fn place(&self) -> &Place {
        &self.place
    }

    /// A SQLite file at `path`.
    #[must_use]
    pub const fn sqlite_file(path: PathBuf) -> Self {
        Self {
            place: Place::File(path),
        }
    }
}

/// The options of a PostgreSQL URL that sqlx reads. Others are refused: sqlx would only log them, with
/// their values, which are a part of the password when that holds an unescaped `?`.
const SERVER_OPTIONS: [&str; 18] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

fn server(text: &str) -> Result<Place, StoreError> {
    // Otherwise a part of the password would be read as host, port or option, and later be shown.
    let after_scheme = text.split_once("://").map_or(text, |(_, rest)| rest);
    let user = after_scheme.rsplit_once('@').map_or("", |(user, _)| user);
    if user.contains(['/', '?', '#']) || after_scheme.contains('#') {
        return Err(StoreError::Url {
            reason: "has a user or password with / ? or #: write %2F %3F or %23",
        });
    }
    let options = text.split_once('?').map_or("", |(_, options)| options);
    for pair in options.split('&').filter(|pair| !pair.is_empty()) {
        let key = pair.split_once('=').map_or(pair, |(key, _)| key);
        if !SERVER_OPTIONS.contains(&key) && !key.starts_with("options[") {
            return Err(StoreError::Url {
                reason: "has an option that is not known",
            });
        }
    }
    // The source is dropped on purpose: it can quote a part of the text.
    PgConnectOptions::from_str(text)
        .map(|options| Place::Server(Box::new(options)))
        .map_err(|_| StoreError::Url {
            reason: "cannot be read: host, port or an option is wrong",
        })
}

impl FromStr for DatabaseUrl {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let refused = |reason| Err(StoreError::Url { reason });
        let place = if let Some(path) = text.strip_prefix("sqlite:") {
            match path.strip_prefix("//").unwrap_or(path) {
                "" => return refused("names no file"),
                ":memory:" => Place::Memory,
                path if path.contains(['?', '#', '\0']) => {
                    return refused("has a file name with ?, # or NUL");
                }
                path if path.ends_with('/') => return refused("names a folder, not a file"),
                path => Place::File(path.into()),
            }
        } else if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            server(text)?
        } else if text.trim().is_empty() {
            return refused("is empty");
        } else {
            return refused("is of no known kind");
        };
        Ok(Self { place })
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Memory => f.write_str("sqlite::memory:"),
            Place::File(path) => write!(f, "sqlite:{}", path.display()),
            Place::Server(options) => write!(
                f,
                "postgres://{}:{}/{}",
                options.get_host(),
                options.get_port(),
                options.get_database().unwrap_or_default()
            ),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

impl<'de> Deserialize<'de> for DatabaseUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn every_allowed_form_is_read() {
        for (text, shown) in [
            ("sqlite::memory:", "sqlite::memory:"),
            ("sqlite://:memory:", "sqlite::memory:"),
            ("sqlite:data/parallax.db", "sqlite:data/parallax.db"),
            ("sqlite://data/parallax.db", "sqlite:data/parallax.db"),
            ("sqlite:///var/lib/p.db", "sqlite:/var/lib/p.db"),
            ("sqlite:/var/lib/p.db", "sqlite:/var/lib/p.db"),
            ("sqlite:a%20b.db", "sqlite:a%20b.db"),
            (
                "postgres://me:secret@db.example:5433/prices",
                "postgres://db.example:5433/prices",
            ),
            (
                "postgresql://me:s%2Fe%40c%3Fr%23t@db.example/prices?sslmode=require",
                "postgres://db.example:5432/prices",
            ),
            (
                "postgres://db.example/p?options[search_path]=a&user=me&password=secret",
                "postgres://db.example:5432/p",
            ),
        ] {
            let url: DatabaseUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), shown, "{text}");
            assert_eq!(format!("{url:?}"), format!("DatabaseUrl({shown})"));
        }
    }

    #[test]
    fn anything_else_is_refused_with_what_is_allowed_and_without_its_text() {
        for text in [
            "",
            " ",
            "secret",
            "mysql://me:secret@host/db",
            "sqlite",
            "sqlite:",
            "sqlite://",
            "sqlite:secret/",
            "sqlite:secret.db?mode=ro",
            "POSTGRES://me:secret@host/db",
            "postgres://me:12/secret@host/db",
            "postgres://me:12?secret@host/db",
            "postgres://me:12#secret@host/db",
            "postgres://me:12#secret",
            "postgres://me:secret@host:port/db",
            "postgres://me:secret@host/db?sslmode=secret",
            "postgres://me:secret@host/db?secret=1",
            "postgres://me:secret@/db?port=secret",
        ] {
            let error = text.parse::<DatabaseUrl>().unwrap_err();
            let printed = format!("{error} {error:?}");
            assert!(matches!(error, StoreError::Url { .. }), "{text}");
            assert!(printed.contains("sqlite:PATH, sqlite::memory: and postgres://USER"));
            assert!(!printed.contains("secret"), "{printed}");
        }
    }
}
