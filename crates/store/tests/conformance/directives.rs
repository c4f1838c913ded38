//! Cases 120 to 123: what operators decided.

use parallax::audit::{Actor, AuditNote, AuditQuery, Object, Origin};
use parallax_store::{Store, StoreError, StoredDirective};

use crate::harness::Database;
use crate::samples::{LAST_MS, NOON_MS, at};

fn note(id: &str) -> AuditNote {
    AuditNote {
        at: at(NOON_MS),
        actor: Actor {
            account: None,
            name: "command line".to_owned(),
        },
        origin: Origin::default(),
        action: "venue.pause".to_owned(),
        object: Some(Object::new("venue", id)),
        before: None,
        after: None,
    }
}

fn directive(id: &str, body: Option<&str>, revision: u32) -> StoredDirective {
    StoredDirective {
        kind: "venue".to_owned(),
        id: id.to_owned(),
        body: body.map(str::to_owned),
        decided_at: at(LAST_MS),
        revision,
    }
}

async fn notes(store: &dyn Store) -> usize {
    let all = AuditQuery {
        limit: 100,
        ..AuditQuery::default()
    };
    store.accounts().audit(&all).await.unwrap().len()
}

pub(crate) async fn c120_a_decision_comes_back_with_a_higher_revision_and_a_note(
    database: Database,
) {
    let opened = database.open().await;
    let store = opened.directives();
    for (id, body) in [("kraken", Some("{\"a\":\"é\"}")), ("binance", None)] {
        assert!(
            store
                .decide(&directive(id, body, 0), &note(id))
                .await
                .unwrap()
        );
    }
    let mut other = directive("kraken", Some("1"), 0);
    other.kind = "token".to_owned();
    assert!(store.decide(&other, &note("kraken")).await.unwrap());
    let stored = store.directives("venue").await.unwrap();
    let expected = [
        directive("binance", None, 1),
        directive("kraken", Some("{\"a\":\"é\"}"), 1),
    ];
    assert_eq!(stored, expected);
    assert!(store.directives("nothing").await.unwrap().is_empty());
    assert_eq!(notes(opened.as_ref()).await, 3);
}

pub(crate) async fn c121_of_two_decisions_on_one_state_the_first_counts(database: Database) {
    let opened = database.open().await;
    let store = opened.directives();
    let decide = async |body, revision| {
        let directive = directive("kraken", Some(body), revision);
        store.decide(&directive, &note("kraken")).await.unwrap()
    };
    assert!(!decide("too early", 1).await);
    assert!(decide("first", 0).await);
    assert!(!decide("second of nothing", 0).await);
    assert!(decide("later", 1).await);
    assert!(!decide("second of one", 1).await);
    let stored = store.directives("venue").await.unwrap();
    assert_eq!(stored, [directive("kraken", Some("later"), 2)]);
    assert_eq!(notes(opened.as_ref()).await, 2);
}

pub(crate) async fn c122_of_many_decisions_at_once_one_counts(database: Database) {
    let opened = database.open().await;
    let all = (0..8).map(|_| {
        let opened = std::sync::Arc::clone(&opened);
        tokio::spawn(async move {
            let directive = directive("kraken", Some("{}"), 0);
            let store = opened.directives();
            store.decide(&directive, &note("kraken")).await.unwrap()
        })
    });
    let mut counted = 0;
    for one in all.collect::<Vec<_>>() {
        counted += u32::from(one.await.unwrap());
    }
    assert_eq!((counted, notes(opened.as_ref()).await), (1, 1));
}

pub(crate) async fn c123_a_text_with_a_nul_is_refused_and_leaves_no_note(database: Database) {
    let opened = database.open().await;
    let directive = directive("kraken", Some("\0"), 0);
    let refused = opened
        .directives()
        .decide(&directive, &note("kraken"))
        .await;
    assert!(
        matches!(refused, Err(StoreError::Unstorable { .. })),
        "{refused:?}"
    );
    assert_eq!(notes(opened.as_ref()).await, 0);
}
