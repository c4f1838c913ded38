//! States by shape, word and tone: ● live, ◔ thin, ◒ set by hand, ◐ aging, ○ stale, ◌ no quorum.

use leptos::prelude::*;
use parallax::index::Status;

use crate::dynamic::text;
use crate::erase::Erase;
use crate::markup;

/// A price's status.
#[component]
pub fn StatusMark(
    /// What to show.
    #[prop(into)]
    status: Signal<Status>,
) -> impl IntoView {
    view! { <span inner_html=text(move || markup::status(status.get()))></span> }.erase()
}

/// Any other state, by the same shapes.
#[component]
pub fn StateMark(
    /// Which shape: a name that `data-status` knows.
    shape_of: &'static str,
    /// The words beside it.
    words: &'static str,
) -> impl IntoView {
    view! { <span inner_html=markup::state(shape_of, words, None)></span> }.erase()
}
