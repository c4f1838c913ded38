//! The form of one token: changing it, and adding one. What is typed is read by `typed_token`.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use leptos::prelude::*;
use parallax::account::Permission;
use parallax::token::Symbol;
use parallax::venue::VenueId;
use parallax_service::tokens::{KnownToken, TokenError};
use serde::Deserialize;

use super::tokens::{KINDS, TOKENS, changed_word, named, page_of};
use super::typed_token::{as_typed, read, refusal};
use super::{Screens, claim, may};
use crate::Desk;
use crate::form::Fields;
use crate::list::history;
use crate::page::fields::{Errors, Field, Lines, boxes, form, hidden, not_accepted, select};
use crate::page::{Problem, sentence, time};
use crate::visit::Visit;

const NEW: &str = "/mgmt/tokens/new";

pub(super) fn screens(screens: Screens) -> Screens {
    let (browse, edit) = (may(Permission::Browse), may(Permission::Edit));
    screens
        .page("/mgmt/tokens/{id}", browse, show)
        .form(NEW, edit, new, add)
        .form("/mgmt/tokens/{id}/edit", edit, ask, change)
}

fn fields_view(typed: &Fields, errors: &Errors, is_new: bool) -> AnyView {
    let field = |name, label, hint| {
        let field = Field {
            name,
            label,
            kind: "text",
            value: typed.get(name),
            autocomplete: "off",
            hint,
        };
        field.view(errors)
    };
    let id = is_new.then(|| {
        field(
            "id",
            "Id",
            "For ever: CoinGecko's slug, lowercase letters, digits and '-', such as wrapped-bitcoin.",
        )
    });
    let kinds = KINDS.map(|(word, _)| {
        let words = match word {
            "fiat" => "fiat: government money",
            "stablecoin" => "stablecoin: meant to be worth one unit of a currency",
            _ => "crypto: everything else",
        };
        (word, words.to_owned())
    });
    let contracts = Lines {
        name: "contracts",
        label: "Contracts",
        value: typed.get("contracts"),
        hint: "One a line, one a chain: the chain by CoinGecko's platform id, a blank, the address. \
               ethereum 0xdac17f958d2ee523a2206206994597c13d831ec7",
    };
    let codes = Lines {
        name: "codes",
        label: "Codes on exchanges",
        value: typed.get("codes"),
        hint: "One a line: the exchange's id, a blank, its code, such as kraken XBT. On an exchange that is named \
               here only these codes mean the token, and not its symbol; several lines give several codes. \
               “kraken -” says that it is not on Kraken. On all other exchanges the symbol means it.",
    };
    let enabled = [(
        "yes",
        "Enabled: priced, listed, and meant by its codes".to_owned(),
    )];
    let ticked: Vec<&str> = typed.all("enabled").collect();
    view! {
        {id}
        {field("name", "Name", "For people, up to 60 characters.")}
        {field("symbol", "Symbol", "The usual ticker, which no other token may have.")}
        {select("kind", "Kind", &kinds, typed.get("kind"), errors)}
        {contracts.view(errors)}
        {codes.view(errors)}
        {boxes("enabled", "In force", &enabled, &ticked, errors)}
    }
    .into_any()
}

fn page(
    visit: &Visit,
    known: &KnownToken,
    typed: &Fields,
    revision: &str,
    errors: &Errors,
) -> Response {
    let entry = &known.entry;
    let id = entry.id.as_str();
    let refused = known.refused.as_ref().map(|error| {
        let text = format!(
            "What was decided about this token is not in force, because it clashes with the catalogue: {} Change \
             it, or the other token.",
            sentence(error)
        );
        view! { <p class="admin-warning">{text}</p> }
    });
    let decided = known.decided_at.map(|at| {
        view! { <div><dt>"Last changed"</dt><dd>{time(at)}</dd></div> }
    });
    let facts = view! {
        <section class="panel">
            <dl class="admin-facts">
                <div><dt>"Id"</dt><dd><code>{id.to_owned()}</code></dd></div>
                <div><dt>"State"</dt><dd>{changed_word(known)}</dd></div>
                <div><dt>"Rank"</dt><dd>{known.rank.map_or_else(|| "none".to_owned(), |rank| rank.to_string())}</dd></div>
                {decided}
            </dl>
        </section>
    };
    let main = if visit.may(Permission::Edit) {
        let fields = view! {
            {hidden("revision", revision)}
            {fields_view(typed, errors, false)}
        };
        let action = format!("{}/edit", page_of(id));
        form(visit.token(), &action, "Save", fields.into_any())
    } else {
        read_only(typed)
    };
    let public = known.rank.map(|_| {
        let to = format!("/tokens/{id}");
        view! { <a class="button" href=to>"Public page"</a> }
    });
    let history = visit.may(Permission::Audit).then(|| {
        let to = history("token", id);
        view! { <a class="button" href=to>"History"</a> }
    });
    let reset = (visit.may(Permission::Edit) && known.is_shipped && known.is_decided).then(|| {
        let to = format!("{}/reset", page_of(id));
        view! { <a class="button" href=to>"Reset to the shipped entry"</a> }
    });
    let content = view! {
        {refused}
        {facts}
        {main}
        <p class="button-row admin-actions">
            {public}{history}{reset}<a class="button" href=TOKENS>"All tokens"</a>
        </p>
    };
    visit.page(&entry.name, content)
}

