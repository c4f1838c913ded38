//! The audit log: filters, pages without counting, what was before and after, and CSV of what is filtered.

use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use leptos::prelude::*;
use parallax::account::Permission;
use parallax::audit::{AuditEntry, AuditQuery};
use parallax::time::Timestamp;
use serde::Deserialize;

use super::{Screens, may};
use crate::Desk;
use crate::page::fields::{Errors, Field};
use crate::page::table::table;
use crate::page::{Problem, time};
use crate::visit::Visit;

const AUDIT: &str = "/mgmt/audit";
/// Entries of a page.
const PAGE: u32 = 50;
/// Entries of a CSV file.
const MAX_CSV: u32 = 10_000;

pub(super) fn screens(screens: Screens) -> Screens {
    let audit = may(Permission::Audit);
    screens
        .section(AUDIT, "Audit log", Permission::Audit)
        .page(AUDIT, audit, show)
        .page("/mgmt/audit.csv", audit, csv)
}

/// What is asked for, as it stands in the address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    who: String,
    action: String,
    kind: String,
    object: String,
    from: String,
    until: String,
    before: String,
}

impl Asked {
    /// As a query, and what cannot be read.
    fn query(&self, limit: u32) -> (AuditQuery, Errors) {
        let mut errors = Errors::default();
        let text = |text: &str| {
            let text = text.trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        let mut day = |field: &'static str, text: &str| {
            let text = text.trim();
            if text.is_empty() {
                return None;
            }
            let day = format!("{text}T00:00:00Z").parse::<Timestamp>().ok();
            if day.is_none() {
                errors.say(field, "A day is written 2026-01-31.");
            }
            day
        };
        let from = day("from", &self.from);
        let until = day("until", &self.until);
        // The whole day that is named.
        let until = until.map(|day| day.plus(std::time::Duration::from_secs(86_400)));
        let query = AuditQuery {
            who: text(&self.who),
            action: text(&self.action),
            kind: text(&self.kind),
            object: text(&self.object),
            from,
            until,
            before: self.before.parse().ok(),
            limit,
        };
        (query, errors)
    }

    /// The same filters at an address, from an entry on.
    fn address(&self, path: &str, before: Option<i64>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let filters = [
            ("who", &self.who),
            ("action", &self.action),
            ("kind", &self.kind),
            ("object", &self.object),
            ("from", &self.from),
            ("until", &self.until),
        ];
        for (name, value) in filters.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        if let Some(before) = before {
            query.append_pair("before", &before.to_string());
        }
        format!("{path}?{}", query.finish())
    }

    fn filters(&self, errors: &Errors) -> AnyView {
        let field = |name, label, kind, value, hint| {
            let field = Field {
                name,
                label,
                kind,
                value,
                autocomplete: "off",
                hint,
            };
            field.view(errors)
        };
        view! {
            <form class="panel admin-filters" method="get" action=AUDIT>
                {field("who", "Who", "text", &self.who, "")}
                {field("action", "Action", "text", &self.action, "Or its beginning: session.")}
                {field("kind", "Kind of object", "text", &self.kind, "")}
                {field("object", "Object's id", "text", &self.object, "")}
                {field("from", "From (UTC)", "date", &self.from, "")}
                {field("until", "Until (UTC)", "date", &self.until, "")}
                <div class="button-row">
                    <button class="button" type="submit">"Filter"</button>
                    <a class="button" href=AUDIT>"All"</a>
                    <a class="button" href=self.address("/mgmt/audit.csv", None)>"CSV"</a>
                </div>
            </form>
        }
        .into_any()
    }
}

async fn show(
    State(desk): State<Desk>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    // One more than is shown says whether there are more, without counting them.
    let (query, errors) = asked.query(PAGE + 1);
    let mut entries = match errors.is_empty() {
        true => desk.accounts().audit(&query).await?,
        false => Vec::new(),
    };
    let shown = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let has_more = entries.len() > shown;
    entries.truncate(shown);
    let older = entries.last().filter(|_| has_more).map(|last| {
        let address = asked.address(AUDIT, Some(last.id));
        view! { <a class="button" href=address>"Older"</a> }
    });
    let newest = (!asked.before.is_empty()).then(|| {
        let address = asked.address(AUDIT, None);
        view! { <a class="button" href=address>"Newest"</a> }
    });
    let rows = entries.into_iter().map(row).collect();
    let columns = [
        "When",
        "Who",
        "Action",
        "Object",
        "From",
        "Before and after",
    ];
    let table = table("Audit log", &columns, rows, "Nothing was noted that fits.");
    let content = view! {
        {asked.filters(&errors)}
        {table}
        <p class="button-row admin-actions">{newest}{older}</p>
    };
    Ok(visit.page("Audit log", content))
}

fn row(entry: AuditEntry) -> Vec<AnyView> {
    let note = entry.note;
    let object = note
        .object
        .map(|object| format!("{} {}", object.kind, object.id));
    let agent = note
        .origin
        .agent
        .map(|agent| view! { <span class="cell-sub">{agent}</span> });
    let change = (note.before.is_some() || note.after.is_some()).then(|| {
        let part = |title: &'static str, state: Option<String>| {
            let state = state.map(|state| pretty(&state));
            state.map(|state| {
                view! { <p>{title}</p><pre class="admin-code"><code>{state}</code></pre> }
            })
        };
        view! {
            <details class="disclosure">
                <summary>"Show"</summary>
                {part("Before", note.before)}
                {part("After", note.after)}
            </details>
        }
    });
    vec![
        time(note.at),
        note.actor.name.into_any(),
        note.action.into_any(),
        object.unwrap_or_default().into_any(),
        view! { <span>{note.origin.address}{agent}</span> }.into_any(),
        change.into_any(),
    ]
}

/// JSON over several lines; what is none stays as it is.
fn pretty(json: &str) -> String {
    let value: Result<serde_json::Value, _> = serde_json::from_str(json);
    let pretty = value.and_then(|value| serde_json::to_string_pretty(&value));
    pretty.unwrap_or_else(|_| json.to_owned())
}

async fn csv(
    State(desk): State<Desk>,
    _: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (query, _) = asked.query(MAX_CSV);
    let entries = desk.accounts().audit(&query).await?;
    let mut text =
        "id,at,account,name,address,agent,action,object_kind,object_id,before,after\r\n".to_owned();
    for AuditEntry { id, note } in entries {
        let (kind, object) = note.object.map(|object| (object.kind, object.id)).unzip();
        let account = note.actor.account.map(|account| account.to_string());
        let cells = [
            Some(id.to_string()),
            Some(note.at.to_string()),
            account,
            Some(note.actor.name),
            note.origin.address,
            note.origin.agent,
            Some(note.action),
            kind,
            object,
            note.before,
            note.after,
        ];
        let cells = cells.map(|cell| self::cell(&cell.unwrap_or_default()));
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"audit.csv\"",
        ),
    ];
    Ok((headers, text).into_response())
}

/// A cell that no spreadsheet takes for a formula.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = text.replace('"', "\"\"");
    let mark = if is_formula { "'" } else { "" };
    format!("\"{mark}{text}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_no_formula_and_ends_where_it_ends() {
        assert_eq!(cell("anna"), "\"anna\"");
        assert_eq!(cell("a\"b,c"), "\"a\"\"b,c\"");
        assert_eq!(cell("=cmd()"), "\"'=cmd()\"");
    }
}
