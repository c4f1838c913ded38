//! `/coins/{id}/market_chart`, its range, `/coins/{id}/ohlc`, and the charts by a contract's address.
//!
//! How fine: up to one day from now 5 minutes, up to 90 days an hour, above a day from midnight UTC; a single
//! day further back has hours, as in CoinGecko's documentation. Prices are those at the moments named; the
//! last one is the present price with its own time. `/ohlc` has half hours up to two days, four hours up to
//! 30, above four days, each named by the moment of its close, and only those that are over.

use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use parallax::Decimal;
use parallax::candle::{Interval, Step};
use parallax::time::Timestamp;
use parallax::token::Token;
use parallax_service::{PastPoint, Service, Vs};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::{BadQuery, NoCoin, NoHistory};
use super::asked::{Asked, Named, Precision, given, moment, required, vs_currency, word};
use super::json;
use super::refusal::Refusal;
use crate::ApiState;
use crate::number::Number;
use crate::openapi::answers::NotModified;

const DAY: Duration = Duration::from_secs(86_400);
/// Slack for a range that began a day ago when the program that asks read its clock.
const SLACK: Duration = Duration::from_secs(5 * 60);
/// The most days that have hours.
const HOURLY_DAYS: u32 = 90;

/// The query of a chart up to now.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChartAsked {
    /// The currency's code.
    #[param(value_type = String, required = true, example = "usd")]
    vs_currency: Option<String>,
    /// How many days back from now: a whole number from 1, or `max`.
    #[param(value_type = String, required = true, example = "1")]
    days: Option<String>,
    /// `hourly` or `daily` instead of what fits the number of days.
    interval: Option<String>,
    /// Decimal places of prices: `full` (the default) or 0 to 18.
    precision: Option<String>,
}

/// The query of a chart of a range.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RangeAsked {
    /// The currency's code.
    #[param(value_type = String, required = true, example = "usd")]
    vs_currency: Option<String>,
    /// The beginning, in seconds since 1970 or as a date.
    #[param(value_type = i64, required = true, example = 1795200000)]
    from: Option<String>,
    /// The end, in seconds since 1970 or as a date.
    #[param(value_type = i64, required = true, example = 1795300000)]
    to: Option<String>,
    /// `hourly` or `daily` instead of what fits the range.
    interval: Option<String>,
    /// Decimal places of prices: `full` (the default) or 0 to 18.
    precision: Option<String>,
}

/// The query of `/ohlc`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OhlcAsked {
    /// The currency's code.
    #[param(value_type = String, required = true, example = "usd")]
    vs_currency: Option<String>,
    /// How many days back from now: 1, 7, 14, 30, 90, 180, 365 or `max`.
    #[param(value_type = String, required = true, example = "1")]
    days: Option<String>,
    /// Decimal places of prices: `full` (the default) or 0 to 18.
    precision: Option<String>,
}

/// Series of `[milliseconds since 1970, figure]`, oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoMarketChart)]
pub(crate) struct MarketChart {
    /// Prices.
    prices: Vec<[Number; 2]>,
    /// Not known without a circulating supply: empty.
    market_caps: Vec<[Number; 2]>,
    /// The value of the trades that Parallax saw in the 24 hours before each price.
    total_volumes: Vec<[Number; 2]>,
}

/// From when to when, and how fine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    from: Timestamp,
    until: Timestamp,
    step: Step,
}

const INTERVALS: [(&str, Option<Step>); 3] = [
    ("5m", Some(Step::Minutes(5))),
    ("hourly", Some(Step::Hours(1))),
    ("daily", Some(Step::Day)),
];

/// How fine a range is that ends at `until`.
fn step_of(from: Timestamp, until: Timestamp, now: Timestamp) -> Step {
    let span = until.since(from);
    if span <= DAY + SLACK && from.plus(DAY + SLACK) >= now {
        Step::Minutes(5)
    } else if span <= DAY * HOURLY_DAYS + SLACK {
        Step::Hours(1)
    } else {
        Step::Day
    }
}

/// A number of days, or `None` for all.
fn days_of(value: &Option<String>) -> Result<Option<u32>, Refusal> {
    let text = required("days", value)?;
    if text == "max" {
        return Ok(None);
    }
    // More days than there have been since 1970 are all.
    let days: Result<u32, _> = text.parse();
    let days = days.ok().filter(|days| *days >= 1);
    let refused = || Refusal::invalid("days", text, "a whole number from 1, or max");
    Ok(Some(days.ok_or_else(refused)?.min(1_000_000)))
}

/// The beginning of everything held in days.
async fn beginning(service: &Service, token: &Token) -> Result<Timestamp, Refusal> {
    let held = service.begins(&token.id, Interval::Day).await?;
    Ok(held.unwrap_or_else(|| service.at().minus(DAY)))
}

