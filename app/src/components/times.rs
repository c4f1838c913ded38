//! Moments: absolute in UTC from the server, relative once the page is alive.

use leptos::prelude::*;
use parallax::time::Timestamp;

use crate::dynamic::maybe;
use crate::erase::Erase;
use crate::format;
use crate::live::Feed;

/// How long ago something was, with the moment itself on hover. Until the page is alive, the time of
/// day in UTC.
#[component]
pub fn AgeOf(
    /// When it was; nothing is shown for `None`.
    #[prop(into)]
    at: Signal<Option<Timestamp>>,
) -> impl IntoView {
    let feed = expect_context::<Feed>();
    let text = maybe(move || {
        at.get().map(|at| match feed.clock.get() {
            Some(now) => format::age(now.since(at)),
            None => at.clock(),
        })
    });
    view! {
        <time
            datetime=maybe(move || at.get().map(|at| at.to_string()))
            title=maybe(move || at.get().map(format::stamp))
        >
            {text}
        </time>
    }
    .erase()
}

/// A moment, absolute in UTC, with the date on hover.
#[component]
pub fn Stamp(
    /// When it was.
    at: Timestamp,
) -> impl IntoView {
    view! {
        <time datetime=at.to_string() title=format::stamp(at)>
            {format!("{} UTC", at.clock())}
        </time>
    }
    .erase()
}
