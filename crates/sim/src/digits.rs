//! Integers as the decimals that go on the wire.
//!
//! A simulated price is a whole number of ticks and a size a whole number of lots, so the text is exact
//! by construction. Called by the simulated exchanges.

/// 10^-15 USD are the unit of prices within the simulator: this many make a dollar.
pub(crate) const FEMTO: i128 = power_of_ten(FEMTO_PLACES);
/// The decimal places of that unit.
pub(crate) const FEMTO_PLACES: u32 = 15;

/// Ten to the power `places`, at most 10^30.
pub(crate) const fn power_of_ten(places: u32) -> i128 {
    10_i128.pow(if places > 30 { 30 } else { places })
}

/// `units` of 10^-`places` each, with all its places: `(1234, 2)` is `12.34`.
pub(crate) fn decimal(units: i128, places: u32) -> String {
    let one = power_of_ten(places);
    let sign = if units < 0 { "-" } else { "" };
    let (whole, rest) = (
        units.unsigned_abs() / one.unsigned_abs(),
        units.unsigned_abs() % one.unsigned_abs(),
    );
    match usize::try_from(places).unwrap_or(0) {
        0 => format!("{sign}{whole}"),
        width => format!("{sign}{whole}.{rest:0width$}"),
    }
}

/// Like [`decimal`], filled up with zeros to at least `least` places.
pub(crate) fn decimal_padded(units: i128, places: u32, least: u32) -> String {
    let missing = least.saturating_sub(places);
    decimal(
        units.saturating_mul(power_of_ten(missing)),
        places + missing,
    )
}

/// One unit in the last of `places`: a tick size such as `0.01`.
pub(crate) fn smallest(places: u32) -> String {
    decimal(1, places)
}

/// The places that give a number of about `femto` times 10^-15 `significant` digits, no fewer
/// than `least` and no more than `most`.
pub(crate) fn places_for(femto: i128, significant: u32, least: u32, most: u32) -> u32 {
    let digits = femto.max(1).ilog10();
    (FEMTO_PLACES + significant)
        .saturating_sub(digits + 1)
        .clamp(least, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_become_exact_decimals() {
        assert_eq!(decimal(1_234, 2), "12.34");
        assert_eq!(decimal(5, 8), "0.00000005");
        assert_eq!(decimal(-5, 1), "-0.5");
        assert_eq!(decimal(42, 0), "42");
        assert_eq!(decimal_padded(1_234, 2, 8), "12.34000000");
        assert_eq!(decimal_padded(1_234, 10, 8), "0.0000001234");
        assert_eq!(smallest(3), "0.001");
    }

    #[test]
    fn a_price_gets_the_digits_that_its_size_needs() {
        // 67,000 dollars, 2.5 dollars and 0.0000112 dollars.
        assert_eq!(places_for(67_000 * power_of_ten(15), 6, 1, 10), 1);
        assert_eq!(places_for(25 * power_of_ten(14), 6, 1, 10), 5);
        assert_eq!(places_for(112 * power_of_ten(8), 6, 1, 10), 10);
    }
}
