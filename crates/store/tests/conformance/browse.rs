//! Cases 130 to 139: looking through what is stored.

use parallax::candle::Interval;
use parallax::fact::TokenFacts;
use parallax_store::Order;

use crate::harness::Database;
use crate::samples::{LAST_MS, NOON_MS, at, bars, candle_of, fill, id, index, series, venue_id};

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

pub(crate) async fn c130_prices_are_read_by_key_in_both_directions(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    // Days apart, in several partitions.
    let prices: Vec<_> = (0..6)
        .map(|day| index("bitcoin", &format!("{day}.5"), NOON_MS + day * DAY_MS))
        .collect();
    store.save_prices(&prices).await.unwrap();
    store
        .save_prices(&[index("tether", "1", NOON_MS)])
        .await
        .unwrap();
    let read = async |token: &str, from: i64, until: i64, order, limit| -> Vec<i64> {
        let read = store
            .browse()
            .prices(&id(token), at(from), at(until), order, limit)
            .await
            .unwrap();
        assert!(read.iter().all(|price| price.constituents.is_empty()));
        let day = |ms: i64| (ms - NOON_MS) / DAY_MS;
        read.iter()
            .map(|price| day(price.computed_at.unix_ms()))
            .collect()
    };
    let (newest, oldest) = (Order::NewestFirst, Order::OldestFirst);
    assert_eq!(read("bitcoin", 0, LAST_MS, newest, 3).await, [5, 4, 3]);
    assert_eq!(read("bitcoin", 0, LAST_MS, oldest, 2).await, [0, 1]);
    let (second, fourth) = (NOON_MS + DAY_MS, NOON_MS + 3 * DAY_MS);
    assert_eq!(read("bitcoin", second, fourth, newest, 9).await, [2, 1]);
    assert_eq!(read("bitcoin", second, fourth, oldest, 9).await, [1, 2]);
    assert_eq!(read("tether", 0, LAST_MS, newest, 9).await, [0]);
    assert_eq!(read("unknown", 0, LAST_MS, newest, 9).await, [0; 0]);
    assert_eq!(read("bitcoin", fourth, second, newest, 9).await, [0; 0]);
    let mut bare = prices[5].clone();
    bare.constituents.clear();
    let bitcoin = id("bitcoin");
    let read = store
        .browse()
        .prices(&bitcoin, at(0), at(LAST_MS), newest, 1);
    assert_eq!(read.await.unwrap(), [bare]);
}

pub(crate) async fn c131_candles_are_read_newest_first(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    for (interval, step_ms) in [(Interval::Minute, 60_000), (Interval::Hour, 300 * HOUR_MS)] {
        let series = series("bitcoin", "index", interval);
        let candles: Vec<_> = (0..5)
            .map(|number| candle_of(&series, NOON_MS + number * step_ms, &format!("{number}")))
            .collect();
        store.save_candles(&candles).await.unwrap();
        let mut expected = bars(&candles);
        expected.reverse();
        let read = async |from: i64, until: i64, limit| {
            let read = store
                .browse()
                .newest_candles(&series, at(from), at(until), limit);
            read.await.unwrap()
        };
        assert_eq!(read(0, LAST_MS, 9).await, expected);
        assert_eq!(read(0, LAST_MS, 2).await, expected[..2]);
        let (from, until) = (NOON_MS + step_ms, NOON_MS + 3 * step_ms);
        assert_eq!(read(from, until, 9).await, expected[2..4]);
    }
}

pub(crate) async fn c132_what_is_said_of_all_tokens_is_read(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let facts = |token: &str, venue: &str| TokenFacts {
        token: id(token),
        venue: venue_id(venue),
        total_supply: None,
        total_supply_reliable: false,
        volume_usd: None,
        block: 7,
        observed_at: at(NOON_MS),
    };
    let all = [
        facts("bitcoin", "alpha"),
        facts("bitcoin", "beta"),
        facts("tether", "alpha"),
    ];
    let [a, b, c] = all.clone();
    store.save_facts(&[c, b, a]).await.unwrap();
    assert_eq!(store.browse().all_facts().await.unwrap(), all);
}

pub(crate) async fn c133_the_room_of_each_table_is_known(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let prices: Vec<_> = (0..400)
        .map(|number| index("bitcoin", "1", NOON_MS + number * HOUR_MS))
        .collect();
    store.save_prices(&prices).await.unwrap();
    let sizes = store.browse().sizes().await.unwrap();
    let names: Vec<_> = sizes
        .tables
        .iter()
        .map(|table| table.name.as_str())
        .collect();
    for name in [
        "account",
        "audit",
        "candle",
        "directive",
        "index_price",
        "token",
    ] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert!(
        names.iter().all(|name| !name.contains("_2026")),
        "{names:?}"
    );
    assert!(!names.iter().any(|name| name.contains("sqlx")), "{names:?}");
    let prices = sizes
        .tables
        .iter()
        .find(|table| table.name == "index_price");
    let prices = prices.unwrap();
    assert!(prices.size_bytes.unwrap() > 100_000, "{prices:?}");
    assert!(sizes.size_bytes >= prices.size_bytes.unwrap());
    // A server that has not looked yet does not know.
    if let Some(rows) = prices.rows.filter(|rows| *rows > 0) {
        assert!((300..=500).contains(&rows), "{rows}");
    }
}
