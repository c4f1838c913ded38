//! One token's price from its markets: the rules, the outliers, the weights and the median together.
//! Writes each market's verdict and part back into it; remembers nothing itself but buffers.

use parallax::Decimal;
use parallax::index::Rule;
use parallax::time::Moment;

use crate::figures::{CONFIDENCE_DIGITS, PRICE_DIGITS, Rounding, round_significant};
use crate::market::{MarketState, Part};
use crate::median::{Weighted, from_above, from_below, weighted_median};
use crate::outliers::{Outliers, VENUES_FOR_A_VERDICT, Voice};
use crate::policy::Limits;
use crate::rules::{Rate, Sound, judge};
use crate::weights::{VenueShare, WHOLE, decayed, share_out};

/// The least confidence, as a ratio of the price: 0.01 basis points, for the case that every quote is
/// locked at the same price.
const LEAST_CONFIDENCE: Decimal = Decimal::from_parts(1, 0, 0, false, 6);

/// A price and how it came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) price: Decimal,
    pub(crate) confidence: Decimal,
    /// Distinct venues in it.
    pub(crate) sources: u32,
    /// Those of them that quote: what a chain said minutes ago does not make a price live.
    pub(crate) quoting: u32,
    /// When its freshest quote was received, or its freshest block made.
    pub(crate) as_of: Moment,
    /// Whether the venues disagree and are too few to say which is wrong.
    pub(crate) is_disputed: bool,
}

/// A quote that passed the rules for single quotes.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    position: usize,
    venue: usize,
    sound: Sound,
    raw: u64,
    is_spot: bool,
}

/// Buffers, reused for every token.
#[derive(Debug, Default)]
pub(crate) struct Computation {
    candidates: Vec<Candidate>,
    voices: Vec<Voice>,
    markets_of: Vec<u64>,
    outliers: Outliers,
    shares: Vec<VenueShare>,
    /// The shares of the venues that are chains.
    spot_shares: Vec<VenueShare>,
    weighted: Vec<Weighted>,
}

impl Computation {
    /// Computes the price that `markets`, of `venues` distinct venues, agree on; `None` without any
    /// usable quote.
    pub(crate) fn run(
        &mut self,
        markets: &mut [MarketState],
        venues: usize,
        rates: &[Option<Rate>],
        now: Moment,
        limits: &Limits,
    ) -> Option<Found> {
        self.collect(markets, venues, rates, now, limits);
        self.leave_outliers_out(markets, limits);
        if self.candidates.is_empty() {
            return None;
        }
        self.weigh(markets, venues, now, limits);
        self.conclude(markets, limits)
    }

    /// The quotes that pass the rules, sorted by mid.
    fn collect(
        &mut self,
        markets: &mut [MarketState],
        venues: usize,
        rates: &[Option<Rate>],
        now: Moment,
        limits: &Limits,
    ) {
        self.candidates.clear();
        self.markets_of.clear();
        self.markets_of.resize(venues, 0);
        for (position, market) in markets.iter_mut().enumerate() {
            market.part = Part::default();
            market.outlier = None;
            match judge(market, rates, now, limits) {
                Ok(sound) => {
                    market.verdict = None;
                    market.part.mid_usd = Some(sound.mid);
                    if let Some(count) = self.markets_of.get_mut(market.venue) {
                        *count += 1;
                    }
                    self.candidates.push(Candidate {
                        position,
                        venue: market.venue,
                        sound,
                        raw: 0,
                        is_spot: market.is_spot(),
                    });
                }
                Err(rule) => market.verdict = Some(rule),
            }
        }
        self.candidates
            .sort_unstable_by_key(|candidate| (candidate.sound.mid, candidate.position));
    }

    fn leave_outliers_out(&mut self, markets: &mut [MarketState], limits: &Limits) {
        self.voices.clear();
        self.voices.extend(self.candidates.iter().map(|candidate| {
            Voice {
                mid: candidate.sound.mid,
                venue: candidate.venue,
                was_outlier: markets
                    .get(candidate.position)
                    .is_some_and(|market| market.is_outlier),
            }
        }));
        let fence = self.outliers.fence(&self.voices, &self.markets_of, limits);
        let mut voices = self.voices.iter();
        self.candidates.retain(|candidate| {
            let outlier = voices.next().and_then(|voice| fence.excludes(voice));
            if let Some(market) = markets.get_mut(candidate.position) {
                market.is_outlier = outlier.is_some();
                market.verdict = outlier.map(|_| Rule::Outlier);
                market.outlier = outlier;
            }
            outlier.is_none()
        });
    }

