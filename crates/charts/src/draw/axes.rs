//! Axis lines, lines across the panes, and labels; level lines with theirs.

use std::fmt::Write as _;

use super::pen::{Pen, coordinate};
use super::plane::{Across, Plane, Upward, sharp};
use super::words::{BASELINE, write_text};
use crate::error::DrawError;
use crate::label::{PERCENT_FORMATTER, PRICE_FORMATTER, percent_label, price_label};
use crate::scale::time;
use crate::spec::{Axis, AxisLabel, MarkLine, Series, Spec, TimeAxis};
use crate::text;

/// Room around a time label within which no other may be, in pixels; as ECharts has it.
const LABEL_MARGIN: f64 = 3.0;

/// Draws the lines across the panes.
pub(super) fn split_lines(svg: &mut String, spec: &Spec<'_>, plane: &Plane) {
    for (axis, upward) in spec.y_axes.iter().zip(&plane.upward) {
        if !axis.split_line.show {
            continue;
        }
        let ticks = if axis.split_line.custom_values.is_empty() {
            &upward.ticks
        } else {
            &axis.split_line.custom_values
        };
        let mut pen = Pen::default();
        for tick in ticks {
            let y = sharp(upward.y(*tick), true);
            pen.move_to((upward.pane.x, y));
            pen.line_to((upward.pane.right(), y));
        }
        if !pen.is_empty() {
            let _ = write!(
                svg,
                r#"<path data-part="grid" d="{}" stroke="{}"/>"#,
                pen.into_data(),
                super::attribute(&axis.split_line.line_style.color),
            );
        }
    }
}

/// Draws axis lines and labels.
///
/// # Errors
/// [`DrawError::Unsupported`] for a label's formatter that is none of the markers.
pub(super) fn labels(svg: &mut String, spec: &Spec<'_>, plane: &Plane) -> Result<(), DrawError> {
    for (axis, across) in spec.x_axes.iter().zip(&plane.across) {
        if axis.axis_line.show {
            let y = sharp(across.pane.bottom(), true);
            let _ = write!(
                svg,
                r#"<path data-part="axis" d="M{} {}H{}" stroke="{}"/>"#,
                coordinate(across.pane.x),
                coordinate(y),
                coordinate(across.pane.right()),
                super::attribute(&axis.axis_line.line_style.color),
            );
        }
        if axis.axis_label.show {
            time_labels(svg, axis, across);
        }
    }
    for (index, (axis, upward)) in spec.y_axes.iter().zip(&plane.upward).enumerate() {
        if axis.axis_label.show {
            value_labels(svg, index, axis, upward)?;
        }
    }
    Ok(())
}

/// A time label's place, and how much it matters.
struct Placed {
    words: String,
    x: f64,
    half_width: f64,
    level: usize,
    is_shown: bool,
}

impl Placed {
    /// Whether two labels, the room around them included, overlap by more than `touch` on each side.
    fn overlaps(&self, other: &Self, touch: f64) -> bool {
        let reach = self.half_width + other.half_width - 2.0 * touch;
        (self.x - other.x).abs() <= reach
    }
}

fn time_labels(svg: &mut String, axis: &TimeAxis, across: &Across) {
    let style = &axis.axis_label;
    let ticks = time::ticks((axis.min, axis.max), axis.split_number);
    let count = ticks.len();
    let mut labels: Vec<Placed> = ticks
        .iter()
        .map(|tick| {
            let words = time::label(tick);
            let width = text::width(&words, style.font_size, false);
            #[expect(
                clippy::cast_precision_loss,
                reason = "a calendar time in milliseconds is held exactly"
            )]
            let x = across.x(tick.at_ms as f64);
            Placed {
                half_width: width / 2.0 + LABEL_MARGIN,
                words,
                x,
                level: tick.level,
                // With a neighbour, the label of an end that is no tick of its own is left out.
                is_shown: !(tick.is_end && count > 1),
            }
        })
        .collect();
    hide_ends_that_touch(&mut labels);
    hide_overlaps(&mut labels);

    let y = across.pane.bottom() + style.margin + style.font_size / 2.0;
    let _ = write!(
        svg,
        r#"<g data-part="times" fill="{}" font-size="{}" text-anchor="middle">"#,
        super::attribute(&style.color),
        style.font_size
    );
    for label in labels.iter().filter(|label| label.is_shown) {
        write_text(
            svg,
            (label.x, y + style.font_size * BASELINE),
            &label.words,
            "",
        );
    }
    svg.push_str("</g>");
}

/// The first and the last label give way to their neighbours.
fn hide_ends_that_touch(labels: &mut [Placed]) {
    const TOUCH: f64 = 0.1;
    if let [first, second, ..] = labels
        && first.is_shown
        && second.is_shown
        && first.overlaps(second, TOUCH)
    {
        first.is_shown = false;
    }
    if let [.., inner, last] = labels
        && last.is_shown
        && inner.is_shown
        && last.overlaps(inner, TOUCH)
    {
        last.is_shown = false;
    }
}

