//! The system: the program, the database with its tables, what is kept how long, and the configuration in force.

use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use leptos::prelude::*;
use parallax::account::Permission;
use parallax_service::TableSize;

use super::{Group, Screens, Section, may};
use crate::Desk;
use crate::list::{Around, Cell, Column, Filter, List, Search, held};
use crate::page::table::table;
use crate::page::{mark, time, time_or};
use crate::system::{Setting, SettingSource};
use crate::visit::Visit;

pub(super) const SYSTEM: &str = "/mgmt/system";

pub(super) fn screens(screens: Screens) -> Screens {
    screens
        .section(Section {
            path: SYSTEM,
            title: "System",
            line: "The program, the database, and the configuration in force.",
            group: Group::System,
            needs: Permission::Browse,
        })
        .page(SYSTEM, may(Permission::Browse), show)
}

static LIST: List<Setting> = List {
    title: "System",
    columns: &[
        Column::new("key", "Setting", |row: &Setting| {
            Cell::Code(row.key.clone())
        })
        .sorted(),
        Column::new("value", "In force", |row: &Setting| Cell::text(&row.value)).sorted(),
        Column::new("source", "Source", |row: &Setting| {
            Cell::text(row.source.as_str())
        })
        .sorted(),
        Column::new("variable", "Variable", |row: &Setting| match &row.source {
            SettingSource::Environment(name) => Cell::Code(name.clone()),
            _ => Cell::Text(String::new()),
        }),
    ],
    filters: &[
        Filter::word("source", "source", |row| row.source.as_str().to_owned()),
        Filter::word("section", "section", |row| {
            let section = row.key.split_once('.');
            section.map_or("top", |(section, _)| section).to_owned()
        }),
    ],
    search: Some(Search {
        hint: "A setting or its value.",
        text: |row| format!("{} {}", row.key, row.value),
    }),
    usual: None,
    time: None,
    order: ("key", false),
    id: |row| row.key.clone(),
    history: None,
    empty: "The configuration is not known.",
};

async fn show(State(desk): State<Desk>, visit: Visit, RawQuery(query): RawQuery) -> Response {
    let above = view! {
        {program(&desk)}
        {database(&desk).await}
        {retention(&desk)}
        <h2>"Configuration in force"</h2>
    };
    let around = Around {
        above: Some(above.into_any()),
        bulk: Vec::new(),
    };
    let rows = desk.system().settings.clone();
    held::page(&LIST, &visit, query.as_deref(), rows, around)
}

fn fact(name: &'static str, value: impl IntoAny) -> AnyView {
    view! { <div><dt>{name}</dt><dd>{value.into_any()}</dd></div> }.into_any()
}

fn program(desk: &Desk) -> AnyView {
    let status = desk.service().status();
    let about = &status.about;
    let memory = (desk.system().memory_bytes)().map_or_else(|| "not known".to_owned(), bytes);
    let market = if about.simulated { "simulated" } else { "real" };
    view! {
        <section class="panel">
            <h2>"This program"</h2>
            <dl class="admin-facts">
                {fact("Version", about.version.clone())}
                {fact("Method of the price", about.method)}
                {fact("Market", market)}
                {fact("Started", time(status.started_at))}
                {fact("Up for", span(status.at.since(status.started_at)))}
                {fact("Memory", memory)}
                {fact("Open streams", status.stream_clients)}
            </dl>
        </section>
    }
    .into_any()
}

async fn database(desk: &Desk) -> AnyView {
    let store = desk.service().status().store;
    let (shape, word) = match store.healthy {
        true => ("live", "takes what is written"),
        false => ("no_quorum", "away"),
    };
    // Whatever the database does, the rest of the page is shown.
    let size = desk.service().database_size().await;
    let size = size.map_err(|error| {
        tracing::warn!(%error, "the tables could not be measured");
    });
    let (whole, tables) = match size {
        Ok(size) => (bytes(size.size_bytes), size.tables),
        Err(()) => (
            "not known while the database is away".to_owned(),
            Vec::new(),
        ),
    };
    let rows = tables.iter().map(table_row).collect();
    let columns = ["Table", "Size", "Rows, about"];
    let tables = table(
        "Tables",
        &columns,
        rows,
        "The tables could not be measured.",
    );
    let spool = format!(
        "{} rows, {} of {}",
        store.spooled_rows,
        bytes(store.spool_bytes),
        bytes(store.spool_limit_bytes)
    );
    let error = store
        .last_error
        .clone()
        .map(|error| fact("Last error", error));
    view! {
        <section class="panel">
            <h2>"Database"</h2>
            <dl class="admin-facts">
                {fact("Kind", store.backend.clone())}
                {fact("Place", desk.system().database.clone())}
                {fact("State", mark(shape, word))}
                {fact("Size", whole)}
                {fact("Last write", time_or(store.last_write_at, "none yet"))}
                {fact("Rows that wait", store.pending_rows)}
                {fact("Rows given up", store.dropped_rows)}
                {fact("Spool on disk", spool)}
                {error}
            </dl>
            {tables}
        </section>
    }
    .into_any()
}

fn table_row(table: &TableSize) -> Vec<AnyView> {
    let size = table.size_bytes.map(bytes);
    let size = size.unwrap_or_else(|| "not measured: the file is large".to_owned());
    let rows = table.rows.map(|rows| rows.to_string());
    vec![
        view! { <code>{table.name.clone()}</code> }.into_any(),
        size.into_any(),
        rows.unwrap_or_else(|| "not known".to_owned()).into_any(),
    ]
}

fn retention(desk: &Desk) -> AnyView {
    let kept = desk.system().retention.iter().map(|(what, kept)| {
        let kept = kept.map_or_else(|| "for ever".to_owned(), span);
        fact(what, kept)
    });
    let kept: Vec<_> = kept.collect();
    view! {
        <section class="panel"><h2>"Kept for"</h2><dl class="admin-facts">{kept}</dl></section>
    }
    .into_any()
}

/// Bytes with a unit, one place: `12.5 MiB`.
fn bytes(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1_024 {
        return format!("{bytes} B");
    }
    // In tenths of the unit, in whole numbers.
    let mut tenths = bytes.saturating_mul(10) / 1_024;
    let mut unit = "KiB";
    for next in units.into_iter().skip(1) {
        if tenths < 10_240 {
            break;
        }
        tenths /= 1_024;
        unit = next;
    }
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

/// A span in its two largest units: `3 d 4 h`.
fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (length, unit) in units {
        let count = rest / length;
        rest %= length;
        if count > 0 {
            parts.push(format!("{count} {unit}"));
        }
    }
    parts.truncate(2);
    match parts.is_empty() {
        true => "0 s".to_owned(),
        false => parts.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_spans_are_short() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(1_536), "1.5 KiB");
        assert_eq!(bytes(13_107_200), "12.5 MiB");
        assert_eq!(bytes(3 << 40), "3.0 TiB");
        assert_eq!(span(Duration::from_secs(59)), "59 s");
        assert_eq!(span(Duration::from_secs(90_061)), "1 d 1 h");
        assert_eq!(span(Duration::ZERO), "0 s");
    }
}
