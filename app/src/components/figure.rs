//! Numbers that change: a price cut at its decimal point, a change with its arrow, a compact volume.

use leptos::prelude::*;
use parallax::Decimal;
use parallax::amount::{Price, Quantity};

use crate::dynamic::text;
use crate::erase::Erase;
use crate::format::Figure;
use crate::live::Money;
use crate::markup;

/// A price: six significant digits for the eye, all of them on hover and for assistive technology. In the
/// currency of [`Money::here`]; nothing for none.
#[component]
pub fn PriceFigure(
    /// USD per unit.
    #[prop(into)]
    price: Signal<Option<Price>>,
) -> impl IntoView {
    let money = Money::here();
    let figure = text(move || price_markup(money, price.get()));
    view! { <span inner_html=figure></span> }.erase()
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
    let figure = text(move || short_markup(money, amount.get()));
    view! { <span inner_html=figure></span> }.erase()
}

/// A change in per cent with sign and arrow; blank until known.
#[component]
pub fn Change(
    /// Per cent.
    #[prop(into)]
    percent: Signal<Option<Decimal>>,
) -> impl IntoView {
    view! { <span inner_html=text(move || markup::change(percent.get()))></span> }.erase()
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
    view! { <span inner_html=text(move || volume_markup(money, usd.get()))></span> }.erase()
}

/// What [`PriceFigure`] shows.
fn price_markup(money: Money, usd: Option<Price>) -> String {
    money.price(usd).map_or_else(String::new, |price| {
        markup::figure(&Figure::table(price, &money.unit()), "")
    })
}

/// What [`ShortFigure`] shows.
fn short_markup(money: Money, usd: Option<Price>) -> String {
    money.price(usd).map_or_else(String::new, |amount| {
        markup::figure(&Figure::short(amount, &money.unit()), "±")
    })
}

/// What [`Volume`] shows.
fn volume_markup(money: Money, usd: Option<Quantity>) -> String {
    let amount = usd.and_then(|usd| money.amount(usd.get()));
    markup::volume(amount, &money.unit())
}
