//! Bars made of the venues' own history.

use parallax::candle::{Bar, CandleKind, Interval, VenueCandle};
use parallax::venue::VenueId;
use parallax_pricing::Policy;
use parallax_pricing::candles::{HistoryMerger, convert};

use crate::desk::{at, ohlc, price, repaired, usd};

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