/// Of labels that overlap, the one of the higher level stays; of equals, the earlier.
fn hide_overlaps(labels: &mut [Placed]) {
    const TOUCH: f64 = 0.05;
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by_key(|index| {
        let level = labels.get(*index).map_or(0, |label| label.level);
        std::cmp::Reverse(level)
    });
    let mut shown: Vec<usize> = Vec::new();
    for index in order {
        let Some(label) = labels.get(index).filter(|label| label.is_shown) else {
            continue;
        };
        let is_free = shown
            .iter()
            .filter_map(|other| labels.get(*other))
            .all(|other| !label.overlaps(other, TOUCH));
        if is_free {
            shown.push(index);
        } else if let Some(label) = labels.get_mut(index) {
            label.is_shown = false;
        }
    }
}

fn value_labels(
    svg: &mut String,
    index: usize,
    axis: &Axis,
    upward: &Upward,
) -> Result<(), DrawError> {
    let AxisLabel {
        color,
        font_size,
        margin,
        formatter,
        custom_values,
        ..
    } = &axis.axis_label;
    let words: fn(f64) -> String = match formatter.as_str() {
        PRICE_FORMATTER => price_label,
        PERCENT_FORMATTER => percent_label,
        other => {
            return Err(DrawError::Unsupported {
                path: format!("yAxis[{index}].axisLabel.formatter"),
                message: format!("{other:?} is none of {PRICE_FORMATTER}, {PERCENT_FORMATTER}"),
            });
        }
    };
    let ticks = if custom_values.is_empty() {
        &upward.ticks
    } else {
        custom_values
    };
    let places: Vec<f64> = ticks.iter().map(|tick| upward.y(*tick)).collect();
    // As with times, the first and the last give way to their neighbours where lines would touch.
    let touches = |one: Option<&f64>, next: Option<&f64>| match (one, next) {
        (Some(one), Some(next)) => {
            custom_values.is_empty() && (one - next).abs() <= font_size - 0.2
        }
        _ => false,
    };
    let hides_first = touches(places.first(), places.get(1));
    let last = places.len().saturating_sub(1);
    let inner = last.checked_sub(1).and_then(|inner| places.get(inner));
    let hides_last = !(hides_first && last <= 1) && touches(places.last(), inner);
    let x = upward.pane.right() + margin;
    let _ = write!(
        svg,
        r#"<g data-part="values" fill="{}" font-size="{font_size}">"#,
        super::attribute(color),
    );
    for (place, (tick, y)) in ticks.iter().zip(&places).enumerate() {
        if (place == 0 && hides_first) || (place == last && hides_last) {
            continue;
        }
        write_text(svg, (x, y + font_size * BASELINE), &words(*tick), "");
    }
    svg.push_str("</g>");
    Ok(())
}

/// Draws the level lines of all series, which lie above everything.
pub(super) fn level_lines(svg: &mut String, spec: &Spec<'_>, plane: &Plane) {
    let Some(upward) = plane.upward.first() else {
        return;
    };
    for series in &spec.series {
        let mark = match series {
            Series::Candles(candles) => &candles.mark_line,
            Series::Line(line) => &line.mark_line,
            Series::Bars(_) | Series::Scatter(_) => &None,
        };
        if let Some(mark) = mark {
            level_line(svg, mark, upward);
        }
    }
}

fn level_line(svg: &mut String, mark: &MarkLine, upward: &Upward) {
    let [level] = &mark.data;
    if !upward.contains(level.y_axis) || upward.ticks.is_empty() {
        return;
    }
    let y = upward.y(level.y_axis);
    let (left, right) = (upward.pane.x, upward.pane.right());
    let _ = write!(
        svg,
        r#"<path data-part="level" d="M{} {}H{}" stroke="{}"{}/>"#,
        coordinate(left),
        coordinate(sharp(y, true)),
        coordinate(right),
        super::attribute(&mark.line_style.color),
        super::dashes(&mark.line_style.dash),
    );
    let label = &mark.label;
    if label.show == Some(false) || label.formatter.is_empty() {
        return;
    }
    let is_bold = label.font_weight.is_some_and(|weight| weight >= 600);
    let size = label.font_size;
    let (pad_y, pad_x) = label.padding;
    let width = text::width(&label.formatter, size, is_bold) + 2.0 * pad_x;
    let height = size + 2.0 * pad_y;
    let x = right + label.distance;
    let _ = write!(
        svg,
        r#"<g data-part="last"><rect x="{}" y="{}" width="{}" height="{}" rx="{}" fill="{}"/>"#,
        coordinate(x),
        coordinate(y - height / 2.0),
        coordinate(width),
        coordinate(height),
        label.border_radius,
        super::attribute(&label.background_color),
    );
    let weight = if is_bold { r#" font-weight="600""# } else { "" };
    let looks = format!(
        r#" fill="{}" font-size="{size}"{weight}"#,
        super::attribute(&label.color)
    );
    write_text(
        svg,
        (x + pad_x, y + size * BASELINE),
        &label.formatter,
        &looks,
    );
    svg.push_str("</g>");
}
