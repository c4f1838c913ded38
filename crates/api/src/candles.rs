//! `GET /api/v1/tokens/{token}/candles`: candles as objects, with exact decimals and how each came about.

use std::fmt::Write;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use parallax::amount::{Price, Quantity};
use parallax::candle::{CandleKind, Source, Window};
use parallax::time::Timestamp;
use parallax::token::TokenId;
use parallax_service::{CandlePage, CandlesQuery, csv};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::cached::{AS_CSV, CSV, Cached, Keep, link};
use crate::openapi::answers::{BadRequest, NoHistory, NoToken, NotModified};
use crate::params::{self, TokenParam, TokenPath};
use crate::stamp::stamped;
use crate::{ApiState, Problem};

/// The routes.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(candles))
        .routes(routes!(candles_csv))
}

/// The query of `…/candles` and `…/candles.csv`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// The length of a candle: 1m, 5m, 15m, 30m, a whole number of hours to 8760h, 1d, or 1w.
    #[param(
        pattern = "^([1-9][0-9]{0,3}h|1m|5m|15m|30m|1d|1w)$",
        default = "1h",
        example = "1h"
    )]
    interval: Option<String>,
    /// The moment that the first candle holds: RFC 3339, a date, or whole seconds since 1970. Without it,
    /// the newest candles that fit the page.
    #[param(example = "2026-01-31T09:30:00Z")]
    from: Option<String>,
    /// Candles open before this, written likewise; without it, now.
    to: Option<String>,
    /// The most candles of the page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 5000, default = 500)]
    limit: Option<String>,
    /// Whose prices: `index` or an exchange's id. Without it, what there is, the index first.
    #[param(example = "index")]
    source: Option<String>,
    /// Where to go on: `next` of an answer has it.
    cursor: Option<String>,
}

impl Asked {
    fn read(&self) -> Result<CandlesQuery, Problem> {
        Ok(CandlesQuery {
            step: params::optional(
                "interval",
                self.interval.as_deref(),
                "1m, 5m, 15m, 30m, a whole number of hours from 1h to 8760h, 1d, or 1w",
            )?,
            from: params::moment("from", self.from.as_deref())?,
            to: params::moment("to", self.to.as_deref())?,
            limit: params::optional(
                "limit",
                self.limit.as_deref(),
                "a whole number from 1 to 5000",
            )?,
            source: params::source(self.source.as_deref())?,
            cursor: params::optional(
                "cursor",
                self.cursor.as_deref(),
                "the cursor of an earlier page, unchanged",
            )?,
        })
    }
}

/// A page of candles.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CandlePage)]
pub(crate) struct Page<'a> {
    /// The token.
    token: &'a TokenId,
    /// Whose prices.
    source: &'a Source,
    /// The length of a candle as written: `1h`.
    interval: String,
    /// The first candle's first moment; null for an empty page.
    from: Option<Timestamp>,
    /// The first moment after the last candle; null for an empty page.
    to: Option<Timestamp>,
    /// The candles, oldest first, without a hole.
    candles: Vec<Candle<'a>>,
    /// Where the next page is; null when this one reaches the end.
    next: Option<String>,
    /// The same range as CSV.
    csv: String,
}

/// One candle. An interval of which nothing was seen is a `gap` without prices.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Candle<'a> {
    /// The first moment.
    open_time: Timestamp,
    /// The first moment after it.
    close_time: Timestamp,
    /// The first price, in USD.
    open: Option<Price>,
    /// The highest.
    high: Option<Price>,
    /// The lowest.
    low: Option<Price>,
    /// The last.
    close: Option<Price>,
    /// Half the confidence band of the last price, in USD; null where it is not known.
    confidence: Option<Price>,
    /// The value of the trades, in USD; null for a gap.
    volume_usd: Option<&'a Quantity>,
    /// How many trades there were; null where that is not known.
    trades: Option<u64>,
    /// The most exchanges that any of its prices had.
    sources: u32,
    /// How it came about.
    kind: CandleKind,
    /// How often it was changed after it was over.
    revision: u32,
    /// Whether it is over.
    closed: bool,
    /// The minutes of it in which the price was known throughout.
    minutes: u32,
}

