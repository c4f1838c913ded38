//! Prices set by hand: what is in force and what was, setting one, taking it back.
//!
//! A price far from the computed one is asked about again before it is published. What it means is `crates/service`'s.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use leptos::prelude::*;
use parallax::Decimal;
use parallax::account::Permission;
use parallax::amount::Price;
use parallax::by_hand::ComputedPrice;
use parallax::token::Token;
use parallax_service::overrides::{self, Override, OverrideError, WORTH_ASKING_PCT};
use serde::Deserialize;

use super::{Screens, may};
use crate::Desk;
use crate::form::Fields;
use crate::page::fields::{Errors, Field, Question, form, hidden, not_accepted, token_field};
use crate::page::table::table;
use crate::page::{Problem, time};
use crate::visit::Visit;

const OVERRIDES: &str = "/mgmt/overrides";
const NEW: &str = "/mgmt/overrides/new";

pub(super) fn screens(screens: Screens) -> Screens {
    let (browse, edit) = (may(Permission::Browse), may(Permission::Edit));
    screens
        .section(OVERRIDES, "Prices set by hand", Permission::Browse)
        .page(OVERRIDES, browse, list)
        .form(NEW, edit, new, set)
        .form("/mgmt/overrides/{id}/take-back", edit, ask_back, back)
}

fn name_of(desk: &Desk, token: &str) -> String {
    let token_of = desk.service().by_id(token);
    token_of.map_or_else(|_| token.to_owned(), |token| token.name.clone())
}

fn usd(price: Option<Price>) -> String {
    price.map_or_else(|| "none".to_owned(), |price| format!("{price} USD"))
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

async fn list(State(desk): State<Desk>, visit: Visit) -> Result<Response, Problem> {
    let now = desk.service().at();
    let (ended, holding): (Vec<_>, Vec<_>) = desk
        .overrides()
        .list()
        .await?
        .into_iter()
        .partition(|it| it.ended(now).is_some());
    let may_edit = visit.may(Permission::Edit);
    let may_audit = visit.may(Permission::Audit);
    let row = |it: Override| {
        let computed = desk.service().summary(&it.token).computed();
        let token = it.token.to_string();
        let page = format!("/tokens/{token}");
        let history = format!("/mgmt/audit?kind=price&object={token}");
        let again = format!("{NEW}?token={token}");
        let take_back = format!("{OVERRIDES}/{token}/take-back");
        let is_over = it.ended(now);
        let end = match it.taken_back_at {
            Some(at) => view! { {time(at)} " (taken back)" }.into_any(),
            None => time(it.set.until),
        };
        let links = may_edit.then(|| {
            let back = is_over
                .is_none()
                .then(|| view! { <a href=take_back>"Take back"</a> " · " });
            view! { {back} <a href=again>"Set anew"</a> }
        });
        let log = may_audit.then(|| view! { " · " <a href=history>"History"</a> });
        vec![
            view! { <a href=page>{name_of(&desk, &token)}</a> }.into_any(),
            usd(Some(it.set.price)).into_any(),
            usd(computed.price).into_any(),
            it.set.reason.into_any(),
            time(it.set.since),
            end,
            view! { <span>{links}{log}</span> }.into_any(),
        ]
    };
    let columns = [
        "Token",
        "Set price",
        "Computed now",
        "Reason",
        "Since",
        "Until",
        "Do",
    ];
    let holding = holding.into_iter().map(row).collect();
    let none = "All prices are computed.";
    let holding = table("In force", &columns, holding, none);
    let ended = ended.into_iter().map(row).collect();
    let ended = table("Ended", &columns, ended, "None has ended.");
    let new = may_edit.then(|| {
        view! {
            <p class="button-row admin-actions"><a class="button" href=NEW>"Set a price"</a></p>
        }
    });
    let content = view! {
        {new}
        <section class="admin-part">
            <h2>"In force"</h2>
            {holding}
        </section>
        <section class="admin-part">
            <h2>"Ended"</h2>
            <p class="page-sub">"The last one of each token; the audit log has all."</p>
            {ended}
        </section>
    };
    Ok(visit.page("Prices set by hand", content))
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

/// The override in force of the token that an address names.
async fn named(desk: &Desk, id: &str) -> Result<Override, Problem> {
    let unknown = || Problem::not_found("price set by hand");
    let token = id.parse().map_err(|_| unknown())?;
    let held = desk.overrides().of(&token).await?;
    held.ok_or_else(unknown)
}

async fn ask_back(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let held = named(&desk, &id).await?;
    let computed = desk.service().summary(&held.token).computed();
    let text = format!(
        "{} is published at {} US dollars, set by hand: {}. The computed price, now {}, is published again at once.",
        name_of(&desk, held.token.as_str()),
        held.set.price,
        held.set.reason,
        usd(computed.price)
    );
    let question = Question {
        title: "Take this price back?",
        text,
        action: &format!("{OVERRIDES}/{}/take-back", held.token),
        button: "Take back",
        back: OVERRIDES,
        about: None,
    };
    Ok(question.page(&visit))
}

async fn back(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let held = named(&desk, &id).await?;
    desk.overrides().take_back(&held.token, &visit.by()).await?;
    let said = format!(
        "The price of {} is computed again.",
        name_of(&desk, held.token.as_str())
    );
    visit.go(OVERRIDES, &said).await
}
