//! Cases 20 to 29: the last quote of each market.

use std::sync::Arc;

use parallax_store::{Reference, StoreError, StoredQuote};

use crate::harness::Database;
use crate::samples::{NOON_MS, fill, listing, price, quote};

pub(crate) async fn c20_a_quote_comes_back_with_its_listing(database: Database) {
    let store = database.open().await;
    let listings = fill(&*store).await;
    let mut saved: Vec<StoredQuote> = listings
        .iter()
        .zip(["-37.63", "0", "67000.10"])
        .map(|(listing, bid)| quote(listing, bid, NOON_MS))
        .collect();
    saved[1].quote.bid_size = None;
    saved[1].quote.ask_size = Some(parallax::amount::Quantity::ZERO);
    store.save_quotes(&saved).await.unwrap();
    assert_eq!(store.latest_quotes().await.unwrap(), saved);
}

pub(crate) async fn c21_an_older_quote_never_replaces_a_newer_one(database: Database) {
    let store = database.open().await;
    let listings = fill(&*store).await;
    let newer = quote(&listings[0], "2", NOON_MS + 1);
    store
        .save_quotes(std::slice::from_ref(&newer))
        .await
        .unwrap();
    let older = quote(&listings[0], "1", NOON_MS);
    store
        .save_quotes(std::slice::from_ref(&older))
        .await
        .unwrap();
    assert_eq!(store.latest_quotes().await.unwrap(), [newer]);
    let newest = quote(&listings[0], "3", NOON_MS + 2);
    store
        .save_quotes(std::slice::from_ref(&newest))
        .await
        .unwrap();
    assert_eq!(store.latest_quotes().await.unwrap(), [newest]);
}

pub(crate) async fn c22_of_two_quotes_in_one_millisecond_the_later_saved_stays(database: Database) {
    let store = database.open().await;
    let listings = fill(&*store).await;
    let first = quote(&listings[0], "1", NOON_MS);
    let second = quote(&listings[0], "2", NOON_MS);
    store
        .save_quotes(&[first.clone(), second.clone()])
        .await
        .unwrap();
    assert_eq!(store.latest_quotes().await.unwrap(), [second]);
    store
        .save_quotes(std::slice::from_ref(&first))
        .await
        .unwrap();
    assert_eq!(store.latest_quotes().await.unwrap(), [first]);
}

pub(crate) async fn c23_a_batch_may_hold_a_market_many_times(database: Database) {
    let store = database.open().await;
    let listings = fill(&*store).await;
    let batch: Vec<StoredQuote> = [(2, "2"), (5, "5"), (3, "3"), (5, "5.5"), (1, "1")]
        .iter()
        .map(|(ms, bid)| quote(&listings[0], bid, NOON_MS + ms))
        .collect();
    store.save_quotes(&batch).await.unwrap();
    assert_eq!(store.latest_quotes().await.unwrap(), [batch[3].clone()]);
}

pub(crate) async fn c24_a_quote_needs_its_listing(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let unknown = quote(&listing("alpha", "NEW"), "1", NOON_MS);
    let error = store.save_quotes(&[unknown]).await.unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::UnknownReference {
                kind: Reference::Listing,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(!error.is_retryable());
}

pub(crate) async fn c25_a_batch_of_many_thousands_is_saved_whole(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    // More values than SQLite or PostgreSQL would bind one by one.
    let listings: Vec<_> = (0..10_000)
        .map(|number| listing("alpha", &format!("T{number:05}")))
        .collect();
    store.save_listings(&listings).await.unwrap();
    let mut quotes: Vec<_> = listings
        .iter()
        .map(|listing| quote(listing, "1", NOON_MS))
        .collect();
    store.save_quotes(&quotes).await.unwrap();
    for quote in &mut quotes {
        quote.quote.bid = price("1.01");
    }
    store.save_quotes(&quotes).await.unwrap();
    assert_eq!(store.latest_quotes().await.unwrap(), quotes);
    assert_eq!(
        Arc::clone(&store).listings().await.unwrap().len(),
        10_002 + 1
    );
}
