//! API keys: made for their owners, and held in memory to be recognised at every request.
//!
//! [`create`] is for whoever hands keys out (the command line). [`Keys`] is for `crates/api`: it never waits
//! for the database at a request with a key it knows. What another process changes in the database, a
//! revocation above all, is read again every two seconds; while the database cannot be read, the keys last
//! known stay in force. Owns no limits and no HTTP.

mod desk;
mod held;
mod text;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use parallax::key::{ApiKey, KeyEnd, KeyId, KeyName, Scopes};
use parallax::time::{Clock, Timestamp};
use parallax_store::{Store, StoreError, StoredKey};
use tokio::sync::Mutex;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use self::held::HeldKey;

pub use desk::{KeyDesk, Revocation, issue, revoke};
pub use held::KeyHolder;
pub use text::KeyText;

/// How often the keys are read again. With [`READ_LIMIT`] it bounds how long a revoked key works.
const READ_EVERY: Duration = Duration::from_secs(2);
/// How long reading them may take.
const READ_LIMIT: Duration = Duration::from_secs(2);
/// The least time between two readings, however many unknown keys are sent.
const READ_GAP: Duration = Duration::from_millis(250);
/// The least time between two savings of one key's last use.
const SAVE_USE_EVERY: Duration = Duration::from_secs(60);

