//! Cells written as text: numbers, marks and strips, the same on the server and in the browser.
//!
//! A table of a hundred rows has thousands of elements. Written as views, the browser would have to walk
//! through every one of them before the page is alive; as the content of one element each, hydration
//! passes them by, and an update replaces what the cell shows at once. Everything here is our own markup
//! around our own words and digits; what comes from elsewhere is escaped.

use std::fmt::Write;

use html_escape::{encode_double_quoted_attribute, encode_text};
use parallax::Decimal;
use parallax::amount::Price;
use parallax::by_hand::PriceOverride;
use parallax::index::Status;
use parallax::stream::Viewpoint;
use parallax::time::Timestamp;
use parallax::view::TREND_SIZE;

use crate::components::IconShape;
use crate::format::{self, Direction, Figure, Unit};
use crate::strip::{Strip, in_words};
use crate::wording;

/// A number cut at its decimal point for the eye, all digits on hover and for assistive technology.
/// `prefix` is `±` or nothing.
#[must_use]
pub fn figure(figure: &Figure, prefix: &str) -> String {
    let full = format!("{prefix}{}", figure.full);
    let zeros = figure
        .zeros
        .map_or_else(String::new, |zeros| format!("<sub>{zeros}</sub>"));
    format!(
        "<span class=\"figure\" aria-hidden=\"true\" title=\"{}\">\
         <span class=\"figure-whole\">{prefix}{}</span>\
         <span class=\"figure-point\">{}{zeros}{}</span>\
         <span class=\"figure-unit\">{}</span></span>\
         <span class=\"sr-only\">{}</span>",
        encode_double_quoted_attribute(&full),
        encode_text(&figure.whole),
        encode_text(&figure.point),
        encode_text(&figure.tail),
        encode_text(&figure.unit),
        encode_text(&full),
    )
}

/// A change in per cent with sign and arrow; without either until known.
#[must_use]
pub fn change(percent: Option<Decimal>) -> String {
    match percent {
        Some(percent) => {
            let direction = Direction::of(percent.round_dp(2));
            format!(
                "<span class=\"change\" data-direction=\"{}\">\
                 <span class=\"change-arrow\" aria-hidden=\"true\">{}</span>{}</span>",
                direction.as_str(),
                direction.arrow(),
                format::percent(percent),
            )
        }
        None => "<span class=\"change\"><span class=\"change-arrow\" aria-hidden=\"true\"></span></span>"
            .to_owned(),
    }
}

/// A volume in the currency of `unit`, compact, with the full value on hover; blank until known.
#[must_use]
pub fn volume(amount: Option<Decimal>, unit: &Unit) -> String {
    let Some(amount) = amount else {
        return String::new();
    };
    format!(
        "<span title=\"{}\">{}</span>",
        encode_double_quoted_attribute(&unit.write(&format::full(amount))),
        encode_text(&unit.write(&format::compact(amount))),
    )
}

/// The viewpoints strip of 96 × 16: three paths and a sentence.
#[must_use]
pub fn strip(price: Option<Price>, confidence: Option<Price>, viewpoints: &[Viewpoint]) -> String {
    let strip = Strip::new(price, confidence, viewpoints);
    let mut words = in_words(viewpoints);
    if !strip.ticks.is_empty() {
        // Writing to a text cannot fail.
        let _ = write!(words, "; strip spans ±{} bp", strip.half_range_bp);
    }
    let words = encode_double_quoted_attribute(&words);
    format!(
        "<span class=\"strip-box\" title=\"{words}\"><svg class=\"strip\" viewBox=\"0 0 96 16\" width=\"96\" \
         height=\"16\" role=\"img\" aria-label=\"{words}\"><path class=\"strip-band\" d=\"{}\"/>\
         <path class=\"strip-axis\" d=\"M0 8H96M48 1V15\"/><path class=\"strip-excluded\" d=\"{}\"/>\
         <path class=\"strip-included\" d=\"{}\"/></svg></span>",
        strip.band_path(),
        strip.excluded_path(),
        strip.included_path(),
    )
}

/// The last seven days as a line, coloured by where they led; as text, how far.
#[must_use]
pub fn trend(path: Option<&str>, change_7d: Option<Decimal>) -> String {
    let (width, height) = TREND_SIZE;
    let direction = change_7d.map_or("flat", |change| Direction::of(change.round_dp(2)).as_str());
    format!(
        "<svg class=\"trend\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         aria-hidden=\"true\" data-direction=\"{direction}\"><path d=\"{}\"/></svg>\
         <span class=\"sr-only\">{}</span>",
        encode_double_quoted_attribute(path.unwrap_or_default()),
        change_7d.map(format::percent).unwrap_or_default(),
    )
}

/// How long ago something was, with the moment itself on hover; before the page is alive, the time of day in
/// UTC. Nothing for `None`.
#[must_use]
pub fn age(at: Option<Timestamp>, now: Option<Timestamp>) -> String {
    let Some(at) = at else {
        return String::new();
    };
    format!(
        "<time datetime=\"{at}\" title=\"{}\">{}</time>",
        format::stamp(at),
        now.map_or_else(|| at.clock(), |now| format::age(now.since(at))),
    )
}

