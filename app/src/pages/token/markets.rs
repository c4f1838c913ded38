//! The markets behind a price in one table: those in it, and those left out with the rule that did it.

use std::sync::Arc;

use leptos::prelude::*;
use parallax::Decimal;
use parallax::amount::Price;
use parallax::index::{Constituent, IndexPrice};
use parallax::table::Order;
use parallax::venue::VenueId;

use super::links::Links;
use super::sort::{MarketSort, ordered, spread_bp};
use crate::components::{AgeOf, carried};
use crate::dynamic::{Dynamic, flag, maybe, memo, part, text};
use crate::erase::Erase;
use crate::format::{self, compact, tidy};
use crate::live::Money;
use crate::steps::later;
use crate::wording;

/// A market's row in the page's address.
pub(super) fn anchor(constituent: &Constituent) -> String {
    let market: String = constituent
        .market
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    format!("c-{}-{market}", constituent.venue)
}

type Key = (VenueId, String);

fn key(constituent: &Constituent) -> Key {
    (constituent.venue.clone(), constituent.market.clone())
}

/// A row's constituent as it is now.
type Row = Memo<Option<Constituent>>;

fn find(index: RwSignal<Arc<IndexPrice>>, wanted: Key) -> Row {
    memo(move || {
        let index = index.read();
        let mut all = index.constituents.iter();
        let found = all.find(|c| c.venue == wanted.0 && c.market == wanted.1);
        found.cloned()
    })
}

/// What a cell shows of its constituent.
fn say(row: Row, of: fn(&Constituent) -> Option<String>) -> Dynamic<Option<String>> {
    maybe(move || row.read().as_ref().and_then(of))
}

fn all_digits(price: Price) -> String {
    format::full(price.get())
}

/// The columns: what orders the rows, the words, and whether numbers are in it.
const COLUMNS: [(Option<MarketSort>, &str, bool); 10] = [
    (Some(MarketSort::Exchange), "Exchange", false),
    (Some(MarketSort::Bid), "Bid", true),
    (Some(MarketSort::Ask), "Ask", true),
    (Some(MarketSort::Spread), "Spread", true),
    (Some(MarketSort::Mid), "Mid in ", true),
    (Some(MarketSort::Volume), "Volume 24 h", true),
    // By share is by volume.
    (None, "Share", true),
    (Some(MarketSort::Weight), "Weight", true),
    (Some(MarketSort::Age), "Age", true),
    (Some(MarketSort::Status), "Status", false),
];

/// Every market of the token.
#[component]
pub fn Markets(
    /// Its live explanation.
    index: RwSignal<Arc<IndexPrice>>,
    /// The page's links.
    links: Links,
) -> impl IntoView {
    let order = links.say(|query| (query.sort, query.order()));
    let members = memo(move || {
        let index = index.read();
        let mut keys: Vec<Key> = index.constituents.iter().map(key).collect();
        keys.sort();
        keys
    });
    // The order is made anew when the reader asks for another, and when a market comes or goes: rows that
    // moved by themselves could not be read.
    let rows = memo(move || {
        let is_empty = members.read().is_empty();
        let (sort, order) = order.get();
        let index = index.get_untracked();
        let rows = ordered(&index, sort, order).into_iter().map(key);
        if is_empty { Vec::new() } else { rows.collect() }
    });
    let summary = text(move || {
        let index = index.read();
        let all = index.constituents.len();
        let used = index.constituents.iter().filter(|c| c.excluded.is_none());
        format!("{} of {all} in the price", used.count())
    });
    view! {
        <section class="panel" id="markets" aria-labelledby="markets-title">
            <div class="panel-head">
                <h2 id="markets-title">"Markets"</h2>
                <p class="page-sub">{summary}</p>
            </div>
            <p class="empty-line" hidden=flag(move || !rows.read().is_empty())>
                "No exchange lists this token. It appears here as soon as one does."
            </p>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Markets" hidden=flag(move || rows.read().is_empty())>
                <table class="data-table stack-table markets-table" role="table" data-group="markets">
                    <caption class="sr-only">
                        "Markets of the token. Bid and ask as received, in each market's own quote currency. \
                        For each market left out of the price: the rule, what was found and what is allowed."
                    </caption>
                    {later(move || {
                        let headings = COLUMNS
                            .map(|(sort, name, is_number)| heading(links, sort, name, is_number));
                        view! {
                            <thead role="rowgroup">
                                <tr role="row">{headings.into_iter().collect_view()}</tr>
                            </thead>
                        }
                    })}
                    {later(move || {
                        view! {
                            <tbody role="rowgroup">
                                <For each=move || rows.get() key=Clone::clone let(key)>
                                    {market(find(index, key), index)}
                                </For>
                            </tbody>
                        }
                    })}
                </table>
            </div>
        </section>
    }
    .erase()
}

