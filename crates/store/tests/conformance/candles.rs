//! Cases 40 to 49: candles.

use parallax::candle::{Bar, Candle, CandleKind, Interval, Series, Source};
use parallax_store::{Reference, StoreError};
use proptest::prelude::{Just, Strategy, any};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::harness::Database;
use crate::samples::{
    LAST_MS, NOON_MS, all_bars, all_candles, at, bars, candle, candle_of, fill, id, series,
};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;

pub(crate) async fn c40_candles_come_back_half_open_and_oldest_first(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let minutes: Vec<_> = (0..5)
        .map(|minute| candle("bitcoin", NOON_MS + minute * MINUTE_MS, "11"))
        .collect();
    let shuffled: Vec<_> = [3, 0, 4, 1, 2].map(|n: usize| minutes[n].clone()).into();
    store.save_candles(&shuffled).await.unwrap();
    let [minute, hour, day] =
        [Interval::Minute, Interval::Hour, Interval::Day].map(|of| series("bitcoin", "index", of));
    let others = [
        candle_of(&hour, NOON_MS, "12"),
        candle_of(&day, NOON_MS, "13"),
        candle("tether", NOON_MS, "1"),
        candle_of(&series("bitcoin", "alpha", Interval::Hour), NOON_MS, "14"),
    ];
    store.save_candles(&others).await.unwrap();
    let read = async |series: &Series, from, until| {
        let (from, until) = (at(from), at(until));
        store.candles(series, from, until, 100).await.unwrap()
    };
    let minutes = bars(&minutes);
    let (second, fourth) = (NOON_MS + MINUTE_MS, NOON_MS + 3 * MINUTE_MS);
    assert_eq!(read(&minute, second, fourth).await, minutes[1..3]);
    assert_eq!(read(&minute, second + 1, fourth + 1).await, minutes[2..4]);
    assert!(read(&minute, fourth, fourth).await.is_empty());
    assert!(read(&minute, fourth, second).await.is_empty());
    assert_eq!(read(&hour, 0, fourth).await, bars(&others[..1]));
    assert_eq!(read(&day, 0, fourth).await, bars(&others[1..2]));
    assert!(all_candles(&*store, "unknown").await.is_empty());
}

pub(crate) async fn c41_candles_are_limited_to_the_first(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let minutes: Vec<_> = (0..5)
        .map(|minute| candle("bitcoin", minute * MINUTE_MS, "11"))
        .collect();
    store.save_candles(&minutes).await.unwrap();
    let series = Series::index(id("bitcoin"), Interval::Minute);
    for (limit, expected) in [(0, 0), (2, 2), (5, 5), (u32::MAX, 5)] {
        let read = store
            .candles(&series, at(0), at(NOON_MS), limit)
            .await
            .unwrap();
        assert_eq!(read, bars(&minutes[..expected]), "{limit}");
    }
}

pub(crate) async fn c42_saving_candles_twice_is_saving_them_once(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let candles: Vec<_> = (0..6_200)
        .map(|minute| candle("bitcoin", minute * MINUTE_MS, "11"))
        .collect();
    // New rows, rows of which some are there, and rows beside those that are there.
    store.save_candles(&candles[1_000..4_000]).await.unwrap();
    store.save_candles(&candles[300..5_800]).await.unwrap();
    store.save_candles(&candles[5_800..]).await.unwrap();
    store.save_candles(&candles[..300]).await.unwrap();
    store.save_candles(&candles).await.unwrap();
    assert_eq!(all_candles(&*store, "bitcoin").await, candles);
}

pub(crate) async fn c43_of_equal_candles_the_last_saved_stays(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let batch = ["1", "3", "2"].map(|close| candle("bitcoin", NOON_MS, close));
    store.save_candles(&batch).await.unwrap();
    assert_eq!(all_candles(&*store, "bitcoin").await, [batch[2].clone()]);
    store.save_candles(&batch[..1]).await.unwrap();
    assert_eq!(all_candles(&*store, "bitcoin").await, [batch[0].clone()]);
}

