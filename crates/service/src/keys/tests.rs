#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicI64, Ordering};

use parallax::key::Scope;
use parallax::time::Moment;

use super::*;

/// 2026-11-22T00:00:00Z.
const NOW_MS: i64 = 1_795_305_600_000;

/// A clock that is set by hand.
struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now(&self) -> Moment {
        Moment {
            utc: Timestamp::from_unix_ms(self.0.load(Ordering::Relaxed)).unwrap(),
            ..Moment::default()
        }
    }
}

struct Desk {
    store: Arc<dyn Store>,
    clock: Arc<SetClock>,
    keys: Keys,
}

impl Desk {
    async fn new() -> Self {
        let url = "sqlite::memory:".parse().unwrap();
        let store = parallax_store::open(&url).await.unwrap();
        let clock = Arc::new(SetClock(AtomicI64::new(NOW_MS)));
        let keys = Keys::new(Arc::clone(&store), Arc::<SetClock>::clone(&clock));
        keys.read().await;
        Self { store, clock, keys }
    }

    fn now(&self) -> Timestamp {
        self.clock.now().utc
    }

    async fn create(&self, scopes: &str, expires_at: Option<Timestamp>) -> KeyText {
        let (name, scopes) = ("a test".parse().unwrap(), scopes.parse().unwrap());
        let made = create(self.store.as_ref(), name, scopes, expires_at, self.now());
        made.await.unwrap().0
    }

    async fn stored(&self) -> ApiKey {
        let mut keys = self.store.keys().await.unwrap();
        keys.pop().unwrap().key
    }

    fn refusal(&self, text: &str) -> KeyRefusal {
        self.keys.holder(text).unwrap_err()
    }
}

#[tokio::test]
async fn a_key_opens_what_its_scopes_say_and_only_its_hash_is_stored() {
    let desk = Desk::new().await;
    let key = desk.create("stream", None).await;
    desk.keys.read().await;
    let holder = desk.keys.holder(key.reveal()).unwrap();
    assert!(holder.may(Scope::Stream) && !holder.may(Scope::Read));
    let stored = desk.store.keys().await.unwrap();
    assert!(!format!("{stored:?}").contains(key.reveal()));
    assert_eq!(stored.first().unwrap().hash, key.hash());
}

#[tokio::test]
async fn a_wrong_secret_and_a_text_that_is_no_key_are_unknown() {
    let desk = Desk::new().await;
    let (key, other) = (
        desk.create("read", None).await,
        desk.create("read", None).await,
    );
    desk.keys.read().await;
    let (start, _) = key.reveal().rsplit_once('_').unwrap();
    let (_, secret) = other.reveal().rsplit_once('_').unwrap();
    assert_eq!(
        desk.refusal(&format!("{start}_{secret}")),
        KeyRefusal::Unknown
    );
    assert_eq!(desk.refusal("CG-0123456789"), KeyRefusal::Unknown);
}

#[tokio::test]
async fn a_key_made_by_another_process_opens_at_once() {
    let desk = Desk::new().await;
    let key = desk.create("read", None).await;
    assert_eq!(desk.refusal(key.reveal()), KeyRefusal::Unknown);
    assert!(desk.keys.look_again(key.reveal()).await.is_ok());
}

#[tokio::test]
async fn a_revoked_key_ends_for_who_holds_it_and_is_refused() {
    let desk = Desk::new().await;
    let key = desk.create("read", None).await;
    desk.keys.read().await;
    let holder = desk.keys.holder(key.reveal()).unwrap();
    desk.store.revoke_key(key.id(), desk.now()).await.unwrap();
    desk.keys.read().await;
    assert_eq!(holder.ended().await, KeyEnd::Revoked);
    assert_eq!(
        desk.refusal(key.reveal()),
        KeyRefusal::Ended(KeyEnd::Revoked)
    );
}

#[tokio::test]
async fn a_key_expires_at_its_moment_also_while_the_store_is_away() {
    let desk = Desk::new().await;
    let expires_at = Timestamp::from_unix_ms(NOW_MS + 10).unwrap();
    let key = desk.create("read", Some(expires_at)).await;
    desk.keys.read().await;
    let holder = desk.keys.holder(key.reveal()).unwrap();
    desk.store.close().await;
    desk.clock.0.store(NOW_MS + 10, Ordering::Relaxed);
    assert_eq!(
        desk.refusal(key.reveal()),
        KeyRefusal::Ended(KeyEnd::Expired)
    );
    let running = tokio::spawn(desk.keys.clone().run(CancellationToken::new()));
    assert_eq!(holder.ended().await, KeyEnd::Expired);
    running.abort();
}

#[tokio::test]
async fn the_keys_last_known_stay_in_force_while_the_store_cannot_be_read() {
    let desk = Desk::new().await;
    let key = desk.create("read", None).await;
    desk.keys.read().await;
    desk.store.close().await;
    desk.keys.read().await;
    assert!(desk.keys.holder(key.reveal()).is_ok());

    let store = Arc::clone(&desk.store);
    let never_read = Keys::new(store, Arc::<SetClock>::clone(&desk.clock));
    let refused = never_read.look_again(key.reveal()).await.unwrap_err();
    assert_eq!(refused, KeyRefusal::Unreadable);
}

#[tokio::test]
async fn uses_are_saved_at_most_once_a_minute_and_the_last_one_at_the_end() {
    let desk = Desk::new().await;
    let key = desk.create("read", None).await;
    desk.keys.read().await;
    desk.keys.save_uses(SAVE_USE_EVERY).await;
    assert_eq!(desk.stored().await.last_used_at, None);

    let minute = 60_000;
    for (ms, saved_ms) in [(0, 0), (minute - 1, 0), (minute, minute)] {
        desk.clock.0.store(NOW_MS + ms, Ordering::Relaxed);
        desk.keys.holder(key.reveal()).unwrap();
        desk.keys.save_uses(SAVE_USE_EVERY).await;
        let saved = desk.stored().await.last_used_at.unwrap();
        assert_eq!(saved.unix_ms(), NOW_MS + saved_ms, "after {ms} ms");
    }
    desk.clock.0.store(NOW_MS + minute + 1, Ordering::Relaxed);
    desk.keys.holder(key.reveal()).unwrap();
    let stopped = CancellationToken::new();
    stopped.cancel();
    desk.keys.clone().run(stopped).await;
    let saved = desk.stored().await.last_used_at.unwrap();
    assert_eq!(saved.unix_ms(), NOW_MS + minute + 1);
}
