//! Joining bars: exact, in any grouping, and in windows that say what is missing.

use std::time::Duration;

use parallax::amount::{Price, Quantity};
use parallax::candle::{Bar, CandleKind, Interval};
use parallax_pricing::candles::{join, windows};
use proptest::prelude::*;

use crate::desk::{at, cents, repaired};

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
