//! Exchanges: how each does, and its switch: pause, resume, reconnect.

use axum::extract::{Path, State};
use axum::response::Response;
use leptos::prelude::*;
use parallax::account::Permission;
use parallax::connection::ConnectionReport;
use parallax_service::{Exchange, ExchangeState};

use super::{Screens, may};
use crate::Desk;
use crate::page::fields::Question;
use crate::page::table::table;
use crate::page::{Problem, time, time_or};
use crate::visit::Visit;

const VENUES: &str = "/mgmt/exchanges";

pub(super) fn screens(screens: Screens) -> Screens {
    let (browse, edit) = (may(Permission::Browse), may(Permission::Edit));
    screens
        .section(VENUES, "Exchanges", Permission::Browse)
        .page(VENUES, browse, list)
        .page("/mgmt/exchanges/{id}", browse, show)
        .form("/mgmt/exchanges/{id}/pause", edit, ask_pause, pause)
        .form("/mgmt/exchanges/{id}/resume", edit, ask_resume, resume)
        .form(
            "/mgmt/exchanges/{id}/reconnect",
            edit,
            ask_reconnect,
            reconnect,
        )
}

fn page_of(venue: &str) -> String {
    format!("{VENUES}/{venue}")
}

/// Its own connections, as they last reported.
fn connections(desk: &Desk, exchange: &Exchange) -> Vec<ConnectionReport> {
    let mut all = desk.service().status().connections;
    all.retain(|report| report.venue == exchange.venue.id);
    all
}

fn is_paused(desk: &Desk, exchange: &Exchange) -> bool {
    let set = desk.switches().of(exchange.venue.id.as_str());
    set.is_some_and(|set| set.is_paused)
}

/// How it does, in a word, with the shape that goes with it.
fn state(desk: &Desk, exchange: &Exchange) -> AnyView {
    let (word, shape) = match exchange.state {
        _ if is_paused(desk, exchange) => ("paused", "no_quorum"),
        ExchangeState::Live => ("live", "live"),
        ExchangeState::Degraded => ("in part", "aging"),
        ExchangeState::Down => ("down", "no_quorum"),
    };
    view! { <span class="status" data-status=shape>{word}</span> }.into_any()
}

/// A rate that is counted in hundredths.
fn rate(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

async fn list(State(desk): State<Desk>, visit: Visit) -> Response {
    let rows = desk.service().exchanges().into_iter().map(|exchange| {
        let reports = connections(&desk, &exchange);
        let sum = |of: fn(&ConnectionReport) -> u64| reports.iter().map(of).sum::<u64>();
        let silent = sum(|report| report.stalled_markets.into());
        let page = page_of(exchange.venue.id.as_str());
        vec![
            view! { <a href=page>{exchange.venue.name.clone()}</a> }.into_any(),
            state(&desk, &exchange),
            format!("{} of {}", exchange.connections_live, exchange.connections).into_any(),
            format!("{} ({silent} silent)", exchange.markets).into_any(),
            time_or(exchange.last_data_at, "never"),
            rate(sum(|report| report.frames_per_second_x100)).into_any(),
            sum(|report| report.reconnects).into_any(),
            sum(|report| report.decode_errors).into_any(),
        ]
    });
    let columns = [
        "Exchange",
        "State",
        "Connections live",
        "Markets",
        "Last data",
        "Frames/s",
        "Reconnects",
        "Decode errors",
    ];
    let rows = rows.collect();
    let empty = "This server reads no exchange. Name some under [venues] in its configuration.";
    visit.page("Exchanges", table("Exchanges", &columns, rows, empty))
}

fn named(desk: &Desk, id: &str) -> Result<Exchange, Problem> {
    let found = desk.service().exchange(id);
    let (exchange, _) = found.map_err(|_| Problem::not_found("exchange"))?;
    Ok(exchange)
}

async fn show(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let exchange = named(&desk, &id)?;
    let paused = is_paused(&desk, &exchange);
    let page = page_of(exchange.venue.id.as_str());
    let reports = connections(&desk, &exchange);
    let rows = reports.iter().map(connection).collect();
    let columns = [
        "Connection",
        "State",
        "Since",
        "Endpoint",
        "Markets",
        "Silent",
        "Last data",
        "Frames/s",
        "Reconnects",
        "Decode errors",
        "Refused",
        "Dropped",
    ];
    let connections = table(
        "Connections",
        &columns,
        rows,
        "There has been no connection yet.",
    );
    let errors: Vec<_> = reports.iter().filter_map(error_line).collect();
    let errors = (!errors.is_empty()).then(|| {
        view! {
            <section class="panel">
                <h2>"What went wrong last"</h2>
                <ul class="link-list">{errors}</ul>
            </section>
        }
    });
    let actions = visit.may(Permission::Edit).then(|| {
        let link = |what: &str, words: &'static str| {
            let to = format!("{page}/{what}");
            view! { <a class="button" href=to>{words}</a> }
        };
        if paused {
            view! { {link("resume", "Resume")} }.into_any()
        } else {
            view! { {link("pause", "Pause")}{link("reconnect", "Reconnect")} }.into_any()
        }
    });
    let history = visit.may(Permission::Audit).then(|| {
        let to = format!("/mgmt/audit?kind=venue&object={}", exchange.venue.id);
        view! { <a class="button" href=to>"History"</a> }
    });
    let markets = format!("/markets?exchange={}", exchange.venue.id);
    let content = view! {
        <section class="panel">
            <dl class="admin-facts">
                <div><dt>"State"</dt><dd>{state(&desk, &exchange)}</dd></div>
                <div><dt>"Markets"</dt><dd><a href=markets>{exchange.markets}</a></dd></div>
                <div><dt>"Last data"</dt><dd>{time_or(exchange.last_data_at, "never")}</dd></div>
            </dl>
        </section>
        {connections}
        {errors}
        <p class="button-row admin-actions">{actions}{history}</p>
    };
    Ok(visit.page(&exchange.venue.name, content))
}

