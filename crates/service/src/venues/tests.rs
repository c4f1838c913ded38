#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use parallax::audit::AuditQuery;
use parallax::time::{Moment, Monotonic};

use super::*;

struct Standing;

impl Clock for Standing {
    fn now(&self) -> Moment {
        Moment {
            monotonic: Monotonic::default(),
            utc: Timestamp::from_unix_s(1_795_305_600).unwrap(),
        }
    }
}

async fn desk() -> (Switches, Arc<dyn Store>, watch::Receiver<VenueSwitch>) {
    let store = parallax_store::open(&"sqlite::memory:".parse().unwrap())
        .await
        .unwrap();
    let (desk, receiver) = switches(Arc::clone(&store));
    (desk, store, receiver)
}

fn switches(store: Arc<dyn Store>) -> (Switches, watch::Receiver<VenueSwitch>) {
    let (sender, receiver) = watch::channel(VenueSwitch::default());
    let by_venue = BTreeMap::from([("kraken".parse().unwrap(), sender)]);
    (Switches::new(store, Arc::new(Standing), by_venue), receiver)
}

#[tokio::test]
async fn pausing_takes_effect_is_noted_and_outlives_the_program() {
    let (desk, store, set) = desk().await;
    let by = By::command_line();
    desk.pause("kraken", &by).await.unwrap();
    assert!(set.borrow().is_paused);
    let left = as_left(store.as_ref()).await.unwrap();
    assert!(left.values().all(|set| set.is_paused) && left.len() == 1);
    let again = desk.pause("kraken", &by).await.unwrap_err();
    assert!(
        matches!(again, SwitchError::AlreadySet { is_paused: true }),
        "{again}"
    );
    let refused = desk.reconnect("kraken", &by).await.unwrap_err();
    assert!(matches!(refused, SwitchError::Paused), "{refused}");
    desk.resume("kraken", &by).await.unwrap();
    desk.reconnect("kraken", &by).await.unwrap();
    assert_eq!(set.borrow().reconnects, 1);
    let left = as_left(store.as_ref()).await.unwrap();
    assert!(left.values().all(|set| !set.is_paused));
    let all = AuditQuery {
        limit: 9,
        ..AuditQuery::default()
    };
    let entries = store.accounts().audit(&all).await.unwrap();
    let actions: Vec<_> = entries
        .iter()
        .map(|entry| entry.note.action.as_str())
        .collect();
    assert_eq!(actions, ["venue.reconnect", "venue.resume", "venue.pause"]);
    assert_eq!(
        entries.last().unwrap().note.after.as_deref(),
        Some("{\"paused\":true}")
    );
}

#[tokio::test]
async fn other_addresses_take_effect_outlive_the_program_and_are_kept_by_a_pause() {
    let (desk, store, set) = desk().await;
    let by = By::command_line();
    let given = VenueAddresses {
        stream: Some("wss://ws.example".to_owned()),
        rest: None,
    };
    let seen = desk.revision("kraken").await.unwrap();
    desk.readdress("kraken", given.clone(), seen, &by)
        .await
        .unwrap();
    assert_eq!(set.borrow().addresses.as_deref(), Some(&given));
    let refused = desk.readdress("kraken", VenueAddresses::default(), seen, &by);
    let refused = refused.await.unwrap_err();
    assert!(matches!(refused, SwitchError::Changed), "{refused}");
    desk.pause("kraken", &by).await.unwrap();
    let left = as_left(store.as_ref()).await.unwrap();
    let left = left.values().next().unwrap();
    assert!(left.is_paused && left.addresses.as_deref() == Some(&given));
    let seen = desk.revision("kraken").await.unwrap();
    desk.readdress("kraken", VenueAddresses::default(), seen, &by)
        .await
        .unwrap();
    assert!(set.borrow().addresses.is_none() && set.borrow().is_paused);
    let same = desk.readdress("kraken", VenueAddresses::default(), seen + 1, &by);
    let same = same.await.unwrap_err();
    assert!(matches!(same, SwitchError::SameAddresses), "{same}");
}

#[tokio::test]
async fn a_venue_that_is_not_read_has_no_switch() {
    let (desk, _, _) = desk().await;
    for name in ["coinbase", "", "a b"] {
        let refused = desk.pause(name, &By::command_line()).await.unwrap_err();
        assert!(matches!(refused, SwitchError::Unknown(_)), "{refused}");
        assert_eq!(desk.of(name), None);
    }
}

/// A database in a folder of its own that cannot be opened yet, because a file is in the folder's place.
fn blocked(folder: &std::path::Path) -> Arc<dyn Store> {
    std::fs::write(folder.join("room"), "in the way").unwrap();
    let url = format!("sqlite:{}", folder.join("room/parallax.db").display());
    parallax_store::open_late(&url.parse().unwrap(), &[], &[])
}

#[tokio::test]
async fn what_was_decided_is_in_force_once_a_database_that_was_away_at_the_start_is_back() {
    let folder = std::env::temp_dir().join(format!("parallax-switches-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("later")).unwrap();
    let url = format!("sqlite:{}", folder.join("later/parallax.db").display());
    let earlier = parallax_store::open(&url.parse().unwrap()).await.unwrap();
    let (by, given) = (
        By::command_line(),
        VenueAddresses {
            stream: Some("wss://ws.example".to_owned()),
            rest: None,
        },
    );
    let (before, _) = switches(Arc::clone(&earlier));
    before.pause("kraken", &by).await.unwrap();
    before
        .readdress("kraken", given.clone(), 1, &by)
        .await
        .unwrap();
    earlier.close().await;

    let (desk, mut set) = switches(blocked(&folder));
    desk.read().await.unwrap_err();
    assert!(!set.borrow_and_update().is_paused, "nobody knows yet");
    std::fs::remove_file(folder.join("room")).unwrap();
    std::fs::rename(folder.join("later"), folder.join("room")).unwrap();
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(desk.clone().run(shutdown.clone()));
    // Until it waits for the time to read again, which is now.
    tokio::time::pause();
    tokio::task::yield_now().await;
    tokio::time::advance(READ_AGAIN).await;
    tokio::time::resume();
    let limit = Duration::from_secs(20);
    tokio::time::timeout(limit, set.changed())
        .await
        .unwrap()
        .unwrap();
    assert!(set.borrow().is_paused);
    assert_eq!(set.borrow().addresses.as_deref(), Some(&given));
    shutdown.cancel();
    running.await.unwrap();
    // What is as it was left opens no connection anew.
    set.mark_unchanged();
    desk.read().await.unwrap();
    assert!(!set.has_changed().unwrap());
    std::fs::remove_dir_all(folder).unwrap();
}