fn heading(links: Links, sort: Option<MarketSort>, name: &'static str, is_number: bool) -> AnyView {
    let money = Money::here();
    let words = text(move || {
        if name.ends_with(' ') {
            format!("{name}{}", money.currency().read().code)
        } else {
            name.to_owned()
        }
    });
    let class = if is_number { "number" } else { "" };
    let Some(sort) = sort else {
        return view! {
            <th scope="col" role="columnheader" class=class>
                {words}
            </th>
        }
        .erase();
    };
    let query = links.query();
    let order = memo(move || {
        let query = query.read();
        (query.sort == sort).then(|| query.order())
    });
    let aria = maybe(move || {
        order.get().map(|order| match order {
            Order::Ascending => "ascending",
            Order::Descending => "descending",
        })
    });
    let mark = text(move || match order.get() {
        Some(Order::Ascending) => "▲",
        Some(Order::Descending) => "▼",
        None => "",
    });
    view! {
        <th scope="col" role="columnheader" class=class aria-sort=aria>
            <a
                class="sort-link"
                data-noscroll=""
                data-sort=sort.as_str()
                href=links.to("markets", move |query| query.sorted_by(sort))
            >
                {words}
                <span class="sort-mark" aria-hidden="true">
                    {mark}
                </span>
            </a>
        </th>
    }
    .erase()
}

fn market(row: Row, index: RwSignal<Arc<IndexPrice>>) -> AnyView {
    let share = memo(move || {
        let total = index.read().volume_24h_usd?.get();
        let volume = row.read().as_ref()?.volume_24h_usd?.get();
        volume.checked_div(total)
    });
    view! {
        <tr
            role="row"
            id=say(row, |c| Some(anchor(c)))
            data-venue=say(row, |c| Some(c.venue.to_string()))
            data-spot=say(row, |c| c.spot.map(|_| String::new()))
            data-included=say(row, |c| c.excluded.is_none().then(String::new))
            data-rule=say(row, |c| c.excluded.as_ref().map(|e| e.rule.as_str().to_owned()))
        >
            {who(row)}
            {quoted(row)}
            <td role="cell" data-label="Spread" class="number">
                {say(row, |c| spread_bp(c).map(|spread| format!("{}\u{a0}bp", places(spread))))}
            </td>
            {mid(row)}
            {volume(row)}
            <td role="cell" data-label="Share" class="number">
                {maybe(move || share.get().map(format::share))}
            </td>
            <td
                role="cell"
                data-label="Weight"
                class="number"
                title=say(row, |c| c.weight.map(|weight| weight.normalize().to_string()))
            >
                {say(row, |c| c.weight.map(format::share))}
            </td>
            {age(row)}
            {status(row)}
        </tr>
    }
    .erase()
}

/// Two places for a spread that people compare, fewer for one that is only wide.
fn places(spread_bp: Decimal) -> String {
    let shown = if spread_bp < Decimal::ONE_HUNDRED {
        2
    } else {
        0
    };
    format::full(spread_bp.round_dp(shown))
}

