//! Cases 01 to 09: migrations.

use std::collections::BTreeSet;
use std::path::Path;

use parallax_store::{Backend, StoreError, open};

use crate::harness::Database;
use crate::samples::fill;

pub(crate) async fn c01_an_empty_database_is_migrated_and_answers(database: Database) {
    let store = database.open().await;
    store.ping().await.unwrap();
    assert!(store.tokens().await.unwrap().is_empty());
    assert!(store.venues().await.unwrap().is_empty());
    assert!(store.listings().await.unwrap().is_empty());
    assert!(store.latest_quotes().await.unwrap().is_empty());
    assert!(store.latest_prices().await.unwrap().is_empty());
    assert!(
        crate::samples::all_candles(&*store, "bitcoin")
            .await
            .is_empty()
    );
}

pub(crate) async fn c02_a_second_migration_changes_nothing(database: Database) {
    let first = database.open().await;
    fill(&*first).await;
    let second = database.open().await;
    assert_eq!(second.tokens().await.unwrap().len(), 3);
    assert_eq!(second.listings().await.unwrap().len(), 3);
}

pub(crate) async fn c03_two_programs_may_migrate_at_once(database: Database) {
    let (one, other) = (database.clone(), database);
    let (one, other) = tokio::join!(one.open(), other.open());
    fill(&*one).await;
    assert_eq!(other.tokens().await.unwrap().len(), 3);
}

pub(crate) async fn c04_a_changed_migration_is_refused(database: Database) {
    database.open().await.close().await;
    database
        .direct("update _sqlx_migrations set checksum = 'other'")
        .await;
    let error = open(&database.parsed()).await.err().unwrap();
    assert!(matches!(error, StoreError::Migration { .. }), "{error:?}");
    assert!(!error.is_retryable());
}

pub(crate) async fn c05_the_backend_says_its_name(database: Database) {
    let store = database.open().await;
    let expected = match store.backend() {
        Backend::Sqlite => ("SQLite", "sqlite:"),
        Backend::Postgres => ("PostgreSQL", "postgres"),
    };
    assert_eq!(store.backend().to_string(), expected.0);
    assert!(database.url.starts_with(expected.1));
}

/// The file names in a folder of migrations.
fn versions(dialect: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    std::fs::read_dir(folder.join(dialect))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn both_dialects_have_the_same_migrations() {
    assert_eq!(versions("sqlite"), versions("postgres"));
    for name in versions("sqlite") {
        let (version, words) = name.split_once('_').unwrap();
        assert!(
            version.len() == 14 && version.bytes().all(|b| b.is_ascii_digit()),
            "{name}"
        );
        assert!(words.ends_with(".sql"), "{name}");
    }
}
