//! What is kept of sessions: by the hash of their id, while they are used and not too old. And what can be used
//! only once, such as a form's token.
//!
//! What a session carries is the admin's business; here it is text.

use std::sync::Arc;
use std::time::Duration;

use parallax::account::AccountId;
use parallax::key::KeyHash;
use parallax::time::{Clock, Timestamp};
use parallax_store::{AccountStore, KeepSessions, Store, StoreError, StoredSession};
use sha2::{Digest, Sha256};

/// How exact the time of a session's last use is: a write at every request would be for nobody's sake.
const TOUCH_EVERY: Duration = Duration::from_secs(60);
/// How long a browser is known after someone signed in there.
const BROWSER_KEPT: Duration = Duration::from_secs(180 * 86_400);

/// Things used up by guests that are remembered at once, and for how long.
const BRIEFLY: u64 = 65_536;
const BRIEF: Duration = Duration::from_secs(3_600);

/// When a session is worth nothing any longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// After this long without a request.
    pub idle: Duration,
    /// This long after someone signed in, whatever they did since.
    pub absolute: Duration,
}

impl Default for SessionLimits {
    /// Half an hour, and twelve.
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(30 * 60),
            absolute: Duration::from_secs(12 * 3_600),
        }
    }
}

/// A session as its account's owner sees it in a list.
#[derive(Debug, Clone)]
pub struct ListedSession {
    /// Names it, and opens nothing.
    pub hash: KeyHash,
    /// What it carries.
    pub data: String,
    /// When someone signed in.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
}

/// The sessions. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct Sessions {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    limits: SessionLimits,
    briefly: moka::sync::Cache<[u8; 32], ()>,
}

impl Sessions {
    /// The sessions of a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, limits: SessionLimits) -> Self {
        Self {
            store,
            clock,
            limits,
            briefly: moka::sync::Cache::builder()
                .max_capacity(BRIEFLY)
                .time_to_live(BRIEF)
                .build(),
        }
    }

    /// When sessions end.
    #[must_use]
    pub const fn limits(&self) -> SessionLimits {
        self.limits
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now().utc
    }

    fn store(&self) -> &dyn AccountStore {
        self.store.accounts()
    }

    /// The hash that stands for an id in the database.
    #[must_use]
    pub fn hash(id: &[u8]) -> KeyHash {
        KeyHash::new(Sha256::digest(id).into())
    }

    /// Keeps a new session; `since` is when its owner signed in, if that was in an earlier one.
    ///
    /// # Errors
    /// Those of [`AccountStore::add_session`].
    pub async fn add(
        &self,
        id: &[u8],
        account: Option<AccountId>,
        data: String,
        since: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let session = StoredSession {
            hash: Self::hash(id),
            account,
            data,
            created_at: since.map_or(now, |since| since.min(now)),
            seen_at: now,
        };
        self.store().add_session(&session).await
    }

    /// Keeps what a session carries now. One that was ended in between stays ended.
    ///
    /// # Errors
    /// Those of [`AccountStore::save_session`].
    pub async fn save(
        &self,
        id: &[u8],
        account: Option<AccountId>,
        data: String,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let session = StoredSession {
            hash: Self::hash(id),
            account,
            data,
            created_at: now,
            seen_at: now,
        };
        self.store().save_session(&session).await.map(drop)
    }

    /// What a session carries; `None` for one that is not there, or worth nothing any longer.
    ///
    /// # Errors
    /// Those of [`AccountStore::session`].
    pub async fn load(&self, id: &[u8]) -> Result<Option<String>, StoreError> {
        let hash = Self::hash(id);
        let now = self.now();
        let Some(held) = self.store().session(&hash).await? else {
            return Ok(None);
        };
        if !self.is_in_force(&held, now) {
            return Ok(None);
        }
        if now.since(held.seen_at) >= TOUCH_EVERY {
            self.store().touch_session(&hash, now).await?;
        }
        Ok(Some(held.data))
    }

    fn is_in_force(&self, held: &StoredSession, now: Timestamp) -> bool {
        now.since(held.seen_at) < self.limits.idle
            && now.since(held.created_at) < self.limits.absolute
    }

    /// Ends a session.
    ///
    /// # Errors
    /// Those of [`AccountStore::end_session`].
    pub async fn end(&self, id: &[u8]) -> Result<(), StoreError> {
        self.store().end_session(&Self::hash(id)).await.map(drop)
    }

    /// Ends the session with this hash if it is one of the account's, and says whether it was.
    ///
    /// # Errors
    /// Those of [`AccountStore::end_session`].
    pub async fn end_of(&self, account: &AccountId, hash: &KeyHash) -> Result<bool, StoreError> {
        let held = self.store().session(hash).await?;
        if held.is_none_or(|held| held.account.as_ref() != Some(account)) {
            return Ok(false);
        }
        self.store().end_session(hash).await
    }

    /// The sessions of an account that are in force, the one used last first.
    ///
    /// # Errors
    /// Those of [`AccountStore::sessions`].
    pub async fn of(&self, account: &AccountId) -> Result<Vec<ListedSession>, StoreError> {
        let now = self.now();
        let held = self.store().sessions(account).await?;
        let held = held.into_iter().filter(|held| self.is_in_force(held, now));
        let listed = held.map(|held| ListedSession {
            hash: held.hash,
            data: held.data,
            created_at: held.created_at,
            seen_at: held.seen_at,
        });
        Ok(listed.collect())
    }

    /// Uses up what can be used once, and says whether this call did. Remembered until `until`.
    ///
    /// # Errors
    /// Those of [`AccountStore::spend`].
    pub async fn spend(&self, what: &str, until: Timestamp) -> Result<bool, StoreError> {
        let hash = Self::hash(what.as_bytes());
        self.store().spend(&hash, until).await
    }

    /// The same for whoever is not signed in: remembered in memory alone, for an hour and within bounds, so that
    /// strangers cannot fill the database.
    #[must_use]
    pub fn spend_briefly(&self, what: &str) -> bool {
        let hash = *Self::hash(what.as_bytes()).bytes();
        self.briefly.entry(hash).or_insert(()).is_fresh()
    }

    /// Forgets what is worth nothing any longer.
    ///
    /// # Errors
    /// Those of [`AccountStore::forget_sessions`].
    pub async fn tidy(&self) -> Result<(), StoreError> {
        let now = self.now();
        let keep = KeepSessions {
            begun_since: now.minus(self.limits.absolute),
            seen_since: now.minus(self.limits.idle),
            browsers_since: now.minus(BROWSER_KEPT),
            now,
        };
        self.store().forget_sessions(keep).await
    }
}
