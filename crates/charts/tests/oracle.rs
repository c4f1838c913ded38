//! The native renderer against ECharts itself: for every picture of the corpus the same ticks and labels
//! in the same places, the same candles, columns, lines and areas within a pixel. And the functions of
//! `frontend/chart/format.js` against those here.
//!
//! Runs `oracle/draw.mjs` in Node with the `echarts` that `npm ci` in the repository's root installs
//! (`make test` does); without it the test fails and says so.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod compared;
mod corpus;
mod shapes;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use parallax_charts::{Canvas, log_axis, percent_label, price_label, svg};
use serde_json::{Value, json};

use compared::Compared;
use shapes::Picture;

fn ask_echarts(asked: &Value) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = folder.join("../..");
    assert!(
        root.join("node_modules/echarts").exists(),
        "the oracle is missing: run `npm ci` in the repository's root"
    );
    let mut node = Command::new("node")
        .arg(folder.join("oracle/draw.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = node.stdin.take().unwrap();
    let text = serde_json::to_vec(asked).unwrap();
    let writer = std::thread::spawn(move || input.write_all(&text));
    let output = node.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "ECharts in Node failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The widths of all letters, as the crate's own table has them.
fn advances() -> Value {
    let mut advances = BTreeMap::new();
    for letter in (0x20_u32..0x2600).filter_map(char::from_u32) {
        let both = parallax_charts::letter_widths(letter);
        if both != parallax_charts::letter_widths('\u{56fd}') {
            advances.insert(letter.to_string(), json!([both.0, both.1]));
        }
    }
    json!(advances)
}

#[test]
fn every_picture_of_the_corpus_is_as_echarts_draws_it() {
    let cases = corpus::all();
    let numbers = numbers();
    let ranges = [
        (61_200.0, 64_900.0),
        (0.9, 60.0),
        (1e-12, 1e9),
        (5.0, 5.0),
        (1.1e-12, 1.9e-12),
        (3.0, 12.1),
        (1e-9, 1e-3),
        (0.0, 1.0),
    ];
    let asked = json!({
        "advances": advances(),
        "unknown": parallax_charts::letter_widths('\u{56fd}').0,
        "cases": cases.iter().map(|case| json!({
            "name": case.name, "option": case.option, "width": case.size.0, "height": case.size.1,
        })).collect::<Vec<Value>>(),
        "numbers": numbers,
        "ranges": ranges,
    });
    let answer = ask_echarts(&asked);
    for (index, number) in numbers.iter().enumerate() {
        assert_eq!(
            answer["prices"][index],
            json!(price_label(*number)),
            "{number:e}"
        );
        assert_eq!(
            answer["percents"][index],
            json!(percent_label(*number)),
            "{number:e}"
        );
    }
    for (index, (low, high)) in ranges.into_iter().enumerate() {
        compare_log_axes(&answer["logAxes"][index], low, high);
    }
    let mut faults = Vec::new();
    let mut shapes = 0;
    for (case, expected) in cases.iter().zip(answer["cases"].as_array().unwrap()) {
        let (width, height) = case.size;
        let canvas = Canvas {
            width,
            height,
            title: case.name,
            description: "",
        };
        let picture = Picture::read(&svg(&case.option, &canvas).unwrap());
        let mut compared = Compared {
            name: case.name,
            faults: &mut faults,
            shapes: &mut shapes,
        };
        compared.texts(&picture, expected);
        compared.levels(&picture, expected);
        for series in expected["series"].as_array().unwrap() {
            compared.series(&picture, series);
        }
    }
    assert!(shapes > 20_000, "only {shapes} shapes were compared");
    let shown: Vec<&String> = faults.iter().take(40).collect();
    assert!(
        faults.is_empty(),
        "{} differences: {shown:#?}",
        faults.len()
    );
}

/// Numbers of all sizes, those included where roundings meet.
fn numbers() -> Vec<f64> {
    let mut numbers = vec![
        0.0,
        123_456.5,
        123_455.5,
        999_999.5,
        0.1 + 0.2,
        9.999_995e-7,
        1e21,
        -3.5,
    ];
    for power in -20..22 {
        for factor in [1.0, 1.234_565, 9.999_994_9, 9.999_995, -2.5, 5.432_1] {
            numbers.push(format!("{factor}e{power}").parse().unwrap());
        }
    }
    numbers
}

fn compare_log_axes(theirs: &Value, low: f64, high: f64) {
    let Some(ours) = log_axis(low, high) else {
        assert!(theirs.is_null(), "{low} to {high}");
        return;
    };
    let near = |one: f64, other: &Value| (one / other.as_f64().unwrap() - 1.0).abs() < 1e-12;
    assert!(
        near(ours.min, &theirs["min"]) && near(ours.max, &theirs["max"]),
        "{ours:?} {theirs}"
    );
    let ticks = theirs["ticks"].as_array().unwrap();
    assert_eq!(ours.ticks.len(), ticks.len(), "{ours:?} {theirs}");
    assert!(
        ours.ticks
            .iter()
            .zip(ticks)
            .all(|(one, other)| near(*one, other)),
        "{ours:?} {theirs}"
    );
}
