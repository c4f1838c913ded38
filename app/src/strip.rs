//! The viewpoints strip as geometry and as a sentence: where each exchange's tick stands relative to
//! the index price, and what a reader who cannot see it is told.
//!
//! Drawn small by [`crate::markup::strip`] and wide by the token page. Positions are whole
//! thousandths of the strip's width, worked out in decimals.

use std::collections::BTreeSet;

use parallax::Decimal;
use parallax::amount::Price;
use parallax::stream::Viewpoint;

use crate::{format, wording};

/// Half widths a strip can have, in tenths of a basis point. Steps, so that the scale does not flicker
/// with every quote.
const HALF_RANGES_TENTH_BP: [i64; 14] = [
    5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000,
];

/// The band takes at most a third of the strip, so that disagreement beyond it stays visible.
const BAND_FACTOR: i64 = 3;

/// Both ends keep a margin, so that a tick at the edge is drawn whole.
const MARGIN: i64 = 30;

/// One exchange's tick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// Which viewpoint it stands for.
    pub index: usize,
    /// Distance from the left edge, in thousandths of the width.
    pub at: i64,
    /// Whether it is part of the price: a solid bar. Otherwise a hollow ring.
    pub included: bool,
    /// Whether it lies beyond the strip and is drawn at its edge.
    pub clamped: bool,
}

/// A strip, ready to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strip {
    /// What the distance from the centre to either end stands for, in basis points.
    pub half_range_bp: Decimal,
    /// The confidence band's left and right end, in thousandths of the width.
    pub band: Option<(i64, i64)>,
    /// The ticks that have a place. A market without a mid has none.
    pub ticks: Vec<Tick>,
}

impl Strip {
    /// Lays the viewpoints out around the price.
    #[must_use]
    pub fn new(price: Option<Price>, confidence: Option<Price>, viewpoints: &[Viewpoint]) -> Self {
        let band_bp = price.zip(confidence).and_then(|(price, confidence)| {
            confidence
                .get()
                .checked_mul(Decimal::from(10_000))?
                .checked_div(price.get())
        });
        let farthest = viewpoints
            .iter()
            .filter(|viewpoint| viewpoint.excluded.is_none())
            .filter_map(|viewpoint| viewpoint.offset_bp)
            .map(|offset| offset.abs())
            .max()
            .unwrap_or_default();
        let wanted = band_bp
            .and_then(|band| band.checked_mul(Decimal::from(BAND_FACTOR)))
            .unwrap_or_default()
            .max(farthest);
        let half_range_bp = HALF_RANGES_TENTH_BP
            .into_iter()
            .map(|tenths| Decimal::new(tenths, 1))
            .find(|range| *range >= wanted)
            .unwrap_or(Decimal::from(10_000));
        let ticks = viewpoints
            .iter()
            .enumerate()
            .filter_map(|(index, viewpoint)| {
                let offset = viewpoint.offset_bp?;
                Some(Tick {
                    index,
                    at: place(offset, half_range_bp),
                    included: viewpoint.excluded.is_none(),
                    clamped: offset.abs() > half_range_bp,
                })
            });
        Self {
            band: band_bp.map(|band| (place(-band, half_range_bp), place(band, half_range_bp))),
            ticks: ticks.collect(),
            half_range_bp: half_range_bp.normalize(),
        }
    }

    /// The solid bars of a strip of 96 × 16 as one SVG path.
    #[must_use]
    pub fn included_path(&self) -> String {
        self.path(true, |x| format!("M{x} 3v10"))
    }

    /// The hollow rings of a strip of 96 × 16 as one SVG path.
    #[must_use]
    pub fn excluded_path(&self) -> String {
        self.path(false, |x| {
            format!("M{x} 8m-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0")
        })
    }

    /// The confidence band of a strip of 96 × 16 as one SVG path.
    #[must_use]
    pub fn band_path(&self) -> String {
        self.band.map_or_else(String::new, |(left, right)| {
            format!("M{} 4H{}V12H{}Z", mini(left), mini(right), mini(left))
        })
    }

    fn path(&self, included: bool, draw: impl Fn(String) -> String) -> String {
        self.ticks
            .iter()
            .filter(|tick| tick.included == included)
            .map(|tick| draw(mini(tick.at)))
            .collect()
    }
}

/// Thousandths of the width as a coordinate of the 96-unit strip, in hundredths.
fn mini(at: i64) -> String {
    Decimal::new(at * 96, 3).normalize().to_string()
}

/// Thousandths of the width as an SVG percentage.
#[must_use]
pub fn percentage(at: i64) -> String {
    format!("{}%", Decimal::new(at, 1).normalize())
}

fn place(offset_bp: Decimal, half_range_bp: Decimal) -> i64 {
    let reach = Decimal::from(500 - MARGIN);
    let shift = offset_bp
        .clamp(-half_range_bp, half_range_bp)
        .checked_mul(reach)
        .and_then(|value| value.checked_div(half_range_bp))
        .unwrap_or_default()
        .round();
    500 + i64::try_from(shift).unwrap_or(0)
}

