//! Cases 100 to 111: accounts, sessions and the audit log.

use std::sync::Arc;

use parallax::account::{Account, AccountId, Role};
use parallax::audit::{Actor, AuditNote, AuditQuery, Object, Origin};
use parallax::key::KeyHash;
use parallax_store::{
    AccountChange, AccountStore, KeepSessions, Reference, StoreError, StoredAccount, StoredSession,
};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};

use crate::harness::Database;
use crate::samples::{LAST_MS, NOON_MS, at};

fn id(number: u8) -> AccountId {
    format!("person{number:06}").parse().unwrap()
}

fn hash(number: u8) -> KeyHash {
    KeyHash::new([number; 32])
}

fn person(number: u8) -> StoredAccount {
    StoredAccount {
        account: Account {
            id: id(number),
            username: format!("person-{number}").parse().unwrap(),
            role: Role::Editor,
            created_at: at(NOON_MS),
            signed_in_at: None,
            disabled_at: None,
            has_second_factor: false,
        },
        password_hash: "$argon2id$…".to_owned(),
        epoch: 0,
        totp_secret: None,
        totp_step: 0,
        recovery: Vec::new(),
        revision: 0,
    }
}

fn note(action: &str) -> AuditNote {
    AuditNote {
        at: at(NOON_MS),
        actor: Actor {
            account: None,
            name: "command line".to_owned(),
        },
        origin: Origin::default(),
        action: action.to_owned(),
        object: None,
        before: None,
        after: None,
    }
}

fn session(number: u8, account: Option<AccountId>) -> StoredSession {
    StoredSession {
        hash: hash(number),
        account,
        data: "{\"a\":\"é\"}".to_owned(),
        created_at: at(NOON_MS),
        seen_at: at(NOON_MS + 1),
    }
}

fn all() -> AuditQuery {
    AuditQuery {
        limit: 100,
        ..AuditQuery::default()
    }
}

pub(crate) async fn c100_an_account_comes_back_as_it_was_added(database: Database) {
    let opened = database.open().await;
    let mut full = person(2);
    full.account.signed_in_at = Some(at(LAST_MS));
    full.account.disabled_at = Some(at(0));
    full.account.has_second_factor = true;
    full.totp_secret = Some("JBSWY3DPEHPK3PXP".to_owned());
    full.totp_step = 59_843_520;
    full.recovery = vec![hash(1), hash(2)];
    full.epoch = 7;
    let store = opened.accounts();
    for person in [&full, &person(1)] {
        store
            .add_account(person, &note("account.create"))
            .await
            .unwrap();
    }
    assert_eq!(store.accounts().await.unwrap(), [person(1), full.clone()]);
    assert_eq!(store.account(&id(2)).await.unwrap(), Some(full.clone()));
    let named = store.account_named(&full.account.username).await.unwrap();
    assert_eq!(named, Some(full));
    assert_eq!(store.account(&id(9)).await.unwrap(), None);
    assert_eq!(store.audit(&all()).await.unwrap().len(), 2);
}

pub(crate) async fn c101_a_name_is_given_once_and_leaves_no_note_the_second_time(
    database: Database,
) {
    let opened = database.open().await;
    let store = opened.accounts();
    store
        .add_account(&person(1), &note("account.create"))
        .await
        .unwrap();
    let mut same_name = person(2);
    same_name.account.username = person(1).account.username;
    let error = store.add_account(&same_name, &note("account.create")).await;
    assert!(
        matches!(error, Err(StoreError::Constraint { .. })),
        "{error:?}"
    );
    assert_eq!(store.audit(&all()).await.unwrap().len(), 1);
}

pub(crate) async fn c102_of_two_changes_of_one_state_the_first_counts(database: Database) {
    let opened = database.open().await;
    let store = opened.accounts();
    store
        .add_account(&person(1), &note("account.create"))
        .await
        .unwrap();
    let mut first = person(1);
    first.account.role = Role::Viewer;
    let mut second = person(1);
    second.password_hash = "other".to_owned();
    let changed = note("account.change");
    for (change, done) in [
        (&first, AccountChange::Done),
        (&second, AccountChange::Outdated),
        (&person(9), AccountChange::Outdated),
    ] {
        let came = store.change_account(change, Some(&changed)).await;
        assert_eq!(came.unwrap(), done);
    }
    first.revision = 1;
    assert_eq!(store.accounts().await.unwrap(), [first]);
    assert_eq!(store.audit(&all()).await.unwrap().len(), 2);
}

