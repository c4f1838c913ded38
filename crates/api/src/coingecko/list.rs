//! `/coins/list` and `/search`: what there is, and where it is found.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use parallax::token::Token;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::BadQuery;
use super::asked::{Asked, flag, required, word};
use super::refusal::Refusal;
use super::{exchange_ids, json};
use crate::ApiState;
use crate::openapi::answers::NotModified;

/// A coin.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoListedCoin)]
pub(crate) struct ListedCoin<'a> {
    /// Its id.
    #[schema(example = "bitcoin")]
    id: &'a str,
    /// Its usual ticker in lower case.
    #[schema(example = "btc")]
    symbol: String,
    /// Its name.
    #[schema(example = "Bitcoin")]
    name: &'a str,
    /// The addresses of its contracts by chain; only with `include_platform=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    platforms: Option<BTreeMap<&'a str, &'a str>>,
}

/// The query of `/coins/list`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListAsked {
    /// Include the addresses of contracts.
    #[param(value_type = Option<bool>)]
    include_platform: Option<String>,
    /// `active` (the default) or `inactive`, of which there are none.
    status: Option<String>,
}

/// The addresses of a token's contracts by chain.
pub(crate) fn platforms_of(token: &Token) -> BTreeMap<&str, &str> {
    let contracts = token.contracts.iter();
    contracts
        .map(|contract| (contract.chain.as_str(), contract.address.as_str()))
        .collect()
}

/// All coins.
#[utoipa::path(get, path = "/api/v3/coins/list", operation_id = "coingeckoCoinsList", tag = "CoinGecko-compatible",
    params(ListAsked),
    responses(
        (status = 200, description = "The coins, by id", body = Vec<ListedCoin<'_>>),
        NotModified,
        BadQuery))]
pub(crate) async fn coins(
    State(state): State<ApiState>,
    Asked(asked): Asked<ListAsked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let with_platforms = flag("include_platform", &asked.include_platform, false)?;
    let states = [("active", true), ("inactive", false)];
    let is_active = word("status", &asked.status, &states, true)?;
    let catalogue = state.service.catalogue();
    let mut coins: Vec<_> = catalogue
        .coins()
        .filter(|_| is_active)
        .map(|token| ListedCoin {
            id: token.id.as_str(),
            symbol: token.symbol.as_str().to_lowercase(),
            name: &token.name,
            platforms: with_platforms.then(|| platforms_of(token)),
        })
        .collect();
    coins.sort_by_key(|coin| coin.id);
    json(&coins, &headers)
}

/// What a search found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoFound)]
pub(crate) struct Found<'a> {
    /// Coins, the best match first, then by rank.
    coins: Vec<FoundCoin<'a>>,
    /// Exchanges, by name.
    exchanges: Vec<FoundExchange<'a>>,
    /// Always empty.
    #[schema(value_type = Vec<Object>)]
    icos: [(); 0],
    /// Always empty.
    #[schema(value_type = Vec<Object>)]
    categories: [(); 0],
    /// Always empty.
    #[schema(value_type = Vec<Object>)]
    nfts: [(); 0],
}

/// A coin that a search found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoFoundCoin)]
pub(crate) struct FoundCoin<'a> {
    /// Its id.
    id: &'a str,
    /// Its name.
    name: &'a str,
    /// Its id.
    api_symbol: &'a str,
    /// Its usual ticker in upper case.
    symbol: String,
    /// Not known: null.
    market_cap_rank: Option<u32>,
    /// Empty.
    thumb: &'static str,
    /// Empty.
    large: &'static str,
}

/// An exchange that a search found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoFoundExchange)]
pub(crate) struct FoundExchange<'a> {
    /// Its id.
    id: &'a str,
    /// Its name.
    name: &'a str,
    /// `spot`.
    market_type: &'static str,
    /// Empty.
    thumb: &'static str,
    /// Empty.
    large: &'static str,
}

/// The query of `/search`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchAsked {
    /// A part of an id, a symbol or a name.
    #[param(value_type = String, required = true, example = "bit")]
    query: Option<String>,
}

/// Coins and exchanges by a part of their names.
#[utoipa::path(get, path = "/api/v3/search", operation_id = "coingeckoSearch", tag = "CoinGecko-compatible",
    params(SearchAsked),
    responses(
        (status = 200, description = "What was found", body = Found<'_>),
        NotModified,
        BadQuery))]
pub(crate) async fn search(
    State(state): State<ApiState>,
    Asked(asked): Asked<SearchAsked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let wanted = required("query", &asked.query)?.to_lowercase();
    let catalogue = state.service.catalogue();
    let mut coins: Vec<_> = catalogue
        .coins()
        .filter_map(|token| Some((closeness(token, &wanted)?, token)))
        .collect();
    coins.sort_by_key(|(closeness, token)| (*closeness, token.rank));
    let coins = coins.into_iter().map(|(_, token)| FoundCoin {
        id: token.id.as_str(),
        name: &token.name,
        api_symbol: token.id.as_str(),
        symbol: token.symbol.as_str().to_uppercase(),
        market_cap_rank: None,
        thumb: "",
        large: "",
    });
    let mut exchanges: Vec<_> = state
        .service
        .venues()
        .iter()
        .filter(|venue| {
            venue.name.to_lowercase().contains(&wanted)
                || exchange_ids::of(&venue.id).contains(&wanted)
        })
        .map(|venue| FoundExchange {
            id: exchange_ids::of(&venue.id),
            name: &venue.name,
            market_type: "spot",
            thumb: "",
            large: "",
        })
        .collect();
    exchanges.sort_by_key(|exchange| exchange.name);
    let found = Found {
        coins: coins.collect(),
        exchanges,
        icos: [],
        categories: [],
        nfts: [],
    };
    json(&found, &headers)
}

/// How well a coin fits a search in lower case, the best first; `None` when not at all.
fn closeness(token: &Token, wanted: &str) -> Option<u8> {
    let (symbol, name) = (
        token.symbol.as_str().to_lowercase(),
        token.name.to_lowercase(),
    );
    let words = [token.id.as_str(), &symbol, &name];
    if words.contains(&wanted) {
        Some(0)
    } else if words.iter().any(|word| word.starts_with(wanted)) {
        Some(1)
    } else {
        words.iter().any(|word| word.contains(wanted)).then_some(2)
    }
}
