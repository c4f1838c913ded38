//! `/exchanges`: the configured exchanges.

use std::cmp::Reverse;
use std::collections::HashSet;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use parallax::Decimal;
use parallax::venue::Venue;
use parallax_service::Service;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::{BadQuery, NoExchange};
use super::asked::{Asked, Named, Page, word};
use super::refusal::Refusal;
use super::ticker::Ticker;
use super::tickers::{first_of_venue, volume_usd};
use super::{exchange_ids, json};
use crate::ApiState;
use crate::number::{Number, Unknown};
use crate::openapi::answers::NotModified;

/// The venue that is a chain and not an exchange with a book.
const ON_CHAIN: &str = "thegraph";

/// An exchange.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoExchangeRow)]
pub(crate) struct ExchangeRow<'a> {
    /// Its id.
    #[schema(example = "kraken")]
    id: &'a str,
    #[serde(flatten)]
    facts: ExchangeFacts<'a>,
}

/// What is known of an exchange.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoExchangeFacts)]
pub(crate) struct ExchangeFacts<'a> {
    /// Its name.
    name: &'a str,
    year_established: Unknown,
    country: Unknown,
    /// Empty.
    description: &'static str,
    /// Its site.
    url: &'a str,
    /// Empty.
    image: &'static str,
    /// Always false: not known to be true.
    has_trading_incentive: bool,
    trust_score: Unknown,
    trust_score_rank: Unknown,
    /// The volume of 24 hours of the markets watched, in bitcoin; 0 while bitcoin has no price.
    trade_volume_24h_btc: Number,
}

impl<'a> ExchangeFacts<'a> {
    fn new(service: &Service, venue: &'a Venue) -> Self {
        let volume = volume_usd(service, venue.id.as_str());
        let volume = service.vs("btc").and_then(|btc| btc.convert(volume));
        Self {
            name: &venue.name,
            year_established: Unknown,
            country: Unknown,
            description: "",
            url: &venue.website,
            image: "",
            has_trading_incentive: false,
            trust_score: Unknown,
            trust_score_rank: Unknown,
            trade_volume_24h_btc: Number(volume.unwrap_or(Decimal::ZERO)),
        }
    }
}

/// An exchange with its markets.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoExchange)]
pub(crate) struct Exchange<'a> {
    #[serde(flatten)]
    facts: ExchangeFacts<'a>,
    /// Empty; so are the other addresses.
    facebook_url: &'static str,
    reddit_url: &'static str,
    telegram_url: &'static str,
    slack_url: &'static str,
    other_url_1: &'static str,
    other_url_2: &'static str,
    twitter_handle: &'static str,
    /// Whether it is a company, and not a chain.
    centralized: bool,
    public_notice: &'static str,
    alert_notice: &'static str,
    /// Coins of which a market is watched.
    coins: u64,
    /// Markets watched.
    pairs: u64,
    /// The first hundred tickers, by volume.
    tickers: Vec<Ticker>,
    /// Always empty.
    #[schema(value_type = Vec<Object>)]
    status_updates: [(); 0],
}

/// An exchange's id and name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoListedExchange)]
pub(crate) struct ListedExchange<'a> {
    /// Its id.
    #[schema(example = "kraken")]
    id: &'a str,
    /// Its name.
    #[schema(example = "Kraken")]
    name: &'a str,
}

/// The query of `/exchanges`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExchangesAsked {
    /// Rows of a page, 1 to 250; 100 by default.
    #[param(value_type = Option<u32>, minimum = 1)]
    per_page: Option<String>,
    /// The page, from 1.
    #[param(value_type = Option<u32>, minimum = 1)]
    page: Option<String>,
}

/// The exchanges, the one with the most volume first.
#[utoipa::path(get, path = "/api/v3/exchanges", operation_id = "coingeckoExchanges", tag = "CoinGecko-compatible",
    params(ExchangesAsked),
    responses(
        (status = 200, description = "A page of exchanges", body = Vec<ExchangeRow<'_>>),
        NotModified,
        BadQuery))]
pub(crate) async fn exchanges(
    State(state): State<ApiState>,
    Asked(asked): Asked<ExchangesAsked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let page = Page::read(&asked.page, &asked.per_page)?;
    let service = &state.service;
    let venues = service.venues().iter();
    let mut rows: Vec<_> = venues
        .map(|venue| ExchangeRow {
            id: exchange_ids::of(&venue.id),
            facts: ExchangeFacts::new(service, venue),
        })
        .collect();
    rows.sort_by_key(|row| (Reverse(row.facts.trade_volume_24h_btc), row.id));
    json(&page.of(rows).collect::<Vec<_>>(), &headers)
}

/// The query of `/exchanges/list`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExchangesListAsked {
    /// `active` (the default) or `inactive`, of which there are none.
    status: Option<String>,
}

/// The exchanges' ids and names.
#[utoipa::path(get, path = "/api/v3/exchanges/list", operation_id = "coingeckoExchangesList", tag = "CoinGecko-compatible",
    params(ExchangesListAsked),
    responses(
        (status = 200, description = "The exchanges, by id", body = Vec<ListedExchange<'_>>),
        NotModified,
        BadQuery))]
pub(crate) async fn exchanges_list(
    State(state): State<ApiState>,
    Asked(asked): Asked<ExchangesListAsked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let states = [("active", true), ("inactive", false)];
    let is_active = word("status", &asked.status, &states, true)?;
    let mut listed: Vec<_> = state
        .service
        .venues()
        .iter()
        .filter(|_| is_active)
        .map(|venue| ListedExchange {
            id: exchange_ids::of(&venue.id),
            name: &venue.name,
        })
        .collect();
    listed.sort_by_key(|exchange| exchange.id);
    json(&listed, &headers)
}

/// One exchange with its markets.
#[utoipa::path(get, path = "/api/v3/exchanges/{id}", operation_id = "coingeckoExchangesId", tag = "CoinGecko-compatible",
    params(("id" = String, Path, description = "An exchange's id", example = "kraken")),
    responses(
        (status = 200, description = "The exchange", body = Exchange<'_>),
        NotModified,
        NoExchange))]
pub(crate) async fn exchange(
    State(state): State<ApiState>,
    Named(id): Named<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let service = &state.service;
    let venue = exchange_ids::find(service, &id).ok_or_else(|| Refusal::not_found("exchange"))?;
    let markets = service.market_states();
    let own: Vec<_> = markets
        .iter()
        .filter(|market| market.listing.venue == venue.id)
        .collect();
    let bases: HashSet<_> = own.iter().map(|market| &market.listing.base_code).collect();
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let exchange = Exchange {
        facts: ExchangeFacts::new(service, venue),
        facebook_url: "",
        reddit_url: "",
        telegram_url: "",
        slack_url: "",
        other_url_1: "",
        other_url_2: "",
        twitter_handle: "",
        centralized: venue.id.as_str() != ON_CHAIN,
        public_notice: "",
        alert_notice: "",
        coins: count(bases.len()),
        pairs: count(own.len()),
        tickers: first_of_venue(service, venue.id.as_str()),
        status_updates: [],
    };
    json(&exchange, &headers)
}
