//! Titles, legends, and the writing of text.

use std::fmt::Write as _;

use super::pen::coordinate;
use crate::spec::{Legend, LineSeries, Series, Side, Spec, Title};
use crate::text;

/// From the middle of a line of text down to its baseline, in parts of its size: half of Inter's capitals.
/// Written as a place, because not every renderer knows `dominant-baseline`.
pub(super) const BASELINE: f64 = 0.36;
/// Between a legend's icon and its text in pixels, as ECharts has it.
const ICON_GAP: f64 = 5.0;

/// Writes a text element; `looks` are its attributes, with a blank before each.
pub(super) fn write_text(svg: &mut String, (x, y): (f64, f64), words: &str, looks: &str) {
    let _ = write!(
        svg,
        r#"<text x="{}" y="{}"{looks}>"#,
        coordinate(x),
        coordinate(y)
    );
    text::escape_into(svg, words);
    svg.push_str("</text>");
}

/// Draws the titles.
pub(super) fn titles(svg: &mut String, titles: &[Title], (width, height): (f64, f64)) {
    for title in titles {
        let style = &title.text_style;
        let (x, anchor) = match title.left {
            Side::Px(x) => (x, ""),
            Side::Word(_) => (width / 2.0, r#" text-anchor="middle""#),
        };
        let middle = match title.top {
            Side::Px(y) => y + style.font_size / 2.0,
            Side::Word(_) => height / 2.0,
        };
        let weight = match style.font_weight {
            Some(weight) if weight >= 600 => r#" font-weight="600""#,
            _ => "",
        };
        let looks = format!(
            r#" fill="{}" font-size="{}"{weight}{anchor}"#,
            super::attribute(&style.color),
            style.font_size
        );
        let y = middle + style.font_size * BASELINE;
        write_text(svg, (x, y), &title.text, &looks);
        if let (Some(subtext), Some(style)) = (&title.subtext, &title.subtext_style) {
            let top = middle + title.text_style.font_size / 2.0 + title.item_gap;
            let looks = format!(
                r#" fill="{}" font-size="{}"{anchor}"#,
                super::attribute(&style.color),
                style.font_size
            );
            let y = top + style.font_size / 2.0 + style.font_size * BASELINE;
            write_text(svg, (x, y), subtext, &looks);
        }
    }
}

/// Draws a legend: icons and names in rows, wrapped at the picture's edge.
pub(super) fn legend(svg: &mut String, legend: &Legend, spec: &Spec<'_>, width: f64) {
    let size = legend.text_style.font_size;
    let most = width - legend.left;
    let row_height = legend.item_height.max(size);
    let (mut x, mut y) = (0.0, 0.0);
    let looks = format!(
        r#" fill="{}" font-size="{size}""#,
        super::attribute(&legend.text_style.color)
    );
    svg.push_str(r#"<g data-part="legend">"#);
    for name in &legend.data {
        let Some(line) = named(&spec.series, name) else {
            continue;
        };
        let item_width = legend.item_width + ICON_GAP + text::width(name, size, false);
        if x + item_width > most {
            x = 0.0;
            y += row_height + legend.item_gap;
        }
        let (left, top) = (legend.left + x, legend.top + y);
        let _ = write!(
            svg,
            r#"<rect x="{}" y="{}" width="{}" height="{}" rx="{}" fill="{}"/>"#,
            coordinate(left),
            coordinate(top),
            legend.item_width,
            legend.item_height,
            legend.item_width.min(legend.item_height) / 4.0,
            super::attribute(&line.item_style.color),
        );
        let text_y = top + legend.item_height / 2.0 + size * BASELINE;
        write_text(
            svg,
            (left + legend.item_width + ICON_GAP, text_y),
            name,
            &looks,
        );
        x += item_width + legend.item_gap;
    }
    svg.push_str("</g>");
}

/// The line with a name.
fn named<'s>(series: &'s [Series<'_>], name: &str) -> Option<&'s LineSeries<'s>> {
    series.iter().find_map(|series| match series {
        Series::Line(line) if line.name == Some(name) => Some(line),
        _ => None,
    })
}
