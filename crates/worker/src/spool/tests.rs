#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;

use parallax::candle::{Bar, Candle, CandleKind, Interval, Series};
use parallax::event::Quote;
use parallax::fact::{QueryUsage, TokenFacts};
use parallax::index::{IndexPrice, Status};
use parallax::market::{Asset, Listing, Market};
use parallax::time::Timestamp;
use parallax_store::StoredQuote;

use super::*;

const PLENTY: u64 = 1_024 * 1_024;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_unix_s(minute * 60).unwrap()
}

pub(crate) fn candle(minute: i64) -> Candle {
    Candle {
        series: Series::index("bitcoin".parse().unwrap(), Interval::Minute),
        bar: Bar {
            open_time: at(minute),
            open: "1.5".parse().unwrap(),
            high: "2".parse().unwrap(),
            low: "1".parse().unwrap(),
            close: "1.75".parse().unwrap(),
            confidence: Some("0.25".parse().unwrap()),
            volume_usd: "12.34".parse().unwrap(),
            trades: Some(3),
            sources: 2,
            minutes: 1,
            kind: CandleKind::Traded,
            revision: 0,
        },
    }
}

pub(crate) fn candles(minutes: std::ops::Range<i64>) -> Rows {
    Rows {
        candles: minutes.map(candle).collect(),
        ..Rows::default()
    }
}

pub(crate) fn listing(code: &str) -> Arc<Listing> {
    Arc::new(Listing {
        venue: "alpha".parse().unwrap(),
        symbol: format!("{code}USD").into(),
        base_code: code.parse().unwrap(),
        quote_code: "USD".parse().unwrap(),
        market: Market {
            base: Asset::Token("bitcoin".parse().unwrap()),
            quote: Asset::Token("usd".parse().unwrap()),
        },
    })
}

pub(crate) fn quote(code: &str) -> StoredQuote {
    StoredQuote {
        listing: listing(code),
        quote: Quote {
            bid: "1".parse().unwrap(),
            ask: "2".parse().unwrap(),
            bid_size: None,
            ask_size: Some("0.5".parse().unwrap()),
        },
        received_at: at(1),
    }
}

/// One row of every kind.
pub(crate) fn every_kind() -> Rows {
    Rows {
        listings: vec![listing("BTC")],
        quotes: vec![quote("BTC")],
        prices: vec![IndexPrice {
            token: "bitcoin".parse().unwrap(),
            price: Some("79228162514264337593543950335".parse().unwrap()),
            confidence: None,
            status: Status::Thin,
            as_of: Some(at(1)),
            computed_at: at(2),
            method: 1,
            sources: 1,
            sources_known: 2,
            volume_24h_usd: None,
            constituents: Vec::new(),
            by_hand: None,
        }],
        candles: vec![candle(7)],
        facts: vec![TokenFacts {
            token: "bitcoin".parse().unwrap(),
            venue: "alpha".parse().unwrap(),
            total_supply: None,
            total_supply_reliable: false,
            volume_usd: Some("1".parse().unwrap()),
            block: 9,
            observed_at: at(3),
        }],
        usage: vec![QueryUsage {
            venue: "alpha".parse().unwrap(),
            month: at(0),
            used: 4,
        }],
    }
}

fn open(folder: &Path) -> Spool {
    Spool::open(folder, PLENTY).unwrap()
}

fn add(spool: &mut Spool, rows: &Rows) -> u64 {
    let mut given_up = 0;
    spool.append(rows, &mut given_up).unwrap();
    given_up
}

/// Takes everything out, record by record, and says what it was.
fn drain(spool: &mut Spool) -> Vec<String> {
    let mut drained = Vec::new();
    let mut given_up = 0;
    while let Some((place, rows)) = spool.first(&mut given_up) {
        drained.push(format!("{rows:?}"));
        spool.done(place);
    }
    assert_eq!(given_up, 0);
    assert_eq!((spool.rows(), spool.bytes()), (0, 0));
    drained
}

fn segments(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == EXTENSION));
    files.sort();
    files
}

#[test]
fn rows_come_out_as_they_went_in_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = open(folder.path());
    let batches = [every_kind(), candles(0..3), candles(3..4)];
    for batch in &batches {
        assert_eq!(add(&mut spool, batch), 0);
    }
    assert_eq!(spool.rows(), 6 + 3 + 1);
    assert_eq!(drain(&mut spool), batches.map(|rows| format!("{rows:?}")));
    assert!(
        segments(folder.path()).is_empty(),
        "what is done is deleted"
    );
}

#[test]
fn the_next_process_finds_what_was_not_done() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = open(folder.path());
    add(&mut spool, &candles(0..2));
    drop(spool);
    let mut spool = open(folder.path());
    assert_eq!(spool.rows(), 2);
    add(&mut spool, &candles(2..3));
    let expected = [candles(0..2), candles(2..3)].map(|rows| format!("{rows:?}"));
    assert_eq!(drain(&mut spool), expected);
}

#[test]
fn one_process_owns_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path());
    let error = Spool::open(folder.path(), PLENTY).unwrap_err();
    assert!(matches!(error, SpoolError::Taken { .. }), "{error:?}");
    drop(first);
    open(folder.path());
}

