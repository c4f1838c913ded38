//! Cases 90 to 94: API keys.

use std::sync::Arc;

use parallax::key::{ApiKey, KeyHash, KeyId};
use parallax::time::Timestamp;
use parallax_store::{StoreError, StoredKey};

use crate::harness::Database;
use crate::samples::{LAST_MS, NOON_MS, at};

fn id(number: u8) -> KeyId {
    format!("key{number:09}").parse().unwrap()
}

fn key(number: u8, created_at_ms: i64) -> StoredKey {
    StoredKey {
        hash: KeyHash::new([number; 32]),
        key: ApiKey {
            id: id(number),
            name: "the bot's — \"key\" 🦀".parse().unwrap(),
            scopes: "read,admin".parse().unwrap(),
            created_at: at(created_at_ms),
            expires_at: None,
            last_used_at: None,
            revoked_at: None,
        },
    }
}

pub(crate) async fn c90_a_key_comes_back_as_it_was_added(database: Database) {
    let store = database.open().await;
    assert!(store.keys().await.unwrap().is_empty());
    let mut full = key(1, NOON_MS);
    full.key.expires_at = Some(at(LAST_MS));
    full.key.last_used_at = Some(at(NOON_MS + 1));
    full.key.revoked_at = Some(at(0));
    let (same_time, earlier) = (key(2, NOON_MS), key(3, NOON_MS - 1));
    for key in [&same_time, &full, &earlier] {
        store.add_key(key).await.unwrap();
    }
    // By the time they were made, then id; and there after a restart.
    let expected = [earlier, full, same_time];
    assert_eq!(store.keys().await.unwrap(), expected);
    store.close().await;
    assert_eq!(database.open().await.keys().await.unwrap(), expected);
}

pub(crate) async fn c91_an_id_or_a_hash_is_added_once(database: Database) {
    let store = database.open().await;
    store.add_key(&key(1, NOON_MS)).await.unwrap();
    let (mut same_id, mut same_hash) = (key(2, 0), key(3, 0));
    same_id.key.id = id(1);
    same_hash.hash = KeyHash::new([1; 32]);
    for second in [same_id, same_hash] {
        let error = store.add_key(&second).await.unwrap_err();
        assert!(matches!(error, StoreError::Constraint { .. }), "{error:?}");
    }
    assert_eq!(store.keys().await.unwrap(), [key(1, NOON_MS)]);
}

pub(crate) async fn c92_the_first_revocation_stays(database: Database) {
    let store = database.open().await;
    store.add_key(&key(1, 0)).await.unwrap();
    store.add_key(&key(2, 1)).await.unwrap();
    assert!(store.revoke_key(&id(1), at(NOON_MS)).await.unwrap());
    assert!(!store.revoke_key(&id(1), at(NOON_MS + 9)).await.unwrap());
    assert!(!store.revoke_key(&id(7), at(NOON_MS)).await.unwrap());
    let revoked: Vec<_> = store.keys().await.unwrap();
    let revoked: Vec<_> = revoked.iter().map(|key| key.key.revoked_at).collect();
    assert_eq!(revoked, [Some(at(NOON_MS)), None]);
}

pub(crate) async fn c93_the_latest_use_of_a_key_stays_and_unknown_ones_are_passed_over(
    database: Database,
) {
    let store = database.open().await;
    store.add_key(&key(1, 0)).await.unwrap();
    store.add_key(&key(2, 1)).await.unwrap();
    let used = async || -> Vec<Option<Timestamp>> {
        let keys = store.keys().await.unwrap();
        keys.iter().map(|key| key.key.last_used_at).collect()
    };
    let uses = [(id(1), at(20)), (id(9), at(30)), (id(1), at(10))];
    store.save_key_uses(&uses).await.unwrap();
    assert_eq!(used().await, [Some(at(20)), None]);
    store
        .save_key_uses(&[(id(2), at(7)), (id(1), at(19))])
        .await
        .unwrap();
    assert_eq!(used().await, [Some(at(20)), Some(at(7))]);
    // A use does not change what else is known.
    assert!(store.revoke_key(&id(1), at(25)).await.unwrap());
    store.save_key_uses(&[(id(1), at(26))]).await.unwrap();
    let mut expected = key(1, 0);
    expected.key.revoked_at = Some(at(25));
    expected.key.last_used_at = Some(at(26));
    assert_eq!(store.keys().await.unwrap()[0], expected);
}

pub(crate) async fn c94_uses_saved_at_once_do_not_deadlock(database: Database) {
    let store = database.open().await;
    for number in 0..20 {
        store.add_key(&key(number, 0)).await.unwrap();
    }
    let saves = (0..8_i64).map(|round| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let mut uses: Vec<_> = (0..20).map(|number| (id(number), at(round))).collect();
            if round % 2 == 0 {
                uses.reverse();
            }
            store.save_key_uses(&uses).await
        })
    });
    for save in saves.collect::<Vec<_>>() {
        save.await.unwrap().unwrap();
    }
    let keys = store.keys().await.unwrap();
    assert!(keys.iter().all(|key| key.key.last_used_at == Some(at(7))));
}
