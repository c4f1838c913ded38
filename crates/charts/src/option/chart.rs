//! The option of one token's chart.

use charming::element::AxisType;
use parallax::picture::Scale;
use parallax::time::Timestamp;
use serde_json::{Value, json};

use super::frame;
use super::log_axis::log_axis;
use super::series::{self, Place};
use crate::input::ChartData;
use crate::label::{PRICE_FORMATTER, price_label};
use crate::scale::linear;
use crate::text;

/// The ECharts option of a chart: pane 0 prices, pane 1 volume. docs of the crate list its series.
#[must_use]
pub fn chart_option(data: &ChartData<'_>) -> Value {
    let colours = data.palette.colours();
    let is_log = data.scale == Scale::Log;
    let within = data
        .windows
        .iter()
        .filter(|window| window.open_time >= data.from && window.open_time < data.until);
    let places: Vec<Place> = within.map(|window| Place::of(window, is_log)).collect();
    let last = data
        .last
        .and_then(|price| super::number(price.get()))
        .filter(|last| !is_log || *last > 0.0);
    let extent = price_extent(&places);

    let (price_axis, room) = price_axis(data, extent, last);
    let span = ends(data.from, data.until, data.step.duration());
    let splits = if data.is_narrow { 3.0 } else { 8.0 };
    let top = if data.palette.is_standalone() { 62 } else { 12 };

    let mut option = super::base(colours);
    let mut put = |name: &str, value: Value| option.insert(name.to_owned(), value);
    put(
        "grid",
        json!([
            frame::grid(room, json!(top), json!("26%")),
            frame::grid(room, json!("77%"), json!(frame::FOOT)),
        ]),
    );
    put(
        "xAxis",
        json!([
            frame::time_axis(0, span, None, colours),
            frame::time_axis(1, span, Some(splits), colours),
        ]),
    );
    put(
        "yAxis",
        json!([
            price_axis,
            frame::hidden_axis(1, None),
            frame::hidden_axis(0, Some(1.0)),
        ]),
    );
    let series = series::all(&places, data.kind, last, colours);
    let mut titles = Vec::new();
    if data.palette.is_standalone() {
        titles.push(heading(data));
    }
    if series.is_empty() {
        titles.push(frame::notice("No prices in this range yet", colours));
    }
    put("title", json!(titles));
    put("series", json!(series));
    for (name, value) in frame::interaction(&[0, 1], colours) {
        put(name, value);
    }
    Value::Object(option)
}

/// Half a bar beyond the first and the last opening, so that each bar is drawn whole.
pub(super) fn ends(from: Timestamp, until: Timestamp, step: std::time::Duration) -> (i64, i64) {
    let half_ms = i64::try_from(step.as_millis() / 2).unwrap_or(0);
    let until_ms = until.unix_ms().max(from.unix_ms() + 2 * half_ms);
    (from.unix_ms() - half_ms, until_ms - half_ms)
}

/// The lowest and the highest price.
fn price_extent(places: &[Place]) -> Option<(f64, f64)> {
    let rows = places.iter().filter_map(|place| place.row.as_ref());
    rows.fold(None, |extent, row| match extent {
        None => Some((row.low, row.high)),
        Some((low, high)) => Some((row.low.min(low), row.high.max(high))),
    })
}

/// The price axis, and the room its labels need.
fn price_axis(data: &ChartData<'_>, extent: Option<(f64, f64)>, last: Option<f64>) -> (Value, f64) {
    let colours = data.palette.colours();
    let splits = if data.is_narrow { 3 } else { 5 };
    let logarithmic = extent
        .filter(|_| data.scale == Scale::Log)
        .and_then(|(low, high)| log_axis(low, high));
    let type_ = match logarithmic {
        Some(_) => AxisType::Log,
        None => AxisType::Value,
    };
    let mut axis = frame::value_axis(type_, splits, PRICE_FORMATTER, colours);
    let ticks = match &logarithmic {
        Some(log) => {
            let custom = json!({ "customValues": log.ticks });
            super::merge(
                &mut axis,
                json!({
                    "min": log.min, "max": log.max,
                    "axisLabel": custom, "axisTick": custom, "splitLine": custom,
                }),
            );
            log.ticks.clone()
        }
        None => extent.map_or_else(Vec::new, |extent| linear::nice(extent, splits).ticks()),
    };
    let labels = ticks.into_iter().chain(last).map(price_label);
    (axis, frame::label_room(labels))
}

/// `Bitcoin (BTC)`, and below it what is shown: `USD · 7 days · 1h bars · until 2026-11-22 UTC`, on a narrow
/// canvas without the date.
fn heading(data: &ChartData<'_>) -> Value {
    let (title_length, unit_length) = if data.is_narrow { (30, 8) } else { (72, 16) };
    let mut detail = format!(
        "{} · {} · {} bars",
        text::clean(data.unit, unit_length),
        span_words(data.from, data.until),
        data.step,
    );
    if !data.is_narrow {
        let date = data.until.date_time().date();
        detail = format!("{detail} · until {date} UTC");
    }
    frame::heading(
        &text::clean(data.title, title_length),
        &detail,
        data.palette.colours(),
    )
}

/// How long a chart is, in words: `7 days`, `6 hours`.
fn span_words(from: Timestamp, until: Timestamp) -> String {
    let hours = (until.unix_ms() - from.unix_ms()).max(0) / 3_600_000;
    let (count, unit) = match hours {
        0..48 => (hours, "hour"),
        48..8_760 => (hours / 24, "day"),
        _ => (hours / 8_760, "year"),
    };
    match count {
        1 => format!("1 {unit}"),
        _ => format!("{count} {unit}s"),
    }
}
