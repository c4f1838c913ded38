//! API keys: who has one, making one (its text is shown this once), and revoking.

use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use leptos::prelude::*;
use parallax::account::Permission;
use parallax::key::{ApiKey, KeyEnd, KeyId, KeyName, Scope, Scopes};
use parallax_service::keys::Revocation;

use super::action::{Action, Kind, Paged};
use super::{Group, Screens, Section, may};
use crate::Desk;
use crate::form::Fields;
use crate::list::{Around, Cell, Column, Filter, List, Search, held};
use crate::page::Problem;
use crate::page::fields::{Errors, Field, boxes, form, not_accepted, select};
use crate::visit::Visit;

const KEYS: &str = "/mgmt/keys";
const REVOKE_MANY: &str = "/mgmt/keys/revoke";

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
        .section(Section {
            path: KEYS,
            title: "API keys",
            line: "Which programs may ask, and when they last did.",
            group: Group::Access,
            needs: Permission::Keys,
        })
        .page(KEYS, keys, list)
        .form("/mgmt/keys/new", keys, new, create)
        .act("/mgmt/keys/{id}/revoke", &REVOKE)
        .act_many(REVOKE_MANY, &REVOKE)
}

/// A key with how it stands now.
struct Row {
    key: ApiKey,
    end: Option<KeyEnd>,
}

impl Row {
    fn state(&self) -> &'static str {
        self.end.map_or("in force", KeyEnd::as_str)
    }
}

static LIST: List<Row> = List {
    title: "API keys",
    columns: &[
        Column::new("name", "Name", |row: &Row| Cell::text(&row.key.name)).sorted(),
        Column::new("prefix", "Begins with", |row: &Row| {
            Cell::Code(row.key.id.prefix())
        }),
        Column::new("scopes", "May", |row: &Row| {
            Cell::text(row.key.scopes.to_string().replace(',', ", "))
        })
        .sorted(),
        Column::new("state", "State", |row: &Row| Cell::text(row.state())).sorted(),
        Column::new("made", "Made", |row: &Row| Cell::time(row.key.created_at)).sorted(),
        Column::new("expires", "Expires", |row: &Row| {
            Cell::Time(row.key.expires_at, "never")
        })
        .sorted(),
        Column::new("used", "Last used", |row: &Row| {
            Cell::Time(row.key.last_used_at, "never")
        })
        .sorted(),
        Column::new("revoked", "Revoked", |row: &Row| {
            Cell::Time(row.key.revoked_at, "no")
        })
        .sorted()
        .extra(),
        Column::acts("do", Permission::Keys, |row: &Row| match row.end {
            None => Cell::link(format!("{KEYS}/{}/revoke", row.key.id), "Revoke"),
            Some(_) => Cell::Text(String::new()),
        }),
    ],
    filters: &[
        Filter::word("state", "state", |row| row.state().to_owned()),
        Filter::many("scope", "scope", |row| {
            let scopes = row.key.scopes.iter().map(Scope::as_str);
            scopes
                .map(|word| (word.to_owned(), word.to_owned()))
                .collect()
        }),
        Filter::word("used", "use", |row| {
            let used = row.key.last_used_at;
            used.map_or("never used", |_| "used").to_owned()
        }),
    ],
    search: Some(Search {
        hint: "Name, or what the key begins with.",
        text: |row| format!("{} {}", row.key.name, row.key.id.prefix()),
    }),
    usual: None,
    time: Some(|row| Some(row.key.created_at)),
    order: ("made", true),
    id: |row| row.key.id.to_string(),
    history: Some(|row| ("key", row.key.id.to_string())),
    empty: "There is no key yet.",
};

async fn list(
    State(desk): State<Desk>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let keys = desk.keys().list().await;
    let keys = keys.map_err(|error| Problem::store(&error))?;
    let now = desk.sessions().now();
    let rows = keys.into_iter().map(|key| Row {
        end: key.ended(now),
        key,
    });
    let above = view! {
        <p class="button-row admin-actions"><a class="button" href="/mgmt/keys/new">"New key"</a></p>
    };
    let around = Around {
        above: Some(above.into_any()),
        bulk: vec![REVOKE.bulk(REVOKE_MANY)],
    };
    Ok(held::page(
        &LIST,
        &visit,
        query.as_deref(),
        rows.collect(),
        around,
    ))
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

/// Keys that can be acted on.
struct Held;

impl Kind for Held {
    type Object = ApiKey;
    const LIST: &'static str = KEYS;
    const MANY: &'static str = "API keys";

    async fn named(desk: &Desk, id: &str) -> Result<ApiKey, Problem> {
        named(desk, id).await
    }

    fn name(key: &ApiKey) -> String {
        format!("{} ({})", key.name, key.id.prefix())
    }
}

impl Paged for Held {
    fn page_of(_: &ApiKey) -> String {
        KEYS.to_owned()
    }

    fn path_of(key: &ApiKey) -> String {
        format!("{KEYS}/{}", key.id)
    }
}

static REVOKE: Action<Held> = Action {
    needs: Permission::Keys,
    word: "revoke",
    title: "Revoke this key?",
    button: "Revoke",
    text: |name| {
        format!(
            "{name} will be refused, and its open streams end within five seconds. This cannot be undone."
        )
    },
    run: |desk, key, visit| {
        Box::pin(async move {
            let done = desk.keys().revoke(&key.id, &visit.by()).await;
            match done.map_err(|error| Problem::store(&error))? {
                Revocation::Done => Ok(format!("The key {} is revoked.", key.name)),
                Revocation::Before(at) => {
                    Ok(format!("The key {} was revoked before, at {at}.", key.name))
                }
                Revocation::Unknown => Err(Problem::not_found("API key")),
            }
        })
    },
};
