//! The first page: where things are, and the few counts that cost nothing.

use axum::extract::State;
use axum::response::Response;
use leptos::prelude::*;
use parallax::account::Permission;

use super::{Screens, may};
use crate::Desk;
use crate::page::Problem;
use crate::visit::Visit;

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
    let sections = desk.sections.iter();
    let open = sections.filter(|section| visit.may(section.needs));
    let links: Vec<_> = open
        .map(|section| view! { <li><a href=section.path>{section.title}</a></li> })
        .collect();
    let role = format!(
        "You are signed in as {} ({}).",
        visit.account.username, visit.account.role
    );
    let content = view! {
        <section class="panel">
            <h2>"This server"</h2>
            <dl class="admin-facts">{facts}</dl>
        </section>
        <section class="panel">
            <h2>"Open"</h2>
            <ul class="link-list">
                {links}
                <li><a href="/mgmt/me">"My account"</a></li>
            </ul>
        </section>
        <p class="page-sub">{role}</p>
    };
    Ok(visit.page("Overview", content))
}
