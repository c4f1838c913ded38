//! The series of one token's chart. Each has an id and one row for each window, its time first, so that
//! the browser can merge newer rows by id and time.

use charming::element::{AreaStyle, Color, ItemStyle, LineStyle, LineStyleType, Symbol};
use charming::series::{Bar as BarSeries, Candlestick, Line, Scatter};
use parallax::candle::{Bar, CandleKind, Window};
use parallax::picture::ChartKind;
use serde_json::{Value, json};

use super::{number, with};
use crate::label::price_label;
use crate::palette::Colours;

/// Up to this many bars, bars have a width of their own: one bar must not fill the picture.
const FEW: usize = 24;
/// The width of a bar then, in pixels.
const FEW_WIDTH: u8 = 14;
/// The width of a bar otherwise, of the distance between two.
const WIDTH: &str = "70%";

/// A bar's figures as the option has them.
pub(super) struct Row {
    time_ms: i64,
    pub(super) open: f64,
    pub(super) close: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    volume: f64,
    sources: u32,
    kind: CandleKind,
    /// Half the confidence band.
    confidence: Option<f64>,
}

/// A window's place and its figures; `None` for those that are not known, and on a log axis for those that
/// it cannot show.
pub(super) struct Place {
    pub(super) time_ms: i64,
    pub(super) row: Option<Row>,
}

impl Place {
    pub(super) fn of(window: &Window, is_log: bool) -> Self {
        let time_ms = window.open_time.unix_ms();
        let row = window
            .bar
            .as_ref()
            .and_then(|bar| Row::of(time_ms, bar))
            .filter(|row| !is_log || row.low > 0.0);
        Self { time_ms, row }
    }
}

impl Row {
    fn of(time_ms: i64, bar: &Bar) -> Option<Self> {
        Some(Self {
            time_ms,
            open: number(bar.open.get())?,
            close: number(bar.close.get())?,
            low: number(bar.low.get())?,
            high: number(bar.high.get())?,
            volume: number(bar.volume_usd.get())?,
            sources: bar.sources,
            kind: bar.kind,
            confidence: bar.confidence.and_then(|half| number(half.get())),
        })
    }

    fn is_up(&self) -> bool {
        self.close >= self.open
    }

    /// The kind's place in [`CandleKind::ALL`].
    const fn kind_number(&self) -> u8 {
        match self.kind {
            CandleKind::Filled => 0,
            CandleKind::Traded => 1,
            CandleKind::Repaired => 2,
            CandleKind::Gap => 3,
        }
    }
}

/// Whether the window was not seen throughout.
fn is_gap(place: &Place) -> bool {
    place
        .row
        .as_ref()
        .is_none_or(|row| row.kind == CandleKind::Gap)
}

/// All series, those further back first. Empty when no window has a bar.
pub(super) fn all(
    places: &[Place],
    kind: ChartKind,
    last: Option<f64>,
    colours: &Colours,
) -> Vec<Value> {
    if places.iter().all(|place| place.row.is_none()) {
        return Vec::new();
    }
    let mut all = vec![gaps(places, colours)];
    all.extend(band(places, colours));
    all.push(match kind {
        ChartKind::Candles => candles(places, last, colours),
        ChartKind::Line => line(places, last, false, colours),
        ChartKind::Area => line(places, last, true, colours),
    });
    all.push(repaired(places, colours));
    all.push(volume("volume-up", places, Row::is_up, colours.up));
    all.push(volume(
        "volume-down",
        places,
        |row| !row.is_up(),
        colours.down,
    ));
    all
}

/// Hatches the windows that were not seen throughout, over the pane's whole height.
fn gaps(places: &[Place], colours: &Colours) -> Value {
    let data: Vec<Value> = if places.iter().any(is_gap) {
        let rows = places.iter();
        rows.map(|place| json!([place.time_ms, is_gap(place).then_some(1)]))
            .collect()
    } else {
        Vec::new()
    };
    with(
        &BarSeries::new()
            .id("gaps")
            .x_axis_index(0)
            .y_axis_index(2)
            .bar_width("100%")
            .item_style(ItemStyle::new().color("transparent").opacity(0.35)),
        json!({
            "data": data,
            "silent": true,
            "itemStyle": { "decal": {
                "symbol": "rect", "dashArrayX": [1, 0], "dashArrayY": [1, 5],
                "rotation": -std::f64::consts::FRAC_PI_4, "color": colours.muted,
            } },
        }),
    )
}

/// The confidence band around the closes: its lower edge, and its width stacked on that.
fn band(places: &[Place], colours: &Colours) -> Vec<Value> {
    let edges: Vec<(i64, Option<(f64, f64)>)> = places
        .iter()
        .map(|place| {
            let edge = place.row.as_ref().and_then(|row| {
                let half = row.confidence?;
                (half < row.close).then_some((row.close - half, 2.0 * half))
            });
            (place.time_ms, edge)
        })
        .collect();
    if edges.iter().all(|(_, edge)| edge.is_none()) {
        return Vec::new();
    }
    let side = |id: &str, data: Vec<Value>| {
        with(
            &Line::new()
                .id(id)
                .stack("band")
                .show_symbol(false)
                .silent(true)
                .line_style(LineStyle::new().width(0).color(colours.accent)),
            json!({ "data": data, "stackStrategy": "all", "symbol": "none" }),
        )
    };
    let low = edges
        .iter()
        .map(|(time, edge)| json!([time, edge.map(|(low, _)| low)]));
    let wide = edges
        .iter()
        .map(|(time, edge)| json!([time, edge.map(|(_, wide)| wide)]));
    let low = side("band-low", low.collect());
    let mut wide = side("band", wide.collect());
    let area = AreaStyle::new()
        .color(Color::from(colours.accent))
        .opacity(0.1);
    super::merge(&mut wide, json!({ "areaStyle": area }));
    vec![low, wide]
}

