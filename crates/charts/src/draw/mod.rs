//! The native renderer: an ECharts option as SVG, without a JavaScript engine.
//!
//! Called by `crates/service` for every picture. Styled by attributes only, without ids, scripts, style
//! sheets or references, so that a picture stands alone and several can stand in one page. `data-part`
//! names what a group or a path is.

mod axes;
mod bars;
mod lines;
mod pen;
mod plane;
mod words;

use std::fmt::Write as _;

use serde_json::Value;

pub(crate) use pen::Pen;

use self::plane::Plane;
use crate::error::DrawError;
use crate::input::Canvas;
use crate::spec::{self, Dash, Series};
use crate::text;

/// Draws an option of [`crate::chart_option`] or [`crate::compare_option`], possibly with other data. The
/// same option and canvas always give the same bytes.
///
/// # Errors
/// [`DrawError::Unsupported`] with the place of what is not implemented, [`DrawError::Size`] outside
/// [`Canvas::SIZES`].
pub fn svg(option: &Value, canvas: &Canvas<'_>) -> Result<String, DrawError> {
    let spec = spec::read(option)?;
    let size = (f64::from(canvas.width), f64::from(canvas.height));
    let mut svg = opening(canvas)?;
    let plane = Plane::of(&spec, size)?;
    let _ = write!(svg, r#"<g font-family="{}">"#, attribute(&spec.fonts));
    if spec.ground != "transparent" {
        let _ = write!(
            svg,
            r#"<path data-part="ground" d="M0 0h{}v{}H0z" fill="{}"/>"#,
            canvas.width,
            canvas.height,
            attribute(&spec.ground)
        );
    }
    axes::split_lines(&mut svg, &spec, &plane);
    for (index, series) in spec.series.iter().enumerate() {
        match series {
            Series::Candles(candles) => bars::candles(&mut svg, candles, &plane),
            Series::Line(line) => {
                let before = spec.series.get(..index).unwrap_or_default();
                lines::draw(&mut svg, line, before, &plane);
            }
            Series::Bars(columns) => bars::columns(&mut svg, columns, &plane),
            Series::Scatter(marks) => bars::marks(&mut svg, marks, &plane),
        }
    }
    axes::labels(&mut svg, &spec, &plane)?;
    axes::level_lines(&mut svg, &spec, &plane);
    words::titles(&mut svg, &spec.titles, size);
    if let Some(legend) = &spec.legend {
        words::legend(&mut svg, legend, &spec, size.0);
    }
    svg.push_str("</g></svg>");
    Ok(svg)
}

/// The picture's first tag with its title and description.
///
/// # Errors
/// [`DrawError::Size`] outside [`Canvas::SIZES`].
pub(crate) fn opening(canvas: &Canvas<'_>) -> Result<String, DrawError> {
    let (min, max) = Canvas::SIZES;
    let (width, height) = (canvas.width, canvas.height);
    if !(min..=max).contains(&width) || !(min..=max).contains(&height) {
        return Err(DrawError::Size {
            width,
            height,
            min,
            max,
        });
    }
    let mut svg = String::with_capacity(16_384);
    let _ = write!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img"><title>"#
    );
    text::escape_into(&mut svg, &text::clean_long(canvas.title));
    svg.push_str("</title><desc>");
    text::escape_into(&mut svg, &text::clean_long(canvas.description));
    svg.push_str("</desc>");
    Ok(svg)
}

/// Ids become part of the picture: only letters, digits and dashes of them.
fn part(id: &str) -> String {
    id.chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-')
        .collect()
}

/// A value of the option as an attribute's.
fn attribute(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    text::escape_into(&mut escaped, value);
    escaped
}

/// The attribute of a broken line, with a blank before it; empty for a whole one.
fn dashes(dash: &Dash) -> String {
    match dash {
        Dash::Solid => String::new(),
        Dash::Lengths(lengths) => {
            let lengths: Vec<String> = lengths.iter().map(f64::to_string).collect();
            format!(r#" stroke-dasharray="{}""#, lengths.join(" "))
        }
    }
}
