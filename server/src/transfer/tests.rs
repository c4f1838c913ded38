//! Import and export against an SQLite file.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parallax::candle::{Bar, Interval, Series};
use parallax::time::Timestamp;
use parallax_store::Store;
use tempfile::TempDir;

use super::export::{Selection, write};
use super::import::{check, save};
use super::parents::build;
use crate::wiring;

const HEADER: &str = "token,source,interval,open_time,open,high,low,close,volume_usd,trades,sources,minutes,kind,revision,confidence\r\n";

/// As the first version wrote it: most files of these tests are such.
const FIRST_HEADER: &str = "token,source,interval,open_time,open,high,low,close,volume_usd,trades,sources,minutes,kind,revision\r\n";

struct Place {
    folder: TempDir,
    store: Arc<dyn Store>,
}

impl Place {
    async fn new() -> Self {
        let store = parallax_store::open(&"sqlite::memory:".parse().unwrap())
            .await
            .unwrap();
        store
            .save_tokens(wiring::catalogue().unwrap().tokens())
            .await
            .unwrap();
        Self {
            folder: tempfile::tempdir().unwrap(),
            store,
        }
    }

    fn file(&self, lines: &str) -> PathBuf {
        self.file_of(FIRST_HEADER, lines)
    }

    fn file_of(&self, header: &str, lines: &str) -> PathBuf {
        let path = self.folder.path().join("candles.csv");
        std::fs::write(&path, format!("{header}{lines}")).unwrap();
        path
    }

    /// Checks and stores a file; says how many candles were built from it.
    async fn import(&self, path: &Path) -> u64 {
        check(path, &wiring::catalogue().unwrap(), now()).unwrap();
        let (_, parents) = save(self.store.as_ref(), path).await.unwrap();
        build(self.store.as_ref(), parents, now()).await.unwrap()
    }

    async fn export(&self) -> String {
        let selection = Selection {
            token: "bitcoin".parse().unwrap(),
            interval: None,
            source: None,
            from: Timestamp::default(),
            until: now(),
        };
        let mut out = Vec::new();
        write(self.store.as_ref(), &selection, &mut out)
            .await
            .unwrap();
        String::from_utf8(out).unwrap()
    }

    async fn bars(&self, interval: Interval) -> Vec<Bar> {
        let series = Series::index("bitcoin".parse().unwrap(), interval);
        self.store
            .candles(&series, Timestamp::default(), now(), 10_000)
            .await
            .unwrap()
    }
}

fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn minutes(from: i64, count: i64) -> String {
    let line = |minute: i64| {
        let at = Timestamp::from_unix_s(minute * 60).unwrap();
        let price = 100 + minute - from;
        format!(
            "bitcoin,index,1m,{at},{price},{},{price},{price}.5,1.5,2,3,1,traded,0\r\n",
            price + 1
        )
    };
    (from..from + count).map(line).collect()
}

/// 2024-08-28T00:00:00Z, in minutes.
const DAY: i64 = 1_724_803_200 / 60;

#[tokio::test]
async fn what_is_exported_and_imported_elsewhere_is_exported_the_same_again() {
    let one = Place::new().await;
    let lines = "\
        bitcoin,index,1m,2024-08-28T00:00:00.000Z,1,3,0.5,2,10.00000001,,1,0,gap,0,0.25\r\n\
        bitcoin,index,1h,2024-08-28T00:00:00.000Z,59192.66908546062932823897144,60000,1,2,0,5,4,60,repaired,3,\r\n\
        bitcoin,index,1d,2024-08-28T00:00:00.000Z,1,2,1,2,7,9,2,1440,traded,1,0\r\n\
        bitcoin,thegraph,1h,2024-08-28T00:00:00.000Z,0.0000000000000000000000000001,2,0.0000000000000000000000000001,2,0,,1,60,filled,0,\r\n";
    one.import(&one.file_of(HEADER, lines)).await;
    let exported = one.export().await;
    let mut expected: Vec<_> = lines.lines().collect();
    // By length, then by source.
    expected.swap(2, 3);
    assert_eq!(exported, format!("{HEADER}{}\r\n", expected.join("\r\n")));

    let other = Place::new().await;
    let path = other.folder.path().join("copy.csv");
    std::fs::write(&path, &exported).unwrap();
    assert_eq!(other.import(&path).await, 0, "nothing has to be built");
    assert_eq!(other.export().await, exported);
    assert_eq!(other.import(&path).await, 0);
    assert_eq!(
        other.export().await,
        exported,
        "importing twice changes nothing"
    );
}

