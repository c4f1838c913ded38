//! Cases 60 to 69: restarts, crashes, transactions and concurrency.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;

use parallax::candle::{Bar, Candle, Interval};
use parallax::market::Listing;
use parallax_store::{Store, StoredQuote, open};
use tokio::task::{JoinSet, yield_now};

use crate::harness::{Database, sqlite_url};
use crate::samples::{
    NOON_MS, all_bars, all_candles, candle, candle_of, fill, index, listing, quote, series, tokens,
    venue,
};

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

const CHILD: &str = "PARALLAX_DATABASE_OF_THE_CHILD";
const CHILD_ROWS: i64 = 1_200;

/// What batch `number` of the child rewrites: the same hours in a new revision.
fn rewritten(number: i64) -> Vec<Candle> {
    let hour = series("bitcoin", "index", Interval::Hour);
    let hours = (0..CHILD_ROWS).map(|row| {
        let mut candle = candle_of(&hour, NOON_MS + row * 3_600_000, &number.to_string());
        candle.bar.revision = u32::try_from(number).unwrap();
        candle
    });
    hours.collect()
}

/// What batch `number` of the child adds: minutes that were not there.
fn added(number: i64) -> Vec<Candle> {
    let minutes = (0..CHILD_ROWS).map(|row| {
        let minute = number * CHILD_ROWS + row;
        candle("bitcoin", NOON_MS + minute * 60_000, "1")
    });
    minutes.collect()
}

/// Not a test of its own: what `c66_a_killed_process_leaves_whole_batches_once` runs.
#[tokio::test]
async fn child_that_saves_until_it_is_killed() {
    let Ok(url) = std::env::var(CHILD) else {
        return;
    };
    let store = open(&url.parse().unwrap()).await.unwrap();
    for number in 1.. {
        store.save_candles(&rewritten(number)).await.unwrap();
        store.save_candles(&added(number)).await.unwrap();
        println!("saved {number}");
    }
}

pub(crate) async fn c66_a_killed_process_leaves_whole_batches_once(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let mut told = 0;
    for lines in [1, 2, 5] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture"])
            .arg("durability::child_that_saves_until_it_is_killed")
            .env(CHILD, &database.url)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        let saved = output
            .map(Result::unwrap)
            .filter_map(|line| line.split_once("saved ")?.1.parse::<i64>().ok())
            .nth(lines - 1);
        // SIGKILL, in the middle of the next batch.
        child.kill().unwrap();
        child.wait().unwrap();
        told = told.max(saved.unwrap());
        // Nobody's transaction is left open: this waits for the killed one's locks.
        store.save_candles(&rewritten(0)).await.unwrap();
        let hours = all_bars(&*store, &series("bitcoin", "index", Interval::Hour)).await;
        assert_eq!(hours.len(), rewritten(0).len());
        let revision = hours[0].revision;
        assert!(i64::from(revision) >= told, "{revision} after {told}");
        let one = |bar: &Bar| bar.revision == revision && bar.close == hours[0].close;
        assert!(hours.iter().all(one), "half a batch is seen");
        let minutes = all_candles(&*store, "bitcoin").await.len();
        let batches = i64::try_from(minutes).unwrap() / CHILD_ROWS;
        assert_eq!(minutes % rewritten(0).len(), 0, "half a batch is seen");
        assert!(batches >= told, "{batches} after {told}");
    }
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
