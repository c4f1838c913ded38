//! Time is paused in these tests: a sleep ends as soon as everyone else waits.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod double;

use std::path::Path;

use parallax::time::{Moment, Timestamp};
use tokio::time::{Instant, sleep};

use self::double::{Double, Mode};
use super::*;
use crate::spool::tests::{candles, every_kind, quote};

const PLENTY: u64 = 1_024 * 1_024;
/// Longer than any pause between two attempts.
const A_WHILE: Duration = Duration::from_secs(30);

/// A clock that runs with tokio's.
struct TokioClock(Instant);

impl Clock for TokioClock {
    fn now(&self) -> Moment {
        let start = Timestamp::from_unix_s(1_795_262_400).unwrap();
        Moment {
            monotonic: parallax::time::Monotonic::default(),
            utc: start.plus(self.0.elapsed()),
        }
    }
}

/// Where nobody looks how long writes took.
fn unwatched() -> Arc<Durations> {
    Arc::new(Durations::new(&[]))
}

fn start(store: &Arc<Double>, folder: Option<&Path>, max_bytes: u64) -> Writer {
    let store: Arc<dyn Store> = Arc::<Double>::clone(store);
    let spool = SpoolConfig {
        folder: folder.map(Path::to_owned),
        max_bytes,
    };
    let clock = Arc::new(TokioClock(Instant::now()));
    Writer::start(store, clock, spool, Retention::default(), unwatched())
}

/// What SIGKILL leaves: nothing is finished, and the folder's lock is free.
async fn kill(writer: Writer) {
    writer.task.abort();
    drop(writer.task.await);
}

