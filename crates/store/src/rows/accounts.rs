//! Rows of accounts, sessions and the audit log.

use parallax::account::{Account, Role};
use parallax::audit::{Actor, AuditEntry, AuditNote, Object, Origin};
use parallax::key::KeyHash;
use parallax::time::Timestamp;
use sqlx::FromRow;

use super::{count, read, read_count, read_time, read_word, storable, unreadable};
use crate::accounts::{StoredAccount, StoredSession};
use crate::error::StoreError;

/// A row of `account`.
#[derive(FromRow)]
pub(crate) struct AccountRow {
    pub(crate) id: String,
    pub(crate) username: String,
    pub(crate) role: String,
    pub(crate) password_hash: String,
    pub(crate) epoch: i64,
    pub(crate) totp_secret: Option<String>,
    pub(crate) totp_step: i64,
    pub(crate) recovery: String,
    pub(crate) created_at: i64,
    pub(crate) signed_in_at: Option<i64>,
    pub(crate) disabled_at: Option<i64>,
    pub(crate) revision: i64,
}

impl TryFrom<&StoredAccount> for AccountRow {
    type Error = StoreError;

    fn try_from(stored: &StoredAccount) -> Result<Self, StoreError> {
        let account = &stored.account;
        Ok(Self {
            id: account.id.to_string(),
            username: account.username.to_string(),
            role: account.role.to_string(),
            password_hash: storable("a password's hash", &stored.password_hash)?,
            epoch: i64::from(stored.epoch),
            totp_secret: stored.totp_secret.clone(),
            totp_step: count("a code's step", stored.totp_step)?,
            recovery: hashes(&stored.recovery),
            created_at: account.created_at.unix_ms(),
            signed_in_at: account.signed_in_at.map(Timestamp::unix_ms),
            disabled_at: account.disabled_at.map(Timestamp::unix_ms),
            revision: i64::from(stored.revision),
        })
    }
}

impl TryFrom<AccountRow> for StoredAccount {
    type Error = StoreError;

    fn try_from(row: AccountRow) -> Result<Self, StoreError> {
        let time = |field, unix_ms: Option<i64>| unix_ms.map(|ms| read_time(field, ms)).transpose();
        Ok(Self {
            account: Account {
                id: read("account.id", &row.id)?,
                username: read("account.username", &row.username)?,
                role: read_word("account.role", &row.role, &Role::ALL, Role::as_str)?,
                created_at: read_time("account.created_at", row.created_at)?,
                signed_in_at: time("account.signed_in_at", row.signed_in_at)?,
                disabled_at: time("account.disabled_at", row.disabled_at)?,
                has_second_factor: row.totp_secret.is_some(),
            },
            password_hash: row.password_hash,
            epoch: read_count("account.epoch", row.epoch)?,
            totp_secret: row.totp_secret,
            totp_step: read_count("account.totp_step", row.totp_step)?,
            recovery: read_hashes(&row.recovery)?,
            revision: read_count("account.revision", row.revision)?,
        })
    }
}

/// Hashes as one text, separated by spaces.
fn hashes(hashes: &[KeyHash]) -> String {
    let hashes: Vec<_> = hashes.iter().map(|hash| hash.to_hex()).collect();
    hashes.join(" ")
}

fn read_hash(field: &'static str, text: &str) -> Result<KeyHash, StoreError> {
    KeyHash::from_hex(text).map_err(|error| unreadable(field)(error.into()))
}

fn read_hashes(text: &str) -> Result<Vec<KeyHash>, StoreError> {
    text.split_whitespace()
        .map(|text| read_hash("account.recovery", text))
        .collect()
}

/// A row of `session`.
#[derive(FromRow)]
pub(crate) struct SessionRow {
    pub(crate) hash: String,
    pub(crate) account: Option<String>,
    pub(crate) data: String,
    pub(crate) created_at: i64,
    pub(crate) seen_at: i64,
}

impl TryFrom<&StoredSession> for SessionRow {
    type Error = StoreError;

    fn try_from(session: &StoredSession) -> Result<Self, StoreError> {
        Ok(Self {
            hash: session.hash.to_hex(),
            account: session.account.as_ref().map(ToString::to_string),
            data: storable("a session's data", &session.data)?,
            created_at: session.created_at.unix_ms(),
            seen_at: session.seen_at.unix_ms(),
        })
    }
}

impl TryFrom<SessionRow> for StoredSession {
    type Error = StoreError;

    fn try_from(row: SessionRow) -> Result<Self, StoreError> {
        let account = row.account.as_deref();
        Ok(Self {
            hash: read_hash("session.hash", &row.hash)?,
            account: account.map(|id| read("session.account", id)).transpose()?,
            data: row.data,
            created_at: read_time("session.created_at", row.created_at)?,
            seen_at: read_time("session.seen_at", row.seen_at)?,
        })
    }
}

/// A row of `audit`, which the database numbers.
#[derive(FromRow)]
pub(crate) struct AuditRow {
    pub(crate) id: i64,
    pub(crate) at: i64,
    pub(crate) account: Option<String>,
    pub(crate) name: String,
    pub(crate) address: Option<String>,
    pub(crate) agent: Option<String>,
    pub(crate) action: String,
    pub(crate) object_kind: Option<String>,
    pub(crate) object_id: Option<String>,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

impl TryFrom<&AuditNote> for AuditRow {
    type Error = StoreError;

    fn try_from(note: &AuditNote) -> Result<Self, StoreError> {
        let text = |field, text: &Option<String>| {
            let text = text.as_deref();
            text.map(|text| storable(field, text)).transpose()
        };
        let (kind, object) = match &note.object {
            Some(object) => (Some(object.kind.clone()), Some(object.id.clone())),
            None => (None, None),
        };
        Ok(Self {
            id: 0,
            at: note.at.unix_ms(),
            account: note.actor.account.as_ref().map(ToString::to_string),
            name: storable("an actor's name", &note.actor.name)?,
            address: text("an address", &note.origin.address)?,
            agent: text("a browser's name", &note.origin.agent)?,
            action: storable("an action", &note.action)?,
            object_kind: text("an object's kind", &kind)?,
            object_id: text("an object's id", &object)?,
            before: text("what was before", &note.before)?,
            after: text("what is after", &note.after)?,
        })
    }
}

impl TryFrom<AuditRow> for AuditEntry {
    type Error = StoreError;

    fn try_from(row: AuditRow) -> Result<Self, StoreError> {
        let account = row.account.as_deref();
        let object = row.object_kind.zip(row.object_id);
        Ok(Self {
            id: row.id,
            note: AuditNote {
                at: read_time("audit.at", row.at)?,
                actor: Actor {
                    account: account.map(|id| read("audit.account", id)).transpose()?,
                    name: row.name,
                },
                origin: Origin {
                    address: row.address,
                    agent: row.agent,
                },
                action: row.action,
                object: object.map(|(kind, id)| Object { kind, id }),
                before: row.before,
                after: row.after,
            },
        })
    }
}