pub(crate) async fn c103_of_many_changes_at_once_one_counts(database: Database) {
    let store = database.open().await;
    store
        .accounts()
        .add_account(&person(1), &note("account.create"))
        .await
        .unwrap();
    let changes = (0..8_u64).map(|step| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let mut changed = person(1);
            changed.totp_step = step;
            store.accounts().change_account(&changed, None).await
        })
    });
    let mut counted = 0;
    for change in changes.collect::<Vec<_>>() {
        counted += u8::from(change.await.unwrap().unwrap() == AccountChange::Done);
    }
    assert_eq!(counted, 1);
}

pub(crate) async fn c104_a_session_comes_back_and_an_ended_one_stays_ended(database: Database) {
    let opened = database.open().await;
    let store = opened.accounts();
    store
        .add_account(&person(1), &note("account.create"))
        .await
        .unwrap();
    store.add_session(&session(1, None)).await.unwrap();
    let again = store.add_session(&session(1, None)).await;
    assert!(matches!(again, Err(StoreError::Constraint { .. })));
    let stranger = store.add_session(&session(2, Some(id(9)))).await;
    assert!(
        matches!(
            stranger,
            Err(StoreError::UnknownReference {
                kind: Reference::Account,
                ..
            })
        ),
        "{stranger:?}"
    );
    let mut saved = session(1, Some(id(1)));
    saved.data = "{}".to_owned();
    assert!(store.save_session(&saved).await.unwrap());
    store
        .touch_session(&hash(1), at(NOON_MS + 9))
        .await
        .unwrap();
    store.touch_session(&hash(1), at(NOON_MS)).await.unwrap();
    saved.seen_at = at(NOON_MS + 9);
    assert_eq!(store.session(&hash(1)).await.unwrap(), Some(saved.clone()));
    assert_eq!(store.sessions(&id(1)).await.unwrap(), [saved.clone()]);
    assert!(store.end_session(&hash(1)).await.unwrap());
    assert!(!store.end_session(&hash(1)).await.unwrap());
    // A request that was under way comes too late to bring it back.
    assert!(!store.save_session(&saved).await.unwrap());
    assert_eq!(store.session(&hash(1)).await.unwrap(), None);
}

pub(crate) async fn c105_a_new_epoch_ends_all_sessions_of_the_account_and_no_others(
    database: Database,
) {
    let opened = database.open().await;
    let store = opened.accounts();
    for number in [1, 2] {
        store
            .add_account(&person(number), &note("account.create"))
            .await
            .unwrap();
        store
            .add_session(&session(number, Some(id(number))))
            .await
            .unwrap();
        store
            .add_session(&session(number + 10, Some(id(number))))
            .await
            .unwrap();
    }
    let mut changed = person(1);
    changed.totp_step = 1;
    let done = store.change_account(&changed, None).await.unwrap();
    assert_eq!(done, AccountChange::Done);
    assert_eq!(store.sessions(&id(1)).await.unwrap().len(), 2);
    changed.revision = 1;
    changed.epoch = 1;
    let done = store.change_account(&changed, None).await.unwrap();
    assert_eq!(done, AccountChange::Done);
    assert!(store.sessions(&id(1)).await.unwrap().is_empty());
    assert_eq!(store.sessions(&id(2)).await.unwrap().len(), 2);
}

pub(crate) async fn c106_what_can_be_used_once_is_used_once(database: Database) {
    let store = database.open().await;
    let spends = (0..8).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.accounts().spend(&hash(3), at(NOON_MS)).await })
    });
    let mut spent = 0;
    for spend in spends.collect::<Vec<_>>() {
        spent += u8::from(spend.await.unwrap().unwrap());
    }
    assert_eq!(spent, 1);
    assert!(store.accounts().spend(&hash(4), at(NOON_MS)).await.unwrap());
}

pub(crate) async fn c107_a_browser_is_known_for_the_account_that_signed_in_there(
    database: Database,
) {
    let opened = database.open().await;
    let store = opened.accounts();
    for number in [1, 2] {
        store
            .add_account(&person(number), &note("account.create"))
            .await
            .unwrap();
    }
    store
        .know_browser(&hash(1), &id(1), at(NOON_MS))
        .await
        .unwrap();
    assert!(store.knows_browser(&hash(1), &id(1)).await.unwrap());
    assert!(!store.knows_browser(&hash(1), &id(2)).await.unwrap());
    assert!(!store.knows_browser(&hash(2), &id(1)).await.unwrap());
}

