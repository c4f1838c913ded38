//! Ticks of a logarithmic price axis. ECharts only knows whole powers of the base, which for most prices
//! is no tick at all; so the axis is given its limits and ticks. `frontend/chart/format.js` has the same
//! function for a range that is zoomed; the oracle test compares them.

use crate::scale::linear;

/// Limits and ticks of a logarithmic axis.
#[derive(Debug, Clone, PartialEq)]
pub struct LogAxis {
    /// The lower end.
    pub min: f64,
    /// The upper end.
    pub max: f64,
    /// The ticks, ascending, within the ends.
    pub ticks: Vec<f64>,
}

/// Above this ratio of high to low, ticks are at 1, 2 and 5 times powers of ten.
const WIDE: f64 = 4.0;
/// The most ticks of 1, 2 and 5; above it only powers of ten are kept.
const MOST: usize = 8;

/// A logarithmic axis that holds `low` to `high`, both positive: up to a fourfold ratio with the ticks of a
/// linear one, above it with 1, 2 and 5 times powers of ten. `None` unless `0 < low <= high`, both finite.
#[must_use]
pub fn log_axis(low: f64, high: f64) -> Option<LogAxis> {
    if !(low > 0.0 && high >= low && high.is_finite()) {
        return None;
    }
    if high / low <= WIDE {
        let nice = linear::nice((low, high), 5);
        let ticks: Vec<f64> = nice
            .ticks()
            .into_iter()
            .filter(|tick| *tick > 0.0)
            .collect();
        let min = ticks.first().copied().unwrap_or(low).min(low);
        let max = ticks.last().copied().unwrap_or(high).max(high);
        return Some(LogAxis { min, max, ticks });
    }
    // One pixel's room at both ends: 2 % of the ratio's logarithm.
    let room = (high / low).powf(0.02);
    let (min, max) = (low / room, high * room);
    let within = |tick: &f64| *tick >= min && *tick <= max;
    let first = linear::exponent(min);
    let last = linear::exponent(max);
    let multiples = |factors: &'static [f64]| {
        (first..=last)
            .flat_map(|power| {
                factors
                    .iter()
                    .map(move |factor| linear::times_ten(*factor, power))
            })
            .filter(within)
            .collect::<Vec<f64>>()
    };
    let mut ticks = multiples(&[1.0, 2.0, 5.0]);
    if ticks.len() > MOST {
        ticks = multiples(&[1.0]);
    }
    let stride = ticks.len().div_ceil(MOST).max(1);
    Some(LogAxis {
        min,
        max,
        ticks: ticks.into_iter().step_by(stride).collect(),
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_small_ratio_has_the_ticks_of_a_linear_axis() {
        let axis = log_axis(61_200.0, 64_900.0).unwrap();
        assert_eq!(
            axis.ticks,
            [61_000.0, 62_000.0, 63_000.0, 64_000.0, 65_000.0]
        );
        assert_eq!((axis.min, axis.max), (61_000.0, 65_000.0));
    }

    #[test]
    fn a_large_ratio_has_ticks_at_one_two_and_five() {
        let axis = log_axis(0.9, 60.0).unwrap();
        assert_eq!(axis.ticks, [1.0, 2.0, 5.0, 10.0, 20.0, 50.0]);
    }

    #[test]
    fn a_huge_ratio_has_a_few_powers_of_ten() {
        let axis = log_axis(1e-12, 1e9).unwrap();
        assert!((4..=8).contains(&axis.ticks.len()), "{axis:?}");
        assert!(axis.min < 1e-12 && axis.max > 1e9);
    }

    #[test]
    fn one_price_has_room_around_it_and_no_price_has_no_axis() {
        let axis = log_axis(5.0, 5.0).unwrap();
        assert!(axis.min < 5.0 && axis.max > 5.0 && axis.ticks.len() > 2);
        assert_eq!(log_axis(0.0, 1.0), None);
        assert_eq!(log_axis(2.0, 1.0), None);
        assert_eq!(log_axis(f64::NAN, 1.0), None);
    }
}
