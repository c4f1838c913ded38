//! What is written can be read, and nothing that a store may not hold.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;

use parallax::amount::{Price, Quantity};
use parallax::candle::{Bar, Candle, CandleKind, Interval, Series, Source, Step};
use parallax::time::Timestamp;
use parallax::token::TokenId;

use super::{COLUMNS, CsvError, Reader, header, write_candle, write_point};
use crate::chart::Point;

const LINE: &str =
    "bitcoin,index,1h,2024-08-28T00:00:00.000Z,10,12,9,11,5000.5,7,3,60,traded,0,0.25";
/// The same as the first version wrote it.
const FIRST_LINE: &str =
    "bitcoin,index,1h,2024-08-28T00:00:00.000Z,10,12,9,11,5000.5,7,3,60,traded,0";

fn reader() -> Reader {
    Reader::new(&header()).unwrap()
}

fn written(candle: &Candle) -> String {
    let mut line = String::new();
    let Series {
        token,
        source,
        interval,
    } = &candle.series;
    write_candle(
        &mut line,
        token,
        source,
        (*interval).into(),
        candle.bar.open_time,
        Some(&candle.bar),
    );
    line
}

#[test]
fn a_line_is_written_as_it_was_read() {
    let candle = reader().read(LINE).unwrap().unwrap();
    assert_eq!(candle.bar.trades, Some(7));
    assert_eq!(written(&candle), format!("{LINE}\r\n"));
}

#[test]
fn a_file_without_bands_is_still_read() {
    let columns = COLUMNS.split_last().unwrap().1;
    let reader = Reader::new(&columns.join(",")).unwrap();
    let candle = reader.read(FIRST_LINE).unwrap().unwrap();
    assert_eq!(candle.bar.confidence, None);
    assert_eq!(written(&candle), format!("{FIRST_LINE},\r\n"));
    // But its lines have no more fields than its first.
    let error = reader.read(LINE).unwrap_err();
    assert_eq!(error.to_string(), "has 15 fields instead of 14");
}

#[test]
fn columns_may_come_in_any_order_in_quotes_and_after_a_byte_order_mark() {
    let mut columns: Vec<_> = COLUMNS.iter().zip(LINE.split(',')).collect();
    columns.reverse();
    let quoted = |texts: Vec<&str>| format!("\"{}\"\n", texts.join("\",\""));
    let head = quoted(columns.iter().map(|(name, _)| **name).collect());
    let line = quoted(columns.iter().map(|(_, text)| *text).collect());
    let reader = Reader::new(&format!("\u{feff}{head}")).unwrap();
    assert_eq!(
        written(&reader.read(&line).unwrap().unwrap()),
        format!("{LINE}\r\n")
    );
}

#[test]
fn a_gap_without_prices_is_no_candle() {
    let mut line = String::new();
    let (token, at) = (TokenId::new("bitcoin").unwrap(), Timestamp::default());
    write_candle(&mut line, &token, &Source::Index, Step::Hours(1), at, None);
    assert_eq!(reader().read(&line), Ok(None));
}

#[test]
fn what_no_store_may_hold_is_refused_with_its_column() {
    for (from, to, words) in [
        ("1h", "4h", "interval is \"4h\""),
        ("index,1h", "kraken,1m", "1h and 1d only"),
        ("00:00:00", "00:30:00", "first moment"),
        (",10,", ",0,", "open is \"0\""),
        (",10,", ",-1,", "open is \"-1\""),
        (",10,", ",=1+1,", "open is"),
        (",10,", ",8,", "within low and high"),
        (",11,", ",13,", "within low and high"),
        (",12,", ",,", "high is \"\""),
        ("5000.5", "-1", "volume_usd"),
        (",60,", ",61,", "minutes"),
        (",7,", ",x,", "trades"),
        ("traded", "sold", "kind is \"sold\""),
        ("bitcoin", "BTC", "token is \"BTC\""),
        ("0.25", "-0.25", "confidence is \"-0.25\""),
        (",0.25", "", "14 fields"),
        (",0.25", ",0.25,1", "16 fields"),
    ] {
        let line = LINE.replacen(from, to, 1);
        let error = reader().read(&line).unwrap_err().to_string();
        assert!(error.contains(words), "{line}: {error}");
    }
    assert_eq!(Reader::new("token,source").unwrap_err(), CsvError::Header);
    assert_eq!(
        Reader::new(&header().replace("kind", "token")).unwrap_err(),
        CsvError::Header
    );
}

#[test]
fn a_charts_times_have_no_zone_and_its_empty_windows_no_values() {
    let mut line = String::new();
    let point = Point {
        time: Timestamp::from_unix_s(1_724_803_200).unwrap(),
        values: None,
    };
    write_point(&mut line, &point);
    assert_eq!(line, "2024-08-28T00:00:00,,,,,\r\n");
}

proptest! {
    #[test]
    fn no_line_makes_the_reader_panic(line in "\\PC*") {
        let _ = reader().read(&line);
        let _ = Reader::new(&line);
    }

    #[test]
    fn every_candle_survives_its_line(
        hour in 0_i64..500_000,
        mut ohlc in prop::array::uniform4(1_i128..(1 << 90)),
        scale in 0_u32..=28,
        volume in 0_i128..(1 << 90),
        trades in proptest::option::of(any::<u64>()),
        (sources, minutes, revision) in (any::<u32>(), 0_u32..=60, any::<u32>()),
        kind in 0_usize..4,
        band in proptest::option::of(0_i128..(1 << 90)),
    ) {
        ohlc.sort_unstable();
        let [low, open, close, high] = ohlc.map(|mantissa| {
            Price::new(parallax::Decimal::from_i128_with_scale(mantissa, scale).normalize())
        });
        let candle = Candle {
            series: Series::index("bitcoin".parse().unwrap(), Interval::Hour),
            bar: Bar {
                open_time: Timestamp::from_unix_s(hour * 3_600).unwrap(),
                open, high, low, close,
                confidence: band.map(|band| Price::new(parallax::Decimal::from_i128_with_scale(band, scale).normalize())),
                volume_usd: Quantity::new(parallax::Decimal::from_i128_with_scale(volume, scale).normalize()).unwrap(),
                trades, sources, minutes,
                kind: *CandleKind::ALL.get(kind).unwrap(),
                revision,
            },
        };
        prop_assert_eq!(reader().read(&written(&candle)), Ok(Some(candle)));
    }
}
