//! The thresholds of the method, as configured. Read once by the composition root; everything else in
//! this crate sees [`Limits`], the same thresholds in the units of the computation.

use std::time::Duration;

use parallax::Decimal;
use parallax::amount::parse_exact;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Why a policy is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} is {value}, but must be {allowed}")]
pub struct PolicyError {
    /// The field of [`Policy`].
    pub key: &'static str,
    /// What it was set to, with its unit.
    pub value: String,
    /// What is allowed.
    pub allowed: String,
}

/// Every threshold of the method. Fields left out of a configuration keep their defaults; unknown ones
/// are refused. Decimal fields are written as strings (`"200"`); whole numbers may stand bare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Distinct exchanges needed for `live`; with fewer a price is `thin`. 1 to 100. Pyth asks for a
    /// minimum of publishers in the same way.
    pub min_sources: u32,
    /// Milliseconds after which a quote no longer counts, unless its exchange's own limit is shorter.
    /// 100 ms to 1 h.
    pub max_quote_age_ms: u64,
    /// Milliseconds after which a price of a chain no longer counts, unless its venue's own limit is
    /// shorter. Counted from its block's time. 1 s to 24 h.
    pub max_spot_age_ms: u64,
    /// Per cent of the weight that all prices of chains together may have beside exchanges' quotes: they
    /// are minutes old where quotes are not. 1 to 33.
    #[serde(with = "plain")]
    pub spot_cap_pct: Decimal,
    /// Basis points of the price that a price of a chain may be off by, the confidence of a price that
    /// rests on chains alone: the fee of the usual pool, within which nobody corrects it. 1 to 5,000.
    #[serde(with = "plain")]
    pub spot_uncertainty_bp: Decimal,
    /// Milliseconds for which a bid equal to the ask is tolerated. 0 to 1 h.
    pub locked_tolerance_ms: u64,
    /// Basis points of the mid that the spread may take. 1 to 5,000. CF Benchmarks and CoinGecko leave
    /// out books with wide spreads alike.
    #[serde(with = "plain")]
    pub max_spread_bp: Decimal,
    /// Multiples of the median absolute deviation beyond which a mid is an outlier. 2 to 20; below 2,
    /// an outlier could never be re-admitted within half the limit.
    #[serde(with = "plain")]
    pub outlier_deviations: Decimal,
    /// Basis points of the median that the median absolute deviation counts for at least, so that
    /// exchanges in close agreement do not exclude each other over a trifle. 0.1 to 1,000.
    #[serde(with = "plain")]
    pub outlier_floor_bp: Decimal,
    /// Per cent of the weight that one exchange may have (all its markets together), where there are
    /// enough exchanges: with n of them it is never below 100 / n. 5 to 33; above a third, one exchange
    /// could move the price by more than the published confidence.
    #[serde(with = "plain")]
    pub venue_cap_pct: Decimal,
    /// US dollars a day that a market counts with which does not say its volume. A constant, and not a
    /// figure of the other exchanges, so that no exchange can move the weights of others. 1 to
    /// 1,000,000,000.
    pub unknown_volume_usd: u64,
    /// Milliseconds in which the weight of an unconfirmed quote halves. 1 s to 1 h. CCCAGG decays
    /// weights with the time since the last trade.
    pub weight_half_life_ms: u64,
    /// Milliseconds since its last confirmation for which a price without usable quotes is `aging`;
    /// then it is `stale`. `max_quote_age_ms` to 1 h.
    pub aging_limit_ms: u64,
    /// Milliseconds since its last confirmation after which a stale price is no longer shown.
    /// `aging_limit_ms` to 366 days.
    pub stale_limit_ms: u64,
    /// Milliseconds since its last confirmation for which the last rate of a conversion base is used
    /// although the base has no usable quote, or its jump is held. `jump_hold_ms` to `aging_limit_ms`.
    pub max_rate_age_ms: u64,
    /// Basis points by which a stablecoin or a currency that converts others may move within
    /// `jump_interval_ms`. 1 to 5,000.
    #[serde(with = "plain")]
    pub jump_limit_money_bp: Decimal,
    /// Basis points by which Bitcoin or Ether may move within `jump_interval_ms`. 1 to 5,000.
    #[serde(with = "plain")]
    pub jump_limit_crypto_bp: Decimal,
    /// Milliseconds over which a jump is measured. 100 ms to 1 h.
    pub jump_interval_ms: u64,
    /// Milliseconds for which a jump must persist before it is believed. 0 (never hold) to 10 min.
    pub jump_hold_ms: u64,
    /// Milliseconds between two publications that say nothing but that the price is still confirmed.
    /// 0 (every confirmation) to 1 min.
    pub confirm_every_ms: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            min_sources: 2,
            max_quote_age_ms: 60_000,
            max_spot_age_ms: 1_200_000,
            spot_cap_pct: Decimal::from(10),
            spot_uncertainty_bp: Decimal::from(30),
            locked_tolerance_ms: 5_000,
            max_spread_bp: Decimal::from(200),
            outlier_deviations: Decimal::from(5),
            outlier_floor_bp: Decimal::from(20),
            venue_cap_pct: Decimal::from(33),
            unknown_volume_usd: 100_000,
            weight_half_life_ms: 15_000,
            aging_limit_ms: 120_000,
            stale_limit_ms: 7 * DAY_MS,
            max_rate_age_ms: 60_000,
            jump_limit_money_bp: Decimal::from(200),
            jump_limit_crypto_bp: Decimal::from(1_000),
            jump_interval_ms: 10_000,
            jump_hold_ms: 5_000,
            confirm_every_ms: 1_000,
        }
    }
}

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;
/// 0.1, the least `outlier_floor_bp`.
const TENTH: Decimal = Decimal::from_parts(1, 0, 0, false, 1);

