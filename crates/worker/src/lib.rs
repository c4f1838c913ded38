//! The pipeline that owns the state: market events in, published prices out, and rows for the store
//! beside it.
//!
//! One task ([`run`]) owns a [`Pipeline`] and nobody else changes it, so nothing on the way from a
//! quote to the board waits for a lock held by a reader, or for the database: rows are handed to the
//! `writer`, and what the writer cannot take yet is conflated here, in bounded memory.

pub mod backfill;
mod by_hand;
mod duplicates;
mod history;
mod last_known;
mod latency;
mod markets;
mod pending;
mod pipeline;
mod polled;
mod run;
mod spool;
mod writer;

use std::time::Duration;

pub use last_known::LastKnown;
pub use pipeline::Pipeline;
pub use run::{Decisions, run};
pub use writer::{Retention, SpoolConfig};

/// How the pipeline paces itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerConfig {
    /// How often ages and statuses are looked at when nothing arrives.
    pub tick: Duration,
    /// How often rows go to the store. A crash loses at most this much time, and one second more while
    /// the database is slow or away.
    pub flush_every: Duration,
    /// The least time between two stored prices of one token; the ones between are conflated.
    pub price_every: Duration,
    /// How late a trade may come and still repair its candle.
    pub late_within: Duration,
    /// What is kept of each kind of data.
    pub retention: Retention,
    /// Where rows wait on disk while the database is away.
    pub spool: SpoolConfig,
    /// Candles kept in memory while the store cannot take them; the oldest go first.
    pub max_pending_candles: usize,
    /// How long the last rows may take at shutdown.
    pub shutdown_timeout: Duration,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self {
            tick: Duration::from_millis(250),
            flush_every: Duration::from_secs(1),
            price_every: Duration::from_secs(30),
            late_within: Duration::from_secs(300),
            retention: Retention {
                prices: Some(Duration::from_secs(86_400)),
                minutes: Some(Duration::from_secs(90 * 86_400)),
                hours: None,
                days: None,
            },
            spool: SpoolConfig {
                folder: None,
                max_bytes: 256 * 1_024 * 1_024,
            },
            max_pending_candles: 100_000,
            shutdown_timeout: Duration::from_secs(3),
        }
    }
}
