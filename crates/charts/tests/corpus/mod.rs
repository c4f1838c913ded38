//! Charts of every kind, made of invented prices: what the oracle compares and the gallery shows.

use std::time::Duration;

use parallax::Decimal;
use parallax::amount::{Price, Quantity};
use parallax::candle::{Bar, CandleKind, Step, Window};
use parallax::picture::{ChartKind, Range, Scale};
use parallax::time::Timestamp;
use parallax_charts::{ChartData, CompareData, CompareLine, Palette, chart_option, compare_option};
use serde_json::Value;

/// A picture of the corpus.
pub(crate) struct Case {
    /// Its name, fit for a file's.
    pub(crate) name: &'static str,
    /// What is drawn.
    pub(crate) option: Value,
    /// The canvas.
    pub(crate) size: (u32, u32),
}

/// The end of all series: an hour that is not a whole day.
fn until() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

/// A number generator: the same numbers on every machine.
struct Dice(u64);

impl Dice {
    /// From 0 to 999.
    fn roll(&mut self) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % 1_000).unwrap()
    }
}

/// `count` windows ending at [`until`], wandering from `start` by up to `permille` a bar.
pub(crate) fn walk(
    step: Step,
    count: u32,
    start: Decimal,
    permille: i64,
    seed: u64,
) -> Vec<Window> {
    let mut dice = Dice(seed);
    let mut open = start;
    let first = until().minus(step.duration() * count);
    (0..count)
        .map(|index| {
            let open_time = step.floor(first.plus(step.duration() * index));
            let part = |roll: i64| open * Decimal::new(roll * permille, 6);
            let close = (open + part(dice.roll() - 497)).round_sf(9).unwrap();
            let high = (open.max(close) + part(dice.roll() / 2))
                .round_sf(9)
                .unwrap();
            let low = (open.min(close) - part(dice.roll() / 2))
                .round_sf(9)
                .unwrap();
            let bar = Bar {
                open_time,
                open: Price::new(open),
                high: Price::new(high),
                low: Price::new(low),
                close: Price::new(close),
                confidence: Some(Price::new(part(150 + dice.roll() / 4))),
                volume_usd: Quantity::new(Decimal::from(50_000 + dice.roll() * dice.roll()))
                    .unwrap(),
                trades: Some(12),
                sources: 5,
                minutes: step.minutes(),
                kind: CandleKind::Traded,
                revision: 0,
            };
            open = close;
            Window {
                open_time,
                close_time: open_time.plus(step.duration()),
                bar: Some(bar),
            }
        })
        .collect()
}

/// Marks of a series: bars made from a fill, repaired ones, gaps and windows without a bar.
fn with_marks(mut windows: Vec<Window>) -> Vec<Window> {
    for (index, window) in windows.iter_mut().enumerate() {
        let Some(bar) = &mut window.bar else { continue };
        match index % 40 {
            3..=6 => bar.kind = CandleKind::Filled,
            10..=17 => bar.kind = CandleKind::Repaired,
            22 => bar.kind = CandleKind::Gap,
            23..=27 => window.bar = None,
            28..=31 => bar.confidence = None,
            _ => {}
        }
    }
    windows
}

/// How a chart of the corpus differs from the usual one.
#[derive(Clone, Copy)]
pub(crate) struct Look {
    pub(crate) kind: ChartKind,
    pub(crate) scale: Scale,
    pub(crate) palette: Palette,
    pub(crate) is_narrow: bool,
}

pub(crate) const USUAL: Look = Look {
    kind: ChartKind::Candles,
    scale: Scale::Linear,
    palette: Palette::Light,
    is_narrow: false,
};

/// A chart of windows in the usual look.
pub(crate) fn chart(windows: &[Window], step: Step, look: Look, title: &str) -> Value {
    let from = windows.first().map_or_else(
        || until().minus(Duration::from_secs(7 * 86_400)),
        |window| window.open_time,
    );
    let until = windows
        .last()
        .map_or_else(until, |window| window.close_time);
    let last = windows
        .iter()
        .rev()
        .find_map(|window| window.bar.as_ref().map(|bar| bar.close));
    chart_option(&ChartData {
        title,
        unit: "USD",
        step,
        from,
        until,
        windows,
        last,
        kind: look.kind,
        scale: look.scale,
        palette: look.palette,
        is_narrow: look.is_narrow,
    })
}

/// One window after another, each change in per cent from the first.
fn changes(windows: &[Window]) -> Vec<(Timestamp, Option<Decimal>)> {
    let first = windows
        .iter()
        .find_map(|window| window.bar.as_ref())
        .unwrap()
        .close
        .get();
    let change = |window: &Window| {
        let close = window.bar.as_ref()?.close.get();
        Some(((close / first - Decimal::ONE) * Decimal::ONE_HUNDRED).round_dp(4))
    };
    windows
        .iter()
        .map(|window| (window.open_time, change(window)))
        .collect()
}

/// A comparison of five.
pub(crate) fn comparison(palette: Palette, is_narrow: bool) -> Value {
    let step = Step::Hours(4);
    let windows: Vec<Vec<Window>> = (1..=5)
        .map(|seed| walk(step, 180, Decimal::from(100), 20, seed))
        .collect();
    let names = [
        "Bitcoin",
        "Ethereum",
        "Solana",
        "A token with a very long name indeed",
        "<b>&\"x\"</b>",
    ];
    let lines: Vec<CompareLine<'_>> = windows
        .iter()
        .zip(names)
        .map(|(windows, name)| CompareLine {
            name,
            points: changes(windows),
        })
        .collect();
    let first = windows.first().unwrap();
    compare_option(&CompareData {
        from: first.first().unwrap().open_time,
        until: first.last().unwrap().close_time,
        step,
        lines: &lines,
        palette,
        is_narrow,
    })
}