pub(crate) async fn c44_times_reach_from_1970_to_9999(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    // 2255 and later: where milliseconds as a float would begin to slip.
    let times = [0, 1, 999, NOON_MS + 1, 9_007_199_254_741, LAST_MS - 1];
    for interval in Interval::ALL {
        let series = series("bitcoin", "index", interval);
        let candles = times.map(|ms| candle_of(&series, ms, "1"));
        store.save_candles(&candles).await.unwrap();
        assert_eq!(all_bars(&*store, &series).await, bars(&candles));
    }
}

/// A bar that differs from its siblings in what decides, and says in its close which one it is.
fn version(minutes: u32, revision: u32, name: u32) -> Candle {
    let mut version = candle_of(
        &series("bitcoin", "alpha", Interval::Hour),
        NOON_MS,
        &name.to_string(),
    );
    version.bar.minutes = minutes;
    version.bar.revision = revision;
    version
}

pub(crate) async fn c45_a_bar_that_saw_more_is_never_replaced_by_one_that_saw_less(
    database: Database,
) {
    let store = database.open().await;
    fill(&*store).await;
    let series = series("bitcoin", "alpha", Interval::Hour);
    // Each against what is there: more minutes, then the higher revision, then the later.
    for (minutes, revision, name, stays) in [
        (30, 5, 1, 1),
        (29, 9, 2, 1),
        (30, 4, 3, 1),
        (30, 5, 4, 4),
        (30, 6, 5, 5),
        (60, 0, 6, 6),
        (59, u32::MAX, 7, 6),
        (u32::MAX, 0, 8, 8),
    ] {
        store
            .save_candles(&[version(minutes, revision, name)])
            .await
            .unwrap();
        let close = all_bars(&*store, &series).await[0].close.to_string();
        assert_eq!(close, stays.to_string(), "after {name}");
    }
}

/// Versions of a few bars, none with the same key, minutes and revision as another.
fn versions() -> impl Strategy<Value = Vec<Candle>> {
    let version = (0..4_i64, 0..3_u32, 0..3_u32, any::<bool>());
    proptest::collection::hash_set(version, 1..40)
        .prop_map(|versions| {
            let candle = |(hour, minutes, revision, venue): (i64, u32, u32, bool)| {
                let source = if venue { "alpha" } else { "index" };
                let mut candle = candle_of(
                    &series("bitcoin", source, Interval::Hour),
                    NOON_MS + hour * HOUR_MS,
                    &format!("{minutes}.{revision}"),
                );
                candle.bar.minutes = minutes;
                candle.bar.revision = revision;
                candle
            };
            versions.into_iter().map(candle).collect::<Vec<_>>()
        })
        .prop_flat_map(|versions| Just(versions).prop_shuffle())
}

/// The contract in a few lines: what each bar must be in the end.
fn winners(versions: &[Candle], series: &Series) -> Vec<Bar> {
    let mut bars: Vec<Bar> = (0..4)
        .filter_map(|hour| {
            versions
                .iter()
                .filter(|candle| candle.series == *series)
                .map(|candle| &candle.bar)
                .filter(|bar| bar.open_time == at(NOON_MS + hour * HOUR_MS))
                .max_by_key(|bar| (bar.minutes, bar.revision))
                .cloned()
        })
        .collect();
    bars.sort_by_key(|bar| bar.open_time);
    bars
}

pub(crate) async fn c46_saves_commute(database: Database) {
    let store = database.open().await;
    let mut runner = TestRunner::deterministic();
    for round in 0..12 {
        // A fresh token a round: nothing of the earlier rounds is in the way.
        let token = crate::samples::token(&format!("token-{round}"), 1);
        store.save_tokens(&[token]).await.unwrap();
        let mut versions = versions().new_tree(&mut runner).unwrap().current();
        for version in &mut versions {
            version.series.token = id(&format!("token-{round}"));
        }
        // In pieces of any size, and some of it again.
        for piece in versions.chunks(1 + round % 5) {
            store.save_candles(piece).await.unwrap();
        }
        store
            .save_candles(&versions[versions.len() / 2..])
            .await
            .unwrap();
        for source in ["alpha", "index"] {
            let mut series = series("bitcoin", source, Interval::Hour);
            series.token = id(&format!("token-{round}"));
            let expected = winners(&versions, &series);
            assert_eq!(all_bars(&*store, &series).await, expected, "{round}");
        }
    }
}

