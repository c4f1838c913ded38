//! Numbers in cells: a price cut at its decimal point, a change with its arrow, a compact volume.

use leptos::prelude::*;
use parallax::Decimal;
use parallax::amount::{Price, Quantity};

use crate::dynamic::{maybe, memo, part, text};
use crate::erase::Erase;
use crate::format::{self, Direction, Figure};

/// A price of a table cell: six significant digits for the eye, all of them on hover and for assistive
/// technology.
#[component]
pub fn PriceFigure(
    /// USD per unit.
    #[prop(into)]
    price: Signal<Option<Price>>,
) -> impl IntoView {
    figure(
        memo(move || price.get().map(Figure::table).unwrap_or_default()),
        "",
    )
}

/// A distance in USD with three significant digits, behind `±`.
#[component]
pub fn ShortFigure(
    /// USD.
    #[prop(into)]
    amount: Signal<Option<Price>>,
) -> impl IntoView {
    let shown = memo(move || amount.get().map(Figure::short).unwrap_or_default());
    let known = memo(move || amount.get().is_some());
    part(move || known.get().then(|| figure(shown, "±")))
}

fn figure(figure: Memo<Figure>, prefix: &'static str) -> impl IntoView {
    let title = move || format!("{prefix}{}", figure.read().full);
    view! {
        <span class="figure" aria-hidden="true" title=text(title)>
            <span class="figure-whole">{prefix}{text(move || figure.read().whole.clone())}</span>
            <span class="figure-point">
                {text(move || figure.read().point.clone())}
                {part(move || figure.read().zeros.map(|zeros| view! { <sub>{zeros}</sub> }))}
                {text(move || figure.read().tail.clone())}
            </span>
        </span>
        <span class="sr-only">{text(title)}</span>
    }
    .erase()
}

/// A change in per cent with sign and arrow; blank until known.
#[component]
pub fn Change(
    /// Per cent.
    #[prop(into)]
    percent: Signal<Option<Decimal>>,
) -> impl IntoView {
    let direction = memo(move || percent.get().map(|value| Direction::of(value.round_dp(2))));
    view! {
        <span class="change" data-direction=maybe(move || direction.get().map(Direction::as_str))>
            <span class="change-arrow" aria-hidden="true">
                {maybe(move || direction.get().map(Direction::arrow))}
            </span>
            {maybe(move || percent.get().map(format::percent))}
        </span>
    }
    .erase()
}

/// A volume in USD, compact, with the full value on hover; blank until known.
#[component]
pub fn Volume(
    /// USD.
    #[prop(into)]
    usd: Signal<Option<Quantity>>,
) -> impl IntoView {
    view! {
        <span title=maybe(move || usd.get().map(|usd| format!("${}", format::full(usd.get()))))>
            {maybe(move || usd.get().map(|usd| format!("${}", format::compact(usd.get()))))}
        </span>
    }
    .erase()
}
