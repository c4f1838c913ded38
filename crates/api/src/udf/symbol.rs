//! Symbols: what a text means, what a chart must know of it, and how it is found.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use parallax::Decimal;
use parallax::token::{Token, TokenKind};
use parallax_service::{Service, ServiceError, Vs};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{EXCHANGE, Failure, json, resolutions};
use crate::ApiState;

/// Symbols that a search gives at most, unless it asks for fewer.
const MOST: usize = 100;
/// Symbols that a search gives that asks for no number.
const STANDARD: usize = 30;

/// A token in a currency.
pub(crate) struct Symbol {
    pub(crate) token: Token,
    pub(crate) vs: Vs,
}

impl Symbol {
    /// Reads a symbol, in any letter case.
    pub(crate) fn read(service: &Service, text: &str) -> Result<Self, Failure> {
        let unknown = || {
            let text: String = text.chars().take(80).collect();
            let errmsg = format!(
                "unknown symbol {text:?}; /udf/search finds those there are, such as BTCUSD or bitcoin/eur"
            );
            Failure::new(StatusCode::NOT_FOUND, errmsg)
        };
        let text = match text.split_once(':') {
            None => text,
            Some((exchange, rest)) if exchange.eq_ignore_ascii_case(EXCHANGE) => rest,
            Some(_) => return Err(unknown()),
        };
        if let Ok(token) = service.by_id(&text.to_lowercase()) {
            let vs = Vs::usd();
            return Ok(Self { token, vs });
        }
        if let Some((base, code)) = text.split_once('/') {
            let vs = service.vs(code).ok_or_else(unknown)?;
            let token = service.find(base)?;
            return Ok(Self { token, vs });
        }
        let mut found: Vec<Self> = Vec::new();
        let mut ambiguous = None;
        for vs in service.all_vs() {
            let end = text.len().saturating_sub(vs.code.len());
            let (Some(base), Some(code)) = (text.get(..end), text.get(end..)) else {
                continue;
            };
            if base.is_empty() || !code.eq_ignore_ascii_case(&vs.code) {
                continue;
            }
            match service.find(base) {
                Ok(token) => found.push(Self { token, vs }),
                Err(error @ ServiceError::AmbiguousToken { .. }) => ambiguous = Some(error),
                Err(_) => {}
            }
        }
        if found.len() > 1 {
            let tickers: Vec<_> = found.iter().map(Self::ticker).collect();
            let errmsg = format!("{text:?} may mean {}", tickers.join(" or "));
            return Err(Failure::new(StatusCode::CONFLICT, errmsg));
        }
        match (found.pop(), ambiguous) {
            (Some(symbol), None) => Ok(symbol),
            (_, Some(error)) => Err(error.into()),
            (None, None) => Err(unknown()),
        }
    }

    /// What charts use from then on: never ambiguous.
    fn ticker(&self) -> String {
        format!("{}/{}", self.token.id, self.vs.code)
    }

    fn name(&self) -> String {
        let symbol = self.token.symbol.as_str().to_uppercase();
        format!("{symbol}{}", self.vs.code.to_uppercase())
    }

    fn description(&self) -> String {
        format!("{} in {}", self.token.name, self.vs.name)
    }

    fn kind(&self) -> &'static str {
        if self.token.kind == TokenKind::Fiat {
            "forex"
        } else {
            "crypto"
        }
    }
}

