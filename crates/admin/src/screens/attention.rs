//! What is not as usual, worst first: the part of the overview that an operator looks at before anything else.

use std::fmt::Display;

use leptos::prelude::*;
use parallax::index::Status;
use parallax_service::Exchange;

use super::{backfill, overrides, system, venues};
use crate::Desk;
use crate::page::mark;

/// One thing to look at: a shape and a word as everywhere, what it is, and where more is said.
struct Matter {
    mark: (&'static str, &'static str),
    words: String,
    path: String,
}

impl Matter {
    fn new(mark: (&'static str, &'static str), words: String, path: impl Into<String>) -> Self {
        Self {
            mark,
            words,
            path: path.into(),
        }
    }

    fn view(self) -> AnyView {
        let Self {
            mark: of,
            words,
            path,
        } = self;
        view! { <li>{mark(of.0, of.1)} " " <a href=path>{words}</a></li> }.into_any()
    }
}

/// Read from memory alone: it asks the database nothing.
pub(super) fn panel(desk: &Desk) -> AnyView {
    let mut matters = of_the_store(desk);
    for exchange in desk.service().exchanges() {
        matters.extend(of_exchange(desk, &exchange));
    }
    matters.extend(of_prices(desk));
    matters.extend(of_the_past(desk));
    let matters: Vec<_> = matters.into_iter().map(Matter::view).collect();
    let content = if matters.is_empty() {
        view! { <p class="empty-line">"Everything is as usual."</p> }.into_any()
    } else {
        view! { <ul class="admin-matters">{matters}</ul> }.into_any()
    };
    view! { <section class="panel"><h2>"To look at"</h2>{content}</section> }.into_any()
}

fn of_the_store(desk: &Desk) -> Vec<Matter> {
    let store = desk.service().status().store;
    let mut matters = Vec::new();
    if !store.healthy {
        let waiting = store.pending_rows.saturating_add(store.spooled_rows);
        let words = format!(
            "The database takes nothing; {} until it does.",
            rows_wait(waiting)
        );
        matters.push(Matter::new(("stale", "away"), words, system::SYSTEM));
    }
    if store.dropped_rows > 0 {
        let words = format!(
            "{} were given up because the database was away for too long.",
            count(store.dropped_rows, "row", "rows")
        );
        matters.push(Matter::new(("stale", "lost"), words, system::SYSTEM));
    }
    matters
}

fn rows_wait(rows: u64) -> String {
    let verb = if rows == 1 { "waits" } else { "wait" };
    format!("{} {verb}", count(rows, "row", "rows"))
}

fn of_exchange(desk: &Desk, exchange: &Exchange) -> Vec<Matter> {
    let name = &exchange.venue.name;
    let path = venues::page_of(exchange.venue.id.as_str());
    let is_paused = venues::is_paused(desk, exchange);
    let state = venues::state(exchange, is_paused);
    let mut matters = Vec::new();
    if is_paused {
        matters.push(Matter::new(state, format!("{name} is paused."), &*path));
    } else if state.0 != "live" {
        let (live, all) = (exchange.connections_live, exchange.connections);
        let words = format!(
            "{name}: {live} of {} live.",
            count(all, "connection is", "connections are")
        );
        matters.push(Matter::new(state, words, &*path));
    }
    let unread: u64 = venues::connections(desk, exchange)
        .iter()
        .map(|it| it.decode_errors)
        .sum();
    if unread > 0 {
        let words = format!(
            "{} of {name} could not be read.",
            count(unread, "frame", "frames")
        );
        matters.push(Matter::new(("aging", "errors"), words, path));
    }
    matters
}

fn of_prices(desk: &Desk) -> Option<Matter> {
    let prices = desk.service().published_prices();
    let by_hand = prices
        .iter()
        .filter(|it| it.status == Status::Manual)
        .count();
    let words = format!("{} set by hand.", count(by_hand, "price is", "prices are"));
    (by_hand > 0).then(|| Matter::new(("manual", "by hand"), words, overrides::OVERRIDES))
}

fn of_the_past(desk: &Desk) -> Option<Matter> {
    let runs = desk.service().backfill_runs();
    let failed = runs.iter().filter(|run| run.errors > 0).count();
    let words = format!("{} over the past met errors.", count(failed, "run", "runs"));
    (failed > 0).then(|| Matter::new(("aging", "errors"), words, backfill::RUNS))
}

fn count<N: From<u8> + PartialEq + Display>(number: N, one: &str, many: &str) -> String {
    let words = if number == N::from(1) { one } else { many };
    format!("{number} {words}")
}
