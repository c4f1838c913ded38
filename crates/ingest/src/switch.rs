//! The operator's switch of one venue: runs it, pauses it, opens all its connections anew; and reads it anew when
//! another catalogue makes something else of its codes.
//!
//! Owns when a venue's supervisor or poller begins and ends, and that its markets count no longer while it does not
//! run. Spawned by [`crate::start`], one per venue.

use std::pin::pin;
use std::sync::Arc;

use parallax::catalogue::Catalogue;
use parallax::connection::ConnectionState;
use parallax::event::MarketEvent;
use parallax::time::Clock;
use parallax::venue::VenueSwitch;
use parallax_venues::spec::Kind;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::codes::{Effect, polled_effect};
use crate::config::Selection;
use crate::error::endpoint_for_people;
use crate::outbox::Outbox;
use crate::registry::Registry;
use crate::report::Reporter;
use crate::site::Site;

/// One venue and its switch.
pub(crate) struct Switched {
    pub(crate) site: Arc<Site>,
    pub(crate) switch: Option<watch::Receiver<VenueSwitch>>,
    pub(crate) catalogue: watch::Receiver<Arc<Catalogue>>,
    pub(crate) selection: Selection,
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
        let mut read_by = Arc::clone(&self.catalogue.borrow_and_update());
        while !self.shutdown.is_cancelled() {
            let set = self.switch.as_mut();
            let set = set.map_or_else(VenueSwitch::default, |switch| {
                switch.borrow_and_update().clone()
            });
            if let Err(error) = self.site.reaches.set(set.addresses.as_deref()) {
                tracing::error!(venue.id = %self.site.id, %error, "the address given in the admin cannot be used");
            }
            if set.is_paused {
                self.say_stopped().await;
                tokio::select! {
                    () = self.shutdown.cancelled() => {}
                    () = changed(&mut self.switch) => {}
                    () = self.site.other_catalogue(&mut self.catalogue, self.selection, &mut read_by) => {
                        self.unlist_all().await;
                    }
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
                () = self.site.other_catalogue(&mut self.catalogue, self.selection, &mut read_by) => {
                    tracing::info!(venue.id = %self.site.id, "the venue's codes mean something else now");
                    stop.cancel();
                    running.await;
                    self.unlist_all().await;
                }
            }
        }
    }

    /// What the venue's codes meant is not what they mean now: nothing is left of its markets.
    async fn unlist_all(&self) {
        for key in self.registry.keys_of(&self.site.id) {
            let _ = self.sender.send(MarketEvent::Unlisted { key }).await;
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
            endpoint_for_people(&self.site.reaches.now().endpoints.rest),
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

impl Site {
    /// Ready when a catalogue is in force by which the venue has to be read anew. One that only adds markets has
    /// them asked for at once, and everything else goes on.
    async fn other_catalogue(
        &self,
        catalogue: &mut watch::Receiver<Arc<Catalogue>>,
        selection: Selection,
        read_by: &mut Arc<Catalogue>,
    ) {
        while catalogue.changed().await.is_ok() {
            let now = Arc::clone(&catalogue.borrow_and_update());
            let before = std::mem::replace(read_by, Arc::clone(&now));
            let effect = match self.adapter.kind() {
                Kind::Stream(_) => self.codes.effect(&before, &now, &self.id),
                Kind::Poll(poll) => polled_effect(&poll.markets(&before), &poll.markets(&now)),
            };
            match effect {
                Effect::None => {}
                // Where everything is watched, what a code means now was listed as something else.
                Effect::More if selection != Selection::All => self.ask_again.notify_one(),
                Effect::More | Effect::Other => return,
            }
        }
        std::future::pending().await
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
