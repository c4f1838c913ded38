//! Bars as they are built: of prices, trades and time, repaired, and after a restart.

use parallax::candle::{Candle, CandleKind, Interval, Series};

use crate::desk::{Desk, at, at_ms, bitcoin, ohlc, price, repaired, usd};

#[test]
fn a_minute_opens_with_the_price_in_force_and_closes_with_the_last() {
    let mut desk = Desk::at(0);
    desk.price(0, "10")
        .price(20, "12")
        .price(40, "9")
        .price(61, "11");
    desk.until(125).flush();
    assert_eq!(ohlc(desk.bar(Interval::Minute, 0)), ["10", "12", "9", "9"]);
    assert_eq!(ohlc(desk.bar(Interval::Minute, 60)), ["9", "11", "9", "11"]);
    assert_eq!(ohlc(desk.bar(Interval::Minute, 120)), ["11"; 4]);
}

#[test]
fn a_bar_carries_the_band_of_its_last_price() {
    let mut desk = Desk::at(0);
    let mut banded = |second: i64, text: &str, band: Option<&str>| {
        desk.until(second);
        let band = band.map(price);
        desk.builder
            .price(&bitcoin(), at(second), price(text), band, 3);
    };
    banded(0, "10", Some("0.5"));
    banded(20, "12", Some("0.25"));
    banded(130, "12", None);
    desk.until(3_605).flush();
    let band = |interval, second| desk.bar(interval, second).confidence;
    assert_eq!(band(Interval::Minute, 0), Some(price("0.25")));
    // Without a new price, the band in force goes on with its price.
    assert_eq!(band(Interval::Minute, 60), Some(price("0.25")));
    assert_eq!(band(Interval::Minute, 120), None);
    assert_eq!(band(Interval::Hour, 0), None);
}

#[test]
fn a_price_at_the_end_of_an_interval_belongs_to_the_next() {
    let mut desk = Desk::at(0);
    desk.price(0, "10");
    desk.until(59);
    desk.builder
        .price(&bitcoin(), at_ms(59_999), price("11"), None, 3);
    desk.builder
        .price(&bitcoin(), at_ms(60_000), price("12"), None, 3);
    desk.second = 60;
    desk.flush();
    assert_eq!(
        ohlc(desk.bar(Interval::Minute, 0)),
        ["10", "11", "10", "11"]
    );
    assert_eq!(desk.bar(Interval::Minute, 60).close, price("12"));
}

#[test]
fn a_whole_minute_is_traded_or_filled_and_one_seen_in_part_is_a_gap() {
    let mut desk = Desk::at(0);
    desk.price(30, "10").until(61).trade(62, 62, "5.5");
    desk.until(181).flush();
    let kinds = [0, 60, 120].map(|minute| {
        let bar = desk.bar(Interval::Minute, minute);
        (bar.kind, bar.minutes, bar.trades)
    });
    assert_eq!(
        kinds,
        [
            (CandleKind::Gap, 0, Some(0)),
            (CandleKind::Traded, 1, Some(1)),
            (CandleKind::Filled, 1, Some(0))
        ]
    );
    assert_eq!(desk.bar(Interval::Minute, 60).volume_usd, usd("5.5"));
}

#[test]
fn a_lost_price_ends_the_bar_and_the_minutes_without_one_have_none() {
    let mut desk = Desk::at(0);
    desk.price(0, "10").until(70);
    desk.builder.lose(&bitcoin(), at(70));
    desk.until(200).price(200, "20").until(301).flush();
    assert_eq!(desk.bar(Interval::Minute, 60).kind, CandleKind::Gap);
    assert!(!desk.stored.contains_key(&(Interval::Minute, at(120))));
    assert_eq!(desk.bar(Interval::Minute, 180).kind, CandleKind::Gap);
    assert_eq!(desk.bar(Interval::Minute, 240).kind, CandleKind::Filled);
    let hour = desk.bar(Interval::Hour, 0);
    assert_eq!((hour.minutes, hour.kind), (2, CandleKind::Gap));
}

#[test]
fn time_that_nobody_looked_at_was_not_seen() {
    let mut desk = Desk::at(0);
    desk.price(0, "10").until(61);
    desk.builder.advance(at(400));
    desk.second = 400;
    desk.price(401, "11").until(500).flush();
    assert_eq!(desk.bar(Interval::Minute, 60).kind, CandleKind::Gap);
    assert!(!desk.stored.contains_key(&(Interval::Minute, at(180))));
    assert_eq!(desk.bar(Interval::Minute, 420).kind, CandleKind::Filled);
}

