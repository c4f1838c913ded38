//! Asking a venue for its markets.
//!
//! One attempt, by the catalogue that is in force when the venue answers; the venue's supervisor repeats it, and [`crate::History`] makes one for the command line.

use std::sync::Arc;

use parallax::catalogue::Catalogue;
use parallax::event::UnknownCodes;
use parallax::market::Listing;
use parallax_venues::spec::Kind;
use tokio::sync::watch;
use tokio::task::JoinError;

use crate::codes;
use crate::config::IngestConfig;
use crate::error::{IngestError, endpoint_for_people};
use crate::http::FetchLimits;
use crate::ledger::Purpose;
use crate::registry::select;
use crate::site::Site;

/// What a venue lists.
#[derive(Debug)]
pub(crate) struct Found {
    /// The markets that are to be watched, in the order of their importance.
    pub(crate) listings: Vec<Listing>,
    /// What the catalogue does not know; `None` for a venue that is only asked for what it knows.
    pub(crate) unknown: Option<Arc<UnknownCodes>>,
}

/// Asks the venue for its markets.
///
/// # Errors
/// When the venue cannot be reached, refuses, sends something that is not understood, or lists nothing
/// that is to be watched.
pub(crate) async fn discover(
    site: &Site,
    catalogue: &watch::Receiver<Arc<Catalogue>>,
    config: &IngestConfig,
) -> Result<Found, IngestError> {
    let reach = site.reaches.now();
    let (found, endpoint) = match site.adapter.kind() {
        Kind::Poll(poll) => {
            let mut markets = poll.markets(&catalogue.borrow());
            markets.truncate(config.max_markets_per_venue);
            let found = Found {
                listings: markets,
                unknown: None,
            };
            (found, endpoint_for_people(&reach.endpoints.rest))
        }
        Kind::Stream(stream) => {
            let request = stream.discovery(&reach.endpoints);
            let endpoint = endpoint_for_people(&request.url);
            let limits = FetchLimits {
                timeout: config.discovery_timeout,
                max_bytes: config.discovery_max_bytes,
            };
            let whole = |body: &[u8]| Ok(body.to_vec());
            let body = site
                .ask(
                    &reach,
                    &request,
                    limits,
                    config.history.patience,
                    Purpose::BackFill,
                    whole,
                )
                .await?;
            // Some answers are 15 MiB: parsing them must not hold up the sockets on this thread.
            let parse = tokio::task::spawn_blocking(move || stream.parse_discovery(&body));
            let discovered =
                parse
                    .await
                    .map_err(panicked)?
                    .map_err(|source| IngestError::Answer {
                        endpoint: endpoint.clone(),
                        source,
                    })?;
            // Noted before the catalogue is looked at, so that whoever changes it knows what was read by it.
            site.codes.note(&discovered);
            let (id, catalogue) = (site.id.clone(), Arc::clone(&catalogue.borrow()));
            let (selection, most) = (config.selection, config.max_markets_per_venue);
            let choose = move || Found {
                unknown: Some(codes::unknown(&catalogue, &id, &discovered)),
                listings: select(&catalogue, &id, selection, most, discovered),
            };
            let found = tokio::task::spawn_blocking(choose)
                .await
                .map_err(panicked)?;
            (found, endpoint)
        }
    };
    if found.listings.is_empty() {
        return Err(IngestError::NoMarkets { endpoint });
    }
    Ok(found)
}

fn panicked(error: JoinError) -> IngestError {
    match error.try_into_panic() {
        Ok(payload) => IngestError::panicked(payload.as_ref()),
        Err(error) => IngestError::Panicked(error.to_string()),
    }
}
