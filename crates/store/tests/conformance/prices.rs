//! Cases 30 to 39: index prices.

use parallax::by_hand::{PriceOverride, SetPrice};
use parallax::index::{IndexPrice, Status};
use parallax_store::{Reference, Store, StoreError};

use crate::harness::Database;
use crate::samples::{LAST_MS, NOON_MS, at, fill, id, index};

/// The price of bitcoin at a time.
async fn priced(store: &dyn Store, ms: i64) -> Option<IndexPrice> {
    store.price_at(&id("bitcoin"), at(ms)).await.unwrap()
}

pub(crate) async fn c30_a_price_comes_back_with_every_constituent(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let full = index("bitcoin", "67000.125", NOON_MS);
    let mut bare = index("tether", "1", NOON_MS);
    bare.price = None;
    bare.confidence = None;
    bare.status = Status::NoQuorum;
    bare.as_of = None;
    bare.volume_24h_usd = None;
    bare.constituents.clear();
    let prices = [full, bare];
    store.save_prices(&prices).await.unwrap();
    store.save_prices(&prices).await.unwrap();
    assert_eq!(store.latest_prices().await.unwrap(), prices);
}

pub(crate) async fn c31_the_newest_price_of_each_token_is_read(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let prices: Vec<_> = [Status::Thin, Status::Aging, Status::Stale, Status::Live]
        .into_iter()
        .zip(0..)
        .map(|(status, ms)| {
            let mut price = index("bitcoin", &format!("{}.5", ms), NOON_MS + ms);
            price.status = status;
            price
        })
        .collect();
    for (position, expected) in prices.iter().enumerate() {
        store
            .save_prices(std::slice::from_ref(expected))
            .await
            .unwrap();
        let latest = store.latest_prices().await.unwrap();
        assert_eq!(latest, std::slice::from_ref(expected), "{position}");
    }
    // History that arrives late is history.
    store.save_prices(&prices[..2]).await.unwrap();
    store.save_prices(&[index("tether", "1", 5)]).await.unwrap();
    let expected = [prices[3].clone(), index("tether", "1", 5)];
    assert_eq!(store.latest_prices().await.unwrap(), expected);
}

pub(crate) async fn c32_a_price_of_the_same_millisecond_replaces_the_earlier(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let (one, two) = (
        index("bitcoin", "1", NOON_MS),
        index("bitcoin", "2", NOON_MS),
    );
    store
        .save_prices(&[one.clone(), two.clone()])
        .await
        .unwrap();
    assert_eq!(store.latest_prices().await.unwrap(), [two]);
    store.save_prices(std::slice::from_ref(&one)).await.unwrap();
    assert_eq!(
        store.latest_prices().await.unwrap(),
        std::slice::from_ref(&one)
    );
    assert_eq!(priced(&*store, NOON_MS).await, Some(one));
}

pub(crate) async fn c35_a_price_must_fit_its_status(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let mut without = index("bitcoin", "1", NOON_MS);
    without.price = None;
    let mut with = index("bitcoin", "1", NOON_MS);
    with.status = Status::NoQuorum;
    for wrong in [without, with] {
        let error = store.save_prices(&[wrong]).await.unwrap_err();
        assert!(!error.is_retryable());
        let StoreError::Constraint { rule, .. } = error else {
            panic!("{error:?}");
        };
        assert_eq!(rule, "index_price_number_unless_no_quorum");
    }
    assert!(store.latest_prices().await.unwrap().is_empty());
}

pub(crate) async fn c33_a_price_is_in_force_until_the_next(database: Database) {
    const DAY_MS: i64 = 86_400_000;
    let store = database.open().await;
    fill(&*store).await;
    assert_eq!(priced(&*store, NOON_MS).await, None);
    // Over days, so that they lie in several partitions, and saved out of order.
    let prices = [0, 5, DAY_MS, 40 * DAY_MS].map(|ms| index("bitcoin", "1.5", NOON_MS + ms));
    let other = index("tether", "1", NOON_MS + 3);
    for price in [&prices[2], &other, &prices[0], &prices[3], &prices[1]] {
        store
            .save_prices(std::slice::from_ref(price))
            .await
            .unwrap();
    }
    for (ms, expected) in [
        (-1, None),
        (0, Some(0)),
        (4, Some(0)),
        (5, Some(1)),
        (DAY_MS - 1, Some(1)),
        (DAY_MS, Some(2)),
        (40 * DAY_MS - 1, Some(2)),
        (40 * DAY_MS, Some(3)),
        (400 * DAY_MS, Some(3)),
    ] {
        let expected: Option<usize> = expected;
        let expected = expected.map(|position| prices[position].clone());
        assert_eq!(priced(&*store, NOON_MS + ms).await, expected, "{ms}");
    }
    let unknown = store.price_at(&id("unknown"), at(LAST_MS)).await.unwrap();
    assert_eq!(unknown, None);
}

