//! Candles: what the builder makes of prices, trades and time; that joining is exact; what history gives.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use parallax::Decimal;
use parallax::amount::{Price, Quantity};
use parallax::candle::{Bar, Candle, CandleKind, Interval, Series, VenueCandle};
use parallax::time::Timestamp;
use parallax::token::TokenId;
use parallax::venue::VenueId;
use parallax_pricing::Policy;
use parallax_pricing::candles::{CandleBuilder, HistoryMerger, convert, join, windows};
use proptest::prelude::*;

/// Midnight of a day in 2027.
const MIDNIGHT: i64 = 1_800_057_600;

fn at_ms(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(MIDNIGHT * 1_000 + ms).unwrap()
}

fn at(second: i64) -> Timestamp {
    at_ms(second * 1_000)
}

fn bitcoin() -> TokenId {
    "bitcoin".parse().unwrap()
}

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn usd(text: &str) -> Quantity {
    text.parse().unwrap()
}

/// A builder whose clock is looked at every second, as the pipeline does.
struct Desk {
    builder: CandleBuilder,
    second: i64,
    stored: std::collections::BTreeMap<(Interval, Timestamp), Bar>,
}

impl Desk {
    fn at(second: i64) -> Self {
        let mut builder = CandleBuilder::new(Duration::from_secs(300));
        builder.advance(at(second));
        Self {
            builder,
            second,
            stored: std::collections::BTreeMap::new(),
        }
    }

    fn until(&mut self, second: i64) -> &mut Self {
        while self.second < second {
            self.second += 1;
            self.builder.advance(at(self.second));
        }
        self
    }

    fn price(&mut self, second: i64, text: &str) -> &mut Self {
        self.until(second);
        self.builder
            .price(&bitcoin(), at(second), price(text), None, 3);
        self
    }

    fn trade(&mut self, made: i64, received: i64, value: &str) -> &mut Self {
        self.until(received);
        self.builder
            .trade(&bitcoin(), at(made), at(received), usd(value));
        self
    }

    /// Hands out, as the pipeline does when it flushes.
    fn flush(&mut self) -> &mut Self {
        for Candle { series, bar } in self.builder.take_changed(at(self.second), true) {
            self.stored.insert((series.interval, bar.open_time), bar);
        }
        self
    }

    fn bar(&self, interval: Interval, second: i64) -> &Bar {
        &self.stored[&(interval, at(second))]
    }
}

fn ohlc(bar: &Bar) -> [String; 4] {
    [bar.open, bar.high, bar.low, bar.close].map(|price| price.to_string())
}

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

