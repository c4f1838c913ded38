//! Numbers in cells: a price cut at its decimal point, a change with its arrow, a compact volume.

use leptos::prelude::*;
use parallax::Decimal;
use parallax::amount::{Price, Quantity};

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
        Memo::new(move |_| price.get().map(Figure::table).unwrap_or_default()),
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
    let shown = Memo::new(move |_| amount.get().map(Figure::short).unwrap_or_default());
    let known = Memo::new(move |_| amount.get().is_some());
    move || known.get().then(|| figure(shown, "±"))
}

fn figure(figure: Memo<Figure>, prefix: &'static str) -> impl IntoView {
    let title = move || format!("{prefix}{}", figure.read().full);
    view! {
        <span class="figure" aria-hidden="true" title=title>
            <span class="figure-whole">{prefix}{move || figure.read().whole.clone()}</span>
            <span class="figure-point">
                {move || figure.read().point.clone()}
                {move || figure.read().zeros.map(|zeros| view! { <sub>{zeros}</sub> })}
                {move || figure.read().tail.clone()}
            </span>
        </span>
        <span class="sr-only">{title}</span>
    }
    .into_any()
}

/// A change in per cent with sign and arrow; blank until known.
#[component]
pub fn Change(
    /// Per cent.
    #[prop(into)]
    percent: Signal<Option<Decimal>>,
) -> impl IntoView {
    let direction = Memo::new(move |_| percent.get().map(|value| Direction::of(value.round_dp(2))));
    view! {
        <span class="change" data-direction=move || direction.get().map(Direction::as_str)>
            <span class="change-arrow" aria-hidden="true">
                {move || direction.get().map(Direction::arrow)}
            </span>
            {move || percent.get().map(format::percent)}
        </span>
    }
    .into_any()
}

/// A volume in USD, compact, with the full value on hover; blank until known.
#[component]
pub fn Volume(
    /// USD.
    #[prop(into)]
    usd: Signal<Option<Quantity>>,
) -> impl IntoView {
    view! {
        <span title=move || usd.get().map(|usd| format!("${}", format::full(usd.get())))>
            {move || usd.get().map(|usd| format!("${}", format::compact(usd.get())))}
        </span>
    }
    .into_any()
}
