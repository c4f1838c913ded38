//! The figures of one token on the simulated chain: price, hours and days, volumes, supply.
//!
//! A pure function of the walk, the token and the time, as `quoting` is for exchanges. Prices have 34
//! significant digits, most of them meaningless, as on the real chain.

use std::time::Duration;

use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, RoundingMode};
use parallax::time::Timestamp;

use crate::digits::{FEMTO_PLACES, decimal};
use crate::noise::{UNIT, below, hash, smooth};
use crate::walk::Walk;

/// What a decimal of graph-node has.
const DIGITS: usize = 34;
/// How far the pools stray from the common price, in millionths.
const NOISE_PPM: i64 = 900;
const PPM: i64 = 1_000_000;
/// Decimal places of a volume in tokens.
const VOLUME_PLACES: u32 = 18;
/// How many moments a row's extremes are taken from.
const SAMPLES: i64 = 8;

/// One token of the simulated subgraph.
#[derive(Debug, Clone)]
pub(super) struct ChainToken {
    /// The contract.
    pub(super) address: String,
    pub(super) symbol: String,
    pub(super) name: String,
    /// Its place in the token table; `None` for one without a pool deep enough to price it.
    pub(super) token: Option<usize>,
    /// In how many of a hundred hours somebody trades it.
    pub(super) busy_percent: u64,
    /// Traded here in 24 hours, in USD.
    pub(super) volume_usd: i64,
    /// Value locked here, in USD.
    pub(super) locked_usd: i64,
    /// How often it was used since the beginning.
    pub(super) transactions: u64,
    pub(super) field: u64,
}

/// The figures of an hour or a day.
#[derive(Debug, Clone)]
pub(super) struct Figures {
    pub(super) open: String,
    pub(super) high: String,
    pub(super) low: String,
    pub(super) close: String,
    pub(super) volume: String,
    pub(super) volume_usd: String,
}

impl ChainToken {
    /// USD for one unit; zero where it has no price.
    pub(super) fn usd(&self, walk: &Walk, at: Timestamp) -> BigDecimal {
        let text = self.femto(walk, at).map(|femto| self.text(walk, femto));
        text.and_then(|text| text.parse().ok()).unwrap_or_default()
    }

    /// The same in 10^-15 USD.
    fn femto(&self, walk: &Walk, at: Timestamp) -> Option<i128> {
        let astray = smooth(walk.seed(), self.field, at.unix_ms(), 600_000) * NOISE_PPM / UNIT;
        let common = walk.femto(self.token?, at);
        Some((common * i128::from(PPM + astray) / i128::from(PPM)).max(1))
    }

    /// A price with as many digits behind as the chain has: the same ones for the same price.
    fn text(&self, walk: &Walk, femto: i128) -> String {
        let known = usize::try_from(femto.max(1).ilog10() + 1).unwrap_or(0);
        let missing = DIGITS.saturating_sub(known).clamp(1, 18);
        let low = i64::try_from(femto % i128::from(i64::MAX)).unwrap_or(0);
        let scale = 10_u64.pow(u32::try_from(missing).unwrap_or(1));
        let tail = hash(walk.seed(), self.field ^ 1, low) % scale;
        format!("{}{tail:0missing$}", decimal(femto, FEMTO_PLACES))
    }

    /// Whether somebody traded it in the interval.
    pub(super) fn is_touched(&self, walk: &Walk, opens_s: i64, step_s: i64) -> bool {
        // A day without any trade is rarer than an hour.
        let percent = if step_s > 3_600 {
            100
        } else {
            self.busy_percent
        };
        below(walk.seed(), self.field ^ 2, opens_s, 100) < percent
    }

    /// The figures of the interval, as they stand at `seen`; `None` before it began.
    pub(super) fn figures(
        &self,
        walk: &Walk,
        opens_s: i64,
        step_s: i64,
        seen: Timestamp,
    ) -> Option<Figures> {
        let opens = Timestamp::from_unix_s(opens_s).ok()?;
        let length_ms = (step_s * 1_000).min(seen.unix_ms() - opens.unix_ms());
        if length_ms < 0 {
            return None;
        }
        let price = |sample: i64| {
            let after = u64::try_from(length_ms * sample / SAMPLES).unwrap_or(0);
            self.femto(walk, opens.plus(Duration::from_millis(after)))
                .unwrap_or(0)
        };
        let open = price(0);
        let (mut high, mut low, mut close) = (open, open, open);
        for sample in 1..=SAMPLES {
            close = price(sample);
            high = high.max(close);
            low = low.min(close);
        }
        // One touched hour in twelve saw no swap, only somebody moving liquidity.
        let is_quiet = step_s <= 3_600 && below(walk.seed(), self.field ^ 3, opens_s, 12) == 0;
        let cents = if is_quiet || self.token.is_none() {
            0
        } else {
            let busy = UNIT + smooth(walk.seed(), self.field ^ 4, opens_s, 5 * step_s) * 7 / 10;
            i128::from(self.volume_usd) * 100 * i128::from(length_ms) / 86_400_000
                * i128::from(busy)
                / i128::from(UNIT)
        };
        let volume = if close == 0 {
            BigInt::from(0)
        } else {
            // Cents and 10^-15 USD are 13 places apart.
            BigInt::from(cents) * 10_i128.pow(13 + VOLUME_PLACES) / close
        };
        let text = |femto: i128| match femto {
            0 => "0".to_owned(),
            femto => self.text(walk, femto),
        };
        Some(Figures {
            open: text(open),
            high: text(high),
            low: text(low),
            close: text(close),
            volume: BigDecimal::new(volume, i64::from(VOLUME_PLACES)).to_plain_string(),
            volume_usd: decimal(cents, 2),
        })
    }

    /// A number out of the contract's event that means nothing, as the real subgraph has.
    pub(super) fn supply(&self) -> String {
        (8_240 + 10_000 * (1 + self.field % 3)).to_string()
    }

    /// Value of everything traded since the beginning, in USD.
    pub(super) fn volume_ever(&self, at: Timestamp) -> String {
        // As if it had been traded like this since 2021-05-05.
        let days = (at.unix_ms() / 1_000 - 1_620_172_800).max(0) / 86_400;
        format!("{}.4502662839429", self.volume_usd.saturating_mul(days))
    }
}

/// The number with as many digits as the chain has.
pub(super) fn digits(value: &BigDecimal) -> BigDecimal {
    let surplus = i64::try_from(value.digits()).unwrap_or(0) - i64::try_from(DIGITS).unwrap_or(0);
    if surplus > 0 {
        let places = value.fractional_digit_count() - surplus;
        value.with_scale_round(places, RoundingMode::HalfEven)
    } else {
        value.clone()
    }
}