fn repaired(interval: Interval, second: i64, text: &str) -> Candle {
    Candle {
        series: Series::index(bitcoin(), interval),
        bar: Bar {
            open_time: at(second),
            open: price(text),
            high: price(text),
            low: price(text),
            close: price(text),
            confidence: None,
            volume_usd: usd("50"),
            trades: None,
            sources: 2,
            minutes: interval.minutes(),
            kind: CandleKind::Repaired,
            revision: 0,
        },
    }
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

/// One thing that happens, at a millisecond of the day.
#[derive(Debug, Clone)]
enum Happening {
    Price(i64),
    Trade(i64),
}

fn happenings() -> impl Strategy<Value = Vec<(i64, Happening)>> {
    let one = prop_oneof![
        (1_i64..2_000_000).prop_map(Happening::Price),
        (0_i64..1_000_000_000).prop_map(Happening::Trade),
    ];
    // Not in the very millisecond in which a minute turns: a_price_at_the_end_of_an_interval_… has that.
    let ms = (0_i64..4 * 60, 1_i64..60_000).prop_map(|(minute, ms)| minute * 60_000 + ms);
    prop::collection::vec((ms, one), 1..80).prop_map(|mut all| {
        all.sort_by_key(|(ms, _)| *ms);
        all
    })
}

fn cents(value: i64) -> Decimal {
    Decimal::new(value, 2)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// What the builder joined out of minutes is what one looks up in the prices and trades themselves.
    #[test]
    fn every_stored_bar_equals_a_recomputation_from_prices_and_trades(all in happenings()) {
        let mut desk = Desk::at(0);
        desk.price(0, "1");
        let mut prices = vec![(0_i64, price("1"))];
        let mut trades = Vec::new();
        for (ms, happening) in &all {
            desk.until(ms / 1_000);
            match happening {
                Happening::Price(value) => {
                    let price = Price::new(cents(*value));
                    desk.builder.price(&bitcoin(), at_ms(*ms), price, None, 3);
                    prices.push((*ms, price));
                }
                Happening::Trade(value) => {
                    let value = Quantity::new(cents(*value)).unwrap();
                    desk.builder.trade(&bitcoin(), at_ms(*ms), at_ms(*ms), value);
                    trades.push((*ms, value));
                }
            }
            if ms % 7 == 0 {
                desk.flush();
            }
        }
        desk.until(4 * 3_600 + 1).flush();
        for ((interval, open_time), bar) in &desk.stored {
            let from = open_time.unix_ms() - MIDNIGHT * 1_000;
            let until = from + i64::try_from(interval.duration().as_millis()).unwrap();
            let inside = || prices.iter().filter(|(ms, _)| (from..until).contains(ms)).map(|(_, price)| *price);
            let before = prices.iter().rev().find(|(ms, _)| *ms < from).map(|(_, price)| *price);
            let open = before.or_else(|| inside().next()).unwrap();
            prop_assert_eq!(bar.open, open);
            let everything = || inside().chain([bar.open]);
            prop_assert_eq!(bar.high, everything().max().unwrap());
            prop_assert_eq!(bar.low, everything().min().unwrap());
            prop_assert_eq!(bar.close, inside().next_back().unwrap_or(bar.open));
            let made: Vec<_> = trades.iter().filter(|(ms, _)| (from..until).contains(ms)).collect();
            let volume: Decimal = made.iter().map(|(_, value)| value.get()).sum();
            prop_assert_eq!(bar.volume_usd.get(), volume);
            prop_assert_eq!(bar.trades, Some(u64::try_from(made.len()).unwrap()));
        }
    }
}

/// Close, how far up and down the rest is, volume, trades, sources, kind, revision.
type Figures = (i64, i64, i64, i64, Option<u64>, u32, usize, u32);

fn bars() -> impl Strategy<Value = Vec<Bar>> {
    let bar = (
        1_i64..1_000_000,
        0_i64..1_000,
        0_i64..1_000,
        0_i64..1_000_000,
        prop::option::weighted(0.9, 0_u64..1_000),
        1_u32..6,
        0_usize..4,
        0_u32..3,
    );
    prop::collection::vec(prop::option::weighted(0.9, bar), 1..200).prop_map(|all| {
        let made = |(minute, bar): (usize, Option<Figures>)| {
            let (close, up, down, volume, trades, sources, kind, revision) = bar?;
            let kind = CandleKind::ALL[kind];
            Some(Bar {
                open_time: at(i64::try_from(minute).unwrap() * 60),
                open: Price::new(cents(close + down)),
                high: Price::new(cents(close + down + up)),
                low: Price::new(cents(close)),
                close: Price::new(cents(close)),
                confidence: None,
                volume_usd: Quantity::new(cents(volume)).unwrap(),
                trades,
                sources,
                minutes: u32::from(kind != CandleKind::Gap),
                kind,
                revision,
            })
        };
        all.into_iter().enumerate().filter_map(made).collect()
    })
}

proptest! {
    #[test]
    fn joining_may_be_grouped_in_any_way(bars in bars(), cut in 0_usize..200) {
        let whole = |bars: &[Bar]| bars.iter().cloned().reduce(|a, b| join(&a, &b));
        let cut = cut.min(bars.len());
        let (left, right) = bars.split_at(cut);
        let grouped = match (whole(left), whole(right)) {
            (Some(left), Some(right)) => Some(join(&left, &right)),
            (left, right) => left.or(right),
        };
        prop_assert_eq!(grouped, whole(&bars));
        let from_the_right = bars.iter().rev().cloned().reduce(|later, earlier| join(&earlier, &later));
        prop_assert_eq!(from_the_right, whole(&bars));
    }

    /// Minutes joined to five minutes and those to a quarter of an hour are minutes joined to it at once.
    #[test]
    fn windows_of_windows_are_windows(bars in bars()) {
        let now = at(86_400);
        let until = bars.last().map_or(at(60), |bar| bar.open_time.plus(Duration::from_secs(60)));
        let until = until.plus(Duration::from_secs(899)).floor(Duration::from_secs(900));
        let step = |minutes: u64| Duration::from_secs(60 * minutes);
        let at_once = windows(&bars, Interval::Minute, at(0), step(15), until, now);
        let fives: Vec<_> = windows(&bars, Interval::Minute, at(0), step(5), until, now);
        for (position, window) in at_once.iter().enumerate() {
            let parts = &fives[position * 3..position * 3 + 3];
            let joined = parts.iter().filter_map(|part| part.bar.clone()).reduce(|a, b| join(&a, &b));
            let joined = joined.map(|mut bar| {
                bar.open_time = window.open_time;
                if parts.iter().any(|part| part.bar.is_none()) {
                    bar.kind = CandleKind::Gap;
                }
                bar
            });
            prop_assert_eq!(&joined, &window.bar);
        }
    }
}

#[test]
fn windows_start_where_asked_and_say_what_is_missing() {
    let hour = |hour: i64, close: &str| Bar {
        open_time: at(hour * 3_600),
        ..repaired(Interval::Hour, 0, close).bar
    };
    let bars = [hour(1, "10"), hour(2, "12"), hour(5, "9"), hour(9, "7")];
    let found = windows(
        &bars,
        Interval::Hour,
        at(3_600),
        Duration::from_secs(7_200),
        at(9 * 3_600),
        at(100 * 3_600),
    );
    let closes: Vec<_> = found
        .iter()
        .map(|window| {
            window
                .bar
                .as_ref()
                .map(|bar| (bar.close.to_string(), bar.kind, bar.minutes))
        })
        .collect();
    assert_eq!(
        closes,
        [
            Some(("12".to_owned(), CandleKind::Repaired, 120)),
            None,
            Some(("9".to_owned(), CandleKind::Gap, 60)),
            None
        ]
    );
    assert_eq!(found[0].open_time, at(3_600));
    assert_eq!(found[3].close_time, at(9 * 3_600));
}

#[test]
fn a_running_window_is_no_gap_for_what_has_not_happened_yet() {
    let bars: Vec<_> = (0..2)
        .map(|hour| Bar {
            open_time: at(hour * 3_600),
            kind: CandleKind::Traded,
            ..repaired(Interval::Hour, 0, "10").bar
        })
        .collect();
    let kind = |now| {
        windows(
            &bars,
            Interval::Hour,
            at(0),
            Duration::from_secs(4 * 3_600),
            at(4 * 3_600),
            now,
        )[0]
        .bar
        .as_ref()
        .unwrap()
        .kind
    };
    assert_eq!(kind(at(7_300)), CandleKind::Traded);
    assert_eq!(kind(at(3 * 3_600)), CandleKind::Gap);
}

fn venue_candle(ohlc: [&str; 4], base_volume: &str) -> VenueCandle {
    let [open, high, low, close] = ohlc.map(price);
    VenueCandle {
        open_time: at(0),
        open,
        high,
        low,
        close,
        base_volume: usd(base_volume),
        quote_volume: None,
        trades: None,
    }
}

#[test]
fn a_venues_candle_is_converted_through_the_candle_of_its_quote_asset() {
    let tether = Bar {
        open: price("0.998"),
        close: price("1.002"),
        ..repaired(Interval::Hour, 0, "1").bar
    };
    let candle = VenueCandle {
        quote_volume: Some(usd("1000")),
        trades: Some(4),
        ..venue_candle(["100", "110", "95", "105"], "10")
    };
    let bar = convert(&candle, Some(&tether), false, Interval::Hour).unwrap();
    assert_eq!(ohlc(&bar), ["99.8", "110", "95", "105.21"]);
    assert_eq!(
        (bar.volume_usd, bar.trades, bar.minutes),
        (usd("1000"), Some(4), 60)
    );
    let without = convert(
        &venue_candle(["100", "110", "95", "104"], "10"),
        None,
        false,
        Interval::Hour,
    )
    .unwrap();
    assert_eq!(
        without.volume_usd,
        usd("1020"),
        "10 x the middle of open and close"
    );
}

#[test]
fn an_inverted_candle_is_turned_over_with_its_extremes() {
    let bar = convert(
        &venue_candle(["0.5", "0.8", "0.4", "0.5"], "10"),
        None,
        true,
        Interval::Hour,
    )
    .unwrap();
    assert_eq!(ohlc(&bar), ["2", "2.5", "1.25", "2"]);
    assert_eq!(bar.volume_usd, usd("10"), "the base asset is the dollar");
}

#[test]
fn a_candle_that_is_no_price_is_left_out() {
    for ohlc in [
        ["0", "0", "0", "0"],
        ["100", "101", "0", "100"],
        ["100", "99", "98", "98.5"],
        ["100", "101", "99", "98"],
    ] {
        assert_eq!(
            convert(&venue_candle(ohlc, "1"), None, false, Interval::Hour),
            None,
            "{ohlc:?}"
        );
    }
}

fn venue_bar(venue: &str, close: &str, volume: &str) -> (VenueId, Bar) {
    let bar = Bar {
        volume_usd: usd(volume),
        kind: CandleKind::Traded,
        sources: 1,
        ..repaired(Interval::Hour, 0, close).bar
    };
    (venue.parse().unwrap(), bar)
}

#[test]
fn one_venue_that_lies_does_not_make_the_past() {
    let mut merger = HistoryMerger::new(&Policy::default()).unwrap();
    let honest = [
        venue_bar("a", "100", "10"),
        venue_bar("b", "100.1", "20"),
        venue_bar("c", "99.9", "30"),
    ];
    let mut all = honest.to_vec();
    all.push(venue_bar("liar", "70000", "1000000000"));
    let bar = merger.merge(&all).unwrap();
    assert_eq!(
        (bar.close, bar.high, bar.sources),
        (price("100"), price("100"), 3)
    );
    assert_eq!(bar.volume_usd, usd("60"));
}

#[test]
fn the_order_of_venues_does_not_matter() {
    let mut merger = HistoryMerger::new(&Policy::default()).unwrap();
    let mut all = vec![
        venue_bar("a", "100", "10"),
        venue_bar("b", "100", "20"),
        venue_bar("b", "100.1", "20"),
        venue_bar("c", "99.9", "30"),
    ];
    let first = merger.merge(&all);
    all.reverse();
    assert_eq!(merger.merge(&all), first);
    assert_eq!(first.unwrap().sources, 3);
    assert_eq!(merger.merge(&[]), None);
}
