//! Candles, columns, hatching and small marks. Everything of one colour is one path.

use std::cmp::Ordering;
use std::fmt::Write as _;

use super::pen::Pen;
use super::plane::{Across, Plane, Rect, Upward, item, sharp};
use crate::spec::{Bars, Candles, Dash, Datum, Scatter};

/// Up to this width a candle is a single stroke.
const STROKE: f64 = 1.3;

/// Draws candles: those up, those down, and of each those that are only outlines.
pub(super) fn candles(svg: &mut String, candles: &Candles<'_>, plane: &Plane) {
    let (Some(across), Some(upward)) = (plane.across.first(), plane.upward.first()) else {
        return;
    };
    let band = across.band(&candles.data);
    let width = candles.bar_width.of(band);
    let mut pens: [Pen; 4] = Default::default();
    let mut dash = Dash::Solid;
    let mut close_before = None;
    for (index, row) in candles.data.iter().enumerate() {
        let close = row.get(2);
        if let Some(candle) = Candle::of(row, across, upward, width) {
            let rises = row
                .get(1)
                .zip(close)
                .and_then(|(open, close)| close.partial_cmp(&open));
            let is_up = match rises {
                Some(Ordering::Greater) => true,
                Some(Ordering::Less) => false,
                // Closed where it opened: against the close before.
                _ if index > 0 => close_before
                    .zip(close)
                    .is_some_and(|(before, close): (f64, f64)| before <= close),
                _ => true,
            };
            let [up, down, up_outline, down_outline] = &mut pens;
            let pen = match (is_up, row.is_outline) {
                (true, false) => up,
                (false, false) => down,
                (true, true) => up_outline,
                (false, true) => down_outline,
            };
            if row.is_outline {
                dash.clone_from(&row.dash);
            }
            candle.draw(pen, width <= STROKE);
        }
        close_before = close;
    }
    let style = &candles.item_style;
    let [up, down, up_outline, down_outline] = pens;
    for (part, pen, fill, stroke, dash) in [
        (
            "up",
            up,
            style.color.as_str(),
            &style.border_color,
            &Dash::Solid,
        ),
        (
            "down",
            down,
            style.color0.as_str(),
            &style.border_color0,
            &Dash::Solid,
        ),
        ("up-filled", up_outline, "none", &style.border_color, &dash),
        (
            "down-filled",
            down_outline,
            "none",
            &style.border_color0,
            &dash,
        ),
    ] {
        if !pen.is_empty() {
            let _ = write!(
                svg,
                r#"<path data-part="{part}" d="{}" fill="{}" stroke="{}"{}/>"#,
                pen.into_data(),
                super::attribute(fill),
                super::attribute(stroke),
                super::dashes(dash),
            );
        }
    }
}

/// A candle in pixels.
struct Candle {
    left: f64,
    right: f64,
    middle: f64,
    high: f64,
    low: f64,
    upper: f64,
    lower: f64,
}

impl Candle {
    /// `None` without all four figures, and outside the axis.
    fn of(row: &Datum, across: &Across, upward: &Upward, width: f64) -> Option<Self> {
        let [Some(time), Some(open), Some(close), Some(low), Some(high)] = row.values else {
            return None;
        };
        if !across.contains(time) {
            return None;
        }
        let x = across.x(time);
        Some(Self {
            left: sharp(x - width / 2.0, true),
            right: sharp(x + width / 2.0, false),
            middle: sharp(x, false),
            high: upward.y(high),
            low: upward.y(low),
            upper: upward.y(open.max(close)),
            lower: upward.y(open.min(close)),
        })
    }

    fn draw(&self, pen: &mut Pen, is_stroke: bool) {
        if is_stroke {
            pen.move_to((self.middle, self.high));
            pen.line_to((self.middle, self.low));
            return;
        }
        pen.rect(
            (self.left, self.upper),
            (self.right - self.left, self.lower - self.upper),
        );
        if self.upper - self.high >= 0.05 {
            pen.move_to((self.middle, self.high));
            pen.line_to((self.middle, self.upper));
        }
        if self.low - self.lower >= 0.05 {
            pen.move_to((self.middle, self.lower));
            pen.line_to((self.middle, self.low));
        }
    }
}

