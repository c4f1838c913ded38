//! Prices set by hand, as operators decide them in the admin.
//!
//! What was decided is stored with its note first, and then published at once, without a restart: the other end of the
//! channel is the pipeline's (`crates/worker`), which also ends what has reached its end. The composition root joins
//! them. What the number means for readers is said in docs/METHOD.md.

mod typed;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parallax::audit::Object;
use parallax::by_hand::{SetPrice, SetPrices};
use parallax::time::{Clock, Timestamp};
use parallax::token::TokenId;
use parallax_store::{Store, StoreError, StoredDirective};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, watch};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::accounts::{By, audit_json};

pub use typed::{MAX_REASON, TypedError, WORTH_ASKING_PCT, price, reason, until};

/// The kind of the directives about prices.
const KIND: &str = "price";

/// The US dollar, which is 1 by definition.
const US_DOLLAR: &str = "usd";

/// The longest that a price may be set for.
pub const MAX_SPAN: Duration = Duration::from_secs(30 * 86_400);

/// How often the store is asked for what another process decided, or for what could not be read before.
const READ_EVERY: Duration = Duration::from_secs(5);

/// What is stored about a token's price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Decided {
    #[serde(flatten)]
    set: SetPrice,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    taken_back_at: Option<Timestamp>,
}

/// A price that was set by hand, in force or ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Whose price.
    pub token: TokenId,
    /// What was set.
    pub set: SetPrice,
    /// When someone took it back before its end.
    pub taken_back_at: Option<Timestamp>,
    /// Counts the decisions about this token, from 1.
    pub revision: u32,
}

impl Override {
    /// When it ended; `None` while it is in force.
    #[must_use]
    pub fn ended(&self, now: Timestamp) -> Option<Timestamp> {
        let reached = (!self.set.holds_at(now)).then_some(self.set.until);
        self.taken_back_at.or(reached)
    }

    fn of(directive: StoredDirective) -> Result<Option<Self>, StoreError> {
        let unreadable = |field, source| StoreError::Unreadable { field, source };
        let Some(body) = &directive.body else {
            return Ok(None);
        };
        let decided: Decided = serde_json::from_str(body)
            .map_err(|error| unreadable("directive.body", error.into()))?;
        let token = directive
            .id
            .parse()
            .map_err(|error: parallax::token::IdentifierError| {
                unreadable("directive.id", error.into())
            })?;
        Ok(Some(Self {
            token,
            set: decided.set,
            taken_back_at: decided.taken_back_at,
            revision: directive.revision,
        }))
    }
}

/// Why a price was not set or not taken back.
#[derive(Debug, thiserror::Error)]
pub enum OverrideError {
    /// The US dollar's price.
    #[error("the US dollar is 1 by definition; no other price of it can be set")]
    UsDollar,
    /// There is nothing to take back.
    #[error("no price of this token is set by hand now")]
    NotInForce,
    /// Someone else decided about it in between.
    #[error("someone else has decided about this token's price in between; look at it again")]
    Changed,
    /// The database could not do it.
    #[error("the database could not be used; nothing was changed")]
    Store(#[from] StoreError),
}

/// Every price that was ever set by hand and not taken off the books, by token.
async fn stored(store: &dyn Store) -> Result<Vec<Override>, StoreError> {
    let directives = store.directives().directives(KIND).await?;
    let all = directives.into_iter().map(Override::of);
    all.filter_map(Result::transpose).collect()
}

fn in_force(all: &[Override], now: Timestamp) -> BTreeMap<TokenId, SetPrice> {
    let holding = all.iter().filter(|it| it.ended(now).is_none());
    holding
        .map(|it| (it.token.clone(), it.set.clone()))
        .collect()
}

/// The prices set by hand. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct Overrides {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    published: watch::Sender<SetPrices>,
    /// One decision or reading at a time: a reading from before a decision must not undo it.
    deciding: Mutex<()>,
}

impl Overrides {
    /// The desk, and the end of its channel that the pipeline holds. Nothing is in force before [`Overrides::read`].
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> (Self, watch::Receiver<SetPrices>) {
        let (published, receiver) = watch::channel(SetPrices::default());
        let inner = Arc::new(Inner {
            store,
            clock,
            published,
            deciding: Mutex::new(()),
        });
        (Self { inner }, receiver)
    }

