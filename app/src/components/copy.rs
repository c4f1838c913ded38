//! A button that copies a text. Only shown where scripts run; the text itself is always on the page.

use std::time::Duration;

use leptos::prelude::*;

use super::icons::{Icon, IconShape};
use crate::dynamic::text;
use crate::erase::Erase;

/// How long the button says that it has copied.
const SAID_FOR: Duration = Duration::from_secs(2);

/// The button.
#[component]
pub fn CopyButton(
    /// What is copied.
    text: String,
    /// What the button is called.
    name: String,
) -> impl IntoView {
    let has_copied = RwSignal::new(false);
    let copy = move |_| {
        // Not granted where the page is not served securely: then the text can still be marked by hand.
        let _ = window().navigator().clipboard().write_text(&text);
        has_copied.set(true);
        set_timeout(
            move || {
                let _ = has_copied.try_set(false);
            },
            SAID_FOR,
        );
    };
    let shape = Signal::derive(move || {
        if has_copied.get() {
            IconShape::Done
        } else {
            IconShape::Copy
        }
    });
    view! {
        <button type="button" class="icon-button copy-button needs-js" aria-label=name.clone() title=name on:click=copy>
            <Icon shape />
            <span class="sr-only" role="status">
                {text_of(has_copied)}
            </span>
        </button>
    }
    .erase()
}

fn text_of(has_copied: RwSignal<bool>) -> crate::dynamic::Dynamic<String> {
    text(move || if has_copied.get() { "Copied" } else { "" })
}