/// Hands over one candle a second, from minute `from` to before `until`, as the pipeline does.
async fn feed(writer: &Writer, minutes: std::ops::Range<i64>) {
    for minute in minutes {
        assert!(writer.has_room());
        writer.write(candles(minute..minute + 1));
        sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn rows_wait_in_the_spool_while_the_store_is_away_and_are_then_stored_once_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let store = Double::new(Mode::Well);
    let writer = start(&store, Some(folder.path()), PLENTY);
    feed(&writer, 0..2).await;
    assert_eq!(store.minutes(), [0, 1]);
    let report = writer.report(5, 7);
    assert!(report.healthy);
    assert_eq!(
        (
            report.pending_rows,
            report.dropped_rows,
            report.spooled_rows
        ),
        (5, 7, 0)
    );
    assert_eq!((report.spool_bytes, report.spool_limit_bytes), (0, PLENTY));

    store.be(Mode::Away);
    feed(&writer, 2..100).await;
    let report = writer.report(5, 7);
    assert!(!report.healthy);
    assert_eq!(
        (
            report.pending_rows,
            report.dropped_rows,
            report.spooled_rows
        ),
        (5 + 98, 7, 98)
    );
    assert!(report.spool_bytes > 0 && report.spool_bytes <= PLENTY);
    assert!(
        report
            .last_error
            .unwrap()
            .contains("did not do as the test says")
    );

    store.be(Mode::Well);
    sleep(A_WHILE).await;
    feed(&writer, 100..102).await;
    let report = writer.report(0, 0);
    assert!(report.healthy);
    assert_eq!((report.pending_rows, report.spool_bytes), (0, 0));
    assert_eq!(store.minutes(), (0..102).collect::<Vec<_>>());
    writer.finish(candles(102..103), A_WHILE).await;
    assert_eq!(store.minutes().len(), 103);
}

#[tokio::test(start_paused = true)]
async fn the_time_of_each_batch_that_was_stored_is_counted() {
    let store = Double::new(Mode::Well);
    let writes = Arc::new(Durations::new(&[]));
    let spool = SpoolConfig {
        folder: None,
        max_bytes: 0,
    };
    let shared: Arc<dyn Store> = Arc::<Double>::clone(&store);
    let clock = Arc::new(TokioClock(Instant::now()));
    let retention = Retention::default();
    let writer = Writer::start(shared, clock, spool, retention, Arc::clone(&writes));
    feed(&writer, 0..3).await;
    store.be(Mode::Away);
    feed(&writer, 3..4).await;
    assert_eq!(writes.counted().counts, [(None, 3)]);
}

#[tokio::test(start_paused = true)]
async fn a_process_killed_while_the_store_is_away_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Double::new(Mode::Away);
    let writer = start(&store, Some(folder.path()), PLENTY);
    feed(&writer, 0..10).await;
    kill(writer).await;
    // The next one may find the store away as well, and adds to it.
    let writer = start(&store, Some(folder.path()), PLENTY);
    feed(&writer, 10..20).await;
    assert_eq!(writer.report(0, 0).spooled_rows, 20);
    kill(writer).await;
    assert!(store.minutes().is_empty());
    store.be(Mode::Well);
    let writer = start(&store, Some(folder.path()), PLENTY);
    sleep(A_WHILE).await;
    assert_eq!(store.minutes(), (0..20).collect::<Vec<_>>());
    let report = writer.report(0, 0);
    assert_eq!((report.pending_rows, report.dropped_rows), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_process_killed_while_the_store_is_silent_loses_what_came_within_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let store = Double::new(Mode::Silent);
    let writer = start(&store, Some(folder.path()), PLENTY);
    feed(&writer, 0..10).await;
    sleep(Writer::JOURNAL_AFTER).await;
    assert_eq!(writer.report(0, 0).spooled_rows, 10);
    kill(writer).await;
    store.be(Mode::Well);
    let writer = start(&store, Some(folder.path()), PLENTY);
    sleep(A_WHILE).await;
    assert_eq!(store.minutes(), (0..10).collect::<Vec<_>>());
    // And one that is only slow is stored once, and leaves the spool.
    store.be(Mode::Silent);
    feed(&writer, 10..15).await;
    store.be(Mode::Well);
    sleep(A_WHILE).await;
    assert_eq!(store.minutes(), (0..15).collect::<Vec<_>>());
    assert_eq!(writer.report(0, 0).spooled_rows, 0);
}

#[tokio::test(start_paused = true)]
async fn a_full_spool_gives_up_its_oldest_rows_and_counts_them() {
    let folder = tempfile::tempdir().unwrap();
    let store = Double::new(Mode::Away);
    let writer = start(&store, Some(folder.path()), 16 * 1_024);
    feed(&writer, 0..200).await;
    let report = writer.report(0, 0);
    assert!(report.spool_bytes <= 16 * 1_024);
    assert!(report.dropped_rows > 0);
    assert_eq!(report.pending_rows + report.dropped_rows, 200);
    store.be(Mode::Well);
    sleep(A_WHILE).await;
    let first = i64::try_from(report.dropped_rows).unwrap();
    assert_eq!(store.minutes(), (first..200).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn without_a_disk_rows_wait_in_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    for spool in [None, Some(file.join("spool"))] {
        let store = Double::new(Mode::Away);
        let writer = start(&store, spool.as_deref(), PLENTY);
        let mut minute = 0;
        for _ in 0..20 {
            if writer.has_room() {
                writer.write(candles(minute..minute + 1));
                minute += 1;
            }
            sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(minute, 3, "one under way, two in the channel");
        let report = writer.report(0, 0);
        assert!(!report.healthy);
        assert_eq!((report.pending_rows, report.spooled_rows), (3, 0));
        store.be(Mode::Well);
        sleep(A_WHILE).await;
        assert_eq!(store.minutes(), [0, 1, 2]);
        assert_eq!(writer.report(0, 0).dropped_rows, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_comes_back_takes_what_waits_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool");
    std::fs::write(&path, "in the way").unwrap();
    let store = Double::new(Mode::Away);
    let writer = start(&store, Some(&path), PLENTY);
    writer.write(candles(0..1));
    sleep(A_WHILE).await;
    assert_eq!(writer.report(0, 0).spooled_rows, 0);
    std::fs::remove_file(&path).unwrap();
    sleep(A_WHILE).await;
    assert_eq!(writer.report(0, 0).spooled_rows, 1);
    feed(&writer, 1..5).await;
    kill(writer).await;
    store.be(Mode::Well);
    let _writer = start(&store, Some(&path), PLENTY);
    sleep(A_WHILE).await;
    assert_eq!(store.minutes(), [0, 1, 2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn only_the_rows_that_are_refused_are_lost() {
    let store = Double::refusing(Mode::Well, &[3, 70]);
    let writer = start(&store, None, 0);
    let mut rows = every_kind();
    rows.candles = candles(0..100).candles;
    writer.write(rows);
    sleep(A_WHILE).await;
    let mut expected: Vec<_> = (0..100).collect();
    expected.retain(|minute| ![3, 70].contains(minute));
    assert_eq!(store.minutes(), expected);
    assert_eq!(store.held.lock().unwrap().others, 3);
    let report = writer.report(0, 0);
    assert!(report.healthy);
    assert_eq!((report.pending_rows, report.dropped_rows), (0, 2));
    assert!(report.last_error.unwrap().contains("token"));
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_was_lost_is_handed_over_again_with_its_quotes() {
    let store = Double::new(Mode::Well);
    let writer = start(&store, None, 0);
    writer.write(Rows {
        quotes: vec![quote("BTC"), quote("XBT")],
        ..Rows::default()
    });
    sleep(A_WHILE).await;
    let held = store.held.lock().unwrap();
    assert_eq!(held.listings.len(), 2);
    assert_eq!(held.quotes, held.listings);
    assert_eq!(writer.report(0, 0).dropped_rows, 0);
}

#[tokio::test(start_paused = true)]
async fn a_stop_while_the_store_is_away_leaves_the_last_rows_on_disk() {
    for mode in [Mode::Away, Mode::Silent, Mode::Closed] {
        let folder = tempfile::tempdir().unwrap();
        let store = Double::new(mode);
        let writer = start(&store, Some(folder.path()), PLENTY);
        feed(&writer, 0..3).await;
        let asked_at = Instant::now();
        writer.finish(candles(3..4), Duration::from_secs(3)).await;
        assert!(asked_at.elapsed() <= Duration::from_secs(3), "{mode:?}");
        store.be(Mode::Well);
        let _writer = start(&store, Some(folder.path()), PLENTY);
        sleep(A_WHILE).await;
        assert_eq!(store.minutes(), [0, 1, 2, 3], "{mode:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_older_than_the_retention_is_forgotten_every_quarter_of_an_hour() {
    let store = Double::new(Mode::Well);
    let clock = Arc::new(TokioClock(Instant::now()));
    let retention = Retention {
        prices: Some(Duration::from_secs(60)),
        hours: Some(Duration::from_secs(3_600)),
        ..Retention::default()
    };
    let spool = SpoolConfig {
        folder: None,
        max_bytes: 0,
    };
    let shared: Arc<dyn Store> = Arc::<Double>::clone(&store);
    let _writer = Writer::start(
        shared,
        Arc::<TokioClock>::clone(&clock),
        spool,
        retention,
        unwatched(),
    );
    sleep(Duration::from_secs(15 * 60 + 1)).await;
    let keeps = std::mem::take(&mut store.held.lock().unwrap().keeps);
    assert_eq!(keeps.len(), 2);
    let [first, second] = [&keeps[0], &keeps[1]];
    let start = Timestamp::from_unix_s(1_795_262_400).unwrap();
    assert_eq!(
        first.prices_since,
        Some(start.minus(Duration::from_secs(60)))
    );
    assert_eq!(
        first.hours_since,
        Some(start.minus(Duration::from_secs(3_600)))
    );
    assert_eq!((first.minutes_since, first.days_since), (None, None));
    assert_eq!(
        second.prices_since,
        Some(start.plus(Duration::from_secs(14 * 60)))
    );
}