    /// Publishes what the store holds.
    ///
    /// # Errors
    /// Those of [`parallax_store::DirectiveStore::directives`]; then what was published stays.
    pub async fn read(&self) -> Result<(), StoreError> {
        let _alone = self.inner.deciding.lock().await;
        let all = stored(self.inner.store.as_ref()).await?;
        self.publish(in_force(&all, self.now()));
        Ok(())
    }

    /// Keeps what is published up to date until `shutdown`: with what another process decides, and after the database
    /// was away.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut ticks = interval(READ_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_known = true;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = ticks.tick() => {}
            }
            match self.read().await {
                Ok(()) => is_known = true,
                Err(error) if is_known => {
                    is_known = false;
                    tracing::warn!(
                        %error,
                        "prices set by hand cannot be read; those last known stay until their end"
                    );
                }
                Err(_) => {}
            }
        }
    }

    /// All that were set, by token: those in force, and the last one of each token that ended.
    ///
    /// # Errors
    /// [`OverrideError::Store`].
    pub async fn list(&self) -> Result<Vec<Override>, OverrideError> {
        Ok(stored(self.inner.store.as_ref()).await?)
    }

    /// The last one of a token; `None` when there never was any.
    ///
    /// # Errors
    /// [`OverrideError::Store`].
    pub async fn of(&self, token: &TokenId) -> Result<Option<Override>, OverrideError> {
        let all = self.list().await?;
        Ok(all.into_iter().find(|it| it.token == *token))
    }

    /// Publishes a price in place of the computed one until its end, at once. It replaces one that is in force.
    /// `revision` is that of the state its author saw: 0 when there was none. The parts come from [`price`], [`reason`]
    /// and [`until`].
    ///
    /// # Errors
    /// [`OverrideError`]; then nothing was changed.
    pub async fn set(
        &self,
        token: &TokenId,
        (price, reason, until): (parallax::amount::Price, String, Timestamp),
        revision: u32,
        by: &By,
    ) -> Result<(), OverrideError> {
        if token.as_str() == US_DOLLAR {
            return Err(OverrideError::UsDollar);
        }
        let _alone = self.inner.deciding.lock().await;
        let before = self.of(token).await?;
        let decided = Decided {
            set: SetPrice {
                price,
                reason,
                since: self.now(),
                until,
            },
            taken_back_at: None,
        };
        self.decide("price.set", token, before, &decided, revision, by)
            .await
    }

    /// Publishes the computed price again, at once.
    ///
    /// # Errors
    /// [`OverrideError`]; then nothing was changed.
    pub async fn take_back(&self, token: &TokenId, by: &By) -> Result<(), OverrideError> {
        let _alone = self.inner.deciding.lock().await;
        let before = self.of(token).await?;
        let now = self.now();
        let Some(held) = before.clone().filter(|it| it.ended(now).is_none()) else {
            return Err(OverrideError::NotInForce);
        };
        let decided = Decided {
            set: held.set,
            taken_back_at: Some(now),
        };
        self.decide(
            "price.take_back",
            token,
            before,
            &decided,
            held.revision,
            by,
        )
        .await
    }

    async fn decide(
        &self,
        action: &str,
        token: &TokenId,
        before: Option<Override>,
        decided: &Decided,
        revision: u32,
        by: &By,
    ) -> Result<(), OverrideError> {
        let now = self.now();
        let directive = StoredDirective {
            kind: KIND.to_owned(),
            id: token.to_string(),
            body: audit_json(decided),
            decided_at: now,
            revision,
        };
        let mut note = by.note(action, Some(Object::new(KIND, token.as_str())), now);
        note.before = before.and_then(|before| {
            audit_json(&Decided {
                set: before.set,
                taken_back_at: before.taken_back_at,
            })
        });
        note.after.clone_from(&directive.body);
        let store = self.inner.store.directives();
        if !store.decide(&directive, &note).await? {
            return Err(OverrideError::Changed);
        }
        let mut all = BTreeMap::clone(&self.inner.published.borrow());
        match decided.taken_back_at {
            None => all.insert(token.clone(), decided.set.clone()),
            Some(_) => all.remove(token),
        };
        self.publish(all);
        Ok(())
    }

    /// Tells the pipeline, if there is news.
    fn publish(&self, all: BTreeMap<TokenId, SetPrice>) {
        self.inner.published.send_if_modified(|published| {
            let is_news = **published != all;
            if is_news {
                *published = Arc::new(all);
            }
            is_news
        });
    }

    fn now(&self) -> Timestamp {
        self.inner.clock.now().utc
    }
}

#[cfg(test)]
mod tests;