impl Policy {
    /// Checks every threshold against its bounds.
    ///
    /// # Errors
    /// [`PolicyError`] names the first key that is out of bounds, its value and what is allowed.
    pub fn validate(&self) -> Result<(), PolicyError> {
        let number = |key, value: Decimal, least: Decimal, most: u32, unit: &str| {
            within(key, value, least, Decimal::from(most), unit)
        };
        let whole = |least: u32| Decimal::from(least);
        let time = |key, value: u64, least: u64, most: u64| {
            within(key, value.into(), least.into(), most.into(), " ms")
        };
        number(
            "min_sources",
            self.min_sources.into(),
            whole(1),
            100,
            " exchanges",
        )?;
        time("max_quote_age_ms", self.max_quote_age_ms, 100, HOUR_MS)?;
        time("max_spot_age_ms", self.max_spot_age_ms, 1_000, DAY_MS)?;
        number("spot_cap_pct", self.spot_cap_pct, whole(1), 33, " %")?;
        number(
            "spot_uncertainty_bp",
            self.spot_uncertainty_bp,
            whole(1),
            5_000,
            " bp",
        )?;
        time("locked_tolerance_ms", self.locked_tolerance_ms, 0, HOUR_MS)?;
        number("max_spread_bp", self.max_spread_bp, whole(1), 5_000, " bp")?;
        number(
            "outlier_deviations",
            self.outlier_deviations,
            whole(2),
            20,
            " deviations",
        )?;
        number(
            "outlier_floor_bp",
            self.outlier_floor_bp,
            TENTH,
            1_000,
            " bp",
        )?;
        number("venue_cap_pct", self.venue_cap_pct, whole(5), 33, " %")?;
        number(
            "unknown_volume_usd",
            self.unknown_volume_usd.into(),
            whole(1),
            1_000_000_000,
            " USD",
        )?;
        time(
            "weight_half_life_ms",
            self.weight_half_life_ms,
            1_000,
            HOUR_MS,
        )?;
        time(
            "aging_limit_ms",
            self.aging_limit_ms,
            self.max_quote_age_ms,
            HOUR_MS,
        )?;
        time(
            "stale_limit_ms",
            self.stale_limit_ms,
            self.aging_limit_ms,
            366 * DAY_MS,
        )?;
        number(
            "jump_limit_money_bp",
            self.jump_limit_money_bp,
            whole(1),
            5_000,
            " bp",
        )?;
        number(
            "jump_limit_crypto_bp",
            self.jump_limit_crypto_bp,
            whole(1),
            5_000,
            " bp",
        )?;
        time("jump_interval_ms", self.jump_interval_ms, 100, HOUR_MS)?;
        time("jump_hold_ms", self.jump_hold_ms, 0, 600_000)?;
        time(
            "max_rate_age_ms",
            self.max_rate_age_ms,
            self.jump_hold_ms,
            self.aging_limit_ms,
        )?;
        time("confirm_every_ms", self.confirm_every_ms, 0, 60_000)
    }
}

fn within(
    key: &'static str,
    value: Decimal,
    least: Decimal,
    most: Decimal,
    unit: &str,
) -> Result<(), PolicyError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(PolicyError {
        key,
        value: format!("{value}{unit}"),
        allowed: format!("{least} to {most}{unit}"),
    })
}

/// A validated [`Policy`] in the units of the computation: durations, and ratios instead of basis
/// points and per cent.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    pub(crate) min_sources: u32,
    pub(crate) max_quote_age: Duration,
    pub(crate) max_spot_age: Duration,
    /// Millionths of the weight.
    pub(crate) spot_cap_millionths: u64,
    pub(crate) spot_uncertainty: Decimal,
    pub(crate) locked_tolerance: Duration,
    pub(crate) max_spread: Decimal,
    pub(crate) outlier_deviations: Decimal,
    pub(crate) outlier_floor: Decimal,
    /// Millionths of the weight.
    pub(crate) venue_cap_millionths: u64,
    /// In whole dollars.
    pub(crate) unknown_volume: u64,
    pub(crate) weight_half_life: Duration,
    pub(crate) aging_limit: Duration,
    pub(crate) stale_limit: Duration,
    pub(crate) max_rate_age: Duration,
    pub(crate) jump_limit_money: Decimal,
    pub(crate) jump_limit_crypto: Decimal,
    pub(crate) jump_interval: Duration,
    pub(crate) jump_hold: Duration,
    pub(crate) confirm_every: Duration,
}

