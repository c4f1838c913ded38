//! Rows of API keys.

use parallax::key::{ApiKey, KeyHash, KeyId};
use parallax::time::Timestamp;
use serde::Serialize;
use sqlx::FromRow;

use super::{read, read_time, storable, unreadable};
use crate::contract::StoredKey;
use crate::error::StoreError;

/// A row of `api_key`.
#[derive(Serialize, FromRow)]
pub(crate) struct KeyRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) hash: String,
    pub(crate) scopes: String,
    pub(crate) created_at: i64,
    pub(crate) expires_at: Option<i64>,
    pub(crate) last_used_at: Option<i64>,
    pub(crate) revoked_at: Option<i64>,
}

/// When a key was used.
#[derive(Debug, Serialize)]
pub(crate) struct KeyUseRow {
    pub(crate) id: String,
    pub(crate) used_at: i64,
}

impl KeyUseRow {
    pub(crate) fn of((id, used_at): &(KeyId, Timestamp)) -> Self {
        Self {
            id: id.to_string(),
            used_at: used_at.unix_ms(),
        }
    }
}

impl TryFrom<&StoredKey> for KeyRow {
    type Error = StoreError;

    fn try_from(StoredKey { key, hash }: &StoredKey) -> Result<Self, StoreError> {
        Ok(Self {
            id: key.id.to_string(),
            name: storable("a key's name", &key.name.to_string())?,
            hash: hash.to_hex(),
            scopes: key.scopes.to_string(),
            created_at: key.created_at.unix_ms(),
            expires_at: key.expires_at.map(Timestamp::unix_ms),
            last_used_at: key.last_used_at.map(Timestamp::unix_ms),
            revoked_at: key.revoked_at.map(Timestamp::unix_ms),
        })
    }
}

impl TryFrom<KeyRow> for StoredKey {
    type Error = StoreError;

    fn try_from(row: KeyRow) -> Result<Self, StoreError> {
        let time = |field, unix_ms: Option<i64>| unix_ms.map(|ms| read_time(field, ms)).transpose();
        Ok(Self {
            hash: KeyHash::from_hex(&row.hash)
                .map_err(|error| unreadable("api_key.hash")(error.into()))?,
            key: ApiKey {
                id: read("api_key.id", &row.id)?,
                name: read("api_key.name", &row.name)?,
                scopes: read("api_key.scopes", &row.scopes)?,
                created_at: read_time("api_key.created_at", row.created_at)?,
                expires_at: time("api_key.expires_at", row.expires_at)?,
                last_used_at: time("api_key.last_used_at", row.last_used_at)?,
                revoked_at: time("api_key.revoked_at", row.revoked_at)?,
            },
        })
    }
}