pub(crate) async fn c47_a_candle_needs_its_token_and_no_venue(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    // A venue that was never saved: history can come from one that is not watched.
    let elsewhere = series("bitcoin", "elsewhere", Interval::Day);
    store
        .save_candles(&[candle_of(&elsewhere, 0, "1")])
        .await
        .unwrap();
    // Few rows and many: they take different ways.
    for rows in [1, 3_000] {
        let mut batch: Vec<_> = (0..rows)
            .map(|minute| candle("bitcoin", minute * MINUTE_MS, "1"))
            .collect();
        batch.push(candle("unknown", 0, "1"));
        let done = store.save_candles(&batch).await;
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
        assert!(all_candles(&*store, "bitcoin").await.is_empty());
    }
}

pub(crate) async fn c48_every_figure_of_a_bar_comes_back(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let series = series("bitcoin", "index", Interval::Hour);
    let mut expected: Vec<Bar> = CandleKind::ALL
        .into_iter()
        .zip(0..)
        .map(|(kind, hour)| {
            let mut candle = candle_of(&series, NOON_MS + hour * HOUR_MS, "-0.5");
            candle.bar.kind = kind;
            candle.bar.trades = (hour > 0).then_some(hour.unsigned_abs());
            candle.bar
        })
        .collect();
    expected[1].trades = Some(i64::MAX.unsigned_abs());
    expected[1].sources = u32::MAX;
    expected[1].minutes = u32::MAX;
    expected[1].revision = u32::MAX;
    expected[2].volume_usd = parallax::amount::Quantity::ZERO;
    let candles: Vec<_> = expected
        .iter()
        .map(|bar| Candle {
            series: series.clone(),
            bar: bar.clone(),
        })
        .collect();
    store.save_candles(&candles).await.unwrap();
    assert_eq!(all_bars(&*store, &series).await, expected);
    // One more than a signed 64-bit number holds: refused, and nothing else with it.
    let mut beyond = candles[0].clone();
    beyond.bar.trades = Some(1 << 63);
    let error = store.save_candles(&[beyond]).await.unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { .. }), "{error:?}");
    assert!(!error.is_retryable());
}

pub(crate) async fn c49_spans_and_sources_of_candles_are_known(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let hours = |source| series("bitcoin", source, Interval::Hour);
    let span = async |series: &Series| store.candle_span(series).await.unwrap();
    let sources = async |token: &str, interval| {
        let sources = store.candle_sources(&id(token), interval).await.unwrap();
        sources.iter().map(Source::to_string).collect::<Vec<_>>()
    };
    assert_eq!(span(&hours("index")).await, None);
    assert!(sources("bitcoin", Interval::Hour).await.is_empty());
    // "alpha" sorts before "index" and "zeta" after it; years apart, in several partitions.
    let mut batch = Vec::new();
    for (source, from) in [("zeta", 7), ("alpha", 3), ("index", 0)] {
        for year in from..20 {
            batch.push(candle_of(&hours(source), year * 365 * 24 * HOUR_MS, "1"));
        }
    }
    batch.push(candle_of(&series("bitcoin", "beta", Interval::Day), 0, "1"));
    batch.push(candle_of(
        &series("tether", "omega", Interval::Hour),
        5,
        "1",
    ));
    store.save_candles(&batch).await.unwrap();
    let year_ms = 365 * 24 * HOUR_MS;
    for (source, from) in [("zeta", 7), ("alpha", 3), ("index", 0)] {
        let expected = (at(from * year_ms), at(19 * year_ms));
        assert_eq!(span(&hours(source)).await, Some(expected), "{source}");
    }
    assert_eq!(span(&hours("beta")).await, None);
    assert_eq!(
        sources("bitcoin", Interval::Hour).await,
        ["index", "alpha", "zeta"]
    );
    assert_eq!(sources("bitcoin", Interval::Day).await, ["beta"]);
    assert!(sources("bitcoin", Interval::Minute).await.is_empty());
    assert_eq!(sources("tether", Interval::Hour).await, ["omega"]);
    assert_eq!(
        span(&series("tether", "omega", Interval::Hour)).await,
        Some((at(5), at(5)))
    );
}
