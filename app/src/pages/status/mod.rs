//! `/status`: every connection, the database, the past and the program itself, read again every two seconds.

mod panels;

use std::time::Duration;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;
use parallax::connection::{ConnectionReport, ConnectionState};
use parallax::fact::QueryBudget;
use parallax::view::StatusView;

use self::panels::{history, program, store};
use super::load::{PageData, load};
use crate::calls;
use crate::components::{AgeOf, Stamp, StateMark};
use crate::dynamic::{flag, memo, part, text};
use crate::erase::Erase;
use crate::format;
use crate::live::Feed;
use crate::wording;

/// How often the page reads the state again.
const PERIOD: Duration = Duration::from_secs(2);

/// The page.
#[component]
pub fn StatusPage() -> impl IntoView {
    let page = load(
        Signal::stored(String::new()),
        |_| {
            Box::pin(async {
                calls::status()
                    .await
                    .map(|view| PageData::Status(Box::new(view)))
            })
        },
        || view! { <div class="skeleton" aria-busy="true"></div> }.erase(),
    );
    view! {
        <Title text="Status" />
        {page}
    }
    .erase()
}

/// The page, once its data is there.
pub(super) fn show(status: StatusView) -> AnyView {
    view! { <State status /> }.erase()
}

#[component]
fn State(status: StatusView) -> impl IntoView {
    let feed = expect_context::<Feed>();
    let status = RwSignal::new(status);
    feed.poll(PERIOD, true, calls::status, move |latest| {
        status.set(latest)
    });
    let connections = part(move || {
        let status = status.read();
        status.connections.iter().map(connection).collect_view()
    });
    let none = memo(move || status.read().connections.is_empty());
    view! {
        <div class="page-head">
            <div>
                <h1>"Status"</h1>
                <p class="page-sub">{text(move || summary(&status.read()))}</p>
            </div>
            <A href="/markets" attr:class="button">
                "All markets"
            </A>
        </div>
        {part(move || trouble(&status.read()))}
        <section class="panel" aria-labelledby="connections-title">
            <h2 id="connections-title">"Connections"</h2>
            <p class="empty-line" hidden=flag(move || !none.get())>
                "No connection yet: the exchanges are being asked which markets they have."
            </p>
            <div class="table-scroll" hidden=flag(move || none.get())>
                <table class="data-table stack-table" role="table" data-group="connections">
                    <caption class="sr-only">
                        "Connections to exchanges with their state and counters since the program started."
                    </caption>
                    <thead role="rowgroup">
                        <tr role="row">
                            <th scope="col" role="columnheader">"Exchange"</th>
                            <th scope="col" role="columnheader">"State"</th>
                            <th scope="col" role="columnheader" class="number">"Last message"</th>
                            <th scope="col" role="columnheader" class="number">"Messages/s"</th>
                            <th scope="col" role="columnheader" class="number">"Markets"</th>
                            <th scope="col" role="columnheader" class="number">"Stalled"</th>
                            <th scope="col" role="columnheader" class="number">"Reconnects"</th>
                            <th scope="col" role="columnheader" class="number">"Decode errors"</th>
                            <th scope="col" role="columnheader" class="number">"Drops"</th>
                            <th scope="col" role="columnheader" class="number">"Rejected"</th>
                            <th scope="col" role="columnheader">"Last error"</th>
                        </tr>
                    </thead>
                    <tbody role="rowgroup">{connections}</tbody>
                </table>
            </div>
        </section>
        <div class="panel-pair">
            <section class="panel" aria-labelledby="store-title">
                <h2 id="store-title">"Database"</h2>
                {part(move || store(&status.read().store))}
            </section>
            <section class="panel" aria-labelledby="program-title">
                <h2 id="program-title">"Program"</h2>
                {part(move || program(&status.read()))}
            </section>
        </div>
        <section class="panel" aria-labelledby="history-title">
            <h2 id="history-title">"History"</h2>
            {part(move || history(&status.read()))}
        </section>
    }
    .erase()
}

fn summary(status: &StatusView) -> String {
    let about = &status.about;
    format!(
        "{} of {} exchanges live",
        about.venues_live, about.venues_total
    )
}