impl<'a> Candle<'a> {
    /// At a moment, which decides whether it is over.
    pub(crate) fn new(window: &'a Window, now: Timestamp) -> Self {
        let bar = window.bar.as_ref();
        Self {
            open_time: window.open_time,
            close_time: window.close_time,
            open: bar.map(|bar| bar.open),
            high: bar.map(|bar| bar.high),
            low: bar.map(|bar| bar.low),
            close: bar.map(|bar| bar.close),
            confidence: bar.and_then(|bar| bar.confidence),
            volume_usd: bar.map(|bar| &bar.volume_usd),
            trades: bar.and_then(|bar| bar.trades),
            sources: bar.map_or(0, |bar| bar.sources),
            kind: bar.map_or(CandleKind::Gap, |bar| bar.kind),
            revision: bar.map_or(0, |bar| bar.revision),
            closed: window.close_time <= now,
            minutes: bar.map_or(0, |bar| bar.minutes),
        }
    }
}

/// Read candles.
///
/// Pages are anchored to the candles' own times and join exactly. A page whose candles are all over and are
/// not expected to change may be kept for a day; any other must be asked for again with its tag.
#[utoipa::path(
    get,
    path = "/tokens/{token}/candles",
    tag = "history",
    operation_id = "candles",
    params(TokenParam, Asked),
    responses(
        (status = 200, description = "The candles.", body = Page<'static>, content_type = "application/json"),
        NotModified,
        BadRequest,
        NoToken,
        NoHistory,
    )
)]
pub(crate) async fn candles(
    State(state): State<ApiState>,
    TokenPath(token): TokenPath,
    query: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Query(asked) = query?;
    let page = state.service.candles(&token, &asked.read()?).await?;
    let (next, csv) = (next_address(&page, "candles"), csv_address(&page));
    let range = page.range();
    let answer = Page {
        token: &page.token,
        source: &page.source,
        interval: page.step.to_string(),
        from: range.map(|(from, _)| from),
        to: range.map(|(_, to)| to),
        candles: page
            .windows
            .iter()
            .map(|window| Candle::new(window, page.now))
            .collect(),
        next: next.clone(),
        csv: csv.clone(),
    };
    let body = serde_json::to_string(&answer).map_err(|_| Problem::unwritable())?;
    let body = stamped(&body, page.now);
    let mut links = link(&csv, AS_CSV);
    if let Some(next) = next {
        let _ = write!(links, ", {}", link(&next, "rel=\"next\""));
    }
    let answer = Cached {
        content_type: "application/json",
        keep: Keep::of(page.settled),
        source: Some(page.source.to_string()),
        link: links,
        file_name: None,
    };
    Ok(answer.respond(body, &headers))
}

/// Read candles as CSV.
///
/// The same page as `parallax import` reads it.
#[utoipa::path(
    get,
    path = "/tokens/{token}/candles.csv",
    tag = "history",
    operation_id = "candlesCsv",
    params(TokenParam, Asked),
    responses(
        (status = 200, description = "The candles, with the names of the columns in the first line.", body = String, content_type = "text/csv"),
        NotModified,
        BadRequest,
        NoToken,
        NoHistory,
    )
)]
pub(crate) async fn candles_csv(
    State(state): State<ApiState>,
    TokenPath(token): TokenPath,
    query: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Query(asked) = query?;
    let page = state.service.candles(&token, &asked.read()?).await?;
    let mut body = csv::header();
    for window in &page.windows {
        let (at, bar) = (window.open_time, window.bar.as_ref());
        csv::write_candle(&mut body, &page.token, &page.source, page.step, at, bar);
    }
    let next = next_address(&page, "candles.csv");
    let answer = Cached {
        content_type: CSV,
        keep: Keep::of(page.settled),
        source: Some(page.source.to_string()),
        link: next
            .map(|next| link(&next, "rel=\"next\""))
            .unwrap_or_default(),
        file_name: Some(csv::file_name(&page.token, &page.source, page.step)),
    };
    Ok(answer.respond(body, &headers))
}

fn next_address(page: &CandlePage, route: &str) -> Option<String> {
    let cursor = page.next.as_ref()?;
    let mut address = address(page, route);
    if let Some(limit) = page.limit {
        let _ = write!(address, "&limit={limit}");
    }
    if let Some(to) = page.to {
        let _ = write!(address, "&to={to}");
    }
    let _ = write!(address, "&cursor={cursor}");
    Some(address)
}

fn csv_address(page: &CandlePage) -> String {
    let mut address = address(page, "candles.csv");
    if let Some((from, to)) = page.range() {
        let _ = write!(address, "&from={from}&to={to}&limit={}", page.windows.len());
    }
    address
}

fn address(page: &CandlePage, route: &str) -> String {
    let (token, step, source) = (&page.token, page.step, &page.source);
    format!("/api/v1/tokens/{token}/{route}?interval={step}&source={source}")
}
