//! A button that copies a text. Only shown where scripts run; the text itself is always on the page.

use std::time::Duration;

use js_sys::futures::JsFuture;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::icons::{Icon, IconShape};
use crate::dynamic;
use crate::erase::Erase;

/// How long the button says what became of it.
const SAID_FOR: Duration = Duration::from_secs(3);

/// The button.
#[component]
pub fn CopyButton(
    /// What is copied.
    text: String,
    /// What the button is called.
    name: String,
) -> impl IntoView {
    let has_copied = RwSignal::new(None);
    let copied = text;
    let copy = move |_| {
        let copied = copied.clone();
        leptos::task::spawn_local(async move {
            let outcome = write(&copied).await;
            // The page may be gone by now.
            let _ = has_copied.try_set(Some(outcome));
            set_timeout(
                move || {
                    let _ = has_copied.try_set(None);
                },
                SAID_FOR,
            );
        });
    };
    let shape = Signal::derive(move || match has_copied.get() {
        Some(true) => IconShape::Done,
        _ => IconShape::Copy,
    });
    let said = move || match has_copied.get() {
        Some(true) => "Copied",
        Some(false) => "Not allowed here: mark the text and copy it",
        None => "",
    };
    view! {
        <span class="copy">
            <button
                type="button"
                class="icon-button copy-button needs-js"
                aria-label=name.clone()
                title=name
                on:click=copy
            >
                <Icon shape />
            </button>
            <span class="copy-said" role="status">
                {dynamic::text(said)}
            </span>
        </span>
    }
    .erase()
}

/// Whether the clipboard took the text. Browsers have one only on pages served over TLS or from this
/// machine, and may ask the reader.
async fn write(text: &str) -> bool {
    let navigator = window().navigator();
    let has_clipboard = js_sys::Reflect::get(&navigator, &JsValue::from_str("clipboard"))
        .is_ok_and(|clipboard| clipboard.is_object());
    has_clipboard
        && JsFuture::from(navigator.clipboard().write_text(text))
            .await
            .is_ok()
}
