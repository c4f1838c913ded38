//! What chains say about a token besides its price, each with who says it and when.

use leptos::prelude::*;
use parallax::fact::TokenFacts;

use crate::dynamic::part;
use crate::erase::Erase;
use crate::format::{self, compact, full};
use crate::wording;

/// One list for each venue that says something; nothing where none does.
#[component]
pub fn Facts(
    /// By venue.
    facts: RwSignal<Vec<TokenFacts>>,
) -> impl IntoView {
    part(move || {
        let facts = facts.read();
        (!facts.is_empty()).then(|| {
            view! {
                <section class="panel" aria-labelledby="facts-title">
                    <h2 id="facts-title">"On chain"</h2>
                    {facts.iter().map(said).collect_view()}
                </section>
            }
            .erase()
        })
    })
}

fn said(facts: &TokenFacts) -> AnyView {
    let supply = facts.total_supply.map(|supply| {
        let doubt = (!facts.total_supply_reliable).then(|| {
            view! {
                <span class="cell-sub" data-reliable="false">
                    "unreliable: shown as reported, used for nothing"
                </span>
            }
        });
        view! {
            <div>
                <dt>"Total supply"</dt>
                <dd data-cell="supply">{full(supply.get())} {doubt}</dd>
            </div>
        }
    });
    let volume = facts.volume_usd.map(|volume| {
        view! {
            <div>
                <dt>"Volume since the beginning"</dt>
                <dd data-cell="volume-usd" title=format!("${}", full(volume.get()))>
                    {format!("${}", compact(volume.get()))}
                </dd>
            </div>
        }
    });
    let at = facts.observed_at;
    view! {
        <dl class="facts" data-facts=facts.venue.to_string()>
            <div>
                <dt>"Source"</dt>
                <dd>{wording::venue(&facts.venue)}</dd>
            </div>
            {supply}
            {volume}
            <div>
                <dt>"Read at block"</dt>
                <dd>
                    {format::count(facts.block)}
                    <time class="cell-sub" datetime=at.to_string()>
                        {format::stamp(at)}
                    </time>
                </dd>
            </div>
        </dl>
    }
    .erase()
}
