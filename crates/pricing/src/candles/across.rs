//! An index bar out of what several venues report for one past interval.
//!
//! The rules are those of the live price: a market's bar is converted to USD through the index bars of its
//! quote asset, never by assuming a rate; bars whose close is an outlier are left out; weights follow the
//! volume, capped per venue; each of open, high, low and close is a weighted median. What history cannot
//! tell, it does not use: there is no age and no spread.

use parallax::Decimal;
use parallax::amount::{Price, Quantity};
use parallax::candle::{Bar, CandleKind, Interval, VenueCandle};
use parallax::venue::VenueId;

use super::join::add;
use crate::figures::{HALF, LEAST_PRICE, PRICE_DIGITS, Rounding, round_significant};
use crate::median::{Weighted, weighted_median};
use crate::outliers::{Outliers, Voice};
use crate::policy::{Limits, Policy, PolicyError};
use crate::weights::{VenueShare, WHOLE, share_out};

/// Decimal places of a volume in USD.
pub(crate) const VOLUME_PLACES: u32 = 8;

/// A venue's candle as a whole bar in USD. `through` is the index bar of the asset it is priced in at the
/// same time, `None` for a candle in USD; `inverted` says that the market prices the token as its quote
/// asset, so that the candle is turned over first.
///
/// Open and close are converted at the open and the close of `through`, high and low at the middle of
/// both: where in the interval they were is not known. `None` when the candle is not a price (zero,
/// negative, or high and low do not enclose it) or leaves what a decimal can hold.
#[must_use]
pub fn convert(
    candle: &VenueCandle,
    through: Option<&Bar>,
    inverted: bool,
    interval: Interval,
) -> Option<Bar> {
    let VenueCandle {
        open,
        high,
        low,
        close,
        ..
    } = *candle;
    if low <= Price::default() || low > open.min(close) || high < open.max(close) {
        return None;
    }
    let turned = |price: Price| {
        if inverted {
            Decimal::ONE.checked_div(price.get())
        } else {
            Some(price.get())
        }
    };
    let (high, low) = if inverted { (low, high) } else { (high, low) };
    let (first, last) = through.map_or((Decimal::ONE, Decimal::ONE), |bar| {
        (bar.open.get(), bar.close.get())
    });
    let middle = first.checked_add(last)?.checked_mul(HALF)?;
    let usd = |price: Price, rate: Decimal| {
        let price = turned(price)?.checked_mul(rate)?;
        round_significant(price, PRICE_DIGITS, Rounding::Nearest).filter(|&it| it >= LEAST_PRICE)
    };
    let (open, close) = (usd(open, first)?, usd(close, last)?);
    let high = usd(high, middle)?.max(open).max(close);
    let low = usd(low, middle)?.min(open).min(close);
    let volume = volume_usd(candle, inverted, middle, open, close);
    let is_traded = candle
        .trades
        .map_or(candle.base_volume.is_positive(), |trades| trades > 0);
    Some(Bar {
        open_time: candle.open_time,
        open: Price::new(open),
        high: Price::new(high),
        low: Price::new(low),
        close: Price::new(close),
        confidence: None,
        volume_usd: volume.unwrap_or_default(),
        trades: candle.trades,
        sources: 1,
        minutes: interval.minutes(),
        kind: if is_traded {
            CandleKind::Traded
        } else {
            CandleKind::Filled
        },
        revision: 0,
    })
}

/// The volume in the asset that is converted, where the venue says it; else the volume of the token at
/// the middle of open and close.
fn volume_usd(
    candle: &VenueCandle,
    inverted: bool,
    rate: Decimal,
    open: Decimal,
    close: Decimal,
) -> Option<Quantity> {
    let at_middle = |volume: Quantity| {
        let price = open.checked_add(close)?.checked_mul(HALF)?;
        volume.get().checked_mul(price)
    };
    let volume = match (inverted, candle.quote_volume) {
        (false, Some(volume)) => volume.get().checked_mul(rate),
        (false, None) => at_middle(candle.base_volume),
        (true, _) => candle.base_volume.get().checked_mul(rate),
    }?;
    Quantity::new(volume.round_dp(VOLUME_PLACES)).ok()
}

/// Makes one bar of several venues' bars of the same interval.
#[derive(Debug)]
pub struct HistoryMerger {
    limits: Limits,
    outliers: Outliers,
}

