//! `/ping` and `/simple/…`: prices as plain figures. Much polled, so the body is written straight from the
//! board's prices.

use std::collections::HashSet;
use std::fmt::Write;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use parallax::Decimal;
use parallax::index::Status;
use parallax::stream::PriceSummary;
use parallax_service::{PublishedPrice, Vs};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::BadQuery;
use super::asked::{Asked, Named, Precision, flag, list, required};
use super::changes::{change_in, is_confirmed};
use super::chosen::{Chosen, chosen};
use super::refusal::Refusal;
use super::{answer, json, platforms};
use crate::ApiState;
use crate::number::Number;
use crate::openapi::answers::NotModified;

/// The answer of `/ping`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoPing)]
pub(crate) struct Ping {
    /// That the server answers.
    gecko_says: &'static str,
}

/// Whether the server answers.
#[utoipa::path(get, path = "/api/v3/ping", operation_id = "coingeckoPing", tag = "CoinGecko-compatible",
    responses((status = 200, description = "It does", body = Ping)))]
pub(crate) async fn ping(headers: HeaderMap) -> Result<Response, Refusal> {
    let says = Ping {
        gecko_says: "(V3) To the Moon!",
    };
    json(&says, &headers)
}

/// What is written of a price besides itself.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Include {
    /// Include the market capitalisation, where a circulating supply is known.
    #[param(value_type = Option<bool>)]
    include_market_cap: Option<String>,
    /// Include the volume of 24 hours.
    #[param(value_type = Option<bool>)]
    include_24hr_vol: Option<String>,
    /// Include the change over 24 hours in per cent.
    #[param(value_type = Option<bool>)]
    include_24hr_change: Option<String>,
    /// Include when the price was last confirmed, in seconds since 1970. A price that is no longer
    /// confirmed always has it.
    #[param(value_type = Option<bool>)]
    include_last_updated_at: Option<String>,
    /// Decimal places of the prices: `full` (the default) or 0 to 18.
    #[param(example = "full")]
    precision: Option<String>,
}

/// The query of `/simple/price`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PriceAsked {
    /// Ids of coins, separated by commas. They go before `names`, and those before `symbols`.
    #[param(example = "bitcoin,ethereum")]
    ids: Option<String>,
    /// Names of coins, separated by commas.
    names: Option<String>,
    /// Symbols of coins, separated by commas.
    symbols: Option<String>,
    /// `top` or `all`: what to do where a name means several coins. `top`, the default, refuses, because
    /// Parallax never guesses; `all` gives each by its id.
    include_tokens: Option<String>,
    /// Codes of currencies, separated by commas; unknown ones are left out.
    #[param(value_type = String, required = true, example = "usd,eur")]
    vs_currencies: Option<String>,
}

/// The query of `/simple/token_price/{id}`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TokenPriceAsked {
    /// Addresses of contracts, separated by commas; unknown ones are left out.
    #[param(value_type = String, required = true,
        example = "0x2260fac5e5542a773aa44fbcfedf7c193bc2c599")]
    contract_addresses: Option<String>,
    /// Codes of currencies, separated by commas; unknown ones are left out.
    #[param(value_type = String, required = true, example = "usd,eur")]
    vs_currencies: Option<String>,
}

/// What is written of each price.
struct Written {
    vs: Vec<Vs>,
    volume: bool,
    change: bool,
    time: bool,
    precision: Precision,
}

impl Written {
    fn read(state: &ApiState, codes: &str, include: &Include) -> Result<Self, Refusal> {
        // Nothing follows from it without a circulating supply, but it must be understood.
        flag("include_market_cap", &include.include_market_cap, false)?;
        let mut seen = HashSet::new();
        let vs = list(codes)
            .filter_map(|code| state.service.vs(code))
            .filter(|vs| seen.insert(vs.code.clone()));
        Ok(Self {
            vs: vs.collect(),
            volume: flag("include_24hr_vol", &include.include_24hr_vol, false)?,
            change: flag("include_24hr_change", &include.include_24hr_change, false)?,
            time: flag(
                "include_last_updated_at",
                &include.include_last_updated_at,
                false,
            )?,
            precision: Precision::read(&include.precision)?,
        })
    }

    /// One coin's figures as a JSON object.
    fn write(&self, body: &mut String, price: Option<&PriceSummary>) {
        body.push('{');
        if let Some((summary, usd)) = price.and_then(|price| Some((price, price.price?.get()))) {
            let mut object = Object {
                body,
                is_empty: true,
            };
            let mut as_of = summary.as_of;
            let mut status = summary.status;
            for vs in &self.vs {
                let Some(price) = vs.convert(usd) else {
                    continue;
                };
                object.number(&vs.code, "", self.precision.of(price));
                let volume = summary.volume_24h_usd.filter(|_| self.volume);
                if let Some(volume) = volume.and_then(|volume| vs.convert(volume.get())) {
                    object.number(&vs.code, "_24h_vol", volume);
                }
                let change = if self.change && is_confirmed(summary, vs) {
                    change_in(summary.change_24h_pct, vs.changes.day_pct)
                } else {
                    None
                };
                if let Some(change) = change {
                    object.number(&vs.code, "_24h_change", change);
                }
                if vs.status > Status::Thin {
                    status = status.max(vs.status);
                    as_of = as_of.min(vs.as_of);
                }
            }
            // Never silently stale.
            let is_timed = self.time || status > Status::Thin;
            if let Some(as_of) = as_of.filter(|_| is_timed && !object.is_empty) {
                object.number(
                    "last_updated_at",
                    "",
                    Decimal::from(as_of.unix_ms() / 1_000),
                );
            }
        }
        body.push('}');
    }
}