    fn weigh(&mut self, markets: &mut [MarketState], venues: usize, now: Moment, limits: &Limits) {
        for candidate in &self.candidates {
            if let Some(market) = markets.get_mut(candidate.position) {
                market.convert_volume(candidate.sound.rate, candidate.sound.mid);
            }
        }
        for shares in [&mut self.shares, &mut self.spot_shares] {
            shares.clear();
            shares.resize(venues, VenueShare::default());
        }
        let (mut quoted, mut spot) = (0_u128, 0_u128);
        for candidate in &mut self.candidates {
            let Some(market) = markets.get(candidate.position) else {
                continue;
            };
            let (shares, sum, half_life) = if candidate.is_spot {
                (&mut self.spot_shares, &mut spot, limits.max_spot_age / 2)
            } else {
                (&mut self.shares, &mut quoted, limits.weight_half_life)
            };
            let age = market
                .received
                .map_or(limits.max_quote_age, |received| received.age(now));
            let dollars = market.volume.dollars.unwrap_or(limits.unknown_volume);
            candidate.raw = decayed(dollars, age, half_life);
            *sum += u128::from(candidate.raw);
            if let Some(share) = shares.get_mut(candidate.venue) {
                share.raw += u128::from(candidate.raw);
            }
        }
        let spot_whole = if quoted == 0 {
            WHOLE
        } else {
            let part = u128::from(WHOLE) * spot / (quoted + spot);
            u64::try_from(part).unwrap_or(WHOLE).clamp(
                u64::from(spot > 0) * (WHOLE / 1_000_000),
                WHOLE / 1_000_000 * limits.spot_cap_millionths,
            )
        };
        share_out(
            &mut self.spot_shares,
            spot_whole,
            limits.venue_cap_millionths,
        );
        share_out(
            &mut self.shares,
            WHOLE - spot_whole,
            limits.venue_cap_millionths,
        );
    }

    fn conclude(&mut self, markets: &mut [MarketState], limits: &Limits) -> Option<Found> {
        self.weighted.clear();
        let mut as_of = Moment::default();
        let mut least_half_spread: Option<Decimal> = None;
        for candidate in &self.candidates {
            let shares = if candidate.is_spot {
                &self.spot_shares
            } else {
                &self.shares
            };
            let share = shares.get(candidate.venue).copied().unwrap_or_default();
            let weight = if share.raw == u128::from(candidate.raw) {
                share.weight
            } else {
                let part = u128::from(share.weight) * u128::from(candidate.raw) / share.raw.max(1);
                u64::try_from(part).unwrap_or(share.weight)
            };
            self.weighted.push(Weighted {
                value: candidate.sound.mid,
                weight,
            });
            if !candidate.is_spot {
                let half_spread = candidate.sound.half_spread;
                least_half_spread =
                    Some(least_half_spread.map_or(half_spread, |least| least.min(half_spread)));
            }
            if let Some(market) = markets.get_mut(candidate.position) {
                market.part.weight_millionths =
                    Some((weight + WHOLE / 2_000_000) / (WHOLE / 1_000_000));
                if let Some(confirmed) = market.received.map(|received| received.confirmed())
                    && confirmed.monotonic >= as_of.monotonic
                {
                    as_of = confirmed;
                }
            }
        }
        let median = weighted_median(&self.weighted)?;
        let price = round_significant(median, PRICE_DIGITS, Rounding::Nearest)?;
        let (low, high) = (
            from_below(&self.weighted, 4)?,
            from_above(&self.weighted, 4)?,
        );
        let half_band = (price - low).max(high - price);
        let confidence = half_band
            .checked_add(least_half_spread.unwrap_or(price * limits.spot_uncertainty))?
            .max(price * LEAST_CONFIDENCE);
        let count = |shares: &[VenueShare]| shares.iter().filter(|share| share.raw > 0).count();
        let quoting = count(&self.shares);
        let sources = quoting + count(&self.spot_shares);
        let lowest = self.weighted.first()?.value;
        let highest = self.weighted.last()?.value;
        let agreement = (price * limits.outlier_floor).checked_mul(limits.outlier_deviations)?;
        Some(Found {
            price,
            confidence: round_significant(confidence, CONFIDENCE_DIGITS, Rounding::Up)?,
            sources: u32::try_from(sources).unwrap_or(u32::MAX),
            quoting: u32::try_from(quoting).unwrap_or(u32::MAX),
            as_of,
            is_disputed: sources < VENUES_FOR_A_VERDICT && highest - lowest > agreement,
        })
    }
}
