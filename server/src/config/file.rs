//! The configuration as it is written: the sections and keys of `default.toml`, unchecked.

use std::collections::BTreeMap;
use std::path::PathBuf;

use parallax_pricing::Policy;
use parallax_venues::spec::Secret;
use serde::Deserialize;

use super::Log;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) listen: String,
    pub(super) simulated: bool,
    pub(super) site_root: PathBuf,
    pub(super) store: StoreSection,
    pub(super) venues: VenuesSection,
    pub(super) candles: CandlesSection,
    pub(super) backfill: BackfillSection,
    pub(super) ingest: IngestSection,
    pub(super) stream: StreamSection,
    pub(super) socket: SocketSection,
    pub(super) api: ApiSection,
    pub(super) admin: AdminSection,
    pub(super) metrics: MetricsSection,
    pub(super) traces: TracesSection,
    pub(super) log: Log,
    #[serde(default)]
    pub(super) pricing: Policy,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoreSection {
    pub(super) url: String,
    pub(super) flush_every_ms: u64,
    pub(super) price_every_s: u64,
    pub(super) price_retention_h: u64,
    pub(super) minutes_retention_d: u64,
    pub(super) hours_retention_d: u64,
    pub(super) days_retention_d: u64,
    pub(super) spool_folder: PathBuf,
    pub(super) spool_max_mb: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CandlesSection {
    pub(super) late_within_s: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BackfillSection {
    pub(super) days: u64,
    pub(super) minutes_h: u64,
    pub(super) every_s: u64,
    pub(super) parallel: u64,
    #[serde(default)]
    pub(super) request_gap_ms: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VenuesSection {
    pub(super) enabled: Vec<String>,
    #[serde(default)]
    pub(super) endpoints: BTreeMap<String, EndpointsSection>,
    #[serde(default)]
    pub(super) keys: BTreeMap<String, Secret>,
    pub(super) polling: PollingSection,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PollingSection {
    pub(super) every_s: u64,
    pub(super) monthly_queries: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EndpointsSection {
    pub(super) stream: Option<String>,
    pub(super) rest: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IngestSection {
    pub(super) markets: Markets,
    pub(super) connect_timeout_s: u64,
    pub(super) discovery_timeout_s: u64,
    pub(super) discovery_every_min: u64,
    pub(super) max_backoff_s: u64,
    pub(super) channel_capacity: u64,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Markets {
    Catalogue,
    All,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StreamSection {
    pub(super) max_clients: u64,
    pub(super) heartbeat_s: u64,
    pub(super) replay_events: u64,
    pub(super) write_timeout_s: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SocketSection {
    pub(super) max_message_bytes: u64,
    pub(super) max_subscriptions: u64,
    pub(super) lifetime_s: u64,
    pub(super) ping_every_s: u64,
    pub(super) allowed_origins: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MetricsSection {
    pub(super) listen: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TracesSection {
    pub(super) endpoint: String,
    pub(super) headers: Secret,
    pub(super) sample_ratio: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApiSection {
    pub(super) keys: Keys,
    pub(super) trusted_proxies: Vec<String>,
    pub(super) limit_loopback: bool,
    pub(super) anonymous: AllotmentSection,
    pub(super) key: AllotmentSection,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AdminSection {
    pub(super) session_idle_min: u64,
    pub(super) session_hours: u64,
    pub(super) private_addresses: bool,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Keys {
    Optional,
    Required,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AllotmentSection {
    pub(super) requests_per_minute: u64,
    pub(super) burst: u64,
    pub(super) streams: u64,
}
