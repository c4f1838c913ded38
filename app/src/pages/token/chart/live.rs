//! The way to the live chart's script: loading it, and telling its element prices. Browser only.
//!
//! The script is `frontend/chart`, served under the address that the server put into the document's head. No
//! second stream is opened: what the page hears is handed on as events of the element.

use leptos::prelude::*;
use parallax::stream::PriceSummary;
use wasm_bindgen::JsValue;

use crate::live::{Money, Nearby};

/// Loads the script once the chart is on the screen: it is large, and drawing costs. Without it the
/// pictures stay. For the calling component.
pub(in crate::pages) fn load_script() {
    let nearby = StoredValue::new_local(None);
    // Once the panel is in the document, and the browser has nothing better to do.
    leptos::leptos_dom::helpers::request_idle_callback(move || {
        let found = Nearby::watch("[data-chart]", MARGIN, |_, is_near| {
            if is_near {
                append();
            }
        });
        if found.is_none() {
            append();
        }
        // Nothing is left to observe for when the component is gone.
        nearby.try_set_value(found);
    });
}

/// The panel begins with its controls: the chart is on the screen once they are well above its lower edge.
const MARGIN: &str = "0px 0px -120px 0px";

fn append() {
    let document = document();
    let address = document
        .query_selector("meta[name='chart-script']")
        .ok()
        .flatten()
        .and_then(|meta| meta.get_attribute("content"));
    let is_there = document
        .query_selector("script[data-chart-script]")
        .is_ok_and(|script| script.is_some());
    let (Some(address), false) = (address, is_there) else {
        return;
    };
    let Ok(script) = document.create_element("script") else {
        return;
    };
    for (name, value) in [
        ("type", "module"),
        ("src", address.as_str()),
        ("data-chart-script", ""),
    ] {
        // Fails only for a name that is not allowed; these are.
        let _ = script.set_attribute(name, value);
    }
    if let Ok(Some(head)) = document.query_selector("head") {
        let _ = head.append_child(&script);
    }
}

/// What the chart is told.
#[derive(Debug, Clone, Copy)]
pub(in crate::pages::token) enum Tell<'a> {
    /// A new price of the token.
    Price(&'a PriceSummary, Money),
    /// The stream is back: something may have been missed.
    Resumed,
}

impl Tell<'_> {
    /// Tells it. Without a chart on the page, or before its script runs, nobody hears.
    pub(in crate::pages::token) fn send(self) {
        let Ok(Some(element)) = document().query_selector("parallax-chart") else {
            return;
        };
        let init = web_sys::CustomEventInit::new();
        let name = match self {
            Self::Resumed => "parallax:resume",
            Self::Price(summary, money) => {
                // As the bars, which a price set by hand leaves alone.
                let computed = summary.computed();
                let price = untrack(|| money.price(computed.price));
                let (Some(price), Some(at)) = (price, computed.as_of) else {
                    return;
                };
                let detail = js_sys::Object::new();
                let at = js_sys::Date::new(&JsValue::from_str(&at.to_string())).get_time();
                set(&detail, "price", &JsValue::from_str(&price.to_string()));
                set(&detail, "at", &JsValue::from_f64(at));
                init.set_detail(&detail);
                "parallax:price"
            }
        };
        if let Ok(event) = web_sys::CustomEvent::new_with_event_init_dict(name, &init) {
            let _ = element.dispatch_event(&event);
        }
    }
}

fn set(object: &js_sys::Object, name: &str, value: &JsValue) {
    // Fails only for an object that is frozen; this one is new.
    let _ = js_sys::Reflect::set(object, &JsValue::from_str(name), value);
}
