//! The configuration: read once, checked once, and handed to the rooms as their own types.
//!
//! `default.toml` is the documentation of every key. An error names the key, the value and what is
//! allowed; it never repeats a database URL, which may hold a password.

use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use parallax_ingest::{IngestConfig, VenueConfig};
use parallax_pricing::Policy;
use parallax_service::accounts::SessionLimits;
use parallax_store::DatabaseUrl;
use parallax_worker::WorkerConfig;
use parallax_worker::backfill::BackfillConfig;
use serde::Deserialize;

use self::file::{File, StreamSection};
use self::settings::Layers;
pub(crate) use self::traces::TracesConfig;
use parallax_admin::Setting;
use parallax_api::{AccessConfig, SocketLimits};

mod access;
mod admin;
mod conventional;
mod file;
mod metrics;
mod settings;
mod socket;
mod store;
mod traces;
mod unsaid;
mod venues;

/// The defaults, commented; part of the program.
pub(crate) const DEFAULT: &str = include_str!("default.toml");

/// Variables of the prefix that are not keys: the path of the file itself, and a password for the command line.
const NOT_KEYS: [&str; 2] = ["config", "password"];

/// Why the configuration is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// A value of the wrong type, or an unknown key.
    #[error("{0}")]
    Read(Box<figment::Error>),
    /// A file that is not TOML.
    #[error("{} is no TOML at line {line}: {message}", .path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where, counted from 1.
        line: usize,
        /// What is wrong, without what stands there.
        message: String,
    },
    /// The named file is not there or cannot be read.
    #[error("the configuration file {} cannot be read; check the path given with --config", .0.display())]
    File(PathBuf, #[source] std::io::Error),
    /// A value out of bounds.
    #[error("{key} is {value}, but must be {allowed}")]
    Value {
        /// The key, with its section.
        key: String,
        /// What it was set to.
        value: String,
        /// What is allowed.
        allowed: String,
    },
    /// A database URL that is none.
    #[error("store.url (or DATABASE_URL): {0}")]
    Database(#[source] parallax_store::StoreError),
}

/// What is logged, and how.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    /// A filter of `tracing-subscriber`.
    pub(crate) filter: String,
    /// For people or for machines.
    pub(crate) format: LogFormat,
}

/// For people or for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// The configuration in force, in the rooms' own types.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    pub(crate) simulated: bool,
    pub(crate) site_root: PathBuf,
    pub(crate) database: DatabaseUrl,
    pub(crate) worker: WorkerConfig,
    pub(crate) backfill: BackfillConfig,
    pub(crate) venues: Vec<VenueConfig>,
    pub(crate) ingest: IngestConfig,
    pub(crate) pricing: Policy,
    pub(crate) stream: StreamConfig,
    pub(crate) socket: SocketLimits,
    pub(crate) access: AccessConfig,
    pub(crate) sessions: SessionLimits,
    /// Where metrics are served; `None`: nowhere.
    pub(crate) metrics: Option<SocketAddr>,
    /// Where spans go; `None`: nowhere.
    pub(crate) traces: Option<TracesConfig>,
    pub(crate) log: Log,
    /// Every value with its source and without secrets, for the admin.
    pub(crate) settings: Vec<Setting>,
}

/// What streams may cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StreamConfig {
    pub(crate) max_clients: u64,
    pub(crate) heartbeat: Duration,
    pub(crate) replay_events: usize,
    pub(crate) write_timeout: Duration,
}

