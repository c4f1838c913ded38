//! What surrounds the series: titles, grids, axes, and what reacts to the pointer in a browser.

use charming::component::{Axis, DataZoom, DataZoomType, Grid, Title};
use charming::element::{
    AxisLabel, AxisLine, AxisPointer, AxisPointerType, AxisTick, AxisType, LineStyle, SplitLine,
    TextStyle, Tooltip, Trigger,
};
use serde_json::{Value, json};

use super::{READ_OUT, with};
use crate::palette::Colours;

/// The size of axis labels in pixels.
pub(super) const LABEL_SIZE: f64 = 12.0;
/// Between the edge and what is drawn, in pixels.
const MARGIN: f64 = 12.0;
/// Below the panes, for the time labels.
pub(super) const FOOT: f64 = 28.0;

/// The room right of the panes for the widest of the labels, in pixels.
pub(super) fn label_room(labels: impl IntoIterator<Item = String>) -> f64 {
    let widest = labels
        .into_iter()
        .map(|label| crate::text::width(&label, LABEL_SIZE, true))
        .fold(40.0, f64::max);
    (widest + 18.0).round()
}

/// A pane. `outerBoundsMode: none`: the labels' room is chosen here, not measured by ECharts.
pub(super) fn grid(right: f64, top: Value, bottom: Value) -> Value {
    with(
        &Grid::new().left(MARGIN).right(right),
        json!({ "top": top, "bottom": bottom, "outerBoundsMode": "none" }),
    )
}

/// The heading of a picture that stands alone.
pub(super) fn heading(text: &str, detail: &str, colours: &Colours) -> Value {
    with(
        &Title::new()
            .text(text)
            .subtext(detail)
            .left(MARGIN)
            .top(MARGIN)
            .item_gap(6)
            .text_style(TextStyle::new().color(colours.foreground).font_size(16))
            .subtext_style(TextStyle::new().color(colours.muted).font_size(12)),
        json!({ "padding": 0, "textStyle": { "fontWeight": 600 } }),
    )
}

/// What is said in the middle of a picture without anything to draw.
pub(super) fn notice(text: &str, colours: &Colours) -> Value {
    with(
        &Title::new()
            .text(text)
            .left("center")
            .top("middle")
            .text_style(TextStyle::new().color(colours.muted).font_size(14)),
        json!({ "padding": 0, "textStyle": { "fontWeight": 400 } }),
    )
}

/// A time axis over `[from_ms, until_ms]`.
pub(super) fn time_axis(
    pane: u8,
    (from_ms, until_ms): (i64, i64),
    labels: Option<f64>,
    colours: &Colours,
) -> Value {
    let label = match labels {
        Some(_) => AxisLabel::new().color(colours.muted).font_size(LABEL_SIZE),
        None => AxisLabel::new().show(false),
    };
    let axis = Axis::new()
        .type_(AxisType::Time)
        .grid_index(pane)
        .min(from_ms)
        .max(until_ms)
        .axis_label(label)
        .axis_tick(AxisTick::new().show(false))
        .split_line(SplitLine::new().show(false))
        .axis_line(AxisLine::new().show(labels.is_some()));
    let mut axis = with(
        &axis,
        json!({
            "containShape": false,
            "axisLine": { "onZero": false, "lineStyle": { "color": colours.border } },
        }),
    );
    if let Some(count) = labels {
        super::merge(
            &mut axis,
            json!({
                "splitNumber": count,
                "axisLabel": {
                    "margin": 10,
                    "hideOverlap": true,
                    "formatter": {
                        "year": "{yyyy}", "month": "{MMM}", "day": "{d} {MMM}",
                        "hour": "{HH}:{mm}", "minute": "{HH}:{mm}", "second": "{HH}:{mm}:{ss}",
                        "millisecond": "{HH}:{mm}:{ss}",
                    },
                },
            }),
        );
    }
    axis
}

/// The axis of prices or changes, on the right.
pub(super) fn value_axis(type_: AxisType, splits: u8, formatter: &str, colours: &Colours) -> Value {
    let axis = Axis::new()
        .type_(type_)
        .grid_index(0)
        .position("right")
        .scale(true)
        .split_number(splits)
        .axis_label(
            AxisLabel::new()
                .color(colours.muted)
                .font_size(LABEL_SIZE)
                .formatter(formatter),
        )
        .axis_tick(AxisTick::new().show(false))
        .axis_line(AxisLine::new().show(false))
        .split_line(SplitLine::new().line_style(LineStyle::new().color(colours.border)));
    with(&axis, json!({ "axisLabel": { "margin": 9 } }))
}

/// An axis that is only a measure: nothing of it is drawn.
pub(super) fn hidden_axis(pane: u8, max: Option<f64>) -> Value {
    let axis = Axis::new()
        .type_(AxisType::Value)
        .grid_index(pane)
        .position("right")
        .min(0)
        .axis_label(AxisLabel::new().show(false))
        .axis_tick(AxisTick::new().show(false))
        .axis_line(AxisLine::new().show(false))
        .split_line(SplitLine::new().show(false));
    match max {
        Some(max) => with(&axis, json!({ "max": max })),
        None => with(&axis, json!({ "splitNumber": 2 })),
    }
}

/// What reacts to the pointer: the crosshair with its read-out, linked between the panes, and the zoom.
pub(super) fn interaction(panes: &[u8], colours: &Colours) -> [(&'static str, Value); 3] {
    let tooltip = Tooltip::new()
        .trigger(Trigger::Axis)
        .formatter(READ_OUT)
        .background_color(colours.surface)
        .border_color(colours.border)
        .axis_pointer(AxisPointer::new().type_(AxisPointerType::Cross));
    let zoom = DataZoom::new().type_(DataZoomType::Inside);
    [
        (
            "tooltip",
            with(
                &tooltip,
                json!({ "textStyle": { "color": colours.foreground, "fontSize": 12 } }),
            ),
        ),
        (
            "axisPointer",
            json!({
                "link": [{ "xAxisIndex": panes }],
                "lineStyle": { "color": colours.muted },
                "label": { "backgroundColor": colours.muted, "color": colours.surface },
            }),
        ),
        (
            "dataZoom",
            json!([with(&zoom, json!({ "xAxisIndex": panes }))]),
        ),
    ]
}
