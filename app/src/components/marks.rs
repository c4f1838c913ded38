//! States by shape, word and tone: ● live, ◔ thin, ◐ aging, ○ stale, ◌ no quorum.
//!
//! The shapes are drawn, not typed, so that they look alike in every font. The styles pick the shape
//! by `data-status`, so that a change of state changes one attribute and one word.

use leptos::prelude::*;
use parallax::index::Status;

use crate::dynamic::text;
use crate::erase::Erase;
use crate::wording;

fn shape() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
            <circle class="mark-ring" cx="6" cy="6" r="4.5"></circle>
            <path class="mark-quarter" d="M6 6V1.5A4.5 4.5 0 0 1 10.5 6z"></path>
            <path class="mark-half" d="M6 1.5A4.5 4.5 0 0 1 6 10.5z"></path>
            <circle class="mark-full" cx="6" cy="6" r="4.5"></circle>
        </svg>
    }
    .erase()
}

/// A price's status.
#[component]
pub fn StatusMark(
    /// What to show.
    #[prop(into)]
    status: Signal<Status>,
) -> impl IntoView {
    view! {
        <span
            class="status"
            data-status=text(move || status.get().as_str())
            title=text(move || wording::status_meaning(status.get()))
        >
            {shape()}
            <span>{text(move || wording::status(status.get()))}</span>
        </span>
    }
    .erase()
}

/// Any other state, by the same shapes.
#[component]
pub fn StateMark(
    /// Which shape: a name that `data-status` knows.
    shape_of: &'static str,
    /// The words beside it.
    words: &'static str,
) -> impl IntoView {
    view! {
        <span class="status" data-status=shape_of>
            {shape()}
            <span>{words}</span>
        </span>
    }
    .erase()
}
