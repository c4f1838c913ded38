//! Numbers in cells: a price cut at its decimal point, a change with its arrow, a compact volume.

use leptos::prelude::*;
use parallax::Decimal;
use parallax::amount::{Price, Quantity};

use crate::dynamic::{maybe, memo, part, text};
use crate::erase::Erase;
use crate::format::{self, Direction, Figure};
use crate::live::Money;

/// A price of a table cell: six significant digits for the eye, all of them on hover and for assistive
/// technology. In the currency of [`Money::here`].
#[component]
pub fn PriceFigure(
    /// USD per unit.
    #[prop(into)]
    price: Signal<Option<Price>>,
) -> impl IntoView {
    let money = Money::here();
    figure(
        memo(move || {
            let price = money.price(price.get());
            price.map(|price| Figure::table(price, &money.unit()))
        }),
        "",
    )
}

/// A distance with three significant digits, behind `±`; nothing for none. In the currency of
/// [`Money::here`].
#[component]
pub fn ShortFigure(
    /// USD.
    #[prop(into)]
    amount: Signal<Option<Price>>,
) -> impl IntoView {
    let money = Money::here();
    let shown = memo(move || {
        let amount = money.price(amount.get());
        amount.map(|amount| Figure::short(amount, &money.unit()))
    });
    let known = memo(move || shown.read().is_some());
    part(move || known.get().then(|| figure(shown, "±")))
}

fn figure(figure: Memo<Option<Figure>>, prefix: &'static str) -> impl IntoView {
    let read = move |part: fn(&Figure) -> &str| {
        figure
            .read()
            .as_ref()
            .map_or_else(String::new, |figure| part(figure).to_owned())
    };
    let title = move || format!("{prefix}{}", read(|figure| &figure.full));
    let zeros = move || figure.read().as_ref().and_then(|figure| figure.zeros);
    view! {
        <span class="figure" aria-hidden="true" title=text(title)>
            <span class="figure-whole">{prefix}{text(move || read(|figure| &figure.whole))}</span>
            <span class="figure-point">
                {text(move || read(|figure| &figure.point))}
                {part(move || zeros().map(|zeros| view! { <sub>{zeros}</sub> }))}
                {text(move || read(|figure| &figure.tail))}
            </span>
            <span class="figure-unit">{text(move || read(|figure| &figure.unit))}</span>
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

/// A volume, compact, with the full value on hover; blank until known. In the currency of
/// [`Money::here`].
#[component]
pub fn Volume(
    /// USD.
    #[prop(into)]
    usd: Signal<Option<Quantity>>,
) -> impl IntoView {
    let money = Money::here();
    let amount = memo(move || usd.get().and_then(|usd| money.amount(usd.get())));
    let write = move |digits: fn(Decimal) -> String| {
        let amount = amount.get();
        amount.map(|amount| money.unit().write(&digits(amount)))
    };
    view! {
        <span title=maybe(move || write(format::full))>{maybe(move || write(format::compact))}</span>
    }
    .erase()
}
