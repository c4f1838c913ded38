//! Asking a venue for its markets.
//!
//! One attempt; the venue's supervisor repeats it.

use std::sync::Arc;

use parallax::catalogue::Catalogue;

use crate::error::{IngestError, endpoint_for_people};
use crate::http::FetchLimits;
use crate::opening::Venue;
use crate::registry::{Member, Registry, select};

/// The markets of the venue that are to be watched, in the order of their importance.
///
/// # Errors
/// When the venue cannot be reached, refuses, sends something that is not understood, or lists nothing
/// that is to be watched.
pub(crate) async fn discover(
    venue: &Venue,
    catalogue: &Arc<Catalogue>,
    registry: &Registry,
) -> Result<Vec<Member>, IngestError> {
    let request = venue.adapter.discovery(&venue.endpoints);
    let limits = FetchLimits {
        timeout: venue.config.discovery_timeout,
        max_bytes: venue.config.discovery_max_bytes,
    };
    let body = venue.http.fetch(&request, limits).await?;
    let (adapter, id, catalogue) = (venue.adapter, venue.id.clone(), Arc::clone(catalogue));
    let (selection, most) = (venue.config.selection, venue.config.max_markets_per_venue);
    // Some answers are 15 MiB: parsing them must not hold up the sockets on this thread.
    let chosen = tokio::task::spawn_blocking(move || {
        adapter
            .parse_discovery(&body)
            .map(|discovered| select(&catalogue, &id, selection, most, discovered))
    })
    .await
    .map_err(|error| match error.try_into_panic() {
        Ok(payload) => IngestError::panicked(payload.as_ref()),
        Err(error) => IngestError::Panicked(error.to_string()),
    })?
    .map_err(|source| IngestError::Answer {
        endpoint: endpoint_for_people(&request.url),
        source,
    })?;
    if chosen.is_empty() {
        return Err(IngestError::NoMarkets {
            endpoint: endpoint_for_people(&request.url),
        });
    }
    Ok(chosen
        .into_iter()
        .map(|listing| registry.member(listing))
        .collect())
}
