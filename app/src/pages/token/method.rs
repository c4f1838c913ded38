//! The method in short, on the page whose numbers it explains.

use std::sync::Arc;

use leptos::prelude::*;
use parallax::index::IndexPrice;

use crate::dynamic::text;
use crate::erase::Erase;
use crate::wording::{RULES, rule, rule_meaning};

/// What the price is, step by step, and every rule that can leave a market out.
#[component]
pub fn Method(
    /// Its live explanation.
    index: RwSignal<Arc<IndexPrice>>,
) -> impl IntoView {
    let rules = RULES.map(|known| {
        view! {
            <div>
                <dt>{rule(known)}</dt>
                <dd>{rule_meaning(known)}</dd>
            </div>
        }
    });
    view! {
        <section class="panel" id="method" aria-labelledby="method-title">
            <h2 id="method-title">{text(move || format!("Method v{}", index.read().method))}</h2>
            <ol class="steps">
                <li>
                    "The mid of each fresh quote is (bid + ask) / 2. A chain has one price, without bid and "
                    "ask: it counts as it is, and its age from its block's time."
                </li>
                <li>
                    "It is converted to US dollars at the live price of its quote currency. "
                    "A stablecoin is never assumed to be worth 1."
                </li>
                <li>
                    "Each market weighs by its volume of 24 hours, less the older its quote; "
                    "no exchange can outweigh the others."
                </li>
                <li>"Quotes that a rule names are left out, with what was found and what is allowed."</li>
                <li>
                    "The price is the weighted median of what remains. The confidence is the larger half "
                    "of the band that holds the middle half of the weight."
                </li>
            </ol>
            <details class="disclosure">
                <summary>"The rules that leave a quote out"</summary>
                <dl class="rules">{rules.into_iter().collect_view()}</dl>
            </details>
        </section>
    }
    .erase()
}
