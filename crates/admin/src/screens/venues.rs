//! Exchanges: how each does, and its switch: pause, resume, reconnect.

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use leptos::prelude::*;
use parallax::account::Permission;
use parallax::connection::ConnectionReport;
use parallax::venue::Delivery;
use parallax_service::{Exchange, ExchangeState};

use super::action::{Action, Kind, Paged};
use super::{Group, Screens, Section, may};
use crate::Desk;
use crate::list::{Around, Cell, Column, Filter, List, Search, held, history};
use crate::page::table::table;
use crate::page::{Problem, mark, time, time_or};
use crate::visit::Visit;

const VENUES: &str = "/mgmt/exchanges";
/// The word of the audit log.
const KIND: &str = "venue";

pub(super) fn screens(screens: Screens) -> Screens {
    let browse = may(Permission::Browse);
    screens
        .section(Section {
            path: VENUES,
            title: "Exchanges",
            line: "What is connected, how it does, and pausing it.",
            group: Group::Sources,
            needs: Permission::Browse,
        })
        .page(VENUES, browse, list)
        .page("/mgmt/exchanges/{id}", browse, show)
        .act("/mgmt/exchanges/{id}/pause", &PAUSE)
        .act_many(PAUSE_MANY, &PAUSE)
        .act("/mgmt/exchanges/{id}/resume", &RESUME)
        .act_many(RESUME_MANY, &RESUME)
        .act("/mgmt/exchanges/{id}/reconnect", &RECONNECT)
}

const PAUSE_MANY: &str = "/mgmt/exchanges/pause";
const RESUME_MANY: &str = "/mgmt/exchanges/resume";

/// Exchanges that can be acted on.
struct Exchanges;

impl Kind for Exchanges {
    type Object = Exchange;
    const LIST: &'static str = VENUES;
    const MANY: &'static str = "exchanges";

    async fn named(desk: &Desk, id: &str) -> Result<Exchange, Problem> {
        named(desk, id)
    }

    fn name(exchange: &Exchange) -> String {
        exchange.venue.name.clone()
    }
}

impl Paged for Exchanges {
    fn page_of(exchange: &Exchange) -> String {
        page_of(exchange.venue.id.as_str())
    }

    fn path_of(exchange: &Exchange) -> String {
        Self::page_of(exchange)
    }
}

static PAUSE: Action<Exchanges> = Action {
    needs: Permission::Edit,
    word: "pause",
    title: "Pause this exchange?",
    button: "Pause",
    text: |name| {
        format!(
            "All connections to {name} are closed, and its quotes count in no price from this moment on. It stays \
             so, after a restart too, until someone resumes it."
        )
    },
    run: |desk, exchange, visit| {
        Box::pin(async move {
            let id = exchange.venue.id.as_str();
            desk.switches().pause(id, &visit.by()).await?;
            Ok(format!("{} is paused.", exchange.venue.name))
        })
    },
};

static RESUME: Action<Exchanges> = Action {
    needs: Permission::Edit,
    word: "resume",
    title: "Resume this exchange?",
    button: "Resume",
    text: |name| format!("{name} is connected to again, and its fresh quotes count."),
    run: |desk, exchange, visit| {
        Box::pin(async move {
            let id = exchange.venue.id.as_str();
            desk.switches().resume(id, &visit.by()).await?;
            let name = &exchange.venue.name;
            Ok(format!("{name} is resumed; its connections open now."))
        })
    },
};

static RECONNECT: Action<Exchanges> = Action {
    needs: Permission::Edit,
    word: "reconnect",
    title: "Reconnect to this exchange?",
    button: "Reconnect",
    text: |name| {
        format!(
            "All connections to {name} are closed and opened anew, and it is asked for its markets again. Its quotes \
             do not count until new ones have come, a moment later."
        )
    },
    run: |desk, exchange, visit| {
        Box::pin(async move {
            let id = exchange.venue.id.as_str();
            desk.switches().reconnect(id, &visit.by()).await?;
            let name = &exchange.venue.name;
            Ok(format!("The connections to {name} open anew."))
        })
    },
};

pub(super) fn page_of(venue: &str) -> String {
    format!("{VENUES}/{venue}")
}

/// Its own connections, as they last reported.
pub(super) fn connections(desk: &Desk, exchange: &Exchange) -> Vec<ConnectionReport> {
    let mut all = desk.service().status().connections;
    all.retain(|report| report.venue == exchange.venue.id);
    all
}

pub(super) fn is_paused(desk: &Desk, exchange: &Exchange) -> bool {
    let set = desk.switches().of(exchange.venue.id.as_str());
    set.is_some_and(|set| set.is_paused)
}

/// How it does: the shape, and the word that goes with it.
pub(super) const fn state(exchange: &Exchange, is_paused: bool) -> (&'static str, &'static str) {
    match exchange.state {
        _ if is_paused => ("no_quorum", "paused"),
        ExchangeState::Live => ("live", "live"),
        ExchangeState::Degraded => ("aging", "in part"),
        ExchangeState::Down => ("stale", "down"),
    }
}