#[tokio::test]
async fn minutes_that_complete_an_hour_and_a_day_build_them() {
    let place = Place::new().await;
    let built = place.import(&place.file(&minutes(DAY, 1_440))).await;
    assert_eq!(built, 25);
    let hours = place.bars(Interval::Hour).await;
    assert_eq!(hours.len(), 24);
    let (first, day) = (hours.first().unwrap(), place.bars(Interval::Day).await);
    assert_eq!(
        (first.open.to_string(), first.close.to_string()),
        ("100".into(), "159.5".into())
    );
    assert_eq!((first.minutes, first.trades), (60, Some(120)));
    assert_eq!(first.volume_usd.to_string(), "90");
    let day = day.first().unwrap();
    assert_eq!(
        (day.open.to_string(), day.close.to_string()),
        ("100".into(), "1539.5".into())
    );
    assert_eq!((day.high.to_string(), day.minutes), ("1540".into(), 1_440));
}

#[tokio::test]
async fn an_hour_that_is_held_as_completely_is_left_alone_and_a_lesser_one_is_replaced() {
    let place = Place::new().await;
    let hour = |hour: u32, minutes: u32| {
        format!(
            "bitcoin,index,1h,2024-08-28T{hour:02}:00:00.000Z,7,7,7,7,0,0,1,{minutes},repaired,2\r\n"
        )
    };
    place
        .import(&place.file(&(hour(0, 60) + &hour(1, 40))))
        .await;
    place.import(&place.file(&minutes(DAY, 120))).await;
    let opens: Vec<_> = place
        .bars(Interval::Hour)
        .await
        .iter()
        .map(|bar| bar.open.to_string())
        .collect();
    assert_eq!(opens, ["7", "160"]);
}

#[tokio::test]
async fn one_bad_line_and_nothing_is_stored() {
    let place = Place::new().await;
    let good = minutes(DAY, 1);
    let catalogue = wiring::catalogue().unwrap();
    for (bad, words) in [
        (
            "bitcoin,index,1m,2024-08-28T00:00:30Z,1,1,1,1,0,0,1,1,traded,0",
            "line 3: open_time",
        ),
        (
            "nobody,index,1m,2024-08-28T00:00:00Z,1,1,1,1,0,0,1,1,traded,0",
            "line 3: there is no token",
        ),
        (
            "bitcoin,index,1m,2026-02-01T00:00:00Z,1,1,1,1,0,0,1,1,traded,0",
            "line 3: 2026-02-01",
        ),
        (
            "bitcoin,index,1m,2024-08-28T00:00:00Z,0,1,0,1,0,0,1,1,traded,0",
            "line 3: open is \"0\"",
        ),
        ("bitcoin,index,1m", "line 3: has 3 fields"),
        (&"x".repeat(9_000), "line 3: a line is longer"),
    ] {
        let path = place.file(&format!("{good}{bad}\r\n{good}"));
        let error = format!("{:#}", check(&path, &catalogue, now()).unwrap_err());
        assert!(error.contains(words), "{error}");
    }
    let path = place.file("");
    assert!(
        check(&path, &catalogue, now())
            .unwrap_err()
            .to_string()
            .contains("no candle")
    );
    std::fs::write(&path, "a,b\n1,2\n").unwrap();
    let error = format!("{:#}", check(&path, &catalogue, now()).unwrap_err());
    assert!(error.contains("must name these columns"), "{error}");
    assert_eq!(place.export().await, HEADER);
}
