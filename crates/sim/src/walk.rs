//! The common price of each token: a bounded random walk that can be asked about any moment.
//!
//! Owns the true price that all simulated exchanges scatter around, in integers of 10^-15 USD, and what
//! a test did to it (forced prices, pauses). Does not know exchanges or markets; `quoting` does.
//!
//! The walk is a sum of noise octaves, each four times slower and twice as strong as the one before,
//! which is how a random walk's changes grow with time. It therefore needs no stored history: live
//! prices, the 24-hour figures and back-filled candles all ask the same function and always agree.

use std::time::Duration;

use parallax::amount::Price;
use parallax::time::Timestamp;

use crate::digits::{FEMTO_PLACES, power_of_ten};
use crate::error::SimError;
use crate::noise::{Field, UNIT, field};
use crate::tokens::{TOKENS, position};

const NANO: i128 = 1_000_000_000;
/// A forced price is kept as a factor in parts of this.
const FACTOR: i128 = 1_000_000_000_000;
/// The quickest octave's period; its strength is Bitcoin's typical move in that time.
const FIRST_PERIOD_MS: i64 = 800;
const FIRST_STRENGTH_NANO: i64 = 95_000;
/// Twelve octaves reach from a second to a month.
const OCTAVES: usize = 12;

/// The walk of one token: a pure function of seed and step.
#[derive(Debug, Clone, Copy)]
struct Track {
    /// One noise field for each octave.
    octaves: [Field; OCTAVES],
    base_femto: i128,
    liveliness: i64,
}

/// When the walk stood still.
#[derive(Debug, Clone, Copy)]
struct Pause {
    from_ms: i64,
    until_ms: Option<i64>,
}

/// A forced price, in force from a moment on.
#[derive(Debug, Clone, Copy)]
struct Forced {
    token: usize,
    from_ms: i64,
    factor: i128,
}

/// All tokens' prices at all times.
#[derive(Debug, Clone)]
pub struct Walk {
    seed: u64,
    step_ms: i64,
    origin_ms: i64,
    tracks: Vec<Track>,
    pauses: Vec<Pause>,
    forced: Vec<Forced>,
}

impl Walk {
    /// A walk whose step 0 is at `origin` and that moves every `step`.
    ///
    /// # Errors
    /// [`SimError::Setting`] when the step is shorter than a millisecond or longer than an hour.
    pub fn new(seed: u64, step: Duration, origin: Timestamp) -> Result<Self, SimError> {
        let step_ms = i64::try_from(step.as_millis()).unwrap_or(0);
        if !(1..=3_600_000).contains(&step_ms) {
            return Err(SimError::Setting("the tick must last 1 ms to 1 h"));
        }
        let tracks = TOKENS
            .iter()
            .map(|token| {
                Ok(Track {
                    octaves: std::array::from_fn(|octave| {
                        let octave = u64::try_from(octave).unwrap_or(0);
                        Field::new(seed, field(token.code) ^ octave)
                    }),
                    base_femto: femto(
                        token
                            .usd
                            .parse()
                            .map_err(|_| SimError::Setting("a token's price is no decimal"))?,
                    )?,
                    liveliness: token.liveliness,
                })
            })
            .collect::<Result<_, SimError>>()?;
        Ok(Self {
            seed,
            step_ms,
            origin_ms: origin.unix_ms(),
            tracks,
            pauses: Vec::new(),
            forced: Vec::new(),
        })
    }

    /// The seed everything is made of.
    pub(crate) const fn seed(&self) -> u64 {
        self.seed
    }

    /// How many steps the walk has made at a moment; negative before its origin. Does not advance
    /// while the walk is paused.
    #[must_use]
    pub fn step_at(&self, at: Timestamp) -> i64 {
        let at_ms = at.unix_ms();
        let stood_still: i64 = self
            .pauses
            .iter()
            .map(|pause| (at_ms.min(pause.until_ms.unwrap_or(at_ms)) - pause.from_ms).max(0))
            .sum();
        (at_ms - self.origin_ms - stood_still).div_euclid(self.step_ms)
    }

    /// The undisturbed walk of a token at a step, in 10^-15 USD: the same for the same seed, always.
    /// `None` for a code that is not simulated.
    #[must_use]
    pub fn femto_at_step(&self, code: &str, step: i64) -> Option<i128> {
        position(code)
            .and_then(|token| self.tracks.get(token))
            .map(|track| self.wander(track, step))
    }

    fn wander(&self, track: &Track, step: i64) -> i128 {
        let walk_ms = step.saturating_mul(self.step_ms);
        let moved_nano: i64 = (0..)
            .zip(&track.octaves)
            .map(|(octave, noise): (u32, &Field)| {
                let period_ms = FIRST_PERIOD_MS << (2 * octave);
                let strength = (FIRST_STRENGTH_NANO << octave) * track.liveliness / 100;
                strength * noise.smooth(walk_ms, period_ms) / UNIT
            })
            .sum();
        track.base_femto + track.base_femto * i128::from(moved_nano) / NANO
    }

    /// A token's price at a moment, forced prices and pauses included, in 10^-15 USD; at least 1.
    pub(crate) fn femto(&self, token: usize, at: Timestamp) -> i128 {
        let Some(track) = self.tracks.get(token) else {
            return 1;
        };
        let walked = self.wander(track, self.step_at(at));
        let factor = self
            .forced
            .iter()
            .rev()
            .find(|forced| forced.token == token && forced.from_ms <= at.unix_ms())
            .map_or(FACTOR, |forced| forced.factor);
        (walked * factor / FACTOR).max(1)
    }