async fn up_to_now(
    state: &ApiState,
    token: &Token,
    asked: &ChartAsked,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let service = &state.service;
    let written = written(service, &asked.vs_currency, &asked.precision)?;
    let range = range_up_to_now(service, token, asked).await?;
    chart(state, token, written, range, headers).await
}

async fn between(
    state: &ApiState,
    token: &Token,
    asked: &RangeAsked,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let service = &state.service;
    let written = written(service, &asked.vs_currency, &asked.precision)?;
    let range = range_between(service, token, asked).await?;
    chart(state, token, written, range, headers).await
}

/// In which currency, and with how many places.
fn written(
    service: &Service,
    vs: &Option<String>,
    precision: &Option<String>,
) -> Result<(Vs, Precision), Refusal> {
    Ok((vs_currency(service, vs)?, Precision::read(precision)?))
}

async fn range_up_to_now(
    service: &Service,
    token: &Token,
    asked: &ChartAsked,
) -> Result<Range, Refusal> {
    let now = service.at();
    let (from, standard) = match days_of(&asked.days)? {
        None => (beginning(service, token).await?, Step::Day),
        Some(days) => {
            let from = now.minus(DAY.saturating_mul(days));
            let held = if days > HOURLY_DAYS {
                from.max(beginning(service, token).await?)
            } else {
                from
            };
            (held, step_of(from, now, now))
        }
    };
    let step = word("interval", &asked.interval, &INTERVALS, None)?.unwrap_or(standard);
    Ok(Range {
        from,
        until: now,
        step,
    })
}

async fn range_between(
    service: &Service,
    token: &Token,
    asked: &RangeAsked,
) -> Result<Range, Refusal> {
    let now = service.at();
    let (from, to) = (moment("from", &asked.from)?, moment("to", &asked.to)?);
    if from >= to {
        let from = given(&asked.from).unwrap_or_default();
        return Err(Refusal::invalid("from", from, "earlier than to"));
    }
    let until = to.min(now);
    let standard = step_of(from, until, now);
    let held = if standard == Step::Day {
        from.max(beginning(service, token).await?)
    } else {
        from
    };
    let step = word("interval", &asked.interval, &INTERVALS, None)?.unwrap_or(standard);
    Ok(Range {
        from: held,
        until,
        step,
    })
}

async fn chart(
    state: &ApiState,
    token: &Token,
    (vs, precision): (Vs, Precision),
    range: Range,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let Range { from, until, step } = range;
    let points = if from < until {
        state
            .service
            .past(&token.id, &vs, step, from, until)
            .await?
    } else {
        Vec::new()
    };
    let series = |figure: fn(&PastPoint, Precision) -> Decimal| {
        let pair = |point: &PastPoint| [time(point.at), Number(figure(point, precision))];
        points.iter().map(pair).collect()
    };
    let chart = MarketChart {
        prices: series(|point, precision| precision.of(point.price)),
        market_caps: Vec::new(),
        total_volumes: series(|point, _| point.volume_24h),
    };
    json(&chart, headers)
}

fn time(at: Timestamp) -> Number {
    Number(Decimal::from(at.unix_ms()))
}

fn coin(state: &ApiState, id: &str) -> Result<Token, Refusal> {
    let catalogue = state.service.catalogue();
    catalogue
        .coin(id)
        .cloned()
        .ok_or_else(|| Refusal::not_found("coin"))
}

fn by_contract(state: &ApiState, (platform, address): &(String, String)) -> Result<Token, Refusal> {
    let catalogue = state.service.catalogue();
    let found = catalogue.coin_at(platform, address);
    found
        .map(|(token, _)| token.clone())
        .ok_or_else(|| Refusal::not_found("coin"))
}

/// A coin's prices and volumes up to now.
#[utoipa::path(get, path = "/api/v3/coins/{id}/market_chart", operation_id = "coingeckoCoinsIdMarketChart", tag = "CoinGecko-compatible",
    params(("id" = String, Path, description = "A coin's id", example = "bitcoin"), ChartAsked),
    responses(
        (status = 200, description = "Series of time and figure", body = MarketChart),
        NotModified,
        NoCoin,
        BadQuery,
        NoHistory))]
pub(crate) async fn market_chart(
    State(state): State<ApiState>,
    Named(id): Named<String>,
    Asked(asked): Asked<ChartAsked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    up_to_now(&state, &coin(&state, &id)?, &asked, &headers).await
}

/// A coin's prices and volumes of a range.
#[utoipa::path(get, path = "/api/v3/coins/{id}/market_chart/range", operation_id = "coingeckoCoinsIdMarketChartRange", tag = "CoinGecko-compatible",
    params(("id" = String, Path, description = "A coin's id", example = "bitcoin"), RangeAsked),
    responses(
        (status = 200, description = "Series of time and figure", body = MarketChart),
        NotModified,
        NoCoin,
        BadQuery,
        NoHistory))]
