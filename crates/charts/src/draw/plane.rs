//! Where things lie: the panes, and each axis' values in pixels.

use crate::error::DrawError;
use crate::scale::Mapping;
use crate::scale::linear::{Nice, nice_within};
use crate::spec::{Axis, AxisKind, Datum, Series, Spec};

/// A rectangle in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Rect {
    pub(super) fn right(&self) -> f64 {
        self.x + self.width
    }

    pub(super) fn bottom(&self) -> f64 {
        self.y + self.height
    }
}

/// A time axis on its pane.
#[derive(Debug)]
pub(super) struct Across {
    pub(super) pane: Rect,
    mapping: Mapping,
    span_ms: f64,
}

impl Across {
    /// Where a moment lies.
    pub(super) fn x(&self, at_ms: f64) -> f64 {
        self.pane.x + self.mapping.place(at_ms) * self.pane.width
    }

    /// Whether a moment is within the axis.
    pub(super) fn contains(&self, at_ms: f64) -> bool {
        self.mapping.contains(at_ms)
    }

    /// The room of a bar in pixels: of the smallest distance between two, at least one.
    pub(super) fn band(&self, data: &[Datum]) -> f64 {
        let times = data.iter().filter_map(|datum| datum.get(0));
        let mut times: Vec<f64> = times.collect();
        times.sort_by(f64::total_cmp);
        let gaps = times.iter().zip(times.iter().skip(1));
        let least = gaps
            .map(|(one, next)| next - one)
            .filter(|gap| *gap > 0.0)
            .fold(f64::INFINITY, f64::min);
        let band = if least.is_finite() {
            self.pane.width / self.span_ms * least
        } else if times.is_empty() {
            0.0
        } else {
            self.pane.width * 0.8
        };
        band.max(1.0)
    }
}

/// An axis of values on its pane.
#[derive(Debug)]
pub(super) struct Upward {
    pub(super) pane: Rect,
    mapping: Mapping,
    /// Where the axis starts.
    pub(super) start: f64,
    /// The ticks; none where there is nothing to measure.
    pub(super) ticks: Vec<f64>,
}

impl Upward {
    /// Where a value lies.
    pub(super) fn y(&self, value: f64) -> f64 {
        self.pane.bottom() - self.mapping.place(value) * self.pane.height
    }

    /// Whether a value is within the axis.
    pub(super) fn contains(&self, value: f64) -> bool {
        self.mapping.contains(value)
    }
}

/// All panes and axes.
#[derive(Debug)]
pub(super) struct Plane {
    pub(super) across: Vec<Across>,
    pub(super) upward: Vec<Upward>,
}

impl Plane {
    /// Lays the option's grids and axes out on a canvas.
    pub(super) fn of(spec: &Spec<'_>, (width, height): (f64, f64)) -> Result<Self, DrawError> {
        let panes: Vec<Rect> = spec
            .grids
            .iter()
            .map(|grid| {
                let (x, y) = (grid.left.of(width), grid.top.of(height));
                Rect {
                    x,
                    y,
                    width: (width - x - grid.right.of(width)).max(0.0),
                    height: (height - y - grid.bottom.of(height)).max(0.0),
                }
            })
            .collect();
        let pane = |path: &str, index: usize, grid: f64| {
            item(&panes, grid)
                .copied()
                .ok_or_else(|| DrawError::Unsupported {
                    path: format!("{path}[{index}].gridIndex"),
                    message: format!("there is no grid {grid}"),
                })
        };
        let mut across = Vec::new();
        for (index, axis) in spec.x_axes.iter().enumerate() {
            #[expect(
                clippy::cast_precision_loss,
                reason = "a calendar time in milliseconds is held exactly"
            )]
            let (from, until) = (axis.min as f64, axis.max as f64);
            across.push(Across {
                pane: pane("xAxis", index, axis.grid_index)?,
                mapping: Mapping::linear((from, until)),
                span_ms: until - from,
            });
        }
        let mut upward = Vec::new();
        for (index, axis) in spec.y_axes.iter().enumerate() {
            let pane = pane("yAxis", index, axis.grid_index)?;
            let extent = extent(&spec.series, index);
            upward.push(upward_of(axis, pane, extent));
        }
        Ok(Self { across, upward })
    }
}

