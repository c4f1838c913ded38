//! The venues' switches: pausing, resuming and reconnecting, as operators do it in the admin.
//!
//! What was decided is stored with its note first, and then takes effect at once, without a restart. The other end of
//! each switch is in `crates/ingest`; the composition root joins them.

mod address;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parallax::audit::Object;
use parallax::time::{Clock, Timestamp};
use parallax::venue::{VenueAddresses, VenueId, VenueSwitch};
use parallax_store::{Store, StoreError, StoredDirective};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::accounts::{By, audit_json};

pub use address::{AddressError, REST, STREAM, address};

/// The kind of the directives about venues.
const KIND: &str = "venue";

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
pub async fn as_left(store: &dyn Store) -> Result<HashMap<VenueId, VenueSwitch>, StoreError> {
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
        let left = as_left(store.as_ref()).await.unwrap();
        assert!(left.values().all(|set| set.is_paused) && left.len() == 1);
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
        let left = as_left(store.as_ref()).await.unwrap();
        assert!(left.values().all(|set| !set.is_paused));
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
    async fn other_addresses_take_effect_outlive_the_program_and_are_kept_by_a_pause() {
        let (desk, store, set) = desk().await;
        let by = By::command_line();
        let given = VenueAddresses {
            stream: Some("wss://ws.example".to_owned()),
            rest: None,
        };
        let seen = desk.revision("kraken").await.unwrap();
        desk.readdress("kraken", given.clone(), seen, &by)
            .await
            .unwrap();
        assert_eq!(set.borrow().addresses.as_deref(), Some(&given));
        let refused = desk.readdress("kraken", VenueAddresses::default(), seen, &by);
        let refused = refused.await.unwrap_err();
        assert!(matches!(refused, SwitchError::Changed), "{refused}");
        desk.pause("kraken", &by).await.unwrap();
        let left = as_left(store.as_ref()).await.unwrap();
        let left = left.values().next().unwrap();
        assert!(left.is_paused && left.addresses.as_deref() == Some(&given));
        let seen = desk.revision("kraken").await.unwrap();
        desk.readdress("kraken", VenueAddresses::default(), seen, &by)
            .await
            .unwrap();
        assert!(set.borrow().addresses.is_none() && set.borrow().is_paused);
        let same = desk.readdress("kraken", VenueAddresses::default(), seen + 1, &by);
        let same = same.await.unwrap_err();
        assert!(matches!(same, SwitchError::SameAddresses), "{same}");
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