pub(crate) async fn c108_what_is_worth_nothing_is_forgotten(database: Database) {
    let opened = database.open().await;
    let store = opened.accounts();
    store
        .add_account(&person(1), &note("account.create"))
        .await
        .unwrap();
    for (number, created, seen) in [(1, 50, 99), (2, 99, 50), (3, 99, 99)] {
        let mut session = session(number, None);
        (session.created_at, session.seen_at) = (at(created), at(seen));
        store.add_session(&session).await.unwrap();
        store
            .know_browser(&hash(number), &id(1), at(seen))
            .await
            .unwrap();
        store.spend(&hash(number), at(seen)).await.unwrap();
    }
    let since = at(60);
    let keep = KeepSessions {
        begun_since: since,
        seen_since: since,
        browsers_since: since,
        now: since,
    };
    store.forget_sessions(keep).await.unwrap();
    let held = async |number| {
        (
            store.session(&hash(number)).await.unwrap().is_some(),
            store.knows_browser(&hash(number), &id(1)).await.unwrap(),
        )
    };
    assert_eq!(held(1).await, (false, true));
    assert_eq!(held(2).await, (false, false));
    assert_eq!(held(3).await, (true, true));
    assert!(store.spend(&hash(2), since).await.unwrap());
    assert!(!store.spend(&hash(3), since).await.unwrap());
}