/// What a chart must know of a symbol.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UdfSymbolInfo)]
pub(crate) struct SymbolInfo {
    /// For people.
    #[schema(example = "BTCUSD")]
    name: String,
    /// For every later request.
    #[schema(example = "bitcoin/usd")]
    ticker: String,
    #[schema(example = "Bitcoin in US Dollar")]
    description: String,
    /// `crypto` or `forex`.
    #[serde(rename = "type")]
    #[schema(example = "crypto")]
    kind: &'static str,
    exchange: &'static str,
    listed_exchange: &'static str,
    #[serde(rename = "exchange-traded")]
    exchange_traded: &'static str,
    #[serde(rename = "exchange-listed")]
    exchange_listed: &'static str,
    session: &'static str,
    timezone: &'static str,
    /// The least step of a price is `minmov / pricescale`.
    minmov: u32,
    minmov2: u32,
    #[schema(example = 100)]
    pricescale: u64,
    pointvalue: u32,
    has_intraday: bool,
    has_daily: bool,
    has_weekly_and_monthly: bool,
    has_no_volume: bool,
    supported_resolutions: Vec<&'static str>,
    intraday_multipliers: Vec<&'static str>,
    currency_code: String,
    volume_precision: u32,
    data_status: &'static str,
}

/// The query of `/udf/symbols`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SymbolAsked {
    /// A symbol.
    #[param(value_type = String, required = true, example = "BTCUSD")]
    symbol: Option<String>,
}

/// What a chart must know of a symbol.
#[utoipa::path(get, path = "/udf/symbols", operation_id = "udfSymbols", tag = "TradingView UDF",
    params(SymbolAsked),
    responses(
        (status = 200, description = "The symbol", body = SymbolInfo),
        (status = 304, description = "The answer that `If-None-Match` names still holds"),
        (status = 400, description = "A parameter is missing", body = Failure),
        (status = 404, description = "There is no such symbol", body = Failure),
        (status = 409, description = "Several symbols are called that", body = Failure)))]
pub(crate) async fn symbols(
    State(state): State<ApiState>,
    query: Result<Query<SymbolAsked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let Query(asked) = query?;
    let service = &state.service;
    let symbol = Symbol::read(service, required("symbol", &asked.symbol)?)?;
    let resolutions = resolutions();
    let is_intraday = |word: &&&'static str| word.bytes().all(|byte| byte.is_ascii_digit());
    let info = SymbolInfo {
        name: symbol.name(),
        ticker: symbol.ticker(),
        description: symbol.description(),
        kind: symbol.kind(),
        exchange: EXCHANGE,
        listed_exchange: EXCHANGE,
        exchange_traded: EXCHANGE,
        exchange_listed: EXCHANGE,
        session: "24x7",
        timezone: "Etc/UTC",
        minmov: 1,
        minmov2: 0,
        pricescale: price_scale(service, &symbol),
        pointvalue: 1,
        has_intraday: true,
        has_daily: true,
        has_weekly_and_monthly: true,
        has_no_volume: false,
        intraday_multipliers: resolutions.iter().filter(is_intraday).copied().collect(),
        supported_resolutions: resolutions,
        currency_code: symbol.vs.code.to_uppercase(),
        volume_precision: 2,
        data_status: "streaming",
    };
    json(&info, &headers)
}

/// A power of ten: enough places to show at least four significant digits, and at least two places.
fn price_scale(service: &Service, symbol: &Symbol) -> u64 {
    const LEAST: u64 = 100;
    const MOST: u64 = 1_000_000_000_000;
    let published = service.published(symbol.token.id.as_str());
    let usd = published.and_then(|published| published.summary.price);
    let Some(mut price) = usd.and_then(|usd| symbol.vs.convert(usd.get())) else {
        return 100_000_000;
    };
    let mut scale = LEAST;
    while scale < MOST && price < Decimal::ONE_THOUSAND {
        price = price.saturating_mul(Decimal::TEN);
        scale *= 10;
    }
    scale
}

/// A symbol that a search found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UdfFoundSymbol)]
pub(crate) struct FoundSymbol {
    #[schema(example = "BTCUSD")]
    symbol: String,
    #[schema(example = "PARALLAX:BTCUSD")]
    full_name: String,
    description: String,
    exchange: &'static str,
    #[schema(example = "bitcoin/usd")]
    ticker: String,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// The query of `/udf/search`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchAsked {
    /// A part of an id, a symbol or a name; empty for all.
    #[param(example = "BTC")]
    query: Option<String>,
    /// `crypto` or `forex`; empty for both.
    #[serde(rename = "type")]
    #[param(rename = "type")]
    kind: Option<String>,
    /// `PARALLAX` or empty.
    exchange: Option<String>,
    /// Symbols at most, 1 to 100; 30 by default.
    #[param(value_type = Option<u32>, minimum = 1)]
    limit: Option<String>,
}

