//! Cases 85 to 89: what is old is forgotten, kind by kind, and on PostgreSQL partition by partition.

use std::collections::BTreeSet;

use parallax::candle::{Candle, Interval, Series};
use parallax::time::Timestamp;
use parallax_store::{Keep, StoreError};
use sqlx::{Connection, PgConnection, query_scalar};

use crate::harness::{Database, on_postgres};
use crate::samples::{NOON_MS, all_bars, at, bars, candle_of, fill, id, index, series};

const DAY_MS: i64 = 86_400_000;
/// So far back that no partition reaches from there to what is kept.
const OLD_MS: i64 = NOON_MS - 4_000 * DAY_MS;
const SINCE_MS: i64 = NOON_MS - 2_000 * DAY_MS;

fn since(ms: i64) -> Option<Timestamp> {
    Some(at(ms))
}

/// The kinds of candles, each with the [`Keep`] that forgets its old ones.
fn kinds() -> [(Interval, Keep); 3] {
    let keep = Keep::default();
    let minutes = Keep {
        minutes_since: since(SINCE_MS),
        ..keep
    };
    let hours = Keep {
        hours_since: since(SINCE_MS),
        ..keep
    };
    let days = Keep {
        days_since: since(SINCE_MS),
        ..keep
    };
    [
        (Interval::Minute, minutes),
        (Interval::Hour, hours),
        (Interval::Day, days),
    ]
}

/// Three old candles and two to be kept, of several series of that length.
fn some(interval: Interval) -> Vec<(Series, Vec<Candle>)> {
    [
        ("bitcoin", "index"),
        ("bitcoin", "alpha"),
        ("tether", "index"),
    ]
    .map(|(token, source)| {
        let series = series(token, source, interval);
        let times = [
            OLD_MS,
            OLD_MS + DAY_MS,
            OLD_MS + 90 * DAY_MS,
            SINCE_MS,
            NOON_MS,
        ];
        let candles = times.map(|ms| candle_of(&series, ms, "1"));
        (series, candles.to_vec())
    })
    .to_vec()
}

pub(crate) async fn c85_candles_of_each_length_are_forgotten_for_themselves(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let all: Vec<_> = Interval::ALL.into_iter().flat_map(some).collect();
    for (_, candles) in &all {
        store.save_candles(candles).await.unwrap();
    }
    store
        .save_prices(&[
            index("bitcoin", "1", OLD_MS),
            index("bitcoin", "2", NOON_MS),
        ])
        .await
        .unwrap();
    let mut forgotten = BTreeSet::new();
    for (interval, keep) in kinds() {
        assert!(store.forget(keep).await.unwrap() > 0);
        assert_eq!(store.forget(keep).await.unwrap(), 0, "nothing is left");
        forgotten.insert(interval);
        for (series, candles) in &all {
            let gone = if forgotten.contains(&series.interval) {
                3
            } else {
                0
            };
            assert_eq!(all_bars(&*store, series).await, bars(&candles[gone..]));
        }
    }
    let old = store.price_at(&id("bitcoin"), at(OLD_MS)).await.unwrap();
    assert_eq!(old, Some(index("bitcoin", "1", OLD_MS)), "prices stay");
    // What is kept can be saved again, and so can what was forgotten.
    for (series, candles) in &all {
        store.save_candles(candles).await.unwrap();
        assert_eq!(all_bars(&*store, series).await, bars(candles));
    }
}

pub(crate) async fn c86_the_newest_price_outlives_its_history(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let bitcoin = [OLD_MS, OLD_MS + 5, NOON_MS].map(|ms| index("bitcoin", "1", ms));
    let tether = [OLD_MS, OLD_MS + 7].map(|ms| index("tether", "1", ms));
    store.save_prices(&bitcoin).await.unwrap();
    store.save_prices(&tether).await.unwrap();
    let keep = Keep {
        prices_since: since(SINCE_MS),
        ..Keep::default()
    };
    assert!(store.forget(keep).await.unwrap() > 0);
    assert_eq!(store.forget(keep).await.unwrap(), 0);
    let latest = [bitcoin[2].clone(), tether[1].clone()];
    assert_eq!(store.latest_prices().await.unwrap(), latest);
    let priced = async |token, ms| store.price_at(&id(token), at(ms)).await.unwrap();
    assert_eq!(priced("bitcoin", NOON_MS - 1).await, None);
    assert_eq!(priced("bitcoin", NOON_MS).await.as_ref(), Some(&latest[0]));
    assert_eq!(priced("tether", OLD_MS + 6).await, None);
    assert_eq!(priced("tether", NOON_MS).await.as_ref(), Some(&latest[1]));
    // An older one that comes late does not replace it.
    store.save_prices(&tether[..1]).await.unwrap();
    assert_eq!(store.latest_prices().await.unwrap(), latest);
}

