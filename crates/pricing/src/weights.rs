//! How much each quote counts: 24-hour volume in USD, less with age, and no venue above the cap.
//!
//! Whole numbers only, so that the same quotes weigh the same on every machine.

use std::time::Duration;

/// The weight of everything together, as a whole number.
pub(crate) const WHOLE: u64 = 1_000_000_000_000;

/// More than any market trades in a day, in dollars; a claim beyond it counts as this.
const MOST_DOLLARS: u64 = 1_000_000_000_000;

/// The raw weight of a quote: its volume, halved with each half-life of its age and falling in a
/// straight line in between. Never 0: a fresh quote of a market without volume still counts.
pub(crate) fn decayed(dollars: u64, age: Duration, half_life: Duration) -> u64 {
    let nanos = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    let (age, half_life) = (nanos(age), nanos(half_life).max(1));
    // 20 binary places keep a decayed dollar apart from nothing.
    let fresh = dollars.clamp(1, MOST_DOLLARS) << 20;
    let halved = u32::try_from(age / half_life)
        .ok()
        .and_then(|halvings| fresh.checked_shr(halvings))
        .unwrap_or(0);
    // Of the way to the next halving, in 1/65536.
    let way = (u128::from(age % half_life) << 16) / u128::from(half_life);
    let kept = (u128::from(halved) * ((1 << 17) - way)) >> 17;
    u64::try_from(kept).unwrap_or(u64::MAX).max(1)
}

/// One venue's share, to be capped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct VenueShare {
    /// The sum of the raw weights of the venue's markets; 0 when it has none in this price.
    pub(crate) raw: u128,
    /// The venue's weight, of [`WHOLE`].
    pub(crate) weight: u64,
    is_capped: bool,
}

impl VenueShare {
    /// A venue that brings this raw weight.
    #[cfg(test)]
    pub(crate) fn of(raw: u128) -> Self {
        Self {
            raw,
            ..Self::default()
        }
    }
}

/// Divides `whole`, at most [`WHOLE`], among the venues by raw weight, none above the cap, which is a part
/// of `whole`; what the cap takes from one goes to the others in proportion. With n venues the cap is
/// never below 1/n.
pub(crate) fn share_out(venues: &mut [VenueShare], whole: u64, cap_millionths: u64) {
    let count = u64::try_from(venues.iter().filter(|venue| venue.raw > 0).count()).unwrap_or(0);
    if count == 0 {
        return;
    }
    let cap = (whole / 1_000_000 * cap_millionths).max(whole / count);
    let mut weight_left = whole;
    let mut raw_left: u128 = venues.iter().map(|venue| venue.raw).sum();
    loop {
        // Decided for the whole round before anything is taken away, so that the venues' order does not
        // matter.
        let (round_weight, round_raw) = (weight_left, raw_left);
        for venue in venues
            .iter_mut()
            .filter(|venue| venue.raw > 0 && !venue.is_capped)
        {
            if venue.raw * u128::from(round_weight) > u128::from(cap) * round_raw {
                venue.is_capped = true;
                venue.weight = cap;
                weight_left = weight_left.saturating_sub(cap);
                raw_left -= venue.raw;
            }
        }
        if raw_left == round_raw || raw_left == 0 {
            break;
        }
    }
    for venue in venues
        .iter_mut()
        .filter(|venue| venue.raw > 0 && !venue.is_capped)
    {
        let share = venue.raw * u128::from(weight_left) / raw_left.max(1);
        venue.weight = u64::try_from(share).unwrap_or(cap).clamp(1, cap);
    }
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HALF_LIFE: Duration = Duration::from_secs(15);

    fn weights(raw: &[u128]) -> Vec<u64> {
        let mut venues: Vec<_> = raw.iter().map(|&raw| VenueShare::of(raw)).collect();
        share_out(&mut venues, WHOLE, 330_000);
        venues
            .iter()
            .map(|venue| venue.weight / (WHOLE / 1_000))
            .collect()
    }

    #[test]
    fn a_weight_halves_with_each_half_life() {
        let at = |seconds| decayed(1_000_000, Duration::from_secs(seconds), HALF_LIFE) >> 20;
        assert_eq!(
            (at(0), at(15), at(30), at(60)),
            (1_000_000, 500_000, 250_000, 62_500)
        );
        assert!(
            (749_990..=750_010).contains(
                &decayed(1_000_000, Duration::from_millis(7_500), HALF_LIFE)
                    .checked_shr(20)
                    .unwrap_or(0)
            )
        );
    }

    #[test]
    fn the_oldest_and_the_smallest_still_count() {
        assert_eq!(decayed(0, Duration::ZERO, HALF_LIFE), 1 << 20);
        assert_eq!(decayed(1, Duration::from_secs(86_400), HALF_LIFE), 1);
    }

    #[test]
    fn a_venue_that_claims_almost_everything_gets_the_cap() {
        assert_eq!(
            weights(&[99_000, 400, 300, 200, 100]),
            [330, 268, 201, 134, 67]
        );
    }

    #[test]
    fn what_the_cap_gives_away_may_cap_another() {
        assert_eq!(weights(&[1_000, 900, 100, 100]), [330, 330, 170, 170]);
    }

    #[test]
    fn few_venues_share_equally() {
        assert_eq!(weights(&[5]), [1_000]);
        assert_eq!(weights(&[1_000_000, 1]), [500, 500]);
        assert_eq!(weights(&[1_000_000, 1, 7]), [333, 333, 333]);
        assert_eq!(weights(&[0, 3, 0, 4]), [0, 500, 0, 500]);
    }

    proptest! {
        #[test]
        fn weights_add_up_and_none_exceeds_the_cap(raw in prop::collection::vec(1_u128..1 << 60, 1..20), cap in 50_000_u64..=330_000) {
            let mut venues: Vec<_> = raw.iter().map(|&raw| VenueShare::of(raw)).collect();
            share_out(&mut venues, WHOLE, cap);
            let sum: u64 = venues.iter().map(|venue| venue.weight).sum();
            let count = u64::try_from(raw.len()).unwrap_or(1);
            prop_assert!(sum.abs_diff(WHOLE) <= count, "{sum}");
            let most = (WHOLE / 1_000_000 * cap).max(WHOLE / count);
            prop_assert!(venues.iter().all(|venue| (1..=most).contains(&venue.weight)));
            let mut reversed: Vec<_> = raw.iter().rev().map(|&raw| VenueShare::of(raw)).collect();
            share_out(&mut reversed, WHOLE, cap);
            prop_assert!(reversed.iter().rev().zip(&venues).all(|(a, b)| a.weight == b.weight));
            prop_assert!(raw.len() < 2 || venues.windows(2).zip(raw.windows(2)).all(|(v, r)| r[0] < r[1] || v[0].weight >= v[1].weight));
        }
    }
}