/// The line of the last price with its label.
fn last_price(last: f64, ink: &str, colours: &Colours) -> Value {
    json!({
        "symbol": "none",
        "silent": true,
        "precision": -1,
        "data": [{ "yAxis": last }],
        "lineStyle": { "color": ink, "width": 1, "type": [3, 3] },
        "label": {
            "position": "end", "distance": 4, "formatter": price_label(last),
            "color": colours.on_price, "backgroundColor": ink,
            "padding": [3, 5], "borderRadius": 3, "fontSize": super::frame::LABEL_SIZE, "fontWeight": 600,
        },
    })
}

/// Bars are as wide as they may be, unless there are few.
fn bar_width(places: &[Place]) -> Value {
    if places.len() <= FEW {
        json!(FEW_WIDTH)
    } else {
        json!(WIDTH)
    }
}

fn candles(places: &[Place], last: Option<f64>, colours: &Colours) -> Value {
    let rows = places.iter().map(|place| match &place.row {
        None => json!([place.time_ms, null, null, null, null]),
        Some(row) => {
            let figures = json!([
                row.time_ms,
                row.open,
                row.close,
                row.low,
                row.high,
                row.volume,
                row.sources,
                row.kind_number(),
            ]);
            if row.kind == CandleKind::Filled {
                json!({ "value": figures, "itemStyle": {
                    "color": "transparent", "color0": "transparent", "borderType": [2, 2],
                } })
            } else {
                figures
            }
        }
    });
    let mut series = with(
        &Candlestick::new().id("price"),
        json!({
            "data": rows.collect::<Vec<Value>>(),
            "barWidth": bar_width(places),
            "large": false,
            "itemStyle": {
                "color": colours.up, "color0": colours.down,
                "borderColor": colours.up, "borderColor0": colours.down,
            },
        }),
    );
    if let Some(last) = last {
        let newest = places.iter().rev().find_map(|place| place.row.as_ref());
        let is_up = newest.is_none_or(|row| last >= row.open);
        let ink = if is_up { colours.up } else { colours.down };
        let mark = last_price(last, ink, colours);
        super::merge(&mut series, json!({ "markLine": mark }));
    }
    series
}

fn line(places: &[Place], last: Option<f64>, is_area: bool, colours: &Colours) -> Value {
    let rows = places.iter().map(|place| match &place.row {
        None => json!([place.time_ms, null]),
        Some(row) => json!([
            row.time_ms,
            row.close,
            row.open,
            row.low,
            row.high,
            row.volume,
            row.sources,
            row.kind_number(),
        ]),
    });
    // A line needs two points: one alone is shown as a dot.
    let known = places.iter().filter(|place| place.row.is_some()).count();
    let line = Line::new()
        .id("price")
        .symbol(Symbol::Circle)
        .show_symbol(known == 1)
        .line_style(
            LineStyle::new()
                .color(colours.accent)
                .width(2)
                .type_(LineStyleType::Solid),
        )
        .item_style(ItemStyle::new().color(colours.accent));
    let mut series = with(
        &line,
        json!({ "data": rows.collect::<Vec<Value>>(), "symbolSize": 6 }),
    );
    if is_area {
        let area = AreaStyle::new()
            .color(Color::from(colours.accent))
            .opacity(0.12);
        super::merge(
            &mut series,
            json!({ "areaStyle": with(&area, json!({ "origin": "start" })) }),
        );
    }
    if let Some(last) = last {
        let mark = last_price(last, colours.accent, colours);
        super::merge(&mut series, json!({ "markLine": mark }));
    }
    series
}

/// A mark at the foot of the pane below each repaired bar.
fn repaired(places: &[Place], colours: &Colours) -> Value {
    let rows = places.iter().filter_map(|place| place.row.as_ref());
    let marks = rows.filter(|row| row.kind == CandleKind::Repaired);
    let data: Vec<Value> = marks.map(|row| json!([row.time_ms, 0])).collect();
    with(
        &Scatter::new()
            .id("repaired")
            .x_axis_index(0)
            .y_axis_index(2)
            .symbol(Symbol::Rect)
            .item_style(ItemStyle::new().color(colours.muted)),
        json!({
            "data": data,
            "symbolSize": [3, 2],
            "symbolOffset": [0, -3],
            "silent": true,
            "itemStyle": { "opacity": 1 },
        }),
    )
}

/// The volumes of the bars of one direction; the others' places are kept without a value.
fn volume(id: &str, places: &[Place], counts: impl Fn(&Row) -> bool, ink: &str) -> Value {
    let rows = places.iter().map(|place| {
        let row = place.row.as_ref().filter(|row| counts(row));
        json!([place.time_ms, row.map(|row| row.volume)])
    });
    with(
        &BarSeries::new()
            .id(id)
            .x_axis_index(1)
            .y_axis_index(1)
            .bar_gap("-100%")
            .item_style(ItemStyle::new().color(ink).opacity(0.4)),
        json!({ "data": rows.collect::<Vec<Value>>(), "barWidth": bar_width(places) }),
    )
}
