//! One row of the token table: every cell has its own signal.

use leptos::prelude::*;
use leptos_router::components::A;
use parallax::index::Status;
use parallax::token::Token;

use crate::components::{AgeOf, Change, MiniStrip, PriceFigure, ShortFigure, StatusMark, Volume};
use crate::dynamic::{maybe, memo, part, text};
use crate::erase::Erase;
use crate::live::{Feed, RowCells, shown_status};
use crate::wording;

/// A token's row.
#[component]
pub fn Row(
    /// The token.
    token: Token,
    /// Its live cells.
    cells: RowCells,
) -> impl IntoView {
    let feed = expect_context::<Feed>();
    let status =
        memo(move || shown_status(cells.status.get(), cells.as_of.get(), feed.unheard_clock()));
    let priced = memo(move || cells.price.get().is_some());
    let name = format!("{} {}", token.name, token.symbol);
    view! {
        <tr role="row" data-token=token.id.to_string() data-status=text(move || status.get().as_str())>
            <td role="cell" data-cell="rank">
                {token.rank}
            </td>
            <th scope="row" role="rowheader" data-cell="token">
                <A
                    href=format!("/tokens/{}", token.id)
                    attr:class="token-link"
                    attr:data-row-link=""
                    attr:aria-label=name
                >
                    <span class="token-name">{token.name}</span>
                    <span class="token-symbol">{token.symbol.to_string()}</span>
                </A>
            </th>
            <td
                role="cell"
                data-cell="price"
                data-value=maybe(move || cells.price.get().map(|price| price.to_string()))
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
