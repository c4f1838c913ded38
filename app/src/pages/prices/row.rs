//! One row of the token table: every cell has its own signal, and is one element to hydrate.

use leptos::prelude::*;
use parallax::index::Status;
use parallax::token::Token;

use crate::address::carrying;
use crate::components::{AgeOf, Icon, IconShape, price_markup, short_markup, volume_markup};
use crate::dynamic::{Dynamic, maybe, memo, text};
use crate::erase::Erase;
use crate::format;
use crate::live::{Feed, Money, RowCells, Watchlist, shown_status};
use crate::{markup, wording};

/// A token's row.
#[component]
pub fn Row(
    /// The token.
    token: Token,
    /// Its live cells.
    cells: RowCells,
    /// The currency in the address.
    currency: Memo<Option<String>>,
) -> impl IntoView {
    let feed = expect_context::<Feed>();
    let money = Money::here();
    let status = memo(move || {
        let status = money.status(cells.status.get());
        shown_status(status, cells.as_of.get(), feed.unheard_clock())
    });
    let price = memo(move || money.price(cells.price.get()));
    let priced = memo(move || price.read().is_some());
    let path = format!("/tokens/{}", token.id);
    let name = format::isolated(&format::cut(&token.name, LONGEST_NAME));
    let label = format!("{name} {}", token.symbol);
    // What the column cuts off is at hand on hover.
    let title = (token.name.chars().count() > SHORT_NAME).then(|| token.name.clone());
    view! {
        <tr role="row" data-token=token.id.to_string() data-status=text(move || status.get().as_str())>
            <td role="cell" data-cell="watch">
                {star(token.id.to_string(), &name)}
            </td>
            <td role="cell" data-cell="rank">
                {token.rank}
            </td>
            <th scope="row" role="rowheader" data-cell="token">
                <a
                    href=text(move || carrying(&path, currency.read().as_deref()))
                    class="token-link"
                    data-row-link=""
                    aria-label=label
                    title=title
                >
                    <bdi class="token-name">{token.name}</bdi>
                    <span class="token-symbol">{token.symbol.to_string()}</span>
                </a>
            </th>
            <td
                role="cell"
                data-cell="price"
                data-value=maybe(move || price.get().map(|price| price.to_string()))
                data-tint=maybe(move || cells.tint.get())
                inner_html=text(move || {
                    if priced.get() { price_markup(money, cells.price.get()) } else { no_price() }
                })
            ></td>
            {cell(
                "strip",
                None,
                text(move || {
                    markup::strip(
                        cells.price.get(),
                        cells.confidence.get(),
                        &cells.viewpoints.read(),
                    )
                }),
            )}
            {cell("change-1h", Some("1 h"), text(move || markup::change(cells.change_1h.get())))}
            {cell("change-24h", Some("24 h"), text(move || markup::change(cells.change_24h.get())))}
            {cell("change-7d", Some("7 d"), text(move || markup::change(cells.change_7d.get())))}
            {cell(
                "trend",
                None,
                text(move || {
                    markup::trend(cells.trend.read().as_deref(), cells.change_7d.get())
                }),
            )}
            {cell("volume", Some("Volume"), text(move || volume_markup(money, cells.volume.get())))}
            {cell(
                "confidence",
                Some("Confidence"),
                text(move || short_markup(money, cells.confidence.get())),
            )}
            <td role="cell" data-cell="sources" data-label="Sources">
                {text(move || {
                    let (used, known) = cells.sources.get();
                    format!("{used}/{known}")
                })}
            </td>
            <td
                role="cell"
                data-cell="status"
                data-status=text(move || status.get().as_str())
                inner_html=text(move || markup::status(status.get()))
            ></td>
            <td role="cell" data-cell="age">
                <AgeOf at=cells.as_of />
            </td>
        </tr>
    }
    .erase()
}

/// A cell that is one text of markup.
fn cell(key: &'static str, label: Option<&'static str>, content: Dynamic<String>) -> AnyView {
    view! { <td role="cell" data-cell=key data-label=label inner_html=content></td> }.erase()
}

/// Longer names are cut where nothing else cuts them.
const LONGEST_NAME: usize = 80;

/// Longer names may not fit their column.
const SHORT_NAME: usize = 20;

/// The button that watches the token, or no longer. It needs the browser's storage, so it needs JavaScript.
fn star(id: String, name: &str) -> impl IntoView + use<> {
    let watchlist = expect_context::<Watchlist>();
    let own = id.clone();
    let is_watched = memo(move || watchlist.has(&own));
    view! {
        <button
            type="button"
            class="star needs-js"
            aria-label=format!("Watch {name}")
            aria-pressed=text(move || is_watched.get().to_string())
            title="Watchlist (w)"
            on:click=move |_| watchlist.toggle(&id)
        >
            <Icon shape=IconShape::Star />
        </button>
    }
    .erase()
}

/// What a price is without a number.
fn no_price() -> String {
    format!(
        "<span class=\"no-price\">{}</span>",
        wording::status(Status::NoQuorum)
    )
}
