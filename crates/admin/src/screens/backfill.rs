//! Back-fill: which parts of the past were repaired since the start, ordering a part to be repaired now, and cancelling
//! what was ordered.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use leptos::prelude::*;
use parallax::account::Permission;
use parallax::backfill::BackfillRun;
use parallax::candle::Interval;
use parallax::time::Timestamp;
use parallax_service::backfill::OrderError;

use super::action::{Action, Kind, Paged};
use super::{Group, Screens, Section, may};
use crate::Desk;
use crate::form::Fields;
use crate::list::{Around, Cell, Column, Filter, List, Search, held};
use crate::page::fields::{Errors, Field, form, not_accepted, select};
use crate::page::{Problem, time_or};
use crate::visit::Visit;

pub(super) const RUNS: &str = "/mgmt/backfill";
const ORDER: &str = "/mgmt/backfill/new";
const CANCEL_MANY: &str = "/mgmt/backfill/cancel";

pub(super) fn screens(screens: Screens) -> Screens {
    screens
        .section(Section {
            path: RUNS,
            title: "Back-fill",
            line: "What was missing of the past and was repaired; ordering more.",
            group: Group::Sources,
            needs: Permission::Browse,
        })
        .page(RUNS, may(Permission::Browse), list)
        .form(ORDER, may(Permission::Edit), new, order)
        .act("/mgmt/backfill/{id}/cancel", &CANCEL)
        .act_many(CANCEL_MANY, &CANCEL)
}

/// Where a run is: the shape and the word.
const fn state(run: &BackfillRun) -> (&'static str, &'static str) {
    match (run.ended_at, run.errors, run.steps_done) {
        (Some(_), _, _) if run.is_cancelled => ("no_quorum", "cancelled"),
        (None, _, 0) => ("stale", "waits"),
        (None, _, _) => ("thin", "runs"),
        (Some(_), 0, _) => ("live", "done"),
        (Some(_), _, _) => ("aging", "done in part"),
    }
}

fn who(run: &BackfillRun) -> &str {
    run.by.as_deref().unwrap_or("by itself")
}

static LIST: List<BackfillRun> = List {
    title: "Back-fill",
    columns: &[
        Column::new("number", "Run", |run: &BackfillRun| {
            Cell::number(run.number)
        })
        .sorted(),
        Column::new("token", "Token", |run: &BackfillRun| {
            Cell::link(format!("/mgmt/candles?token={}", run.token), &run.token)
        })
        .sorted(),
        Column::new("interval", "Length", |run: &BackfillRun| {
            Cell::text(run.interval.as_str())
        })
        .sorted(),
        Column::new("from", "From", |run: &BackfillRun| Cell::time(run.from)).sorted(),
        Column::new("until", "Until", |run: &BackfillRun| Cell::time(run.until)).sorted(),
        Column::new("state", "State", |run: &BackfillRun| {
            let (shape, word) = state(run);
            Cell::State { shape, word }
        })
        .sorted(),
        Column::new("progress", "Steps", |run: &BackfillRun| {
            Cell::text(format!("{} of {}", run.steps_done, run.steps))
        }),
        Column::new("bars", "Bars", |run: &BackfillRun| Cell::number(run.bars))
            .sorted()
            .number(),
        Column::new("sources", "Sources", |run: &BackfillRun| {
            let sources: Vec<_> = run.sources.iter().map(ToString::to_string).collect();
            Cell::Text(sources.join(", "))
        }),
        Column::new("errors", "Errors", |run: &BackfillRun| {
            Cell::number(run.errors)
        })
        .sorted()
        .number(),
        Column::new("last_error", "Last error", |run: &BackfillRun| {
            Cell::Text(run.last_error.clone().unwrap_or_default())
        }),
        Column::new("by", "Ordered", |run: &BackfillRun| Cell::text(who(run))).sorted(),
        Column::new("began", "Began", |run: &BackfillRun| {
            Cell::time(run.began_at)
        })
        .sorted()
        .extra(),
        Column::new("ended", "Ended", |run: &BackfillRun| {
            Cell::Time(run.ended_at, "not yet")
        })
        .sorted()
        .extra(),
        Column::acts("do", Permission::Edit, |run: &BackfillRun| {
            match run.can_be_cancelled() {
                true => Cell::link(format!("{RUNS}/{}/cancel", run.number), "Cancel"),
                false => Cell::Text(String::new()),
            }
        }),
    ],
    filters: &[
        Filter::word("state", "state", |run| state(run).1.to_owned()),
        Filter::word("interval", "length", |run| run.interval.as_str().to_owned()),
        Filter::word("by", "who ordered it", |run| who(run).to_owned()),
    ],
    search: Some(Search {
        hint: "A token’s id, or words of an error.",
        text: |run| {
            format!(
                "{} {}",
                run.token,
                run.last_error.as_deref().unwrap_or_default()
            )
        },
    }),
    usual: None,
    time: Some(|run| Some(run.began_at)),
    order: ("number", true),
    id: |run| run.number.to_string(),
    history: Some(|run| ("token", run.token.to_string())),
    empty: "Nothing was missing since the program started.",
};

