//! The converter: an amount of the token in money, or of money in the token, at the price as it is now.
//!
//! A form that asks the page again, so that it works without JavaScript; with it, the result follows every
//! key and every new price.

use leptos::prelude::*;
use parallax::Decimal;
use parallax::token::Token;

use super::convert::{convert, read_amount};
use super::links::Links;
use crate::dynamic::{flag, maybe, memo, part, text};
use crate::erase::Erase;
use crate::format;
use crate::live::{Money, TokenCells};

/// Digits of a result that are shown; all of them are in its title.
const DIGITS: u32 = 12;

/// The form and its result.
#[component]
pub fn Converter(
    /// The token.
    token: Token,
    /// Its live cells.
    cells: TokenCells,
    /// The page's links.
    links: Links,
) -> impl IntoView {
    let money = Money::here();
    let asked = links.query().get_untracked();
    let amount = RwSignal::new(asked.amount.unwrap_or_else(|| "1".to_owned()));
    let is_money = RwSignal::new(asked.is_money);
    let symbol = token.symbol.to_string();
    let code = memo(move || money.currency().read().code.clone());
    let result = memo(move || {
        let amount = read_amount(&amount.read())?;
        let price = money.price(cells.price.get());
        let value = convert(amount, price.map(|price| price.get()), is_money.get());
        Some((amount, value))
    });
    let to = {
        let symbol = symbol.clone();
        move || {
            if is_money.get() {
                symbol.clone()
            } else {
                code.get()
            }
        }
    };
    let from = {
        let symbol = symbol.clone();
        move || {
            if is_money.get() {
                code.get()
            } else {
                symbol.clone()
            }
        }
    };
    let shown = {
        let (from, to) = (from.clone(), to.clone());
        move || match result.get() {
            None => "Write an amount with digits, such as 1,234.5".to_owned(),
            Some((amount, Some(value))) => {
                let value = format::tidy(value, DIGITS);
                format!("{} {} = {value} {}", format::full(amount), from(), to())
            }
            Some((_, None)) => "There is no price to convert with now".to_owned(),
        }
    };
    let all_digits = maybe(move || {
        let value = result.get().and_then(|(_, value)| value);
        value.map(format::full)
    });
    let value = maybe(move || {
        let value = result.get().and_then(|(_, value): (Decimal, _)| value);
        value.map(|value| value.normalize().to_string())
    });
    let kept = part(move || {
        let query = links.query().get().to_query();
        let pairs: Vec<_> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .collect();
        let fields = pairs.into_iter().map(|(name, value)| {
            view! { <input type="hidden" name=name.to_owned() value=value.to_owned() /> }
        });
        fields.collect_view()
    });
    let direction = move |value: &'static str, money: bool| {
        let name = if money {
            text(move || code.get()).erase()
        } else {
            symbol.clone().erase()
        };
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name="of"
                    value=value
                    checked=is_money.get_untracked() == money
                    prop:checked=flag(move || is_money.get() == money)
                    on:change=move |_| is_money.set(money)
                />
                <span>{name}</span>
            </label>
        }
        .erase()
    };
    view! {
        <section class="panel" id="converter" aria-labelledby="converter-title">
            <h2 id="converter-title">"Converter"</h2>
            <form
                class="converter"
                method="get"
                action=format!("/tokens/{}#converter", token.id)
                on:submit=move |event| event.prevent_default()
            >
                {kept}
                <label class="field-label" for="amount">
                    "Amount"
                </label>
                <input
                    id="amount"
                    class="field"
                    name="amount"
                    type="text"
                    inputmode="decimal"
                    autocomplete="off"
                    maxlength="60"
                    value=amount.get_untracked()
                    prop:value=text(move || amount.get())
                    on:input=move |event| amount.set(event_target_value(&event))
                />
                <fieldset class="choices">
                    <legend>"Of"</legend>
                    <div class="choices-row">{direction("token", false)} {direction("money", true)}</div>
                </fieldset>
                <button class="button without-js">"Convert"</button>
                <output
                    class="converted"
                    for="amount"
                    data-cell="converted"
                    data-value=value
                    title=all_digits
                >
                    {text(shown)}
                </output>
            </form>
        </section>
    }
    .erase()
}
