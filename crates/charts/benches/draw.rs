//! Drawing 500 candles with volume: the option, the SVG and the PNG. `crates/charts/oracle/bench.mjs` does
//! the same option with ECharts in Node.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

#[path = "../tests/corpus/mod.rs"]
#[expect(dead_code, reason = "only a part of the corpus is measured")]
mod corpus;

use divan::Bencher;
use parallax::Decimal;
use parallax::candle::{Step, Window};
use parallax_charts::{Canvas, png, svg};
use serde_json::Value;

fn main() {
    // For `oracle/bench.mjs`: the option that is measured here.
    if let Some(path) = std::env::args()
        .skip_while(|argument| argument != "--option")
        .nth(1)
    {
        std::fs::write(path, serde_json::to_string(&option(&windows())).unwrap()).unwrap();
        return;
    }
    divan::main();
}

const CANVAS: Canvas<'static> = Canvas {
    width: 1_100,
    height: 460,
    title: "Bitcoin",
    description: "500 candles with volume",
};

fn windows() -> Vec<Window> {
    corpus::walk(Step::Hours(1), 500, Decimal::from(62_145), 8, 1)
}

fn option(windows: &[Window]) -> Value {
    corpus::chart(windows, Step::Hours(1), corpus::USUAL, "Bitcoin (BTC)")
}

#[divan::bench]
fn option_of_500_candles(bencher: Bencher<'_, '_>) {
    let windows = windows();
    bencher.bench(|| option(&windows));
}

#[divan::bench]
fn svg_of_500_candles(bencher: Bencher<'_, '_>) {
    let option = option(&windows());
    bencher.bench(|| svg(&option, &CANVAS).unwrap());
}

#[divan::bench]
fn png_of_500_candles(bencher: Bencher<'_, '_>) {
    let svg = svg(&option(&windows()), &CANVAS).unwrap();
    bencher.bench(|| png(&svg).unwrap());
}