fn connection(report: &ConnectionReport) -> Vec<AnyView> {
    vec![
        view! { <code>{report.id.clone()}</code> }.into_any(),
        report.state.in_words().into_any(),
        time(report.since),
        view! { <code>{report.endpoint.clone()}</code> }.into_any(),
        report.markets.into_any(),
        report.stalled_markets.into_any(),
        time_or(report.last_data_at, "never"),
        rate(report.frames_per_second_x100).into_any(),
        report.reconnects.into_any(),
        report.decode_errors.into_any(),
        report.rejected_subscriptions.into_any(),
        report.drops.into_any(),
    ]
}

/// What a connection's last error was; it holds an excerpt of a frame that could not be read.
fn error_line(report: &ConnectionReport) -> Option<AnyView> {
    let (error, at) = (report.last_error.clone()?, report.last_error_at?);
    let id = report.id.clone();
    Some(view! { <li>{time(at)} " " <code>{id}</code> ": " {error}</li> }.into_any())
}

/// A question about the exchange that an address names.
fn ask(
    desk: &Desk,
    visit: &Visit,
    id: &str,
    what: &str,
    question: impl FnOnce(&str) -> (&'static str, String, &'static str),
) -> Result<Response, Problem> {
    let exchange = named(desk, id)?;
    let back = page_of(exchange.venue.id.as_str());
    let (title, text, button) = question(&exchange.venue.name);
    let question = Question {
        title,
        text,
        action: &format!("{back}/{what}"),
        button,
        back: &back,
    };
    Ok(question.page(visit))
}

async fn ask_pause(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let words = |name: &str| {
        let text = format!(
            "All connections to {name} are closed, and its quotes count in no price from this moment on. It stays \
             so, after a restart too, until someone resumes it."
        );
        ("Pause this exchange?", text, "Pause")
    };
    ask(&desk, &visit, &id, "pause", words)
}

async fn pause(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let exchange = named(&desk, &id)?;
    desk.switches().pause(&id, &visit.by()).await?;
    let said = format!("{} is paused.", exchange.venue.name);
    visit.go(&page_of(&id), &said).await
}

async fn ask_resume(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let words = |name: &str| {
        let text = format!("{name} is connected to again, and its fresh quotes count.");
        ("Resume this exchange?", text, "Resume")
    };
    ask(&desk, &visit, &id, "resume", words)
}

async fn resume(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let exchange = named(&desk, &id)?;
    desk.switches().resume(&id, &visit.by()).await?;
    let said = format!(
        "{} is resumed; its connections open now.",
        exchange.venue.name
    );
    visit.go(&page_of(&id), &said).await
}

async fn ask_reconnect(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let words = |name: &str| {
        let text = format!(
            "All connections to {name} are closed and opened anew, and it is asked for its markets again. Its quotes \
             do not count until new ones have come, a moment later."
        );
        ("Reconnect to this exchange?", text, "Reconnect")
    };
    ask(&desk, &visit, &id, "reconnect", words)
}

async fn reconnect(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let exchange = named(&desk, &id)?;
    desk.switches().reconnect(&id, &visit.by()).await?;
    let said = format!("The connections to {} open anew.", exchange.venue.name);
    visit.go(&page_of(&id), &said).await
}
