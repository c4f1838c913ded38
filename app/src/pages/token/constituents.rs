//! The markets behind a price: those in it, and those left out with the rule that did it.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::components::A;
use parallax::amount::Price;
use parallax::index::{Constituent, ConversionLeg, IndexPrice};
use parallax::venue::VenueId;

use crate::components::AgeOf;
use crate::dynamic::{flag, memo, part};
use crate::erase::Erase;
use crate::format::{self, tidy};
use crate::wording;

/// A constituent's row in the page's address.
pub(super) fn anchor(constituent: &Constituent) -> String {
    let market: String = constituent
        .market
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    format!("c-{}-{market}", constituent.venue)
}

type Key = (VenueId, String);

fn keys(index: &IndexPrice, excluded: bool) -> Vec<Key> {
    index
        .constituents
        .iter()
        .filter(|constituent| constituent.excluded.is_some() == excluded)
        .map(|constituent| (constituent.venue.clone(), constituent.market.clone()))
        .collect()
}

fn find(index: RwSignal<Arc<IndexPrice>>, key: Key) -> Memo<Option<Constituent>> {
    memo(move || {
        let index = index.read();
        let found = index
            .constituents
            .iter()
            .find(|constituent| constituent.venue == key.0 && constituent.market == key.1);
        found.cloned()
    })
}

/// What a cell shows of its constituent, as text.
fn text(
    row: Memo<Option<Constituent>>,
    show: fn(&Constituent) -> Option<String>,
) -> impl Fn() -> Option<String> + Clone + Send + Sync + 'static {
    move || row.read().as_ref().and_then(show)
}

fn all_digits(price: Price) -> String {
    format::full(price.get())
}

/// The markets in the price.
#[component]
pub fn Included(
    /// Its live explanation.
    index: RwSignal<Arc<IndexPrice>>,
) -> impl IntoView {
    let rows = memo(move || keys(&index.read(), false));
    view! {
        <p class="empty-line" hidden=flag(move || !rows.read().is_empty())>
            "No market is in the price now."
        </p>
        <div class="table-scroll" hidden=flag(move || rows.read().is_empty())>
            <table class="data-table stack-table" role="table" data-group="included">
                <caption class="sr-only">
                    "Markets in the price, by weight. Bid and ask as received, in each market's own quote currency."
                </caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th scope="col" role="columnheader">"Exchange"</th>
                        <th scope="col" role="columnheader">"Pair"</th>
                        <th scope="col" role="columnheader" class="number">"Bid"</th>
                        <th scope="col" role="columnheader" class="number">"Ask"</th>
                        <th scope="col" role="columnheader">"Conversion"</th>
                        <th scope="col" role="columnheader" class="number">"Mid in USD"</th>
                        <th scope="col" role="columnheader" class="number">"Offset"</th>
                        <th scope="col" role="columnheader" class="number">"Weight"</th>
                        <th scope="col" role="columnheader" class="number">"Age"</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    <For each=move || rows.get() key=Clone::clone let(key)>
                        {included_row(find(index, key))}
                    </For>
                </tbody>
            </table>
        </div>
    }
    .erase()
}

fn included_row(row: Memo<Option<Constituent>>) -> impl IntoView {
    let mid = text(row, |c| {
        c.mid_usd.map(|mid| format!("${}", tidy(mid.get(), 10)))
    });
    let full_mid = text(row, |c| {
        c.mid_usd.map(|mid| format!("${}", all_digits(mid)))
    });
    view! {
        <tr role="row" id=text(row, |c| Some(anchor(c))) data-venue=text(row, |c| Some(c.venue.to_string())) data-spot=text(row, |c| c.spot.map(|_| String::new()))>
            {who(row)}
            {quoted(row)}
            <td role="cell" data-label="Conversion">
                {part(move || conversion(row.read().as_ref().and_then(|c| c.conversion.clone())))}
            </td>
            <td role="cell" data-label="Mid in USD" class="number" title=full_mid>
                {mid}
            </td>
            <td role="cell" data-label="Offset" class="number">
                {text(row, |c| c.offset_bp.map(format::basis_points))}
            </td>
            <td
                role="cell"
                data-label="Weight"
                class="number"
                title=text(row, |c| c.weight.map(|weight| weight.normalize().to_string()))
            >
                {text(row, |c| c.weight.map(format::share))}
            </td>
            {age(row)}
        </tr>
    }
    .erase()
}

