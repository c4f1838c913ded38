//! The option of a comparison: several tokens' changes in per cent.

use charming::component::Legend;
use charming::element::{AxisType, ItemStyle, LineStyle, LineStyleType, Symbol, TextStyle};
use charming::series::Line;
use serde_json::{Value, json};

use super::chart::ends;
use super::{frame, number, with};
use crate::input::{CompareData, CompareLine};
use crate::label::{PERCENT_FORMATTER, percent_label};
use crate::palette::Colours;
use crate::scale::linear;
use crate::text;

/// The most characters of a name in the legend.
const NAME: usize = 24;
/// Height of a row of the legend, in pixels.
const ROW: f64 = 26.0;
/// Widths of the legend assumed for counting its rows, in pixels: the canvas is not known here.
const LEGEND: (f64, f64) = (350.0, 700.0);

/// The ECharts option of a comparison: one pane, one line a token, a legend with each token's change.
#[must_use]
pub fn compare_option(data: &CompareData<'_>) -> Value {
    let colours = data.palette.colours();
    let drawn: Vec<(&CompareLine<'_>, &str)> = data
        .lines
        .iter()
        .zip(colours.lines.iter().copied())
        .collect();
    let names = legend_names(&drawn);
    let splits = if data.is_narrow { 3 } else { 5 };
    let extent = extent(&drawn);
    let labels = extent.map_or_else(Vec::new, |extent| linear::nice(extent, splits).ticks());
    let room = frame::label_room(labels.into_iter().map(percent_label));
    let top = 20.0 + ROW * legend_rows(&names, data.is_narrow);
    let span = ends(data.from, data.until, data.step.duration());
    let time_splits = if data.is_narrow { 3.0 } else { 8.0 };

    let mut option = super::base(colours);
    let mut put = |name: &str, value: Value| option.insert(name.to_owned(), value);
    put("legend", legend(&names, colours));
    put(
        "grid",
        json!([frame::grid(room, json!(top), json!(frame::FOOT))]),
    );
    put(
        "xAxis",
        json!([frame::time_axis(0, span, Some(time_splits), colours)]),
    );
    put(
        "yAxis",
        json!([frame::value_axis(
            AxisType::Value,
            splits,
            PERCENT_FORMATTER,
            colours
        )]),
    );
    if extent.is_none() {
        put(
            "title",
            json!([frame::notice("No prices in this range yet", colours)]),
        );
    }
    let series = drawn
        .iter()
        .zip(&names)
        .enumerate()
        .map(|(index, ((line, ink), name))| one_line(index, line, name, ink, colours));
    put("series", json!(series.collect::<Vec<Value>>()));
    for (name, value) in frame::interaction(&[0], colours) {
        put(name, value);
    }
    Value::Object(option)
}

/// The lowest and the highest change.
fn extent(lines: &[(&CompareLine<'_>, &str)]) -> Option<(f64, f64)> {
    let points = lines.iter().flat_map(|(line, _)| &line.points);
    let changes = points.filter_map(|(_, change)| change.and_then(number));
    changes.fold(None, |extent, change| match extent {
        None => Some((change, change)),
        Some((low, high)) => Some((low.min(change), high.max(change))),
    })
}

/// `Bitcoin +5.23%`: with its newest change, so that a line can be found by its height as well as its colour.
fn legend_name(line: &CompareLine<'_>) -> String {
    let name = text::clean(line.name, NAME);
    let newest = line.points.iter().rev().find_map(|(_, change)| *change);
    match newest.and_then(|change| number(change.round_dp(2))) {
        Some(change) => format!("{name} {}", percent_label(change)),
        None => format!("{name} \u{2013}"),
    }
}

/// The names of all lines. ECharts takes lines of one name for one: a second is numbered.
fn legend_names(lines: &[(&CompareLine<'_>, &str)]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (line, _) in lines {
        let name = legend_name(line);
        let count = names
            .iter()
            .filter(|other| other.starts_with(&name))
            .count();
        names.push(if count == 0 {
            name
        } else {
            format!("{name} ({})", count + 1)
        });
    }
    names
}

/// Rows of the legend: at least one.
fn legend_rows(names: &[String], is_narrow: bool) -> f64 {
    let most = if is_narrow { LEGEND.0 } else { LEGEND.1 };
    let mut rows = 1.0;
    let mut used = 0.0;
    for name in names {
        let wide = text::width(name, frame::LABEL_SIZE, false) + 31.0;
        if used > 0.0 && used + wide > most {
            rows += 1.0;
            used = 0.0;
        }
        used += wide;
    }
    rows
}

fn legend(names: &[String], colours: &Colours) -> Value {
    with(
        &Legend::new()
            .left(12)
            .top(12)
            .item_gap(14)
            .item_width(12)
            .item_height(12)
            .text_style(
                TextStyle::new()
                    .color(colours.foreground)
                    .font_size(frame::LABEL_SIZE),
            ),
        json!({ "data": names, "padding": 0, "icon": "roundRect" }),
    )
}

fn one_line(
    index: usize,
    line: &CompareLine<'_>,
    name: &str,
    ink: &str,
    colours: &Colours,
) -> Value {
    let rows = line
        .points
        .iter()
        .map(|(time, change)| json!([time.unix_ms(), change.and_then(number)]));
    let series = Line::new()
        .id(format!("line-{index}"))
        .name(name)
        .symbol(Symbol::None)
        .show_symbol(false)
        .line_style(
            LineStyle::new()
                .color(ink)
                .width(2)
                .type_(LineStyleType::Solid),
        )
        .item_style(ItemStyle::new().color(ink));
    let mut series = with(&series, json!({ "data": rows.collect::<Vec<Value>>() }));
    if index == 0 {
        // The line all begin at.
        super::merge(
            &mut series,
            json!({ "markLine": {
                "symbol": "none", "silent": true, "precision": -1,
                "data": [{ "yAxis": 0 }],
                "lineStyle": { "color": colours.muted, "width": 1, "type": [3, 3] },
                "label": { "show": false },
            } }),
        );
    }
    series
}