pub(crate) async fn market_chart_range(
    State(state): State<ApiState>,
    Named(id): Named<String>,
    Asked(asked): Asked<RangeAsked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    between(&state, &coin(&state, &id)?, &asked, &headers).await
}

/// A token's prices and volumes up to now, by the address of its contract.
#[utoipa::path(get, path = "/api/v3/coins/{id}/contract/{contract_address}/market_chart", operation_id = "coingeckoCoinsIdContractContractAddressMarketChart", tag = "CoinGecko-compatible",
    params(
        ("id" = String, Path, description = "An asset platform's id", example = "ethereum"),
        ("contract_address" = String, Path, description = "The contract's address",
            example = "0x2260fac5e5542a773aa44fbcfedf7c193bc2c599"),
        ChartAsked),
    responses(
        (status = 200, description = "Series of time and figure", body = MarketChart),
        NotModified,
        NoCoin,
        BadQuery,
        NoHistory))]
pub(crate) async fn contract_chart(
    State(state): State<ApiState>,
    Named(contract): Named<(String, String)>,
    Asked(asked): Asked<ChartAsked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    up_to_now(&state, &by_contract(&state, &contract)?, &asked, &headers).await
}

/// A token's prices and volumes of a range, by the address of its contract.
#[utoipa::path(get, path = "/api/v3/coins/{id}/contract/{contract_address}/market_chart/range", operation_id = "coingeckoCoinsIdContractContractAddressMarketChartRange", tag = "CoinGecko-compatible",
    params(
        ("id" = String, Path, description = "An asset platform's id", example = "ethereum"),
        ("contract_address" = String, Path, description = "The contract's address",
            example = "0x2260fac5e5542a773aa44fbcfedf7c193bc2c599"),
        RangeAsked),
    responses(
        (status = 200, description = "Series of time and figure", body = MarketChart),
        NotModified,
        NoCoin,
        BadQuery,
        NoHistory))]
pub(crate) async fn contract_chart_range(
    State(state): State<ApiState>,
    Named(contract): Named<(String, String)>,
    Asked(asked): Asked<RangeAsked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    between(&state, &by_contract(&state, &contract)?, &asked, &headers).await
}

/// A coin's open, high, low and close.
///
/// Each as `[milliseconds since 1970 of the close, open, high, low, close]`, oldest first.
#[utoipa::path(get, path = "/api/v3/coins/{id}/ohlc", operation_id = "coingeckoCoinsIdOhlc", tag = "CoinGecko-compatible",
    params(("id" = String, Path, description = "A coin's id", example = "bitcoin"), OhlcAsked),
    responses(
        (status = 200, description = "The candles", body = Vec<[Number; 5]>,
            example = json!([[1795300200000_i64, 62140.2, 62180.9, 62090.0, 62145.16]])),
        NotModified,
        NoCoin,
        BadQuery,
        NoHistory))]
pub(crate) async fn ohlc(
    State(state): State<ApiState>,
    Named(id): Named<String>,
    Asked(asked): Asked<OhlcAsked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let service = &state.service;
    let token = coin(&state, &id)?;
    let (vs, precision) = written(service, &asked.vs_currency, &asked.precision)?;
    let now = service.at();
    let days = required("days", &asked.days)?;
    let (from, step) = match days {
        "1" => (now.minus(DAY), Step::Minutes(30)),
        "7" => (now.minus(DAY * 7), Step::Hours(4)),
        "14" => (now.minus(DAY * 14), Step::Hours(4)),
        "30" => (now.minus(DAY * 30), Step::Hours(4)),
        "90" => (now.minus(DAY * 90), Step::Hours(96)),
        "180" => (now.minus(DAY * 180), Step::Hours(96)),
        "365" => (now.minus(DAY * 365), Step::Hours(96)),
        "max" => {
            let held = service.begins(&token.id, Interval::Hour).await?;
            (held.unwrap_or(now), Step::Hours(96))
        }
        other => {
            let allowed = "one of 1, 7, 14, 30, 90, 180, 365 and max";
            return Err(Refusal::invalid("days", other, allowed));
        }
    };
    let bars = service.bars_in(&token.id, &vs, step, from, now).await?;
    let closed = bars.iter().filter_map(|bar| {
        let close_time = bar.open_time.plus(step.duration());
        let prices = [bar.open, bar.high, bar.low, bar.close];
        let [open, high, low, close] = prices.map(|price| Number(precision.of(price.get())));
        (close_time > from && close_time <= now).then(|| [time(close_time), open, high, low, close])
    });
    json(&closed.collect::<Vec<_>>(), &headers)
}
