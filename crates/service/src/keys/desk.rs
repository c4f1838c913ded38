//! Keys as people make and revoke them, in the admin and on the command line: each with a note in the audit log.
//!
//! The note is written first. So nothing is done unnoted, and at worst something is noted that the database then
//! failed to do.

use std::sync::Arc;
use std::time::Duration;

use parallax::audit::Object;
use parallax::key::{ApiKey, KeyId, KeyName, Scopes};
use parallax::time::{Clock, Timestamp};
use parallax_store::{Store, StoreError};

use super::{KeyText, draw};
use crate::accounts::{By, audit_json};

/// Makes a key. The text is returned here and can never be read again.
///
/// # Errors
/// Those of [`Store::add_key`].
pub async fn issue(
    store: &dyn Store,
    name: KeyName,
    scopes: Scopes,
    expires_at: Option<Timestamp>,
    by: &By,
    now: Timestamp,
) -> Result<(KeyText, ApiKey), StoreError> {
    let (text, stored) = draw(name, scopes, expires_at, now);
    let mut note = by.note("key.create", Some(object(&stored.key.id)), now);
    note.after = audit_json(&stored.key);
    store.accounts().add_note(&note).await?;
    store.add_key(&stored).await?;
    Ok((text, stored.key))
}

/// What revoking a key did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// It was in force, and is no longer.
    Done,
    /// It was revoked before, at this time.
    Before(Timestamp),
    /// There is no such key.
    Unknown,
}

/// Revokes a key.
///
/// # Errors
/// Those of [`Store::revoke_key`].
pub async fn revoke(
    store: &dyn Store,
    id: &KeyId,
    by: &By,
    now: Timestamp,
) -> Result<Revocation, StoreError> {
    let keys = store.keys().await?;
    let Some(held) = keys.into_iter().find(|stored| stored.key.id == *id) else {
        return Ok(Revocation::Unknown);
    };
    if let Some(at) = held.key.revoked_at {
        return Ok(Revocation::Before(at));
    }
    let mut note = by.note("key.revoke", Some(object(id)), now);
    note.before = audit_json(&held.key);
    store.accounts().add_note(&note).await?;
    Ok(match store.revoke_key(id, now).await? {
        true => Revocation::Done,
        // Someone else was faster.
        false => Revocation::Before(now),
    })
}

fn object(id: &KeyId) -> Object {
    Object::new("key", id.as_str())
}

/// The desk at which keys are handed out, for the admin. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct KeyDesk {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl KeyDesk {
    /// The desk of a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// All keys, the ended ones too, the newest first.
    ///
    /// # Errors
    /// Those of [`Store::keys`].
    pub async fn list(&self) -> Result<Vec<ApiKey>, StoreError> {
        let keys = self.store.keys().await?;
        Ok(keys.into_iter().rev().map(|stored| stored.key).collect())
    }

    /// Makes a key that is refused after `lasts`.
    ///
    /// # Errors
    /// Those of [`Store::add_key`].
    pub async fn issue(
        &self,
        name: KeyName,
        scopes: Scopes,
        lasts: Option<Duration>,
        by: &By,
    ) -> Result<(KeyText, ApiKey), StoreError> {
        let now = self.clock.now().utc;
        let expires_at = lasts.map(|lasts| now.plus(lasts));
        issue(self.store.as_ref(), name, scopes, expires_at, by, now).await
    }

    /// Revokes a key.
    ///
    /// # Errors
    /// Those of [`Store::revoke_key`].
    pub async fn revoke(&self, id: &KeyId, by: &By) -> Result<Revocation, StoreError> {
        revoke(self.store.as_ref(), id, by, self.clock.now().utc).await
    }
}
