//! `/exchange_rates` and `/global`: bitcoin in every currency, and everything together.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use parallax::Decimal;
use parallax_service::Vs;
use serde::Serialize;
use utoipa::ToSchema;

use super::json;
use super::refusal::Refusal;
use crate::ApiState;
use crate::number::Number;
use crate::openapi::answers::NotModified;

/// Bitcoin in every currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoExchangeRates)]
pub(crate) struct ExchangeRates {
    /// By the currency's code; empty while bitcoin has no price.
    rates: BTreeMap<String, ExchangeRate>,
}

/// Bitcoin in a currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoExchangeRate)]
pub(crate) struct ExchangeRate {
    /// The currency's name.
    #[schema(example = "Euro")]
    name: String,
    /// How its amounts are marked.
    #[schema(example = "€")]
    unit: String,
    /// Units of it for one bitcoin.
    value: Number,
    /// `crypto` or `fiat`.
    #[serde(rename = "type")]
    kind: &'static str,
}

/// How amounts of money are marked; by the code where there is no sign.
fn unit(code: &str) -> String {
    match code {
        "usd" => "$",
        "eur" => "€",
        "gbp" => "£",
        "jpy" => "¥",
        "chf" => "Fr.",
        "cad" => "CA$",
        "aud" => "A$",
        "try" => "₺",
        "brl" => "R$",
        "rub" => "₽",
        "bits" => "μBTC",
        "sats" => "sats",
        other => return other.to_uppercase(),
    }
    .to_owned()
}

/// Bitcoin in every currency that has a rate now.
#[utoipa::path(get, path = "/api/v3/exchange_rates", operation_id = "coingeckoExchangeRates", tag = "CoinGecko-compatible",
    responses(
        (status = 200, description = "The rates", body = ExchangeRates),
        NotModified))]
pub(crate) async fn exchange_rates(
    State(state): State<ApiState>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let service = &state.service;
    let bitcoin = service.vs("btc").map(|btc| btc.rate_usd());
    let rate = |vs: Vs| {
        let value = vs.convert(bitcoin?)?;
        let rate = ExchangeRate {
            unit: unit(&vs.code),
            value: Number(value),
            kind: if vs.is_fiat { "fiat" } else { "crypto" },
            name: vs.name,
        };
        Some((vs.code, rate))
    };
    let rates = service.all_vs().into_iter().filter_map(rate).collect();
    json(&ExchangeRates { rates }, &headers)
}

/// Everything together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoGlobal)]
pub(crate) struct Global {
    data: GlobalData,
}

/// Everything together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoGlobalData)]
pub(crate) struct GlobalData {
    /// Coins with a price.
    active_cryptocurrencies: u64,
    /// 0: not followed.
    upcoming_icos: u64,
    /// 0: not followed.
    ongoing_icos: u64,
    /// 0: not followed.
    ended_icos: u64,
    /// Exchanges.
    markets: u64,
    /// Not known without circulating supplies: empty.
    total_market_cap: BTreeMap<String, Number>,
    /// The volume of 24 hours of all coins, by the currency's code.
    total_volume: BTreeMap<String, Number>,
    /// Not known without circulating supplies: empty.
    market_cap_percentage: BTreeMap<String, Number>,
    /// 0: not known without circulating supplies.
    market_cap_change_percentage_24h_usd: u32,
    /// 0: not known.
    volume_change_percentage_24h_usd: u32,
    /// When the last price was confirmed, in seconds since 1970.
    updated_at: i64,
}

/// Sums over all coins.
#[utoipa::path(get, path = "/api/v3/global", operation_id = "coingeckoGlobal", tag = "CoinGecko-compatible",
    responses(
        (status = 200, description = "The sums", body = Global),
        NotModified))]
pub(crate) async fn global(
    State(state): State<ApiState>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let service = &state.service;
    let catalogue = service.catalogue();
    let coins = service.published_coins(&catalogue);
    let priced = coins
        .iter()
        .filter(|(_, price)| price.summary.price.is_some());
    let volumes = coins
        .iter()
        .filter_map(|(_, price)| price.summary.volume_24h_usd);
    let volume = volumes.fold(Decimal::ZERO, |sum, volume| {
        sum.saturating_add(volume.get())
    });
    let last = coins
        .iter()
        .filter_map(|(_, price)| price.summary.as_of)
        .max();
    let in_each = service
        .all_vs()
        .into_iter()
        .filter_map(|vs| Some((Number(vs.convert(volume)?), vs.code)));
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let data = GlobalData {
        active_cryptocurrencies: count(priced.count()),
        upcoming_icos: 0,
        ongoing_icos: 0,
        ended_icos: 0,
        markets: count(service.venues().len()),
        total_market_cap: BTreeMap::new(),
        total_volume: in_each.map(|(volume, code)| (code, volume)).collect(),
        market_cap_percentage: BTreeMap::new(),
        market_cap_change_percentage_24h_usd: 0,
        volume_change_percentage_24h_usd: 0,
        updated_at: last.unwrap_or_else(|| service.at()).unix_ms() / 1_000,
    };
    json(&Global { data }, &headers)
}
