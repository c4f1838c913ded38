//! Cases 01 to 09: migrations.

use std::collections::BTreeSet;
use std::path::Path;

use parallax::amount::Quantity;
use parallax::candle::{CandleKind, Interval};
use parallax_store::{Backend, StoreError, open};
use sqlx::migrate::Migrator;
use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::harness::Database;
use crate::samples::{NOON_MS, all_bars, at, bars, candle_of, fill, id, index, price, series};

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

/// A price and candles as the first schema held them, and one token without any.
const PREVIOUS_ROWS: &str = "
    insert into token (id, symbol, name, kind, rank) values
        ('bitcoin', 'BTC', 'Bitcoin', 'crypto', 1), ('tether', 'USDT', 'Tether', 'stablecoin', 2);
    insert into index_price (
        token, computed_at, price, status, method, sources, sources_known, constituents
    )
    values
        ('bitcoin', AT(0), '1.50', 'live', 1, 3, 4, '[]'),
        ('bitcoin', AT(90000000), '2.5', 'thin', 1, 1, 4, '[]'),
        ('bitcoin', AT(1795262400000), null, 'no_quorum', 1, 0, 4, '[]');
    insert into candle (token, period, open_time, open, high, low, close, updates, sources) values
        ('bitcoin', '1m', AT(0), '1', '3', '0.5', '2', 60, 3),
        ('bitcoin', '1m', AT(1795262400000), '1', '3', '0.5', '2.25', 60, 3),
        ('bitcoin', '1h', AT(1795262400000), '1', '3', '0.5', '2', 60, 3),
        ('bitcoin', '1d', AT(1795219200000), '1', '3', '0.5', '2', 60, 3);";

/// Brings an empty database to its first `count` versions, as an earlier version of the program did, and
/// fills it with `rows`.
async fn previous_schema(database: &Database, count: usize, rows: &str) {
    let folder = tempfile::tempdir().unwrap();
    let dialect = match database.url.starts_with("sqlite:") {
        true => "sqlite",
        false => "postgres",
    };
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    for version in versions(dialect).into_iter().take(count) {
        let from = from.join(dialect).join(&version);
        std::fs::copy(from, folder.path().join(&version)).unwrap();
    }
    let migrator = Migrator::new(folder.path()).await.unwrap();
    if dialect == "sqlite" {
        let url = format!("{}?mode=rwc", database.url);
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        migrator
            .run_direct(None, &mut connection, false)
            .await
            .unwrap();
        connection.close().await.unwrap();
    } else {
        let mut connection = PgConnection::connect(&database.url).await.unwrap();
        migrator
            .run_direct(None, &mut connection, false)
            .await
            .unwrap();
        connection.close().await.unwrap();
    }
    let rows = match dialect {
        "sqlite" => rows.replace("AT(", "("),
        _ => rows.replace("AT(", "to_timestamp(0.001 * "),
    };
    drop(database.direct(&rows).await);
}

pub(crate) async fn c06_what_the_previous_schema_held_is_carried_over(database: Database) {
    previous_schema(&database, 1, PREVIOUS_ROWS).await;
    let store = database.open().await;
    assert_eq!(store.tokens().await.unwrap().len(), 2);
    let [latest] = <[_; 1]>::try_from(store.latest_prices().await.unwrap()).unwrap();
    assert_eq!((latest.price, latest.computed_at), (None, at(NOON_MS)));
    let priced = async |ms| {
        let price = store.price_at(&id("bitcoin"), at(ms)).await.unwrap();
        price
            .and_then(|price| price.price)
            .map(|price| price.to_string())
    };
    assert_eq!(priced(NOON_MS - 1).await.as_deref(), Some("2.5"));
    assert_eq!(priced(90_000_000 - 1).await.as_deref(), Some("1.5"));
    for (interval, times) in [
        (Interval::Minute, vec![0, NOON_MS]),
        (Interval::Hour, vec![NOON_MS]),
        (Interval::Day, vec![NOON_MS - 12 * 3_600_000]),
    ] {
        let series = series("bitcoin", "index", interval);
        let held = all_bars(&*store, &series).await;
        let opened: Vec<_> = held.iter().map(|bar| bar.open_time.unix_ms()).collect();
        assert_eq!(opened, times);
        for bar in &held {
            // Nothing is known of what was traded or how much was seen: any bar that is, replaces it.
            assert_eq!((bar.kind, bar.minutes), (CandleKind::Gap, 0));
            assert_eq!((bar.trades, bar.revision), (None, 0));
            assert_eq!((bar.volume_usd, bar.sources), (Quantity::ZERO, 3));
            assert_eq!((bar.high, bar.low), (price("3"), price("0.5")));
        }
        // Its partitions are those that the program looks for.
        let newer: Vec<_> = times
            .iter()
            .flat_map(|ms| {
                [
                    candle_of(&series, *ms, "9"),
                    candle_of(&series, ms + 1, "9"),
                ]
            })
            .collect();
        store.save_candles(&newer).await.unwrap();
        assert_eq!(all_bars(&*store, &series).await, bars(&newer));
    }
    store
        .save_prices(&[
            index("bitcoin", "7", 90_000_001),
            index("bitcoin", "8", NOON_MS + 1),
        ])
        .await
        .unwrap();
    assert_eq!(priced(NOON_MS - 1).await.as_deref(), Some("7"));
    assert_eq!(priced(NOON_MS + 1).await.as_deref(), Some("8"));
}

/// Candles as the second schema held them: without a band.
const BANDLESS_ROWS: &str = "
    insert into token (id, symbol, name, kind, rank) values
        ('bitcoin', 'BTC', 'Bitcoin', 'crypto', 1);
    insert into candle (
        token, source, period, open_time, open, high, low, close,
        volume_usd, trades, sources, minutes, kind, revision
    )
    values
        ('bitcoin', 'index', '1m', AT(1795262400000), '1', '3', '0.5', '2.25', '7', 4, 3, 1, 'traded', 2);";

pub(crate) async fn c07_candles_from_before_the_band_have_none_and_take_one(database: Database) {
    let partition = "
        select make_partition('candle_1m', 'candle_1m_2026_11', '2026-11-01T00:00:00Z', interval '1 month');";
    let rows = match database.url.starts_with("sqlite:") {
        true => BANDLESS_ROWS.to_owned(),
        false => format!("{partition}{BANDLESS_ROWS}"),
    };
    previous_schema(&database, 2, &rows).await;
    let store = database.open().await;
    let series = series("bitcoin", "index", Interval::Minute);
    let [held] = <[_; 1]>::try_from(all_bars(&*store, &series).await).unwrap();
    assert_eq!((held.close, held.trades), (price("2.25"), Some(4)));
    assert_eq!((held.confidence, held.revision), (None, 2));
    // In the partition that was there before the column, and in one that was not.
    let mut newer = [
        candle_of(&series, NOON_MS, "9"),
        candle_of(&series, NOON_MS + 40 * 86_400_000, "9"),
    ];
    for candle in &mut newer {
        candle.bar.revision = 3;
        candle.bar.confidence = Some(price("0.25"));
    }
    store.save_candles(&newer).await.unwrap();
    assert_eq!(all_bars(&*store, &series).await, bars(&newer));
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
