//! Draws the corpus of the tests into a folder, to be looked at: SVG, and PNG of what stands alone.
//!
//! `cargo run -p parallax-charts --example gallery -- FOLDER`
#![expect(
    clippy::unwrap_used,
    reason = "a tool for developers fails by panicking"
)]

#[path = "../tests/corpus/mod.rs"]
mod corpus;

use std::path::PathBuf;

use parallax_charts::{Canvas, png, svg};

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap());
    std::fs::create_dir_all(&folder).unwrap();
    for case in corpus::all() {
        let (width, height) = case.size;
        let canvas = Canvas {
            width,
            height,
            title: case.name,
            description: "A picture of the corpus",
        };
        let svg = svg(&case.option, &canvas).unwrap();
        println!("{:24} {:7} bytes", case.name, svg.len());
        std::fs::write(folder.join(format!("{}.svg", case.name)), &svg).unwrap();
        if !svg.contains("var(--") {
            let png = png(&svg).unwrap();
            std::fs::write(folder.join(format!("{}.png", case.name)), png).unwrap();
        }
        let option = serde_json::to_string(&case.option).unwrap();
        std::fs::write(folder.join(format!("{}.json", case.name)), option).unwrap();
    }
}
