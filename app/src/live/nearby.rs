//! Which elements are on the screen or close to it. What nobody sees needs no update and no script: on a phone
//! each costs.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit};

/// Tells which elements come near and go away, until it is dropped. Browser only.
#[derive(Debug)]
pub struct Nearby {
    observer: IntersectionObserver,
    _callback: Closure<dyn FnMut(js_sys::Array)>,
}

impl Nearby {
    /// Calls `on` for every element that `selector` finds now, and again whenever one comes near or goes away.
    /// `margin` is added around the screen, as in CSS. `None` in a browser without such observers.
    pub fn watch(
        selector: &str,
        margin: &str,
        on: impl Fn(&Element, bool) + 'static,
    ) -> Option<Self> {
        let callback: Closure<dyn FnMut(js_sys::Array)> =
            Closure::new(move |entries: js_sys::Array| {
                for entry in entries.iter().filter_map(|entry| entry.dyn_into().ok()) {
                    let entry: IntersectionObserverEntry = entry;
                    on(&entry.target(), entry.is_intersecting());
                }
            });
        let options = IntersectionObserverInit::new();
        options.set_root_margin(margin);
        let function = callback.as_ref().unchecked_ref();
        let observer = IntersectionObserver::new_with_options(function, &options).ok()?;
        let found = document().query_selector_all(selector).ok()?;
        let found = (0..found.length()).filter_map(|place| found.get(place));
        for element in found.filter_map(|element| element.dyn_into::<Element>().ok()) {
            observer.observe(&element);
        }
        Some(Self {
            observer,
            _callback: callback,
        })
    }
}

impl Drop for Nearby {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
