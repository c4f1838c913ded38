//! Exclusions in words: what was found and what is allowed, each with its unit. Only called for quotes
//! that are left out, and only when a price is published.

use std::time::Duration;

use parallax::Decimal;
use parallax::amount::Price;
use parallax::index::{Exclusion, Rule};
use parallax::time::Moment;
use parallax::token::TokenId;

use crate::conversion::Route;
use crate::figures::{HALF, offset_bp};
use crate::market::MarketState;
use crate::outliers::Outlier;
use crate::policy::Limits;

/// Says why `rule` leaves the market out. `ids` are the tokens in conversion order.
pub(crate) fn exclusion(
    rule: Rule,
    market: &MarketState,
    ids: &[TokenId],
    now: Moment,
    limits: &Limits,
) -> Exclusion {
    let (bid, ask) = market.received.map_or_else(Default::default, |received| {
        (received.quote.bid, received.quote.ask)
    });
    let (found, allowed) = match rule {
        Rule::NoQuote => (
            "nothing received".to_owned(),
            "at least one quote".to_owned(),
        ),
        Rule::Stale => stale(market, now),
        Rule::NotPositive if market.is_spot() => (format!("price {bid}"), "above 0".to_owned()),
        Rule::NotPositive => (format!("bid {bid}, ask {ask}"), "above 0".to_owned()),
        Rule::Crossed => (
            format!("bid {bid} above ask {ask}"),
            "bid at most the ask".to_owned(),
        ),
        Rule::Locked => {
            let since = market.locked_since.unwrap_or(now.monotonic);
            (
                format!("bid equal to ask for {}", time(now.monotonic.since(since))),
                format!("at most {}", time(limits.locked_tolerance)),
            )
        }
        Rule::WideSpread => (
            spread(bid, ask),
            format!("at most {}", ratio_bp(limits.max_spread)),
        ),
        Rule::NoConversion => (
            unconverted(market, ids),
            format!(
                "a live or thin price of the other asset, or one confirmed at most {} ago",
                time(limits.max_rate_age)
            ),
        ),
        Rule::Outlier => outlier(market.outlier),
        Rule::Unrepresentable => (
            "a USD price outside that range".to_owned(),
            "1e-22 to 7.9e28 USD".to_owned(),
        ),
    };
    Exclusion {
        rule,
        found,
        allowed,
    }
}

fn stale(market: &MarketState, now: Moment) -> (String, String) {
    if let Some(since) = market.withdrawn {
        let found = format!("stalled or disconnected {} ago", time(now.since(since)));
        return (found, "a quote received since".to_owned());
    }
    let age = market
        .received
        .map_or(Duration::ZERO, |received| received.age(now));
    (time(age), format!("at most {}", time(market.max_age)))
}

fn spread(bid: Price, ask: Price) -> String {
    let (bid, ask) = (bid.get(), ask.get());
    let spread = ask - bid;
    let mid = bid + spread * HALF;
    // At most 2, since bid and ask are positive: far from any overflow.
    spread
        .checked_div(mid)
        .map_or_else(|| "immeasurable".to_owned(), ratio_bp)
}

fn unconverted(market: &MarketState, ids: &[TokenId]) -> String {
    match market.route {
        Route::Through { leg, .. } => match ids.get(leg) {
            Some(id) => format!("no usable price of {id}"),
            None => "no usable price".to_owned(),
        },
        _ => format!("prices in {} are not converted", market.listing.quote_code),
    }
}

fn outlier(outlier: Option<Outlier>) -> (String, String) {
    let Some(Outlier::Far {
        found,
        allowed,
        centre,
        is_readmission,
    }) = outlier
    else {
        return (
            "left out before, and no other exchange to compare with".to_owned(),
            "near another exchange".to_owned(),
        );
    };
    let in_bp = |distance: Decimal| {
        offset_bp(centre.saturating_add(distance), centre)
            .map_or_else(|| format!("{} USD", distance.normalize()), bp)
    };
    let suffix = if is_readmission {
        " to be re-admitted"
    } else {
        ""
    };
    (
        format!("{} from the median", in_bp(found)),
        format!("at most {}{suffix}", in_bp(allowed)),
    )
}

/// A ratio in basis points: `0.02` as `200 bp`.
fn ratio_bp(ratio: Decimal) -> String {
    bp((ratio * Decimal::from(10_000)).round_dp(2))
}

fn bp(value: Decimal) -> String {
    let shown = if value >= Decimal::from(1_000) {
        value.round()
    } else {
        value
    };
    format!("{} bp", shown.normalize())
}

/// Whole seconds from ten on, tenths from one on, then milliseconds.
pub(crate) fn time(duration: Duration) -> String {
    let ms = duration.as_millis();
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..10_000 if ms % 1_000 >= 100 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => format!("{} s", ms / 1_000),
    }
}