const WIDE: (u32, u32) = (1_100, 460);
const NARROW: (u32, u32) = (390, 340);

/// The whole corpus.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name, option, size| cases.push(Case { name, option, size });
    let price = Decimal::from(62_145);
    let names = [
        "range-1h",
        "range-6h",
        "range-24h",
        "range-7d",
        "range-30d",
        "range-90d",
        "range-1y",
        "range-max",
    ];
    for (index, (name, range)) in names.into_iter().zip(Range::ALL).enumerate() {
        let step = range.step();
        let length = range
            .duration()
            .unwrap_or(Duration::from_secs(2_000 * 86_400));
        let count = u32::try_from(length.as_secs() / step.duration().as_secs()).unwrap();
        let permille = i64::from(step.minutes()).ilog2() as i64 + 1;
        let windows = walk(step, count, price, permille, u64::try_from(index).unwrap());
        add(name, chart(&windows, step, USUAL, "Bitcoin (BTC)"), WIDE);
    }
    let step = Step::Hours(1);
    let week = with_marks(walk(step, 168, price, 8, 3));
    let look = |kind, scale, palette, is_narrow| Look {
        kind,
        scale,
        palette,
        is_narrow,
    };
    use ChartKind::{Area, Candles, Line};
    use Palette::{Dark, Light, Page};
    use Scale::{Linear, Log};
    for (name, look, size) in [
        ("marks", USUAL, WIDE),
        ("marks-dark", look(Candles, Linear, Dark, false), WIDE),
        ("marks-page", look(Candles, Linear, Page, false), WIDE),
        ("marks-narrow", look(Candles, Linear, Light, true), NARROW),
        (
            "marks-narrow-dark",
            look(Candles, Linear, Dark, true),
            NARROW,
        ),
        ("marks-log", look(Candles, Log, Light, false), WIDE),
        ("line", look(Line, Linear, Light, false), WIDE),
        ("line-narrow-page", look(Line, Linear, Page, true), NARROW),
        ("area", look(Area, Linear, Dark, false), WIDE),
        ("area-log", look(Area, Log, Light, true), NARROW),
        ("small", look(Candles, Linear, Light, true), (240, 140)),
        ("large", look(Candles, Linear, Dark, false), (2_000, 1_200)),
    ] {
        add(name, chart(&week, step, look, "Bitcoin (BTC)"), size);
    }
    let empty: Vec<Window> = walk(step, 168, price, 8, 3)
        .into_iter()
        .map(|window| Window {
            bar: None,
            ..window
        })
        .collect();
    add("empty", chart(&empty, step, USUAL, "Bitcoin (BTC)"), WIDE);
    add("nothing", chart(&[], step, USUAL, "Bitcoin (BTC)"), NARROW);
    let one = walk(step, 1, price, 8, 3);
    add("one-bar", chart(&one, step, USUAL, "Bitcoin (BTC)"), WIDE);
    add(
        "one-bar-line",
        chart(
            &one,
            step,
            look(Line, Linear, Light, false),
            "Bitcoin (BTC)",
        ),
        WIDE,
    );
    let mut lone = empty;
    lone.iter_mut()
        .zip(walk(step, 168, price, 8, 3))
        .skip(80)
        .take(1)
        .for_each(|(window, with)| *window = with);
    add(
        "one-bar-of-many",
        chart(&lone, step, USUAL, "Bitcoin (BTC)"),
        WIDE,
    );
    let few = walk(Step::Day, 9, price, 30, 4);
    add("few", chart(&few, Step::Day, USUAL, "Bitcoin (BTC)"), WIDE);
    let flat = walk(step, 48, Decimal::ONE, 0, 4);
    add("flat", chart(&flat, step, USUAL, "USD Coin (USDC)"), WIDE);
    add(
        "flat-log",
        chart(
            &flat,
            step,
            look(Candles, Log, Light, false),
            "USD Coin (USDC)",
        ),
        WIDE,
    );
    for (name, start) in [
        ("price-1e-12", "1e-12"),
        ("price-1e-7", "1.234e-7"),
        ("price-1e9", "1e9"),
        ("price-1e18", "1e18"),
    ] {
        let start = parallax::amount::parse_exact(start).unwrap();
        let windows = walk(step, 168, start, 8, 5);
        add(
            name,
            chart(
                &windows,
                step,
                USUAL,
                "\"><script>alert(1)</script>\u{202e} عملة 代币 🚀",
            ),
            WIDE,
        );
    }
    let wild = walk(Step::Day, 365, Decimal::from(3), 400, 6);
    add(
        "wild-log",
        chart(
            &wild,
            Step::Day,
            look(Candles, Log, Dark, false),
            &"long ".repeat(100),
        ),
        WIDE,
    );
    add(
        "wild-log-narrow",
        chart(
            &wild,
            Step::Day,
            look(Line, Log, Page, true),
            &"long ".repeat(100),
        ),
        NARROW,
    );
    let many = with_marks(walk(Step::Minutes(15), 2_000, price, 4, 7));
    add(
        "many",
        chart(&many, Step::Minutes(15), USUAL, "Bitcoin (BTC)"),
        WIDE,
    );
    let weeks = walk(Step::Week, 300, price, 60, 8);
    add(
        "weeks",
        chart(&weeks, Step::Week, USUAL, "Bitcoin (BTC)"),
        WIDE,
    );
    add("compare", comparison(Light, false), WIDE);
    add("compare-dark", comparison(Dark, false), WIDE);
    add("compare-narrow", comparison(Page, true), NARROW);
    cases
}
