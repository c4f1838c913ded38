//! The audit log: by who, what, to what and when; what was before and after; and CSV of what is filtered.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use leptos::prelude::*;
use parallax::account::Permission;
use parallax::audit::{AuditEntry, AuditQuery};
use parallax::time::Timestamp;

use super::{Group, Screens, Section, may};
use crate::Desk;
use crate::list::keyed::{self, Known, Reach};
use crate::list::{Asked, Cell, Choice, Column, Facet, List, Way};
use crate::page::Problem;
use crate::visit::Visit;

pub(super) const AUDIT: &str = "/mgmt/audit";
const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

/// The beginnings of actions, for the filter by links.
const ACTIONS: [(&str, &str); 8] = [
    ("session.", "sessions"),
    ("account.", "accounts"),
    ("key.", "API keys"),
    ("venue.", "exchanges"),
    ("token.", "tokens"),
    ("code.", "codes in review"),
    ("price.", "prices set by hand"),
    ("backfill.", "back-fill"),
];

/// The filters, which the database applies.
const FILTERS: [&str; 6] = ["who", "action", "kind", "object", "from", "until"];

pub(super) fn screens(screens: Screens) -> Screens {
    screens
        .section(Section {
            path: AUDIT,
            title: "Audit log",
            line: "Who did what, when, and from where.",
            group: Group::System,
            needs: Permission::Audit,
        })
        .page(AUDIT, may(Permission::Audit), show)
}

static LIST: List<AuditEntry> = List {
    title: "Audit log",
    columns: &[
        Column::new("at", "When", |entry: &AuditEntry| Cell::time(entry.note.at)).sorted(),
        Column::new("name", "Who", |entry: &AuditEntry| {
            Cell::text(&entry.note.actor.name)
        }),
        Column::new("action", "Action", |entry: &AuditEntry| {
            Cell::text(&entry.note.action)
        }),
        Column::new("object", "Object", |entry: &AuditEntry| {
            let object = entry.note.object.as_ref();
            Cell::Text(object.map_or_else(String::new, |it| format!("{} {}", it.kind, it.id)))
        }),
        Column::new("address", "From", |entry: &AuditEntry| {
            Cell::Text(entry.note.origin.address.clone().unwrap_or_default())
        }),
        Column::new("agent", "Browser", |entry: &AuditEntry| {
            Cell::Text(entry.note.origin.agent.clone().unwrap_or_default())
        })
        .extra(),
        Column::new("account", "Account", |entry: &AuditEntry| {
            let account = entry.note.actor.account.as_ref();
            Cell::Code(account.map(ToString::to_string).unwrap_or_default())
        })
        .extra(),
        Column::new("id", "Number", |entry: &AuditEntry| Cell::number(entry.id)).extra(),
        Column::new("change", "Before and after", change),
        Column::new("before", "Before", |entry: &AuditEntry| {
            Cell::Text(entry.note.before.clone().unwrap_or_default())
        })
        .extra(),
        Column::new("after", "After", |entry: &AuditEntry| {
            Cell::Text(entry.note.after.clone().unwrap_or_default())
        })
        .extra(),
    ],
    filters: &[],
    search: None,
    usual: None,
    time: Some(|entry| Some(entry.note.at)),
    order: ("at", true),
    id: |entry| entry.id.to_string(),
    history: None,
    empty: "Nothing was noted yet.",
};

/// What was changed, to be opened; in CSV both states as they are.
fn change(entry: &AuditEntry) -> Cell {
    let (before, after) = (&entry.note.before, &entry.note.after);
    if before.is_none() && after.is_none() {
        return Cell::Text(String::new());
    }
    let part = |title: &'static str, state: &Option<String>| {
        let state = state.as_deref().map(pretty);
        state.map(|state| {
            view! { <p>{title}</p><pre class="admin-code"><code>{state}</code></pre> }
        })
    };
    let shown = view! {
        <details class="disclosure">
            <summary>"Show"</summary>
            {part("Before", before)}
            {part("After", after)}
        </details>
    };
    let said = |state: &Option<String>| state.clone().unwrap_or_else(|| "nothing".to_owned());
    let words = format!("{} → {}", said(before), said(after));
    Cell::View(shown.into_any(), words)
}

/// JSON over several lines; what is none stays as it is.
fn pretty(json: &str) -> String {
    let value: Result<serde_json::Value, _> = serde_json::from_str(json);
    let pretty = value.and_then(|value| serde_json::to_string_pretty(&value));
    pretty.unwrap_or_else(|_| json.to_owned())
}

/// What the filters say, as a query; what cannot be read is noted as an error.
fn query(asked: &mut Asked) -> AuditQuery {
    let mut errors = Vec::new();
    let mut day = |name: &str| {
        let text = asked.filter(name);
        if text.is_empty() {
            return None;
        }
        let day = format!("{text}T00:00:00Z").parse::<Timestamp>().ok();
        if day.is_none() {
            errors.push("A day is written 2026-01-31.".to_owned());
        }
        day
    };
    let from = day("from");
    // The whole day that is named.
    let until = day("until").map(|day| day.plus(DAY));
    asked.errors.extend(errors);
    let period = asked.date.map(|period| period.span()).unzip();
    let text = |name: &str| {
        let text = asked.filter(name);
        (!text.is_empty()).then(|| text.to_owned())
    };
    AuditQuery {
        who: text("who"),
        action: text("action"),
        kind: text("kind"),
        object: text("object"),
        from: from.max(period.0),
        until: until.into_iter().chain(period.1).min(),
        ..AuditQuery::default()
    }
}

fn facets() -> Vec<Facet> {
    let input = |name, title, kind, hint| Facet {
        name,
        title,
        way: Way::Input(kind, hint),
    };
    let actions = ACTIONS
        .iter()
        .map(|(value, words)| Choice::new(value, words));
    vec![
        input("who", "Who", "text", ""),
        input("kind", "Kind of object", "text", ""),
        input("object", "Object’s id", "text", ""),
        input("from", "From (UTC)", "date", ""),
        input("until", "Until (UTC)", "date", ""),
        Facet {
            name: "action",
            title: "action",
            way: Way::Links(actions.collect()),
        },
    ]
}

/// The first and the last moment of which something is noted.
async fn span(desk: &Desk) -> Result<Option<(Timestamp, Timestamp)>, Problem> {
    let end = async |oldest_first| {
        let query = AuditQuery {
            oldest_first,
            limit: 1,
            ..AuditQuery::default()
        };
        let entries = desk.accounts().audit(&query).await?;
        Ok::<_, Problem>(entries.first().map(|entry| entry.note.at))
    };
    Ok(end(true).await?.zip(end(false).await?))
}

async fn show(
    State(desk): State<Desk>,
    visit: Visit,
    RawQuery(asked): RawQuery,
) -> Result<Response, Problem> {
    let mut asked = keyed::asked(&LIST, &visit, asked.as_deref(), &FILTERS);
    let wanted = query(&mut asked);
    let known = Known {
        facets: facets(),
        span: span(&desk).await?,
        ..Known::default()
    };
    let read = move |reach: Reach| {
        let (desk, wanted) = (desk.clone(), wanted.clone());
        async move {
            let query = AuditQuery {
                before: reach.below,
                after: reach.above,
                oldest_first: !reach.is_descending,
                limit: reach.limit,
                ..wanted
            };
            Ok(desk.accounts().audit(&query).await?)
        }
    };
    keyed::page(&LIST, &visit, &asked, known, read).await
}
