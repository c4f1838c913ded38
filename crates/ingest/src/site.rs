//! One venue as something to ask over HTTP: its adapter, its host, its budget.
//!
//! Owns the order of things before a request leaves (budget, turn) and what follows a refusal (the
//! pause of the whole host). Shared by the venue's supervisor or poller and by [`crate::History`].

use std::time::Duration;

use parallax::venue::VenueId;
use parallax_venues::spec::{Adapter, DecodeError, Endpoints, Kind, Request};
use tokio::sync::Notify;
use tracing::field::Empty;
use tracing::{Span, instrument};

use crate::codes::Codes;
use crate::error::{IngestError, endpoint_for_people};
use crate::host::Host;
use crate::http::FetchLimits;
use crate::ledger::{Ledger, Purpose};
use crate::reach::{Reach, Reaches};

/// A venue that says "too often" and not for how long is left alone for this long.
const PAUSE: Duration = Duration::from_secs(30);

/// Binance bans an address that went on after 429; the shortest ban is two minutes.
const BAN: Duration = Duration::from_secs(120);

/// What all that asks one venue over HTTP shares.
pub(crate) struct Site {
    pub(crate) id: VenueId,
    pub(crate) adapter: &'static dyn Adapter,
    pub(crate) reaches: Reaches,
    pub(crate) host: Host,
    /// For a venue that bills queries.
    pub(crate) ledger: Option<Ledger>,
    /// What its assets are called.
    pub(crate) codes: Codes,
    /// Its markets are to be asked for now, and not only when it is time again.
    pub(crate) ask_again: Notify,
}

impl Site {
    /// Sends one request that was made of the endpoints of `reach`, when it may be sent, and lets `read` make sense
    /// of the answer.
    ///
    /// # Errors
    /// [`IngestError::NoKey`], [`IngestError::BudgetSpent`] or [`IngestError::Paused`] when nothing was
    /// sent; what [`HttpClient::fetch`] says; [`IngestError::Answer`] with what `read` says.
    #[instrument(level = "debug", skip_all, fields(otel.kind = "client", otel.status_code = Empty, venue.id = %self.id, ?purpose))]
    pub(crate) async fn ask<T>(
        &self,
        reach: &Reach,
        request: &Request,
        limits: FetchLimits,
        patience: Duration,
        purpose: Purpose,
        read: impl FnOnce(&[u8]) -> Result<T, DecodeError>,
    ) -> Result<T, IngestError> {
        self.check_key(&reach.endpoints)?;
        let endpoint = || endpoint_for_people(&request.url);
        self.host
            .turn(patience)
            .await
            .map_err(|left| IngestError::Paused {
                endpoint: endpoint(),
                left,
            })?;
        if let Some(ledger) = &self.ledger {
            ledger
                .spend(purpose)
                .map_err(|spent| IngestError::BudgetSpent {
                    used: spent.used,
                    limit: spent.limit,
                    until: spent.until,
                    left: spent.left,
                })?;
        }
        let answer = match reach.http.fetch(request, limits).await {
            Ok(body) => read(&body).map_err(|source| IngestError::Answer {
                endpoint: endpoint(),
                source,
            }),
            Err(error) => Err(error),
        };
        if let Some(pause) = answer.as_ref().err().and_then(pause) {
            self.host.pause(pause);
        }
        if answer.is_err() {
            Span::current().record("otel.status_code", "ERROR");
        }
        answer
    }

    /// Without a key nobody needs to be asked, where it is known that nobody answers.
    fn check_key(&self, endpoints: &Endpoints) -> Result<(), IngestError> {
        let descriptor = self.adapter.descriptor();
        let needs_key = match self.adapter.kind() {
            Kind::Poll(poll) => poll.facts().needs_key,
            Kind::Stream(_) => false,
        };
        let missing =
            endpoints.key.is_none() && needs_key && endpoints.rest == descriptor.endpoints.rest;
        if missing {
            Err(IngestError::NoKey {
                venue: self.id.clone(),
            })
        } else {
            Ok(())
        }
    }
}

/// How long the host is to be left alone after this error, when it said or meant so.
fn pause(error: &IngestError) -> Option<Duration> {
    match error {
        IngestError::Status {
            retry_after: Some(asked),
            ..
        } => Some(*asked),
        IngestError::Status { status: 429, .. }
        | IngestError::Answer {
            source: DecodeError::TooMany(_),
            ..
        } => Some(PAUSE),
        IngestError::Status { status: 418, .. } => Some(BAN),
        _ => None,
    }
}
