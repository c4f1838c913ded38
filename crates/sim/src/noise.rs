//! Reproducible noise in integers: the same seed and coordinates give the same number on every machine.
//!
//! Owns randomness and nothing else. `walk` makes prices of it, `quoting` makes spreads, sizes and
//! trades. Nothing here keeps state, so any moment can be computed without computing those before it.

/// The full scale of [`smooth`]: it returns values from `-UNIT` to `UNIT`.
pub(crate) const UNIT: i64 = 1_000_000;

/// One step of the SplitMix64 generator, used as a mixing function.
const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// A uniform number for a place in a noise field.
pub(crate) const fn hash(seed: u64, field: u64, position: i64) -> u64 {
    mix(mix(mix(seed) ^ field) ^ position.cast_unsigned())
}

/// The name of a noise field, made of a text.
pub(crate) fn field(name: &str) -> u64 {
    name.bytes()
        .fold(0, |state, byte| mix(state ^ u64::from(byte)))
}

/// A uniform number in `0..below`; 0 when `below` is 0.
pub(crate) const fn below(seed: u64, field: u64, position: i64, below: u64) -> u64 {
    match hash(seed, field, position).checked_rem(below) {
        Some(value) => value,
        None => 0,
    }
}

/// A noise field of one seed, ready to be asked many times.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field(u64);

impl Field {
    pub(crate) const fn new(seed: u64, field: u64) -> Self {
        Self(mix(mix(seed) ^ field))
    }

    /// The value at one lattice point, from `-UNIT` to `UNIT`: the remainder of [`hash`].
    fn lattice(self, point: i64) -> i64 {
        const SPREAD: u64 = 2 * UNIT.unsigned_abs() + 1;
        (mix(self.0 ^ point.cast_unsigned()) % SPREAD).cast_signed() - UNIT
    }

    /// Noise that changes gradually: independent values every `period`, joined by straight lines.
    pub(crate) fn smooth(self, at: i64, period: i64) -> i64 {
        let period = period.max(1);
        let point = at.div_euclid(period);
        let (from, to) = (self.lattice(point), self.lattice(point.saturating_add(1)));
        // At most 2 million times a period, and a period is at most a few months of milliseconds.
        from + (to - from).saturating_mul(at.rem_euclid(period)) / period
    }
}

/// The same for a field that is asked once.
pub(crate) fn smooth(seed: u64, field: u64, at: i64, period: i64) -> i64 {
    Field::new(seed, field).smooth(at, period)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smooth_noise_stays_within_its_unit_and_meets_at_the_lattice_points() {
        for at in -5_000..5_000 {
            let value = smooth(7, field("x"), at, 100);
            assert!(value.abs() <= UNIT, "{value} at {at}");
            let step = smooth(7, field("x"), at + 1, 100) - value;
            assert!(step.abs() <= 2 * UNIT / 100 + 1, "jump of {step} at {at}");
        }
    }

    #[test]
    fn another_seed_gives_another_sequence() {
        let sequence = |seed| (0..20).map(|at| hash(seed, 1, at)).collect::<Vec<_>>();
        assert_eq!(sequence(1), sequence(1));
        assert_ne!(sequence(1), sequence(2));
    }
}
