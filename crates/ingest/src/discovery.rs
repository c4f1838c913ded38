//! Asking a venue for its markets.
//!
//! One attempt; the venue's supervisor repeats it, and [`crate::History`] makes one for the command line.

use std::sync::Arc;

use parallax::catalogue::Catalogue;
use parallax::market::Listing;
use parallax_venues::spec::Kind;

use crate::config::IngestConfig;
use crate::error::{IngestError, endpoint_for_people};
use crate::http::FetchLimits;
use crate::ledger::Purpose;
use crate::registry::select;
use crate::site::Site;

/// The markets of the venue that are to be watched, in the order of their importance.
///
/// # Errors
/// When the venue cannot be reached, refuses, sends something that is not understood, or lists nothing
/// that is to be watched.
pub(crate) async fn discover(
    site: &Site,
    catalogue: &Arc<Catalogue>,
    config: &IngestConfig,
) -> Result<Vec<Listing>, IngestError> {
    let (chosen, endpoint) = match site.adapter.kind() {
        Kind::Poll(poll) => {
            let mut markets = poll.markets(catalogue);
            markets.truncate(config.max_markets_per_venue);
            (markets, endpoint_for_people(&site.endpoints.rest))
        }
        Kind::Stream(stream) => {
            let request = stream.discovery(&site.endpoints);
            let endpoint = endpoint_for_people(&request.url);
            let limits = FetchLimits {
                timeout: config.discovery_timeout,
                max_bytes: config.discovery_max_bytes,
            };
            let whole = |body: &[u8]| Ok(body.to_vec());
            let body = site
                .ask(
                    &request,
                    limits,
                    config.history.patience,
                    Purpose::BackFill,
                    whole,
                )
                .await?;
            let (id, catalogue) = (site.id.clone(), Arc::clone(catalogue));
            let (selection, most) = (config.selection, config.max_markets_per_venue);
            // Some answers are 15 MiB: parsing them must not hold up the sockets on this thread.
            let chosen = tokio::task::spawn_blocking(move || {
                stream
                    .parse_discovery(&body)
                    .map(|discovered| select(&catalogue, &id, selection, most, discovered))
            })
            .await
            .map_err(|error| match error.try_into_panic() {
                Ok(payload) => IngestError::panicked(payload.as_ref()),
                Err(error) => IngestError::Panicked(error.to_string()),
            })?
            .map_err(|source| IngestError::Answer {
                endpoint: endpoint.clone(),
                source,
            })?;
            (chosen, endpoint)
        }
    };
    if chosen.is_empty() {
        return Err(IngestError::NoMarkets { endpoint });
    }
    Ok(chosen)
}
