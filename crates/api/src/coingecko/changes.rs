//! How much a price changed over a span, in any currency; and its last week as a line.

use std::time::Duration;

use parallax::Decimal;
use parallax::amount::Price;
use parallax::index::Status;
use parallax::stream::PriceSummary;
use parallax::token::TokenId;
use parallax_service::{Service, ServiceError, Vs};

use crate::number::Number;

/// Places of a change in per cent.
const PLACES: u32 = 2;

/// A span over which changes are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    /// One hour.
    Hour,
    /// 24 hours.
    Day,
    /// Seven days.
    Week,
    /// So many days, more than seven.
    Days(u32),
}

/// The spans there are, by their words.
pub(crate) const SPANS: [(&str, Span); 8] = [
    ("1h", Span::Hour),
    ("24h", Span::Day),
    ("7d", Span::Week),
    ("14d", Span::Days(14)),
    ("30d", Span::Days(30)),
    ("60d", Span::Days(60)),
    ("200d", Span::Days(200)),
    ("1y", Span::Days(365)),
];

/// A change in per cent of a price in US dollars, told in a currency whose own is `rate`; two places.
pub(crate) fn change_in(token: Option<Decimal>, rate: Option<Decimal>) -> Option<Decimal> {
    let (token, rate) = (token?, rate?);
    if rate.is_zero() {
        return Some(token);
    }
    let whole = Decimal::ONE_HUNDRED;
    let (now, then) = (whole.checked_add(token)?, whole.checked_add(rate)?);
    let percent = now.checked_div(then)?.checked_mul(whole)?;
    Some(percent.checked_sub(whole)?.round_dp(PLACES))
}

/// Whether both a price and the rate of the currency it is told in are confirmed. A price that is not has no
/// changes, as in CoinGecko's documentation.
pub(crate) fn is_confirmed(summary: &PriceSummary, vs: &Vs) -> bool {
    summary.status.max(vs.status) <= Status::Thin
}

/// The change of a price over a span in a currency, in per cent; `None` where it is not known.
///
/// # Errors
/// [`ServiceError::HistoryUnavailable`].
pub(crate) async fn change_over(
    service: &Service,
    summary: &PriceSummary,
    vs: &Vs,
    span: Span,
) -> Result<Option<Decimal>, ServiceError> {
    if !is_confirmed(summary, vs) {
        return Ok(None);
    }
    let days = match span {
        Span::Hour => return Ok(change_in(summary.change_1h_pct, vs.changes.hour_pct)),
        Span::Day => return Ok(change_in(summary.change_24h_pct, vs.changes.day_pct)),
        Span::Week => return Ok(change_in(summary.change_7d_pct, vs.changes.week_pct)),
        Span::Days(days) => days,
    };
    let at = service.at().minus(Duration::from_secs(86_400) * days);
    let of = async |token: &TokenId, now: Decimal| {
        let then = service.price_about(token, at).await?;
        Ok(then.and_then(|then| Price::new(now).change_pct(then, PLACES + 2)))
    };
    let Some(price) = summary.price else {
        return Ok(None);
    };
    let change = of(&summary.token, price.get()).await?;
    let rate = match &vs.token {
        None => Some(Decimal::ZERO),
        Some(token) => of(token, vs.rate_usd()).await?,
    };
    Ok(change_in(change, rate).map(|change| change.round_dp(PLACES)))
}

/// A coin's last seven days in a currency, one price every four hours, oldest first; moments of which one of
/// both is not known are left out.
pub(crate) fn week(service: &Service, token: &TokenId, vs: &Vs) -> Vec<Number> {
    let Some(closes) = service.week(token) else {
        return Vec::new();
    };
    let Some(priced_by) = &vs.token else {
        let prices = closes.iter().flatten();
        return prices.map(|price| Number(price.get())).collect();
    };
    let rates = service.week(priced_by);
    let rates = rates.iter().flat_map(|rates| rates.iter());
    let both = closes.iter().zip(rates);
    both.filter_map(|(price, rate)| {
        let price = parallax::currency::divide((*price)?.get(), (*rate)?.get())?;
        vs.of_tokens(price).map(Number)
    })
    .collect()
}
