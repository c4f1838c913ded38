//! The head of a token's page: the price, the largest thing on it, and how far to trust it.

use leptos::prelude::*;
use parallax::Decimal;
use parallax::amount::Price;
use parallax::fact::TokenFacts;
use parallax::index::Status;
use parallax::token::{Token, TokenKind};

use crate::components::{AgeOf, Change, ShortFigure, StatusMark, Volume};
use crate::dynamic::{maybe, memo, part, text};
use crate::erase::Erase;
use crate::format::{self, Figure, compact, full};
use crate::live::{Feed, Money, TokenCells, shown_status};
use crate::steps::later;
use crate::wording;

/// Names longer than this are cut; the whole name is in the title.
const LONGEST_NAME: usize = 60;

/// Name, price, status and the figures around them.
#[component]
pub fn Hero(
    /// The token.
    token: Token,
    /// Its live cells.
    cells: TokenCells,
    /// The lowest and the highest price of 24 hours, in US dollars.
    range: RwSignal<Option<(Price, Price)>>,
    /// What chains say about it.
    facts: RwSignal<Vec<TokenFacts>>,
) -> impl IntoView {
    let feed = expect_context::<Feed>();
    let money = Money::here();
    // A price is never better known than the rate it was converted with.
    let status = memo(move || {
        let of_price = shown_status(cells.status.get(), cells.as_of.get(), feed.unheard_clock());
        money.status(of_price)
    });
    let figure = memo(move || {
        let price = money.price(cells.price.get());
        price.map(|price| Figure::all(price, &money.unit()))
    });
    let kind = match token.kind {
        TokenKind::Fiat => "Government money",
        TokenKind::Stablecoin => "Stablecoin, never assumed to be worth 1",
        TokenKind::Crypto => "Token",
    };
    let name = format::cut(&token.name, LONGEST_NAME);
    view! {
        <header class="hero" data-status=text(move || status.get().as_str())>
            <h1 class="hero-name" title=token.name.clone()>
                <bdi>{name}</bdi>
                " "
                <bdi class="token-symbol">{token.symbol.to_string()}</bdi>
            </h1>
            <p class="page-sub">{format!("{kind} · {}", token.id)}</p>
            <div class="hero-line">
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
                                    <span class="hero-unit">{figure.unit}</span>
                                </span>
                            }
                                .erase()
                        }
                        None => unpriced(money, cells),
                    })}
                </p>
                <p class="hero-change">
                    <Change percent=cells.change_24h />
                    <span class="hero-span">
                        {maybe(move || cells.change_24h.get().map(|_| "24 h"))}
                    </span>
                </p>
            </div>
            <p class="hero-status">
                <StatusMark status />
                <span>{text(move || wording::status_meaning(status.get()))}</span>
            </p>
            {by_hand(money, cells)}
            <DayRange cells range />
            {later(move || view! {
            <dl class="facts">
                {fact("Change 1 h", "change-1h", known(cells.change_1h))}
                {fact("Change 24 h", "change-24h", known(cells.change_24h))}
                {fact("Change 7 d", "change-7d", known(cells.change_7d))}
                {fact("Volume 24 h", "volume", volume(cells))}
                {fact("Confidence", "confidence", confidence(cells))}
                {fact("Sources", "sources", sources(cells))}
                {fact("Supply", "supply", supply(facts))}
                {fact("As of", "as-of", as_of(cells))}
                {fact("Age", "age", view! { <AgeOf at=cells.as_of /> }.erase())}
            </dl>
            })}
        </header>
    }
    .erase()
}

fn fact(name: &'static str, cell: &'static str, value: AnyView) -> AnyView {
    view! {
        <div>
            <dt>{name}</dt>
            <dd data-cell=cell>{value}</dd>
        </div>
    }
    .erase()
}

/// That the price was set by hand: until when, why, and what the quotes say.
fn by_hand(money: Money, cells: TokenCells) -> AnyView {
    part(move || {
        let by_hand = cells.by_hand.get()?;
        let computed = money.price(by_hand.computed.price);
        let computed = match computed {
            Some(price) => format!(
                "The computed price is {} ({}).",
                Figure::all(price, &money.unit()).full,
                wording::status(by_hand.computed.status)
            ),
            None => "There is no computed price.".to_owned(),
        };
        let until = by_hand.until;
        let view = view! {
            <p class="hero-by-hand" data-cell="by-hand">
                <strong>
                    "Set by hand until "
                    <time datetime=until.to_string()>{format::stamp(until)}</time>
                    ":"
                </strong>
                " "
                <bdi>{by_hand.reason.clone()}</bdi>
                " "
                <span class="hero-computed">{computed}</span>
            </p>
        };
        Some(view.erase())
    })
    .erase()
}

