//! The [`AccountStore`] trait: what a database promises about accounts, their sessions and the audit log.
//!
//! A part of [`Store`](crate::Store) with a name of its own, reached by [`Store::accounts`](crate::Store::accounts):
//! `crates/service` alone calls it, and nothing on a price's way does. The promises of [`Store`](crate::Store) about
//! durability, concurrency, bounds and errors hold here too. Cases 100 to 119 of `tests/conformance` hold both
//! databases to it.

use std::fmt;

use async_trait::async_trait;
use parallax::account::{Account, AccountId, Role, Username};
use parallax::audit::{AuditEntry, AuditNote, AuditQuery};
use parallax::key::KeyHash;
use parallax::time::Timestamp;

use crate::error::StoreError;

/// The most entries of the audit log that one call reads.
pub const MAX_AUDIT_ENTRIES: u32 = 10_000;

/// An account with what proves whose it is.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredAccount {
    /// The account, as everyone who may list accounts sees it.
    pub account: Account,
    /// The hash of the password, in the PHC string format.
    pub password_hash: String,
    /// Counts the changes that end sessions: a session made under another number is none.
    pub epoch: u32,
    /// The second factor's secret in base 32; `None` without one.
    pub totp_secret: Option<String>,
    /// The step of the last code that was accepted: only later ones are. 0 before the first.
    pub totp_step: u64,
    /// The hashes of the recovery codes that are left.
    pub recovery: Vec<KeyHash>,
    /// Counts the changes: a change that was made on an older state is refused.
    pub revision: u32,
}

impl fmt::Debug for StoredAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredAccount")
            .field("account", &self.account)
            .field("epoch", &self.epoch)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

impl StoredAccount {
    /// Whether it may manage accounts: a superuser who is not disabled.
    #[must_use]
    pub fn is_superuser_in_force(&self) -> bool {
        self.account.role == Role::Superuser && self.account.disabled_at.is_none()
    }
}

/// What came of a change of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum AccountChange {
    /// It counts.
    Done,
    /// The stored revision is another one: nothing was changed.
    Outdated,
    /// Nobody could manage accounts any longer: nothing was changed.
    LastSuperuser,
}

/// A session of the admin.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredSession {
    /// The hash of its id, which only its browser knows.
    pub hash: KeyHash,
    /// Whose; `None` until the second step of a sign-in is done.
    pub account: Option<AccountId>,
    /// What it carries, as JSON.
    pub data: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
}

impl fmt::Debug for StoredSession {
    /// Without the data, which holds a secret of the session's forms.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredSession")
            .field("account", &self.account)
            .field("created_at", &self.created_at)
            .field("seen_at", &self.seen_at)
            .finish_non_exhaustive()
    }
}

/// The ends of what is kept of sessions: what is older is worth nothing and forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepSessions {
    /// Sessions, by when they began.
    pub begun_since: Timestamp,
    /// Sessions, by when they were last used.
    pub seen_since: Timestamp,
    /// Browsers that are known, by when someone last signed in there.
    pub browsers_since: Timestamp,
    /// The present, after which what was spent must still be known.
    pub now: Timestamp,
}

/// Accounts, sessions and the audit log.
#[async_trait]
pub trait AccountStore: Send + Sync {
    /// Adds a new account and the note about it, both or neither.
    ///
    /// # Errors
    /// [`StoreError::Constraint`] when its id or its name is there already.
    async fn add_account(
        &self,
        account: &StoredAccount,
        note: &AuditNote,
    ) -> Result<(), StoreError>;

    /// All accounts, the disabled ones too, by username.
    async fn accounts(&self) -> Result<Vec<StoredAccount>, StoreError>;

    /// The account with this id.
    async fn account(&self, id: &AccountId) -> Result<Option<StoredAccount>, StoreError>;

    /// The account with this name.
    async fn account_named(&self, name: &Username) -> Result<Option<StoredAccount>, StoreError>;

    /// Replaces all of an account but its id and when it was made, adds the note, both or neither, and says
    /// whether it did: [`AccountChange::Outdated`] when the stored revision is not that of `account`, so that of two
    /// changes made on one state only the first counts. The stored revision is then one higher. When the epoch
    /// differs from the stored one, all the account's sessions are gone with the same step. Where there is a
    /// superuser in force there is one after every change, also of changes of several accounts at once: the one that
    /// would leave none is [`AccountChange::LastSuperuser`].
    ///
    /// # Errors
    /// [`StoreError::Constraint`] when another account has the name.
    async fn change_account(
        &self,
        account: &StoredAccount,
        note: Option<&AuditNote>,
    ) -> Result<AccountChange, StoreError>;

    /// Adds a new session.
    ///
    /// # Errors
    /// [`StoreError::Constraint`] when its hash is there already; [`StoreError::UnknownReference`] for an account
    /// that is not.
    async fn add_session(&self, session: &StoredSession) -> Result<(), StoreError>;

    /// Replaces whose a session is and what it carries, and says whether it was there: a session that was ended
    /// in between stays ended.
    async fn save_session(&self, session: &StoredSession) -> Result<bool, StoreError>;

    /// Notes that a session was used.
    async fn touch_session(&self, hash: &KeyHash, at: Timestamp) -> Result<(), StoreError>;

    /// The session with this hash.
    async fn session(&self, hash: &KeyHash) -> Result<Option<StoredSession>, StoreError>;

    /// The sessions of an account, the one used last first.
    async fn sessions(&self, account: &AccountId) -> Result<Vec<StoredSession>, StoreError>;

    /// Ends a session, and says whether it was there.
    async fn end_session(&self, hash: &KeyHash) -> Result<bool, StoreError>;

    /// Notes that someone signed in to `account` in the browser with this cookie's hash.
    async fn know_browser(
        &self,
        hash: &KeyHash,
        account: &AccountId,
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Whether someone signed in to `account` in that browser before.
    async fn knows_browser(&self, hash: &KeyHash, account: &AccountId) -> Result<bool, StoreError>;

    /// Uses up what can be used once, and says whether this call did: of many at the same time one is told
    /// `true`. It is remembered at least until `until`.
    async fn spend(&self, hash: &KeyHash, until: Timestamp) -> Result<bool, StoreError>;

    /// Forgets sessions, browsers and spent things that are worth nothing any longer.
    async fn forget_sessions(&self, keep: KeepSessions) -> Result<(), StoreError>;

    /// Adds to the audit log. There is no call that changes or removes an entry, and both databases refuse it.
    async fn add_note(&self, note: &AuditNote) -> Result<(), StoreError>;

    /// The entries that are asked for, newest first, at most [`MAX_AUDIT_ENTRIES`].
    async fn audit(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>, StoreError>;
}
