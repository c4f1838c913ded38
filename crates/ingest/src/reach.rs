//! Where a venue is reached, and by what: as the configuration says, or as an operator said in the admin.
//!
//! Owns that a given address is held to the public internet, and that the venue's key goes nowhere but where the
//! configuration sends it. A request is sent by the [`Reach`] whose endpoints it was made of.

use std::sync::{Arc, PoisonError, RwLock};

use parallax::venue::VenueAddresses;
use parallax_venues::spec::Endpoints;

use crate::error::IngestError;
use crate::guard::Guard;
use crate::http::HttpClient;

/// Endpoints with what connects to them.
#[derive(Debug)]
pub(crate) struct Reach {
    pub(crate) endpoints: Endpoints,
    pub(crate) http: HttpClient,
    /// Judges where a socket leads to, when its URL was given.
    pub(crate) stream_guard: Option<Guard>,
    /// The same when the URL came out of an answer of a host that was given.
    pub(crate) answer_guard: Option<Guard>,
}

/// What is in force, and what is without an operator.
#[derive(Debug)]
pub(crate) struct Reaches {
    configured: Arc<Reach>,
    now: RwLock<Arc<Reach>>,
    /// For given addresses; `None` where they may lead anywhere.
    guard: Option<Guard>,
}

impl Reaches {
    pub(crate) fn new(endpoints: Endpoints, http: HttpClient, guard: Option<Guard>) -> Self {
        let configured = Arc::new(Reach {
            endpoints,
            http,
            stream_guard: None,
            answer_guard: None,
        });
        Self {
            now: RwLock::new(Arc::clone(&configured)),
            configured,
            guard,
        }
    }

    pub(crate) fn now(&self) -> Arc<Reach> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts what an operator gave in force, or what is configured.
    ///
    /// # Errors
    /// [`IngestError::Client`] or [`IngestError::Tls`]; then what is configured is in force.
    pub(crate) fn set(&self, given: Option<&VenueAddresses>) -> Result<(), IngestError> {
        let reach = given.map(|given| self.given(given)).transpose();
        let (reach, result) = match reach {
            Ok(reach) => (reach.map(Arc::new), Ok(())),
            Err(error) => (None, Err(error)),
        };
        let reach = reach.unwrap_or_else(|| Arc::clone(&self.configured));
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = reach;
        result
    }

    fn given(&self, given: &VenueAddresses) -> Result<Reach, IngestError> {
        let configured = &self.configured;
        let is_elsewhere =
            |given: &Option<String>, own: &str| given.as_ref().is_some_and(|it| it != own);
        let stream_given = is_elsewhere(&given.stream, &configured.endpoints.stream);
        let rest_given = is_elsewhere(&given.rest, &configured.endpoints.rest);
        let or = |given: &Option<String>, own: &String| given.as_ref().unwrap_or(own).clone();
        Ok(Reach {
            endpoints: Endpoints {
                stream: or(&given.stream, &configured.endpoints.stream),
                rest: or(&given.rest, &configured.endpoints.rest),
                // Otherwise whoever may change an address could have the key sent to themselves.
                key: (!rest_given)
                    .then(|| configured.endpoints.key.clone())
                    .flatten(),
            },
            http: match &self.guard {
                Some(guard) if rest_given => HttpClient::guarded(guard.clone())?,
                _ => configured.http.clone(),
            },
            stream_guard: self.guard.clone().filter(|_| stream_given),
            answer_guard: self.guard.clone().filter(|_| rest_given),
        })
    }
}
