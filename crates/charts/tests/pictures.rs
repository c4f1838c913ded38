//! What pictures are and are not, whatever they are made of.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod corpus;

use parallax::Decimal;
use parallax::candle::Step;
use parallax::picture::{ChartKind, Scale};
use parallax_charts::{Badge, Canvas, DrawError, Palette, badge_svg, png, svg};
use roxmltree::{Document, NodeType};

fn canvas<'a>(title: &'a str, (width, height): (u32, u32)) -> Canvas<'a> {
    Canvas {
        width,
        height,
        title,
        description: "Prices of seven days",
    }
}

const HOSTILE: [&str; 6] = [
    "\"><script>alert(1)</script>",
    "</title></svg><img src=x onerror=alert(1)>",
    "' onload='alert(1)",
    "\u{202e}gnp.exe\u{0}\u{7}\u{fffe}",
    "عملة رقمية 代币 🚀 {yyyy} {value|x} ${a}",
    "&amp;<![CDATA[ ]]> -->",
];

#[test]
fn every_picture_is_well_formed_and_holds_only_shapes_and_text() {
    let known = [
        "svg", "title", "desc", "g", "path", "rect", "circle", "text",
    ];
    for case in corpus::all() {
        let svg = svg(&case.option, &canvas(case.name, case.size)).unwrap();
        let document = Document::parse(&svg).unwrap();
        let elements = document.descendants().filter(roxmltree::Node::is_element);
        for element in elements {
            let name = element.tag_name().name();
            assert!(known.contains(&name), "{}: <{name}>", case.name);
            for attribute in element.attributes() {
                let name = attribute.name();
                let is_active =
                    name.starts_with("on") || name == "style" || name == "href" || name == "id";
                assert!(!is_active, "{}: {name}", case.name);
            }
        }
        assert_eq!(document.root_element().attribute("role"), Some("img"));
        let odd = document
            .descendants()
            .any(|node| matches!(node.node_type(), NodeType::Comment | NodeType::PI));
        assert!(!odd, "{}", case.name);
        assert!(
            !svg.contains("NaN") && !svg.contains("inf"),
            "{}",
            case.name
        );
    }
}

#[test]
fn a_hostile_name_is_text_in_every_picture() {
    let windows = corpus::walk(Step::Hours(1), 24, Decimal::ONE, 8, 1);
    let long = "x".repeat(500);
    for name in HOSTILE.into_iter().chain([long.as_str()]) {
        let option = corpus::chart(&windows, Step::Hours(1), corpus::USUAL, name);
        let chart = svg(&option, &canvas(name, (390, 340))).unwrap();
        let badge = badge_svg(&Badge {
            label: name,
            value: name,
            change_pct: Some(Decimal::TEN),
            status: Some(name),
            palette: Palette::Dark,
        });
        for picture in [chart, badge] {
            let document = Document::parse(&picture).unwrap();
            let elements = document.descendants().filter(roxmltree::Node::is_element);
            let odd = elements.filter(|node| matches!(node.tag_name().name(), "script" | "img"));
            assert_eq!(odd.count(), 0, "{name}");
            let turns =
                |letter: char| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            assert!(!picture.contains(turns), "{name}");
            let texts = document
                .descendants()
                .filter(|node| node.has_tag_name("text"));
            assert!(
                texts
                    .filter_map(|node| node.text())
                    .all(|text| text.chars().count() <= 80)
            );
            png(&picture).unwrap();
        }
    }
}

#[test]
fn the_same_is_drawn_every_time() {
    let draw = || {
        let case = corpus::all().swap_remove(8);
        let svg = svg(&case.option, &canvas(case.name, case.size)).unwrap();
        let png = png(&svg).unwrap();
        (svg, png)
    };
    assert_eq!(draw(), draw());
}

#[test]
fn a_week_of_candles_with_volume_is_small() {
    let windows = corpus::walk(Step::Hours(1), 168, Decimal::from(62_145), 8, 1);
    let option = corpus::chart(&windows, Step::Hours(1), corpus::USUAL, "Bitcoin (BTC)");
    let svg = svg(&option, &canvas("Bitcoin", (1_100, 460))).unwrap();
    assert!(svg.len() < 18_000, "{} bytes", svg.len());
}

#[test]
fn a_canvas_of_no_use_is_refused() {
    let option = corpus::chart(&[], Step::Hours(1), corpus::USUAL, "Bitcoin (BTC)");
    for size in [(0, 100), (100, 5_000)] {
        let error = svg(&option, &canvas("Bitcoin", size)).unwrap_err();
        assert!(matches!(error, DrawError::Size { .. }), "{error}");
    }
    // Smaller than its own margins, and still a picture.
    let tiny = svg(&option, &canvas("Bitcoin", (16, 16))).unwrap();
    assert!(png(&tiny).is_ok());
}

#[test]
fn a_chart_within_a_page_has_no_colour_of_its_own() {
    let look = corpus::Look {
        palette: Palette::Page,
        ..corpus::USUAL
    };
    let windows = corpus::walk(Step::Hours(1), 30, Decimal::ONE, 8, 1);
    let option = corpus::chart(&windows, Step::Hours(1), look, "Bitcoin (BTC)");
    let svg = svg(&option, &canvas("Bitcoin", (390, 340))).unwrap();
    assert!(
        !svg.contains("#") && svg.contains("var(--price-up)"),
        "{svg}"
    );
}

#[test]
fn a_small_chart_is_drawn_like_this() {
    let windows = corpus::walk(Step::Day, 5, Decimal::from(100), 30, 2);
    for (name, kind, scale) in [
        ("candles", ChartKind::Candles, Scale::Linear),
        ("area_log", ChartKind::Area, Scale::Log),
    ] {
        let look = corpus::Look {
            kind,
            scale,
            palette: Palette::Light,
            is_narrow: true,
        };
        let option = corpus::chart(&windows, Step::Day, look, "Bitcoin (BTC)");
        let svg = svg(&option, &canvas("Bitcoin", (240, 160))).unwrap();
        insta::assert_snapshot!(name, svg.replace('>', ">\n"));
        insta::assert_json_snapshot!(format!("{name}_option"), option);
    }
}