/// The strip in words: `5 of 6 exchanges within 2 bp; Kraken left out: stale`.
#[must_use]
pub fn in_words(viewpoints: &[Viewpoint]) -> String {
    if viewpoints.is_empty() {
        return "no exchange quotes it yet".to_owned();
    }
    let (included, excluded): (Vec<_>, Vec<_>) = viewpoints
        .iter()
        .partition(|viewpoint| viewpoint.excluded.is_none());
    let venues: BTreeSet<_> = viewpoints
        .iter()
        .map(|viewpoint| &viewpoint.venue)
        .collect();
    let counted: BTreeSet<_> = included.iter().map(|viewpoint| &viewpoint.venue).collect();
    let farthest = included
        .iter()
        .filter_map(|viewpoint| viewpoint.offset_bp)
        .map(|offset| offset.abs())
        .max();
    let noun = if venues.len() == 1 {
        "exchange"
    } else {
        "exchanges"
    };
    let mut words = match farthest {
        Some(farthest) => format!(
            "{} of {} {noun} within {} bp",
            counted.len(),
            venues.len(),
            within(farthest)
        ),
        None => format!("none of {} {noun} in the price", venues.len()),
    };
    let mut told = BTreeSet::new();
    let mut further = 0_usize;
    for viewpoint in excluded {
        let Some(rule) = viewpoint.excluded else {
            continue;
        };
        if counted.contains(&viewpoint.venue) || !told.insert(&viewpoint.venue) {
            further += 1;
            continue;
        }
        words.push_str("; ");
        words.push_str(&wording::venue(&viewpoint.venue));
        words.push_str(" left out: ");
        words.push_str(wording::rule(rule));
    }
    if further > 0 {
        let noun = if further == 1 { "market" } else { "markets" };
        words.push_str(&format!("; {further} further {noun} left out"));
    }
    words
}

/// A bound that holds: rounded up, to tenths below 1 bp and to whole basis points above.
fn within(farthest_bp: Decimal) -> String {
    let scale = if farthest_bp < Decimal::ONE {
        Decimal::TEN
    } else {
        Decimal::ONE
    };
    let bound = (farthest_bp * scale).ceil() / scale;
    format::full(bound.max(Decimal::new(1, 1)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use parallax::index::Rule;
    use parallax::venue::VenueId;

    use super::*;

    fn viewpoint(venue: &str, offset: Option<i64>, excluded: Option<Rule>) -> Viewpoint {
        Viewpoint {
            venue: VenueId::new(venue).unwrap(),
            pair: "BTC/USD".to_owned(),
            offset_bp: offset.map(|hundredths| Decimal::new(hundredths, 2)),
            excluded,
        }
    }

    fn price(text: &str) -> Option<Price> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn the_index_is_the_centre_and_ticks_stand_at_their_offset() {
        let strip = Strip::new(
            price("100"),
            price("0.01"),
            &[
                viewpoint("binance", Some(0), None),
                viewpoint("coinbase", Some(250), None),
                viewpoint("kraken", Some(-500), None),
            ],
        );
        assert_eq!(strip.half_range_bp, Decimal::from(5));
        let places: Vec<_> = strip.ticks.iter().map(|tick| tick.at).collect();
        assert_eq!(places, [500, 735, 30]);
        assert_eq!(strip.band, Some((406, 594)));
    }

    #[test]
    fn a_market_left_out_far_away_is_held_at_the_edge_and_does_not_set_the_scale() {
        let strip = Strip::new(
            price("100"),
            price("0"),
            &[
                viewpoint("binance", Some(10), None),
                viewpoint("kraken", Some(90_000), Some(Rule::Outlier)),
            ],
        );
        assert_eq!(strip.half_range_bp, Decimal::new(5, 1));
        let edge = strip.ticks.get(1).unwrap();
        assert!(edge.clamped && !edge.included);
        assert_eq!(edge.at, 970);
    }

    #[test]
    fn a_market_without_a_mid_has_no_tick() {
        let strip = Strip::new(
            None,
            None,
            &[viewpoint("kraken", None, Some(Rule::NoQuote))],
        );
        assert!(strip.ticks.is_empty());
        assert_eq!(strip.band, None);
        assert_eq!(strip.included_path(), "");
    }

    #[test]
    fn included_and_excluded_ticks_differ_in_shape() {
        let strip = Strip::new(
            price("100"),
            price("0.01"),
            &[
                viewpoint("binance", Some(0), None),
                viewpoint("kraken", Some(100), Some(Rule::Stale)),
            ],
        );
        assert_eq!(strip.included_path(), "M48 3v10");
        assert!(strip.excluded_path().contains("a2.5 2.5"));
    }

    #[test]
    fn the_strip_is_told_in_words() {
        let views = [
            viewpoint("binance", Some(10), None),
            viewpoint("coinbase", Some(-130), None),
            viewpoint("kraken", Some(4_000), Some(Rule::Stale)),
        ];
        assert_eq!(
            in_words(&views),
            "2 of 3 exchanges within 2 bp; Kraken left out: stale"
        );
    }

    #[test]
    fn a_second_market_of_a_counted_exchange_is_only_counted() {
        let views = [
            viewpoint("binance", Some(10), None),
            viewpoint("binance", None, Some(Rule::NoConversion)),
        ];
        assert_eq!(
            in_words(&views),
            "1 of 1 exchange within 0.1 bp; 1 further market left out"
        );
    }

    #[test]
    fn without_a_usable_exchange_the_words_say_so() {
        let views = [viewpoint("kraken", None, Some(Rule::NoQuote))];
        assert_eq!(
            in_words(&views),
            "none of 1 exchange in the price; Kraken left out: no quote yet"
        );
        assert_eq!(in_words(&[]), "no exchange quotes it yet");
    }
}
