//! `/udf/history`: bars of a symbol.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use parallax::Decimal;
use parallax::candle::{Bar, Step};
use parallax::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::symbol::{Symbol, given, required};
use super::{Failure, RESOLUTIONS, json, resolutions};
use crate::ApiState;
use crate::number::Number;

/// The most bars one answer has.
const MOST: u32 = 5_000;

/// The query of `/udf/history`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryAsked {
    /// A symbol.
    #[param(value_type = String, required = true, example = "bitcoin/usd")]
    symbol: Option<String>,
    /// The length of a bar, one of those in `/udf/config`; `D` and `W` are `1D` and `1W`.
    #[param(value_type = String, required = true, example = "60")]
    resolution: Option<String>,
    /// The first bar opens no earlier, in seconds since 1970. Not needed with `countback`, which goes before.
    #[param(value_type = Option<i64>, example = 1795200000)]
    from: Option<String>,
    /// The last bar opens before this, in seconds since 1970; without it, now.
    #[param(value_type = Option<i64>, example = 1795300000)]
    to: Option<String>,
    /// So many bars before `to`, 1 to 5,000.
    #[param(value_type = Option<u32>, minimum = 1)]
    countback: Option<String>,
}

/// Bars as columns.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UdfBars)]
pub(crate) struct Bars {
    /// `ok`, or `no_data` when there is no bar in the range.
    s: &'static str,
    /// When each bar opens, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<i64>, required = false)]
    t: Option<Vec<i64>>,
    /// Opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<Number>, required = false)]
    o: Option<Vec<Number>>,
    /// Highs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<Number>, required = false)]
    h: Option<Vec<Number>>,
    /// Lows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<Number>, required = false)]
    l: Option<Vec<Number>>,
    /// Closes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<Number>, required = false)]
    c: Option<Vec<Number>>,
    /// The value traded, in the symbol's currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<Number>, required = false)]
    v: Option<Vec<Number>>,
    /// With `no_data`: when the last bar before the range opens, if there is one.
    #[serde(rename = "nextTime", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, required = false)]
    next_time: Option<i64>,
}

impl Bars {
    fn new(bars: &[Bar]) -> Self {
        let column = |figure: fn(&Bar) -> Decimal| {
            Some(bars.iter().map(|bar| Number(figure(bar))).collect())
        };
        Self {
            s: "ok",
            t: Some(bars.iter().map(|bar| seconds(bar.open_time)).collect()),
            o: column(|bar| bar.open.get()),
            h: column(|bar| bar.high.get()),
            l: column(|bar| bar.low.get()),
            c: column(|bar| bar.close.get()),
            v: column(|bar| bar.volume_usd.get()),
            next_time: None,
        }
    }

    const fn none(next_time: Option<i64>) -> Self {
        Self {
            s: "no_data",
            t: None,
            o: None,
            h: None,
            l: None,
            c: None,
            v: None,
            next_time,
        }
    }
}

const fn seconds(at: Timestamp) -> i64 {
    at.unix_ms() / 1_000
}

/// Bars of a symbol.
#[utoipa::path(get, path = "/udf/history", operation_id = "udfHistory", tag = "TradingView UDF",
    params(HistoryAsked),
    responses(
        (status = 200, description = "The bars, oldest first, or that there are none", body = Bars),
        (status = 304, description = "The answer that `If-None-Match` names still holds"),
        (status = 400, description = "A parameter is missing or not valid", body = Failure),
        (status = 404, description = "There is no such symbol", body = Failure),
        (status = 409, description = "Several symbols are called that", body = Failure),
        (status = 503, description = "The history cannot be read", body = Failure)))]
pub(crate) async fn history(
    State(state): State<ApiState>,
    query: Result<Query<HistoryAsked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let Query(asked) = query?;
    let service = &state.service;
    let symbol = Symbol::read(service, required("symbol", &asked.symbol)?)?;
    let step = step(required("resolution", &asked.resolution)?)?;
    let until = moment("to", &asked.to)?.unwrap_or_else(|| {
        let running = step.floor(service.at());
        running.plus(step.duration())
    });
    let id = &symbol.token.id;
    let countback = countback(&asked.countback)?;
    let from = match (moment("from", &asked.from)?, countback) {
        (None, None) => return Err(Failure::missing("from or countback")),
        (Some(from), None) if from >= until => {
            let from = given(&asked.from).unwrap_or_default();
            return Err(Failure::invalid("from", from, "earlier than to"));
        }
        // The bar that holds `from` opens before it.
        (Some(from), None) if from == step.floor(from) => from,
        (Some(from), None) => step.floor(from).plus(step.duration()),
        (_, Some(count)) => until.minus(step.duration().saturating_mul(count)),
    };
    let Some(first) = service.begins(id, step.base()).await? else {
        return json(&Bars::none(None), &headers);
    };
    let (mut from, mut width) = (from.max(step.floor(first)), step.duration());
    let mut bars = Vec::new();
    if from < until {
        bars = service.bars_in(id, &symbol.vs, step, from, until).await?;
    }
    if let Some(count) = countback {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        // Where bars are missing, further back, in ever wider steps.
        while bars.len() < count && from > step.floor(first) {
            width = width.saturating_mul(8);
            let earlier = from.minus(width).max(step.floor(first));
            let mut older = service.bars_in(id, &symbol.vs, step, earlier, from).await?;
            older.append(&mut bars);
            (bars, from) = (older, step.floor(earlier));
        }
        bars.drain(..bars.len().saturating_sub(count));
    }
    if bars.is_empty() {
        let last = service
            .last_before(id, step.base(), from.min(until))
            .await?;
        let next = last.map(|last| seconds(step.floor(last)));
        return json(&Bars::none(next), &headers);
    }
    json(&Bars::new(&bars), &headers)
}

fn step(word: &str) -> Result<Step, Failure> {
    let named = match word {
        "D" => "1D",
        "W" => "1W",
        other => other,
    };
    let found = RESOLUTIONS.iter().find(|(known, _)| *known == named);
    found.map(|(_, step)| *step).ok_or_else(|| {
        let allowed = format!("one of {}", resolutions().join(", "));
        Failure::invalid("resolution", word, &allowed)
    })
}

fn moment(name: &str, value: &Option<String>) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = given(value) else {
        return Ok(None);
    };
    // Charts ask for times before 1970 when they look for the beginning.
    let read = text.parse::<i64>().map(|seconds| seconds.max(0));
    let read = read
        .ok()
        .and_then(|seconds| Timestamp::from_unix_s(seconds).ok());
    let refused = || Failure::invalid(name, text, "whole seconds since 1970");
    read.map(Some).ok_or_else(refused)
}

fn countback(value: &Option<String>) -> Result<Option<u32>, Failure> {
    let Some(text) = given(value) else {
        return Ok(None);
    };
    let read: Option<u32> = text.parse().ok().filter(|count| *count >= 1);
    let refused = || Failure::invalid("countback", text, "a whole number from 1");
    Ok(Some(read.ok_or_else(refused)?.min(MOST)))
}
