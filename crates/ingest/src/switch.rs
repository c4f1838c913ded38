//! The operator's switch of one venue: runs it, pauses it, opens all its connections anew.
//!
//! Owns when a venue's supervisor or poller begins and ends, and that its markets count no longer while it does not
//! run. Spawned by [`crate::start`], one per venue.

use std::pin::pin;
use std::sync::Arc;

use parallax::connection::ConnectionState;
use parallax::event::MarketEvent;
use parallax::time::Clock;
use parallax::venue::VenueSwitch;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::error::endpoint_for_people;
use crate::outbox::Outbox;
use crate::registry::Registry;
use crate::report::Reporter;
use crate::site::Site;

/// One venue and its switch.
pub(crate) struct Switched {
    pub(crate) site: Arc<Site>,
    pub(crate) switch: Option<watch::Receiver<VenueSwitch>>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) sender: mpsc::Sender<MarketEvent>,
    pub(crate) shutdown: CancellationToken,
}

impl Switched {
    /// Runs the venue whenever it is not paused, until shutdown. `start` gets the token that ends a run.
    pub(crate) async fn run<R: Future<Output = ()>>(
        mut self,
        start: impl Fn(CancellationToken) -> R,
    ) {
        while !self.shutdown.is_cancelled() {
            let set = self.switch.as_mut();
            let set = set.map_or_else(VenueSwitch::default, |switch| *switch.borrow_and_update());
            if set.is_paused {
                self.say_stopped().await;
                tokio::select! {
                    () = self.shutdown.cancelled() => {}
                    () = changed(&mut self.switch) => {}
                }
                continue;
            }
            let stop = self.shutdown.child_token();
            let mut running = pin!(start(stop.clone()));
            tokio::select! {
                () = &mut running => {}
                () = changed(&mut self.switch) => {
                    tracing::info!(venue.id = %self.site.id, "the operator set the venue's switch");
                    stop.cancel();
                    running.await;
                    self.stall_all().await;
                }
            }
        }
    }

    /// At shutdown the last quotes stay as they are; of a paused venue they describe nothing any more.
    async fn stall_all(&self) {
        let at = self.clock.now();
        for key in self.registry.keys_of(&self.site.id) {
            // A closed channel means that the reader has gone, and nobody misses the event.
            let _ = self.sender.send(MarketEvent::Stalled { key, at }).await;
        }
    }

    /// For a venue that was paused before it ever ran: otherwise its connections have said it.
    async fn say_stopped(&self) {
        let (name, endpoint) = (
            self.site.adapter.descriptor().name,
            endpoint_for_people(&self.site.endpoints.rest),
        );
        if self.registry.keys_of(&self.site.id).is_empty() {
            let clock = Arc::clone(&self.clock);
            let mut reporter = Reporter::new(self.site.id.clone(), name, 0, endpoint, clock);
            let mut outbox = Outbox::new(self.sender.clone());
            reporter.enter(ConnectionState::Stopped, &mut outbox);
            outbox.flush().await;
        }
    }
}

/// Ready when the switch is set; never where nobody can set it.
async fn changed(switch: &mut Option<watch::Receiver<VenueSwitch>>) {
    if let Some(switch) = switch
        && switch.changed().await.is_ok()
    {
        return;
    }
    std::future::pending().await
}