/// A rate that is counted in hundredths.
fn rate(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// An exchange with what its connections say together.
struct Row {
    exchange: Exchange,
    is_paused: bool,
    silent: u64,
    frames_per_second_x100: u64,
    reconnects: u64,
    decode_errors: u64,
}

static LIST: List<Row> = List {
    title: "Exchanges",
    columns: &[
        Column::new("name", "Exchange", |row: &Row| {
            Cell::link(
                page_of(row.exchange.venue.id.as_str()),
                &row.exchange.venue.name,
            )
        })
        .sorted(),
        Column::new("state", "State", |row: &Row| {
            let (shape, word) = state(&row.exchange, row.is_paused);
            Cell::State { shape, word }
        })
        .sorted(),
        Column::new("live", "Connections live", |row: &Row| {
            let exchange = &row.exchange;
            Cell::text(format!(
                "{} of {}",
                exchange.connections_live, exchange.connections
            ))
        }),
        Column::new("markets", "Markets", |row: &Row| {
            Cell::number(row.exchange.markets)
        })
        .sorted()
        .number(),
        Column::new("silent", "Silent", |row: &Row| Cell::number(row.silent))
            .sorted()
            .number(),
        Column::new("last_data", "Last data", |row: &Row| {
            Cell::Time(row.exchange.last_data_at, "never")
        })
        .sorted(),
        Column::new("frames", "Frames/s", |row: &Row| {
            Cell::Number(rate(row.frames_per_second_x100))
        })
        .sorted()
        .number(),
        Column::new("reconnects", "Reconnects", |row: &Row| {
            Cell::number(row.reconnects)
        })
        .sorted()
        .number(),
        Column::new("decode_errors", "Decode errors", |row: &Row| {
            Cell::number(row.decode_errors)
        })
        .sorted()
        .number(),
        Column::new("id", "Id", |row: &Row| {
            Cell::Code(row.exchange.venue.id.to_string())
        })
        .extra(),
        Column::new("website", "Website", |row: &Row| {
            Cell::text(&row.exchange.venue.website)
        })
        .extra(),
    ],
    filters: &[
        Filter::word("state", "state", |row| {
            state(&row.exchange, row.is_paused).1.to_owned()
        }),
        Filter::word("delivery", "delivery", |row| {
            let profile = row.exchange.capabilities.as_ref();
            let word = profile.map(|profile| match profile.delivery {
                Delivery::Stream => "stream",
                Delivery::Poll => "poll",
            });
            word.unwrap_or_default().to_owned()
        }),
    ],
    search: Some(Search {
        hint: "Name or id.",
        text: |row| format!("{} {}", row.exchange.venue.name, row.exchange.venue.id),
    }),
    usual: None,
    time: None,
    order: ("name", false),
    id: |row| row.exchange.venue.id.to_string(),
    history: Some(|row| (KIND, row.exchange.venue.id.to_string())),
    empty: "This server reads no exchange. Name some under [venues] in its configuration.",
};

async fn list(State(desk): State<Desk>, visit: Visit, RawQuery(query): RawQuery) -> Response {
    let rows = desk.service().exchanges().into_iter().map(|exchange| {
        let reports = connections(&desk, &exchange);
        let sum = |of: fn(&ConnectionReport) -> u64| reports.iter().map(of).sum::<u64>();
        Row {
            is_paused: is_paused(&desk, &exchange),
            silent: sum(|report| report.stalled_markets.into()),
            frames_per_second_x100: sum(|report| report.frames_per_second_x100),
            reconnects: sum(|report| report.reconnects),
            decode_errors: sum(|report| report.decode_errors),
            exchange,
        }
    });
    let bulk = vec![PAUSE.bulk(PAUSE_MANY), RESUME.bulk(RESUME_MANY)];
    let around = Around { above: None, bulk };
    held::page(&LIST, &visit, query.as_deref(), rows.collect(), around)
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
    let (shape, word) = state(&exchange, paused);
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
    let elsewhere = format!("{page}/addresses");
    let elsewhere = visit
        .may(Permission::Edit)
        .then(|| view! { <a class="button" href=elsewhere>"Addresses"</a> });
    let history = visit.may(Permission::Audit).then(|| {
        let to = history(KIND, exchange.venue.id.as_str());
        view! { <a class="button" href=to>"History"</a> }
    });
    let markets = format!("/mgmt/markets?exchange={}", exchange.venue.id);
    let tokens = super::reading::list_of(exchange.venue.id.as_str());
    let content = view! {
        <section class="panel">
            <dl class="admin-facts">
                <div><dt>"State"</dt><dd>{mark(shape, word)}</dd></div>
                <div><dt>"Markets"</dt><dd><a href=markets>{exchange.markets}</a></dd></div>
                <div><dt>"Last data"</dt><dd>{time_or(exchange.last_data_at, "never")}</dd></div>
            </dl>
        </section>
        {connections}
        {errors}
        <p class="button-row admin-actions">
            {actions}{elsewhere}<a class="button" href=tokens>"Tokens read here"</a>{history}
        </p>
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
