//! `GET /charts/{token}.svg`, `.png` and `.json`.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use parallax::candle::{Source, Window};
use parallax::currency::Currency;
use parallax::picture::{ChartKind, Range, Scale};
use parallax::time::Timestamp;
use parallax::token::TokenId;
use parallax_service::{Look, Picture};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::asked::{ChartAsked, OptionAsked, file_of, nothing, query};
use super::{json_answer, keep_until_close, png_answer, svg_answer};
use crate::cached::Keep;
use crate::stamp::stamped;
use crate::{ApiState, Problem};

/// The answer in JSON.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChartOption)]
pub(super) struct Answer<'a> {
    /// The token.
    token: &'a TokenId,
    /// `Bitcoin (BTC)`.
    title: String,
    /// Whose prices.
    source: &'a Source,
    /// How far back.
    range: Range,
    /// The length of a bar as written: `1h`.
    step: String,
    /// The same in milliseconds.
    step_ms: u64,
    /// The first moment.
    from: Timestamp,
    /// The end, exclusive.
    until: Timestamp,
    /// The first moment of the window that is still running; null when it is not in this piece.
    open_time: Option<Timestamp>,
    /// Every window that ends no later is over: its bar changes by a repair only.
    closed_until: Timestamp,
    /// The first moment of the oldest bar held of this length; null when none is.
    first_held: Option<Timestamp>,
    /// The server's clock.
    at: Timestamp,
    /// The currency of the windows and the option.
    currency: &'a Currency,
    /// How prices are drawn.
    kind: ChartKind,
    /// The price axis.
    scale: Scale,
    /// The windows in `currency`, as exact decimals.
    windows: &'a [Window],
    /// ECharts' option.
    #[schema(value_type = Object)]
    option: Value,
}

impl<'a> Answer<'a> {
    fn new(picture: &'a Picture, look: Look, first_held: Option<Timestamp>) -> Self {
        let step_ms = picture.step.duration().as_millis();
        Self {
            token: &picture.token.id,
            title: picture.title(),
            source: &picture.source,
            range: picture.range,
            step: picture.step.to_string(),
            step_ms: u64::try_from(step_ms).unwrap_or(u64::MAX),
            from: picture.from,
            until: picture.until,
            open_time: picture.running(),
            closed_until: picture.closed_until(),
            first_held,
            at: picture.now,
            currency: &picture.currency,
            kind: look.kind,
            scale: look.scale,
            windows: &picture.windows,
            option: picture.option(look),
        }
    }
}

/// `GET /charts/{token}.svg`, `.png` and `.json`: which of them the end of the path says.
pub(crate) async fn chart(
    State(state): State<ApiState>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (token, file) = file_of(&uri, "/charts/")?;
    match file.as_str() {
        "svg" | "png" => {
            let (query, look, size) = query::<ChartAsked>(&uri)?.read()?;
            let picture = state.service.picture(&token, &query).await?;
            let keep = keep(&picture);
            let source = Some(picture.source.to_string());
            let svg = picture.svg(look, size)?;
            if file == "svg" {
                Ok(svg_answer(svg, keep, source, &headers))
            } else {
                png_answer(&state, svg, keep, source, &headers).await
            }
        }
        "json" => {
            let (query, look) = query::<OptionAsked>(&uri)?.read()?;
            let picture = state.service.picture(&token, &query).await?;
            let first_held = state.service.first_held(&picture).await?;
            let answer = Answer::new(&picture, look, first_held);
            let body = serde_json::to_string(&answer).map_err(|_| Problem::unwritable())?;
            let body = stamped(&body, picture.now);
            let source = Some(picture.source.to_string());
            Ok(json_answer(body, keep(&picture), source, &headers))
        }
        _ => Err(nothing(&uri)),
    }
}

fn keep(picture: &Picture) -> Keep {
    if picture.is_settled() {
        Keep::Settled
    } else {
        keep_until_close(picture.step, picture.now)
    }
}
