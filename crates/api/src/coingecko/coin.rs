//! `/coins/{id}` and the same by a contract's address: everything about one coin.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use parallax::time::Timestamp;
use parallax::token::Token;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::{BadQuery, NoCoin, NoHistory};
use super::asked::{Asked, Named, flag};
use super::figures::{MarketData, market_data};
use super::json;
use super::list::platforms_of;
use super::platforms::Pictures;
use super::refusal::Refusal;
use super::ticker::Ticker;
use super::tickers::first_of_coin;
use crate::ApiState;
use crate::number::Unknown;
use crate::openapi::answers::NotModified;

/// The query of `/coins/{id}`.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CoinAsked {
    /// Include the name by language, of which only English is known; true by default.
    #[param(value_type = Option<bool>)]
    localization: Option<String>,
    /// Include the first hundred tickers; true by default.
    #[param(value_type = Option<bool>)]
    tickers: Option<String>,
    /// Include the market's figures; true by default.
    #[param(value_type = Option<bool>)]
    market_data: Option<String>,
    /// Include what is known of the community, which is nothing; true by default.
    #[param(value_type = Option<bool>)]
    community_data: Option<String>,
    /// Include what is known of the developers, which is nothing; true by default.
    #[param(value_type = Option<bool>)]
    developer_data: Option<String>,
    /// Include the prices of seven days, one every four hours; false by default.
    #[param(value_type = Option<bool>)]
    sparkline: Option<String>,
    /// Include the categories, of which none are known; false by default.
    #[param(value_type = Option<bool>)]
    include_categories_details: Option<String>,
}

/// A contract.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoDetailPlatform)]
pub(crate) struct DetailPlatform<'a> {
    decimal_place: Unknown,
    /// Its address.
    contract_address: &'a str,
}

/// Nothing is known.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = CoinGeckoNothing)]
pub(crate) struct Nothing {}

/// Addresses about a coin: none are known.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = CoinGeckoLinks)]
pub(crate) struct Links {
    #[schema(value_type = Vec<String>)]
    homepage: [(); 0],
    whitepaper: &'static str,
    #[schema(value_type = Vec<String>)]
    blockchain_site: [(); 0],
    #[schema(value_type = Vec<String>)]
    official_forum_url: [(); 0],
    #[schema(value_type = Vec<String>)]
    chat_url: [(); 0],
    #[schema(value_type = Vec<String>)]
    announcement_url: [(); 0],
    snapshot_url: Unknown,
    twitter_screen_name: &'static str,
    facebook_username: &'static str,
    bitcointalk_thread_identifier: Unknown,
    telegram_channel_identifier: &'static str,
    subreddit_url: &'static str,
    repos_url: Repositories,
}

/// Addresses of sources: none are known.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = CoinGeckoRepositories)]
pub(crate) struct Repositories {
    #[schema(value_type = Vec<String>)]
    github: [(); 0],
    #[schema(value_type = Vec<String>)]
    bitbucket: [(); 0],
}

/// A coin.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoCoin)]
pub(crate) struct Coin<'a> {
    /// Its id.
    #[schema(example = "bitcoin")]
    id: &'a str,
    /// Its usual ticker in lower case.
    #[schema(example = "btc")]
    symbol: String,
    /// Its name.
    #[schema(example = "Bitcoin")]
    name: &'a str,
    /// Its id.
    web_slug: &'a str,
    /// The chain of its first contract; null for a chain's own coin.
    asset_platform_id: Option<&'a str>,
    /// The addresses of its contracts by chain; a chain's own coin has an empty one.
    platforms: BTreeMap<&'a str, &'a str>,
    /// The same with details.
    detail_platforms: BTreeMap<&'a str, DetailPlatform<'a>>,
    /// 0: not known.
    block_time_in_minutes: u32,
    /// Empty: not known.
    hashing_algorithm: &'static str,
    /// Empty: not known.
    #[schema(value_type = Vec<String>)]
    categories: [(); 0],
    /// With `include_categories_details=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<Object>, required = false)]
    categories_details: Option<[(); 0]>,
    preview_listing: bool,
    public_notice: Unknown,
    #[schema(value_type = Vec<String>)]
    additional_notices: [(); 0],
    has_supply_breakdown: bool,
    /// The name in English; only with `localization=true`, the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = BTreeMap<String, String>, required = false)]
    localization: Option<BTreeMap<&'static str, &'a str>>,
    /// Empty: not known.
    description: BTreeMap<&'static str, &'static str>,
    links: Links,
    image: Pictures,
    country_origin: &'static str,
    genesis_date: Unknown,
    /// The address asked for, where it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    contract_address: Option<&'a str>,
    sentiment_votes_up_percentage: Unknown,
    sentiment_votes_down_percentage: Unknown,
    /// 0: nobody is counted.
    watchlist_portfolio_users: u32,
    market_cap_rank: Unknown,
    market_cap_rank_with_rehypothecated: Unknown,
    /// Only with `market_data=true`, the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = MarketData, required = false)]
    market_data: Option<MarketData>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Nothing, required = false)]
    community_data: Option<Nothing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Nothing, required = false)]
    developer_data: Option<Nothing>,
    #[schema(value_type = Vec<Object>)]
    status_updates: [(); 0],
    /// When the price was last confirmed; without a price, when that was found.
    #[schema(value_type = String, format = DateTime)]
    last_updated: Timestamp,
    /// Only with `tickers=true`, the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<Ticker>, required = false)]
    tickers: Option<Vec<Ticker>>,
}

