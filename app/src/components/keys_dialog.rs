//! The dialog that lists the keys.

use leptos::html::Dialog;
use leptos::prelude::*;

use crate::erase::Erase;

const KEYS: [(&str, &str); 9] = [
    ("?", "Show this list"),
    ("/", "Search the tokens"),
    ("↓ or j", "Next row"),
    ("↑ or k", "Previous row"),
    ("Enter", "Open the row"),
    ("w", "Watch the row, or no longer"),
    ("p", "Pause or resume live updates"),
    ("t", "Change the theme"),
    ("Esc", "Close this list, or clear the search"),
];

/// The list of keys, opened by `?` or by its button.
#[component]
pub fn KeysDialog(
    /// Where the opener finds it.
    node: NodeRef<Dialog>,
) -> impl IntoView {
    let rows = KEYS.map(|(key, meaning)| {
        view! {
            <div class="key-row">
                <dt>
                    <kbd>{key}</kbd>
                </dt>
                <dd>{meaning}</dd>
            </div>
        }
    });
    view! {
        <dialog class="dialog" node_ref=node aria-labelledby="keys-title">
            <h2 id="keys-title">"Keys"</h2>
            <dl>{rows.into_iter().collect_view()}</dl>
            <form method="dialog">
                <button class="button">"Close"</button>
            </form>
        </dialog>
    }
    .erase()
}
