//! `GET /compare.svg`, `.png` and `.json`: up to five tokens' changes in per cent.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use parallax::Decimal;
use parallax::amount::text;
use parallax::picture::Range;
use parallax::time::Timestamp;
use parallax::token::{Symbol, Token, TokenId};
use parallax::view::COMPARED;
use parallax_service::{Compared, Look, PictureQuery};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::asked::{CompareAsked, CompareOptionAsked, query};
use super::{json_answer, keep_until_close, png_answer, svg_answer};
use crate::stamp::stamped;
use crate::{ApiState, Problem};

/// The answer in JSON.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CompareOption)]
pub(super) struct Answer<'a> {
    /// What it shows.
    title: String,
    /// How far back.
    range: Range,
    /// The length of a step along the lines, as written: `1h`.
    step: String,
    /// The same in milliseconds.
    step_ms: u64,
    /// The first moment: all are at 0 % there, or where they begin.
    from: Timestamp,
    /// The end, exclusive.
    until: Timestamp,
    /// Every step that ends no later is over.
    closed_until: Timestamp,
    /// The server's clock.
    at: Timestamp,
    /// In the order asked for.
    tokens: Vec<Line<'a>>,
    /// ECharts' option.
    #[schema(value_type = Object)]
    option: Value,
}

/// One token of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ComparedToken)]
pub(super) struct Line<'a> {
    /// The token.
    id: &'a TokenId,
    /// Its usual ticker.
    symbol: &'a Symbol,
    /// Its name for people.
    name: &'a str,
    /// The change over the range in per cent; null without a price at its beginning.
    #[serde(with = "text::option")]
    #[schema(value_type = Option<parallax::schema::DecimalText>)]
    change_pct: Option<Decimal>,
}

impl<'a> From<&'a Compared> for Line<'a> {
    fn from(line: &'a Compared) -> Self {
        Self {
            id: &line.token.id,
            symbol: &line.token.symbol,
            name: &line.token.name,
            change_pct: line.change_pct,
        }
    }
}

/// `GET /compare.svg` and `.png`: which of them the end of the path says.
pub(crate) async fn compare(
    State(state): State<ApiState>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked: CompareAsked = query(&uri)?;
    let (query, look, size) = asked.read()?;
    let tokens = tokens(&state, asked.ids.as_deref())?;
    let comparison = state.service.compare(&tokens, &query).await?;
    let svg = comparison.svg(look, size)?;
    let keep = keep_until_close(comparison.step, comparison.now);
    if uri.path().ends_with(".png") {
        png_answer(&state, svg, keep, None, &headers).await
    } else {
        Ok(svg_answer(svg, keep, None, &headers))
    }
}

/// `GET /compare.json`
pub(crate) async fn compare_json(
    State(state): State<ApiState>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked: CompareOptionAsked = query(&uri)?;
    let (query, look): (PictureQuery, Look) = asked.read()?;
    let tokens = tokens(&state, asked.ids.as_deref())?;
    let comparison = state.service.compare(&tokens, &query).await?;
    let step_ms = comparison.step.duration().as_millis();
    let answer = Answer {
        title: comparison.title(),
        range: comparison.range,
        step: comparison.step.to_string(),
        step_ms: u64::try_from(step_ms).unwrap_or(u64::MAX),
        from: comparison.from,
        until: comparison.until,
        closed_until: comparison.closed_until(),
        at: comparison.now,
        tokens: comparison.lines.iter().map(Line::from).collect(),
        option: comparison.option(look),
    };
    let body = serde_json::to_string(&answer).map_err(|_| Problem::unwritable())?;
    let body = stamped(&body, comparison.now);
    let keep = keep_until_close(comparison.step, comparison.now);
    Ok(json_answer(body, keep, None, &headers))
}

/// The tokens that are meant, each once.
fn tokens(state: &ApiState, ids: Option<&str>) -> Result<Vec<Token>, Problem> {
    let allowed = format!("1 to {COMPARED} tokens, separated by commas");
    let ids = ids.unwrap_or_default();
    let mut tokens: Vec<Token> = Vec::new();
    for asked in ids.split(',').map(str::trim).filter(|id| !id.is_empty()) {
        let token = state.service.find(asked)?;
        if tokens.iter().any(|known| known.id == token.id) {
            continue;
        }
        if tokens.len() == COMPARED {
            return Err(Problem::bad_parameter("ids", ids, &allowed));
        }
        tokens.push(token);
    }
    if tokens.is_empty() {
        return Err(Problem::bad_parameter("ids", ids, &allowed));
    }
    Ok(tokens)
}
