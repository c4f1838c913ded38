//! The form of a price set by hand: for which token, at what price, why, and until when.
//!
//! A price far from the computed one is asked about again before it is published.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use leptos::prelude::*;
use parallax::Decimal;
use parallax::account::Permission;
use parallax::amount::Price;
use parallax::by_hand::ComputedPrice;
use parallax::token::Token;
use parallax_service::overrides::{self, OverrideError, WORTH_ASKING_PCT};
use serde::Deserialize;

use super::overrides::{NEW, OVERRIDES, usd};
use super::{Screens, may};
use crate::Desk;
use crate::form::Fields;
use crate::page::fields::{Errors, Field, form, hidden, not_accepted, token_field};
use crate::page::{Problem, time};
use crate::visit::Visit;

pub(super) fn screens(screens: Screens) -> Screens {
    screens.form(NEW, may(Permission::Edit), new, set)
}

/// How far a price is from the computed one, in per cent; `None` where there is none.
fn distance(price: Price, computed: ComputedPrice) -> Option<Decimal> {
    price.change_pct(computed.price?, 2)
}

fn distance_in_words(distance: Option<Decimal>) -> String {
    match distance {
        None => "there is no computed price to compare it with".to_owned(),
        Some(distance) if distance.is_zero() => "that is the computed price".to_owned(),
        Some(distance) => {
            let side = if distance.is_sign_negative() {
                "below"
            } else {
                "above"
            };
            format!("{} % {side} the computed price", distance.abs().normalize())
        }
    }
}

/// Which token, before anything else.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    token: String,
}

/// Asks for the token. A form that is only looked up with, so it changes nothing.
fn choose(visit: &Visit, typed: &str, errors: &Errors) -> Response {
    let token = Field {
        name: "token",
        label: "Token",
        kind: "text",
        value: typed,
        autocomplete: "off",
        hint: "Its id, such as bitcoin, or a symbol or name that only it has.",
    };
    let content = view! {
        <form class="panel admin-form" method="get" action=NEW>
            {token.view(errors)}
            <div class="button-row"><button class="button" type="submit">"Next"</button></div>
        </form>
    };
    visit.page("Set a price by hand", content)
}

fn no_token(visit: &Visit, typed: &str) -> Response {
    let mut errors = Errors::default();
    let text = "No token is known by this id, symbol or name alone. Look its id up in the table of prices.";
    errors.say("token", text);
    not_accepted(choose(visit, typed, &errors))
}

/// The form for one token. `revision` is that of the state its author sees.
fn form_page(
    desk: &Desk,
    visit: &Visit,
    token: &Token,
    revision: &str,
    typed: &Fields,
    errors: &Errors,
) -> Response {
    let summary = desk.service().summary(&token.id);
    let computed = summary.computed();
    let entered = overrides::price(typed.get("price")).ok();
    let far = entered.map(|price| {
        let words = distance_in_words(distance(price, computed));
        view! { <div><dt>"The price below"</dt><dd>{words}</dd></div> }
    });
    let published = summary.by_hand.as_ref().map(|by_hand| {
        let words = format!("{} USD, set by hand: {}", by_hand.price, by_hand.reason);
        view! { <div><dt>"Published"</dt><dd>{words} ", until " {time(by_hand.until)}</dd></div> }
    });
    let price = Field {
        name: "price",
        label: "Price in US dollars",
        kind: "text",
        value: typed.get("price"),
        autocomplete: "off",
        hint: "All digits, with a point: 67123.45",
    };
    let reason = Field {
        name: "reason",
        label: "Reason",
        kind: "text",
        value: typed.get("reason"),
        autocomplete: "off",
        hint: "Everyone who sees the price reads it. At most 200 characters.",
    };
    let until = Field {
        name: "until",
        label: "Until (UTC)",
        kind: "datetime-local",
        value: typed.get("until"),
        autocomplete: "off",
        hint: "Then the computed price is published again, by itself. At most 30 days from now.",
    };
    let status = computed.status.as_str().replace('_', " ");
    let fields = view! {
        <dl class="admin-facts">
            <div><dt>"Token"</dt><dd>{token.name.clone()} " (" {token.id.to_string()} ")"</dd></div>
            <div><dt>"Computed price"</dt><dd>{usd(computed.price)} ", " {status}</dd></div>
            {published}
            {far}
        </dl>
        {hidden("token", token.id.as_str())}
        {hidden("revision", revision)}
        {price.view(errors)}
        {reason.view(errors)}
        {until.view(errors)}
    };
    let form = form(visit.token(), NEW, "Set price", fields.into_any());
    visit.page("Set a price by hand", form)
}