/// Symbols in US dollars by a part of their names, the best match first.
#[utoipa::path(get, path = "/udf/search", operation_id = "udfSearch", tag = "TradingView UDF",
    params(SearchAsked),
    responses(
        (status = 200, description = "What was found", body = Vec<FoundSymbol>),
        (status = 304, description = "The answer that `If-None-Match` names still holds"),
        (status = 400, description = "A parameter is not valid", body = Failure)))]
pub(crate) async fn search(
    State(state): State<ApiState>,
    query: Result<Query<SearchAsked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let Query(asked) = query?;
    let limit = match given(&asked.limit) {
        None => STANDARD,
        Some(text) => {
            let read: Option<usize> = text.parse().ok().filter(|limit| *limit >= 1);
            let refused = || Failure::invalid("limit", text, "a whole number from 1");
            read.ok_or_else(refused)?.min(MOST)
        }
    };
    let is_ours = |exchange: &str| exchange.eq_ignore_ascii_case(EXCHANGE);
    let has_ours = given(&asked.exchange).is_none_or(is_ours);
    let wanted = given(&asked.query).unwrap_or_default().to_lowercase();
    let wanted = wanted.strip_prefix("parallax:").unwrap_or(&wanted);
    let catalogue = state.service.catalogue();
    let tokens = catalogue
        .tokens()
        .iter()
        .filter(|token| token.id.as_str() != "usd");
    let mut found: Vec<(usize, Symbol)> = tokens
        .filter_map(|token| {
            let symbol = Symbol {
                token: token.clone(),
                vs: Vs::usd(),
            };
            Some((closeness(&symbol, wanted)?, symbol))
        })
        .collect();
    found.sort_by_key(|(closeness, symbol)| (*closeness, symbol.token.rank));
    let is_kind = |symbol: &Symbol| given(&asked.kind).is_none_or(|kind| symbol.kind() == kind);
    let found: Vec<_> = found
        .into_iter()
        .map(|(_, symbol)| symbol)
        .filter(|symbol| has_ours && is_kind(symbol))
        .take(limit)
        .map(|symbol| FoundSymbol {
            symbol: symbol.name(),
            full_name: format!("{EXCHANGE}:{}", symbol.name()),
            description: symbol.description(),
            exchange: EXCHANGE,
            ticker: symbol.ticker(),
            kind: symbol.kind(),
        })
        .collect();
    json(&found, &headers)
}

/// How well a symbol fits a search in lower case, the best first; `None` when not at all.
fn closeness(symbol: &Symbol, wanted: &str) -> Option<usize> {
    let (token, pair) = (&symbol.token, symbol.name().to_lowercase());
    let ticker = token.symbol.as_str().to_lowercase();
    let name = token.name.to_lowercase();
    let words = [token.id.as_str(), &ticker, &name, &pair];
    let tests: [fn(&str, &str) -> bool; 3] = [
        |word, wanted| word == wanted,
        |word, wanted| word.starts_with(wanted),
        |word, wanted| word.contains(wanted),
    ];
    tests
        .iter()
        .position(|fits| words.iter().any(|word| fits(word, wanted)))
}

/// A parameter that may be missing.
pub(crate) fn given(value: &Option<String>) -> Option<&str> {
    value
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// A parameter that must not be missing.
pub(crate) fn required<'a>(name: &str, value: &'a Option<String>) -> Result<&'a str, Failure> {
    given(value).ok_or_else(|| Failure::missing(name))
}