impl Config {
    /// Reads the defaults, then the file, then the environment (what others have named before our own), and checks the result.
    ///
    /// # Errors
    /// [`ConfigError`], naming the key, the value and what is allowed.
    pub(crate) fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let defaults = Figment::from(Toml::string(DEFAULT));
        let mut own = Figment::new();
        if let Some(path) = file {
            let text = std::fs::read_to_string(path)
                .map_err(|error| ConfigError::File(path.to_owned(), error))?;
            let table = unsaid::table(path, &text)?;
            own = own.merge(Serialized::defaults(table));
        }
        let mut figment = defaults.clone().merge(&own);
        let conventional = conventional::read(|variable| std::env::var(variable).ok())?;
        for said in &conventional {
            // A pair alone would win over everything that is merged later.
            figment = figment.merge(Serialized::default(said.key, &said.value));
        }
        let environment = Env::prefixed("PARALLAX_").ignore(&NOT_KEYS).split("__");
        let environment = Figment::from(environment);
        let figment = figment.merge(&environment);
        let file: File = figment
            .extract()
            .map_err(|error| ConfigError::Read(Box::new(unsaid::without_secrets(error))))?;
        let database_url = std::env::var("DATABASE_URL")
            .ok()
            .filter(|url| !url.is_empty());
        let layers = Layers {
            defaults,
            file: own,
            environment,
            conventional,
            has_database_url: database_url.is_some(),
        };
        let mut config = Self::check(file, database_url)?;
        config.settings = layers.settings(&figment, &config.database);
        Ok(config)
    }

    /// The shipped defaults, whatever the environment says.
    #[cfg(test)]
    pub(crate) fn shipped() -> Result<Self, ConfigError> {
        let defaults = Figment::from(Toml::string(DEFAULT)).extract();
        let file: File = defaults.map_err(|error| ConfigError::Read(Box::new(error)))?;
        Self::check(file, None)
    }

    fn check(file: File, database_url: Option<String>) -> Result<Self, ConfigError> {
        let url = database_url.unwrap_or_else(|| file.store.url.clone());
        let database: DatabaseUrl = url.parse().map_err(ConfigError::Database)?;
        let StreamSection {
            max_clients,
            heartbeat_s,
            replay_events,
            write_timeout_s,
        } = file.stream;
        file.pricing
            .validate()
            .map_err(|error| ConfigError::Value {
                key: format!("pricing.{}", error.key),
                value: error.value,
                allowed: error.allowed,
            })?;
        let listen = file.listen.parse().map_err(|_| {
            invalid(
                "listen",
                format!("{:?}", file.listen),
                "an address and a port such as 127.0.0.1:3000",
            )
        })?;
        Ok(Self {
            listen,
            simulated: file.simulated,
            site_root: site_root(file.site_root),
            worker: store::read(&file.store, &file.candles, &database)?,
            database,
            backfill: store::backfill(&file.backfill)?,
            ingest: IngestConfig {
                private_addresses: file.admin.private_addresses,
                ..venues::ingest(&file.ingest, &file.venues.polling, &file.backfill)?
            },
            venues: venues::read(file.venues)?,
            pricing: file.pricing,
            stream: StreamConfig {
                max_clients: within("stream.max_clients", max_clients, 1..=1_000_000)?,
                heartbeat: seconds("stream.heartbeat_s", heartbeat_s, 1..=60)?,
                replay_events: count("stream.replay_events", replay_events, 1..=1_000_000)?,
                write_timeout: seconds("stream.write_timeout_s", write_timeout_s, 1..=600)?,
            },
            socket: socket::read(&file.socket, write_timeout_s)?,
            access: access::read(&file.api)?,
            sessions: admin::read(&file.admin)?,
            metrics: metrics::read(&file.metrics, listen)?,
            traces: traces::read(&file.traces)?,
            log: file.log,
            settings: Vec::new(),
        })
    }
}

/// Beside the program when it was deployed, in the build folder when it was built here.
fn site_root(configured: PathBuf) -> PathBuf {
    if !configured.as_os_str().is_empty() {
        return configured;
    }
    let beside = std::env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.join("site")));
    beside
        .filter(|folder| folder.is_dir())
        .unwrap_or_else(|| PathBuf::from("target/site"))
}

fn invalid(key: &str, value: impl Display, allowed: impl Display) -> ConfigError {
    ConfigError::Value {
        key: key.to_owned(),
        value: value.to_string(),
        allowed: allowed.to_string(),
    }
}

fn within(key: &str, value: u64, allowed: RangeInclusive<u64>) -> Result<u64, ConfigError> {
    if allowed.contains(&value) {
        return Ok(value);
    }
    Err(invalid(
        key,
        value,
        format!("{} to {}", allowed.start(), allowed.end()),
    ))
}

fn seconds(key: &str, value: u64, allowed: RangeInclusive<u64>) -> Result<Duration, ConfigError> {
    within(key, value, allowed).map(Duration::from_secs)
}

fn count(key: &str, value: u64, allowed: RangeInclusive<u64>) -> Result<usize, ConfigError> {
    let value = within(key, value, allowed)?;
    usize::try_from(value).map_err(|_| invalid(key, value, "a number this machine can count to"))
}

#[cfg(test)]
mod tests;
