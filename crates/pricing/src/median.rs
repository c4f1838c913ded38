//! The weighted median and its neighbours the quartiles, on numbers already sorted.
//!
//! Defined so that reflection changes nothing: what holds from below holds from above. Shares are met
//! within a millionth of the whole, the precision weights are published with, so that the rounding of
//! a weight never decides between two quotes.

use parallax::Decimal;

use crate::figures::midpoint;

/// A number and what it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Weighted {
    pub(crate) value: Decimal,
    pub(crate) weight: u64,
}

/// The smallest number that, with those below it, holds at least 1/`parts` of the weight.
pub(crate) fn from_below(sorted: &[Weighted], parts: u64) -> Option<Decimal> {
    reach(sorted.iter(), total(sorted), parts)
}

/// The largest number that, with those above it, holds at least 1/`parts` of the weight.
pub(crate) fn from_above(sorted: &[Weighted], parts: u64) -> Option<Decimal> {
    reach(sorted.iter().rev(), total(sorted), parts)
}

/// The middle between the two numbers that hold half the weight, from below and from above. They are
/// the same number unless the weight splits exactly in two. `None` without any weight.
pub(crate) fn weighted_median(sorted: &[Weighted]) -> Option<Decimal> {
    Some(midpoint(from_below(sorted, 2)?, from_above(sorted, 2)?))
}

fn total(sorted: &[Weighted]) -> u64 {
    sorted.iter().map(|number| number.weight).sum()
}

fn reach<'a>(
    numbers: impl Iterator<Item = &'a Weighted>,
    total: u64,
    parts: u64,
) -> Option<Decimal> {
    let needed = (total / parts).saturating_sub(total / 1_000_000).max(1);
    let mut reached = 0_u64;
    for number in numbers {
        reached += number.weight;
        if reached >= needed {
            return Some(number.value);
        }
    }
    None
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn sorted(numbers: &[(i64, u64)]) -> Vec<Weighted> {
        numbers
            .iter()
            .map(|&(value, weight)| Weighted {
                value: value.into(),
                weight,
            })
            .collect()
    }

    #[test]
    fn the_median_is_the_number_that_holds_the_middle_of_the_weight() {
        let numbers = sorted(&[(1, 10), (2, 10), (9, 30)]);
        assert_eq!(weighted_median(&numbers), Some(Decimal::from(9)));
    }

    #[test]
    fn an_exact_split_gives_the_middle_of_the_two() {
        let numbers = sorted(&[(1, 500), (2, 500), (4, 1_000)]);
        assert_eq!(weighted_median(&numbers), Some(Decimal::from(3)));
    }

    #[test]
    fn a_weight_rounded_down_does_not_decide() {
        let numbers = sorted(&[(1, 999_999_999_999), (3, 1_000_000_000_000)]);
        assert_eq!(weighted_median(&numbers), Some(Decimal::from(2)));
    }

    #[test]
    fn quartiles_include_the_number_at_their_edge() {
        let numbers = sorted(&[(1, 250), (2, 250), (3, 250), (4, 250)]);
        assert_eq!(from_below(&numbers, 4), Some(Decimal::from(1)));
        assert_eq!(from_above(&numbers, 4), Some(Decimal::from(4)));
        let five = sorted(&[(1, 2_000), (2, 2_000), (3, 2_000), (4, 2_000), (5, 2_000)]);
        assert_eq!(
            (from_below(&five, 4), from_above(&five, 4)),
            (Some(2.into()), Some(4.into()))
        );
    }

    #[test]
    fn nothing_has_no_median() {
        assert_eq!(weighted_median(&[]), None);
        assert_eq!(weighted_median(&sorted(&[(1, 0)])), None);
    }

    #[test]
    fn a_single_number_is_its_own_median() {
        assert_eq!(
            weighted_median(&sorted(&[(7, 1)])).unwrap(),
            Decimal::from(7)
        );
    }
}