/// What fails now, in a sentence each: what, why, and what happens next.
fn trouble(status: &StatusView) -> impl IntoView + use<> {
    let failing: Vec<_> = status
        .connections
        .iter()
        .filter(|report| {
            matches!(
                report.state,
                ConnectionState::Waiting
                    | ConnectionState::Stalled
                    | ConnectionState::Refused
                    | ConnectionState::Stopped
            )
        })
        .map(|report| view! { <li>{failure(report)}</li> })
        .collect();
    (!failing.is_empty()).then(|| {
        view! {
            <section class="panel trouble" aria-labelledby="trouble-title">
                <h2 id="trouble-title">"What does not work now"</h2>
                <ul>{failing}</ul>
            </section>
        }
    })
}

fn failure(report: &ConnectionReport) -> String {
    let name = &report.venue_name;
    let since = report.since.clock();
    let reason = report
        .last_error
        .as_deref()
        .map(|error| format!(": {error}"))
        .unwrap_or_default();
    match report.state {
        ConnectionState::Stalled => format!(
            "{name} ({}) is connected but has sent nothing since {since} UTC; it is about to be replaced.",
            report.id
        ),
        ConnectionState::Stopped => format!("{name} ({}) was stopped at {since} UTC.", report.id),
        ConnectionState::Refused => format!(
            "{name} ({}) refuses{reason}{}. Only the operator can mend this: see its key and its budget in \
             the configuration.",
            report.id,
            next_attempt(report)
        ),
        _ => format!(
            "Could not reach {name} ({}){reason}{}.",
            report.id,
            next_attempt(report)
        ),
    }
}

fn next_attempt(report: &ConnectionReport) -> String {
    report
        .next_attempt_at
        .map(|at| format!("; next attempt at {} UTC", at.clock()))
        .unwrap_or_default()
}

/// What a venue that bills its queries was asked this month.
fn budget(budget: &QueryBudget) -> String {
    format!(
        "{} of {} queries this month",
        format::count(budget.used),
        format::count(budget.limit)
    )
}

fn connection(report: &ConnectionReport) -> impl IntoView + use<> {
    let last_data = report.last_data_at;
    let next = report.next_attempt_at.and_then(|at| {
        let what = match report.state {
            ConnectionState::Waiting | ConnectionState::Refused => "attempt",
            // A venue that is polled is live between two polls.
            ConnectionState::Live => "poll",
            _ => return None,
        };
        Some(format!("next {what} {} UTC", at.clock()))
    });
    let budget = report.budget.as_ref().map(|spent| {
        view! {
            <span class="cell-sub" data-cell="budget">
                {budget(spent)}
            </span>
        }
    });
    let since = format!("since {} UTC", report.since.clock());
    let error = report.last_error.clone();
    let error_at = report.last_error_at.map(|at| view! { <Stamp at /> });
    let number = |label: &'static str, value: u64| {
        view! {
            <td role="cell" data-label=label class="number">
                {format::count(value)}
            </td>
        }
    };
    view! {
        <tr role="row" data-connection=report.id.clone()>
            <th scope="row" role="rowheader" data-label="Exchange">
                <a href=format!("/markets?exchange={}", report.venue)>{report.venue_name.clone()}</a>
                <span class="cell-sub" title=report.endpoint.clone()>
                    {report.id.clone()}
                </span>
                {budget}
            </th>
            <td role="cell" data-label="State" data-state=wording::connection_key(report.state)>
                <StateMark
                    shape_of=wording::connection_shape(report.state)
                    words=report.state.in_words()
                />
                <span class="cell-sub">{next.unwrap_or(since)}</span>
            </td>
            <td role="cell" data-label="Last message" class="number">
                {match last_data {
                    Some(_) => {
                        view! { <AgeOf at=Signal::stored(last_data) /> }.erase()
                    }
                    None => "never".erase(),
                }}
            </td>
            <td role="cell" data-label="Messages/s" class="number">
                {format::hundredths(report.frames_per_second_x100)}
            </td>
            {number("Markets", u64::from(report.markets))}
            {number("Stalled", u64::from(report.stalled_markets))}
            {number("Reconnects", report.reconnects)}
            {number("Decode errors", report.decode_errors)}
            {number("Drops", report.drops)}
            {number("Rejected", report.rejected_subscriptions)}
            <td role="cell" data-label="Last error" class="cell-words">
                {error.unwrap_or_else(|| "none".to_owned())} " " {error_at}
            </td>
        </tr>
    }
    .erase()
}
