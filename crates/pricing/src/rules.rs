//! The rules that a single quote must pass, in the order in which they are named to people. Comparing
//! quotes with each other is `outliers`' part; saying a verdict in words is `wording`'s.

use parallax::Decimal;
use parallax::event::Quote;
use parallax::index::Rule;
use parallax::time::{Moment, Timestamp};

use crate::conversion::Route;
use crate::figures::{HALF, LEAST_PRICE, PRICE_DIGITS, Rounding, round_significant};
use crate::market::MarketState;
use crate::policy::Limits;

/// The USD price of a conversion base, when it may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) price: Decimal,
    /// When that price was last confirmed.
    pub(crate) as_of: Timestamp,
}

/// A quote that passed: what it says in USD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sound {
    /// The mid, rounded to the digits prices are published with.
    pub(crate) mid: Decimal,
    /// Half the spread.
    pub(crate) half_spread: Decimal,
    /// USD per unit of the conversion leg.
    pub(crate) rate: Decimal,
}

/// The rate that a market is converted with: 1 for one in USD.
pub(crate) fn rate_of(route: Route, rates: &[Option<Rate>]) -> Option<Rate> {
    let leg = match route {
        Route::Usd => 0,
        Route::Through { leg, .. } => leg,
        Route::None => return None,
    };
    rates.get(leg).copied().flatten()
}

/// Holds a market's quote against the rules.
///
/// # Errors
/// The first rule that it breaks.
pub(crate) fn judge(
    market: &MarketState,
    rates: &[Option<Rate>],
    now: Moment,
    limits: &Limits,
) -> Result<Sound, Rule> {
    let received = market.received.as_ref().ok_or(Rule::NoQuote)?;
    if market.withdrawn.is_some() || received.age(now) > market.max_age {
        return Err(Rule::Stale);
    }
    let Quote { bid, ask, .. } = received.quote;
    if !bid.is_positive() || !ask.is_positive() {
        return Err(Rule::NotPositive);
    }
    if bid > ask {
        return Err(Rule::Crossed);
    }
    if market
        .locked_since
        .is_some_and(|since| now.monotonic.since(since) > limits.locked_tolerance)
    {
        return Err(Rule::Locked);
    }
    let (bid, ask) = (bid.get(), ask.get());
    let spread = ask - bid;
    if spread > (bid + spread * HALF) * limits.max_spread {
        return Err(Rule::WideSpread);
    }
    let rate = rate_of(market.route, rates).ok_or(Rule::NoConversion)?;
    convert(bid, ask, market.route, rate.price).ok_or(Rule::Unrepresentable)
}

/// What a positive, uncrossed quote says in USD; `None` when that cannot be held with at least six
/// significant digits.
pub(crate) fn convert(bid: Decimal, ask: Decimal, route: Route, rate: Decimal) -> Option<Sound> {
    let (bid, ask) = match route {
        Route::Through { inverted: true, .. } => (
            Decimal::ONE.checked_div(ask)?,
            Decimal::ONE.checked_div(bid)?,
        ),
        _ => (bid, ask),
    };
    // Not (bid + ask) / 2: the sum may be too large where the middle is not.
    let half_spread = (ask - bid) * HALF;
    let (mid, half_spread) = match route {
        Route::Usd => (bid + half_spread, half_spread),
        _ => (
            (bid + half_spread).checked_mul(rate)?,
            half_spread.checked_mul(rate)?,
        ),
    };
    let mid = round_significant(mid, PRICE_DIGITS, Rounding::Nearest)?;
    (mid >= LEAST_PRICE).then_some(Sound {
        mid,
        half_spread,
        rate,
    })
}