/// Why there is no number: no price at all, or none of the currency.
fn unpriced(money: Money, cells: TokenCells) -> AnyView {
    let words = match cells.price.get() {
        None => wording::status(Status::NoQuorum).to_owned(),
        Some(_) => format!("no {} rate now", money.currency().read().code),
    };
    view! { <span class="no-price">{words}</span> }.erase()
}

/// A change, or that it is not known yet.
fn known(percent: RwSignal<Option<Decimal>>) -> AnyView {
    let is_known = memo(move || percent.get().is_some());
    part(move || {
        if is_known.get() {
            view! { <Change percent /> }.erase()
        } else {
            "not known yet".erase()
        }
    })
    .erase()
}

fn volume(cells: TokenCells) -> AnyView {
    part(move || {
        if cells.volume.get().is_some() {
            view! { <Volume usd=cells.volume /> }.erase()
        } else {
            "not known".erase()
        }
    })
    .erase()
}

fn confidence(cells: TokenCells) -> AnyView {
    view! {
        <span title="Half the band that holds the middle half of the weight">
            <ShortFigure amount=cells.confidence />
        </span>
    }
    .erase()
}

fn sources(cells: TokenCells) -> AnyView {
    text(move || {
        let (used, known) = cells.sources.get();
        format!("{used} of {known}")
    })
    .erase()
}

/// Units in existence and who says so; more about it in the panel on chains.
fn supply(facts: RwSignal<Vec<TokenFacts>>) -> AnyView {
    part(move || {
        let facts = facts.read();
        let said = facts
            .iter()
            .find_map(|facts| Some((facts.total_supply?, facts)));
        let Some((supply, facts)) = said else {
            return "not known".erase();
        };
        let doubt = if facts.total_supply_reliable {
            ""
        } else {
            ", unreliable"
        };
        let source = format!("{}{doubt}", wording::venue(&facts.venue));
        view! {
            <span title=full(supply.get())>{compact(supply.get())}</span>
            <span class="cell-sub">{source}</span>
        }
        .erase()
    })
    .erase()
}

fn as_of(cells: TokenCells) -> AnyView {
    part(move || match cells.as_of.get() {
        Some(at) => view! { <time datetime=at.to_string()>{format::stamp(at)}</time> }.erase(),
        None => "never".erase(),
    })
    .erase()
}

/// Where the price stands between the lowest and the highest of 24 hours.
#[component]
fn DayRange(cells: TokenCells, range: RwSignal<Option<(Price, Price)>>) -> impl IntoView {
    let money = Money::here();
    // A price beyond what was read moves the end it passed; one that was set by hand was no market's.
    let range = memo(move || {
        let (low, high) = range.get()?;
        let price = cells.computed().0.unwrap_or(low);
        Some((low.min(price), high.max(price)))
    });
    let at = memo(move || place(cells.computed().0, range.get()));
    let is_known = memo(move || range.read().is_some());
    let end = move |pick: fn((Price, Price)) -> Price| {
        let price = money.price(range.get().map(pick));
        price.map_or_else(String::new, |price| {
            money.unit().write(&format::tidy(price.get(), 8))
        })
    };
    part(move || {
        is_known.get().then(|| {
            view! {
                <div class="day-range" data-cell="range-24h">
                    <span class="day-range-end" data-end="low">
                        <span class="sr-only">"Lowest of 24 hours: "</span>
                        {text(move || end(|(low, _)| low))}
                    </span>
                    <svg class="day-range-bar" aria-hidden="true">
                        <rect class="day-range-place" x=text(move || format!("{}%", at.get())) y="-4" width="4" height="12" rx="2" />
                    </svg>
                    <span class="day-range-end" data-end="high">
                        <span class="sr-only">"Highest of 24 hours: "</span>
                        {text(move || end(|(_, high)| high))}
                    </span>
                    <span class="day-range-name" aria-hidden="true">"24 h"</span>
                </div>
            }
            .erase()
        })
    })
}

/// The place of the price between the ends in per cent, one place; the middle when they are the same.
fn place(price: Option<Price>, range: Option<(Price, Price)>) -> Decimal {
    let share = || {
        let (low, high) = range?;
        let above = price?.get().checked_sub(low.get())?;
        let width = high.get().checked_sub(low.get())?;
        above.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(width)
    };
    let share = share().unwrap_or(Decimal::from(50));
    share
        .clamp(Decimal::ZERO, Decimal::ONE_HUNDRED)
        .round_dp(1)
        .normalize()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_price_stands_between_the_ends_of_its_day() {
        let price = |text: &str| -> Price { text.parse().unwrap() };
        let range = Some((price("100"), price("200")));
        assert_eq!(place(Some(price("133.3333")), range), Decimal::new(333, 1));
        assert_eq!(place(Some(price("250")), range), Decimal::ONE_HUNDRED);
        assert_eq!(place(None, range), Decimal::from(50));
        let flat = Some((price("1"), price("1")));
        assert_eq!(place(Some(price("1")), flat), Decimal::from(50));
    }
}
