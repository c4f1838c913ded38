//! The configuration file that points the program at a simulator.
//!
//! Written by the binary once it listens, so that a script can wait for the file to appear. It appears
//! whole: it is written under another name first.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::error::SimError;
use crate::floor::RunningSim;

#[derive(Serialize)]
struct File {
    simulated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ingest: Option<Ingest>,
    backfill: BackFill,
    venues: Venues,
}

#[derive(Serialize)]
struct BackFill {
    request_gap_ms: u64,
}

#[derive(Serialize)]
struct Ingest {
    markets: &'static str,
}

#[derive(Serialize)]
struct Venues {
    enabled: Vec<String>,
    endpoints: BTreeMap<String, Place>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    keys: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Place {
    #[serde(skip_serializing_if = "String::is_empty")]
    stream: String,
    rest: String,
}

impl RunningSim {
    /// The program's configuration for this simulator, as TOML: `simulated = true`, the venues, their
    /// endpoints and keys; with `all_markets` also `[ingest] markets = "all"`, for recordings, whose markets are
    /// mostly not in the token catalogue.
    #[must_use]
    pub fn config_toml(&self, all_markets: bool) -> String {
        let enabled: Vec<_> = self.venues().into_iter().map(str::to_owned).collect();
        let mut keys = BTreeMap::new();
        let endpoints = enabled
            .iter()
            .map(|venue| {
                let endpoints = self.endpoints(venue);
                if let Some(key) = &endpoints.key {
                    keys.insert(venue.clone(), key.expose().to_owned());
                }
                let place = Place {
                    stream: endpoints.stream,
                    rest: endpoints.rest,
                };
                (venue.clone(), place)
            })
            .collect();
        // Collected before, because it fills the keys.
        let endpoints: BTreeMap<_, _> = endpoints;
        let file = File {
            simulated: true,
            ingest: all_markets.then_some(Ingest { markets: "all" }),
            // Nobody's limits have to be kept here.
            backfill: BackFill { request_gap_ms: 0 },
            venues: Venues {
                enabled,
                endpoints,
                keys,
            },
        };
        // Texts, a flag and tables always have a TOML form.
        toml::to_string(&file).unwrap_or_default()
    }

    /// Writes [`Self::config_toml`] to a file.
    ///
    /// # Errors
    /// [`SimError::File`] when it cannot be written.
    pub async fn write_config(&self, path: &Path, all_markets: bool) -> Result<(), SimError> {
        let refused = |source| SimError::File {
            path: path.to_owned(),
            source,
        };
        let mut draft = path.as_os_str().to_owned();
        draft.push(".new");
        tokio::fs::write(&draft, self.config_toml(all_markets))
            .await
            .map_err(refused)?;
        tokio::fs::rename(&draft, path).await.map_err(refused)
    }
}
