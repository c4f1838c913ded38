//! The form of one token: changing it, adding one, and going back to the shipped entry.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use leptos::prelude::*;
use parallax::account::Permission;
use parallax::catalogue::{CatalogueError, Entry, EntryError};
use parallax::token::{Contract, Symbol, TokenId};
use parallax::venue::VenueId;
use parallax_service::tokens::{KnownToken, TokenError};
use serde::Deserialize;

use super::tokens::{KINDS, TOKENS, changed_word, kind_word, page_of};
use super::{Screens, claim, may};
use crate::Desk;
use crate::form::Fields;
use crate::page::fields::{
    Errors, Field, Lines, Question, boxes, form, hidden, not_accepted, select,
};
use crate::page::{Problem, sentence, time};
use crate::visit::Visit;

const NEW: &str = "/mgmt/tokens/new";
/// In the place of a code: the token is not on that exchange.
const NOWHERE: &str = "-";

pub(super) fn screens(screens: Screens) -> Screens {
    let (browse, edit) = (may(Permission::Browse), may(Permission::Edit));
    screens
        .page("/mgmt/tokens/{id}", browse, show)
        .form(NEW, edit, new, add)
        .form("/mgmt/tokens/{id}/edit", edit, ask, change)
        .form("/mgmt/tokens/{id}/reset", edit, ask_reset, reset)
}

fn named(desk: &Desk, id: &str) -> Result<KnownToken, Problem> {
    let known = desk.tokens().get(id);
    known.ok_or_else(|| Problem::not_found("token"))
}

/// An entry as the form shows it.
fn as_typed(entry: &Entry) -> Fields {
    let contracts = entry.contracts.iter();
    let contracts: Vec<_> = contracts
        .map(|contract| format!("{} {}", contract.chain, contract.address))
        .collect();
    let mut codes = Vec::new();
    for (venue, own) in &entry.codes {
        if own.is_empty() {
            codes.push(format!("{venue} {NOWHERE}"));
        }
        codes.extend(own.iter().map(|code| format!("{venue} {code}")));
    }
    let enabled = if entry.enabled { "yes" } else { "" };
    Fields::of([
        ("id", entry.id.to_string()),
        ("symbol", entry.symbol.to_string()),
        ("name", entry.name.clone()),
        ("kind", kind_word(entry.kind).to_owned()),
        ("contracts", contracts.join("\n")),
        ("codes", codes.join("\n")),
        ("enabled", enabled.to_owned()),
    ])
}

/// The two words of each line that is not empty.
fn pairs<'a>(
    text: &'a str,
    field: &'static str,
    what: &str,
    errors: &mut Errors,
) -> Vec<(&'a str, &'a str)> {
    let mut found = Vec::new();
    let lines = text.lines().map(str::trim).zip(1..);
    for (line, number) in lines.filter(|(line, _)| !line.is_empty()) {
        let mut words = line.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some(one), Some(other), None) => found.push((one, other)),
            _ => errors.say(field, &format!("Line {number} must be {what}.")),
        }
    }
    found
}

/// What was typed as an entry; `None` when something is wrong, which is then beside its field.
fn read(desk: &Desk, fields: &Fields, id: &str, errors: &mut Errors) -> Option<Entry> {
    let id = id.trim().parse::<TokenId>();
    let id = id.map_err(|error| errors.add("id", &error));
    let symbol = fields.get("symbol").trim().parse::<Symbol>();
    let symbol = symbol.map_err(|error| errors.add("symbol", &error));
    let kind = KINDS
        .into_iter()
        .find(|(word, _)| *word == fields.get("kind"));
    if kind.is_none() {
        errors.say("kind", "Choose one of these.");
    }
    let what = "a chain and an address, such as ethereum 0x…";
    let contracts = pairs(fields.get("contracts"), "contracts", what, errors);
    let contracts = contracts.into_iter().map(|(chain, address)| Contract {
        chain: chain.to_lowercase(),
        address: match address.get(..2) {
            Some("0x" | "0X") => address.to_lowercase(),
            _ => address.to_owned(),
        },
    });
    let contracts = contracts.collect();
    let codes = codes(desk, fields, errors);
    let entry = Entry {
        id: id.ok()?,
        symbol: symbol.ok()?,
        name: fields.get("name").trim().to_owned(),
        kind: kind?.1,
        contracts,
        codes,
        // What is set aside stays so without the form.
        set_aside: BTreeMap::new(),
        enabled: fields.get("enabled") == "yes",
    };
    if let Err(error) = entry.check() {
        errors.add(field_of(&error), &error);
    }
    errors.is_empty().then_some(entry)
}

