//! The venues' switches: pausing, resuming and reconnecting, as operators do it in the admin.
//!
//! What was decided is stored with its note first, and then takes effect at once, without a restart. The other end of
//! each switch is in `crates/ingest`; the composition root joins them.

mod address;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use parallax::audit::Object;
use parallax::time::{Clock, Timestamp};
use parallax::venue::{VenueAddresses, VenueId, VenueSwitch};
use parallax_store::{Store, StoreError, StoredDirective};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::accounts::{By, audit_json};

pub use address::{AddressError, REST, STREAM, address};

/// The kind of the directives about venues.
const KIND: &str = "venue";

/// How long after a failure the decisions are read again.
const READ_AGAIN: Duration = Duration::from_secs(5);

/// What is stored about a venue.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Decided {
    paused: bool,
    /// Where it is, if not where the configuration says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    addresses: Option<VenueAddresses>,
}

impl Decided {
    fn of(directive: &StoredDirective) -> Result<Self, StoreError> {
        let Some(body) = &directive.body else {
            return Ok(Self::default());
        };
        serde_json::from_str(body).map_err(|error| StoreError::Unreadable {
            field: "directive.body",
            source: error.into(),
        })
    }
}

/// Why a venue's switch was not set.
#[derive(Debug, thiserror::Error)]
pub enum SwitchError {
    /// The venue is not among those configured.
    #[error("this server does not read an exchange named {0}")]
    Unknown(String),
    /// It is set so already.
    #[error("the exchange is {}", if *.is_paused { "already paused" } else { "not paused" })]
    AlreadySet {
        /// How it is set.
        is_paused: bool,
    },
    /// A paused venue has no connections to open anew.
    #[error("the exchange is paused; resume it instead")]
    Paused,
    /// It is looked for there already.
    #[error("these are its addresses already")]
    SameAddresses,
    /// Someone else set it in between.
    #[error("someone else has set this exchange in between; look at it again")]
    Changed,
    /// The database could not do it.
    #[error("the database could not be used; nothing was changed")]
    Store(#[from] StoreError),
}

/// How venues were set when the program stopped; those that nobody ever set are not among them.
///
/// # Errors
/// Those of [`parallax_store::DirectiveStore::directives`].
async fn as_left(store: &dyn Store) -> Result<HashMap<VenueId, VenueSwitch>, StoreError> {
    let mut left = HashMap::new();
    for directive in store.directives().directives(KIND).await? {
        let decided = Decided::of(&directive)?;
        if let Ok(venue) = directive.id.parse() {
            let set = VenueSwitch {
                is_paused: decided.paused,
                reconnects: 0,
                addresses: decided.addresses.map(Arc::new),
            };
            left.insert(venue, set);
        }
    }
    Ok(left)
}

/// The switches of all venues. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct Switches {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    by_venue: BTreeMap<VenueId, watch::Sender<VenueSwitch>>,
    /// One decision or reading at a time: a reading from before a decision must not undo it.
    turn: Mutex<()>,
    unread: Notify,
}

