//! The settings: how often the page updates, the colours of up and down, light or dark.

use leptos::prelude::*;

use super::icons::{Icon, IconShape};
use crate::erase::Erase;
use crate::live::{Colours, Feed, Pace, Preferences, Theme};

/// A popover of three groups of choices. Needs JavaScript, like everything it sets.
#[component]
pub fn Settings() -> impl IntoView {
    let feed = expect_context::<Feed>();
    let preferences = expect_context::<Preferences>();
    view! {
        <details class="popover needs-js">
            <summary class="icon-button" aria-label="Settings" title="Settings">
                <Icon shape=IconShape::Settings />
            </summary>
            <div class="popover-panel">
                {choices("Update rate", "pace", &Pace::ALL, Pace::label, Pace::as_str, feed.pace)}
                {choices(
                    "Colours of change",
                    "colours",
                    &Colours::ALL,
                    Colours::label,
                    Colours::as_str,
                    preferences.colours,
                )}
                {choices(
                    "Theme",
                    "theme",
                    &Theme::ALL,
                    Theme::label,
                    Theme::as_str,
                    preferences.theme,
                )}
            </div>
        </details>
    }
    .erase()
}

fn choices<T: Copy + PartialEq + Send + Sync + 'static>(
    legend: &'static str,
    name: &'static str,
    all: &'static [T],
    label: fn(T) -> &'static str,
    value: fn(T) -> &'static str,
    chosen: RwSignal<T>,
) -> impl IntoView {
    let options = all.iter().copied().map(|choice| {
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name=name
                    value=value(choice)
                    prop:checked=move || chosen.get() == choice
                    on:change=move |_| chosen.set(choice)
                />
                <span>{label(choice)}</span>
            </label>
        }
    });
    view! {
        <fieldset class="choices">
            <legend>{legend}</legend>
            <div class="choices-row">{options.collect_view()}</div>
        </fieldset>
    }
    .erase()
}