/// For those who may look only.
fn read_only(typed: &Fields) -> AnyView {
    let line = |label: &'static str, name: &'static str| {
        let value = typed.get(name).to_owned();
        view! { <div><dt>{label}</dt><dd class="admin-lines">{value}</dd></div> }
    };
    view! {
        <section class="panel">
            <dl class="admin-facts">
                {line("Name", "name")}
                {line("Symbol", "symbol")}
                {line("Kind", "kind")}
                {line("Contracts", "contracts")}
                {line("Codes", "codes")}
            </dl>
        </section>
    }
    .into_any()
}

async fn show(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let known = named(&desk, &id)?;
    let typed = as_typed(&known.entry);
    let revision = known.revision.to_string();
    Ok(page(&visit, &known, &typed, &revision, &Errors::default()))
}

/// The form is on the token's page.
async fn ask(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    show(State(desk), visit, Path(id)).await
}

async fn change(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let known = named(&desk, &id)?;
    let revision = fields.get("revision");
    let again = |errors: &Errors| page(&visit, &known, &fields, revision, errors);
    let mut errors = Errors::default();
    let entry = read(&desk, &fields, &id, &mut errors);
    let (Some(entry), Ok(seen)) = (entry, revision.parse()) else {
        return Ok(not_accepted(again(&errors)));
    };
    match desk.tokens().change(entry, seen, &visit.by()).await {
        Ok(()) => {
            let said = format!("{} is saved and in force.", fields.get("name").trim());
            visit.go(&page_of(&id), &said).await
        }
        // What was typed stays, on the state that it was made from: sending it again changes nothing either.
        Err(TokenError::Changed) => {
            let mut errors = Errors::default();
            errors.say(
                "name",
                "Someone else has changed this token since you opened it, and nothing was saved. Open it in another \
                 tab to see how it is now, and repeat there what you want of this.",
            );
            Ok((StatusCode::CONFLICT, again(&errors)).into_response())
        }
        Err(error) => Ok(not_accepted(again(&refusal(error)?))),
    }
}

/// What a new token may begin with: an exchange's code that nobody knows.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Begun {
    exchange: String,
    code: String,
}

fn new_page(desk: &Desk, visit: &Visit, typed: &Fields, errors: &Errors) -> Response {
    let (exchange, code) = (typed.get("exchange"), typed.get("code"));
    let row = claim::row_of(desk, exchange, code).filter(|row| row.contract.is_some());
    let warning = row.as_ref().map(claim::proves_nothing);
    let fields = view! {
        {warning}
        {hidden("exchange", exchange)}
        {hidden("code", code)}
        {fields_view(typed, errors, true)}
    };
    let form = form(visit.token(), NEW, "Add token", fields.into_any());
    visit.page("New token", form)
}

async fn new(State(desk): State<Desk>, visit: Visit, Query(begun): Query<Begun>) -> Response {
    let mut typed = vec![("enabled", "yes".to_owned()), ("kind", "crypto".to_owned())];
    let row = claim::row_of(&desk, &begun.exchange, &begun.code);
    let code = begun.code.parse::<Symbol>().ok();
    let venue = begun.exchange.parse::<VenueId>().ok();
    if let Some(contract) = row.as_ref().and_then(claim::contract_of) {
        // Its name and symbol are not taken over from a stranger: somebody types them, and looks.
        let line = format!("{} {}", contract.chain, contract.address);
        typed.push(("contracts", line));
        typed.push(("exchange", begun.exchange));
        typed.push(("code", begun.code));
    } else if let (Some(code), Some(venue)) = (code, venue) {
        typed.push(("symbol", code.to_string()));
        typed.push(("codes", format!("{venue} {code}")));
    }
    new_page(&desk, &visit, &Fields::of(typed), &Errors::default())
}

async fn add(State(desk): State<Desk>, visit: Visit, fields: Fields) -> Result<Response, Problem> {
    let mut errors = Errors::default();
    let entry = read(&desk, &fields, fields.get("id"), &mut errors);
    let Some(entry) = entry else {
        return Ok(not_accepted(new_page(&desk, &visit, &fields, &errors)));
    };
    let (id, name) = (entry.id.clone(), entry.name.clone());
    match desk.tokens().add(entry, &visit.by()).await {
        Ok(()) => {
            let said = format!("{name} is added and in force.");
            visit.go(&page_of(id.as_str()), &said).await
        }
        Err(error) => {
            let errors = refusal(error)?;
            Ok(not_accepted(new_page(&desk, &visit, &fields, &errors)))
        }
    }
}
