//! The sections `[store]`, `[candles]` and `[backfill]`: what is written and how often, how long it is kept, where it waits
//! while the database is away, and what is fetched of the past.

use std::path::{Path, PathBuf};
use std::time::Duration;

use parallax_store::DatabaseUrl;
use parallax_worker::backfill::BackfillConfig;
use parallax_worker::{Retention, SpoolConfig, WorkerConfig};

use super::file::{BackfillSection, CandlesSection, StoreSection};
use super::{ConfigError, count, seconds, within};

pub(super) fn read(
    store: &StoreSection,
    candles: &CandlesSection,
    database: &DatabaseUrl,
) -> Result<WorkerConfig, ConfigError> {
    Ok(WorkerConfig {
        flush_every: Duration::from_millis(within(
            "store.flush_every_ms",
            store.flush_every_ms,
            100..=60_000,
        )?),
        price_every: seconds("store.price_every_s", store.price_every_s, 1..=3_600)?,
        late_within: seconds("candles.late_within_s", candles.late_within_s, 0..=3_600)?,
        retention: retention(store)?,
        spool: SpoolConfig {
            folder: Some(spool_folder(&store.spool_folder, database)),
            max_bytes: within("store.spool_max_mb", store.spool_max_mb, 1..=1_048_576)? * 1_048_576,
        },
        ..WorkerConfig::default()
    })
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

pub(super) fn backfill(section: &BackfillSection) -> Result<BackfillConfig, ConfigError> {
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
fn spool_folder(configured: &Path, database: &DatabaseUrl) -> PathBuf {
    if !configured.as_os_str().is_empty() {
        return configured.to_owned();
    }
    let beside = database.file().and_then(Path::parent);
    beside
        .map_or_else(|| PathBuf::from("data"), Path::to_owned)
        .join("spool")
}
