//! Why this price: the wide strip, and how each quote currency was converted to US dollars.

use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::prelude::*;
use parallax::index::{ConversionLeg, IndexPrice};
use parallax::token::Symbol;

use super::viewpoints::WideStrip;
use crate::components::carried;
use crate::dynamic::{memo, part, text};
use crate::erase::Erase;
use crate::format::{self, tidy};
use crate::live::TokenCells;
use crate::steps::later;
use crate::strip::in_words;
use crate::wording;

/// One way to US dollars and the exchanges that take it; without a leg they quote in US dollars.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Way {
    quote: Symbol,
    leg: Option<ConversionLeg>,
    venues: Vec<String>,
}

/// The explanation in one panel.
#[component]
pub fn Why(
    /// The token's live cells.
    cells: TokenCells,
    /// Its live explanation.
    index: RwSignal<Arc<IndexPrice>>,
) -> impl IntoView {
    let ways = memo(move || ways(&index.read()));
    view! {
        <section class="panel" id="why" aria-labelledby="why-title">
            <div class="panel-head">
                <h2 id="why-title">"Why this price"</h2>
                <p class="page-sub">
                    {text(move || format!("{}. ", in_words(&cells.viewpoints.read())))}
                    <a href="#method" rel="external">
                        {text(move || format!("Method v{}", index.read().method))}
                    </a>
                </p>
            </div>
            {later(move || view! { <div class="contents"><WideStrip cells index /></div> })}
            <h3 class="sub-title">"Conversion to US dollars"</h3>
            <ul class="legs">{part(move || ways.get().into_iter().map(told).collect_view())}</ul>
        </section>
    }
    .erase()
}

/// The ways that markets in the price took, those quoted in US dollars first.
fn ways(index: &IndexPrice) -> Vec<Way> {
    let mut found: BTreeMap<(bool, String, bool), Way> = BTreeMap::new();
    for constituent in &index.constituents {
        if constituent.excluded.is_some() {
            continue;
        }
        let leg = constituent.conversion.as_ref();
        let key = match leg {
            Some(leg) => (true, leg.through.to_string(), leg.inverted),
            None => (false, String::new(), false),
        };
        let way = found.entry(key).or_insert_with(|| Way {
            quote: constituent.quote_code.clone(),
            leg: leg.cloned(),
            venues: Vec::new(),
        });
        let venue = wording::venue(&constituent.venue);
        if !way.venues.contains(&venue) {
            way.venues.push(venue);
        }
    }
    found.into_values().collect()
}

fn told(way: Way) -> AnyView {
    let venues = way.venues.join(", ");
    let Some(leg) = way.leg else {
        return view! {
            <li>
                <span class="leg">"none: quoted in USD"</span>
                <span class="leg-venues">{venues}</span>
            </li>
        }
        .erase();
    };
    let turned = if leg.inverted {
        "bid and ask turned over (1 ÷ ask, 1 ÷ bid), then "
    } else {
        ""
    };
    let title = format!(
        "{} USD, computed at {}",
        leg.rate,
        format::stamp(leg.rate_at)
    );
    let through = leg.through.to_string();
    let href = carried(format!("/tokens/{through}"));
    view! {
        <li data-through=leg.through.to_string()>
            <span class="leg" title=title>
                {format!("{turned}× {} USD per {} (", tidy(leg.rate.get(), 8), way.quote)}
                <a href=href>{through}</a>
                ")"
            </span>
            <span class="leg-venues">{venues}</span>
        </li>
    }
    .erase()
}
