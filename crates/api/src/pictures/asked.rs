//! What the address of a picture asks for: a token and a kind of file, and parameters, read strictly.

use axum::extract::Query;
use axum::http::Uri;
use parallax::candle::Step;
use parallax::picture::{ChartKind, Range, Scale, Theme};
use parallax_service::{Look, Palette, PictureQuery};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use crate::Problem;
use crate::params;

use super::SIZE;

/// What is at addresses that begin like this.
const CHARTS: &str =
    "/charts/{token}.svg, .png and .json, /badges/{token}.svg and /sparklines/{token}.svg";
/// The lengths a bar may have.
const INTERVALS: &str = "1m, 5m, 15m, 30m, a whole number of hours from 1h to 8760h, 1d, or 1w";

/// The token and the kind of file of an address below `folder`: an id may have dots itself.
pub(super) fn file_of(uri: &Uri, folder: &str) -> Result<(String, String), Problem> {
    let name = uri.path().strip_prefix(folder).unwrap_or_default();
    let decoded = percent_decode_str(name).decode_utf8().map_err(|_| {
        let allowed = "UTF-8 text, percent-encoded where a path needs it";
        Problem::bad_parameter("token", uri.path(), allowed)
    })?;
    match decoded.rsplit_once('.') {
        Some((token, kind)) if !token.is_empty() => Ok((token.to_owned(), kind.to_owned())),
        _ => Err(nothing(uri)),
    }
}

/// The token of an address below `folder` where there are only SVGs.
pub(super) fn svg_of(uri: &Uri, folder: &str) -> Result<String, Problem> {
    match file_of(uri, folder)? {
        (token, kind) if kind == "svg" => Ok(token),
        _ => Err(nothing(uri)),
    }
}

/// Nothing is there.
pub(super) fn nothing(uri: &Uri) -> Problem {
    Problem::no_such_picture(uri.path(), CHARTS)
}

/// The parameters of an address.
pub(super) fn query<T: DeserializeOwned>(uri: &Uri) -> Result<T, Problem> {
    let Query(asked) = Query::try_from_uri(uri)?;
    Ok(asked)
}

/// The parameters that a chart of a token has as SVG and PNG.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ChartAsked {
    /// How far back from now.
    #[param(value_type = Range, inline, required = false)]
    range: Option<String>,
    /// The length of a bar, as in `/candles`; without it, what fits the range.
    #[param(pattern = "^([1-9][0-9]{0,3}h|1m|5m|15m|30m|1d|1w)$")]
    interval: Option<String>,
    /// How prices are drawn.
    #[param(value_type = ChartKind, inline, required = false)]
    kind: Option<String>,
    /// The price axis.
    #[param(value_type = Scale, inline, required = false)]
    scale: Option<String>,
    /// The colours.
    #[param(value_type = Theme, inline, required = false)]
    theme: Option<String>,
    /// Pixels.
    #[param(value_type = Option<u32>, minimum = 200, maximum = 2400, default = 800)]
    width: Option<String>,
    /// Pixels.
    #[param(value_type = Option<u32>, minimum = 120, maximum = 1600, default = 400)]
    height: Option<String>,
    /// The currency's code: USD, EUR, BTC and so on.
    #[param(example = "eur")]
    currency: Option<String>,
}

impl ChartAsked {
    /// What to draw, how, and how large.
    pub(super) fn read(&self) -> Result<(PictureQuery, Look, (u32, u32)), Problem> {
        let query = PictureQuery {
            range: params::choice("range", self.range.as_deref())?,
            step: step(self.interval.as_deref())?,
            currency: self.currency.clone(),
            ..PictureQuery::default()
        };
        let size = size(self.width.as_deref(), self.height.as_deref())?;
        let theme: Theme = params::choice("theme", self.theme.as_deref())?;
        let look = Look {
            kind: params::choice("kind", self.kind.as_deref())?,
            scale: params::choice("scale", self.scale.as_deref())?,
            palette: theme.into(),
            is_narrow: false,
        };
        Ok((query, look.of_width(size.0), size))
    }
}

/// The parameters that a chart of a token has as JSON.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct OptionAsked {
    /// How far back from now.
    #[param(value_type = Range, inline, required = false)]
    range: Option<String>,
    /// The length of a bar, as in `/candles`; without it, what fits the range.
    #[param(pattern = "^([1-9][0-9]{0,3}h|1m|5m|15m|30m|1d|1w)$")]
    interval: Option<String>,
    /// How prices are drawn.
    #[param(value_type = ChartKind, inline, required = false)]
    kind: Option<String>,
    /// The price axis.
    #[param(value_type = Scale, inline, required = false)]
    scale: Option<String>,
    /// The colours.
    #[param(value_type = Theme, inline, required = false)]
    theme: Option<String>,
    /// `page` writes the names of our pages' CSS variables instead of colours.
    #[param(pattern = "^page$")]
    palette: Option<String>,
    /// Whether it is for a narrow screen.
    #[param(value_type = Option<bool>, default = false)]
    narrow: Option<String>,
    /// The currency's code: USD, EUR, BTC and so on.
    #[param(example = "eur")]
    currency: Option<String>,
    /// Only a piece of the range, from this moment.
    #[param(example = "2026-01-31T09:30:00Z")]
    from: Option<String>,
    /// The piece's end, exclusive.
    until: Option<String>,
}