fn codes(desk: &Desk, fields: &Fields, errors: &mut Errors) -> BTreeMap<VenueId, Vec<Symbol>> {
    let mut venues: BTreeSet<VenueId> = desk.tokens().named_venues().into_iter().collect();
    venues.extend(desk.service().venues().iter().map(|venue| venue.id.clone()));
    let mut codes: BTreeMap<VenueId, Vec<Symbol>> = BTreeMap::new();
    let what = "an exchange and its code, such as kraken XBT";
    for (venue, code) in pairs(fields.get("codes"), "codes", what, errors) {
        let Some(venue) = venues.iter().find(|known| known.as_str() == venue) else {
            let known: Vec<_> = venues.iter().map(VenueId::as_str).collect();
            let text = format!(
                "There is no exchange {venue:?}; known are {}.",
                known.join(", ")
            );
            errors.say("codes", &text);
            continue;
        };
        let own = codes.entry(venue.clone()).or_default();
        if code == NOWHERE {
            continue;
        }
        match code.parse::<Symbol>() {
            Ok(code) if own.contains(&code) => {}
            Ok(code) => own.push(code),
            Err(error) => errors.add("codes", &error),
        }
    }
    codes
}

/// The field that an error is about.
const fn field_of(error: &EntryError) -> &'static str {
    match error {
        EntryError::Name => "name",
        EntryError::Chain(_) | EntryError::Address | EntryError::SameChain(_) => "contracts",
        EntryError::TooMany { what, .. } => match what.as_bytes() {
            b"codes" => "codes",
            _ => "contracts",
        },
        EntryError::Usd => "kind",
    }
}

/// What is wrong with a form whose entry was refused, beside its field; a problem of its own otherwise.
fn refusal(error: TokenError) -> Result<Errors, Problem> {
    let field = match &error {
        TokenError::Exists(_) => "id",
        TokenError::Same => "name",
        TokenError::Catalogue(CatalogueError::DuplicateToken(_)) => "id",
        TokenError::Catalogue(CatalogueError::AmbiguousCode { venue: None, .. }) => "symbol",
        TokenError::Catalogue(CatalogueError::AmbiguousCode { .. }) => "codes",
        TokenError::Catalogue(CatalogueError::AmbiguousContract { .. }) => "contracts",
        TokenError::Catalogue(CatalogueError::Entry { source, .. }) => field_of(source),
        _ => return Err(error.into()),
    };
    Ok(Errors::one(field, &error))
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
        view! { <p class="banner" data-tone="warning">{text}</p> }
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
        let to = format!("/mgmt/audit?kind=token&object={id}");
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

async fn ask_reset(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let known = named(&desk, &id)?;
    let Some(shipped) = desk.tokens().shipped(&id).filter(|_| known.is_decided) else {
        return Err(TokenError::NothingToReset.into());
    };
    let page = page_of(&id);
    let question = Question {
        title: "Reset to the shipped entry?",
        text: format!(
            "Everything that was decided here about {} is given up, and what this version of the program says of it \
             is in force: {} ({}), {}.",
            known.entry.name,
            shipped.name,
            shipped.symbol,
            kind_word(shipped.kind),
        ),
        action: &format!("{page}/reset"),
        button: "Reset",
        back: &page,
        about: None,
    };
    Ok(question.page(&visit))
}

async fn reset(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let known = named(&desk, &id)?;
    let desk = desk.tokens();
    desk.reset(&id, known.revision, &visit.by()).await?;
    visit
        .go(&page_of(&id), "The shipped entry is in force.")
        .await
}