#[test]
fn a_record_cut_off_anywhere_is_cut_away_and_the_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = open(folder.path());
    add(&mut spool, &candles(0..1));
    let whole = spool.bytes();
    add(&mut spool, &candles(1..2));
    drop(spool);
    let [segment] = <[PathBuf; 1]>::try_from(segments(folder.path())).unwrap();
    let bytes = fs::read(&segment).unwrap();
    for length in usize::try_from(whole).unwrap()..bytes.len() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(segment.file_name().unwrap());
        fs::write(&path, &bytes[..length]).unwrap();
        let mut spool = open(folder.path());
        assert_eq!((spool.rows(), spool.bytes()), (1, whole), "{length}");
        add(&mut spool, &candles(5..6));
        let expected = [candles(0..1), candles(5..6)].map(|rows| format!("{rows:?}"));
        assert_eq!(drain(&mut spool), expected);
    }
}

#[test]
fn a_full_spool_gives_up_its_oldest_rows_and_keeps_to_its_limit() {
    let folder = tempfile::tempdir().unwrap();
    let limit = 64 * 1_024;
    let mut spool = Spool::open(folder.path(), limit).unwrap();
    let mut given_up = 0;
    for batch in 0..100 {
        given_up += add(&mut spool, &candles(batch * 10..batch * 10 + 10));
        let on_disk: u64 = segments(folder.path())
            .iter()
            .map(|path| fs::metadata(path).unwrap().len())
            .sum();
        assert!(on_disk <= limit, "{on_disk}");
        assert_eq!(on_disk, spool.bytes());
    }
    assert!(given_up > 0);
    assert_eq!(spool.rows() + given_up, 1_000);
    let kept = drain(&mut spool);
    let newest: Vec<_> = (100 - i64::try_from(kept.len()).unwrap()..100)
        .map(|batch| format!("{:?}", candles(batch * 10..batch * 10 + 10)))
        .collect();
    assert_eq!(kept, newest);
}

#[test]
fn a_record_larger_than_the_spool_is_refused_and_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path(), 2_048).unwrap();
    add(&mut spool, &candles(0..1));
    let mut given_up = 0;
    let error = spool.append(&candles(0..100), &mut given_up).unwrap_err();
    assert!(matches!(error, SpoolError::TooLarge { .. }), "{error:?}");
    assert_eq!((given_up, spool.rows()), (0, 1));
}

#[test]
fn many_rows_are_split_into_records_and_kept_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path(), 64 * PLENTY).unwrap();
    let mut rows = candles(0..4_500);
    rows.listings.push(listing("BTC"));
    let mut given_up = 0;
    let places = spool.append(&rows, &mut given_up).unwrap();
    assert_eq!(places.len(), 4);
    let (_, first) = spool.first(&mut given_up).unwrap();
    assert_eq!((first.listings.len(), first.candles.len()), (1, 0));
    for place in places {
        spool.done(place);
    }
    assert_eq!(spool.rows(), 0);
}

#[test]
fn an_append_that_fails_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path(), 200_000).unwrap();
    add(&mut spool, &candles(0..1));
    let before = (spool.rows(), spool.bytes());
    // The first record fits, and is there when the second turns out not to.
    let mut rows = candles(1..2_001);
    rows.candles.truncate(500);
    rows.facts = vec![every_kind().facts[0].clone(); 1_990];
    let error = spool.append(&rows, &mut 0).unwrap_err();
    assert!(matches!(error, SpoolError::TooLarge { .. }), "{error:?}");
    assert_eq!((spool.rows(), spool.bytes()), before);
    drop(spool);
    let mut spool = open(folder.path());
    assert_eq!(drain(&mut spool), [format!("{:?}", candles(0..1))]);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Spool::open(&file.join("spool"), PLENTY).unwrap_err();
    assert!(error.to_string().contains("file/spool"), "{error}");
}

#[test]
fn a_segment_that_rots_is_given_up_and_the_next_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path(), 64 * 1_024).unwrap();
    // More than a segment holds.
    for batch in 0..3 {
        add(&mut spool, &candles(batch * 20..batch * 20 + 20));
    }
    let files = segments(folder.path());
    assert!(files.len() > 1);
    let mut bytes = fs::read(&files[0]).unwrap();
    let length = bytes.len();
    bytes[length / 2] ^= 1;
    fs::write(&files[0], bytes).unwrap();
    let mut given_up = 0;
    let (_, rows) = spool.first(&mut given_up).unwrap();
    assert!(given_up > 0);
    assert!(rows.candles[0].bar.open_time > at(0));
}

const CHILD: &str = "PARALLAX_SPOOL_OF_THE_CHILD";

/// Not a test of its own: what `a_process_killed_while_it_spools_keeps_what_it_was_told_is_kept` runs.
#[test]
fn child_that_spools_until_it_is_killed() {
    let Ok(folder) = std::env::var(CHILD) else {
        return;
    };
    let mut spool = Spool::open(Path::new(&folder), 64 * PLENTY).unwrap();
    for batch in 0.. {
        add(&mut spool, &candles(batch * 5..batch * 5 + 5));
        println!("kept {batch}");
    }
}

#[test]
fn a_process_killed_while_it_spools_keeps_what_it_was_told_is_kept() {
    for told in [1, 20, 77] {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture"])
            .arg(
                concat!(module_path!(), "::child_that_spools_until_it_is_killed")
                    .split_once("::")
                    .unwrap()
                    .1,
            )
            .env(CHILD, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let kept: Vec<_> = lines
            .map(Result::unwrap)
            .filter(|line| line.contains("kept "))
            .take(told)
            .collect();
        // SIGKILL, in the middle of whatever it does now.
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(kept.len(), told);
        let mut spool = open(folder.path());
        let found = drain(&mut spool);
        assert!(found.len() >= told, "{} of {told}", found.len());
        for (batch, found) in (0..).zip(found) {
            let expected = format!("{:?}", candles(batch * 5..batch * 5 + 5));
            assert_eq!(found, expected, "{batch}");
        }
    }
}
