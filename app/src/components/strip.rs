//! The viewpoints strip in the table's size, 96 × 16.

use leptos::prelude::*;
use parallax::amount::Price;
use parallax::stream::Viewpoint;

use crate::dynamic::{memo, text};
use crate::erase::Erase;
use crate::strip::{Strip, in_words};

/// The strip of one row: three paths and a sentence, so that an update touches four places at most.
#[component]
pub fn MiniStrip(
    /// The index price in USD.
    #[prop(into)]
    price: Signal<Option<Price>>,
    /// Half the confidence band in USD.
    #[prop(into)]
    confidence: Signal<Option<Price>>,
    /// One a constituent.
    #[prop(into)]
    viewpoints: Signal<Vec<Viewpoint>>,
) -> impl IntoView {
    let strip = memo(move || Strip::new(price.get(), confidence.get(), &viewpoints.read()));
    let words = memo(move || {
        let words = in_words(&viewpoints.read());
        if strip.read().ticks.is_empty() {
            words
        } else {
            format!("{words}; strip spans ±{} bp", strip.read().half_range_bp)
        }
    });
    view! {
        <span class="strip-box" title=text(move || words.get())>
        <svg
            class="strip"
            viewBox="0 0 96 16"
            width="96"
            height="16"
            role="img"
            aria-label=text(move || words.get())
        >
            <path class="strip-band" d=text(move || strip.read().band_path())></path>
            <path class="strip-axis" d="M0 8H96M48 1V15"></path>
            <path class="strip-excluded" d=text(move || strip.read().excluded_path())></path>
            <path class="strip-included" d=text(move || strip.read().included_path())></path>
        </svg>
        </span>
    }
    .erase()
}