async fn new(
    State(desk): State<Desk>,
    visit: Visit,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let asked = asked.map_or_else(|_| String::new(), |Query(asked)| asked.token);
    if asked.trim().is_empty() {
        return Ok(choose(&visit, "", &Errors::default()));
    }
    let Ok(token) = desk.service().find(&asked) else {
        return Ok(no_token(&visit, &asked));
    };
    let held = desk.overrides().of(&token.id).await?;
    let revision = held.map_or(0, |it| it.revision).to_string();
    let (typed, errors) = (Fields::default(), Errors::default());
    Ok(form_page(&desk, &visit, &token, &revision, &typed, &errors))
}

/// Asks whether a price that is far from the computed one is meant.
fn ask_whether(
    visit: &Visit,
    token: &Token,
    price: Price,
    far: Option<Decimal>,
    fields: &Fields,
) -> Response {
    let words = format!(
        "{} would be published at {price} US dollars: {}. Everyone who reads this server's prices gets that number.",
        token.name,
        distance_in_words(far)
    );
    let kept = ["token", "revision", "price", "reason", "until"]
        .map(|name| hidden(name, fields.get(name)));
    let content = view! {
        <form class="panel admin-form" method="post" action=NEW>
            {token_field(visit.token())}
            {kept.into_iter().collect_view()}
            {hidden("meant", fields.get("price"))}
            <p>{words}</p>
            <div class="button-row">
                <button class="button button-danger" type="submit">"Set this price"</button>
                <button class="button" type="submit" name="change" value="yes">"Change it"</button>
            </div>
        </form>
    };
    visit.page("Is this price meant?", content)
}

async fn set(State(desk): State<Desk>, visit: Visit, fields: Fields) -> Result<Response, Problem> {
    let Ok(token) = desk.service().by_id(fields.get("token")) else {
        return Ok(no_token(&visit, fields.get("token")));
    };
    let mut errors = Errors::default();
    let now = desk.service().at();
    let price = overrides::price(fields.get("price"));
    let price = price.map_err(|error| errors.add("price", &error));
    let reason = overrides::reason(fields.get("reason"));
    let reason = reason.map_err(|error| errors.add("reason", &error));
    let until = overrides::until(fields.get("until"), now);
    let until = until.map_err(|error| errors.add("until", &error));
    let revision = fields.get("revision");
    let (Ok(price), Ok(reason), Ok(until)) = (price, reason, until) else {
        let page = form_page(&desk, &visit, &token, revision, &fields, &errors);
        return Ok(not_accepted(page));
    };
    let far = distance(price, desk.service().summary(&token.id).computed());
    let is_worth_asking = far.is_none_or(|far| far.abs() > WORTH_ASKING_PCT);
    if !fields.get("change").is_empty() {
        return Ok(form_page(&desk, &visit, &token, revision, &fields, &errors));
    }
    // An answer counts for the price that was asked about, and for no other.
    if is_worth_asking && fields.get("meant") != fields.get("price") {
        return Ok(ask_whether(&visit, &token, price, far, &fields));
    }
    // Without a number it was made on no state at all.
    let seen = revision.parse().map_err(|_| OverrideError::Changed)?;
    let by = visit.by();
    let done = desk
        .overrides()
        .set(&token.id, (price, reason, until), seen, &by);
    match done.await {
        Ok(()) => {
            let said = format!("{} is published at {price} USD.", token.name);
            visit.go(OVERRIDES, &said).await
        }
        Err(error @ OverrideError::UsDollar) => {
            errors.add("price", &error);
            let page = form_page(&desk, &visit, &token, revision, &fields, &errors);
            Ok(not_accepted(page))
        }
        Err(error) => Err(error.into()),
    }
}
