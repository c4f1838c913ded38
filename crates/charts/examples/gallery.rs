//! Draws the corpus of the tests into a folder, to be looked at: SVG, and PNG of what stands alone.
//!
//! `cargo run -p parallax-charts --example gallery -- FOLDER`
#![expect(
    clippy::unwrap_used,
    reason = "a tool for developers fails by panicking"
)]

#[path = "../tests/corpus/mod.rs"]
mod corpus;

use std::path::{Path, PathBuf};

use parallax::Decimal;
use parallax::amount::Price;
use parallax::candle::Step;
use parallax_charts::{Badge, Canvas, Palette, badge_svg, png, sparkline_svg, svg};

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap());
    std::fs::create_dir_all(&folder).unwrap();
    small_pictures(&folder);
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

/// Badges and sparklines, up and down, light and dark.
fn small_pictures(folder: &Path) {
    let write = |name: String, svg: &str| {
        std::fs::write(folder.join(format!("{name}.svg")), svg).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), png(svg).unwrap()).unwrap();
    };
    for (theme, palette) in [("light", Palette::Light), ("dark", Palette::Dark)] {
        for (name, change, status) in [
            ("up", Some(Decimal::new(123, 2)), None),
            ("down", Some(Decimal::new(-4567, 2)), None),
            ("stale", Some(Decimal::new(123, 2)), Some("stale")),
        ] {
            let badge = badge_svg(&Badge {
                label: "BTC",
                value: "62,145.16 USD",
                change_pct: change,
                status,
                palette,
            });
            write(format!("badge-{name}-{theme}"), &badge);
        }
        let windows = corpus::walk(Step::Hours(4), 43, Decimal::from(62_145), 8, 3);
        let closes: Vec<Option<Price>> = windows
            .iter()
            .map(|window| window.bar.as_ref().map(|bar| bar.close))
            .collect();
        let canvas = Canvas {
            width: 192,
            height: 48,
            title: "Bitcoin",
            description: "Seven days",
        };
        write(
            format!("sparkline-{theme}"),
            &sparkline_svg(&closes, &canvas, palette).unwrap(),
        );
    }
}
