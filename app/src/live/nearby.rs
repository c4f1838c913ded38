//! Which rows of a table are on the screen or close to it. The others need no update until they are: most
//! rows of a long table are never seen, and on a phone each update costs.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit};

use super::LivePrices;

/// How far beyond the screen a row counts as near.
const MARGIN: &str = "300px 0px";

type Callback = Closure<dyn FnMut(js_sys::Array)>;

/// Tells the rows of `prices` whether they are near, from now on and for the calling component. A row is
/// the element with its token in `data-token`. Without such an observer in the browser, all stay near.
pub fn watch_rows(prices: LivePrices) {
    Effect::new(move |_| {
        prices.tokens.track();
        // Once the rows of this change are in the document.
        let observer = StoredValue::new_local(None);
        set_timeout(
            move || {
                // Nothing is left to observe for when the component is gone.
                observer.try_set_value(observe(prices));
            },
            Duration::ZERO,
        );
        on_cleanup(move || {
            observer.try_update_value(|observer: &mut Option<Observer>| observer.take());
        });
    });
}

/// Ends observing when it is dropped.
struct Observer {
    observer: IntersectionObserver,
    _callback: Callback,
}

impl Drop for Observer {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

fn observe(prices: LivePrices) -> Option<Observer> {
    let callback: Callback = Closure::new(move |entries: js_sys::Array| {
        for entry in entries.iter().filter_map(|entry| entry.dyn_into().ok()) {
            let entry: IntersectionObserverEntry = entry;
            let token = entry.target().get_attribute("data-token");
            let cells = token.and_then(|token| prices.cells(&token.parse().ok()?));
            if let Some(cells) = cells {
                cells.set_near(entry.is_intersecting());
            }
        }
    });
    let options = IntersectionObserverInit::new();
    options.set_root_margin(MARGIN);
    let observer =
        IntersectionObserver::new_with_options(callback.as_ref().unchecked_ref(), &options).ok()?;
    let rows = document().query_selector_all("tr[data-token]").ok()?;
    let rows = (0..rows.length()).filter_map(|place| rows.get(place));
    for row in rows.filter_map(|row| row.dyn_into::<Element>().ok()) {
        observer.observe(&row);
    }
    Some(Observer {
        observer,
        _callback: callback,
    })
}