impl Switches {
    /// One switch for each venue; each is as it was made until [`Switches::read`].
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        by_venue: BTreeMap<VenueId, watch::Sender<VenueSwitch>>,
    ) -> Self {
        let inner = Arc::new(Inner {
            store,
            clock,
            by_venue,
            turn: Mutex::default(),
            unread: Notify::new(),
        });
        Self { inner }
    }

    /// Sets all switches as they were left.
    ///
    /// # Errors
    /// Those of the store; then nothing was changed, and [`Switches::run`] tries again.
    pub async fn read(&self) -> Result<(), StoreError> {
        let _turn = self.inner.turn.lock().await;
        let left = as_left(self.inner.store.as_ref()).await;
        let mut left = left.inspect_err(|_| self.inner.unread.notify_one())?;
        for (venue, switch) in &self.inner.by_venue {
            let left = left.remove(venue).unwrap_or_default();
            // One that is as it was left must not open its connections anew.
            switch.send_if_modified(|set| {
                let is_other = (set.is_paused, &set.addresses) != (left.is_paused, &left.addresses);
                if is_other {
                    (set.is_paused, set.addresses) = (left.is_paused, left.addresses);
                }
                is_other
            });
        }
        Ok(())
    }

    /// Reads again whenever reading has failed, until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        let again = async {
            loop {
                self.inner.unread.notified().await;
                tokio::time::sleep(READ_AGAIN).await;
                // What failed has notified again.
                if self.read().await.is_ok() {
                    tracing::info!("what operators decided about exchanges is in force");
                }
            }
        };
        let _: Option<std::convert::Infallible> = shutdown.run_until_cancelled(again).await;
    }

    /// How a venue is set; `None` for one that is not configured.
    #[must_use]
    pub fn of(&self, venue: &str) -> Option<VenueSwitch> {
        let id: VenueId = venue.parse().ok()?;
        self.inner
            .by_venue
            .get(&id)
            .map(|switch| switch.borrow().clone())
    }

    /// Stops reading a venue until it is resumed, also after a restart. What came from there counts no longer.
    ///
    /// # Errors
    /// [`SwitchError`]; then nothing was changed.
    pub async fn pause(&self, venue: &str, by: &By) -> Result<(), SwitchError> {
        self.set(venue, true, by).await
    }

    /// Reads a venue again.
    ///
    /// # Errors
    /// [`SwitchError`]; then nothing was changed.
    pub async fn resume(&self, venue: &str, by: &By) -> Result<(), SwitchError> {
        self.set(venue, false, by).await
    }

    /// Opens all connections to a venue anew.
    ///
    /// # Errors
    /// [`SwitchError`]; then nothing was done.
    pub async fn reconnect(&self, venue: &str, by: &By) -> Result<(), SwitchError> {
        let (id, switch) = self.named(venue)?;
        if switch.borrow().is_paused {
            return Err(SwitchError::Paused);
        }
        let note = by.note("venue.reconnect", Some(object(id)), self.now());
        self.inner.store.accounts().add_note(&note).await?;
        switch.send_modify(|set| set.reconnects = set.reconnects.wrapping_add(1));
        Ok(())
    }

    /// Counts the decisions about a venue, for a form that must not overwrite a newer one; 0 before the first.
    ///
    /// # Errors
    /// [`SwitchError`].
    pub async fn revision(&self, venue: &str) -> Result<u32, SwitchError> {
        let (id, _) = self.named(venue)?;
        Ok(self.decided(id).await?.1)
    }

    /// Looks for a venue at other addresses than the configured ones, or at those again, also after a restart. Its
    /// connections are opened anew there. `revision` is that of the state its author saw. The parts come from
    /// [`address`]; whether they lead to the public internet is judged whenever something connects.
    ///
    /// # Errors
    /// [`SwitchError`]; then nothing was changed.
    pub async fn readdress(
        &self,
        venue: &str,
        addresses: VenueAddresses,
        revision: u32,
        by: &By,
    ) -> Result<(), SwitchError> {
        let (id, switch) = self.named(venue)?;
        let _turn = self.inner.turn.lock().await;
        let (before, _) = self.decided(id).await?;
        let addresses = Some(addresses).filter(|it| *it != VenueAddresses::default());
        if before.addresses == addresses {
            return Err(SwitchError::SameAddresses);
        }
        let after = Decided {
            addresses: addresses.clone(),
            ..before.clone()
        };
        self.decide("venue.addresses", id, (&before, &after), revision, by)
            .await?;
        switch.send_modify(|set| set.addresses = addresses.map(Arc::new));
        Ok(())
    }

    async fn set(&self, venue: &str, is_paused: bool, by: &By) -> Result<(), SwitchError> {
        let (id, switch) = self.named(venue)?;
        let _turn = self.inner.turn.lock().await;
        let (before, revision) = self.decided(id).await?;
        if before.paused == is_paused && switch.borrow().is_paused == is_paused {
            return Err(SwitchError::AlreadySet { is_paused });
        }
        let after = Decided {
            paused: is_paused,
            ..before.clone()
        };
        let action = if is_paused {
            "venue.pause"
        } else {
            "venue.resume"
        };
        self.decide(action, id, (&before, &after), revision, by)
            .await?;
        switch.send_modify(|set| set.is_paused = is_paused);
        Ok(())
    }

    /// What was decided about a venue last, and how often anything was.
    async fn decided(&self, id: &VenueId) -> Result<(Decided, u32), SwitchError> {
        let stored = self.inner.store.directives().directives(KIND).await?;
        let stored = stored.iter().find(|stored| stored.id == id.as_str());
        let decided = stored.map(Decided::of).transpose()?;
        Ok((
            decided.unwrap_or_default(),
            stored.map_or(0, |stored| stored.revision),
        ))
    }

    async fn decide(
        &self,
        action: &str,
        id: &VenueId,
        (before, after): (&Decided, &Decided),
        revision: u32,
        by: &By,
    ) -> Result<(), SwitchError> {
        let now = self.now();
        let directive = StoredDirective {
            kind: KIND.to_owned(),
            id: id.to_string(),
            body: audit_json(after),
            decided_at: now,
            revision,
        };
        let mut note = by.note(action, Some(object(id)), now);
        (note.before, note.after) = (audit_json(before), audit_json(after));
        let store = self.inner.store.directives();
        if store.decide(&directive, &note).await? {
            Ok(())
        } else {
            Err(SwitchError::Changed)
        }
    }

    fn named(&self, venue: &str) -> Result<(&VenueId, &watch::Sender<VenueSwitch>), SwitchError> {
        let unknown = || SwitchError::Unknown(venue.to_owned());
        let id: VenueId = venue.parse().map_err(|_| unknown())?;
        self.inner.by_venue.get_key_value(&id).ok_or_else(unknown)
    }

    fn now(&self) -> Timestamp {
        self.inner.clock.now().utc
    }
}

fn object(venue: &VenueId) -> Object {
    Object::new(KIND, venue.as_str())
}
