//! Which contracts matter on a venue that is polled, and which of them no token has: asked rarely, beside the polls.
//!
//! Owns when to ask and whether the answer is news. Whatever becomes of the question, prices go on: it is asked only
//! after a poll that went well, spends what the polls leave over, and its failures are logged and tried again. Run by
//! `poller`.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use parallax::catalogue::Catalogue;
use parallax::event::{MarketEvent, UnknownCodes};
use parallax_venues::spec::{Poll, Recovery};
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;

use crate::codes::unknown_contracts;
use crate::config::IngestConfig;
use crate::error::IngestError;
use crate::http::FetchLimits;
use crate::ledger::Purpose;
use crate::site::Site;

/// The survey of one venue.
pub(crate) struct Survey {
    pub(crate) site: Arc<Site>,
    pub(crate) poll: &'static dyn Poll,
    pub(crate) config: Arc<IngestConfig>,
    pub(crate) catalogue: watch::Receiver<Arc<Catalogue>>,
    pub(crate) sender: mpsc::Sender<MarketEvent>,
    /// Notified after each poll that went well.
    pub(crate) polled: Arc<Notify>,
}

impl Survey {
    /// Runs until it is dropped.
    pub(crate) async fn run(self) -> std::convert::Infallible {
        let mut due: Option<Instant> = None;
        let mut told: Option<Arc<UnknownCodes>> = None;
        loop {
            self.polled.notified().await;
            if due.is_some_and(|due| Instant::now() < due) {
                continue;
            }
            // A panic in an adapter must not end more than this one question.
            let asked = AssertUnwindSafe(self.ask()).catch_unwind().await;
            let asked =
                asked.unwrap_or_else(|payload| Err(IngestError::panicked(payload.as_ref())));
            let later = Some(Instant::now() + self.config.discovery_refresh);
            match asked {
                Ok(unknown) => {
                    due = later;
                    if told.as_ref() != Some(&unknown) {
                        told = Some(Arc::clone(&unknown));
                        // A closed channel means that the reader has gone, and nobody misses the event.
                        let _ = self.sender.send(MarketEvent::Unknown(unknown)).await;
                    }
                }
                Err(error) => {
                    // A passing fault is over with the next poll that goes well.
                    due = later.filter(|_| error.recovery() != Recovery::Soon);
                    tracing::warn!(
                        venue.id = %self.site.id,
                        %error,
                        "the venue's contracts could not be listed; its prices go on"
                    );
                }
            }
        }
    }

    async fn ask(&self) -> Result<Arc<UnknownCodes>, IngestError> {
        let facts = self.poll.facts();
        let limits = FetchLimits {
            timeout: facts.timeout,
            max_bytes: facts.max_answer_bytes,
        };
        let reach = self.site.reaches.now();
        let request = self.poll.discovery(&reach.endpoints);
        let read = |body: &[u8]| self.poll.parse_discovery(body);
        let patience = self.config.history.patience;
        let purpose = Purpose::Survey;
        let asked = self
            .site
            .ask(&reach, &request, limits, patience, purpose, read);
        let found = asked.await?;
        let catalogue = Arc::clone(&self.catalogue.borrow());
        Ok(unknown_contracts(
            &catalogue,
            &self.site.id,
            facts.chain,
            found,
        ))
    }
}
