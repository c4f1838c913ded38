//! The head of a token's page: the price, the largest thing on it, and how far to trust it.

use std::sync::Arc;

use leptos::prelude::*;
use parallax::index::{IndexPrice, Status};
use parallax::token::{Token, TokenKind};

use crate::components::{AgeOf, Change, ShortFigure, StatusMark, Volume};
use crate::dynamic::{maybe, memo, part, text};
use crate::erase::Erase;
use crate::format::{self, Figure};
use crate::live::{Feed, Money, RowCells, shown_status};
use crate::strip::in_words;
use crate::wording;

/// Name, price, status and the figures around them.
#[component]
pub fn Hero(
    /// The token.
    token: Token,
    /// Its live cells.
    cells: RowCells,
    /// Its live explanation.
    index: RwSignal<Arc<IndexPrice>>,
) -> impl IntoView {
    let feed = expect_context::<Feed>();
    let status =
        memo(move || shown_status(cells.status.get(), cells.as_of.get(), feed.unheard_clock()));
    let money = Money::here();
    let figure = memo(move || {
        let price = money.price(cells.price.get());
        price.map(|price| Figure::all(price, &money.unit()))
    });
    let kind = match token.kind {
        TokenKind::Fiat => "Government money",
        TokenKind::Stablecoin => "Stablecoin, never assumed to be worth 1",
        TokenKind::Crypto => "Token",
    };
    view! {
        <header class="hero" data-status=text(move || status.get().as_str())>
            <h1 class="hero-name">
                {token.name.clone()} " " <span class="token-symbol">{token.symbol.to_string()}</span>
            </h1>
            <p class="page-sub">{format!("{kind} · {}", token.id)}</p>
            <p
                class="hero-price"
                data-cell="price"
                data-value=maybe(move || cells.price.get().map(|price| price.to_string()))
                data-tint=maybe(move || cells.tint.get())
            >
                {part(move || match figure.get() {
                    Some(figure) => {
                        view! {
                            <span class="sr-only">{figure.full.clone()}</span>
                            <span aria-hidden="true">
                                {figure.whole}{figure.point}
                                <span class="hero-tail">{figure.tail}</span>
                            </span>
                        }
                            .erase()
                    }
                    None => {
                        view! { <span class="no-price">{wording::status(Status::NoQuorum)}</span> }
                            .erase()
                    }
                })}
            </p>
            <p class="hero-status">
                <StatusMark status />
                <span>{text(move || wording::status_meaning(status.get()))}</span>
            </p>
            <dl class="facts">
                <div>
                    <dt>"As of"</dt>
                    <dd data-cell="as-of">
                        {part(move || match cells.as_of.get() {
                            Some(at) => {
                                view! {
                                    <time datetime=at.to_string()>{format::stamp(at)}</time>
                                }
                                    .erase()
                            }
                            None => "never".erase(),
                        })}
                    </dd>
                </div>
                <div>
                    <dt>"Age"</dt>
                    <dd data-cell="age">
                        <AgeOf at=cells.as_of />
                    </dd>
                </div>
                <div>
                    <dt title="Half the band that holds the middle half of the weight">
                        "Confidence"
                    </dt>
                    <dd data-cell="confidence">
                        <ShortFigure amount=cells.confidence />
                    </dd>
                </div>
                <div>
                    <dt>"Change 1 h"</dt>
                    <dd data-cell="change-1h">{known(cells.change_1h)}</dd>
                </div>
                <div>
                    <dt>"Change 24 h"</dt>
                    <dd data-cell="change-24h">{known(cells.change_24h)}</dd>
                </div>
                <div>
                    <dt>"Change 7 d"</dt>
                    <dd data-cell="change-7d">{known(cells.change_7d)}</dd>
                </div>
                <div>
                    <dt>"Volume 24 h"</dt>
                    <dd data-cell="volume">
                        {part(move || {
                            if cells.volume.get().is_some() {
                                view! { <Volume usd=cells.volume /> }.erase()
                            } else {
                                "not known".erase()
                            }
                        })}
                    </dd>
                </div>
                <div>
                    <dt>"Sources"</dt>
                    <dd data-cell="sources">
                        {text(move || {
                            let (used, known) = cells.sources.get();
                            format!("{used} of {known}")
                        })}
                    </dd>
                </div>
            </dl>
            <p class="hero-words">
                {text(move || format!("{}. ", in_words(&cells.viewpoints.read())))}
                <a href="#method" rel="external">
                    {text(move || format!("How the price is made: method v{}", index.read().method))}
                </a>
            </p>
        </header>
    }
    .erase()
}

/// A change, or that it is not known yet.
fn known(percent: RwSignal<Option<parallax::Decimal>>) -> impl IntoView {
    let is_known = memo(move || percent.get().is_some());
    part(move || {
        if is_known.get() {
            view! { <Change percent /> }.erase()
        } else {
            "not known yet".erase()
        }
    })
}
