//! One key in memory: what recognises it, when it was used, and whoever waits for its end.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parallax::key::{ApiKey, KeyEnd, KeyHash, KeyId, Scope};
use parallax::time::Timestamp;
use parallax_store::StoredKey;
use subtle::ConstantTimeEq;
use tokio_util::sync::CancellationToken;

use super::KeyText;

/// A key that was read from the store.
pub(super) struct HeldKey {
    key: ApiKey,
    hash: KeyHash,
    /// Milliseconds since 1970; 0 before the first use.
    used_ms: AtomicI64,
    /// The use that the store knows of.
    saved_ms: AtomicI64,
    end: OnceLock<KeyEnd>,
    ended: CancellationToken,
}

impl HeldKey {
    pub(super) fn new(stored: &StoredKey) -> Self {
        let used_ms = stored.key.last_used_at.map_or(0, Timestamp::unix_ms);
        Self {
            key: stored.key.clone(),
            hash: stored.hash,
            used_ms: AtomicI64::new(used_ms),
            saved_ms: AtomicI64::new(used_ms),
            end: OnceLock::new(),
            ended: CancellationToken::new(),
        }
    }

    pub(super) fn id(&self) -> KeyId {
        self.key.id.clone()
    }

    /// Whether the store still holds this key and gives it the same rights.
    pub(super) fn is(&self, stored: &StoredKey) -> bool {
        let now = &stored.key;
        self.hash == stored.hash
            && self.key.scopes == now.scopes
            && self.key.expires_at == now.expires_at
    }

    /// Whether the text is this key, in a time that does not tell how much of it is right.
    pub(super) fn opens_with(&self, text: &KeyText) -> bool {
        let given = text.hash();
        self.hash.bytes().ct_eq(given.bytes()).into()
    }

    pub(super) fn end(&self, now: Timestamp) -> Option<KeyEnd> {
        self.end.get().copied().or_else(|| self.key.ended(now))
    }

    /// Ends the key and everything opened with it. The first reason stays.
    pub(super) fn finish(&self, end: KeyEnd) {
        let _ = self.end.set(end);
        self.ended.cancel();
    }

    pub(super) fn used(&self, now: Timestamp) {
        self.used_ms.fetch_max(now.unix_ms(), Ordering::Relaxed);
    }

    /// The last use, when the store knows of none within `after` before it.
    pub(super) fn unsaved_use(&self, after: Duration) -> Option<Timestamp> {
        let used = self.used_ms.load(Ordering::Relaxed);
        let used = Timestamp::from_unix_ms(used).ok()?;
        let saved = Timestamp::from_unix_ms(self.saved_ms.load(Ordering::Relaxed)).ok()?;
        (used > saved && used.since(saved) >= after).then_some(used)
    }

    pub(super) fn saved(&self, at: Timestamp) {
        self.saved_ms.fetch_max(at.unix_ms(), Ordering::Relaxed);
    }
}

/// Someone who showed a key that was in force then.
#[derive(Clone)]
pub struct KeyHolder {
    held: Arc<HeldKey>,
}

impl KeyHolder {
    pub(super) const fn new(held: Arc<HeldKey>) -> Self {
        Self { held }
    }

    /// Whose.
    #[must_use]
    pub fn id(&self) -> &KeyId {
        &self.held.key.id
    }

    /// Whether the key may be used for `scope`.
    #[must_use]
    pub fn may(&self, scope: Scope) -> bool {
        self.held.key.scopes.has(scope)
    }

    /// Why the key has ended since it was shown, as far as is known by now; `None` while it is in force.
    #[must_use]
    pub fn end(&self) -> Option<KeyEnd> {
        self.held.end.get().copied()
    }

    /// Ready when the key is revoked or expires, within five seconds. Never, if it does neither.
    pub async fn ended(&self) -> KeyEnd {
        self.held.ended.cancelled().await;
        self.end().unwrap_or(KeyEnd::Revoked)
    }
}

impl std::fmt::Debug for KeyHolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyHolder({})", self.held.key.id.prefix())
    }
}
