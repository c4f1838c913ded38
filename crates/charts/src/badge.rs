//! A small picture of a price, as READMEs show: label, value, change.

use std::fmt::Write as _;

use parallax::Decimal;

use crate::input::Badge;
use crate::text;

/// Height of a badge in pixels.
const HEIGHT: f64 = 22.0;
/// Size of its letters in pixels.
const SIZE: f64 = 12.0;
/// Between an edge and a text, in pixels.
const PAD: f64 = 8.0;
/// Between two texts, in pixels.
const GAP: f64 = 6.0;

/// Draws a badge: 22 pixels high, as wide as its texts. The direction is a triangle and a sign as well as
/// a colour; a price that is not live is grey and has its status as a word.
#[must_use]
pub fn badge_svg(badge: &Badge<'_>) -> String {
    let colours = badge.palette.colours();
    let label = text::clean(badge.label, 24);
    let value = text::clean(badge.value, 40);
    let status = badge.status.map(|status| text::clean(status, 24));
    let change = badge.change_pct.map(change_words);

    let label_end = PAD + text::width(&label, SIZE, true) + PAD;
    let mut parts: Vec<(String, &str, bool)> = Vec::new();
    let value_ink = if status.is_some() {
        colours.muted
    } else {
        colours.foreground
    };
    parts.push((value.clone(), value_ink, true));
    if let Some((words, is_up)) = &change {
        let ink = match is_up {
            _ if status.is_some() => colours.muted,
            Some(true) => colours.up,
            Some(false) => colours.down,
            None => colours.muted,
        };
        parts.push((words.clone(), ink, false));
    }
    if let Some(status) = &status {
        parts.push((status.clone(), colours.muted, false));
    }
    let mut at = label_end + PAD;
    let mut texts = String::new();
    for (index, (words, ink, is_bold)) in parts.iter().enumerate() {
        if index > 0 {
            at += GAP;
        }
        write_text(&mut texts, at, words, ink, *is_bold);
        at += text::width(words, SIZE, *is_bold);
    }
    let width = (at + PAD).ceil();

    let spoken = std::iter::once(label.as_str())
        .chain(parts.iter().map(|(words, _, _)| words.as_str()))
        .collect::<Vec<&str>>()
        .join(" ");
    let mut title = String::new();
    text::escape_into(&mut title, &spoken);
    let mut label_text = String::new();
    write_text(&mut label_text, PAD, &label, colours.muted, true);
    let (surface, border) = (colours.surface, colours.border);
    let label_end = label_end.round();
    let (frame_width, frame_height) = (width - 1.0, HEIGHT - 1.0);
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}" role="img" aria-label="{title}" font-family="{}" font-size="{SIZE}"><title>{title}</title><rect x=".5" y=".5" width="{frame_width}" height="{frame_height}" rx="4" fill="{surface}" stroke="{border}"/><path d="M{label_end}.5 1v20" stroke="{border}"/>{label_text}{texts}</svg>"#,
        crate::option::FONTS,
    )
}

/// `▲ +1.23%` and whether that is up; a change that rounds to nothing has no direction.
fn change_words(change_pct: Decimal) -> (String, Option<bool>) {
    let change = change_pct.round_dp(2);
    let size = change.abs();
    if change.is_zero() {
        ("0.00%".to_owned(), None)
    } else if change.is_sign_positive() {
        (format!("\u{25b2} +{size:.2}%"), Some(true))
    } else {
        (format!("\u{25bc} \u{2212}{size:.2}%"), Some(false))
    }
}

/// Writes a text as wide as it is in Inter: where another font stands in, its letters are squeezed.
fn write_text(into: &mut String, x: f64, words: &str, ink: &str, is_bold: bool) {
    let weight = if is_bold { r#" font-weight="600""# } else { "" };
    let width = text::width(words, SIZE, is_bold);
    let _ = write!(
        into,
        r#"<text x="{x:.1}" y="15.3" fill="{ink}"{weight} textLength="{width:.1}" lengthAdjust="spacingAndGlyphs">"#
    );
    text::escape_into(into, words);
    into.push_str("</text>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette::Palette;

    fn badge(change: Option<i64>, status: Option<&'static str>) -> String {
        badge_svg(&Badge {
            label: "BTC",
            value: "62,145.16 USD",
            change_pct: change.map(|hundredths| Decimal::new(hundredths, 2)),
            status,
            palette: Palette::Light,
        })
    }

    #[test]
    fn direction_is_a_triangle_and_a_sign_as_well_as_a_colour() {
        let up = badge(Some(123), None);
        assert!(up.contains("▲ +1.23%") && up.contains("#007f4e"), "{up}");
        let down = badge(Some(-5), None);
        assert!(
            down.contains("▼ −0.05%") && down.contains("#c52b30"),
            "{down}"
        );
        assert!(badge(Some(0), None).contains(">0.00%<"));
    }

    #[test]
    fn a_stale_price_is_grey_and_says_so() {
        let stale = badge(Some(123), Some("stale"));
        assert!(stale.contains(">stale<"), "{stale}");
        assert!(!stale.contains("#007f4e"), "{stale}");
    }

    #[test]
    fn a_hostile_label_is_text() {
        let svg = badge_svg(&Badge {
            label: "\"><script>alert(1)</script>",
            value: "\u{202e}1&",
            change_pct: None,
            status: None,
            palette: Palette::Dark,
        });
        assert!(
            !svg.contains("<script") && !svg.contains('\u{202e}'),
            "{svg}"
        );
        assert!(roxmltree::Document::parse(&svg).is_ok(), "{svg}");
    }
}
