//! What can be compared: one more token, or, with none chosen, a beginning.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use parallax::picture::Range;
use parallax::token::Token;

use crate::address::CompareChoice;
use crate::erase::Erase;
use crate::format;

/// The longest name in the list of choices.
const LONGEST_NAME: usize = 48;

/// A form that adds one token to the picture.
#[component]
pub fn Add(
    /// Every token that can be compared, by rank.
    tokens: Vec<Token>,
    /// What is compared now.
    choice: CompareChoice,
) -> impl IntoView {
    let options = tokens
        .into_iter()
        .filter(|token| !choice.ids.iter().any(|id| id == token.id.as_str()))
        .map(|token| {
            let name = format::isolated(&format::cut(&token.name, LONGEST_NAME));
            view! { <option value=token.id.to_string()>{format!("{name} ({})", token.symbol)}</option> }
        })
        .collect_view();
    let ids = choice.ids.join(",");
    let range = choice.range;
    let currency = choice.currency.clone();
    let navigate = use_navigate();
    let add = move |id: String| {
        let mut choice = choice.clone();
        choice.ids.push(id);
        let options = NavigateOptions {
            scroll: false,
            ..NavigateOptions::default()
        };
        navigate(&choice.address(), options);
    };
    view! {
        <form class="compare-add" method="get" action="/compare">
            {(!ids.is_empty()).then(|| view! { <input type="hidden" name="ids" value=ids /> })}
            {(range != Range::default())
                .then(|| view! { <input type="hidden" name="range" value=range.as_str() /> })}
            {currency.map(|code| view! { <input type="hidden" name="currency" value=code /> })}
            <label for="compare-add">"Add a token"</label>
            <select
                id="compare-add"
                name="add"
                class="select"
                required
                autocomplete="off"
                on:change=move |event| {
                    let id = event_target_value(&event);
                    if !id.is_empty() {
                        add(id);
                    }
                }
            >
                <option value="" selected>
                    "Choose…"
                </option>
                {options}
            </select>
            <button class="button without-js">"Add"</button>
        </form>
    }
    .erase()
}

/// What to do with an empty picture: comparisons to begin with.
#[component]
pub fn Suggestions(
    /// Every token that can be compared, by rank.
    tokens: Vec<Token>,
    /// What is compared now: nothing.
    choice: CompareChoice,
) -> impl IntoView {
    let first = |count: usize| tokens.iter().take(count).collect::<Vec<_>>();
    let kinds = [2, 3, 5].map(first);
    let links = kinds.into_iter().filter(|kind| kind.len() > 1).map(|kind| {
        let choice = CompareChoice {
            ids: kind.iter().map(|token| token.id.to_string()).collect(),
            ..choice.clone()
        };
        let names: Vec<_> = kind
            .iter()
            .map(|token| format::isolated(&format::cut(&token.name, 24)))
            .collect();
        view! {
            <a class="button" href=choice.address()>
                {names.join(", ")}
            </a>
        }
    });
    let links = links.collect_view();
    view! {
        <section class="panel" data-empty="comparison">
            <h2>"Nothing to compare yet"</h2>
            <p>"Choose up to five tokens: each becomes a line that begins at 0 %. Or begin with these:"</p>
            <p class="suggestions">{links}</p>
        </section>
    }
    .erase()
}
