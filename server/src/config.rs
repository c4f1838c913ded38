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
use parallax_ingest::{Backoff, HistoryConfig, IngestConfig, Polling, Selection, VenueConfig};
use parallax_pricing::Policy;
use parallax_service::accounts::SessionLimits;
use parallax_store::DatabaseUrl;
use parallax_venues::spec::{Adapter, Endpoints};
use parallax_worker::backfill::BackfillConfig;
use parallax_worker::{Retention, SpoolConfig, WorkerConfig};
use serde::Deserialize;

use self::file::{
    BackfillSection, File, IngestSection, Markets, PollingSection, StoreSection, StreamSection,
    VenuesSection,
};
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
mod traces;
mod unsaid;

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
            worker: WorkerConfig {
                flush_every: Duration::from_millis(within(
                    "store.flush_every_ms",
                    file.store.flush_every_ms,
                    100..=60_000,
                )?),
                price_every: seconds("store.price_every_s", file.store.price_every_s, 1..=3_600)?,
                late_within: seconds(
                    "candles.late_within_s",
                    file.candles.late_within_s,
                    0..=3_600,
                )?,
                retention: retention(&file.store)?,
                spool: SpoolConfig {
                    folder: Some(spool_folder(file.store.spool_folder, &database)),
                    max_bytes: within(
                        "store.spool_max_mb",
                        file.store.spool_max_mb,
                        1..=1_048_576,
                    )? * 1_048_576,
                },
                ..WorkerConfig::default()
            },
            database,
            backfill: backfill(&file.backfill)?,
            ingest: IngestConfig {
                private_addresses: file.admin.private_addresses,
                ..ingest(&file.ingest, &file.venues.polling, &file.backfill)?
            },
            venues: venues(file.venues)?,
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

fn retention(section: &StoreSection) -> Result<Retention, ConfigError> {
    let days = |key: &str, days: u64| {
        let days = within(key, days, 0..=36_500)?;
        Ok((days > 0).then(|| Duration::from_secs(days * 86_400)))
    };
    let hours = within(
        "store.price_retention_h",
        section.price_retention_h,
        1..=8_760,
    )?;
    Ok(Retention {
        prices: Some(Duration::from_secs(hours * 3_600)),
        minutes: days("store.minutes_retention_d", section.minutes_retention_d)?,
        hours: days("store.hours_retention_d", section.hours_retention_d)?,
        days: days("store.days_retention_d", section.days_retention_d)?,
    })
}

fn backfill(section: &BackfillSection) -> Result<BackfillConfig, ConfigError> {
    let days = within("backfill.days", section.days, 0..=3_650)?;
    let hours = within("backfill.minutes_h", section.minutes_h, 0..=720)?;
    Ok(BackfillConfig {
        hours_back: Duration::from_secs(days * 86_400),
        minutes_back: Duration::from_secs(hours * 3_600),
        every: seconds("backfill.every_s", section.every_s, 5..=86_400)?,
        parallel: count("backfill.parallel", section.parallel, 1..=64)?,
    })
}

/// Beside the SQLite file, unless the operator says otherwise.
fn spool_folder(configured: PathBuf, database: &DatabaseUrl) -> PathBuf {
    if !configured.as_os_str().is_empty() {
        return configured;
    }
    let beside = database.file().and_then(Path::parent);
    beside
        .map_or_else(|| PathBuf::from("data"), Path::to_owned)
        .join("spool")
}

fn ingest(
    section: &IngestSection,
    polling: &PollingSection,
    backfill: &BackfillSection,
) -> Result<IngestConfig, ConfigError> {
    let defaults = IngestConfig::default();
    let refresh_min = within(
        "ingest.discovery_every_min",
        section.discovery_every_min,
        1..=1_440,
    )?;
    Ok(IngestConfig {
        connect_timeout: seconds(
            "ingest.connect_timeout_s",
            section.connect_timeout_s,
            1..=120,
        )?,
        discovery_timeout: seconds(
            "ingest.discovery_timeout_s",
            section.discovery_timeout_s,
            1..=300,
        )?,
        discovery_refresh: Duration::from_secs(refresh_min * 60),
        backoff: Backoff {
            max: seconds("ingest.max_backoff_s", section.max_backoff_s, 1..=600)?,
            ..defaults.backoff
        },
        channel_capacity: count(
            "ingest.channel_capacity",
            section.channel_capacity,
            64..=1_048_576,
        )?,
        selection: match section.markets {
            Markets::Catalogue => Selection::Catalogue,
            Markets::All => Selection::All,
        },
        polling: Polling {
            every: seconds("venues.polling.every_s", polling.every_s, 10..=86_400)?,
            monthly_queries: within(
                "venues.polling.monthly_queries",
                polling.monthly_queries,
                1..=1_000_000_000,
            )?,
            ..defaults.polling
        },
        history: HistoryConfig {
            request_gap: backfill
                .request_gap_ms
                .map(|gap| within("backfill.request_gap_ms", gap, 0..=60_000))
                .transpose()?
                .map(Duration::from_millis),
            ..defaults.history
        },
        ..defaults
    })
}

fn venues(section: VenuesSection) -> Result<Vec<VenueConfig>, ConfigError> {
    let known: Vec<_> = parallax_venues::ALL
        .iter()
        .map(|adapter| adapter.descriptor().id)
        .collect();
    let find = |key: &str, id: &str| {
        parallax_venues::find(id).ok_or_else(|| {
            invalid(
                key,
                format!("{id:?}"),
                format!("one of {}", known.join(", ")),
            )
        })
    };
    let mut endpoints = section.endpoints;
    for id in endpoints.keys() {
        find("venues.endpoints", id)?;
    }
    let mut keys = section.keys;
    for id in keys.keys() {
        find("venues.keys", id)?;
    }
    let adapters: Vec<&'static dyn Adapter> = if section.enabled.is_empty() {
        parallax_venues::ALL.to_vec()
    } else {
        section
            .enabled
            .iter()
            .map(|id| find("venues.enabled", id))
            .collect::<Result<_, _>>()?
    };
    let mut venues: Vec<VenueConfig> = Vec::with_capacity(adapters.len());
    for adapter in adapters {
        let id = adapter.descriptor().id;
        if venues
            .iter()
            .any(|venue| venue.adapter.descriptor().id == id)
        {
            return Err(invalid(
                "venues.enabled",
                format!("{id:?} twice"),
                "a list without repetitions",
            ));
        }
        let mut chosen = Endpoints::from(adapter.descriptor().endpoints);
        if let Some(own) = endpoints.remove(id) {
            if let Some(stream) = own.stream {
                chosen.stream = endpoint(id, "stream", &stream, ["ws", "wss"])?;
            }
            if let Some(rest) = own.rest {
                chosen.rest = endpoint(id, "rest", &rest, ["http", "https"])?;
            }
        }
        chosen.key = keys.remove(id);
        venues.push(VenueConfig::new(adapter, chosen));
    }
    Ok(venues)
}

fn endpoint(
    venue: &str,
    which: &str,
    text: &str,
    schemes: [&str; 2],
) -> Result<String, ConfigError> {
    let [plain, secure] = schemes;
    let valid = url::Url::parse(text).is_ok_and(|url| {
        schemes.contains(&url.scheme()) && url.has_host() && url.query().is_none()
    });
    if valid {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    let key = format!("venues.endpoints.{venue}.{which}");
    // The value is not repeated: a proxy's URL may hold a password.
    Err(invalid(
        &key,
        "not such a URL",
        format!("{secure}://HOST or {plain}://HOST, with an optional path"),
    ))
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