impl TryFrom<&Policy> for Limits {
    type Error = PolicyError;

    fn try_from(policy: &Policy) -> Result<Self, PolicyError> {
        policy.validate()?;
        let basis_point = Decimal::from_parts(1, 0, 0, false, 4);
        let millionths = |per_cent: Decimal, default: u64| {
            u64::try_from((per_cent * Decimal::from(10_000)).trunc()).unwrap_or(default)
        };
        Ok(Self {
            min_sources: policy.min_sources,
            max_quote_age: Duration::from_millis(policy.max_quote_age_ms),
            max_spot_age: Duration::from_millis(policy.max_spot_age_ms),
            spot_cap_millionths: millionths(policy.spot_cap_pct, 100_000),
            spot_uncertainty: policy.spot_uncertainty_bp * basis_point,
            locked_tolerance: Duration::from_millis(policy.locked_tolerance_ms),
            max_spread: policy.max_spread_bp * basis_point,
            outlier_deviations: policy.outlier_deviations,
            outlier_floor: policy.outlier_floor_bp * basis_point,
            venue_cap_millionths: millionths(policy.venue_cap_pct, 330_000),
            unknown_volume: policy.unknown_volume_usd,
            weight_half_life: Duration::from_millis(policy.weight_half_life_ms),
            aging_limit: Duration::from_millis(policy.aging_limit_ms),
            stale_limit: Duration::from_millis(policy.stale_limit_ms),
            max_rate_age: Duration::from_millis(policy.max_rate_age_ms),
            jump_limit_money: policy.jump_limit_money_bp * basis_point,
            jump_limit_crypto: policy.jump_limit_crypto_bp * basis_point,
            jump_interval: Duration::from_millis(policy.jump_interval_ms),
            jump_hold: Duration::from_millis(policy.jump_hold_ms),
            confirm_every: Duration::from_millis(policy.confirm_every_ms),
        })
    }
}

/// Decimals of the configuration: text, or a bare number, because an environment variable's `200`
/// arrives as one.
mod plain {
    use super::{Decimal, Deserializer, Serializer, de, parse_exact};

    pub(super) fn serialize<S: Serializer>(value: &Decimal, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&value.normalize())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
        struct Number;
        impl de::Visitor<'_> for Number {
            type Value = Decimal;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a decimal number such as \"200\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Decimal, E> {
                parse_exact(text).map_err(|error| E::custom(format_args!("{text:?} is {error}")))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Decimal, E> {
                Ok(value.into())
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Decimal, E> {
                Ok(value.into())
            }

            // A threshold, not a price: its shortest text is what was typed.
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Decimal, E> {
                self.visit_str(&value.to_string())
            }
        }
        from.deserialize_any(Number)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_default_policy_is_valid() {
        assert_eq!(Policy::default().validate(), Ok(()));
    }

    #[test]
    fn an_error_names_key_value_and_what_is_allowed() {
        let policy = Policy {
            venue_cap_pct: Decimal::from(50),
            ..Policy::default()
        };
        assert_eq!(
            policy.validate().unwrap_err().to_string(),
            "venue_cap_pct is 50 %, but must be 5 to 33 %"
        );
        let policy = Policy {
            aging_limit_ms: 30_000,
            ..Policy::default()
        };
        assert_eq!(
            policy.validate().unwrap_err().to_string(),
            "aging_limit_ms is 30000 ms, but must be 60000 to 3600000 ms"
        );
    }

    #[test]
    fn a_section_of_the_configuration_overrides_only_what_it_says() {
        let policy: Policy = toml::from_str(
            "min_sources = 3\nmax_spread_bp = \"150.5\"\noutlier_deviations = 6\noutlier_floor_bp = 0.5",
        )
        .unwrap();
        assert_eq!(policy.min_sources, 3);
        assert_eq!(policy.max_spread_bp.to_string(), "150.5");
        assert_eq!(policy.outlier_deviations, Decimal::from(6));
        assert_eq!(policy.outlier_floor_bp.to_string(), "0.5");
        assert_eq!(policy.venue_cap_pct, Policy::default().venue_cap_pct);
    }

    #[test]
    fn an_unknown_key_and_a_malformed_number_are_refused() {
        let unknown = toml::from_str::<Policy>("max_spread = \"1\"").unwrap_err();
        assert!(unknown.to_string().contains("max_spread"), "{unknown}");
        let malformed = toml::from_str::<Policy>("max_spread_bp = \"wide\"").unwrap_err();
        assert!(
            malformed.to_string().contains("not a decimal number"),
            "{malformed}"
        );
    }

    #[test]
    fn a_policy_survives_its_own_text() {
        let text = toml::to_string(&Policy::default()).unwrap();
        assert_eq!(toml::from_str::<Policy>(&text).unwrap(), Policy::default());
    }
}