pub(crate) async fn c87_forgetting_goes_on_over_many_slices(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let mut prices: Vec<_> = (0..2_500)
        .map(|ms| index("bitcoin", "1", OLD_MS + ms))
        .collect();
    for price in &mut prices {
        price.constituents.clear();
    }
    store.save_prices(&prices).await.unwrap();
    let minute = series("bitcoin", "index", Interval::Minute);
    let candles: Vec<_> = (0..2_500)
        .map(|row| candle_of(&minute, OLD_MS + row * 60_000, "1"))
        .collect();
    store.save_candles(&candles).await.unwrap();
    let keep = Keep {
        prices_since: since(NOON_MS),
        minutes_since: since(NOON_MS),
        ..Keep::default()
    };
    store.forget(keep).await.unwrap();
    assert!(all_bars(&*store, &minute).await.is_empty());
    assert_eq!(store.latest_prices().await.unwrap(), prices[2_499..]);
    let first = store.price_at(&id("bitcoin"), at(OLD_MS + 2_498)).await;
    assert_eq!(first.unwrap(), None);
}

pub(crate) async fn c88_what_one_process_forgets_another_can_save_again(database: Database) {
    let (one, other) = (database.open().await, database.open().await);
    fill(&*one).await;
    let hour = series("bitcoin", "index", Interval::Hour);
    let old = [candle_of(&hour, OLD_MS, "1")];
    let prices = [index("bitcoin", "1", OLD_MS)];
    let keep = Keep {
        prices_since: since(SINCE_MS),
        hours_since: since(SINCE_MS),
        ..Keep::default()
    };
    for _ in 0..2 {
        // Both know the partitions, then one drops them.
        for store in [&one, &other] {
            store.save_candles(&old).await.unwrap();
            store.save_prices(&prices).await.unwrap();
        }
        assert!(one.forget(keep).await.unwrap() > 0);
        assert!(all_bars(&*other, &hour).await.is_empty());
    }
    other.save_candles(&old).await.unwrap();
    assert_eq!(all_bars(&*one, &hour).await, bars(&old));
}

pub(crate) async fn c89_many_may_save_into_new_times_while_others_forget(database: Database) {
    let stores = [database.open().await, database.open().await];
    fill(&*stores[0]).await;
    let mut tasks = tokio::task::JoinSet::new();
    for (number, store) in (0_i64..).zip(&stores) {
        for source in ["index", "alpha"] {
            let store = std::sync::Arc::clone(store);
            let minute = series("bitcoin", source, Interval::Minute);
            tasks.spawn(async move {
                for month in 0..12 {
                    let from = NOON_MS + month * 31 * DAY_MS;
                    let rows: Vec<_> = (0..150)
                        .map(|row| candle_of(&minute, from + (row * 2 + number) * 60_000, "1"))
                        .collect();
                    store.save_candles(&rows).await.unwrap();
                }
            });
        }
    }
    let forgetting = std::sync::Arc::clone(&stores[0]);
    tasks.spawn(async move {
        let keep = Keep {
            prices_since: since(NOON_MS - DAY_MS),
            minutes_since: since(NOON_MS - DAY_MS),
            ..Keep::default()
        };
        for day in 2..20 {
            let old = index("bitcoin", "1", NOON_MS - day * DAY_MS);
            forgetting.save_prices(&[old]).await.unwrap();
            // Too busy is an answer, too: the next call goes on.
            if let Err(error) = forgetting.forget(keep).await {
                assert!(error.is_retryable(), "{error:?}");
            }
        }
    });
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    for source in ["index", "alpha"] {
        let minute = series("bitcoin", source, Interval::Minute);
        assert_eq!(all_bars(&*stores[1], &minute).await.len(), 12 * 300);
    }
}

