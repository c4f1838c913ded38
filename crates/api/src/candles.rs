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

use crate::cached::{AS_CSV, CSV, Cached, Keep, link};
use crate::params::{self, TokenPath};
use crate::{ApiState, Problem};

/// The query of `…/candles` and `…/candles.csv`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    interval: Option<String>,
    from: Option<String>,
    to: Option<String>,
    limit: Option<String>,
    source: Option<String>,
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

/// The answer.
#[derive(Debug, Serialize)]
struct Page<'a> {
    token: &'a TokenId,
    source: &'a Source,
    interval: String,
    /// The first candle's first moment; null for an empty page.
    from: Option<Timestamp>,
    /// The first moment after the last candle; null for an empty page.
    to: Option<Timestamp>,
    candles: Vec<Candle<'a>>,
    /// Where the next page is; null when this one reaches the end.
    next: Option<String>,
    /// The same range as CSV.
    csv: String,
}

/// One candle. An interval of which nothing was seen is a `gap` without prices.
#[derive(Debug, Serialize)]
struct Candle<'a> {
    open_time: Timestamp,
    close_time: Timestamp,
    open: Option<Price>,
    high: Option<Price>,
    low: Option<Price>,
    close: Option<Price>,
    /// Half the confidence band of the last price, in USD; null where it is not known.
    confidence: Option<Price>,
    volume_usd: Option<&'a Quantity>,
    trades: Option<u64>,
    sources: u32,
    kind: CandleKind,
    revision: u32,
    closed: bool,
    minutes: u32,
}

impl<'a> Candle<'a> {
    fn new(window: &'a Window, now: Timestamp) -> Self {
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

/// `GET /api/v1/tokens/{token}/candles`
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

/// `GET /api/v1/tokens/{token}/candles.csv`: the same page as `parallax import` reads it.
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
