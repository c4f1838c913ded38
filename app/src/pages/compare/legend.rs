//! The table under the picture: which line is whose, its live price and its change.

use leptos::prelude::*;
use parallax::index::Status;
use parallax::stream::PriceSummary;
use parallax::view::{CompareRow, CompareView};

use crate::address::{CompareChoice, carrying};
use crate::components::{Change, Icon, IconShape, PriceFigure, StatusMark};
use crate::dynamic::{maybe, memo, part, text};
use crate::erase::Erase;
use crate::format;
use crate::live::{Feed, Money, StreamEvent, TokenCells, shown_status};
use crate::wording;

/// The rows in the order of the lines' colours.
#[component]
pub fn Legend(
    /// The comparison, read again now and then.
    shown: RwSignal<CompareView>,
    /// What was asked and found.
    choice: CompareChoice,
    /// The currency of the prices.
    money: Money,
) -> impl IntoView {
    let feed = expect_context::<Feed>();
    let rows = shown.with_untracked(|view| view.rows.clone());
    let cells: Vec<_> = rows
        .iter()
        .map(|row| (row.token.id.clone(), TokenCells::new(row.price.clone())))
        .collect();
    let held = StoredValue::new(cells.clone());
    let apply = move |price: PriceSummary| {
        money.apply(&price);
        let cells = held.with_value(|held| {
            let found = held.iter().find(|(id, _)| *id == price.token);
            found.map(|(_, cells)| *cells)
        });
        if let Some(cells) = cells {
            cells.apply(price);
        }
    };
    let mut ids = choice.ids.clone();
    ids.extend(money.token().map(|id| id.to_string()));
    feed.listen(
        format!("tokens={}", ids.join(",")),
        move |event: StreamEvent<PriceSummary>| match event {
            StreamEvent::Snapshot { prices, .. } => prices.into_iter().for_each(apply),
            StreamEvent::Price(price) => apply(price),
            StreamEvent::Connection(_)
            | StreamEvent::Catalogue
            | StreamEvent::Heartbeat { .. }
            | StreamEvent::Lost { .. } => {}
        },
    );
    let title = format!("Change {}", wording::range(choice.range));
    let rows = rows.into_iter().zip(cells).enumerate();
    let rows = rows
        .map(|(place, (line, (_, cells)))| row(place, line, cells, shown, &choice, &title))
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="compared-title">
            <h2 id="compared-title">"The tokens"</h2>
            <table class="data-table stack-table" role="table" data-group="compared">
                <caption class="sr-only">
                    {text(move || {
                        let money = wording::currency(&money.currency().read());
                        format!("The tokens of the picture with prices in {money} and changes in US dollars.")
                    })}
                </caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th scope="col" role="columnheader">"Token"</th>
                        <th scope="col" role="columnheader" class="number">"Price"</th>
                        <th scope="col" role="columnheader" class="number">{title}</th>
                        <th scope="col" role="columnheader">"Status"</th>
                        <th scope="col" role="columnheader" class="number">
                            <span class="sr-only">"Remove"</span>
                        </th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </section>
    }
    .erase()
}

fn row(
    place: usize,
    line: CompareRow,
    cells: TokenCells,
    shown: RwSignal<CompareView>,
    choice: &CompareChoice,
    title: &str,
) -> AnyView {
    let feed = expect_context::<Feed>();
    let money = Money::here();
    let token = line.token;
    let status = memo(move || {
        let status = money.status(cells.status.get());
        shown_status(status, cells.as_of.get(), feed.unheard_clock())
    });
    let price = memo(move || money.price(cells.price.get()));
    let priced = memo(move || price.read().is_some());
    let change = memo(move || {
        let view = shown.read();
        view.rows.get(place).and_then(|row| row.change_pct)
    });
    let without = CompareChoice {
        ids: choice
            .ids
            .iter()
            .filter(|id| *id != token.id.as_str())
            .cloned()
            .collect(),
        ..choice.clone()
    };
    let full_name = token.name.clone();
    let page = carrying(&format!("/tokens/{}", token.id), choice.currency.as_deref());
    let remove = format!("Remove {}", format::isolated(&format::cut(&token.name, 60)));
    view! {
        <tr role="row" data-token=token.id.to_string()>
            <th scope="row" role="rowheader">
                <span>
                    <span class="swatch" data-series=(place + 1).to_string()></span>
                    <a href=page title=full_name class="compare-name">
                        <bdi>{token.name}</bdi>
                        " "
                        <span class="token-symbol">{token.symbol.to_string()}</span>
                    </a>
                </span>
            </th>
            <td
                role="cell"
                data-label="Price"
                class="number"
                data-cell="price"
                data-value=maybe(move || price.get().map(|price| price.to_string()))
            >
                {part(move || {
                    if priced.get() {
                        view! { <PriceFigure price=cells.price /> }.erase()
                    } else {
                        wording::status(Status::NoQuorum).erase()
                    }
                })}
            </td>
            <td role="cell" data-label=title.to_owned() class="number" data-cell="change">
                {part(move || {
                    if change.read().is_some() {
                        view! { <Change percent=change /> }.erase()
                    } else {
                        "not known so far back".erase()
                    }
                })}
            </td>
            <td role="cell" data-label="Status">
                <StatusMark status />
            </td>
            <td role="cell" class="number">
                <a
                    href=without.address()
                    class="remove-link"
                    data-noscroll=""
                    aria-label=remove.clone()
                    title=remove
                >
                    <Icon shape=IconShape::Remove />
                </a>
            </td>
        </tr>
    }
    .erase()
}