#[test]
fn a_late_trade_repairs_its_minute_its_hour_and_its_day_and_a_later_one_is_counted() {
    let mut desk = Desk::at(0);
    desk.price(0, "10").until(3_605).flush();
    let revisions = |desk: &Desk| {
        [
            desk.bar(Interval::Minute, 3_540).revision,
            desk.bar(Interval::Hour, 0).revision,
            desk.bar(Interval::Day, 0).revision,
        ]
    };
    assert_eq!(revisions(&desk), [0, 0, 0]);
    desk.trade(3_599, 3_606, "7").flush();
    assert_eq!(revisions(&desk), [1, 1, 0], "the day still runs");
    for (interval, second) in [
        (Interval::Minute, 3_540),
        (Interval::Hour, 0),
        (Interval::Day, 0),
    ] {
        let bar = desk.bar(interval, second);
        assert_eq!(
            (bar.volume_usd, bar.trades, bar.kind),
            (usd("7"), Some(1), CandleKind::Traded)
        );
    }
    desk.trade(3_200, 3_607, "100").flush();
    let late = desk.builder.late();
    assert_eq!((late.repaired, late.ignored), (1, 1));
    assert_eq!(desk.bar(Interval::Hour, 0).volume_usd, usd("7"));
}

#[test]
fn a_trade_from_a_clock_ahead_of_ours_counts_now() {
    let mut desk = Desk::at(0);
    desk.price(0, "10").trade(500, 61, "7").until(121).flush();
    assert_eq!(desk.bar(Interval::Minute, 60).volume_usd, usd("7"));
}

#[test]
fn a_step_back_of_the_wall_clock_does_not_reopen_a_closed_minute() {
    let mut desk = Desk::at(0);
    desk.price(0, "10").price(61, "11");
    desk.builder.price(&bitcoin(), at(5), price("30"), None, 3);
    desk.flush();
    assert_eq!(ohlc(desk.bar(Interval::Minute, 0)), ["10"; 4]);
    assert_eq!(
        ohlc(desk.bar(Interval::Minute, 60)),
        ["10", "30", "10", "30"]
    );
}

#[test]
fn a_repair_completes_the_minute_the_hour_and_the_day() {
    let mut desk = Desk::at(90);
    desk.price(90, "10").until(3_700).flush();
    assert_eq!(desk.bar(Interval::Hour, 0).kind, CandleKind::Gap);
    for minute in [0, 60] {
        assert!(
            desk.builder
                .repair(&repaired(Interval::Minute, minute, "9"))
        );
    }
    desk.flush();
    let hour = desk.bar(Interval::Hour, 0);
    assert_eq!(
        (hour.minutes, hour.kind, hour.revision),
        (60, CandleKind::Repaired, 1)
    );
    assert_eq!(ohlc(hour), ["9", "10", "9", "10"]);
    assert_eq!(hour.volume_usd, usd("100"));
    assert_eq!(desk.bar(Interval::Day, 0).open, price("9"));
}

#[test]
fn a_repair_never_replaces_what_was_seen_whole() {
    let mut desk = Desk::at(0);
    desk.price(0, "10").until(61).flush();
    assert!(desk.builder.repair(&repaired(Interval::Minute, 0, "9")));
    desk.flush();
    assert_eq!(ohlc(desk.bar(Interval::Minute, 0)), ["10"; 4]);
}

#[test]
fn a_repair_of_long_ago_is_left_to_the_caller() {
    let mut desk = Desk::at(10 * 3_600);
    assert!(!desk.builder.repair(&repaired(Interval::Minute, 0, "9")));
    assert!(desk.builder.repair(&repaired(Interval::Hour, 0, "9")));
    desk.flush();
    assert_eq!(desk.bar(Interval::Day, 0).minutes, 60);
}

#[test]
fn a_restart_goes_on_with_the_bars_at_hand_and_marks_what_it_missed() {
    let mut before = Desk::at(0);
    before.price(0, "10").until(130).flush();
    // Killed at second 130, back at 140.
    let mut after = Desk::at(140);
    for ((interval, _), bar) in &before.stored {
        let series = Series::index(bitcoin(), *interval);
        after.builder.resume(
            &Candle {
                series,
                bar: bar.clone(),
            },
            at(140),
        );
    }
    after.price(141, "12").until(241).flush();
    let minute = after.bar(Interval::Minute, 120);
    assert_eq!(
        (ohlc(minute), minute.kind),
        (["10", "12", "10", "12"].map(str::to_owned), CandleKind::Gap)
    );
    let hour = after.bar(Interval::Hour, 0);
    assert_eq!((hour.minutes, hour.open), (3, price("10")));
}
