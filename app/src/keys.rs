//! The keyboard: one listener for the whole page.

use leptos::html::Dialog;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement, KeyboardEvent};

use crate::live::{Feed, Preferences, Watchlist};

/// Listens from now on. Call once, from an effect.
pub fn start(feed: Feed, preferences: Preferences, watchlist: Watchlist, keys: NodeRef<Dialog>) {
    let handle = window_event_listener(leptos::ev::keydown, move |event| {
        if !event.default_prevented() && handle_key(&event, feed, preferences, watchlist, keys) {
            event.prevent_default();
        }
    });
    on_cleanup(move || handle.remove());
}

/// Opens the list of keys.
pub fn show(keys: NodeRef<Dialog>) {
    if let Some(dialog) = keys.get_untracked()
        && !dialog.open()
    {
        // Fails only for a dialog that is already open or no longer in the page.
        let _ = dialog.show_modal();
    }
}

fn handle_key(
    event: &KeyboardEvent,
    feed: Feed,
    preferences: Preferences,
    watchlist: Watchlist,
    keys: NodeRef<Dialog>,
) -> bool {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return false;
    }
    if keys.get_untracked().is_some_and(|dialog| dialog.open()) {
        return false;
    }
    let key = event.key();
    let focused = focused();
    if focused.as_ref().is_some_and(is_writing) {
        return match key.as_str() {
            "ArrowDown" => move_row(1),
            _ => false,
        };
    }
    match key.as_str() {
        "p" => feed.paused.update(|paused| *paused = !*paused),
        "t" => preferences.theme.update(|theme| *theme = theme.next()),
        "?" => show(keys),
        "/" => return focus_filter(),
        "w" => return watch_row(focused.as_ref(), watchlist),
        "j" => return move_row(1),
        "k" => return move_row(-1),
        "ArrowDown" if moves_rows(focused.as_ref()) => return move_row(1),
        "ArrowUp" if moves_rows(focused.as_ref()) => return move_row(-1),
        "Escape" => return close_popover(),
        _ => return false,
    }
    true
}

fn focused() -> Option<HtmlElement> {
    document().active_element()?.dyn_into().ok()
}

fn is_writing(element: &HtmlElement) -> bool {
    matches!(element.tag_name().as_str(), "INPUT" | "SELECT" | "TEXTAREA")
        && element
            .dyn_ref::<HtmlInputElement>()
            .is_none_or(|input| input.type_() != "radio")
}

/// The arrows keep their meaning (scrolling, choosing) unless nothing or a row has the focus.
fn moves_rows(focused: Option<&HtmlElement>) -> bool {
    focused.is_none_or(|element| {
        element.tag_name() == "BODY" || element.has_attribute("data-row-link")
    })
}

fn move_row(step: i32) -> bool {
    let Ok(rows) = document().query_selector_all("[data-row-link]") else {
        return false;
    };
    let focused = focused();
    let rows: Vec<HtmlElement> = (0..rows.length())
        .filter_map(|index| rows.get(index)?.dyn_into().ok())
        .collect();
    let current = rows.iter().position(|row| Some(row) == focused.as_ref());
    let next = match (current, step) {
        (None, _) => rows.first(),
        (Some(index), 1) => rows.get(index + 1),
        (Some(index), _) => index.checked_sub(1).and_then(|index| rows.get(index)),
    };
    if let Some(row) = next {
        // Fails never for an element of the page.
        let _ = row.focus();
    }
    !rows.is_empty()
}

/// Watches the token of the row in which the focus is, or no longer.
fn watch_row(focused: Option<&HtmlElement>, watchlist: Watchlist) -> bool {
    let row = focused.and_then(|element| element.closest("tr[data-token]").ok().flatten());
    let id = row.and_then(|row| row.get_attribute("data-token"));
    if let Some(id) = &id {
        watchlist.toggle(id);
    }
    id.is_some()
}

fn focus_filter() -> bool {
    let field = document()
        .query_selector("input[type=search]")
        .ok()
        .flatten()
        .and_then(|field| field.dyn_into::<HtmlInputElement>().ok());
    if let Some(field) = &field {
        let _ = field.focus();
        field.select();
    }
    field.is_some()
}

fn close_popover() -> bool {
    let open = document()
        .query_selector("details.popover[open]")
        .ok()
        .flatten();
    if let Some(details) = &open {
        let _ = details.remove_attribute("open");
        if let Ok(Some(summary)) = details.query_selector("summary")
            && let Ok(summary) = summary.dyn_into::<HtmlElement>()
        {
            let _ = summary.focus();
        }
    }
    open.is_some()
}