async fn list(State(desk): State<Desk>, visit: Visit, RawQuery(query): RawQuery) -> Response {
    let report = desk.service().status().backfill;
    let now = match (report.running, report.tokens_left) {
        (true, left) => format!("A round is under way; {left} tokens are left in it."),
        (false, _) => "No round is under way.".to_owned(),
    };
    let error = report.last_error.map(|error| {
        view! { <div><dt>"Last error"</dt><dd>{time_or(report.last_error_at, "")} " " {error}</dd></div> }
    });
    let order = visit.may(Permission::Edit).then(|| {
        view! { <p class="button-row admin-actions"><a class="button" href=ORDER>"Back-fill now"</a></p> }
    });
    let above = view! {
        <section class="panel">
            <dl class="admin-facts">
                <div><dt>"Now"</dt><dd>{now}</dd></div>
                <div><dt>"Last round ended"</dt><dd>{time_or(report.last_round_at, "not yet")}</dd></div>
                <div><dt>"Bars since the start"</dt><dd>{report.bars}</dd></div>
                {error}
            </dl>
        </section>
        {order}
    };
    let around = Around {
        above: Some(above.into_any()),
        bulk: vec![CANCEL.bulk(CANCEL_MANY)],
    };
    let rows = desk.service().backfill_runs().to_vec();
    held::page(&LIST, &visit, query.as_deref(), rows, around)
}

/// Runs that can be acted on.
struct Runs;

impl Kind for Runs {
    type Object = BackfillRun;
    const LIST: &'static str = RUNS;
    const MANY: &'static str = "runs";

    async fn named(desk: &Desk, id: &str) -> Result<BackfillRun, Problem> {
        let runs = desk.service().backfill_runs();
        let mut runs = runs.iter();
        let run = runs.find(|run| run.number.to_string() == id);
        run.cloned().ok_or_else(|| Problem::not_found("run"))
    }

    fn name(run: &BackfillRun) -> String {
        format!(
            "run {} ({}, {}, {} of {} steps done)",
            run.number,
            run.token,
            run.interval.as_str(),
            run.steps_done,
            run.steps
        )
    }
}

impl Paged for Runs {
    fn page_of(_: &BackfillRun) -> String {
        RUNS.to_owned()
    }

    fn path_of(run: &BackfillRun) -> String {
        format!("{RUNS}/{}", run.number)
    }
}

static CANCEL: Action<Runs> = Action {
    needs: Permission::Edit,
    word: "cancel",
    title: "Cancel this run?",
    button: "Cancel",
    text: |name| {
        format!(
            "No exchange is asked any longer, from this moment on, for {name}. What was repaired until now stays."
        )
    },
    run: |desk, run, visit| {
        Box::pin(async move {
            desk.backfill().cancel(run.number, &visit.by()).await?;
            Ok(format!(
                "The run {} of {} is cancelled.",
                run.number, run.token
            ))
        })
    },
};

fn page(desk: &Desk, visit: &Visit, typed: &Fields, errors: &Errors) -> Response {
    let tokens = desk.service().catalogued();
    let tokens: Vec<_> = tokens
        .iter()
        .map(|token| {
            (
                token.id.as_str(),
                format!("{} ({})", token.name, token.symbol),
            )
        })
        .collect();
    let lengths = [
        (
            Interval::Hour.as_str(),
            "hours, and the days they make".to_owned(),
        ),
        (Interval::Minute.as_str(), "minutes".to_owned()),
    ];
    let day = |name, label, hint| {
        let day = Field {
            name,
            label,
            kind: "date",
            value: typed.get(name),
            autocomplete: "off",
            hint,
        };
        day.view(errors)
    };
    let fields = view! {
        {select("token", "Token", &tokens, typed.get("token"), errors)}
        {select("interval", "Candles", &lengths, typed.get("interval"), errors)}
        {day("from", "From (UTC)", "The first day.")}
        {day("until", "Until (UTC)", "The last day, which is repaired too.")}
        <p class="admin-hint">
            "Only what is missing is asked for, at each exchange’s own pace. What converts the token’s prices is \
             completed first."
        </p>
    };
    visit.page(
        "Back-fill now",
        form(visit.token(), ORDER, "Back-fill", fields.into_any()),
    )
}

async fn new(State(desk): State<Desk>, visit: Visit) -> Response {
    page(&desk, &visit, &Fields::default(), &Errors::default())
}

async fn order(
    State(desk): State<Desk>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    let mut errors = Errors::default();
    let token = desk.service().by_id(fields.get("token"));
    if token.is_err() {
        errors.say("token", "Choose one of these.");
    }
    let lengths = [Interval::Hour, Interval::Minute];
    let mut lengths = lengths.into_iter();
    let interval = lengths.find(|interval| interval.as_str() == fields.get("interval"));
    if interval.is_none() {
        errors.say("interval", "Choose one of these.");
    }
    let mut day = |name| {
        let day = format!("{}T00:00:00Z", fields.get(name)).parse::<Timestamp>();
        day.map_err(|_| errors.say(name, "A day is written 2026-01-31."))
    };
    let (from, until) = (day("from"), day("until"));
    let (Ok(token), Some(interval), Ok(from), Ok(until)) = (token, interval, from, until) else {
        return Ok(not_accepted(page(&desk, &visit, &fields, &errors)));
    };
    // The whole day that is named.
    let until = until.plus(Interval::Day.duration());
    let by = visit.by();
    let ordered = desk.backfill().order(&token.id, interval, from, until, &by);
    match ordered.await {
        Ok(()) => {
            let said = format!(
                "The back-fill of {} is ordered; it begins when its turn comes.",
                token.id
            );
            visit.go(RUNS, &said).await
        }
        Err(error @ OrderError::Store(_)) => Err(error.into()),
        Err(error) => {
            errors.add("until", &error);
            Ok(not_accepted(page(&desk, &visit, &fields, &errors)))
        }
    }
}
