//! Cases 60 to 69: restarts, crashes, transactions and concurrency.

use std::sync::Arc;

use parallax::market::Listing;
use parallax_store::{Store, StoredQuote, open};
use tokio::task::{JoinSet, yield_now};

use crate::harness::{Database, sqlite_url};
use crate::samples::{NOON_MS, all_candles, candle, fill, index, listing, quote, tokens, venue};

async fn save_everything(store: &dyn Store) {
    let listings = fill(store).await;
    let quotes = [
        quote(&listings[0], "1", NOON_MS),
        quote(&listings[2], "2", NOON_MS),
    ];
    store.save_quotes(&quotes).await.unwrap();
    store
        .save_prices(&[index("bitcoin", "3", NOON_MS)])
        .await
        .unwrap();
    store
        .save_candles(&[candle("bitcoin", NOON_MS, "4")])
        .await
        .unwrap();
}

async fn assert_everything(store: &dyn Store) {
    assert_eq!(store.tokens().await.unwrap(), tokens());
    assert_eq!(
        store.venues().await.unwrap(),
        [venue("alpha"), venue("beta")]
    );
    let listings = store.listings().await.unwrap();
    assert_eq!(listings.len(), 3);
    let quotes = [
        quote(&listings[0], "1", NOON_MS),
        quote(&listings[2], "2", NOON_MS),
    ];
    assert_eq!(store.latest_quotes().await.unwrap(), quotes);
    assert_eq!(
        store.latest_prices().await.unwrap(),
        [index("bitcoin", "3", NOON_MS)]
    );
    assert_eq!(
        all_candles(store, "bitcoin").await,
        [candle("bitcoin", NOON_MS, "4")]
    );
}

pub(crate) async fn c60_everything_is_there_after_a_restart(database: Database) {
    let store = database.open().await;
    save_everything(&*store).await;
    store.close().await;
    drop(store);
    let store = database.open().await;
    assert_everything(&*store).await;
    save_everything(&*store).await;
    assert_everything(&*store).await;
}

pub(crate) async fn c61_everything_is_there_after_a_crash(database: Database) {
    let store = database.open().await;
    save_everything(&*store).await;
    // Not closed, and one handle still open: what the next process finds after a crash.
    let _still_open = Arc::clone(&store);
    drop(store);
    assert_everything(&*database.open().await).await;
}

pub(crate) async fn c62_a_refused_batch_leaves_nothing_behind(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    // Enough rows for several statements; the wrong one sorts last.
    let mut prices: Vec<_> = (40..1_300).map(|ms| index("bitcoin", "1", ms)).collect();
    prices.push(index("zzz-unknown", "1", 50));
    store.save_prices(&prices).await.unwrap_err();
    assert!(store.latest_prices().await.unwrap().is_empty());
    prices.pop();
    store.save_prices(&prices).await.unwrap();
    assert_eq!(store.latest_prices().await.unwrap(), prices[1_259..]);
}

/// Listings enough for three statements.
async fn many_listings(store: &dyn Store) -> Vec<Arc<Listing>> {
    fill(store).await;
    let listings: Vec<_> = (0..1_200)
        .map(|number| listing("alpha", &format!("T{number:05}")))
        .collect();
    store.save_listings(&listings).await.unwrap();
    listings
}

fn quotes(listings: &[Arc<Listing>], bid: u32) -> Vec<StoredQuote> {
    let bid = bid.to_string();
    let quotes = listings.iter().map(|row| quote(row, &bid, NOON_MS));
    quotes.collect()
}

/// The one bid of all stored quotes; `None` before the first.
async fn the_bid(store: &dyn Store) -> Option<u32> {
    let quotes = store.latest_quotes().await.unwrap();
    let bid = quotes.first()?.quote.bid;
    assert_eq!(quotes.len(), 1_200);
    assert!(
        quotes.iter().all(|quote| quote.quote.bid == bid),
        "a part of a batch is seen"
    );
    bid.to_string().parse().ok()
}

pub(crate) async fn c63_a_save_that_is_dropped_leaves_all_or_nothing(database: Database) {
    let store = database.open().await;
    let listings = many_listings(&*store).await;
    for round in 1..=12 {
        let batch = quotes(&listings, round);
        let pauses = async {
            for _ in 0..(1_u32 << round) {
                yield_now().await;
            }
        };
        tokio::select! {
            biased;
            done = store.save_quotes(&batch) => done.unwrap(),
            () = pauses => {}
        }
        the_bid(&*store).await;
    }
    store.save_quotes(&quotes(&listings, 99)).await.unwrap();
    assert_eq!(the_bid(&*store).await, Some(99));
}

pub(crate) async fn c64_concurrent_writers_do_not_deadlock(database: Database) {
    let store = database.open().await;
    let listings = many_listings(&*store).await;
    let mut writers = JoinSet::new();
    for writer in 0..6_usize {
        let (store, listings) = (Arc::clone(&store), listings.clone());
        writers.spawn(async move {
            for round in 0..3 {
                // Every writer in another order.
                let mut quotes = quotes(&listings, 5);
                let mut prices = vec![index("bitcoin", "1", 100), index("tether", "1", 100)];
                let mut tokens = tokens();
                quotes.rotate_left(writer * 190 + round);
                tokens.rotate_left(writer % 3);
                if writer % 2 == 0 {
                    quotes.reverse();
                    prices.reverse();
                }
                store.save_quotes(&quotes).await.unwrap();
                store.save_tokens(&tokens).await.unwrap();
                store.save_prices(&prices).await.unwrap();
                store.save_listings(&listings).await.unwrap();
            }
        });
    }
    while let Some(done) = writers.join_next().await {
        done.unwrap();
    }
    assert_eq!(the_bid(&*store).await, Some(5));
    assert_eq!(store.tokens().await.unwrap(), tokens());
}

pub(crate) async fn c65_a_reader_sees_whole_batches(database: Database) {
    let store = database.open().await;
    let listings = many_listings(&*store).await;
    let writer = {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for round in 1..=15 {
                store.save_quotes(&quotes(&listings, round)).await.unwrap();
            }
        })
    };
    let mut last = 0;
    while !writer.is_finished() {
        let bid = the_bid(&*store).await.unwrap_or(0);
        assert!(bid >= last, "{bid} after {last}");
        last = bid;
    }
    writer.await.unwrap();
    assert_eq!(the_bid(&*store).await, Some(15));
}

/// The files as they lie on the disk while the store is at work: what a killed process leaves.
#[tokio::test]
async fn a_sqlite_file_copied_without_its_process_has_everything() {
    let folder = tempfile::tempdir().unwrap();
    let (live, copy) = (folder.path().join("live.db"), folder.path().join("copy.db"));
    let store = open(&sqlite_url(&live).parse().unwrap()).await.unwrap();
    save_everything(&*store).await;
    std::fs::copy(&live, &copy).unwrap();
    std::fs::copy(live.with_extension("db-wal"), copy.with_extension("db-wal")).unwrap();
    let copy = open(&sqlite_url(&copy).parse().unwrap()).await.unwrap();
    assert_everything(&*copy).await;
}

#[tokio::test]
async fn a_database_in_memory_keeps_everything_while_it_is_open() {
    let store = open(&"sqlite::memory:".parse().unwrap()).await.unwrap();
    save_everything(&*store).await;
    assert_everything(&*store).await;
    let other = open(&"sqlite::memory:".parse().unwrap()).await.unwrap();
    assert!(
        other.tokens().await.unwrap().is_empty(),
        "two of them share nothing"
    );
}