/// The markets left out.
#[component]
pub fn Excluded(
    /// Its live explanation.
    index: RwSignal<Arc<IndexPrice>>,
) -> impl IntoView {
    let rows = memo(move || keys(&index.read(), true));
    view! {
        <p class="empty-line" hidden=flag(move || !rows.read().is_empty())>
            "No market is left out."
        </p>
        <div class="table-scroll" hidden=flag(move || rows.read().is_empty())>
            <table class="data-table stack-table" role="table" data-group="excluded">
                <caption class="sr-only">
                    "Markets left out of the price, each with the rule, what was found and what is allowed."
                </caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th scope="col" role="columnheader">"Exchange"</th>
                        <th scope="col" role="columnheader">"Pair"</th>
                        <th scope="col" role="columnheader" class="number">"Bid"</th>
                        <th scope="col" role="columnheader" class="number">"Ask"</th>
                        <th scope="col" role="columnheader">"Rule"</th>
                        <th scope="col" role="columnheader">"Found"</th>
                        <th scope="col" role="columnheader">"Allowed"</th>
                        <th scope="col" role="columnheader" class="number">"Age"</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    <For each=move || rows.get() key=Clone::clone let(key)>
                        {excluded_row(find(index, key))}
                    </For>
                </tbody>
            </table>
        </div>
    }
    .erase()
}

fn excluded_row(row: Memo<Option<Constituent>>) -> impl IntoView {
    view! {
        <tr
            role="row"
            id=text(row, |c| Some(anchor(c)))
            data-venue=text(row, |c| Some(c.venue.to_string()))
            data-rule=text(row, |c| c.excluded.as_ref().map(|e| e.rule.as_str().to_owned()))
        >
            {who(row)}
            {quoted(row)}
            <td role="cell" data-label="Rule">
                <span title=text(row, |c| {
                    c.excluded.as_ref().map(|e| wording::rule_meaning(e.rule).to_owned())
                })>
                    {text(row, |c| c.excluded.as_ref().map(|e| wording::rule(e.rule).to_owned()))}
                </span>
            </td>
            <td role="cell" data-label="Found">
                {text(row, |c| c.excluded.as_ref().map(|e| e.found.clone()))}
            </td>
            <td role="cell" data-label="Allowed">
                {text(row, |c| c.excluded.as_ref().map(|e| e.allowed.clone()))}
            </td>
            {age(row)}
        </tr>
    }
    .erase()
}

/// Exchange and pair.
fn who(row: Memo<Option<Constituent>>) -> impl IntoView {
    let markets = text(row, |c| Some(format!("/markets?exchange={}", c.venue)));
    view! {
        <th scope="row" role="rowheader" data-label="Exchange">
            <a href=markets>{text(row, |c| Some(wording::venue(&c.venue)))}</a>
        </th>
        <td role="cell" data-label="Pair" title=text(row, |c| Some(c.market.clone()))>
            {text(row, |c| Some(format!("{}/{}", c.base_code, c.quote_code)))}
        </td>
    }
    .erase()
}

/// Bid and ask as received, their sizes on hover; or the one price that a chain has.
fn quoted(row: Memo<Option<Constituent>>) -> impl IntoView {
    view! {
        <td
            role="cell"
            data-label="Bid"
            class="number"
            title=text(row, |c| match c.bid_size {
                Some(size) => Some(format!("{size} {} at the bid", c.base_code)),
                None => c.spot.map(|spot| format!("{}: a chain has one price, no bid and no ask", all_digits(spot))),
            })
        >
            {text(row, |c| match c.bid {
                Some(bid) => Some(all_digits(bid)),
                // Worked out from other prices, with more digits than say anything.
                None => c.spot.map(|spot| tidy(spot.get(), 10)),
            })}
        </td>
        <td
            role="cell"
            data-label="Ask"
            class="number"
            title=text(row, |c| c.ask_size.map(|size| format!("{size} {} at the ask", c.base_code)))
        >
            {text(row, |c| match c.ask {
                Some(ask) => Some(all_digits(ask)),
                None => c.spot.map(|_| "on-chain price".to_owned()),
            })}
            {part(move || row.read().as_ref().and_then(block))}
        </td>
    }
    .erase()
}

/// When a chain's price was true.
fn block(constituent: &Constituent) -> Option<AnyView> {
    let at = constituent
        .observed_at
        .filter(|_| constituent.spot.is_some())?;
    let words = format!("block time {} UTC", at.clock());
    Some(view! { <span class="cell-sub">{words}</span> }.erase())
}

/// Since the quote was received; since its block for a chain's price.
fn age(row: Memo<Option<Constituent>>) -> impl IntoView {
    let at = Signal::derive(move || {
        let row = row.read();
        row.as_ref().and_then(|c| c.observed_at.or(c.received_at))
    });
    view! {
        <td role="cell" data-label="Age" class="number">
            <AgeOf at />
        </td>
    }
    .erase()
}

/// The step from the market's quote asset to USD, with a link to the price it used.
fn conversion(leg: Option<ConversionLeg>) -> AnyView {
    let Some(leg) = leg else {
        return "none: quoted in USD".erase();
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
    view! {
        <span title=title>
            {format!("{turned}× {} USD per ", tidy(leg.rate.get(), 8))}
            <A href=format!("/tokens/{}", leg.through)>{leg.through.to_string()}</A>
        </span>
    }
    .erase()
}
