//! The part of ECharts' option that is drawn natively, as strict types: a field or a word that is not here
//! is refused with its place in the option, never ignored.
//!
//! Exceptions are the components that draw nothing until somebody points at them (`tooltip`,
//! `axisPointer`, `dataZoom`, and `silent` on series): any content is accepted.

mod frame;
mod series;
mod words;

use serde::Deserialize;
use serde_json::Value;

pub(crate) use frame::{Axis, AxisKind, AxisLabel, Grid, Legend, Side, TimeAxis, Title};
pub(crate) use series::{Bars, Candles, Datum, LineSeries, MarkLine, Scatter, Series};
pub(crate) use words::Dash;

use crate::error::DrawError;

/// An option that can be drawn.
#[derive(Debug)]
pub(crate) struct Spec<'a> {
    pub(crate) ground: String,
    pub(crate) fonts: String,
    pub(crate) titles: Vec<Title>,
    pub(crate) legend: Option<Legend>,
    pub(crate) grids: Vec<Grid>,
    pub(crate) x_axes: Vec<TimeAxis>,
    pub(crate) y_axes: Vec<Axis>,
    pub(crate) series: Vec<Series<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Root {
    #[serde(rename = "useUTC")]
    use_utc: words::Yes,
    #[expect(dead_code, reason = "a picture shows the end of any animation")]
    animation: words::No,
    background_color: String,
    text_style: frame::RootText,
    #[serde(default)]
    title: Vec<Title>,
    legend: Option<Legend>,
    grid: Vec<Grid>,
    x_axis: Vec<TimeAxis>,
    y_axis: Vec<Axis>,
    #[expect(dead_code, reason = "parsed one by one, for better paths in errors")]
    series: serde::de::IgnoredAny,
    #[expect(dead_code, reason = "draws nothing at rest")]
    tooltip: Option<serde::de::IgnoredAny>,
    #[expect(dead_code, reason = "draws nothing at rest")]
    axis_pointer: Option<serde::de::IgnoredAny>,
    #[expect(dead_code, reason = "draws nothing at rest")]
    data_zoom: Option<serde::de::IgnoredAny>,
}

/// Reads an option.
///
/// # Errors
/// [`DrawError::Unsupported`] with the place of the first thing that cannot be drawn.
pub(crate) fn read(option: &Value) -> Result<Spec<'_>, DrawError> {
    let root: Root = at("", option)?;
    let words::Yes = root.use_utc;
    let series = option.get("series").and_then(Value::as_array);
    let series = series
        .into_iter()
        .flatten()
        .enumerate()
        .map(|(index, value)| series::read(&format!("series[{index}]"), value))
        .collect::<Result<Vec<Series<'_>>, DrawError>>()?;
    Ok(Spec {
        ground: root.background_color,
        fonts: root.text_style.font_family,
        titles: root.title,
        legend: root.legend,
        grids: root.grid,
        x_axes: root.x_axis,
        y_axes: root.y_axis,
        series,
    })
}

/// Reads one value of the option that stands at `path`.
fn at<'a, T: Deserialize<'a>>(path: &str, value: &'a Value) -> Result<T, DrawError> {
    // Keeping track of the place costs more than reading: only once something is wrong.
    T::deserialize(value)
        .or_else(|_| serde_path_to_error::deserialize(value))
        .map_err(|error| {
            let inner = error.path().to_string();
            let path = match (path, inner.as_str()) {
                ("", inner) => inner.to_owned(),
                (path, ".") => path.to_owned(),
                (path, inner) => format!("{path}.{inner}"),
            };
            DrawError::Unsupported {
                path,
                message: error.into_inner().to_string(),
            }
        })
}

#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(change: impl FnOnce(&mut Value)) -> String {
        let mut option = json!({
            "useUTC": true, "animation": false, "backgroundColor": "#fff",
            "textStyle": { "fontFamily": "Inter" },
            "grid": [{ "left": 0, "right": 0, "top": 0, "bottom": "5%", "outerBoundsMode": "none" }],
            "xAxis": [], "yAxis": [],
            "series": [{ "type": "line", "id": "a", "data": [[1, 2], [2, null]] }],
        });
        assert!(read(&option).is_ok());
        change(&mut option);
        read(&option).unwrap_err().to_string()
    }

    #[test]
    fn what_is_not_drawn_is_refused_with_its_place() {
        for (change, place) in [
            (json!(["radar", {}]), "radar"),
            (json!(["useUTC", false]), "useUTC"),
            (
                json!(["grid", [{ "left": 0, "shadowBlur": 3 }]]),
                "grid[0].shadowBlur",
            ),
            (
                json!(["series", [{ "type": "pie", "data": [] }]]),
                "series[0].type",
            ),
            (
                json!(["series", [{ "type": "line", "id": "a", "data": [], "smooth": true }]]),
                "series[0].smooth",
            ),
            (
                json!(["series", [{ "type": "line", "id": "a", "data": [["x", 1]] }]]),
                "series[0].data[0]",
            ),
            (
                json!(["series", [{ "type": "line", "id": "a", "data": [], "lineStyle": { "type": "wavy" } }]]),
                "series[0].lineStyle.type",
            ),
        ] {
            let (field, value) = (change[0].as_str().unwrap().to_owned(), change[1].clone());
            let message = refused(|option| option[field.as_str()] = value);
            assert!(
                message.contains(&format!("at {place}")),
                "{place}: {message}"
            );
        }
    }
}