/// The names of a table's partitions.
async fn partitions(database: &Database, parent: &str) -> Vec<String> {
    let mut direct = PgConnection::connect(&database.url).await.unwrap();
    query_scalar(
        "select relname::text from pg_inherits join pg_class on pg_class.oid = inhrelid
         where inhparent = $1::text::regclass order by relname",
    )
    .bind(parent)
    .fetch_all(&mut direct)
    .await
    .unwrap()
}

#[tokio::test]
async fn old_partitions_are_dropped_and_no_row_is_deleted() {
    on_postgres(dropped).await;
}

async fn dropped(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    for (interval, first) in Interval::ALL.into_iter().zip([7, 3, 3]) {
        let series = series("bitcoin", "index", interval);
        let times = (0..first).map(|part| NOON_MS - part * 400 * DAY_MS);
        let candles: Vec<_> = times.map(|ms| candle_of(&series, ms, "1")).collect();
        store.save_candles(&candles).await.unwrap();
    }
    let days = [3, 2, 1, 0].map(|day| index("bitcoin", "1", NOON_MS - day * DAY_MS));
    store.save_prices(&days).await.unwrap();
    assert_eq!(
        partitions(&database, "index_price").await,
        [
            "index_price_2026_11_18",
            "index_price_2026_11_19",
            "index_price_2026_11_20",
            "index_price_2026_11_21"
        ]
    );
    assert_eq!(
        partitions(&database, "candle_1h").await,
        ["candle_1h_2024", "candle_1h_2025", "candle_1h_2026"]
    );
    assert_eq!(partitions(&database, "candle_1m").await.len(), 7);
    // From now on, whoever deletes a row fails.
    let guard = "
        create function no_one_deletes() returns trigger language plpgsql
            as $$ begin raise exception 'a row is deleted'; end $$;
        create trigger no_one_deletes before delete on candle
            for each row execute function no_one_deletes();
        create trigger no_one_deletes before delete on index_price
            for each row execute function no_one_deletes();";
    drop(database.direct(guard).await);
    let keep = Keep {
        // In the middle of a day, a month and a year: their partitions stay whole.
        prices_since: since(NOON_MS - DAY_MS),
        minutes_since: since(NOON_MS - 400 * DAY_MS),
        hours_since: since(NOON_MS - 400 * DAY_MS),
        days_since: since(NOON_MS - 800 * DAY_MS),
    };
    assert_eq!(store.forget(keep).await.unwrap(), 2 + 5 + 1);
    assert_eq!(
        partitions(&database, "index_price").await,
        ["index_price_2026_11_20", "index_price_2026_11_21"]
    );
    assert_eq!(
        partitions(&database, "candle_1m").await,
        ["candle_1m_2025_10", "candle_1m_2026_11"]
    );
    assert_eq!(
        partitions(&database, "candle_1h").await,
        ["candle_1h_2025", "candle_1h_2026"]
    );
    assert_eq!(partitions(&database, "candle_1d").await.len(), 3);
    assert_eq!(store.latest_prices().await.unwrap(), days[3..]);
}

#[tokio::test]
async fn forgetting_does_not_wait_long_for_a_reader_and_goes_on_later() {
    on_postgres(read_meanwhile).await;
}

async fn read_meanwhile(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let hour = series("bitcoin", "index", Interval::Hour);
    let candles = [OLD_MS, NOON_MS].map(|ms| candle_of(&hour, ms, "1"));
    store.save_candles(&candles).await.unwrap();
    let keep = Keep {
        hours_since: since(SINCE_MS),
        ..Keep::default()
    };
    let reader = database.direct("begin; select 1 from candle limit 1").await;
    let error = store.forget(keep).await.unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }), "{error:?}");
    assert!(error.is_retryable());
    assert_eq!(
        all_bars(&*store, &hour).await,
        bars(&candles),
        "and others go on"
    );
    drop(reader);
    // The server may not have noticed the reader's end yet: one more try is what the writer does, too.
    let mut forgotten = store.forget(keep).await;
    if forgotten.is_err() {
        forgotten = store.forget(keep).await;
    }
    assert_eq!(forgotten.unwrap(), 1);
    assert_eq!(all_bars(&*store, &hour).await, bars(&candles[1..]));
}