/// Draws columns, or hatching where the series has a decal.
pub(super) fn columns(svg: &mut String, bars: &Bars<'_>, plane: &Plane) {
    let (Some(across), Some(upward)) = (
        item(&plane.across, bars.x_axis_index),
        item(&plane.upward, bars.y_axis_index),
    ) else {
        return;
    };
    let width = bars.bar_width.of(across.band(&bars.data)).max(1.0);
    let foot = upward.y(0.0);
    let places = bars.data.iter().filter_map(|row| {
        let (time, value) = (row.get(0)?, row.get(1)?);
        across.contains(time).then(|| {
            let top = upward.y(value);
            Rect {
                x: across.x(time) - width / 2.0,
                y: top,
                width,
                height: foot - top,
            }
        })
    });
    let opacity = bars.item_style.opacity.unwrap_or(1.0);
    let mut pen = Pen::default();
    if let Some(decal) = &bars.item_style.decal {
        for run in joined(places, across.pane) {
            hatch(&mut pen, run, decal.dash_array_y);
        }
        if !pen.is_empty() {
            let _ = write!(
                svg,
                r#"<path data-part="gaps" d="{}" fill="none" stroke="{}" stroke-width="{}" stroke-opacity="{opacity}"/>"#,
                pen.into_data(),
                super::attribute(&decal.color),
                decal.dash_array_y.0,
            );
        }
        return;
    }
    for place in places {
        if place.height >= 0.05 {
            pen.rect((place.x, place.y), (place.width, place.height));
        }
    }
    if !pen.is_empty() {
        let _ = write!(
            svg,
            r#"<path data-part="{}" d="{}" fill="{}" fill-opacity="{opacity}"/>"#,
            super::part(bars.id),
            pen.into_data(),
            super::attribute(&bars.item_style.color),
        );
    }
}

/// Neighbouring rectangles of one height as one, cut to the pane.
fn joined(places: impl Iterator<Item = Rect>, pane: Rect) -> Vec<Rect> {
    let mut runs: Vec<Rect> = Vec::new();
    for place in places {
        match runs.last_mut() {
            Some(run) if place.x - run.right() < 0.5 => run.width = place.right() - run.x,
            _ => runs.push(place),
        }
    }
    for run in &mut runs {
        let right = run.right().min(pane.right());
        run.x = run.x.max(pane.x);
        run.width = (right - run.x).max(0.0);
    }
    runs
}

/// Strokes at an eighth of a turn within a rectangle, in one grid for the whole picture.
fn hatch(pen: &mut Pen, place: Rect, (stroke, room): (f64, f64)) {
    let step = (stroke + room).max(2.0) * std::f64::consts::SQRT_2;
    let mut sum = ((place.x + place.y) / step).ceil() * step;
    while sum < place.right() + place.bottom() {
        let left = place.x.max(sum - place.bottom());
        let right = place.right().min(sum - place.y);
        if right - left >= 0.5 {
            pen.move_to((left, sum - left));
            pen.line_to((right, sum - right));
        }
        sum += step;
    }
}

/// Draws small rectangles.
pub(super) fn marks(svg: &mut String, scatter: &Scatter<'_>, plane: &Plane) {
    let (Some(across), Some(upward)) = (
        item(&plane.across, scatter.x_axis_index),
        item(&plane.upward, scatter.y_axis_index),
    ) else {
        return;
    };
    let (width, height) = scatter.symbol_size;
    let (right, down) = scatter.symbol_offset;
    let mut pen = Pen::default();
    for row in &scatter.data {
        if let (Some(time), Some(value)) = (row.get(0), row.get(1))
            && across.contains(time)
        {
            let x = across.x(time) + right - width / 2.0;
            let y = upward.y(value) + down - height / 2.0;
            pen.rect((x, y), (width, height));
        }
    }
    if !pen.is_empty() {
        let _ = write!(
            svg,
            r#"<path data-part="repaired" d="{}" fill="{}"/>"#,
            pen.into_data(),
            super::attribute(&scatter.item_style.color),
        );
    }
}
