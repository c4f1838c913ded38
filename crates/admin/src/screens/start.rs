//! The first page: what to look at, the few counts that cost nothing, what was done last, and where things are, as the
//! navigation groups them.

use axum::extract::State;
use axum::response::Response;
use leptos::prelude::*;
use parallax::account::Permission;
use parallax::audit::{AuditEntry, AuditQuery};

use super::audit::AUDIT;
use super::{Group, Screens, Section, attention, may};
use crate::Desk;
use crate::page::navigation::groups;
use crate::page::table::table;
use crate::page::{Problem, time};
use crate::visit::Visit;

/// Entries of the log that are shown.
const LATEST: u32 = 5;

pub(super) fn screens(screens: Screens) -> Screens {
    screens.page("/mgmt", may(Permission::Browse), show)
}

async fn show(State(desk): State<Desk>, visit: Visit) -> Result<Response, Problem> {
    let about = desk.service().about();
    let mut facts = vec![
        ("Version", about.version.clone()),
        (
            "Exchanges connected",
            format!("{} of {}", about.venues_live, about.venues_total),
        ),
    ];
    if visit.may(Permission::Users) {
        let accounts = desk.accounts().list().await?;
        let in_force = accounts
            .iter()
            .filter(|listed| listed.account.disabled_at.is_none());
        facts.push((
            "Accounts in force",
            format!("{} of {}", in_force.count(), accounts.len()),
        ));
    }
    if visit.may(Permission::Keys) {
        let keys = desk.keys().list().await;
        let keys = keys.map_err(|error| Problem::store(&error))?;
        let now = desk.sessions().now();
        let in_force = keys.iter().filter(|key| key.ended(now).is_none());
        facts.push((
            "API keys in force",
            format!("{} of {}", in_force.count(), keys.len()),
        ));
    }
    let facts: Vec<_> = facts
        .into_iter()
        .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
        .collect();
    let waiting = desk.tokens().review(&desk.service().unknown_codes());
    let waiting = waiting.rows.iter().filter(|row| !row.is_ignored).count();
    let waiting = view! { <a href="/mgmt/review">{waiting}</a> };
    let changes = if visit.may(Permission::Audit) {
        Some(changes(&desk).await?)
    } else {
        None
    };
    let groups: Vec<_> = groups(&desk, &visit).into_iter().map(group).collect();
    let role = format!(
        "You are signed in as {} ({}).",
        visit.account.username, visit.account.role
    );
    let content = view! {
        {attention::panel(&desk)}
        <section class="panel">
            <h2>"This server"</h2>
            <dl class="admin-facts">
                {facts}
                <div><dt>"Codes to review"</dt><dd>{waiting}</dd></div>
            </dl>
        </section>
        {changes}
        <div class="admin-groups">{groups}</div>
        <p class="page-sub">{role} " " <a href="/mgmt/me">"My account"</a></p>
    };
    Ok(visit.page("Overview", content))
}

/// What was done last, the newest first.
async fn changes(desk: &Desk) -> Result<AnyView, Problem> {
    let newest = AuditQuery {
        limit: LATEST,
        ..AuditQuery::default()
    };
    let entries = desk.accounts().audit(&newest).await?;
    let rows = entries.into_iter().map(|AuditEntry { note, .. }| {
        let object = note.object.map(|it| format!("{} {}", it.kind, it.id));
        vec![
            time(note.at),
            note.actor.name.into_any(),
            note.action.into_any(),
            object.unwrap_or_default().into_any(),
        ]
    });
    let columns = ["When", "Who", "Action", "Object"];
    let rows = table(
        "Last changes",
        &columns,
        rows.collect(),
        "Nothing was noted yet.",
    );
    Ok(view! {
        <section class="panel">
            <h2>"Last changes"</h2>
            {rows}
            <p><a href=AUDIT>"Audit log"</a></p>
        </section>
    }
    .into_any())
}

fn group((group, sections): (Group, Vec<&Section>)) -> AnyView {
    let lines: Vec<_> = sections
        .into_iter()
        .map(
            |Section {
                 path, title, line, ..
             }| {
                view! { <li><a href=*path>{*title}</a><p class="admin-hint">{*line}</p></li> }
            },
        )
        .collect();
    view! {
        <section class="panel">
            <h2>{group.as_str()}</h2>
            <ul class="admin-sections">{lines}</ul>
        </section>
    }
    .into_any()
}
