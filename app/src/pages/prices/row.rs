//! One row of the token table: every cell has its own signal.

use leptos::prelude::*;
use parallax::index::Status;
use parallax::token::Token;
use parallax::view::TREND_SIZE;

use crate::address::carrying;
use crate::components::{
    AgeOf, Change, Icon, IconShape, MiniStrip, PriceFigure, ShortFigure, StatusMark, Volume,
};
use crate::dynamic::{maybe, memo, part, text};
use crate::erase::Erase;
use crate::format::{self, Direction};
use crate::live::{Feed, Money, RowCells, Watchlist, shown_status};
use crate::wording;

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
            >
                {part(move || {
                    if priced.get() {
                        view! { <PriceFigure price=cells.price /> }.erase()
                    } else {
                        view! {
                            <span class="no-price">{wording::status(Status::NoQuorum)}</span>
                        }
                            .erase()
                    }
                })}
            </td>
            <td role="cell" data-cell="strip">
                <MiniStrip
                    price=cells.price
                    confidence=cells.confidence
                    viewpoints=cells.viewpoints
                />
            </td>
            <td role="cell" data-cell="change-1h" data-label="1 h">
                <Change percent=cells.change_1h />
            </td>
            <td role="cell" data-cell="change-24h" data-label="24 h">
                <Change percent=cells.change_24h />
            </td>
            <td role="cell" data-cell="change-7d" data-label="7 d">
                <Change percent=cells.change_7d />
            </td>
            <td role="cell" data-cell="trend">
                {trend(cells)}
            </td>
            <td role="cell" data-cell="volume" data-label="Volume">
                <Volume usd=cells.volume />
            </td>
            <td role="cell" data-cell="confidence" data-label="Confidence">
                <ShortFigure amount=cells.confidence />
            </td>
            <td role="cell" data-cell="sources" data-label="Sources">
                {text(move || {
                    let (used, known) = cells.sources.get();
                    format!("{used}/{known}")
                })}
            </td>
            <td role="cell" data-cell="status" data-status=text(move || status.get().as_str())>
                <StatusMark status />
            </td>
            <td role="cell" data-cell="age">
                <AgeOf at=cells.as_of />
            </td>
        </tr>
    }
    .erase()
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

/// The last seven days as a line, coloured by where they led; as text, how far.
fn trend(cells: RowCells) -> impl IntoView {
    let (width, height) = TREND_SIZE;
    let direction = move || {
        let change = cells.change_7d.get();
        change.map_or("flat", |change| Direction::of(change.round_dp(2)).as_str())
    };
    view! {
        <svg
            class="trend"
            viewBox=format!("0 0 {width} {height}")
            width=width.to_string()
            height=height.to_string()
            aria-hidden="true"
            data-direction=text(direction)
        >
            <path d=maybe(move || cells.trend.get())></path>
        </svg>
        <span class="sr-only">
            {maybe(move || cells.change_7d.get().map(format::percent))}
        </span>
    }
    .erase()
}
