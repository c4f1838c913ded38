//! Lines and areas.

use std::fmt::Write as _;

use super::pen::Pen;
use super::plane::{Across, Plane, Upward};
use crate::spec::{LineSeries, Series};

/// The values that a line is drawn at: its own, or stacked on those of the series below.
pub(super) fn tops(line: &LineSeries<'_>, below: &[Option<f64>]) -> Vec<Option<f64>> {
    let values = line.data.iter().map(|row| row.get(1));
    if line.stack.is_none() || below.is_empty() {
        return values.collect();
    }
    let feet = below.iter().copied().chain(std::iter::repeat(None));
    values
        .zip(feet)
        .map(|(value, foot)| match (value, foot) {
            (Some(value), Some(foot)) => Some(foot + value),
            (value, _) => value,
        })
        .collect()
}

/// Draws a line series; `series` are those before it, for what it is stacked on.
pub(super) fn draw(svg: &mut String, line: &LineSeries<'_>, before: &[Series<'_>], plane: &Plane) {
    let (Some(across), Some(upward)) = (plane.across.first(), plane.upward.first()) else {
        return;
    };
    let below = below(line, before);
    let tops = tops(line, &below);
    let times = line.data.iter().map(|row| row.get(0));
    let runs = runs(
        times
            .zip(tops.iter().copied())
            .zip(feet(line, &below, upward)),
        across,
    );
    if let Some(area) = &line.area_style {
        let mut pen = Pen::default();
        for run in &runs {
            outline(&mut pen, run, upward);
        }
        if !pen.is_empty() {
            let _ = write!(
                svg,
                r#"<path data-part="{}-area" d="{}" fill="{}" fill-opacity="{}"/>"#,
                super::part(line.id),
                pen.into_data(),
                super::attribute(&area.color),
                area.opacity
            );
        }
    }
    let width = line.line_style.width.unwrap_or(2.0);
    let mut pen = Pen::default();
    for run in &runs {
        for (index, point) in run.iter().enumerate() {
            let place = (point.x, upward.y(point.top));
            if index == 0 {
                pen.move_to(place);
            } else {
                pen.line_to(place);
            }
        }
    }
    if width > 0.0 && !pen.is_empty() {
        let _ = write!(
            svg,
            r#"<path data-part="{}" d="{}" fill="none" stroke="{}" stroke-width="{width}" stroke-linejoin="round"{}/>"#,
            super::part(line.id),
            pen.into_data(),
            super::attribute(&line.line_style.color),
            super::dashes(&line.line_style.dash),
        );
    }
    if line.show_symbol {
        let radius = line.symbol_size.unwrap_or(4.0) / 2.0;
        for point in runs.iter().flatten() {
            let _ = write!(
                svg,
                r#"<circle cx="{}" cy="{}" r="{radius}" fill="{}"/>"#,
                super::pen::coordinate(point.x),
                super::pen::coordinate(upward.y(point.top)),
                super::attribute(&line.item_style.color),
            );
        }
    }
}

/// A point, and how far down the area below it reaches.
struct Point {
    x: f64,
    top: f64,
    foot: f64,
}

/// The tops of the series that a line is stacked on; empty without any.
fn below(line: &LineSeries<'_>, before: &[Series<'_>]) -> Vec<Option<f64>> {
    let mut below = Vec::new();
    for series in before {
        if let Series::Line(other) = series
            && other.stack.is_some()
            && other.stack == line.stack
        {
            below = tops(other, &below);
        }
    }
    below
}

/// Down to where the area of each point reaches.
fn feet(
    line: &LineSeries<'_>,
    below: &[Option<f64>],
    upward: &Upward,
) -> impl Iterator<Item = f64> {
    let is_down = below.is_empty()
        || line
            .area_style
            .as_ref()
            .is_some_and(|area| area.origin.is_some());
    let start = upward.start;
    let below = if is_down { Vec::new() } else { below.to_vec() };
    below
        .into_iter()
        .map(move |foot| foot.unwrap_or(start))
        .chain(std::iter::repeat(start))
}

/// Neighbouring points with a value, within the axis.
fn runs(
    points: impl Iterator<Item = ((Option<f64>, Option<f64>), f64)>,
    across: &Across,
) -> Vec<Vec<Point>> {
    let mut runs = vec![Vec::new()];
    for ((time, top), foot) in points {
        match (time, top) {
            (Some(time), Some(top)) if across.contains(time) => {
                if let Some(run) = runs.last_mut() {
                    run.push(Point {
                        x: across.x(time),
                        top,
                        foot,
                    });
                }
            }
            _ => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// Along the tops and back along the feet.
fn outline(pen: &mut Pen, run: &[Point], upward: &Upward) {
    let (Some(first), Some(last)) = (run.first(), run.last()) else {
        return;
    };
    if run.len() < 2 {
        return;
    }
    pen.move_to((first.x, upward.y(first.top)));
    for point in run.iter().skip(1) {
        pen.line_to((point.x, upward.y(point.top)));
    }
    let is_level = run
        .iter()
        .all(|point| (point.foot - last.foot).abs() <= f64::EPSILON * last.foot.abs());
    if is_level {
        pen.line_to((last.x, upward.y(last.foot)));
        pen.line_to((first.x, upward.y(first.foot)));
    } else {
        for point in run.iter().rev() {
            pen.line_to((point.x, upward.y(point.foot)));
        }
    }
    pen.close();
}