    /// From `at` on, the walk of a token goes on from this price in USD.
    ///
    /// # Errors
    /// [`SimError::UnknownToken`], and [`SimError::Setting`] for a price outside 10^-12 to 10^9.
    pub fn force(&mut self, code: &str, price: Price, at: Timestamp) -> Result<(), SimError> {
        let token = position(code).ok_or_else(|| SimError::UnknownToken(code.to_owned()))?;
        let wanted = femto(price)?;
        let track = self
            .tracks
            .get(token)
            .ok_or_else(|| SimError::UnknownToken(code.to_owned()))?;
        let walked = self.wander(track, self.step_at(at)).max(1);
        self.forced.push(Forced {
            token,
            from_ms: at.unix_ms(),
            factor: (wanted * FACTOR / walked).max(1),
        });
        Ok(())
    }

    /// Makes the walk stand still, or go on from where it stood.
    pub fn pause(&mut self, paused: bool, at: Timestamp) {
        let standing = self
            .pauses
            .last_mut()
            .filter(|pause| pause.until_ms.is_none());
        match (standing, paused) {
            (None, true) => self.pauses.push(Pause {
                from_ms: at.unix_ms(),
                until_ms: None,
            }),
            (Some(pause), false) => pause.until_ms = Some(at.unix_ms()),
            _ => {}
        }
    }
}

/// A price in USD as 10^-15 USD.
fn femto(price: Price) -> Result<i128, SimError> {
    const RANGE: SimError =
        SimError::Setting("a price must lie between 0.000000000001 and 1000000000 USD");
    let value = price.get();
    let femto = if value.scale() > FEMTO_PLACES {
        value.mantissa() / power_of_ten(value.scale() - FEMTO_PLACES)
    } else {
        value
            .mantissa()
            .checked_mul(power_of_ten(FEMTO_PLACES - value.scale()))
            .ok_or(RANGE)?
    };
    if (1_000..=power_of_ten(24)).contains(&femto) {
        Ok(femto)
    } else {
        Err(RANGE)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn origin() -> Timestamp {
        "2026-01-01T00:00:00Z".parse().unwrap()
    }

    fn walk(seed: u64) -> Walk {
        Walk::new(seed, Duration::from_millis(200), origin()).unwrap()
    }

    fn later(ms: u64) -> Timestamp {
        origin().plus(Duration::from_millis(ms))
    }

    #[test]
    fn the_same_seed_gives_the_same_prices_and_another_seed_others() {
        let sequence = |walk: &Walk| {
            TOKENS
                .iter()
                .flat_map(|token| {
                    (-50..200).map(|step| walk.femto_at_step(token.code, step).unwrap())
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(sequence(&walk(42)), sequence(&walk(42)));
        assert_ne!(sequence(&walk(42)), sequence(&walk(43)));
    }

    #[test]
    fn the_walk_of_a_seed_never_changes_between_versions() {
        let walk = walk(1);
        let prices: Vec<_> = (0..3)
            .map(|step| walk.femto_at_step("BTC", step * 5).unwrap())
            .collect();
        assert_eq!(
            prices,
            [
                104_880_807_159_200_000_000,
                104_886_168_541_600_000_000,
                104_895_437_690_800_000_000
            ]
        );
    }

    #[test]
    fn prices_stay_positive_and_within_reach_of_their_base() {
        let walk = walk(9);
        for token in TOKENS {
            let base = femto(token.usd.parse().unwrap()).unwrap();
            for step in (0..400_000_000).step_by(7_654_321) {
                let price = walk.femto_at_step(token.code, step).unwrap();
                assert!(
                    price > base / 5 && price < base * 2,
                    "{} at step {step}",
                    token.code
                );
            }
        }
    }

    #[test]
    fn a_forced_price_holds_from_its_moment_and_leaves_the_past_alone() {
        let mut walk = walk(3);
        let btc = position("BTC").unwrap();
        let before = walk.femto(btc, later(1_000));
        walk.force("BTC", "50000".parse().unwrap(), later(2_000))
            .unwrap();
        assert_eq!(walk.femto(btc, later(1_000)), before);
        let wanted = 50_000 * power_of_ten(FEMTO_PLACES);
        let off = (walk.femto(btc, later(2_000)) - wanted).abs();
        assert!(off <= wanted / 1_000_000_000, "off by {off}");
        assert!(matches!(
            walk.force("NOPE", "1".parse().unwrap(), later(0)),
            Err(SimError::UnknownToken(_))
        ));
        assert!(walk.force("BTC", "0".parse().unwrap(), later(0)).is_err());
    }

    #[test]
    fn a_pause_freezes_the_walk_which_then_goes_on_from_where_it_stood() {
        let mut walk = walk(3);
        walk.pause(true, later(1_000));
        assert_eq!(walk.step_at(later(1_000)), 5);
        assert_eq!(walk.step_at(later(9_000)), 5);
        walk.pause(true, later(5_000));
        walk.pause(false, later(9_000));
        assert_eq!(walk.step_at(later(9_200)), 6);
        assert_eq!(walk.step_at(later(800)), 4);
    }
}
