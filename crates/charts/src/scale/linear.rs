//! Nice intervals and ticks of a value axis: the interval is 1, 2, 3, 5 or 10 times a power of ten, the
//! extent is widened to whole intervals.

/// The most digits that JavaScript's `toFixed` is used with.
const MOST_DIGITS: usize = 20;
/// More ticks than these are a fault.
const MOST_TICKS: usize = 3_000;

/// An axis with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Nice {
    /// The extent drawn.
    pub(crate) extent: (f64, f64),
    interval: f64,
    /// Decimals to which ticks are rounded.
    digits: usize,
    /// The first and the last whole interval within the data.
    inner: (f64, f64),
}

/// The extent and interval of an axis whose values reach from `low` to `high`, in about `splits` parts.
pub(crate) fn nice(low_high: (f64, f64), splits: u8) -> Nice {
    nice_within(low_high, (None, None), f64::from(splits))
}

/// The same with one end or both fixed.
pub(crate) fn nice_within(
    (low, high): (f64, f64),
    fixed: (Option<f64>, Option<f64>),
    splits: f64,
) -> Nice {
    let (low, high) = valid(
        (fixed.0.unwrap_or(low), fixed.1.unwrap_or(high)),
        fixed.1.is_some(),
    );
    let interval = nice_number((high - low) / splits.round().max(1.0));
    let digits = decimals(interval) + 2;
    let inner = (
        to_digits((low / interval).ceil() * interval, digits),
        to_digits((high / interval).floor() * interval, digits),
    );
    let outer_low = to_digits((low / interval).floor() * interval, digits);
    let outer_high = to_digits((high / interval).ceil() * interval, digits);
    let from = if fixed.0.is_some() { low } else { outer_low };
    let until = if fixed.1.is_some() { high } else { outer_high };
    Nice {
        extent: (from, until),
        interval,
        digits,
        inner,
    }
}

impl Nice {
    /// The ticks, ascending, both ends included.
    pub(crate) fn ticks(&self) -> Vec<f64> {
        let mut ticks = Vec::new();
        if self.extent.0 < self.inner.0 {
            ticks.push(self.extent.0);
        }
        let mut tick = self.inner.0;
        while tick <= self.inner.1 && ticks.len() < MOST_TICKS {
            ticks.push(tick);
            let next = to_digits(tick + self.interval, self.digits);
            if next <= tick {
                break;
            }
            tick = next;
        }
        let last = ticks.last().copied().unwrap_or(self.inner.1);
        if self.extent.1 > last {
            ticks.push(self.extent.1);
        }
        ticks
    }
}

/// An extent that has a length: around one value half of it to each side.
fn valid((low, high): (f64, f64), is_high_fixed: bool) -> (f64, f64) {
    let (mut low, mut high) = (low, high);
    let is_one_value = low.total_cmp(&high).is_eq();
    if is_one_value {
        if low == 0.0 {
            high = 1.0;
        } else {
            let half = low.abs() / 2.0;
            low -= half;
            if !is_high_fixed {
                high += half;
            }
        }
    }
    if !low.is_finite() || !high.is_finite() {
        return (0.0, 1.0);
    }
    if high < low { (high, low) } else { (low, high) }
}

/// The nearest of 1, 2, 3, 5 and 10 times a power of ten.
fn nice_number(value: f64) -> f64 {
    let power = exponent(value);
    let fraction = value / times_ten(1.0, power);
    let factor = match fraction {
        ..1.5 => 1.0,
        1.5..2.5 => 2.0,
        2.5..4.0 => 3.0,
        4.0..7.0 => 5.0,
        _ => 10.0,
    };
    to_digits(
        factor * times_ten(1.0, power),
        usize::try_from(-power).unwrap_or(0),
    )
}

/// The power of ten of a positive number's first digit.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a float's power of ten is between -324 and 308"
)]
pub(crate) fn exponent(value: f64) -> i32 {
    if value == 0.0 || !value.is_finite() {
        return 0;
    }
    let power = (value.ln() / std::f64::consts::LN_10).floor() as i32;
    if value / times_ten(1.0, power) >= 10.0 {
        power + 1
    } else {
        power
    }
}

/// `factor` times ten to the power, rounded once.
pub(crate) fn times_ten(factor: f64, power: i32) -> f64 {
    format!("{factor}e{power}").parse().unwrap_or(f64::NAN)
}

/// JavaScript's `toFixed`.
fn to_digits(value: f64, digits: usize) -> f64 {
    let digits = digits.min(MOST_DIGITS);
    format!("{value:.digits$}").parse().unwrap_or(value)
}

/// Decimals of a number as people write it.
fn decimals(value: f64) -> usize {
    let text = format!("{value:e}");
    let Some((mantissa, power)) = text.split_once('e') else {
        return 0;
    };
    let after_point = mantissa
        .split_once('.')
        .map_or(0, |(_, digits)| digits.len());
    let power: i64 = power.parse().unwrap_or(0);
    let decimals = i64::try_from(after_point).unwrap_or(0) - power;
    usize::try_from(decimals).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(low: f64, high: f64, splits: u8) -> Vec<f64> {
        nice((low, high), splits).ticks()
    }

    #[test]
    fn ticks_are_whole_intervals_around_the_data() {
        assert_eq!(ticks(3.0, 97.0, 5), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(
            ticks(61_210.5, 62_945.0, 5),
            [
                61_200.0, 61_500.0, 61_800.0, 62_100.0, 62_400.0, 62_700.0, 63_000.0
            ]
        );
        assert_eq!(ticks(-1.0, 1.0, 4), [-1.0, -0.5, 0.0, 0.5, 1.0]);
    }

    #[test]
    fn extreme_prices_have_ticks_without_rounding_noise() {
        assert_eq!(
            ticks(1.1e-12, 1.9e-12, 4),
            [1e-12, 1.2e-12, 1.4e-12, 1.6e-12, 1.8e-12, 2e-12]
        );
        assert_eq!(ticks(1.0e9, 1.2e9, 4), [1e9, 1.05e9, 1.1e9, 1.15e9, 1.2e9]);
    }

    #[test]
    fn one_price_has_half_of_it_to_each_side_and_none_has_one_unit() {
        assert_eq!(nice((10.0, 10.0), 5).extent, (4.0, 16.0));
        assert_eq!(nice((0.0, 0.0), 5).extent, (0.0, 1.0));
        assert_eq!(nice((f64::NAN, f64::NAN), 5).extent, (0.0, 1.0));
    }

    #[test]
    fn a_fixed_end_is_kept() {
        let nice = nice_within((0.3, 7.7), (Some(0.0), None), 2.0);
        assert_eq!(nice.extent, (0.0, 9.0));
        assert_eq!(nice.ticks(), [0.0, 3.0, 6.0, 9.0]);
    }

    #[test]
    fn prices_too_small_for_any_digit_end() {
        assert!(ticks(1e-27, 3e-27, 5).len() < 10);
        assert!(ticks(1e27, 3e27, 5).len() < 12);
    }
}
