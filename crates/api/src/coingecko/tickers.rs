//! Tickers: the last state of markets, of one coin or of one exchange.
//!
//! A market whose last trade, volume of 24 hours or book is not known is left out: the format has no word for
//! unknown there. Trust is not scored: the orders by trust are the order by volume.

use std::cmp::{Ordering, Reverse};

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use parallax::Decimal;
use parallax::stream::MarketState;
use parallax_service::Service;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::{BadQuery, NoExchange};
use super::asked::{Asked, Named, Page, flag, given, list, word};
use super::refusal::Refusal;
use super::ticker::{Known, Ticker};
use super::{exchange_ids, json};
use crate::ApiState;
use crate::openapi::answers::NotModified;

/// The tickers of a coin or an exchange.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoTickers)]
pub(crate) struct Tickers {
    /// The coin's or the exchange's name.
    name: String,
    /// A page of tickers.
    tickers: Vec<Ticker>,
}

/// What tickers are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// The value traded in 24 hours, the most first.
    Volume,
    /// The same, the least first.
    LeastVolume,
    /// The base's rank.
    Rank,
    /// The same, the last first.
    LastRank,
    /// The codes.
    Codes,
}

/// The first page of an exchange's tickers, for its own page.
pub(crate) fn first_of_venue(service: &Service, venue: &str) -> Vec<Ticker> {
    let page = Page {
        number: 1,
        size: Page::STANDARD,
    };
    let is_wanted = |market: &MarketState| market.listing.venue.as_str() == venue;
    tickers(service, is_wanted, By::Volume, page)
}

/// The first page of a coin's tickers, for its own page.
pub(crate) fn first_of_coin(service: &Service, coin: &str) -> Vec<Ticker> {
    let page = Page {
        number: 1,
        size: Page::STANDARD,
    };
    tickers(service, |market| has_base(market, coin), By::Volume, page)
}

/// Each venue's volume of 24 hours in US dollars, of the markets whose figures are known.
pub(crate) fn volume_usd(service: &Service, venue: &str) -> Decimal {
    let markets = service.market_states();
    let own = markets
        .iter()
        .filter(|market| market.listing.venue.as_str() == venue);
    let volumes = own.filter_map(|market| Known::new(service, market)?.volume_usd());
    volumes.fold(Decimal::ZERO, Decimal::saturating_add)
}

fn has_base(market: &MarketState, coin: &str) -> bool {
    let base = market.listing.market.base.token();
    base.is_some_and(|token| token.as_str() == coin)
}

fn tickers(
    service: &Service,
    is_wanted: impl Fn(&MarketState) -> bool,
    by: By,
    page: Page,
) -> Vec<Ticker> {
    let markets = service.market_states();
    let wanted = markets.iter().filter(|market| is_wanted(market));
    let mut known: Vec<(Option<Decimal>, Known<'_>)> = wanted
        .filter_map(|market| Known::new(service, market))
        .map(|known| (known.volume_usd(), known))
        .collect();
    let catalogue = service.catalogue();
    let rank = |known: &Known<'_>| {
        let base = known.market.listing.market.base.token();
        base.and_then(|id| catalogue.coin(id.as_str()))
            .map_or(u32::MAX, |token| token.rank)
    };
    let codes = |known: &Known<'_>| {
        let listing = &known.market.listing;
        (
            listing.base_code.clone(),
            listing.quote_code.clone(),
            listing.venue.clone(),
        )
    };
    // Markets with the same figures always come in the same order.
    known.sort_by_cached_key(|(_, known)| codes(known));
    match by {
        By::Volume => known.sort_by_key(|(volume, _)| Reverse(*volume)),
        By::LeastVolume => known.sort_by(|(a, _), (b, _)| match (a, b) {
            (Some(a), Some(b)) => a.cmp(b),
            (None, None) => Ordering::Equal,
            (a, _) => {
                if a.is_some() {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
        }),
        By::Rank => known.sort_by_key(|(_, known)| rank(known)),
        By::LastRank => known.sort_by_key(|(_, known)| Reverse(rank(known))),
        By::Codes => {}
    }
    let rates = [service.vs("btc"), service.vs("eth")];
    page.of(known)
        .map(|(_, known)| known.ticker(service, &rates))
        .collect()
}

/// The orders of a coin's tickers.
const COIN_ORDERS: [(&str, By); 4] = [
    ("trust_score_desc", By::Volume),
    ("trust_score_asc", By::Volume),
    ("volume_desc", By::Volume),
    ("volume_asc", By::LeastVolume),
];
/// The orders of an exchange's tickers.
const EXCHANGE_ORDERS: [(&str, By); 7] = [
    ("trust_score_desc", By::Volume),
    ("trust_score_asc", By::Volume),
    ("volume_desc", By::Volume),
    ("volume_asc", By::LeastVolume),
    ("market_cap_desc", By::Rank),
    ("market_cap_asc", By::LastRank),
    ("base_target", By::Codes),
];

/// The page, once what has no effect here is found to be valid too.
fn page(
    number: &Option<String>,
    include_exchange_logo: &Option<String>,
    depth: &Option<String>,
) -> Result<Page, Refusal> {
    flag("include_exchange_logo", include_exchange_logo, false)?;
    flag("depth", depth, false)?;
    Page::read(number, &None)
}

/// The query of a coin's tickers.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CoinTickersAsked {
    /// Ids of exchanges, separated by commas.
    exchange_ids: Option<String>,
    /// The page of 100 tickers, from 1.
    #[param(value_type = Option<u32>, minimum = 1)]
    page: Option<String>,
    /// `trust_score_desc` (the default), `trust_score_asc`, `volume_desc` or `volume_asc`.
    order: Option<String>,
    /// Understood, but there are no logos.
    #[param(value_type = Option<bool>)]
    include_exchange_logo: Option<String>,
    /// Understood, but the books are not known to such a depth.
    #[param(value_type = Option<bool>)]
    depth: Option<String>,
}

