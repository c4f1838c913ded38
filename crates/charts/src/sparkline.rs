//! A price's course in a few pixels: the table's trend and `/sparklines/{token}.svg`.

use std::fmt::Write as _;

use parallax::amount::Price;

use crate::draw::Pen;
use crate::error::DrawError;
use crate::input::Canvas;
use crate::palette::Palette;

/// The most points of a sparkline: more say nothing at its size.
const MOST: usize = 50;

/// The course of prices as the `d` of an SVG path to be stroked, in a box of `width` by `height` pixels with
/// one pixel's room all around. Equal distances between values, a break where one is missing, a level line
/// in the middle where all are equal. At most 50 points: of more values, evenly spread ones and the last.
/// `None` unless at least two values next to each other are known, and in a box under 4 pixels.
#[must_use]
pub fn sparkline_path(values: &[Option<Price>], width: u32, height: u32) -> Option<String> {
    if width < 4 || height < 4 {
        return None;
    }
    let values = thinned(values);
    let known: Vec<f64> = values.iter().copied().flatten().collect();
    let low = known.iter().copied().fold(f64::INFINITY, f64::min);
    let high = known.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (width, height) = (f64::from(width) - 2.0, f64::from(height) - 2.0);
    let steps = values.len().checked_sub(1).filter(|steps| *steps > 0)?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "there are at most some dozen points"
    )]
    let place = |index: usize| 1.0 + width * index as f64 / steps as f64;
    let level = |value: f64| {
        if high > low {
            1.0 + height * (high - value) / (high - low)
        } else {
            1.0 + height / 2.0
        }
    };
    let mut pen = Pen::default();
    let mut before = None;
    let mut has_line = false;
    for (index, value) in values.iter().enumerate() {
        let point = value.map(|value| (place(index), level(value)));
        if let Some(point) = point {
            match before {
                Some(()) => {
                    pen.line_to(point);
                    has_line = true;
                }
                None => pen.move_to(point),
            }
        }
        before = point.map(|_| ());
    }
    has_line.then(|| pen.into_data())
}

/// The same as a picture of its own, in the direction's colour (the last value against the first; grey
/// without any).
///
/// # Errors
/// [`DrawError::Size`] outside [`Canvas::SIZES`].
pub fn sparkline_svg(
    values: &[Option<Price>],
    canvas: &Canvas<'_>,
    palette: Palette,
) -> Result<String, DrawError> {
    let colours = palette.colours();
    let mut known = values.iter().copied().flatten();
    let first = known.next();
    let last = known.next_back().or(first);
    let ink = match (first, last) {
        (Some(first), Some(last)) if last < first => colours.down,
        (Some(_), Some(_)) => colours.up,
        _ => colours.muted,
    };
    let mut svg = crate::draw::opening(canvas)?;
    if let Some(path) = sparkline_path(values, canvas.width, canvas.height) {
        let _ = write!(
            svg,
            r#"<path d="{path}" fill="none" stroke="{ink}" stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round"/>"#
        );
    }
    svg.push_str("</svg>");
    Ok(svg)
}

/// At most [`MOST`] of the values as floats, evenly spread, the last among them.
fn thinned(values: &[Option<Price>]) -> Vec<Option<f64>> {
    let stride = values.len().div_ceil(MOST).max(1);
    let mut thin: Vec<Option<f64>> = values
        .iter()
        .rev()
        .step_by(stride)
        .map(|value| value.and_then(|price| crate::option::number(price.get())))
        .collect();
    thin.reverse();
    thin
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn prices(texts: &[&str]) -> Vec<Option<Price>> {
        texts.iter().map(|text| text.parse().ok()).collect()
    }

    #[test]
    fn a_course_fills_its_box_with_one_pixel_to_spare() {
        let path = sparkline_path(&prices(&["1", "3", "2"]), 96, 24).unwrap();
        assert_eq!(path, "M1 23l47-22 47 11");
    }

    #[test]
    fn a_missing_value_breaks_the_line() {
        let path = sparkline_path(&prices(&["1", "2", "-", "1", "2"]), 10, 10).unwrap();
        assert_eq!(path.matches('M').count() + path.matches('m').count(), 2);
    }

    #[test]
    fn equal_prices_are_a_level_line_in_the_middle() {
        let path = sparkline_path(&prices(&["5", "5"]), 12, 12).unwrap();
        assert_eq!(path, "M1 6h10");
    }

    #[test]
    fn fewer_than_two_neighbours_are_no_line() {
        assert_eq!(sparkline_path(&[], 96, 24), None);
        assert_eq!(sparkline_path(&prices(&["1"]), 96, 24), None);
        assert_eq!(sparkline_path(&prices(&["1", "-", "2"]), 96, 24), None);
        assert_eq!(sparkline_path(&prices(&["1", "2"]), 3, 24), None);
    }

    #[test]
    fn many_values_are_thinned_and_end_with_the_last() {
        let mut values = vec![Price::default().into(); 2_000];
        values.push("9".parse().ok());
        let path = sparkline_path(&values, 96, 24).unwrap();
        assert!(path.len() < 400, "{path}");
        assert!(path.ends_with("-22"), "{path}");
    }

    #[test]
    fn a_picture_has_its_direction_and_says_what_it_is() {
        let canvas = Canvas {
            width: 96,
            height: 24,
            title: "<b>",
            description: "Seven days",
        };
        let svg = sparkline_svg(&prices(&["2", "1"]), &canvas, Palette::Light).unwrap();
        assert!(
            svg.contains("#c52b30") && svg.contains("&lt;b&gt;"),
            "{svg}"
        );
        let svg = sparkline_svg(&[], &canvas, Palette::Light).unwrap();
        assert!(!svg.contains("<path"), "{svg}");
    }
}
