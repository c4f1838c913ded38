//! Charts at addresses of their own: `GET /charts/{token}.svg`, `.png` and `.json`, the same for
//! `/compare`, and the small ones, `/badges/{token}.svg` and `/sparklines/{token}.svg`.
//!
//! An SVG is locked: it may load nothing and run nothing, whatever a token is called. A PNG follows from
//! its SVG, so that asking again with its tag costs no drawing.
//!
//! How long a picture may be kept: a sixtieth of a bar's length, at most five minutes, and never beyond the
//! moment at which the running bar closes. A piece of the past that is settled: a day.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;
use axum::routing::get;
use parallax::candle::Step;
use parallax::picture::Theme;
use parallax::time::Timestamp;
use parallax_service::{Palette, png};
use serde::Deserialize;
use tokio::sync::Semaphore;
use utoipa::{IntoParams, OpenApi};
use utoipa_axum::router::OpenApiRouter;

use crate::cached::{Cached, Keep};
use crate::params;
use crate::{ApiState, Problem};

mod asked;
mod compare;
mod described;
mod token;

use compare::{compare, compare_json};
use token::chart;

/// The routes.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(described::Pictures::openapi())
        .route("/charts/{file}", get(chart))
        .route("/compare.svg", get(compare))
        .route("/compare.png", get(compare))
        .route("/compare.json", get(compare_json))
        .route("/badges/{file}", get(badge))
        .route("/sparklines/{file}", get(sparkline))
}

/// Width and height of a chart that names none, in pixels.
const SIZE: (u32, u32) = (800, 400);
/// Width and height of a sparkline that names none.
const SPARKLINE: (u32, u32) = (160, 40);
/// How long a badge and a sparkline may be kept, in seconds.
const SMALL_KEPT_S: u64 = 30;
/// The longest that a picture of the present may be kept.
const LONGEST: Duration = Duration::from_secs(300);
/// How long a PNG waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// What an SVG may do: nothing but look. As an image it may stand anywhere, as a document in nobody's frame.
const LOCK: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";

/// How many PNGs are drawn at once: half of the processors, so that prices keep theirs.
#[derive(Debug, Clone)]
pub(crate) struct Painters(Arc<Semaphore>);

impl Default for Painters {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new((processors / 2).max(1))))
    }
}

impl Painters {
    /// Draws an SVG as PNG when a painter is free.
    async fn paint(&self, svg: String) -> Result<Vec<u8>, Problem> {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.0).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else {
            return Err(Problem::too_busy());
        };
        let painting = tokio::task::spawn_blocking(move || {
            let picture = png(&svg);
            // Held until the work is done, also when nobody waits for it any longer.
            drop(turn);
            picture
        });
        let painted = painting.await.map_err(|_| Problem::unwritable())?;
        painted.map_err(Problem::from)
    }
}

/// How long a picture may be kept whose bars are of this length.
fn keep_until_close(step: Step, now: Timestamp) -> Keep {
    let closes = step.floor(now).plus(step.duration());
    let kept = closes.since(now).min(step.duration() / 60).min(LONGEST);
    Keep::Seconds(kept.as_secs())
}

/// What every answer here has: it may be shown and read by other sites' pages.
fn open_to_all(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    response
}

/// An SVG on its way out.
fn svg_answer(body: String, keep: Keep, source: Option<String>, request: &HeaderMap) -> Response {
    let answer = Cached {
        content_type: "image/svg+xml; charset=utf-8",
        keep,
        source,
        link: String::new(),
        file_name: None,
    };
    let mut response = open_to_all(answer.respond(body, request));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(LOCK),
    );
    response
}

/// A PNG on its way out.
async fn png_answer(
    state: &ApiState,
    svg: String,
    keep: Keep,
    source: Option<String>,
    request: &HeaderMap,
) -> Result<Response, Problem> {
    let answer = Cached {
        content_type: "image/png",
        keep,
        source,
        link: String::new(),
        file_name: None,
    };
    // The same SVG is the same PNG as long as the program that draws it is the same.
    let origin = format!("png {} {svg}", env!("CARGO_PKG_VERSION"));
    let painting = state.painters.paint(svg);
    let response = answer.respond_made(&origin, request, painting).await?;
    Ok(open_to_all(response))
}

/// JSON on its way out.
fn json_answer(body: String, keep: Keep, source: Option<String>, request: &HeaderMap) -> Response {
    let answer = Cached {
        content_type: "application/json",
        keep,
        source,
        link: String::new(),
        file_name: None,
    };
    open_to_all(answer.respond(body, request))
}

/// The query of a badge.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct BadgeAsked {
    /// The currency's code: USD, EUR, BTC and so on.
    #[param(example = "eur")]
    currency: Option<String>,
    /// The colours.
    #[param(value_type = Theme, inline, required = false)]
    theme: Option<String>,
}

/// `GET /badges/{token}.svg`: the live price. In a currency whose rate is worse than the price, the badge
/// says that status.
pub(crate) async fn badge(
    State(state): State<ApiState>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let token = asked::svg_of(&uri, "/badges/")?;
    let asked: BadgeAsked = asked::query(&uri)?;
    let theme: Theme = params::choice("theme", asked.theme.as_deref())?;
    let badge = state
        .service
        .badge(&token, asked.currency.as_deref(), theme.into())?;
    Ok(svg_answer(
        badge,
        Keep::Seconds(SMALL_KEPT_S),
        None,
        &headers,
    ))
}

/// The query of a sparkline.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct SparklineAsked {
    /// The colours.
    #[param(value_type = Theme, inline, required = false)]
    theme: Option<String>,
    /// Pixels.
    #[param(value_type = Option<u32>, minimum = 40, maximum = 800, default = 160)]
    width: Option<String>,
    /// Pixels.
    #[param(value_type = Option<u32>, minimum = 16, maximum = 400, default = 40)]
    height: Option<String>,
}

/// `GET /sparklines/{token}.svg`: the last seven days, in US dollars.
pub(crate) async fn sparkline(
    State(state): State<ApiState>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let token = asked::svg_of(&uri, "/sparklines/")?;
    let asked: SparklineAsked = asked::query(&uri)?;
    let theme: Theme = params::choice("theme", asked.theme.as_deref())?;
    let size = (
        params::pixels("width", asked.width.as_deref(), SPARKLINE.0, 40..=800)?,
        params::pixels("height", asked.height.as_deref(), SPARKLINE.1, 16..=400)?,
    );
    let sparkline = state
        .service
        .sparkline(&token, size, Palette::from(theme))?;
    Ok(svg_answer(
        sparkline,
        Keep::Seconds(SMALL_KEPT_S),
        None,
        &headers,
    ))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_kept_for_a_part_of_its_bar_and_never_beyond_its_close() {
        let kept = |step: &str, second: i64| {
            let now = Timestamp::from_unix_s(1_700_006_400 + second).unwrap();
            keep_until_close(step.parse().unwrap(), now)
        };
        // 1,700,006,400 is midnight UTC.
        assert_eq!(kept("1m", 20), Keep::Seconds(1));
        assert_eq!(kept("1h", 600), Keep::Seconds(60));
        assert_eq!(kept("1h", 3_590), Keep::Seconds(10));
        assert_eq!(kept("1d", 600), Keep::Seconds(300));
        assert_eq!(kept("1d", 86_399), Keep::Seconds(1));
    }
}