/// An icon beside or instead of words.
#[must_use]
pub fn icon(shape: IconShape) -> String {
    format!(
        "<svg class=\"icon\" viewBox=\"0 0 16 16\" width=\"16\" height=\"16\" aria-hidden=\"true\">\
         <path d=\"{}\"/></svg>",
        shape.path()
    )
}

/// A price's status by shape and word. The shapes are drawn, not typed, so that they look alike in every
/// font; the styles pick one by `data-status`.
#[must_use]
pub fn status(status: Status) -> String {
    let meaning = wording::status_meaning(status);
    state(
        status.as_str(),
        wording::status(status),
        Some(encode_double_quoted_attribute(meaning).as_ref()),
    )
}

/// That a price was set by hand, by shape and word, with the reason on hover.
#[must_use]
pub fn by_hand(by_hand: &PriceOverride) -> String {
    let words = wording::by_hand(by_hand);
    state(
        Status::Manual.as_str(),
        wording::status(Status::Manual),
        Some(encode_double_quoted_attribute(&words).as_ref()),
    )
}

/// Any state by one of the same shapes: `shape` is a name that `data-status` knows.
#[must_use]
pub fn state(shape: &str, words: &str, title: Option<&str>) -> String {
    let title = title.map_or_else(String::new, |title| format!(" title=\"{title}\""));
    format!(
        "<span class=\"status\" data-status=\"{shape}\"{title}><svg class=\"mark\" viewBox=\"0 0 12 12\" \
         width=\"12\" height=\"12\" aria-hidden=\"true\"><circle class=\"mark-ring\" cx=\"6\" cy=\"6\" r=\"4.5\"/>\
         <path class=\"mark-quarter\" d=\"M6 6V1.5A4.5 4.5 0 0 1 10.5 6z\"/>\
         <path class=\"mark-half\" d=\"M6 1.5A4.5 4.5 0 0 1 6 10.5z\"/>\
         <circle class=\"mark-full\" cx=\"6\" cy=\"6\" r=\"4.5\"/></svg><span>{}</span></span>",
        encode_text(words),
    )
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use parallax::by_hand::ComputedPrice;
    use parallax::venue::VenueId;

    use super::*;

    #[test]
    fn a_figure_has_all_digits_on_hover_and_for_the_ear() {
        let price: Price = "0.0000014".parse().unwrap();
        let markup = figure(&Figure::table(price, &Unit::usd()), "±");
        assert!(markup.contains("title=\"±$0.0000014\""), "{markup}");
        assert!(
            markup.ends_with("<span class=\"sr-only\">±$0.0000014</span>"),
            "{markup}"
        );
        assert!(markup.contains("<sub>5</sub>"), "{markup}");
    }

    #[test]
    fn a_change_says_its_direction_by_arrow_and_sign() {
        let markup = change(Some(Decimal::new(-123, 2)));
        assert!(markup.contains("data-direction=\"down\""), "{markup}");
        assert!(markup.contains('▼') && markup.contains("1.23"), "{markup}");
        assert!(!change(None).contains("data-direction"));
    }

    #[test]
    fn what_is_unknown_is_blank() {
        assert_eq!(volume(None, &Unit::usd()), "");
        assert!(trend(None, None).contains("<path d=\"\"/>"));
    }

    #[test]
    fn a_price_set_by_hand_is_marked_with_its_reason_which_is_only_words() {
        let at = |unix_s| Timestamp::from_unix_s(unix_s).unwrap();
        let markup = by_hand(&PriceOverride {
            price: "7".parse().unwrap(),
            reason: "\"><script>alert(1)</script>".to_owned(),
            since: at(1_795_305_600),
            until: at(1_795_309_200),
            computed: ComputedPrice {
                price: None,
                confidence: None,
                status: Status::NoQuorum,
                as_of: None,
            },
        });
        assert!(markup.contains("data-status=\"manual\""), "{markup}");
        assert!(markup.contains("Set by hand until "), "{markup}");
        assert!(!markup.contains("<script"), "{markup}");
    }

    #[test]
    fn nothing_from_elsewhere_leaves_its_attribute() {
        let markup = trend(Some("\"><script>alert(1)</script>"), None);
        assert!(!markup.contains("<script"), "{markup}");
        let viewpoint = Viewpoint {
            venue: VenueId::new("kraken").unwrap(),
            pair: "\"><b>".to_owned(),
            offset_bp: None,
            excluded: None,
        };
        assert!(!strip(None, None, &[viewpoint]).contains("<b>"));
        let unit = Unit::of("\"<i>");
        assert!(!volume(Some(Decimal::ONE), &unit).contains("<i>"));
    }

    #[test]
    fn a_status_is_a_shape_and_a_word() {
        let markup = status(Status::NoQuorum);
        assert!(markup.contains("data-status=\"no_quorum\""), "{markup}");
        assert!(
            markup.contains(wording::status(Status::NoQuorum)),
            "{markup}"
        );
    }
}