pub(crate) async fn c34_late_history_does_not_become_the_latest(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let newest = index("bitcoin", "2", NOON_MS);
    let batch = [newest.clone(), index("bitcoin", "1", NOON_MS - 1)];
    store.save_prices(&batch).await.unwrap();
    store
        .save_prices(&[index("bitcoin", "1", 7)])
        .await
        .unwrap();
    assert_eq!(store.latest_prices().await.unwrap(), [newest]);
    assert_eq!(
        priced(&*store, 7).await,
        Some(index("bitcoin", "1", 7)),
        "and is kept all the same"
    );
}

pub(crate) async fn c36_a_price_needs_its_token(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let known = index("bitcoin", "1", 1);
    let done = store.save_prices(&[known, index("unknown", "1", 1)]).await;
    assert!(
        matches!(
            done,
            Err(StoreError::UnknownReference {
                kind: Reference::Token,
                ..
            })
        ),
        "{done:?}"
    );
    assert!(store.latest_prices().await.unwrap().is_empty());
}

pub(crate) async fn c37_prices_of_any_time_can_be_kept(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    // 2255 and later: where milliseconds as a float would begin to slip.
    for ms in [0, 1, 999, NOON_MS + 1, 9_007_199_254_741, LAST_MS] {
        let price = index("bitcoin", "1", ms);
        store
            .save_prices(std::slice::from_ref(&price))
            .await
            .unwrap();
        assert_eq!(
            store.latest_prices().await.unwrap(),
            std::slice::from_ref(&price)
        );
        assert_eq!(priced(&*store, ms).await, Some(price));
    }
}

pub(crate) async fn c38_a_price_set_by_hand_comes_back_saying_so(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let set = SetPrice {
        price: "0.000000000000000000000001".parse().unwrap(),
        reason: "all exchanges halted: \"see\" \u{1f4a1} <b>".to_owned(),
        since: at(NOON_MS - 5),
        until: at(LAST_MS),
    };
    let computed = index("bitcoin", "67000.125", NOON_MS);
    let mut unknown = index("tether", "1", NOON_MS);
    (unknown.price, unknown.confidence) = (None, None);
    (unknown.status, unknown.as_of) = (Status::NoQuorum, None);
    // The second has no computed price at all.
    let prices = [computed.set_by_hand(&set), unknown.set_by_hand(&set)];
    store.save_prices(&prices).await.unwrap();
    assert_eq!(store.latest_prices().await.unwrap(), prices);
    // Taken back: the next price is the computed one again, and the history keeps the other.
    let after = index("bitcoin", "67001", NOON_MS + 1);
    store
        .save_prices(std::slice::from_ref(&after))
        .await
        .unwrap();
    assert_eq!(priced(&*store, NOON_MS).await.as_ref(), Some(&prices[0]));
    assert_eq!(priced(&*store, NOON_MS + 1).await, Some(after));
    // The same millisecond with and without.
    store.save_prices(&[computed]).await.unwrap();
    let replaced = priced(&*store, NOON_MS).await.unwrap();
    assert!(replaced.by_hand.is_none(), "{replaced:?}");
    let mut with_nul = prices[0].clone();
    let mut by_hand = PriceOverride::clone(with_nul.by_hand.as_deref().unwrap());
    by_hand.reason = "a\0b".to_owned();
    with_nul.by_hand = Some(std::sync::Arc::new(by_hand));
    let error = store.save_prices(&[with_nul]).await.unwrap_err();
    assert!(matches!(error, StoreError::Unstorable { .. }), "{error:?}");
}
