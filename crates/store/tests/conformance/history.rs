//! Cases 30 to 49: index prices and candles.

use parallax::candle::Interval;
use parallax::index::Status;
use parallax_store::{Reference, StoreError};

use crate::harness::Database;
use crate::samples::{NOON_MS, all_candles, at, candle, fill, id, index};

const MINUTE_MS: i64 = 60_000;

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
    assert_eq!(store.latest_prices().await.unwrap(), [one]);
    assert_eq!(store.prune_prices(at(NOON_MS * 2)).await.unwrap(), 0);
}

pub(crate) async fn c33_pruning_keeps_the_newest_of_each_token(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let bitcoin = [1, 2, 3, 4].map(|ms| index("bitcoin", "1", ms));
    let tether = [1, 2].map(|ms| index("tether", "1", ms));
    store.save_prices(&bitcoin).await.unwrap();
    store.save_prices(&tether).await.unwrap();
    // `before` is exclusive: bitcoin's 3 and 4 stay, and tether's 2, old as it is.
    assert_eq!(store.prune_prices(at(3)).await.unwrap(), 3);
    assert_eq!(store.prune_prices(at(3)).await.unwrap(), 0);
    let latest = [bitcoin[3].clone(), tether[1].clone()];
    assert_eq!(store.latest_prices().await.unwrap(), latest);
    assert_eq!(store.prune_prices(at(NOON_MS)).await.unwrap(), 1);
    assert_eq!(store.latest_prices().await.unwrap(), latest);
}

pub(crate) async fn c34_pruning_goes_on_over_many_slices(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let mut prices: Vec<_> = (0..2_500).map(|ms| index("bitcoin", "1", ms)).collect();
    for price in &mut prices {
        price.constituents.clear();
    }
    store.save_prices(&prices).await.unwrap();
    assert_eq!(store.prune_prices(at(2_600)).await.unwrap(), 2_499);
    assert_eq!(store.latest_prices().await.unwrap(), prices[2_499..]);
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

pub(crate) async fn c36_prices_and_candles_need_their_token(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let prices = store.save_prices(&[index("unknown", "1", 1)]).await;
    let candles = store.save_candles(&[candle("unknown", 0, "1")]).await;
    for done in [prices, candles] {
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
    }
}

pub(crate) async fn c40_candles_come_back_half_open_and_oldest_first(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let minutes: Vec<_> = (0..5)
        .map(|minute| candle("bitcoin", NOON_MS + minute * MINUTE_MS, "11"))
        .collect();
    let shuffled: Vec<_> = [3, 0, 4, 1, 2].map(|n: usize| minutes[n].clone()).into();
    store.save_candles(&shuffled).await.unwrap();
    let mut hour = candle("bitcoin", NOON_MS, "12");
    hour.interval = Interval::Hour;
    let mut day = hour.clone();
    day.interval = Interval::Day;
    let other = candle("tether", NOON_MS, "1");
    store
        .save_candles(&[hour.clone(), day, other])
        .await
        .unwrap();
    let read = async |interval, from, until| {
        let (from, until) = (at(from), at(until));
        store
            .candles(&id("bitcoin"), interval, from, until, 100)
            .await
            .unwrap()
    };
    let (second, fourth) = (NOON_MS + MINUTE_MS, NOON_MS + 3 * MINUTE_MS);
    assert_eq!(read(Interval::Minute, second, fourth).await, minutes[1..3]);
    assert_eq!(
        read(Interval::Minute, second + 1, fourth + 1).await,
        minutes[2..4]
    );
    assert!(read(Interval::Minute, fourth, fourth).await.is_empty());
    assert!(read(Interval::Minute, fourth, second).await.is_empty());
    assert_eq!(read(Interval::Hour, 0, fourth).await, [hour]);
    assert!(all_candles(&*store, "unknown").await.is_empty());
}

pub(crate) async fn c41_candles_are_limited_to_the_first(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let minutes: Vec<_> = (0..5)
        .map(|minute| candle("bitcoin", minute * MINUTE_MS, "11"))
        .collect();
    store.save_candles(&minutes).await.unwrap();
    for (limit, expected) in [(0, 0), (2, 2), (5, 5), (u32::MAX, 5)] {
        let read = store
            .candles(&id("bitcoin"), Interval::Minute, at(0), at(NOON_MS), limit)
            .await
            .unwrap();
        assert_eq!(read, minutes[..expected], "{limit}");
    }
}

pub(crate) async fn c42_saving_candles_twice_is_saving_them_once(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let candles: Vec<_> = (0..1_200)
        .map(|minute| candle("bitcoin", minute * MINUTE_MS, "11"))
        .collect();
    store.save_candles(&candles).await.unwrap();
    store.save_candles(&candles[300..]).await.unwrap();
    assert_eq!(all_candles(&*store, "bitcoin").await, candles);
}

pub(crate) async fn c43_the_last_candle_of_a_key_wins(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let batch = ["1", "3", "2"].map(|close| candle("bitcoin", NOON_MS, close));
    store.save_candles(&batch).await.unwrap();
    assert_eq!(all_candles(&*store, "bitcoin").await, [batch[2].clone()]);
    store.save_candles(&batch[..1]).await.unwrap();
    assert_eq!(all_candles(&*store, "bitcoin").await, [batch[0].clone()]);
}

pub(crate) async fn c44_times_reach_from_1970_to_9999(database: Database) {
    const LAST_MS: i64 = 253_402_300_799_999;
    let store = database.open().await;
    fill(&*store).await;
    // 2255 and later: where milliseconds as a float would begin to slip.
    let times = [0, 1, 999, NOON_MS + 1, 9_007_199_254_741, LAST_MS - 1];
    let candles = times.map(|ms| candle("bitcoin", ms, "1"));
    store.save_candles(&candles).await.unwrap();
    assert_eq!(all_candles(&*store, "bitcoin").await, candles);
    for ms in times {
        let price = index("bitcoin", "1", ms);
        store
            .save_prices(std::slice::from_ref(&price))
            .await
            .unwrap();
        assert_eq!(store.latest_prices().await.unwrap(), [price]);
    }
}