/// Exchange and pair.
fn who(row: Row) -> impl IntoView {
    let id = row.with_untracked(|row| row.as_ref().map(|c| c.venue.to_string()));
    let markets = carried(format!("/markets?exchange={}", id.unwrap_or_default()));
    view! {
        <th scope="row" role="rowheader" data-label="Exchange">
            <a href=markets>{say(row, |c| Some(wording::venue(&c.venue)))}</a>
            <span class="cell-sub" title=say(row, |c| Some(c.market.clone()))>
                {say(row, |c| Some(format!("{}/{}", c.base_code, c.quote_code)))}
            </span>
        </th>
    }
    .erase()
}

/// Bid and ask as received, their sizes on hover; or the one price that a chain has.
fn quoted(row: Row) -> impl IntoView {
    view! {
        <td
            role="cell"
            data-label="Bid"
            class="number"
            title=say(row, |c| match c.bid_size {
                Some(size) => Some(format!("{size} {} at the bid", c.base_code)),
                None => c.spot.map(|spot| format!("{}: a chain has one price, no bid and no ask", all_digits(spot))),
            })
        >
            {say(row, |c| match c.bid {
                Some(bid) => Some(all_digits(bid)),
                // Worked out from other prices, with more digits than say anything.
                None => c.spot.map(|spot| tidy(spot.get(), 10)),
            })}
        </td>
        <td
            role="cell"
            data-label="Ask"
            class="number"
            title=say(row, |c| c.ask_size.map(|size| format!("{size} {} at the ask", c.base_code)))
        >
            {say(row, |c| match c.ask {
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

/// The mid in the page's currency, and its distance from the price.
fn mid(row: Row) -> impl IntoView {
    let money = Money::here();
    let mid = memo(move || {
        let usd = row.read().as_ref().and_then(|c| c.mid_usd);
        money.price(usd)
    });
    let offset = memo(move || row.read().as_ref().and_then(|c| c.offset_bp));
    let write = move |digits: fn(Decimal) -> String| {
        let mid = mid.get();
        mid.map(|mid| money.unit().write(&digits(mid.get())))
    };
    view! {
        <td role="cell" data-label="Mid" class="number" title=maybe(move || write(format::full))>
            {maybe(move || write(|mid| tidy(mid, 10)))}
            <span class="cell-sub">{maybe(move || offset.get().map(format::basis_points))}</span>
        </td>
    }
    .erase()
}

fn volume(row: Row) -> impl IntoView {
    let money = Money::here();
    let volume = memo(move || {
        let usd = row.read().as_ref().and_then(|c| c.volume_24h_usd)?;
        money.amount(usd.get())
    });
    let write = move |digits: fn(Decimal) -> String| {
        let volume = volume.get();
        volume.map(|volume| money.unit().write(&digits(volume)))
    };
    view! {
        <td role="cell" data-label="Volume 24 h" class="number" title=maybe(move || write(format::full))>
            {maybe(move || write(compact))}
        </td>
    }
    .erase()
}

/// Since the quote was received; since its block for a chain's price.
fn age(row: Row) -> impl IntoView {
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

/// In the price, or the rule that left it out with what was found and what is allowed.
fn status(row: Row) -> impl IntoView {
    let word = say(row, |c| {
        let rule = c.excluded.as_ref().map(|excluded| excluded.rule);
        Some(rule.map_or("in the price", wording::rule).to_owned())
    });
    let meaning = say(row, |c| {
        let rule = c.excluded.as_ref().map(|excluded| excluded.rule);
        rule.map(|rule| wording::rule_meaning(rule).to_owned())
    });
    let why = part(move || {
        let row = row.read();
        let excluded = row.as_ref()?.excluded.as_ref()?;
        let (found, allowed) = (excluded.found.clone(), excluded.allowed.clone());
        Some(
            view! {
                <span class="cell-sub">
                    <span data-part="found">{found}</span>
                    ", "
                    <span data-part="allowed">{allowed}</span>
                </span>
            }
            .erase(),
        )
    });
    view! {
        <td role="cell" data-label="Status">
            <span class="market-state" title=meaning>
                {word}
            </span>
            {why}
        </td>
    }
    .erase()
}
