//! The series of the option.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor, value};
use serde_json::Value;

use super::words::{Dash, LabelPlace, Length, No, Origin, ScatterSymbol, Stacking, Symbol};
use crate::error::DrawError;

/// One series.
#[derive(Debug)]
pub(crate) enum Series<'a> {
    Candles(Candles<'a>),
    Line(LineSeries<'a>),
    Bars(Bars<'a>),
    Scatter(Scatter<'a>),
}

/// Reads the series at `path`.
pub(super) fn read<'a>(path: &str, value: &'a Value) -> Result<Series<'a>, DrawError> {
    match value.get("type").and_then(Value::as_str) {
        Some("candlestick") => super::at(path, value).map(Series::Candles),
        Some("line") => super::at(path, value).map(Series::Line),
        Some("bar") => super::at(path, value).map(Series::Bars),
        Some("scatter") => super::at(path, value).map(Series::Scatter),
        other => Err(DrawError::Unsupported {
            path: format!("{path}.type"),
            message: format!(
                "{} is none of candlestick, line, bar, scatter",
                other.unwrap_or("nothing")
            ),
        }),
    }
}

/// A row of data: its numbers, and its own looks.
#[derive(Debug)]
pub(crate) struct Datum {
    /// The time in milliseconds, then what the series takes; the rest is for the crosshair.
    pub(crate) values: [Option<f64>; 5],
    /// Whether it is only an outline.
    pub(crate) is_outline: bool,
    /// The outline's strokes.
    pub(crate) dash: Dash,
}

impl Datum {
    /// A number of the row; `None` where it is missing.
    pub(crate) fn get(&self, index: usize) -> Option<f64> {
        self.values.get(index).copied().flatten()
    }
}

impl<'de> Deserialize<'de> for Datum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Row;
        impl<'de> Visitor<'de> for Row {
            type Value = Datum;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("numbers and nulls, or an object with value and itemStyle")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut row: A) -> Result<Datum, A::Error> {
                let mut values = [None; 5];
                for place in &mut values {
                    match row.next_element::<Option<f64>>()? {
                        Some(value) => *place = value,
                        None => break,
                    }
                }
                while row.next_element::<Option<f64>>()?.is_some() {}
                Ok(Datum {
                    values,
                    is_outline: false,
                    dash: Dash::Solid,
                })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Datum, A::Error> {
                let item = Item::deserialize(value::MapAccessDeserializer::new(map))?;
                Ok(Datum {
                    is_outline: true,
                    dash: item.item_style.border_type,
                    ..item.value
                })
            }
        }
        deserializer.deserialize_any(Row)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Item {
    value: Datum,
    item_style: Outline,
}

/// A row's own looks: an outline, nothing else.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Outline {
    #[expect(dead_code, reason = "there is only one")]
    color: Transparent,
    #[expect(dead_code, reason = "there is only one")]
    color0: Transparent,
    border_type: Dash,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Transparent {
    Transparent,
}

/// A line's looks.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LineStyle {
    #[serde(default)]
    pub(crate) color: String,
    pub(crate) width: Option<f64>,
    #[serde(default, rename = "type")]
    pub(crate) dash: Dash,
}

/// What fills the room below a line.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AreaStyle {
    pub(crate) color: String,
    pub(crate) opacity: f64,
    /// Down to the axis' start; without it, down to the series below in the stack.
    pub(crate) origin: Option<Origin>,
}

/// The looks of what has one colour.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ItemStyle {
    #[serde(default)]
    pub(crate) color: String,
    pub(crate) opacity: Option<f64>,
    pub(crate) decal: Option<Decal>,
}

/// Hatching. ECharts' numbers are taken as they are written by `option::series`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Decal {
    pub(crate) color: String,
    #[expect(dead_code, reason = "there is only one")]
    symbol: ScatterSymbol,
    #[expect(dead_code, reason = "strokes without gaps")]
    dash_array_x: (u8, u8),
    /// The stroke's width and the room between two, in pixels.
    pub(crate) dash_array_y: (f64, f64),
    #[expect(dead_code, reason = "an eighth of a turn")]
    rotation: f64,
}

/// The looks of candles.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CandleStyle {
    pub(crate) color: String,
    pub(crate) color0: String,
    pub(crate) border_color: String,
    pub(crate) border_color0: String,
}

/// A level line with its label.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MarkLine {
    #[expect(dead_code, reason = "never drawn")]
    symbol: Symbol,
    #[serde(default)]
    #[expect(dead_code, reason = "draws nothing at rest")]
    silent: bool,
    #[expect(dead_code, reason = "values are not rounded")]
    precision: Unrounded,
    pub(crate) data: [Level; 1],
    pub(crate) line_style: LineStyle,
    pub(crate) label: MarkLabel,
}

