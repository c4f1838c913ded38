//! Accounts: who may use the admin, and how they prove it.
//!
//! [`Accounts`] is for `crates/admin` and, without a running server, for the command line. Every change and every
//! try to sign in leaves a note in the audit log; a change and its note are stored together or not at all. Owns no
//! sessions and no HTTP: a session is the admin's, and is worth something while its epoch is the account's
//! ([`Accounts::in_force`]). Why it is as it is: docs/decisions/0011.

mod by;
mod change;
mod error;
pub mod password;
pub mod second_factor;
pub mod sessions;
mod sign_in;
mod throttle;

use std::sync::Arc;

use parallax::account::{Account, AccountId, Role, Username};
use parallax::audit::{AuditEntry, AuditNote, AuditQuery, Object};
use parallax::time::{Clock, Timestamp};
use parallax_store::{AccountStore, Store, StoreError, StoredAccount};
use rand::Rng;

use self::by::json;
use self::throttle::Throttle;

pub(crate) use self::by::json as audit_json;
pub use by::By;
pub use error::AccountError;
pub use password::{Hasher, PasswordError};
pub use second_factor::{RecoveryCodes, SharedSecret};
pub use sessions::{ListedSession, SessionLimits, Sessions};
pub use sign_in::{Attempt, Owner, SignIn};

/// How often a change is tried anew when others change the same account.
const TRIES: usize = 5;

/// The accounts. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct Accounts {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    hasher: Hasher,
    throttle: Throttle,
}

/// An account with the number of its present state, which a form gives back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedAccount {
    /// The account.
    pub account: Account,
    /// Its state's number.
    pub revision: u32,
    /// Recovery codes that are left.
    pub recovery_codes: usize,
}

impl From<StoredAccount> for ListedAccount {
    fn from(stored: StoredAccount) -> Self {
        Self {
            recovery_codes: stored.recovery.len(),
            revision: stored.revision,
            account: stored.account,
        }
    }
}

impl Accounts {
    /// The accounts of a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, hasher: Hasher) -> Self {
        Self {
            inner: Arc::new(Inner {
                throttle: Throttle::new(Arc::clone(&clock)),
                store,
                clock,
                hasher,
            }),
        }
    }

    fn store(&self) -> &dyn AccountStore {
        self.inner.store.accounts()
    }

    fn now(&self) -> Timestamp {
        self.inner.clock.now().utc
    }

    /// Makes an account.
    ///
    /// # Errors
    /// [`AccountError::Password`], [`AccountError::NameTaken`], [`AccountError::Busy`], [`AccountError::Store`].
    pub async fn create(
        &self,
        username: Username,
        role: Role,
        new_password: &str,
        by: &By,
    ) -> Result<Account, AccountError> {
        password::check(new_password, &username)?;
        if self.store().account_named(&username).await?.is_some() {
            return Err(AccountError::NameTaken);
        }
        let hash = self.inner.hasher.hash(new_password).await;
        let account = Account {
            id: draw_id(),
            username,
            role,
            created_at: self.now(),
            signed_in_at: None,
            disabled_at: None,
            has_second_factor: false,
        };
        let stored = StoredAccount {
            account,
            password_hash: hash.map_err(|_| AccountError::Busy)?,
            epoch: 0,
            totp_secret: None,
            totp_step: 0,
            recovery: Vec::new(),
            revision: 0,
        };
        let mut note = by.note(
            "account.create",
            Some(object(&stored.account.id)),
            self.now(),
        );
        note.after = json(&stored.account);
        match self.store().add_account(&stored, &note).await {
            // Made by someone else since this looked.
            Err(StoreError::Constraint { .. }) => Err(AccountError::NameTaken),
            done => Ok(done.map(|()| stored.account)?),
        }
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// [`AccountError::Store`].
    pub async fn list(&self) -> Result<Vec<ListedAccount>, AccountError> {
        let accounts = self.store().accounts().await?;
        Ok(accounts.into_iter().map(Into::into).collect())
    }

    /// One account.
    ///
    /// # Errors
    /// [`AccountError::Unknown`], [`AccountError::Store`].
    pub async fn get(&self, id: &AccountId) -> Result<ListedAccount, AccountError> {
        self.stored(id).await.map(Into::into)
    }

    /// The account with this name.
    ///
    /// # Errors
    /// [`AccountError::Unknown`], [`AccountError::Store`].
    pub async fn named(&self, name: &Username) -> Result<ListedAccount, AccountError> {
        let stored = self.store().account_named(name).await?;
        stored.map(Into::into).ok_or(AccountError::Unknown)
    }

    /// The account of a session that was made in this epoch; `None` when the session is worth nothing any longer.
    ///
    /// # Errors
    /// [`AccountError::Store`].
    pub async fn in_force(
        &self,
        id: &AccountId,
        epoch: u32,
    ) -> Result<Option<Account>, AccountError> {
        let stored = self.store().account(id).await?;
        let stored =
            stored.filter(|held| held.epoch == epoch && held.account.disabled_at.is_none());
        Ok(stored.map(|stored| stored.account))
    }

    /// Writes a note about something that is done elsewhere. Written first, so that nothing is done unnoted.
    ///
    /// # Errors
    /// [`AccountError::Store`].
    pub async fn note(&self, note: &AuditNote) -> Result<(), AccountError> {
        Ok(self.store().add_note(note).await?)
    }

    /// The entries of the audit log that are asked for, newest first.
    ///
    /// # Errors
    /// [`AccountError::Store`].
    pub async fn audit(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>, AccountError> {
        Ok(self.store().audit(query).await?)
    }

    async fn stored(&self, id: &AccountId) -> Result<StoredAccount, AccountError> {
        let stored = self.store().account(id).await?;
        stored.ok_or(AccountError::Unknown)
    }
}

/// An account as the object of a note.
fn object(id: &AccountId) -> Object {
    Object::new("account", id.as_str())
}

fn draw_id() -> AccountId {
    const LETTERS: [u8; 36] = *b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut random = rand::rng();
    loop {
        let letter = |_| {
            let position = random.random_range(0..LETTERS.len());
            LETTERS.get(position).copied().map_or('0', char::from)
        };
        let id: String = (0..AccountId::LENGTH).map(letter).collect();
        // Always an id; asked, so that nothing here can panic.
        if let Ok(id) = AccountId::new(&id) {
            return id;
        }
    }
}

#[cfg(test)]
mod tests;
