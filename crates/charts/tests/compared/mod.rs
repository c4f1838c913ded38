//! One picture as drawn here beside the same as ECharts draws it: ticks, labels, candles, columns, lines, areas and gaps,
//! each within a pixel.

use serde_json::Value;

use crate::shapes::{Outline, Picture, Point};

/// How far apart the two may draw the same thing, in pixels.
const PIXEL: f64 = 1.0;

/// Collects what differs in one picture.
pub(crate) struct Compared<'a> {
    pub(crate) name: &'static str,
    pub(crate) faults: &'a mut Vec<String>,
    /// How many shapes and texts were compared.
    pub(crate) shapes: &'a mut usize,
}

impl Compared<'_> {
    fn fault(&mut self, what: impl std::fmt::Display) {
        self.faults.push(format!("{}: {what}", self.name));
    }

    /// Each of theirs must have one of ours within a pixel in all its coordinates, and nothing be left over.
    fn sets(&mut self, what: &str, ours: &[Vec<f64>], theirs: &[Vec<f64>]) {
        *self.shapes += theirs.len();
        let mut left: Vec<&Vec<f64>> = ours.iter().collect();
        for wanted in theirs {
            // The nearest one: with thousands of bars, neighbours are within a pixel, too.
            let distance = |found: &[f64]| {
                let apart = found
                    .iter()
                    .zip(wanted)
                    .map(|(one, other)| (one - other).abs());
                apart.fold(0.0, f64::max)
            };
            let nearest = left
                .iter()
                .enumerate()
                .filter(|(_, found)| found.len() == wanted.len())
                .map(|(place, found)| (place, distance(found)))
                .filter(|(_, distance)| *distance <= PIXEL)
                .min_by(|one, other| one.1.total_cmp(&other.1))
                .map(|(place, _)| place);
            match nearest {
                Some(place) => {
                    left.swap_remove(place);
                }
                None => self.fault(format!("{what}: missing {wanted:?}")),
            }
        }
        for extra in left {
            self.fault(format!("{what}: too many {extra:?}"));
        }
    }

    pub(crate) fn texts(&mut self, picture: &Picture, expected: &Value) {
        *self.shapes += picture.texts.len();
        let mut left = picture.texts.clone();
        for wanted in expected["texts"].as_array().unwrap() {
            let (text, at) = (wanted["text"].as_str().unwrap(), floats(&wanted["at"]));
            let is_centred = wanted["align"] == "center";
            let found = left.iter().position(|ours| {
                ours.text == text
                    && ours.is_centred == is_centred
                    && (ours.at.0 - at[0]).abs() <= PIXEL
                    && (ours.at.1 - at[1]).abs() <= PIXEL
            });
            match found {
                Some(place) => {
                    left.swap_remove(place);
                }
                None => self.fault(format!("text missing: {wanted}")),
            }
        }
        for extra in left {
            self.fault(format!("text too many: {extra:?}"));
        }
    }

    /// Grid lines, axis lines and the level of the last price.
    pub(crate) fn levels(&mut self, picture: &Picture, expected: &Value) {
        let flat = |outlines: &[Outline]| -> Vec<Vec<f64>> {
            outlines
                .iter()
                .map(|line| {
                    line.points
                        .iter()
                        .flat_map(|point| [point.0, point.1])
                        .collect()
                })
                .collect()
        };
        let mut ours = flat(picture.part("grid"));
        ours.extend(flat(picture.part("axis")));
        self.sets("grid", &ours, &lists(&expected["lines"]));
        self.sets(
            "level",
            &flat(picture.part("level")),
            &lists(&expected["levels"]),
        );
    }

    pub(crate) fn series(&mut self, picture: &Picture, expected: &Value) {
        let id = expected["id"].as_str().unwrap();
        match expected["type"].as_str().unwrap() {
            "candlestick" => self.candles(picture, expected),
            "bar" if id == "gaps" => self.gaps(picture, expected),
            "bar" => {
                let ours: Vec<Vec<f64>> = picture
                    .part(id)
                    .iter()
                    .map(|bar| bar.bounds().to_vec())
                    .collect();
                let theirs: Vec<Vec<f64>> = lists(&expected["bars"])
                    .into_iter()
                    .map(|bar| upright(&bar))
                    .filter(|bar| bar[3] >= 0.05)
                    .collect();
                self.sets(id, &ours, &theirs);
            }
            "scatter" => {
                let ours: Vec<Vec<f64>> = picture
                    .part(id)
                    .iter()
                    .map(|mark| {
                        let [x, y, width, height] = mark.bounds();
                        vec![x + width / 2.0, y + height / 2.0, width, height]
                    })
                    .collect();
                self.sets(id, &ours, &lists(&expected["marks"]));
            }
            "line" => self.line(picture, id, expected),
            other => panic!("unknown series {other}"),
        }
    }

    fn candles(&mut self, picture: &Picture, expected: &Value) {
        let mut theirs = Vec::new();
        for candle in expected["candles"].as_array().unwrap() {
            let points = lists(&candle["points"]);
            let (high, low) = (&points[4], &points[6]);
            let stroke = candle["stroke"].as_str().unwrap();
            let mut add = |shape: &[f64]| {
                theirs.push((
                    stroke.to_owned(),
                    candle["isOutline"] == true,
                    shape.to_vec(),
                ))
            };
            if candle["isStroke"] == true {
                add(&[high[0], high[1], low[0], low[1]]);
                continue;
            }
            let xs = [points[0][0], points[2][0]];
            let ys = [points[0][1], points[2][1]];
            let (left, top) = (xs[0].min(xs[1]), ys[0].min(ys[1]));
            add(&[left, top, (xs[0] - xs[1]).abs(), (ys[0] - ys[1]).abs(), 1.0]);
            if top - high[1] >= 0.05 {
                add(&[high[0], high[1], points[5][0], points[5][1]]);
            }
            if low[1] - ys[0].max(ys[1]) >= 0.05 {
                add(&[low[0], points[7][1], low[0], low[1]]);
            }
        }
        let mut ours = Vec::new();
        for (part, is_outline) in [
            ("up", false),
            ("down", false),
            ("up-filled", true),
            ("down-filled", true),
        ] {
            for outline in picture.part(part) {
                let shape = if outline.is_closed {
                    let [x, y, width, height] = outline.bounds();
                    vec![x, y, width, height, 1.0]
                } else {
                    outline
                        .points
                        .iter()
                        .flat_map(|point| [point.0, point.1])
                        .collect()
                };
                ours.push((outline.stroke.clone(), is_outline, shape));
            }
        }
        let mut kinds: Vec<(String, bool)> = theirs
            .iter()
            .chain(&ours)
            .map(|(stroke, outline, _)| (stroke.clone(), *outline))
            .collect();
        kinds.sort();
        kinds.dedup();
        for kind in kinds {
            let of = |all: &[(String, bool, Vec<f64>)]| -> Vec<Vec<f64>> {
                all.iter()
                    .filter(|(stroke, outline, _)| (stroke, *outline) == (&kind.0, kind.1))
                    .map(|(_, _, shape)| shape.clone())
                    .collect()
            };
            self.sets(&format!("candles {kind:?}"), &of(&ours), &of(&theirs));
        }
    }

    /// Every stroke of the hatching lies within a window of theirs, and every window has one.
    fn gaps(&mut self, picture: &Picture, expected: &Value) {
        let windows: Vec<Vec<f64>> = lists(&expected["bars"])
            .iter()
            .map(|bar| upright(bar))
            .collect();
        let strokes = picture.part("gaps");
        let holds = |window: &[f64], (x, y): Point| {
            x >= window[0] - PIXEL
                && x <= window[0] + window[2] + PIXEL
                && y >= window[1] - PIXEL
                && y <= window[1] + window[3] + PIXEL
        };
        for stroke in strokes {
            if !stroke
                .points
                .iter()
                .all(|point| windows.iter().any(|window| holds(window, *point)))
            {
                self.fault(format!("hatching outside a gap: {:?}", stroke.points));
            }
        }
        for window in &windows {
            let middle = window[0] + window[2] / 2.0;
            let is_crossed = strokes.iter().any(|stroke| {
                let [x, _, width, _] = stroke.bounds();
                x <= middle && middle <= x + width
            });
            if !is_crossed {
                self.fault(format!("no hatching in {window:?}"));
            }
        }
    }

    fn line(&mut self, picture: &Picture, id: &str, expected: &Value) {
        let theirs = runs(&expected["line"]);
        let flat = |run: &[Point]| {
            run.iter()
                .flat_map(|point| [point.0, point.1])
                .collect::<Vec<f64>>()
        };
        // The band's own lines have no width.
        if !id.starts_with("band") {
            let ours: Vec<Vec<f64>> = picture
                .part(id)
                .iter()
                .filter(|line| line.points.len() > 1)
                .map(|line| flat(&line.points))
                .collect();
            let theirs: Vec<Vec<f64>> = theirs
                .iter()
                .filter(|run| run.len() > 1)
                .map(|run| flat(run))
                .collect();
            self.sets(id, &ours, &theirs);
        }
        if expected["area"].is_null() {
            return;
        }
        let tops = runs(&expected["area"]);
        let feet = points(&expected["foot"]);
        let tops_at: Vec<Option<Point>> = points(&expected["area"]);
        let mut theirs = Vec::new();
        for run in tops.iter().filter(|run| run.len() > 1) {
            let mut outline = run.clone();
            let below: Vec<Point> = tops_at
                .iter()
                .zip(&feet)
                .filter(|(top, _)| top.is_some_and(|top| run.contains(&top)))
                .filter_map(|(_, foot)| *foot)
                .collect();
            let is_level = below
                .iter()
                .all(|point| (point.1 - below[0].1).abs() < 1e-6);
            if is_level {
                outline.extend([below[below.len() - 1], below[0]]);
            } else {
                outline.extend(below.iter().rev());
            }
            theirs.push(flat(&outline));
        }
        let ours: Vec<Vec<f64>> = picture
            .part(&format!("{id}-area"))
            .iter()
            .map(|area| flat(&area.points))
            .collect();
        self.sets(&format!("{id} area"), &ours, &theirs);
    }
}

/// Left, top, width and height of a column that may be drawn upwards.
fn upright(bar: &[f64]) -> Vec<f64> {
    let (y, height) = (bar[1], bar[3]);
    vec![bar[0], y.min(y + height), bar[2], height.abs()]
}

fn floats(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|number| number.as_f64().unwrap_or(f64::NAN))
        .collect()
}

fn lists(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(floats).collect()
}

/// Pairs of a flat list; `None` where nothing is drawn.
fn points(value: &Value) -> Vec<Option<Point>> {
    floats(value)
        .chunks_exact(2)
        .map(|pair| (!pair[0].is_nan() && !pair[1].is_nan()).then_some((pair[0], pair[1])))
        .collect()
}

/// Neighbouring points.
fn runs(value: &Value) -> Vec<Vec<Point>> {
    let all = points(value);
    all.split(Option::is_none)
        .filter(|run| !run.is_empty())
        .map(|run| run.iter().copied().flatten().collect())
        .collect()
}
