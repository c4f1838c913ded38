//! The pictures in the API's description. One handler serves several addresses that axum's router cannot
//! tell apart (`/charts/{token}.svg` and `.png`), so each address is described here by a function of its own
//! that is never called.
#![expect(
    dead_code,
    reason = "the functions carry descriptions and are never called"
)]

use utoipa::OpenApi;

use super::asked::{ChartAsked, CompareAsked, CompareOptionAsked, OptionAsked};
use super::{BadgeAsked, SparklineAsked};
use crate::openapi::answers::{Ambiguous, BadRequest, NoHistory, NoToken, NotModified, TooBusy};
use crate::params::TokenParam;
use crate::problem::Problem;

/// The addresses of all pictures.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    chart_svg,
    chart_png,
    chart_json,
    compare_svg,
    compare_png,
    compare_json,
    badge,
    sparkline
))]
pub(super) struct Pictures;

/// Draw a token's chart as SVG.
///
/// It stands alone, and may load nothing and run nothing.
#[utoipa::path(
    get,
    path = "/charts/{token}.svg",
    tag = "pictures",
    operation_id = "chartSvg",
    params(TokenParam, ChartAsked),
    responses(
        (status = 200, description = "The picture.", body = String, content_type = "image/svg+xml"),
        NotModified,
        BadRequest,
        NoToken,
        NoHistory,
    )
)]
fn chart_svg() {}

/// Draw a token's chart as PNG.
#[utoipa::path(
    get,
    path = "/charts/{token}.png",
    tag = "pictures",
    operation_id = "chartPng",
    params(TokenParam, ChartAsked),
    responses(
        (status = 200, description = "The picture.", body = [u8], content_type = "image/png"),
        NotModified,
        BadRequest,
        NoToken,
        TooBusy,
    )
)]
fn chart_png() {}

/// Read a token's chart as an ECharts option.
#[utoipa::path(
    get,
    path = "/charts/{token}.json",
    tag = "pictures",
    operation_id = "chartOption",
    params(TokenParam, OptionAsked),
    responses(
        (status = 200, description = "The option, and the windows that it draws.",
         body = super::token::Answer<'static>),
        NotModified,
        BadRequest,
        NoToken,
        NoHistory,
    )
)]
fn chart_json() {}

/// Draw a comparison as SVG.
///
/// Up to five tokens' changes over a range, in per cent, all from zero.
#[utoipa::path(
    get,
    path = "/compare.svg",
    tag = "pictures",
    operation_id = "compareSvg",
    params(CompareAsked),
    responses(
        (status = 200, description = "The picture.", body = String, content_type = "image/svg+xml"),
        NotModified,
        BadRequest,
        (status = 404, description = "One of the tokens is none.", body = Problem,
         content_type = "application/problem+json"),
        Ambiguous,
        NoHistory,
    )
)]
fn compare_svg() {}

/// Draw a comparison as PNG.
#[utoipa::path(
    get,
    path = "/compare.png",
    tag = "pictures",
    operation_id = "comparePng",
    params(CompareAsked),
    responses(
        (status = 200, description = "The picture.", body = [u8], content_type = "image/png"),
        NotModified,
        BadRequest,
        (status = 404, description = "One of the tokens is none.", body = Problem,
         content_type = "application/problem+json"),
        Ambiguous,
        TooBusy,
    )
)]
fn compare_png() {}

/// Read a comparison as an ECharts option.
#[utoipa::path(
    get,
    path = "/compare.json",
    tag = "pictures",
    operation_id = "compareOption",
    params(CompareOptionAsked),
    responses(
        (status = 200, description = "The option, and each token's change.",
         body = super::compare::Answer<'static>),
        NotModified,
        BadRequest,
        (status = 404, description = "One of the tokens is none.", body = Problem,
         content_type = "application/problem+json"),
        Ambiguous,
        NoHistory,
    )
)]
fn compare_json() {}

/// Draw the live price as a badge.
#[utoipa::path(
    get,
    path = "/badges/{token}.svg",
    tag = "pictures",
    operation_id = "badge",
    params(TokenParam, BadgeAsked),
    responses(
        (status = 200, description = "The picture.", body = String, content_type = "image/svg+xml"),
        NotModified,
        BadRequest,
        NoToken,
    )
)]
fn badge() {}

/// Draw the last seven days as a small line.
#[utoipa::path(
    get,
    path = "/sparklines/{token}.svg",
    tag = "pictures",
    operation_id = "sparkline",
    params(TokenParam, SparklineAsked),
    responses(
        (status = 200, description = "The picture.", body = String, content_type = "image/svg+xml"),
        NotModified,
        BadRequest,
        NoToken,
    )
)]
fn sparkline() {}