/// A precision of -1: not rounded.
#[derive(Debug, Deserialize)]
#[serde(try_from = "i8")]
struct Unrounded;

impl TryFrom<i8> for Unrounded {
    type Error = &'static str;

    fn try_from(value: i8) -> Result<Self, Self::Error> {
        if value == -1 {
            Ok(Self)
        } else {
            Err("must be -1")
        }
    }
}

/// A level.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Level {
    pub(crate) y_axis: f64,
}

/// The label of a level line, in a box right of the pane.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MarkLabel {
    pub(crate) show: Option<bool>,
    #[expect(dead_code, reason = "there is only one")]
    position: Option<LabelPlace>,
    #[serde(default)]
    pub(crate) distance: f64,
    #[serde(default)]
    pub(crate) formatter: String,
    #[serde(default)]
    pub(crate) color: String,
    #[serde(default)]
    pub(crate) background_color: String,
    /// Above and below, left and right.
    #[serde(default)]
    pub(crate) padding: (f64, f64),
    #[serde(default)]
    pub(crate) border_radius: f64,
    #[serde(default)]
    pub(crate) font_size: f64,
    pub(crate) font_weight: Option<u16>,
}

/// Open, close, low and high.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Candles<'a> {
    #[serde(rename = "type")]
    #[expect(dead_code, reason = "read before")]
    kind: &'a str,
    #[expect(dead_code, reason = "for the browser")]
    id: &'a str,
    pub(crate) data: Vec<Datum>,
    pub(crate) bar_width: Length,
    #[expect(dead_code, reason = "must be off")]
    large: No,
    pub(crate) item_style: CandleStyle,
    pub(crate) mark_line: Option<MarkLine>,
}

/// Points, joined.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LineSeries<'a> {
    #[serde(rename = "type")]
    #[expect(dead_code, reason = "read before")]
    kind: &'a str,
    pub(crate) id: &'a str,
    pub(crate) name: Option<&'a str>,
    pub(crate) data: Vec<Datum>,
    #[serde(default)]
    pub(crate) line_style: LineStyle,
    #[serde(default)]
    pub(crate) item_style: ItemStyle,
    pub(crate) area_style: Option<AreaStyle>,
    #[serde(default)]
    pub(crate) show_symbol: bool,
    #[expect(dead_code, reason = "a circle where one is shown")]
    symbol: Option<Symbol>,
    pub(crate) symbol_size: Option<f64>,
    /// Stacked on the series before it of the same stack.
    pub(crate) stack: Option<&'a str>,
    #[expect(dead_code, reason = "there is only one")]
    stack_strategy: Option<Stacking>,
    #[serde(default)]
    #[expect(dead_code, reason = "draws nothing at rest")]
    silent: bool,
    pub(crate) mark_line: Option<MarkLine>,
}

/// Columns from the axis' start.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Bars<'a> {
    #[serde(rename = "type")]
    #[expect(dead_code, reason = "read before")]
    kind: &'a str,
    pub(crate) id: &'a str,
    pub(crate) x_axis_index: f64,
    pub(crate) y_axis_index: f64,
    pub(crate) data: Vec<Datum>,
    pub(crate) bar_width: Length,
    #[expect(dead_code, reason = "columns of one pane share a place")]
    bar_gap: Option<Together>,
    #[serde(default)]
    #[expect(dead_code, reason = "draws nothing at rest")]
    silent: bool,
    pub(crate) item_style: ItemStyle,
}

/// Columns of several series in one place.
#[derive(Debug, Deserialize)]
enum Together {
    #[serde(rename = "-100%")]
    Together,
}

/// Small rectangles.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Scatter<'a> {
    #[serde(rename = "type")]
    #[expect(dead_code, reason = "read before")]
    kind: &'a str,
    #[expect(dead_code, reason = "for the browser")]
    id: &'a str,
    pub(crate) x_axis_index: f64,
    pub(crate) y_axis_index: f64,
    pub(crate) data: Vec<Datum>,
    #[expect(dead_code, reason = "there is only one")]
    symbol: ScatterSymbol,
    pub(crate) symbol_size: (f64, f64),
    pub(crate) symbol_offset: (f64, f64),
    #[serde(default)]
    #[expect(dead_code, reason = "draws nothing at rest")]
    silent: bool,
    pub(crate) item_style: ItemStyle,
}
