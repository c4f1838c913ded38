//! API keys: who has one, making one (its text is shown this once), and revoking.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::Response;
use leptos::prelude::*;
use parallax::account::Permission;
use parallax::key::{ApiKey, KeyId, KeyName, Scope, Scopes};
use parallax_service::keys::Revocation;

use super::{Screens, may};
use crate::Desk;
use crate::form::Fields;
use crate::page::fields::{Errors, Field, Question, boxes, form, not_accepted, select};
use crate::page::table::table;
use crate::page::{Problem, time, time_or};
use crate::visit::Visit;

const KEYS: &str = "/mgmt/keys";

/// How long a key may last: the form's word, words for people, and days.
const SPANS: [(&str, &str, Option<u64>); 5] = [
    ("never", "until it is revoked", None),
    ("7", "7 days", Some(7)),
    ("30", "30 days", Some(30)),
    ("90", "90 days", Some(90)),
    ("365", "a year", Some(365)),
];

pub(super) fn screens(screens: Screens) -> Screens {
    let keys = may(Permission::Keys);
    screens
        .section(KEYS, "API keys", Permission::Keys)
        .page(KEYS, keys, list)
        .form("/mgmt/keys/new", keys, new, create)
        .form("/mgmt/keys/{id}/revoke", keys, ask_revoke, revoke)
}

async fn list(State(desk): State<Desk>, visit: Visit) -> Result<Response, Problem> {
    let keys = desk.keys().list().await;
    let keys = keys.map_err(|error| Problem::store(&error))?;
    let now = desk.sessions().now();
    let rows = keys.into_iter().map(|key| {
        let end = key.ended(now);
        let revoke = format!("{KEYS}/{}/revoke", key.id);
        let history = format!("/mgmt/audit?kind=key&object={}", key.id);
        let revoke = end
            .is_none()
            .then(|| view! { <a href=revoke>"Revoke"</a>" · " });
        vec![
            key.name.to_string().into_any(),
            view! { <code>{key.id.prefix()}</code> }.into_any(),
            key.scopes.to_string().replace(',', ", ").into_any(),
            end.map_or("in force", |end| end.as_str()).into_any(),
            time(key.created_at),
            time_or(key.expires_at, "never"),
            time_or(key.last_used_at, "never"),
            view! { <span>{revoke}<a href=history>"History"</a></span> }.into_any(),
        ]
    });
    let columns = [
        "Name",
        "Begins with",
        "May",
        "State",
        "Made",
        "Expires",
        "Last used",
        "Do",
    ];
    let table = table("API keys", &columns, rows.collect(), "There is no key yet.");
    let content = view! {
        <p class="button-row admin-actions"><a class="button" href="/mgmt/keys/new">"New key"</a></p>
        {table}
    };
    Ok(visit.page("API keys", content))
}

fn scopes() -> Vec<(&'static str, String)> {
    let words = |scope: Scope| match scope {
        Scope::Read => "read: everything that is answered at once",
        Scope::Stream => "stream: server-sent events and WebSocket",
        Scope::Admin => "admin: what changes this server",
    };
    let scopes = Scope::ALL.into_iter();
    scopes
        .map(|scope| (scope.as_str(), words(scope).to_owned()))
        .collect()
}

fn new_page(visit: &Visit, typed: &Fields, ticked: &[&str], errors: &Errors) -> Response {
    let name = Field {
        name: "name",
        label: "Name",
        kind: "text",
        value: typed.get("name"),
        autocomplete: "off",
        hint: "Who uses it, to tell it from the others.",
    };
    let spans = SPANS.map(|(value, words, _)| (value, words.to_owned()));
    let fields = view! {
        {name.view(errors)}
        {boxes("scope", "May be used for", &scopes(), ticked, errors)}
        {select("lasts", "Lasts", &spans, typed.get("lasts"), errors)}
    };
    let form = form(
        visit.token(),
        "/mgmt/keys/new",
        "Make key",
        fields.into_any(),
    );
    visit.page("New API key", form)
}

async fn new(visit: Visit) -> Response {
    let usual = [Scope::Read.as_str(), Scope::Stream.as_str()];
    new_page(&visit, &Fields::default(), &usual, &Errors::default())
}

async fn create(
    State(desk): State<Desk>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    let ticked: Vec<&str> = fields.all("scope").collect();
    let mut errors = Errors::default();
    let name = fields.get("name").parse::<KeyName>();
    let name = name.map_err(|error| errors.add("name", &error));
    let chosen: Result<Vec<Scope>, _> = ticked.iter().map(|scope| scope.parse()).collect();
    let chosen = chosen.ok().and_then(Scopes::new);
    if chosen.is_none() {
        errors.say("scope", "Tick at least one of these.");
    }
    let lasts = SPANS
        .into_iter()
        .find(|(value, _, _)| *value == fields.get("lasts"));
    if lasts.is_none() {
        errors.say("lasts", "Choose one of these.");
    }
    let (Ok(name), Some(scopes), Some((_, _, days))) = (name, chosen, lasts) else {
        return Ok(not_accepted(new_page(&visit, &fields, &ticked, &errors)));
    };
    let lasts = days.map(|days| Duration::from_secs(days * 86_400));
    let by = visit.by();
    let made = desk.keys().issue(name, scopes, lasts, &by).await;
    let (text, key) = made.map_err(|error| Problem::store(&error))?;
    let secret = text.reveal().to_owned();
    let content = view! {
        <section class="panel">
            <p>"This is the key. It will not be shown again: keep it now."</p>
            <pre class="admin-code"><code>{secret}</code></pre>
            <p><a class="button" href=KEYS>"I have kept it"</a></p>
        </section>
    };
    Ok(visit.page(&format!("The key {}", key.name), content))
}

/// The key that an address names.
async fn named(desk: &Desk, id: &str) -> Result<ApiKey, Problem> {
    let unknown = || Problem::not_found("API key");
    let id: KeyId = id.parse().map_err(|_| unknown())?;
    let keys = desk.keys().list().await;
    let keys = keys.map_err(|error| Problem::store(&error))?;
    keys.into_iter()
        .find(|key| key.id == id)
        .ok_or_else(unknown)
}

async fn ask_revoke(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let key = named(&desk, &id).await?;
    let question = Question {
        title: "Revoke this key?",
        text: format!(
            "The key {} ({}) will be refused, and its open streams end within five seconds. This cannot be undone.",
            key.name,
            key.id.prefix()
        ),
        action: &format!("{KEYS}/{}/revoke", key.id),
        button: "Revoke",
        back: KEYS,
    };
    Ok(question.page(&visit))
}

async fn revoke(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let key = named(&desk, &id).await?;
    let by = visit.by();
    let done = desk.keys().revoke(&key.id, &by).await;
    let said = match done.map_err(|error| Problem::store(&error))? {
        Revocation::Done => format!("The key {} is revoked.", key.name),
        Revocation::Before(at) => format!("The key {} was revoked before, at {at}.", key.name),
        Revocation::Unknown => return Err(Problem::not_found("API key")),
    };
    visit.go(KEYS, &said).await
}
