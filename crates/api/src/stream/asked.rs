//! What a client asks of the stream, read and checked.

use std::ops::RangeInclusive;
use std::time::Duration;

use axum::http::HeaderMap;
use parallax::candle::Interval;
use parallax_service::{Detail, Fields, Filter, Service};
use rust_decimal::Decimal;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{Problem, bars, pace};

/// Bounds of `interval_ms`.
const INTERVAL_MS: RangeInclusive<u64> = 50..=60_000;
/// Bounds of `max_rate`, a second.
const MAX_RATE: RangeInclusive<Decimal> =
    Decimal::from_parts(1, 0, 0, false, 1)..=Decimal::from_parts(20, 0, 0, false, 0);
/// Tokens one stream may name.
const MAX_TOKENS: usize = 100;

/// The query of `GET /api/v1/stream`.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct StreamQuery {
    /// Up to 100 ids, separated by commas; without it, all tokens.
    #[param(pattern = "^[a-z0-9_.,-]+$", example = "bitcoin,ethereum")]
    tokens: Option<String>,
    /// The members that each price has, of those of a price's summary, separated by commas; without it, all.
    /// `token`, `status` and `as_of` are always there.
    #[param(
        pattern = "^(token|seq|price|confidence|status|as_of|sources|sources_known|change_1h_pct|change_24h_pct|change_7d_pct|volume_24h_usd|viewpoints|override)(,(token|seq|price|confidence|status|as_of|sources|sources_known|change_1h_pct|change_24h_pct|change_7d_pct|volume_24h_usd|viewpoints|override))*$",
        example = "price,change_24h_pct"
    )]
    fields: Option<String>,
    /// Also send candles of these lengths as they move, as `bar`: `1m`, `1h`, `1d` or several, separated by
    /// commas.
    #[param(pattern = "^1[mhd](,1[mhd])*$", example = "1m")]
    interval: Option<String>,
    /// The most prices of each token a second; what changes more often is conflated. With `interval_ms` too, the
    /// slower counts. Bars come once a second, or at this rate, but never more than four times a second.
    #[param(value_type = Option<f64>, minimum = 0.1, maximum = 20, example = 2)]
    max_rate: Option<String>,
    /// Whether events carry every constituent. Not together with `fields`.
    #[serde(default)]
    #[param(required = false, default = false)]
    detail: bool,
    /// The least milliseconds between two deliveries; what changes more often is conflated.
    #[param(minimum = 50, maximum = 60000)]
    interval_ms: Option<u64>,
    /// The number after which to start, for a first connection by a reader that knows the state at that
    /// number. With `interval_ms` or `max_rate` it gets what has changed since, conflated; without, every
    /// event since.
    after: Option<u64>,
}

/// What a client knows when it comes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Start {
    /// Nothing.
    Fresh,
    /// The state at this number, from elsewhere.
    Knowing(u64),
    /// Every event up to this number: its connection was lost.
    Again(u64),
}

/// The same, checked.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) filter: Filter,
    pub(super) start: Start,
    pub(super) detail: Detail,
    /// The lengths of the bars it wants, each once.
    pub(super) intervals: Vec<Interval>,
    /// The least time between two deliveries; none where every publication is wanted.
    pub(super) pace: Option<Duration>,
}

impl Asked {
    /// # Errors
    /// For what there is not, and for what is out of bounds, with what there is.
    pub(super) fn read(
        query: &StreamQuery,
        headers: &HeaderMap,
        service: &Service,
    ) -> Result<Self, Problem> {
        let last_event_id = headers
            .get("last-event-id")
            .and_then(|value| value.to_str().ok()?.parse().ok());
        let pace = query.interval_ms.map(pace_of).transpose()?;
        let max_rate = query.max_rate.as_deref().map(pace_at).transpose()?;
        Ok(Self {
            filter: filter(service, query.tokens.as_deref())?,
            start: match (last_event_id, query.after) {
                (Some(seq), _) => Start::Again(seq),
                (None, Some(seq)) => Start::Knowing(seq),
                (None, None) => Start::Fresh,
            },
            detail: detail(query)?,
            intervals: intervals(query.interval.as_deref())?,
            pace: pace.max(max_rate),
        })
    }
}

/// The names in a list that commas separate.
fn names(list: &str) -> impl Iterator<Item = &str> {
    let names = list.split(',').map(str::trim);
    names.filter(|name| !name.is_empty())
}

fn filter(service: &Service, tokens: Option<&str>) -> Result<Filter, Problem> {
    let Some(tokens) = tokens else {
        return Ok(Filter::All);
    };
    let ids: Vec<_> = names(tokens).collect();
    if ids.is_empty() || ids.len() > MAX_TOKENS {
        let allowed = format!("1 to {MAX_TOKENS} token ids separated by commas");
        return Err(Problem::bad_parameter("tokens", tokens, &allowed));
    }
    // An unknown id is a bad parameter here, not a missing page.
    service
        .filter(ids)
        .map_err(|error| Problem::from(error).into_bad_request())
}

fn detail(query: &StreamQuery) -> Result<Detail, Problem> {
    let Some(fields) = query.fields.as_deref() else {
        return Ok(if query.detail {
            Detail::Full
        } else {
            Detail::Summary
        });
    };
    let mut names = names(fields).peekable();
    let refused = |name: &str| {
        let there_are = Fields::NAMES.join(", ");
        let allowed = format!("one or more of {there_are}, separated by commas");
        Problem::bad_parameter("fields", name, &allowed)
    };
    if names.peek().is_none() {
        return Err(refused(fields));
    }
    if query.detail {
        let allowed = "left out where detail=true: the detail has every member";
        return Err(Problem::bad_parameter("fields", fields, allowed));
    }
    Fields::named(names).map(Detail::Chosen).map_err(refused)
}

fn intervals(list: Option<&str>) -> Result<Vec<Interval>, Problem> {
    let Some(list) = list else {
        return Ok(Vec::new());
    };
    let mut intervals = Vec::new();
    for name in names(list) {
        let interval = bars::interval(name)?;
        if !intervals.contains(&interval) {
            intervals.push(interval);
        }
    }
    if intervals.is_empty() {
        return Err(bars::no_interval(list));
    }
    Ok(intervals)
}

fn pace_of(interval_ms: u64) -> Result<Duration, Problem> {
    if INTERVAL_MS.contains(&interval_ms) {
        Ok(Duration::from_millis(interval_ms))
    } else {
        let (least, most) = (INTERVAL_MS.start(), INTERVAL_MS.end());
        let allowed = format!("{least} to {most} milliseconds");
        let got = interval_ms.to_string();
        Err(Problem::bad_parameter("interval_ms", &got, &allowed))
    }
}

fn pace_at(max_rate: &str) -> Result<Duration, Problem> {
    let a_second = pace::number(max_rate).filter(|number| MAX_RATE.contains(number));
    a_second.and_then(pace::between).ok_or_else(|| {
        let (least, most) = (MAX_RATE.start(), MAX_RATE.end());
        let allowed = format!("a number from {least} to {most}, a second");
        Problem::bad_parameter("max_rate", max_rate, &allowed)
    })
}
