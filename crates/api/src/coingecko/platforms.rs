//! `/asset_platforms`: the chains on which the catalogue knows contracts.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use parallax::catalogue::Catalogue;
use parallax_service::Service;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::BadQuery;
use super::asked::{Asked, word};
use super::json;
use super::refusal::Refusal;
use crate::ApiState;
use crate::openapi::answers::NotModified;

/// A chain: CoinGecko's id, the number by which wallets know it, name, short name, its own coin.
type Chain = (
    &'static str,
    Option<u64>,
    &'static str,
    &'static str,
    &'static str,
);

/// What is known of chains besides their ids.
const CHAINS: [Chain; 6] = [
    ("ethereum", Some(1), "Ethereum", "Ethereum", "ethereum"),
    ("solana", None, "Solana", "Solana", "solana"),
    ("base", Some(8_453), "Base", "Base", "ethereum"),
    (
        "binance-smart-chain",
        Some(56),
        "BNB Smart Chain",
        "BSC",
        "binancecoin",
    ),
    (
        "arbitrum-one",
        Some(42_161),
        "Arbitrum One",
        "Arbitrum",
        "ethereum",
    ),
    (
        "optimistic-ethereum",
        Some(10),
        "Optimism",
        "Optimism",
        "ethereum",
    ),
];

/// Addresses of pictures. Parallax has none of chains, coins and exchanges: empty.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = CoinGeckoPictures)]
pub(crate) struct Pictures {
    thumb: &'static str,
    small: &'static str,
    large: &'static str,
}

/// A chain.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoAssetPlatform)]
pub(crate) struct AssetPlatform<'a> {
    /// Its id.
    #[schema(example = "ethereum")]
    id: &'a str,
    /// The number by which wallets know it.
    chain_identifier: Option<u64>,
    /// Its name.
    name: &'a str,
    /// Its short name.
    shortname: &'a str,
    /// The id of its own coin.
    native_coin_id: Option<&'a str>,
    image: Pictures,
}

/// The query of `/asset_platforms`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PlatformsAsked {
    /// `nft`: only chains of which pictures' tokens are known, which are none.
    filter: Option<String>,
}

/// The chains on which contracts are known.
#[utoipa::path(get, path = "/api/v3/asset_platforms", operation_id = "coingeckoAssetPlatforms", tag = "CoinGecko-compatible",
    params(PlatformsAsked),
    responses(
        (status = 200, description = "The chains, by id", body = Vec<AssetPlatform<'_>>),
        NotModified,
        BadQuery))]
pub(crate) async fn asset_platforms(
    State(state): State<ApiState>,
    Asked(asked): Asked<PlatformsAsked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let only_nft = word("filter", &asked.filter, &[("nft", true)], false)?;
    let catalogue = state.service.catalogue();
    let known = all(&catalogue);
    let platforms = known.iter().filter(|_| !only_nft).map(|id| platform(id));
    json(&platforms.collect::<Vec<_>>(), &headers)
}

fn platform(id: &str) -> AssetPlatform<'_> {
    let chain = CHAINS.iter().find(|(known, ..)| *known == id);
    AssetPlatform {
        id,
        chain_identifier: chain.and_then(|chain| chain.1),
        name: chain.map_or(id, |chain| chain.2),
        shortname: chain.map_or("", |chain| chain.3),
        native_coin_id: chain.map(|chain| chain.4),
        image: Pictures::default(),
    }
}

fn all(catalogue: &Catalogue) -> BTreeSet<&str> {
    let contracts = catalogue.coins().flat_map(|token| &token.contracts);
    contracts.map(|contract| contract.chain.as_str()).collect()
}

/// Whether any contract is known on the chain.
pub(crate) fn is_known(service: &Service, chain: &str) -> bool {
    let catalogue = service.catalogue();
    let mut contracts = catalogue.coins().flat_map(|token| &token.contracts);
    contracts.any(|contract| contract.chain == chain)
}
