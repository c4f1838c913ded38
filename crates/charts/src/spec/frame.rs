//! Titles, legend, grids and axes of the option.

use serde::Deserialize;

use super::series::LineStyle;
use super::words::{AxisSide, Bounds, Icon, Length, No, TimeKind};

/// The fonts of all text.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RootText {
    pub(super) font_family: String,
}

/// A text's looks.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TextStyle {
    pub(crate) color: String,
    pub(crate) font_size: f64,
    /// ECharts' own for titles is bold.
    pub(crate) font_weight: Option<u16>,
}

/// Where a title stands across.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Side {
    Px(f64),
    Word(Middle),
}

/// In the middle, across or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Middle {
    Center,
    Middle,
}

/// A title: at a corner or in the middle of the picture.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Title {
    pub(crate) text: String,
    pub(crate) subtext: Option<String>,
    pub(crate) left: Side,
    pub(crate) top: Side,
    #[serde(default)]
    pub(crate) item_gap: f64,
    #[expect(dead_code, reason = "must be 0")]
    padding: Zero,
    pub(crate) text_style: TextStyle,
    pub(crate) subtext_style: Option<TextStyle>,
}

/// A legend in rows from the upper left corner.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Legend {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) item_gap: f64,
    pub(crate) item_width: f64,
    pub(crate) item_height: f64,
    pub(crate) text_style: TextStyle,
    pub(crate) data: Vec<String>,
    #[expect(dead_code, reason = "must be 0")]
    padding: Zero,
    #[expect(dead_code, reason = "there is only one")]
    icon: Icon,
}

/// A length that must be 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u8")]
pub(crate) struct Zero;

impl TryFrom<u8> for Zero {
    type Error = &'static str;

    fn try_from(value: u8) -> Result<Self, Self::Error> {
        if value == 0 {
            Ok(Self)
        } else {
            Err("must be 0")
        }
    }
}

/// A pane.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Grid {
    pub(crate) left: Length,
    pub(crate) right: Length,
    pub(crate) top: Length,
    pub(crate) bottom: Length,
    #[expect(dead_code, reason = "there is only one")]
    outer_bounds_mode: Bounds,
}

/// A part of an axis that is never drawn.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Hidden {
    #[expect(dead_code, reason = "must be off")]
    show: No,
    #[serde(default)]
    #[expect(dead_code, reason = "nothing to place")]
    custom_values: Vec<f64>,
}

const fn yes() -> bool {
    true
}

/// An axis' line.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AxisLine {
    #[serde(default = "yes")]
    pub(crate) show: bool,
    #[expect(dead_code, reason = "must be off")]
    on_zero: Option<No>,
    #[serde(default)]
    pub(crate) line_style: LineStyle,
}

/// Lines across a pane at each tick.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SplitLine {
    #[serde(default = "yes")]
    pub(crate) show: bool,
    #[serde(default)]
    pub(crate) line_style: LineStyle,
    #[serde(default)]
    pub(crate) custom_values: Vec<f64>,
}

/// The labels of a price axis.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AxisLabel {
    #[serde(default = "yes")]
    pub(crate) show: bool,
    #[serde(default)]
    pub(crate) color: String,
    #[serde(default)]
    pub(crate) font_size: f64,
    #[serde(default)]
    pub(crate) margin: f64,
    /// One of the markers of `crate::label`.
    #[serde(default)]
    pub(crate) formatter: String,
    #[serde(default)]
    pub(crate) custom_values: Vec<f64>,
}

/// The labels of a time axis.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TimeLabel {
    #[serde(default = "yes")]
    pub(crate) show: bool,
    #[serde(default)]
    pub(crate) color: String,
    #[serde(default)]
    pub(crate) font_size: f64,
    #[serde(default)]
    pub(crate) margin: f64,
    #[expect(dead_code, reason = "labels that would overlap are always hidden")]
    hide_overlap: Option<super::words::Yes>,
    #[expect(dead_code, reason = "there is only one")]
    formatter: Option<TimeFormats>,
}

/// The forms of time labels, which `scale::time::label` implements.
#[derive(Debug, Deserialize)]
#[serde(try_from = "std::collections::BTreeMap<String, String>")]
struct TimeFormats;

impl TryFrom<std::collections::BTreeMap<String, String>> for TimeFormats {
    type Error = &'static str;

    fn try_from(formats: std::collections::BTreeMap<String, String>) -> Result<Self, Self::Error> {
        let known = [
            ("year", "{yyyy}"),
            ("month", "{MMM}"),
            ("day", "{d} {MMM}"),
            ("hour", "{HH}:{mm}"),
            ("minute", "{HH}:{mm}"),
            ("second", "{HH}:{mm}:{ss}"),
            ("millisecond", "{HH}:{mm}:{ss}"),
        ];
        let is_known = formats.len() == known.len()
            && known
                .iter()
                .all(|(unit, format)| formats.get(*unit).is_some_and(|given| given == format));
        if is_known {
            Ok(Self)
        } else {
            Err("other formats than the known ones")
        }
    }
}

/// A time axis, at the foot of its pane.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TimeAxis {
    #[serde(rename = "type")]
    #[expect(dead_code, reason = "there is only one")]
    kind: TimeKind,
    pub(crate) grid_index: f64,
    pub(crate) min: i64,
    pub(crate) max: i64,
    #[serde(default)]
    pub(crate) split_number: f64,
    pub(crate) axis_label: TimeLabel,
    pub(crate) axis_line: AxisLine,
    #[expect(dead_code, reason = "never drawn")]
    axis_tick: Hidden,
    #[expect(dead_code, reason = "never drawn")]
    split_line: Hidden,
    #[expect(dead_code, reason = "must be off")]
    contain_shape: No,
}

/// How values are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum AxisKind {
    Value,
    Log,
}

/// An axis of values, right of its pane.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Axis {
    #[serde(rename = "type")]
    pub(crate) kind: AxisKind,
    pub(crate) grid_index: f64,
    #[expect(dead_code, reason = "there is only one")]
    position: AxisSide,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    /// Whether the axis may leave out 0.
    #[serde(default)]
    pub(crate) scale: bool,
    #[serde(default = "five")]
    pub(crate) split_number: f64,
    pub(crate) axis_label: AxisLabel,
    #[expect(dead_code, reason = "never drawn")]
    axis_tick: Hidden,
    #[expect(dead_code, reason = "never drawn")]
    axis_line: Hidden,
    pub(crate) split_line: SplitLine,
}

const fn five() -> f64 {
    5.0
}