async fn about(
    state: &ApiState,
    token: &Token,
    contract_address: Option<&str>,
    asked: &CoinAsked,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let service = &state.service;
    let with = |name, value, standard| flag(name, value, standard);
    let localization = with("localization", &asked.localization, true)?;
    let tickers = with("tickers", &asked.tickers, true)?;
    let has_figures = with("market_data", &asked.market_data, true)?;
    let community = with("community_data", &asked.community_data, true)?;
    let developer = with("developer_data", &asked.developer_data, true)?;
    let sparkline = with("sparkline", &asked.sparkline, false)?;
    let categories = with(
        "include_categories_details",
        &asked.include_categories_details,
        false,
    )?;
    let published = service.published(token.id.as_str());
    let last_updated = published.as_ref().map_or_else(
        || service.at(),
        |price| price.summary.as_of.unwrap_or(price.index.computed_at),
    );
    let mut platforms = platforms_of(token);
    if platforms.is_empty() {
        platforms.insert("", "");
    }
    let detail_platforms = platforms.iter().map(|(chain, address)| {
        let detail = DetailPlatform {
            decimal_place: Unknown,
            contract_address: address,
        };
        (*chain, detail)
    });
    let coin = Coin {
        id: token.id.as_str(),
        symbol: token.symbol.as_str().to_lowercase(),
        name: &token.name,
        web_slug: token.id.as_str(),
        asset_platform_id: token
            .contracts
            .first()
            .map(|contract| contract.chain.as_str()),
        detail_platforms: detail_platforms.collect(),
        platforms,
        block_time_in_minutes: 0,
        hashing_algorithm: "",
        categories: [],
        categories_details: categories.then_some([]),
        preview_listing: false,
        public_notice: Unknown,
        additional_notices: [],
        has_supply_breakdown: false,
        localization: localization.then(|| BTreeMap::from([("en", token.name.as_str())])),
        description: BTreeMap::from([("en", "")]),
        links: Links::default(),
        image: Pictures::default(),
        country_origin: "",
        genesis_date: Unknown,
        contract_address,
        sentiment_votes_up_percentage: Unknown,
        sentiment_votes_down_percentage: Unknown,
        watchlist_portfolio_users: 0,
        market_cap_rank: Unknown,
        market_cap_rank_with_rehypothecated: Unknown,
        market_data: if has_figures {
            let figures = market_data(
                service,
                token,
                published.as_deref(),
                last_updated,
                sparkline,
            );
            Some(figures.await?)
        } else {
            None
        },
        community_data: community.then(Nothing::default),
        developer_data: developer.then(Nothing::default),
        status_updates: [],
        last_updated,
        tickers: tickers.then(|| first_of_coin(service, token.id.as_str())),
    };
    json(&coin, headers)
}

/// Everything about one coin.
#[utoipa::path(get, path = "/api/v3/coins/{id}", operation_id = "coingeckoCoinsId", tag = "CoinGecko-compatible",
    params(("id" = String, Path, description = "A coin's id", example = "bitcoin"), CoinAsked),
    responses(
        (status = 200, description = "The coin", body = Coin<'_>),
        NotModified,
        NoCoin,
        BadQuery,
        NoHistory))]
pub(crate) async fn coin(
    State(state): State<ApiState>,
    Named(id): Named<String>,
    Asked(asked): Asked<CoinAsked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let catalogue = state.service.catalogue();
    let token = catalogue
        .coin(&id)
        .ok_or_else(|| Refusal::not_found("coin"))?;
    about(&state, token, None, &asked, &headers).await
}

/// Everything about one token, by the address of its contract.
#[utoipa::path(get, path = "/api/v3/coins/{id}/contract/{contract_address}", operation_id = "coingeckoCoinsIdContractContractAddress", tag = "CoinGecko-compatible",
    params(
        ("id" = String, Path, description = "An asset platform's id", example = "ethereum"),
        ("contract_address" = String, Path, description = "The contract's address",
            example = "0x2260fac5e5542a773aa44fbcfedf7c193bc2c599")),
    responses(
        (status = 200, description = "The coin", body = Coin<'_>),
        NotModified,
        NoCoin,
        NoHistory))]
pub(crate) async fn contract(
    State(state): State<ApiState>,
    Named((platform, address)): Named<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let catalogue = state.service.catalogue();
    let found = catalogue.coin_at(&platform, &address);
    let (token, contract) = found.ok_or_else(|| Refusal::not_found("coin"))?;
    let asked = CoinAsked::default();
    about(&state, token, Some(&contract.address), &asked, &headers).await
}
