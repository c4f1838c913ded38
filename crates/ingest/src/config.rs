//! What the composition root decides about ingesting: time limits, bounds and what to watch.
//!
//! Owns the values and their defaults; reads no file and no environment (`server/` does).

use std::time::Duration;

use parallax::fact::QueryUsage;
use parallax::venue::VenueSwitch;
use parallax_venues::spec::{Adapter, Endpoints};
use tokio::sync::watch;

/// How to watch all venues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IngestConfig {
    /// The longest that opening a connection may take: once for what has to be asked first, once for
    /// the socket with its TLS and WebSocket handshakes. Default 10 s.
    pub connect_timeout: Duration,
    /// The longest that asking a venue for its markets may take, whole answer included. Default 30 s.
    pub discovery_timeout: Duration,
    /// The longest answer to discovery, in bytes after decompression. Default 64 MiB (Binance sends
    /// about 15 MiB).
    pub discovery_max_bytes: usize,
    /// How often a venue is asked again, so that newly listed markets, and contracts on a chain, are picked up.
    /// Default 1 h.
    pub discovery_refresh: Duration,
    /// The delay before the next attempt.
    pub backoff: Backoff,
    /// Events that may wait for the reader. When it is behind by more, see [`crate`]. Default 8,192.
    pub channel_capacity: usize,
    /// Which of the markets a venue lists are watched. Default [`Selection::Catalogue`].
    pub selection: Selection,
    /// More markets of one venue than this are not watched; the catalogue's first tokens come first.
    /// Default 2,000.
    pub max_markets_per_venue: usize,
    /// In a planned replacement, how long the old connection stays beside the new one while some of
    /// its markets have not yet been heard on the new one. Default 10 s.
    pub overlap: Duration,
    /// How long a closing connection waits for the other side's goodbye. Default 800 ms.
    pub close_timeout: Duration,
    /// How venues that are polled are asked.
    pub polling: Polling,
    /// How venues are asked for historic candles.
    pub history: HistoryConfig,
    /// Whether addresses that operators give in the admin may lead to private networks, and do without TLS. What
    /// the configuration names may in any case. Default `false`.
    pub private_addresses: bool,
}

/// How venues that are polled are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Polling {
    /// The time between two polls of a venue. Default 10 min.
    pub every: Duration,
    /// The most queries sent to one venue in a calendar month (UTC), polls and back-fill together.
    /// Default 100,000, which is what The Graph gives for nothing.
    pub monthly_queries: u64,
    /// A venue that refuses for a reason only the operator can mend is not asked for this long.
    /// Default 1 h.
    pub refused_for: Duration,
}

impl Default for Polling {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(600),
            monthly_queries: 100_000,
            refused_for: Duration::from_secs(3_600),
        }
    }
}

/// How venues are asked for historic candles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryConfig {
    /// The longest that one answer may take. Default 30 s; a polled venue has its own limit.
    pub timeout: Duration,
    /// The longest answer, in bytes after decompression. Default 8 MiB.
    pub max_bytes: usize,
    /// How often one page is asked for before its error is passed on. Default 4.
    pub attempts: u32,
    /// The longest that a call waits for a venue that wants to be left alone; a longer pause is an
    /// error at once. Default 90 s.
    pub patience: Duration,
    /// The least time between two requests to one venue, instead of each venue's own; for a simulator.
    /// Default `None`.
    pub request_gap: Option<Duration>,
}

impl Default for HistoryConfig {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            max_bytes: 8 * 1024 * 1024,
            attempts: 4,
            patience: Duration::from_secs(90),
            request_gap: None,
        }
    }
}

impl Default for IngestConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            discovery_timeout: Duration::from_secs(30),
            discovery_max_bytes: 64 * 1024 * 1024,
            discovery_refresh: Duration::from_secs(3_600),
            backoff: Backoff::default(),
            channel_capacity: 8_192,
            selection: Selection::Catalogue,
            max_markets_per_venue: 2_000,
            overlap: Duration::from_secs(10),
            close_timeout: Duration::from_millis(800),
            polling: Polling::default(),
            history: HistoryConfig::default(),
            private_addresses: false,
        }
    }
}

/// The delay before the next attempt: drawn evenly between nothing and a bound that doubles with every
/// failure ("full jitter"), so that many connections lost at once do not return at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The bound of the first delay. Default 500 ms.
    pub initial: Duration,
    /// The bound never exceeds this. Default 60 s.
    pub max: Duration,
    /// A connection that lived this long starts again from `initial` when it is lost. Default 60 s.
    pub settled_after: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            initial: Duration::from_millis(500),
            max: Duration::from_secs(60),
            settled_after: Duration::from_secs(60),
        }
    }
}

/// Which of the markets a venue lists are watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Selection {
    /// Both sides are tokens of the catalogue, and the quote side can lead to USD: fiat, a stablecoin,
    /// bitcoin or ethereum.
    #[default]
    Catalogue,
    /// Everything listed, for replaying recordings.
    All,
}

/// One venue to watch.
#[derive(Clone)]
pub struct VenueConfig {
    /// Its adapter.
    pub adapter: &'static dyn Adapter,
    /// Where it is: the adapter's defaults, or a proxy, a regional host or the simulator.
    pub endpoints: Endpoints,
    /// What the venue was asked before the start, when it bills queries; of an earlier month it does
    /// not count.
    pub usage: Option<QueryUsage>,
    /// How the operator sets it while it runs; `None` where nobody does.
    pub switch: Option<watch::Receiver<VenueSwitch>>,
}

impl VenueConfig {
    /// The venue, not asked for anything yet, without a switch.
    #[must_use]
    pub const fn new(adapter: &'static dyn Adapter, endpoints: Endpoints) -> Self {
        Self {
            adapter,
            endpoints,
            usage: None,
            switch: None,
        }
    }
}

impl std::fmt::Debug for VenueConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VenueConfig")
            .field("venue", &self.adapter.descriptor().id)
            .finish_non_exhaustive()
    }
}
