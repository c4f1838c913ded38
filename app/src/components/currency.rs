//! The choice of the currency in which prices are shown: a form, so that it works without JavaScript.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};

use super::carried::asked_currency;
use crate::calls::Imprint;
use crate::dynamic::{flag, memo, part, text};
use crate::erase::Erase;

/// The choice, on pages that show prices. It keeps everything else in the address.
#[component]
pub fn CurrencySwitch(
    /// What the program says about itself, with the currencies it has.
    imprint: Signal<Option<Imprint>>,
) -> impl IntoView {
    let path = use_location().pathname;
    let query = use_query_map();
    let asked = asked_currency();
    let has_prices = memo(move || {
        let path = path.read();
        matches!(path.as_str(), "/" | "/compare") || path.starts_with("/tokens/")
    });
    // Codes in the order offered, the one in the address among them even while it has no price.
    let codes = memo(move || {
        let imprint = imprint.read();
        let known = imprint.iter().flat_map(|imprint| &imprint.currencies);
        let mut codes: Vec<_> = known
            .map(|currency| (currency.code.clone(), currency.name.clone()))
            .collect();
        if codes.is_empty() {
            codes.push(("USD".to_owned(), "US dollar".to_owned()));
        }
        if let Some(asked) = asked.get().map(|code| code.to_uppercase())
            && !codes.iter().any(|(code, _)| code.to_uppercase() == asked)
        {
            codes.push((asked.clone(), asked));
        }
        codes
    });
    let kept = memo(move || {
        let query = query.read();
        let pairs = query.latest_values();
        let pairs = pairs.filter(|(name, _)| *name != "currency");
        pairs
            .map(|(name, value)| (name.to_string(), value.to_owned()))
            .collect::<Vec<_>>()
    });
    let navigate = use_navigate();
    let choose = move |code: String| {
        let mut wanted = query.read_untracked().clone();
        wanted.remove("currency");
        if code != "usd" {
            wanted.insert("currency", code);
        }
        let address = format!("{}{}", path.get_untracked(), wanted.to_query_string());
        let options = NavigateOptions {
            scroll: false,
            ..NavigateOptions::default()
        };
        navigate(&address, options);
    };
    let hidden = part(move || {
        let kept = kept.get().into_iter();
        kept.map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
            .collect_view()
    });
    let options = part(move || {
        let codes = codes.get().into_iter();
        codes
            .map(|(code, name)| {
                let value = code.to_lowercase();
                let own = value.clone();
                let chosen = move || asked.read().as_deref().unwrap_or("usd") == own;
                view! {
                    <option
                        value=value
                        title=name
                        selected=chosen.clone()()
                        prop:selected=flag(chosen)
                    >
                        {code}
                    </option>
                }
            })
            .collect_view()
    });
    view! {
        <form
            class="currency"
            method="get"
            action=text(move || path.get())
            hidden=flag(move || !has_prices.get())
        >
            {hidden}
            <label class="sr-only" for="currency">
                "Currency"
            </label>
            <select
                id="currency"
                name="currency"
                class="select"
                autocomplete="off"
                on:change=move |event| choose(event_target_value(&event))
            >
                {options}
            </select>
            <button class="button without-js">"Show"</button>
        </form>
    }
    .erase()
}