/// A coin's markets.
#[utoipa::path(get, path = "/api/v3/coins/{id}/tickers", operation_id = "coingeckoCoinsIdTickers", tag = "CoinGecko-compatible",
    params(("id" = String, Path, description = "A coin's id", example = "bitcoin"), CoinTickersAsked),
    responses(
        (status = 200, description = "A page of tickers", body = Tickers),
        NotModified,
        (status = 404, description = "There is no such coin or exchange", body = Refusal),
        BadQuery))]
pub(crate) async fn of_coin(
    State(state): State<ApiState>,
    Named(id): Named<String>,
    Asked(asked): Asked<CoinTickersAsked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let service = &state.service;
    let catalogue = service.catalogue();
    let coin = catalogue
        .coin(&id)
        .ok_or_else(|| Refusal::not_found("coin"))?;
    let by = word("order", &asked.order, &COIN_ORDERS, By::Volume)?;
    let page = page(&asked.page, &asked.include_exchange_logo, &asked.depth)?;
    let venues = given(&asked.exchange_ids).map(|ids| {
        let venue = |id| exchange_ids::find(service, id).map(|venue| &venue.id);
        let venue = |id| venue(id).ok_or_else(|| Refusal::not_found("exchange"));
        list(ids).map(venue).collect::<Result<Vec<_>, _>>()
    });
    let venues = venues.transpose()?;
    let is_wanted = |market: &MarketState| {
        has_base(market, &id)
            && venues
                .as_ref()
                .is_none_or(|venues| venues.contains(&&market.listing.venue))
    };
    let answer = Tickers {
        name: coin.name.clone(),
        tickers: tickers(service, is_wanted, by, page),
    };
    json(&answer, &headers)
}

/// The query of an exchange's tickers.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExchangeTickersAsked {
    /// Ids of coins, separated by commas.
    coin_ids: Option<String>,
    /// The page of 100 tickers, from 1.
    #[param(value_type = Option<u32>, minimum = 1)]
    page: Option<String>,
    /// `trust_score_desc` (the default), `trust_score_asc`, `volume_desc`, `volume_asc`, `market_cap_desc`,
    /// `market_cap_asc` (by the catalogue's rank) or `base_target`.
    order: Option<String>,
    /// Understood, but there are no logos.
    #[param(value_type = Option<bool>)]
    include_exchange_logo: Option<String>,
    /// Understood, but the books are not known to such a depth.
    #[param(value_type = Option<bool>)]
    depth: Option<String>,
}

/// An exchange's markets.
#[utoipa::path(get, path = "/api/v3/exchanges/{id}/tickers", operation_id = "coingeckoExchangesIdTickers", tag = "CoinGecko-compatible",
    params(("id" = String, Path, description = "An exchange's id", example = "kraken"), ExchangeTickersAsked),
    responses(
        (status = 200, description = "A page of tickers", body = Tickers),
        NotModified,
        NoExchange,
        BadQuery))]
pub(crate) async fn of_exchange(
    State(state): State<ApiState>,
    Named(id): Named<String>,
    Asked(asked): Asked<ExchangeTickersAsked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let service = &state.service;
    let venue = exchange_ids::find(service, &id).ok_or_else(|| Refusal::not_found("exchange"))?;
    let by = word("order", &asked.order, &EXCHANGE_ORDERS, By::Volume)?;
    let page = page(&asked.page, &asked.include_exchange_logo, &asked.depth)?;
    let coins: Option<Vec<&str>> = given(&asked.coin_ids).map(|ids| list(ids).collect());
    let is_wanted = |market: &MarketState| {
        let is_asked = |coins: &Vec<&str>| coins.iter().any(|coin| has_base(market, coin));
        market.listing.venue == venue.id && coins.as_ref().is_none_or(is_asked)
    };
    let answer = Tickers {
        name: venue.name.clone(),
        tickers: tickers(service, is_wanted, by, page),
    };
    json(&answer, &headers)
}