/// Makes a key and stores its hash, without a note in the audit log: [`issue`] is for people. The text is returned
/// here and can never be read again.
///
/// # Errors
/// Those of [`Store::add_key`].
pub async fn create(
    store: &dyn Store,
    name: KeyName,
    scopes: Scopes,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<(KeyText, ApiKey), StoreError> {
    let (text, stored) = draw(name, scopes, expires_at, now);
    store.add_key(&stored).await?;
    Ok((text, stored.key))
}

/// A new key, stored nowhere yet.
fn draw(
    name: KeyName,
    scopes: Scopes,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> (KeyText, StoredKey) {
    let text = KeyText::draw();
    let key = ApiKey {
        id: text.id().clone(),
        name,
        scopes,
        created_at: now,
        expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    let hash = text.hash();
    (text, StoredKey { key, hash })
}

/// Why a text opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRefusal {
    /// No such key was given out.
    Unknown,
    /// It was, and is in force no longer.
    Ended(KeyEnd),
    /// The keys could not be read since the program started.
    Unreadable,
}

/// The keys in force. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct Keys {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    ring: ArcSwap<Ring>,
    /// When the last reading began; held by whoever reads.
    reading: Mutex<Option<Instant>>,
}

/// What was read last.
#[derive(Default)]
struct Ring {
    /// Whether anything was read since the program started, and whether the last reading went well.
    state: RingState,
    keys: HashMap<KeyId, Arc<HeldKey>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum RingState {
    #[default]
    NeverRead,
    Fresh,
    Outdated,
}

impl Keys {
    /// Knows no key until [`Keys::read`] or [`Keys::run`].
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                clock,
                ring: ArcSwap::default(),
                reading: Mutex::new(None),
            }),
        }
    }

    /// Whose key the text is, by the keys held in memory, and notes the use.
    ///
    /// # Errors
    /// [`KeyRefusal::Unknown`] also for a key made within the last two seconds: [`Keys::look_again`] then.
    pub fn holder(&self, text: &str) -> Result<KeyHolder, KeyRefusal> {
        let text = KeyText::read(text).ok_or(KeyRefusal::Unknown)?;
        let ring = self.inner.ring.load();
        if ring.state == RingState::NeverRead {
            return Err(KeyRefusal::Unreadable);
        }
        let held = ring.keys.get(text.id()).ok_or(KeyRefusal::Unknown)?;
        if !held.opens_with(&text) {
            return Err(KeyRefusal::Unknown);
        }
        let now = self.inner.clock.now().utc;
        if let Some(end) = held.end(now) {
            return Err(KeyRefusal::Ended(end));
        }
        held.used(now);
        Ok(KeyHolder::new(Arc::clone(held)))
    }

    /// The same after reading the keys again, for a key that is newer than the last reading. However many
    /// ask, the keys are read at most four times a second.
    ///
    /// # Errors
    /// [`KeyRefusal`].
    pub async fn look_again(&self, text: &str) -> Result<KeyHolder, KeyRefusal> {
        // What cannot be a key, or is one that is known, needs no reading.
        let is_held = |text: &KeyText| self.inner.ring.load().keys.contains_key(text.id());
        if KeyText::read(text).is_some_and(|text| !is_held(&text)) {
            self.read().await;
        }
        self.holder(text)
    }

    /// Reads the keys, unless someone else did since this call began.
    pub async fn read(&self) {
        let asked_at = Instant::now();
        let mut reading = self.inner.reading.lock().await;
        if let Some(began_at) = *reading {
            if began_at > asked_at {
                return;
            }
            sleep_until(began_at + READ_GAP).await;
        }
        let began_at = Instant::now();
        match timeout(READ_LIMIT, self.inner.store.keys()).await {
            Ok(Ok(stored)) => self.take(stored),
            Ok(Err(error)) => self.keep(&with_reasons(&error)),
            Err(_) => self.keep("the database did not answer in time"),
        }
        // Only now: a caller who gave up in between has read nothing for the others.
        *reading = Some(began_at);
    }

    /// Puts what was read in force.
    fn take(&self, stored: Vec<StoredKey>) {
        let before = self.inner.ring.load();
        let keys = stored.into_iter().map(|stored| {
            let id = stored.key.id.clone();
            let held = before.keys.get(&id).filter(|held| held.is(&stored));
            let held = held.map_or_else(|| Arc::new(HeldKey::new(&stored)), Arc::clone);
            if stored.key.revoked_at.is_some() {
                held.finish(KeyEnd::Revoked);
            }
            (id, held)
        });
        let keys: HashMap<_, _> = keys.collect();
        // Deleted, or changed by hand: what was opened with the old one ends.
        for (id, held) in &before.keys {
            if !keys.get(id).is_some_and(|now| Arc::ptr_eq(now, held)) {
                held.finish(KeyEnd::Revoked);
            }
        }
        if before.state == RingState::Outdated {
            tracing::info!("the API keys can be read again");
        }
        self.inner.ring.store(Arc::new(Ring {
            state: RingState::Fresh,
            keys,
        }));
    }

    /// Keeps what was known.
    fn keep(&self, reason: &str) {
        let before = self.inner.ring.load();
        let state = match before.state {
            RingState::NeverRead => RingState::NeverRead,
            RingState::Fresh => {
                tracing::warn!(
                    reason,
                    "the API keys cannot be read; those last known stay in force"
                );
                RingState::Outdated
            }
            RingState::Outdated => return,
        };
        let keys = before.keys.clone();
        self.inner.ring.store(Arc::new(Ring { state, keys }));
    }

    /// Keeps the keys up to date until `shutdown`, ends those that expire, and saves when they were used:
    /// at most once a minute a key, and at the end.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut ticks = interval(READ_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                _ = ticks.tick() => {}
            }
            self.read().await;
            self.expire();
            self.save_uses(SAVE_USE_EVERY).await;
        }
        self.save_uses(Duration::ZERO).await;
    }

    fn expire(&self) {
        let now = self.inner.clock.now().utc;
        for held in self.inner.ring.load().keys.values() {
            if let Some(end) = held.end(now) {
                held.finish(end);
            }
        }
    }

    async fn save_uses(&self, after: Duration) {
        let ring = self.inner.ring.load_full();
        let due: Vec<_> = ring
            .keys
            .values()
            .filter_map(|held| Some((held, held.unsaved_use(after)?)))
            .collect();
        let uses: Vec<_> = due.iter().map(|(held, at)| (held.id(), *at)).collect();
        // What could not be saved is tried again at the next turn.
        if !uses.is_empty() && self.inner.store.save_key_uses(&uses).await.is_ok() {
            for (held, at) in due {
                held.saved(at);
            }
        }
    }
}

/// An error with all its reasons in one line.
fn with_reasons(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(&format!(": {error}"));
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
