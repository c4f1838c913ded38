//! The token catalogue's desk: what operators decide about tokens and codes, and the catalogue that follows.
//!
//! What was decided is stored with its note first (a directive of kind `token` holds a whole [`Entry`], one of kind
//! `code` that nobody wants to be reminded of an exchange's code), then the amended catalogue is made, stored for
//! what refers to tokens, and put into force: everyone who holds [`TokenDesk::catalogue`] has it at once. Which
//! exchanges are read anew for it is `crates/ingest`'s to know, and readers of pages are told by `crates/worker`.

mod error;
mod mapping;
mod reading;
mod review;
mod stored;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use parallax::audit::Object;
use parallax::catalogue::{Catalogue, CatalogueError, Entry};
use parallax::time::{Clock, Timestamp};
use parallax::token::{Contract, Symbol, TokenId};
use parallax::venue::VenueId;
use parallax_store::{Store, StoreError, StoredDirective};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

pub use self::error::TokenError;
pub use self::mapping::Mapping;
pub use self::review::{Review, ReviewRow};
use self::stored::{Decisions, KIND};
use crate::accounts::{By, audit_json};

/// How long after a failure the decisions are read again.
const READ_AGAIN: Duration = Duration::from_secs(5);

/// A token as the desk knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownToken {
    /// As it was decided, or as it is shipped.
    pub entry: Entry,
    /// Its place in the catalogue in force; `None` while it is not part of it.
    pub rank: Option<u32>,
    /// Whether this version of the program ships an entry of this id.
    pub is_shipped: bool,
    /// Whether an operator's decision is what counts.
    pub is_decided: bool,
    /// How often something was decided about it.
    pub revision: u32,
    /// When that was last.
    pub decided_at: Option<Timestamp>,
    /// Why the decision is not in force, although it was once possible.
    pub refused: Option<CatalogueError>,
}

struct Inner {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    shipped: Catalogue,
    in_force: watch::Sender<Arc<Catalogue>>,
    decisions: Mutex<Arc<Decisions>>,
    /// One decision after the other.
    turn: tokio::sync::Mutex<()>,
    unread: Notify,
}

/// The desk. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct TokenDesk {
    inner: Arc<Inner>,
}

