//! The sections `[venues]` and `[ingest]`: which exchanges are read, where they are, and how.

use std::time::Duration;

use parallax_ingest::{Backoff, HistoryConfig, IngestConfig, Polling, Selection, VenueConfig};
use parallax_venues::spec::{Adapter, Endpoints};

use super::file::{BackfillSection, IngestSection, Markets, PollingSection, VenuesSection};
use super::{ConfigError, count, invalid, seconds, within};

pub(super) fn read(section: VenuesSection) -> Result<Vec<VenueConfig>, ConfigError> {
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

pub(super) fn ingest(
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