/// The item with an index that JSON wrote as a float.
pub(super) fn item<T>(items: &[T], index: f64) -> Option<&T> {
    let mut places = 0_u16..;
    items.iter().find(|_| {
        places
            .next()
            .is_some_and(|place| (f64::from(place) - index).abs() < 0.5)
    })
}

/// An axis of values with its extent and ticks.
fn upward_of(axis: &Axis, pane: Rect, extent: Option<(f64, f64)>) -> Upward {
    let known = match (axis.min, axis.max, extent) {
        (Some(min), Some(max), _) => Some((min, max)),
        (_, _, extent) => extent,
    };
    let Some((mut low, mut high)) = known else {
        return Upward {
            pane,
            mapping: Mapping::linear((0.0, 1.0)),
            start: 0.0,
            ticks: Vec::new(),
        };
    };
    if !axis.scale && axis.min.is_none() && axis.max.is_none() {
        low = low.min(0.0);
        high = high.max(0.0);
    }
    if axis.kind == AxisKind::Log {
        let (from, until) = (axis.min.unwrap_or(low), axis.max.unwrap_or(high));
        return Upward {
            pane,
            mapping: Mapping::log((from, until)),
            start: from,
            ticks: axis.axis_label.custom_values.clone(),
        };
    }
    let nice: Nice = nice_within((low, high), (axis.min, axis.max), axis.split_number);
    Upward {
        pane,
        mapping: Mapping::linear(nice.extent),
        start: nice.extent.0,
        ticks: nice.ticks(),
    }
}

/// The lowest and the highest value that any series has on an axis.
fn extent(series: &[Series<'_>], axis: usize) -> Option<(f64, f64)> {
    let mut extent: Option<(f64, f64)> = None;
    let mut take = |value: f64| {
        extent = Some(match extent {
            None => (value, value),
            Some((low, high)) => (low.min(value), high.max(value)),
        });
    };
    let mut below: Vec<Option<f64>> = Vec::new();
    for series in series {
        match series {
            Series::Candles(candles) if axis == 0 => {
                let figures = candles
                    .data
                    .iter()
                    .flat_map(|row| row.values.iter().skip(1));
                figures.copied().flatten().for_each(&mut take);
            }
            Series::Line(line) if axis == 0 => {
                let tops = super::lines::tops(line, &below);
                tops.iter().copied().flatten().for_each(&mut take);
                if line.stack.is_some() {
                    below = tops;
                }
            }
            Series::Bars(bars) if is_index(bars.y_axis_index, axis) => {
                let values = bars.data.iter().filter_map(|row| row.get(1));
                values.for_each(&mut take);
            }
            Series::Scatter(scatter) if is_index(scatter.y_axis_index, axis) => {
                let values = scatter.data.iter().filter_map(|row| row.get(1));
                values.for_each(&mut take);
            }
            _ => {}
        }
    }
    extent
}

/// Whether a float that JSON wrote is this index.
fn is_index(written: f64, index: usize) -> bool {
    u16::try_from(index).is_ok_and(|index| (f64::from(index) - written).abs() < 0.5)
}

/// A coordinate at which a line of one pixel is sharp: ECharts' `subPixelOptimize`.
pub(super) fn sharp(position: f64, towards_positive: bool) -> f64 {
    let doubled = (position * 2.0 + 0.5).floor();
    if (doubled + 1.0).rem_euclid(2.0) < 0.5 {
        doubled / 2.0
    } else if towards_positive {
        (doubled + 1.0) / 2.0
    } else {
        (doubled - 1.0) / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sharp_line_lies_on_half_a_pixel() {
        for (position, towards_positive, expected) in [
            (10.0, false, 9.5),
            (10.0, true, 10.5),
            (10.5, false, 10.5),
            (10.2, true, 10.5),
            (10.7, false, 10.5),
            (10.8, false, 10.5),
        ] {
            let found = sharp(position, towards_positive);
            assert!((found - expected).abs() < 1e-9, "{position}: {found}");
        }
    }
}