impl TokenDesk {
    /// A desk that knows nothing but the shipped catalogue until [`TokenDesk::read`].
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, shipped: Catalogue) -> Self {
        let inner = Inner {
            store,
            clock,
            in_force: watch::Sender::new(Arc::new(shipped.clone())),
            shipped,
            decisions: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            unread: Notify::new(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// The catalogue in force, and every later one.
    #[must_use]
    pub fn catalogue(&self) -> watch::Receiver<Arc<Catalogue>> {
        self.inner.in_force.subscribe()
    }

    /// Reads what was decided and puts it into force. A decision that clashes with what this version ships is left
    /// out, logged, and shown at the desk.
    ///
    /// # Errors
    /// Those of the store; then [`TokenDesk::run`] tries again.
    pub async fn read(&self) -> Result<(), StoreError> {
        let _turn = self.inner.turn.lock().await;
        self.read_in_turn().await
    }

    /// Reads again whenever reading has failed, until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        let again = async {
            loop {
                self.inner.unread.notified().await;
                tokio::time::sleep(READ_AGAIN).await;
                // What failed has notified again.
                if self.read().await.is_ok() {
                    tracing::info!("what operators decided about tokens is in force");
                }
            }
        };
        let _: Option<std::convert::Infallible> = shutdown.run_until_cancelled(again).await;
    }

    async fn read_in_turn(&self) -> Result<(), StoreError> {
        let read = self.put_into_force().await;
        if let Err(error) = &read {
            tracing::error!(%error, "what operators decided about tokens could not be read or put into force");
            self.inner.unread.notify_one();
        }
        read
    }

    async fn put_into_force(&self) -> Result<(), StoreError> {
        let inner = &*self.inner;
        let mut decisions = Decisions::read(inner.store.as_ref()).await?;
        let entries: Vec<Entry> = decisions.entries().cloned().collect();
        let amended = inner.shipped.amended_as_far_as_possible(&entries);
        let told = self.decisions();
        for refused in amended
            .refused
            .iter()
            .filter(|it| !told.refused.contains(it))
        {
            tracing::error!(token.id = %refused.token, error = %refused.error, "a decision about a token is left out");
        }
        decisions.refused = amended.refused;
        let before = Arc::clone(&inner.in_force.borrow());
        if amended.catalogue.entries() != before.entries() {
            let catalogue = amended.catalogue.numbered(before.revision() + 1);
            // What is read by it refers to its tokens.
            inner.store.save_tokens(&catalogue.stored_tokens()).await?;
            inner.in_force.send_replace(Arc::new(catalogue));
        }
        let held = &mut *inner
            .decisions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *held = Arc::new(decisions);
        Ok(())
    }

    fn decisions(&self) -> Arc<Decisions> {
        let held = self.inner.decisions.lock();
        Arc::clone(&held.unwrap_or_else(PoisonError::into_inner))
    }

    /// All tokens, in rank order, those that are not in force among them.
    #[must_use]
    pub fn all(&self) -> Vec<KnownToken> {
        let (in_force, decisions) = (self.inner.in_force.borrow().clone(), self.decisions());
        let left_out = decisions
            .refused
            .iter()
            .filter(|it| in_force.entry(it.token.as_str()).is_none());
        let left_out = left_out.filter_map(|it| decisions.entry(&it.token));
        let all = in_force.entries().iter().chain(left_out);
        all.map(|entry| self.known(&in_force, &decisions, entry))
            .collect()
    }

    /// The token with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<KnownToken> {
        let mut all = self.all().into_iter();
        all.find(|known| known.entry.id.as_str() == id)
    }

    /// How this version of the program ships a token.
    #[must_use]
    pub fn shipped(&self, id: &str) -> Option<&Entry> {
        self.inner.shipped.entry(id)
    }

    fn known(&self, in_force: &Catalogue, decisions: &Decisions, entry: &Entry) -> KnownToken {
        let decided = decisions.tokens.get(&entry.id);
        let refused = decisions.refused.iter().find(|it| it.token == entry.id);
        let own = decisions.entry(&entry.id);
        KnownToken {
            rank: in_force.get(entry.id.as_str()).map(|token| token.rank),
            is_shipped: self.inner.shipped.entry(entry.id.as_str()).is_some(),
            is_decided: own.is_some(),
            revision: decided.map_or(0, |decided| decided.revision),
            decided_at: decided.map(|decided| decided.decided_at),
            refused: refused.map(|it| it.error.clone()),
            entry: own.unwrap_or(entry).clone(),
        }
    }

    /// Adds a token.
    ///
    /// # Errors
    /// [`TokenError`]; unless it is [`TokenError::Unsettled`] nothing was changed.
    pub async fn add(&self, entry: Entry, by: &By) -> Result<(), TokenError> {
        let _turn = self.inner.turn.lock().await;
        self.read_in_turn().await?;
        if self.get(entry.id.as_str()).is_some() {
            return Err(TokenError::Exists(entry.id));
        }
        let id = entry.id.clone();
        self.decide(&id, Some(entry), 0, "token.add", by).await
    }

    /// Replaces a token's entry by one that was made from that of `revision`.
    ///
    /// # Errors
    /// [`TokenError`]; unless it is [`TokenError::Unsettled`] nothing was changed.
    pub async fn change(&self, entry: Entry, revision: u32, by: &By) -> Result<(), TokenError> {
        let _turn = self.inner.turn.lock().await;
        self.read_in_turn().await?;
        let known = self.named(entry.id.as_str(), revision)?;
        let entry = entry.with_aside_of(&known.entry);
        if known.entry == entry && known.refused.is_none() {
            return Err(TokenError::Same);
        }
        let id = entry.id.clone();
        self.decide(&id, Some(entry), revision, "token.change", by)
            .await
    }

    /// Takes back what was decided about a token that the program ships.
    ///
    /// # Errors
    /// [`TokenError`]; unless it is [`TokenError::Unsettled`] nothing was changed.
    pub async fn reset(&self, id: &str, revision: u32, by: &By) -> Result<(), TokenError> {
        let _turn = self.inner.turn.lock().await;
        self.read_in_turn().await?;
        let known = self.named(id, revision)?;
        if !known.is_shipped || !known.is_decided {
            return Err(TokenError::NothingToReset);
        }
        self.decide(&known.entry.id, None, revision, "token.reset", by)
            .await
    }

    /// Makes an exchange's code mean a token.
    ///
    /// # Errors
    /// [`TokenError`]; unless it is [`TokenError::Unsettled`] nothing was changed.
    pub async fn map(
        &self,
        venue: &VenueId,
        code: &Symbol,
        id: &str,
        by: &By,
    ) -> Result<(), TokenError> {
        let _turn = self.inner.turn.lock().await;
        self.read_in_turn().await?;
        let known = self.enabled(id)?;
        if known.entry.set_aside.contains_key(venue) {
            return Err(TokenError::not_read(&known.entry, venue));
        }
        let means = |code: &Symbol| {
            let in_force = self.inner.in_force.borrow().clone();
            in_force.meant(venue, code).map(|token| token.id.clone())
        };
        if let Some(other) = means(code) {
            return Err(TokenError::Mapped {
                code: code.clone(),
                venue: venue.clone(),
                token: other,
            });
        }
        let keeps_symbol = means(&known.entry.symbol).as_ref() == Some(&known.entry.id);
        let entry = known.entry.with_code(venue, code, keeps_symbol);
        self.decide(
            &known.entry.id,
            Some(entry),
            known.revision,
            "token.map",
            by,
        )
        .await
    }

    /// Gives a token this contract, so that a venue that is asked by contract is asked for it.
    ///
    /// # Errors
    /// [`TokenError`]; unless it is [`TokenError::Unsettled`] nothing was changed.
    pub async fn map_contract(
        &self,
        venue: &VenueId,
        contract: Contract,
        id: &str,
        by: &By,
    ) -> Result<(), TokenError> {
        let _turn = self.inner.turn.lock().await;
        self.read_in_turn().await?;
        let mut known = self.enabled(id)?;
        if !known.entry.is_on(venue) {
            return Err(TokenError::not_read(&known.entry, venue));
        }
        let mut own = known.entry.contracts.iter();
        if let Some(own) = own.find(|own| own.chain == contract.chain) {
            return Err(TokenError::HasContract {
                token: known.entry.id,
                chain: own.chain.clone(),
                address: own.address.clone(),
            });
        }
        known.entry.contracts.push(contract);
        let id = known.entry.id.clone();
        self.decide(&id, Some(known.entry), known.revision, "token.map", by)
            .await
    }

    fn enabled(&self, id: &str) -> Result<KnownToken, TokenError> {
        let known = self.get(id).ok_or_else(|| TokenError::unknown(id))?;
        match known.entry.enabled {
            true => Ok(known),
            false => Err(TokenError::Disabled(known.entry.id)),
        }
    }

    fn named(&self, id: &str, revision: u32) -> Result<KnownToken, TokenError> {
        let known = self.get(id).ok_or_else(|| TokenError::unknown(id))?;
        if known.revision == revision {
            Ok(known)
        } else {
            Err(TokenError::Changed)
        }
    }

    /// Stores a decision, if the catalogue that would follow is possible, and puts it into force.
    async fn decide(
        &self,
        id: &TokenId,
        entry: Option<Entry>,
        revision: u32,
        action: &'static str,
        by: &By,
    ) -> Result<(), TokenError> {
        let shipped = self.inner.shipped.entry(id.as_str());
        // What is as shipped is no decision any longer.
        let entry = entry.filter(|entry| Some(entry) != shipped);
        let decisions = self.decisions();
        let others = decisions.entries().filter(|other| {
            let is_refused = decisions.refused.iter().any(|it| it.token == other.id);
            other.id != *id && !is_refused
        });
        self.inner.shipped.amended(others.chain(&entry))?;
        let now = self.inner.clock.now().utc;
        let directive = StoredDirective {
            kind: KIND.to_owned(),
            id: id.to_string(),
            body: entry.as_ref().and_then(audit_json),
            decided_at: now,
            revision,
        };
        let mut note = by.note(action, Some(Object::new(KIND, id.as_str())), now);
        let before = decisions.entry(id).or(shipped);
        note.before = before.and_then(audit_json);
        note.after = entry.as_ref().or(shipped).and_then(audit_json);
        self.store_directive(&directive, &note).await
    }

    async fn store_directive(
        &self,
        directive: &StoredDirective,
        note: &parallax::audit::AuditNote,
    ) -> Result<(), TokenError> {
        let store = self.inner.store.directives();
        if !store.decide(directive, note).await? {
            return Err(TokenError::Changed);
        }
        self.read_in_turn().await.map_err(TokenError::Unsettled)
    }
}
