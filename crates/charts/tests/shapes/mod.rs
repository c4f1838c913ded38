//! What a drawn SVG holds, read back: paths as lists of points by their part, and texts.

use std::collections::BTreeMap;

use roxmltree::{Document, Node};

/// A point in pixels.
pub(crate) type Point = (f64, f64);

/// One line or outline of a path.
#[derive(Debug, Clone)]
pub(crate) struct Outline {
    pub(crate) points: Vec<Point>,
    pub(crate) is_closed: bool,
    pub(crate) stroke: String,
}

impl Outline {
    /// Left, top, width and height.
    pub(crate) fn bounds(&self) -> [f64; 4] {
        let xs = self.points.iter().map(|point| point.0);
        let ys = self.points.iter().map(|point| point.1);
        let (left, right) = (
            xs.clone().fold(f64::INFINITY, f64::min),
            xs.fold(f64::NEG_INFINITY, f64::max),
        );
        let (top, bottom) = (
            ys.clone().fold(f64::INFINITY, f64::min),
            ys.fold(f64::NEG_INFINITY, f64::max),
        );
        [left, top, right - left, bottom - top]
    }
}

/// A text with the middle of its line.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) at: Point,
    pub(crate) is_centred: bool,
}

/// Everything drawn.
#[derive(Debug, Default)]
pub(crate) struct Picture {
    pub(crate) parts: BTreeMap<String, Vec<Outline>>,
    pub(crate) texts: Vec<Text>,
}

impl Picture {
    /// Reads an SVG of ours.
    pub(crate) fn read(svg: &str) -> Self {
        let document = Document::parse(svg).unwrap();
        let mut picture = Self::default();
        for node in document.descendants() {
            match node.tag_name().name() {
                "path" => {
                    let part = node.attribute("data-part").unwrap_or_default().to_owned();
                    let stroke = node.attribute("stroke").unwrap_or_default();
                    let outlines = outlines(node.attribute("d").unwrap(), stroke);
                    picture.parts.entry(part).or_default().extend(outlines);
                }
                "text" => picture.texts.push(Text {
                    text: node.text().unwrap_or_default().to_owned(),
                    at: (
                        number(node, "x"),
                        number(node, "y") - 0.36 * number(node, "font-size"),
                    ),
                    is_centred: inherited(node, "text-anchor") == Some("middle"),
                }),
                _ => {}
            }
        }
        picture
    }

    /// The outlines of a part; none when it was not drawn.
    pub(crate) fn part(&self, name: &str) -> &[Outline] {
        self.parts.get(name).map_or(&[], Vec::as_slice)
    }
}

fn inherited<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.ancestors().find_map(|node| node.attribute(name))
}

fn number(node: Node<'_, '_>, name: &str) -> f64 {
    inherited(node, name).unwrap().parse().unwrap()
}

/// Interprets a path's `d`: the commands M, m, H, h, v, l and z.
fn outlines(d: &str, stroke: &str) -> Vec<Outline> {
    let mut outlines: Vec<Outline> = Vec::new();
    let mut at = (0.0, 0.0);
    let mut command = ' ';
    let mut rest = d;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else {
            break;
        };
        if first.is_ascii_alphabetic() {
            command = first;
            rest = &rest[1..];
            if command == 'z' {
                let outline = outlines.last_mut().unwrap();
                outline.is_closed = true;
                at = outline.points[0];
            }
            continue;
        }
        let mut take = || {
            rest = rest.trim_start();
            let mut end = 1;
            let mut has_point = rest.starts_with('.');
            for letter in rest[1..].chars() {
                match letter {
                    '.' if !has_point => has_point = true,
                    '0'..='9' => {}
                    _ => break,
                }
                end += 1;
            }
            let (number, after) = rest.split_at(end);
            rest = after;
            number.parse::<f64>().unwrap()
        };
        at = match command {
            'M' => (take(), take()),
            'm' | 'l' => (at.0 + take(), at.1 + take()),
            'H' => (take(), at.1),
            'h' => (at.0 + take(), at.1),
            'v' => (at.0, at.1 + take()),
            other => panic!("unknown command {other:?} in {d}"),
        };
        if matches!(command, 'M' | 'm') {
            outlines.push(Outline {
                points: Vec::new(),
                is_closed: false,
                stroke: stroke.to_owned(),
            });
        }
        outlines.last_mut().unwrap().points.push(at);
    }
    outlines
}