pub(crate) async fn c109_the_audit_log_answers_by_who_what_and_when_and_only_grows(
    database: Database,
) {
    let opened = database.open().await;
    let store = opened.accounts();
    for number in 0..6_u8 {
        let mut note = note(if number % 2 == 0 {
            "session.sign_in"
        } else {
            "token.change"
        });
        note.at = at(i64::from(number) * 1_000);
        note.actor = Actor {
            account: Some(id(number)),
            name: format!("person-{}", number % 3),
        };
        note.origin = Origin::new(Some("192.0.2.1".to_owned()), Some("a browser"));
        note.object = Some(Object::new("token", &format!("t{number}")));
        note.before = Some("{\"a\":1}".to_owned());
        store.add_note(&note).await.unwrap();
    }
    let asked = async |query: AuditQuery| -> Vec<i64> {
        let entries = store.audit(&query).await.unwrap();
        let times = entries.iter().map(|entry| entry.note.at.unix_ms() / 1_000);
        times.collect()
    };
    assert_eq!(asked(all()).await, [5, 4, 3, 2, 1, 0]);
    // From an entry on in the other direction.
    let third = store.audit(&all()).await.unwrap()[2].id;
    let mut newer = AuditQuery {
        after: Some(third),
        oldest_first: true,
        limit: 1,
        ..all()
    };
    assert_eq!(asked(newer.clone()).await, [4]);
    newer.limit = 9;
    assert_eq!(asked(newer.clone()).await, [4, 5]);
    newer.oldest_first = false;
    assert_eq!(asked(newer).await, [5, 4]);
    let by = |change: fn(&mut AuditQuery)| {
        let mut query = all();
        change(&mut query);
        query
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        asked(AuditQuery {
            who: some("person-1"),
            ..all()
        })
        .await,
        [4, 1]
    );
    assert_eq!(
        asked(AuditQuery {
            action: some("session."),
            ..all()
        })
        .await,
        [4, 2, 0]
    );
    assert_eq!(
        asked(AuditQuery {
            action: some("session"),
            ..all()
        })
        .await,
        [0; 0]
    );
    assert_eq!(
        asked(AuditQuery {
            kind: some("token"),
            object: some("t3"),
            ..all()
        })
        .await,
        [3]
    );
    assert_eq!(
        asked(by(|query| {
            (query.from, query.until) = (Some(at(1_000)), Some(at(3_000)));
        }))
        .await,
        [2, 1]
    );
    assert_eq!(asked(by(|query| query.limit = 2)).await, [5, 4]);
    let entries = store.audit(&all()).await.unwrap();
    assert_eq!(
        asked(AuditQuery {
            before: Some(entries[2].id),
            limit: 2,
            ..all()
        })
        .await,
        [2, 1]
    );
    assert_eq!(entries[0].note.before.as_deref(), Some("{\"a\":1}"));

    // Not even by other hands.
    for statement in ["update audit set name = 'x'", "delete from audit"] {
        let refused = if database.url.starts_with("sqlite:") {
            let mut connection = SqliteConnection::connect(&database.url).await.unwrap();
            connection.execute(statement).await.unwrap_err()
        } else {
            let mut connection = PgConnection::connect(&database.url).await.unwrap();
            connection.execute(statement).await.unwrap_err()
        };
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
    assert_eq!(store.audit(&all()).await.unwrap(), entries);
}

/// Superusers in force, as many as that.
async fn superusers(store: &dyn AccountStore, count: u8) -> Vec<StoredAccount> {
    let mut all = Vec::new();
    for number in 1..=count {
        let mut one = person(number);
        one.account.role = Role::Superuser;
        store
            .add_account(&one, &note("account.create"))
            .await
            .unwrap();
        all.push(one);
    }
    all
}

pub(crate) async fn c110_the_last_superuser_in_force_stays_one(database: Database) {
    let opened = database.open().await;
    let store = opened.accounts();
    let mut last = superusers(store, 1).await.remove(0);
    let changed = note("account.change");
    let mut disabled = last.clone();
    disabled.account.disabled_at = Some(at(NOON_MS));
    let mut degraded = last.clone();
    degraded.account.role = Role::Editor;
    degraded.epoch = 1;
    store.add_session(&session(1, Some(id(1)))).await.unwrap();
    for change in [&disabled, &degraded] {
        let done = store.change_account(change, Some(&changed)).await.unwrap();
        assert_eq!(done, AccountChange::LastSuperuser);
    }
    assert_eq!(store.accounts().await.unwrap(), [last.clone()]);
    assert_eq!(store.sessions(&id(1)).await.unwrap().len(), 1);
    assert_eq!(store.audit(&all()).await.unwrap().len(), 1, "no note");
    // What was made on an older state is that first of all.
    last.password_hash = "other".to_owned();
    let done = store.change_account(&last, None).await.unwrap();
    assert_eq!(done, AccountChange::Done);
    let done = store.change_account(&disabled, None).await.unwrap();
    assert_eq!(done, AccountChange::Outdated);
    // A disabled superuser is none who counts, and someone else may be changed at any time.
    let mut other = person(2);
    other.account.role = Role::Superuser;
    other.account.disabled_at = Some(at(NOON_MS));
    store
        .add_account(&other, &note("account.create"))
        .await
        .unwrap();
    disabled.revision = 1;
    let done = store.change_account(&disabled, None).await.unwrap();
    assert_eq!(done, AccountChange::LastSuperuser);
    other.account.role = Role::Viewer;
    let done = store.change_account(&other, None).await.unwrap();
    assert_eq!(done, AccountChange::Done);
}

pub(crate) async fn c111_of_all_superusers_disabled_at_once_one_stays(database: Database) {
    const ROUNDS: usize = 24;
    let store = database.open().await;
    let mut all = superusers(store.accounts(), 4).await;
    // One round can miss it: the first connections are opened one after the other.
    for round in 0..ROUNDS {
        let start = Arc::new(tokio::sync::Barrier::new(all.len()));
        let changes = all.iter().cloned().enumerate().map(|(place, mut one)| {
            let (store, start) = (Arc::clone(&store), Arc::clone(&start));
            tokio::spawn(async move {
                match place % 2 {
                    0 => one.account.disabled_at = Some(at(NOON_MS)),
                    _ => one.account.role = Role::Viewer,
                }
                start.wait().await;
                store.accounts().change_account(&one, None).await.unwrap()
            })
        });
        let mut came = Vec::new();
        for change in changes.collect::<Vec<_>>() {
            came.push(change.await.unwrap());
        }
        let is_done = |it: &&AccountChange| **it == AccountChange::Done;
        assert_eq!(came.iter().filter(is_done).count(), 3, "{round}: {came:?}");
        assert!(came.contains(&AccountChange::LastSuperuser), "{came:?}");
        let left = store.accounts().accounts().await.unwrap();
        let in_force = left.iter().filter(|it| it.is_superuser_in_force());
        assert_eq!(in_force.count(), 1, "{round}");
        // All in force again, for the next round.
        for (one, left) in all.iter_mut().zip(left) {
            one.revision = left.revision;
            let done = store.accounts().change_account(one, None).await.unwrap();
            assert_eq!(done, AccountChange::Done);
            one.revision += 1;
        }
    }
}