/// A JSON object that is being written.
struct Object<'a> {
    body: &'a mut String,
    is_empty: bool,
}

impl Object<'_> {
    /// Adds a figure. Codes of currencies need no escaping.
    fn number(&mut self, code: &str, what: &str, value: Decimal) {
        let comma = if self.is_empty { "" } else { "," };
        self.is_empty = false;
        // Writing to a text cannot fail. A decimal is written without an exponent: a JSON number.
        let _ = write!(self.body, "{comma}\"{code}{what}\":{}", value.normalize());
    }
}

/// Prices of coins.
///
/// An id that is unknown is left out; a coin without a price is an empty object.
#[utoipa::path(get, path = "/api/v3/simple/price", operation_id = "coingeckoSimplePrice", tag = "CoinGecko-compatible",
    params(PriceAsked, Include),
    responses(
        (status = 200, description = "Each coin's figures by currency", body = HashMap<String, HashMap<String, Number>>,
            example = json!({"bitcoin": {"usd": 62145.16, "usd_24h_vol": 1284503922.18, "usd_24h_change": -1.41,
                "last_updated_at": 1795300000}})),
        NotModified,
        BadQuery))]
pub(crate) async fn price(
    State(state): State<ApiState>,
    Asked(asked): Asked<PriceAsked>,
    Asked(include): Asked<Include>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let codes = required("vs_currencies", &asked.vs_currencies)?;
    let catalogue = state.service.catalogue();
    let chosen = chosen(
        &catalogue,
        &asked.ids,
        &asked.names,
        &asked.symbols,
        &asked.include_tokens,
    )?;
    let coins = match chosen {
        Chosen::All => return Err(Refusal::missing("ids")),
        Chosen::Coins(coins) => coins,
    };
    let written = Written::read(&state, codes, &include)?;
    let coins = coins
        .into_iter()
        .map(|(key, token)| (key, token.id.as_str()));
    Ok(answer(body(&state, &written, coins), &headers))
}

/// Prices of tokens by the addresses of their contracts.
///
/// An address that is unknown is left out; a token without a price is an empty object.
#[utoipa::path(get, path = "/api/v3/simple/token_price/{id}", operation_id = "coingeckoSimpleTokenPriceId", tag = "CoinGecko-compatible",
    params(("id" = String, Path, description = "An asset platform's id", example = "ethereum"), TokenPriceAsked, Include),
    responses(
        (status = 200, description = "Each token's figures by currency", body = HashMap<String, HashMap<String, Number>>),
        NotModified,
        (status = 404, description = "There is no such platform", body = Refusal),
        BadQuery))]
pub(crate) async fn token_price(
    State(state): State<ApiState>,
    Named(platform): Named<String>,
    Asked(asked): Asked<TokenPriceAsked>,
    Asked(include): Asked<Include>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if !platforms::is_known(&state.service, &platform) {
        return Err(Refusal::not_found("asset platform"));
    }
    let addresses = required("contract_addresses", &asked.contract_addresses)?;
    let written = Written::read(
        &state,
        required("vs_currencies", &asked.vs_currencies)?,
        &include,
    )?;
    let catalogue = state.service.catalogue();
    let tokens = list(addresses).filter_map(|address| {
        let (token, contract) = catalogue.coin_at(&platform, address)?;
        Some((contract.address.as_str(), token.id.as_str()))
    });
    Ok(answer(body(&state, &written, tokens), &headers))
}

/// The figures of coins as a JSON object: by their keys, each once, in the order asked for.
fn body<'a, K: AsRef<str> + std::hash::Hash + Eq + Clone>(
    state: &ApiState,
    written: &Written,
    coins: impl Iterator<Item = (K, &'a str)>,
) -> String {
    let mut body = String::with_capacity(1_024);
    let mut seen = HashSet::new();
    body.push('{');
    for (key, id) in coins {
        if !seen.insert(key.clone()) {
            continue;
        }
        if seen.len() > 1 {
            body.push(',');
        }
        // Ids and addresses need no escaping, names may.
        match key.as_ref() {
            plain
                if plain
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') =>
            {
                let _ = write!(body, "\"{plain}\":");
            }
            other => {
                let _ = write!(body, "{}:", serde_json::Value::from(other));
            }
        }
        let published = state.service.published(id);
        let price = published
            .as_deref()
            .map(|price: &PublishedPrice| &price.summary);
        written.write(&mut body, price);
    }
    body.push('}');
    body
}

/// The codes of the currencies that prices can be given in.
#[utoipa::path(get, path = "/api/v3/simple/supported_vs_currencies", operation_id = "coingeckoSimpleSupportedVsCurrencies", tag = "CoinGecko-compatible",
    responses(
        (status = 200, description = "Those that have a rate now", body = Vec<String>,
            example = json!(["btc", "eth", "usd", "eur", "gbp", "sats"])),
        NotModified))]
pub(crate) async fn supported_vs_currencies(
    State(state): State<ApiState>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let codes: Vec<_> = state
        .service
        .all_vs()
        .into_iter()
        .map(|vs| vs.code)
        .collect();
    json(&codes, &headers)
}