impl OptionAsked {
    /// What to draw, and how.
    pub(super) fn read(&self) -> Result<(PictureQuery, Look), Problem> {
        let query = PictureQuery {
            range: params::choice("range", self.range.as_deref())?,
            step: step(self.interval.as_deref())?,
            currency: self.currency.clone(),
            from: params::moment("from", self.from.as_deref())?,
            until: params::moment("until", self.until.as_deref())?,
        };
        let look = Look {
            kind: params::choice("kind", self.kind.as_deref())?,
            scale: params::choice("scale", self.scale.as_deref())?,
            palette: palette(self.palette.as_deref(), self.theme.as_deref())?,
            is_narrow: narrow(self.narrow.as_deref())?,
        };
        Ok((query, look))
    }
}

/// The parameters of a comparison.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct CompareAsked {
    /// One to five tokens, separated by commas.
    #[param(required = true, example = "bitcoin,ethereum")]
    pub(super) ids: Option<String>,
    /// How far back from now.
    #[param(value_type = Range, inline, required = false)]
    range: Option<String>,
    /// The length of a bar, as in `/candles`; without it, what fits the range.
    #[param(pattern = "^([1-9][0-9]{0,3}h|1m|5m|15m|30m|1d|1w)$")]
    interval: Option<String>,
    /// The colours.
    #[param(value_type = Theme, inline, required = false)]
    theme: Option<String>,
    /// Pixels.
    #[param(value_type = Option<u32>, minimum = 200, maximum = 2400, default = 800)]
    width: Option<String>,
    /// Pixels.
    #[param(value_type = Option<u32>, minimum = 120, maximum = 1600, default = 400)]
    height: Option<String>,
}

impl CompareAsked {
    /// What to draw, how, and how large.
    pub(super) fn read(&self) -> Result<(PictureQuery, Look, (u32, u32)), Problem> {
        let size = size(self.width.as_deref(), self.height.as_deref())?;
        let theme: Theme = params::choice("theme", self.theme.as_deref())?;
        let look = compare_look(theme.into(), false);
        let query = compare_query(self.range.as_deref(), self.interval.as_deref())?;
        Ok((query, look.of_width(size.0), size))
    }
}

/// The parameters of a comparison as JSON.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct CompareOptionAsked {
    /// One to five tokens, separated by commas.
    #[param(required = true, example = "bitcoin,ethereum")]
    pub(super) ids: Option<String>,
    /// How far back from now.
    #[param(value_type = Range, inline, required = false)]
    range: Option<String>,
    /// The length of a bar, as in `/candles`; without it, what fits the range.
    #[param(pattern = "^([1-9][0-9]{0,3}h|1m|5m|15m|30m|1d|1w)$")]
    interval: Option<String>,
    /// The colours.
    #[param(value_type = Theme, inline, required = false)]
    theme: Option<String>,
    /// `page` writes the names of our pages' CSS variables instead of colours.
    #[param(pattern = "^page$")]
    palette: Option<String>,
    /// Whether it is for a narrow screen.
    #[param(value_type = Option<bool>, default = false)]
    narrow: Option<String>,
}

impl CompareOptionAsked {
    /// What to draw, and how.
    pub(super) fn read(&self) -> Result<(PictureQuery, Look), Problem> {
        let palette = palette(self.palette.as_deref(), self.theme.as_deref())?;
        let look = compare_look(palette, narrow(self.narrow.as_deref())?);
        let query = compare_query(self.range.as_deref(), self.interval.as_deref())?;
        Ok((query, look))
    }
}

fn compare_look(palette: Palette, is_narrow: bool) -> Look {
    Look {
        kind: ChartKind::Line,
        scale: Scale::Linear,
        palette,
        is_narrow,
    }
}

fn compare_query(range: Option<&str>, interval: Option<&str>) -> Result<PictureQuery, Problem> {
    let range: Range = params::choice("range", range)?;
    Ok(PictureQuery {
        range,
        step: step(interval)?,
        ..PictureQuery::default()
    })
}

fn step(interval: Option<&str>) -> Result<Option<Step>, Problem> {
    params::optional("interval", interval, INTERVALS)
}

fn size(width: Option<&str>, height: Option<&str>) -> Result<(u32, u32), Problem> {
    Ok((
        params::pixels("width", width, SIZE.0, 200..=2_400)?,
        params::pixels("height", height, SIZE.1, 120..=1_600)?,
    ))
}

/// `palette=page` writes our pages' CSS variables instead of colours.
fn palette(palette: Option<&str>, theme: Option<&str>) -> Result<Palette, Problem> {
    let theme: Theme = params::choice("theme", theme)?;
    match palette.map(str::trim).filter(|palette| !palette.is_empty()) {
        None => Ok(theme.into()),
        Some("page") => Ok(Palette::Page),
        Some(other) => Err(Problem::bad_parameter(
            "palette",
            other,
            "page, or left out for the colours of theme",
        )),
    }
}

fn narrow(given: Option<&str>) -> Result<bool, Problem> {
    let narrow = params::optional("narrow", given, "true or false")?;
    Ok(narrow.unwrap_or_default())
}