impl HistoryMerger {
    /// With the thresholds of the live price.
    ///
    /// # Errors
    /// [`PolicyError`] when a threshold is out of its bounds.
    pub fn new(policy: &Policy) -> Result<Self, PolicyError> {
        Ok(Self {
            limits: Limits::try_from(policy)?,
            outliers: Outliers::default(),
        })
    }

    /// The bar that `bars`, all of the same interval and each with its venue, agree on. A venue may have several, one a market. The order of `bars` does not matter. `None` when
    /// there are none, or all were left out.
    pub fn merge(&mut self, bars: &[(VenueId, Bar)]) -> Option<Bar> {
        let mut order: Vec<&(VenueId, Bar)> = bars.iter().collect();
        order.sort_unstable_by(|a, b| {
            let key = |(venue, bar): &(VenueId, Bar)| {
                (bar.close, bar.open, bar.volume_usd, venue.clone())
            };
            key(a).cmp(&key(b))
        });
        let mut venues: Vec<&VenueId> = order.iter().map(|(venue, _)| venue).collect();
        venues.sort_unstable();
        venues.dedup();
        let number = |venue: &VenueId| venues.binary_search(&venue).unwrap_or(0);

        let mut markets_of = vec![0_u64; venues.len()];
        let voices: Vec<Voice> = order
            .iter()
            .map(|(venue, bar)| {
                let venue = number(venue);
                if let Some(count) = markets_of.get_mut(venue) {
                    *count += 1;
                }
                Voice {
                    mid: bar.close.get(),
                    venue,
                    was_outlier: false,
                }
            })
            .collect();
        let fence = self.outliers.fence(&voices, &markets_of, &self.limits);
        let kept: Vec<(usize, &Bar)> = order
            .iter()
            .zip(&voices)
            .filter(|(_, voice)| fence.excludes(voice).is_none())
            .map(|((_, bar), voice)| (voice.venue, bar))
            .collect();

        let mut shares = vec![VenueShare::default(); venues.len()];
        for &(venue, bar) in &kept {
            if let Some(share) = shares.get_mut(venue) {
                share.raw += raw_weight(bar);
            }
        }
        share_out(&mut shares, WHOLE, self.limits.venue_cap_millionths);
        let weighted: Vec<(u64, &Bar)> = kept
            .iter()
            .map(|&(venue, bar)| {
                let share = shares.get(venue).copied().unwrap_or_default();
                let weight = u128::from(share.weight) * raw_weight(bar) / share.raw.max(1);
                (u64::try_from(weight).unwrap_or(share.weight).max(1), bar)
            })
            .collect();
        let open = median(&weighted, |bar| bar.open)?;
        let close = median(&weighted, |bar| bar.close)?;
        let high = median(&weighted, |bar| bar.high)?.max(open).max(close);
        let low = median(&weighted, |bar| bar.low)?.min(open).min(close);
        let sources = shares.iter().filter(|share| share.raw > 0).count();
        let trades = kept
            .iter()
            .map(|(_, bar)| bar.trades)
            .reduce(|sum, trades| {
                sum.zip(trades)
                    .map(|(sum, trades)| sum.saturating_add(trades))
            });
        let first = kept.first().map(|(_, bar)| *bar)?;
        Some(Bar {
            open_time: first.open_time,
            open,
            high,
            low,
            close,
            confidence: None,
            volume_usd: kept
                .iter()
                .fold(Quantity::ZERO, |sum, (_, bar)| add(sum, bar.volume_usd)),
            trades: trades.flatten(),
            sources: u32::try_from(sources).unwrap_or(u32::MAX),
            minutes: kept.iter().map(|(_, bar)| bar.minutes).max()?,
            kind: kept.iter().map(|(_, bar)| bar.kind).max()?,
            revision: 0,
        })
    }
}

/// The volume in whole dollars; never 0, so that an interval without trades still counts.
fn raw_weight(bar: &Bar) -> u128 {
    u128::try_from(bar.volume_usd.get().trunc())
        .unwrap_or(u128::from(u64::MAX))
        .clamp(1, 1 << 60)
}

fn median(weighted: &[(u64, &Bar)], of: impl Fn(&Bar) -> Price) -> Option<Price> {
    let mut sorted: Vec<Weighted> = weighted
        .iter()
        .map(|&(weight, bar)| Weighted {
            value: of(bar).get(),
            weight,
        })
        .collect();
    sorted.sort_unstable_by_key(|number| number.value);
    let median = weighted_median(&sorted)?;
    round_significant(median, PRICE_DIGITS, Rounding::Nearest).map(Price::new)
}
