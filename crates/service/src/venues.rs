//! The venues' switches: pausing, resuming and reconnecting, as operators do it in the admin.
//!
//! What was decided is stored with its note first, and then takes effect at once, without a restart. The other end of
//! each switch is in `crates/ingest`; the composition root joins them.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use parallax::audit::Object;
use parallax::time::{Clock, Timestamp};
use parallax::venue::{VenueId, VenueSwitch};
use parallax_store::{Store, StoreError, StoredDirective};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::accounts::{By, audit_json};

/// The kind of the directives about venues.
const KIND: &str = "venue";

/// What is stored about a venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Decided {
    paused: bool,
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
    /// Someone else set it in between.
    #[error("someone else has set this exchange in between; look at it again")]
    Changed,
    /// The database could not do it.
    #[error("the database could not be used; nothing was changed")]
    Store(#[from] StoreError),
}

/// The venues that were paused when the program stopped.
///
/// # Errors
/// Those of [`parallax_store::DirectiveStore::directives`].
pub async fn paused(store: &dyn Store) -> Result<HashSet<VenueId>, StoreError> {
    let mut paused = HashSet::new();
    for directive in store.directives().directives(KIND).await? {
        if let (true, Ok(venue)) = (Decided::of(&directive)?.paused, directive.id.parse()) {
            paused.insert(venue);
        }
    }
    Ok(paused)
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
}

impl Switches {
    /// One switch for each venue.
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
        });
        Self { inner }
    }

    /// How a venue is set; `None` for one that is not configured.
    #[must_use]
    pub fn of(&self, venue: &str) -> Option<VenueSwitch> {
        let id: VenueId = venue.parse().ok()?;
        self.inner.by_venue.get(&id).map(|switch| *switch.borrow())
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

    async fn set(&self, venue: &str, is_paused: bool, by: &By) -> Result<(), SwitchError> {
        let (id, switch) = self.named(venue)?;
        let store = self.inner.store.directives();
        let stored = store.directives(KIND).await?;
        let stored = stored
            .into_iter()
            .find(|directive| directive.id == id.as_str());
        let before = stored.as_ref().map(Decided::of).transpose()?;
        let before = before.unwrap_or_default();
        if before.paused == is_paused && switch.borrow().is_paused == is_paused {
            return Err(SwitchError::AlreadySet { is_paused });
        }
        let after = Decided { paused: is_paused };
        let now = self.now();
        let directive = StoredDirective {
            kind: KIND.to_owned(),
            id: id.to_string(),
            body: audit_json(&after),
            decided_at: now,
            revision: stored.map_or(0, |stored| stored.revision),
        };
        let action = if is_paused {
            "venue.pause"
        } else {
            "venue.resume"
        };
        let mut note = by.note(action, Some(object(id)), now);
        (note.before, note.after) = (audit_json(&before), audit_json(&after));
        if !store.decide(&directive, &note).await? {
            return Err(SwitchError::Changed);
        }
        switch.send_modify(|set| set.is_paused = is_paused);
        Ok(())
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use parallax::audit::AuditQuery;
    use parallax::time::{Moment, Monotonic};

    use super::*;

    struct Standing;

    impl Clock for Standing {
        fn now(&self) -> Moment {
            Moment {
                monotonic: Monotonic::default(),
                utc: Timestamp::from_unix_s(1_795_305_600).unwrap(),
            }
        }
    }

    async fn desk() -> (Switches, Arc<dyn Store>, watch::Receiver<VenueSwitch>) {
        let store = parallax_store::open(&"sqlite::memory:".parse().unwrap())
            .await
            .unwrap();
        let (sender, receiver) = watch::channel(VenueSwitch::default());
        let by_venue = BTreeMap::from([("kraken".parse().unwrap(), sender)]);
        let desk = Switches::new(Arc::clone(&store), Arc::new(Standing), by_venue);
        (desk, store, receiver)
    }

    #[tokio::test]
    async fn pausing_takes_effect_is_noted_and_outlives_the_program() {
        let (desk, store, set) = desk().await;
        let by = By::command_line();
        desk.pause("kraken", &by).await.unwrap();
        assert!(set.borrow().is_paused);
        assert_eq!(paused(store.as_ref()).await.unwrap().len(), 1);
        let again = desk.pause("kraken", &by).await.unwrap_err();
        assert!(
            matches!(again, SwitchError::AlreadySet { is_paused: true }),
            "{again}"
        );
        let refused = desk.reconnect("kraken", &by).await.unwrap_err();
        assert!(matches!(refused, SwitchError::Paused), "{refused}");
        desk.resume("kraken", &by).await.unwrap();
        desk.reconnect("kraken", &by).await.unwrap();
        assert_eq!(set.borrow().reconnects, 1);
        assert!(paused(store.as_ref()).await.unwrap().is_empty());
        let all = AuditQuery {
            limit: 9,
            ..AuditQuery::default()
        };
        let entries = store.accounts().audit(&all).await.unwrap();
        let actions: Vec<_> = entries
            .iter()
            .map(|entry| entry.note.action.as_str())
            .collect();
        assert_eq!(actions, ["venue.reconnect", "venue.resume", "venue.pause"]);
        assert_eq!(
            entries.last().unwrap().note.after.as_deref(),
            Some("{\"paused\":true}")
        );
    }

    #[tokio::test]
    async fn a_venue_that_is_not_read_has_no_switch() {
        let (desk, _, _) = desk().await;
        for name in ["coinbase", "", "a b"] {
            let refused = desk.pause(name, &By::command_line()).await.unwrap_err();
            assert!(matches!(refused, SwitchError::Unknown(_)), "{refused}");
            assert_eq!(desk.of(name), None);
        }
    }
}
