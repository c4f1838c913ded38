//! The mean of prices, worked out exactly and rounded once.

use parallax::Decimal;
use parallax::amount::Price;

/// Places of the fraction in which sums are held: all that a price can have.
const PLACES: u32 = 28;
/// 10^28.
const ONE: i128 = 10_i128.pow(PLACES);
/// Significant digits of a mean.
const DIGITS: u32 = 28;

/// A sum of prices, exact for up to a billion of them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Mean {
    whole: i128,
    /// In units of 1e-28, 0 to 1.
    fraction: i128,
    count: u32,
}

impl Mean {
    /// Adds a price.
    pub(crate) fn add(&mut self, price: Price) {
        let price = price.get().normalize();
        let (mantissa, scale) = (price.mantissa(), price.scale());
        let unit = 10_i128.pow(scale.min(PLACES));
        self.whole += mantissa.div_euclid(unit);
        self.fraction += mantissa.rem_euclid(unit) * (ONE / unit);
        if self.fraction >= ONE {
            self.fraction -= ONE;
            self.whole += 1;
        }
        self.count = self.count.saturating_add(1);
    }

    /// The mean of what was added, to the nearest of at most 28 significant digits and 28 places, half to
    /// even. `None` when nothing was added.
    pub(crate) fn get(self) -> Option<Price> {
        let count = i128::from(self.count);
        let (whole, rest) = (
            self.whole.checked_div_euclid(count)?,
            self.whole.rem_euclid(count),
        );
        let rest = rest * ONE + self.fraction;
        let (fraction, rest) = (rest / count, rest % count);
        // whole + (fraction + rest / count) / 10^28, exactly.
        let digits = whole
            .checked_abs()?
            .checked_ilog10()
            .map_or(0, |log| log + 1);
        let places = DIGITS.saturating_sub(digits);
        let unit = 10_i128.pow(PLACES - places);
        let (kept, dropped) = (fraction / unit, fraction % unit);
        let mut mantissa = whole.checked_mul(10_i128.pow(places))?.checked_add(kept)?;
        let (twice, one) = (2 * (dropped * count + rest), unit * count);
        if twice > one || (twice == one && mantissa.rem_euclid(2) == 1) {
            mantissa += 1;
        }
        let mean = Decimal::try_from_i128_with_scale(mantissa, places).ok()?;
        Some(Price::new(mean.normalize()))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn mean(prices: &[&str]) -> Option<String> {
        let mut mean = Mean::default();
        for price in prices {
            mean.add(price.parse().unwrap());
        }
        mean.get().map(|price| price.to_string())
    }

    #[test]
    fn a_mean_is_exact_where_it_can_be() {
        assert_eq!(mean(&[]), None);
        assert_eq!(mean(&["5"]).as_deref(), Some("5"));
        assert_eq!(mean(&["1", "2"]).as_deref(), Some("1.5"));
        assert_eq!(
            mean(&["0.0000000000000000000000000001"; 7]).as_deref(),
            Some("0.0000000000000000000000000001")
        );
        assert_eq!(
            mean(&["79228162514264337593543950335"; 3]).as_deref(),
            Some("79228162514264337593543950335")
        );
        assert_eq!(mean(&["-1", "-2"]).as_deref(), Some("-1.5"));
    }

    #[test]
    fn a_mean_that_does_not_end_is_rounded_to_28_digits() {
        assert_eq!(
            mean(&["1", "1", "2"]).as_deref(),
            Some("1.333333333333333333333333333")
        );
        assert_eq!(
            mean(&["59000", "59000", "59001"]).as_deref(),
            Some("59000.33333333333333333333333")
        );
        assert_eq!(
            mean(&["0", "0", "0.2"]).as_deref(),
            Some("0.0666666666666666666666666667")
        );
    }

    #[test]
    fn halves_go_to_even_and_nothing_is_rounded_twice() {
        let tiny = "0.0000000000000000000000000001";
        assert_eq!(mean(&[tiny, "0"]).as_deref(), Some("0"));
        assert_eq!(
            mean(&[tiny, "0.0000000000000000000000000002"]).as_deref(),
            Some("0.0000000000000000000000000002")
        );
        // 1.4999… of the last place kept: rounding in two steps would raise it.
        assert_eq!(
            mean(&[
                "5.0000000000000000000000000149",
                "5.0000000000000000000000000149"
            ])
            .as_deref(),
            Some("5.000000000000000000000000015")
        );
        assert_eq!(
            mean(&[
                "5.0000000000000000000000000004",
                "5.0000000000000000000000000005"
            ])
            .as_deref(),
            Some("5")
        );
    }

    #[test]
    fn many_prices_with_all_their_digits_do_not_overflow() {
        let price = "59192.66908546062932823897144";
        assert_eq!(mean(&[price; 8_760]).as_deref(), Some(price));
    }
}
