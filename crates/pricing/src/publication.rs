//! A token's state as the [`IndexPrice`] that readers receive, with every constituent explained.

use std::cmp::Reverse;

use parallax::Decimal;
use parallax::amount::{Price, Quantity};
use parallax::index::{Constituent, ConversionLeg, IndexPrice};
use parallax::time::Moment;
use parallax::token::TokenId;

use crate::METHOD_VERSION;
use crate::conversion::Route;
use crate::figures::offset_bp;
use crate::market::MarketState;
use crate::policy::Limits;
use crate::rules::{Rate, convert, rate_of};
use crate::token::{Standing, TokenState};
use crate::wording::exclusion;

/// What a publication needs to know of the rest of the engine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    /// The tokens in conversion order.
    pub(crate) ids: &'a [TokenId],
    /// Their rates.
    pub(crate) rates: &'a [Option<Rate>],
    pub(crate) limits: &'a Limits,
    pub(crate) now: Moment,
}

/// Puts a token's state into words and figures.
pub(crate) fn index_price(
    token: &TokenState,
    standing: &Standing,
    context: Context<'_>,
) -> IndexPrice {
    IndexPrice {
        token: token.id.clone(),
        price: standing.price,
        confidence: standing.confidence,
        status: standing.status,
        as_of: standing.as_of,
        computed_at: context.now.utc,
        method: METHOD_VERSION,
        sources: standing.sources,
        sources_known: u32::try_from(token.venues).unwrap_or(u32::MAX),
        volume_24h_usd: total_volume(&token.markets),
        constituents: if token.markets.is_empty() {
            token.restored.clone()
        } else {
            constituents(&token.markets, standing.price, context)
        },
        by_hand: None,
    }
}

fn total_volume(markets: &[MarketState]) -> Option<Quantity> {
    markets
        .iter()
        .filter_map(|market| market.volume.usd)
        .map(Quantity::get)
        .try_fold(None, |sum: Option<Decimal>, volume| {
            sum.unwrap_or_default().checked_add(volume).map(Some)
        })
        .flatten()
        .and_then(|sum| Quantity::new(sum).ok())
}

/// The included ones first, by weight; the markets come sorted by venue and name, which decides ties.
fn constituents(
    markets: &[MarketState],
    price: Option<Price>,
    context: Context<'_>,
) -> Vec<Constituent> {
    let mut order: Vec<_> = markets.iter().collect();
    order.sort_by_key(|market| Reverse(market.part.weight_millionths));
    order
        .into_iter()
        .map(|market| constituent(market, price, context))
        .collect()
}

fn constituent(
    market: &MarketState,
    price: Option<Price>,
    Context {
        ids,
        rates,
        limits,
        now,
    }: Context<'_>,
) -> Constituent {
    let rate = rate_of(market.route, rates);
    let mid_usd = market.part.mid_usd.or_else(|| mid_left_out(market, rate));
    let received = market.received;
    let quoted = received.filter(|received| received.spot.is_none());
    Constituent {
        venue: market.listing.venue.clone(),
        market: market.listing.symbol.as_ref().to_owned(),
        base_code: market.listing.base_code.clone(),
        quote_code: market.listing.quote_code.clone(),
        bid: quoted.map(|received| received.quote.bid),
        ask: quoted.map(|received| received.quote.ask),
        bid_size: received.and_then(|received| received.quote.bid_size),
        ask_size: received.and_then(|received| received.quote.ask_size),
        spot: received
            .filter(|received| received.spot.is_some())
            .map(|received| received.quote.bid),
        observed_at: received
            .and_then(|received| received.spot)
            .map(|spot| spot.observed_at),
        received_at: received.map(|received| received.at.utc),
        age_ms: received
            .map(|received| u64::try_from(received.age(now).as_millis()).unwrap_or(u64::MAX)),
        conversion: match market.route {
            Route::Through { leg, inverted } => {
                rate.zip(ids.get(leg)).map(|(rate, id)| ConversionLeg {
                    through: id.clone(),
                    rate: Price::new(rate.price),
                    rate_at: rate.as_of,
                    inverted,
                })
            }
            Route::Usd | Route::None => None,
        },
        mid_usd: mid_usd.map(Price::new),
        offset_bp: mid_usd
            .zip(price)
            .and_then(|(mid, price)| offset_bp(mid, price.get())),
        volume_24h_usd: market.volume.usd,
        weight: market
            .part
            .weight_millionths
            .and_then(|weight| Decimal::try_from_i128_with_scale(weight.into(), 6).ok()),
        excluded: market
            .verdict
            .map(|rule| exclusion(rule, market, ids, now, limits)),
    }
}

/// The mid of a quote that is left out, where it has one: a stale or wide quote still has its place
/// beside the others.
fn mid_left_out(market: &MarketState, rate: Option<Rate>) -> Option<Decimal> {
    let quote = market.received?.quote;
    if !quote.bid.is_positive() || quote.bid > quote.ask {
        return None;
    }
    convert(quote.bid.get(), quote.ask.get(), market.route, rate?.price).map(|sound| sound.mid)
}
