//! What `/status` says beside the connections: the database, the past and the program.

use leptos::prelude::*;
use parallax::view::{StatusView, StoreReport};

use crate::components::Stamp;
use crate::erase::Erase;
use crate::format;

/// How the database is doing.
pub(super) fn store(report: &StoreReport) -> impl IntoView + use<> {
    let verdict = if report.healthy {
        "writing".to_owned()
    } else {
        "not writing; rows wait in memory, then on disk, and are written when it answers".to_owned()
    };
    let last_write = match report.last_write_at {
        Some(at) => view! { <Stamp at /> }.erase(),
        None => "none yet".erase(),
    };
    let spool = format!(
        "{} ({} of at most {})",
        format::count(report.spooled_rows),
        format::bytes(report.spool_bytes),
        format::bytes(report.spool_limit_bytes)
    );
    view! {
        <dl class="facts" data-store=if report.healthy { "healthy" } else { "failing" }>
            <div>
                <dt>"Kind"</dt>
                <dd>{report.backend.clone()}</dd>
            </div>
            <div>
                <dt>"State"</dt>
                <dd>{verdict}</dd>
            </div>
            <div>
                <dt>"Last write"</dt>
                <dd>{last_write}</dd>
            </div>
            <div>
                <dt>"Rows waiting"</dt>
                <dd>{format::count(report.pending_rows)}</dd>
            </div>
            <div>
                <dt>"Of these on disk"</dt>
                <dd data-cell="spool">{spool}</dd>
            </div>
            <div>
                <dt>"Rows given up"</dt>
                <dd>{format::count(report.dropped_rows)}</dd>
            </div>
            <div>
                <dt>"Last error"</dt>
                <dd>{report.last_error.clone().unwrap_or_else(|| "none".to_owned())}</dd>
            </div>
        </dl>
    }
    .erase()
}

/// How complete the past is.
pub(super) fn history(status: &StatusView) -> impl IntoView + use<> {
    let (backfill, late) = (&status.backfill, &status.late);
    let doing = if backfill.running {
        format!(
            "filling gaps, {} tokens left",
            format::count(u64::from(backfill.tokens_left))
        )
    } else {
        "no gap is being filled".to_owned()
    };
    let error = backfill.last_error.as_ref().map_or_else(
        || "none".to_owned(),
        |error| match backfill.last_error_at {
            Some(at) => format!("{error} ({} UTC)", at.clock()),
            None => error.clone(),
        },
    );
    let last_round = match backfill.last_round_at {
        Some(at) => format!("ended {} UTC", at.clock()),
        None => "none ended yet".to_owned(),
    };
    let facts = [
        ("Back-fill", doing),
        ("Last round", last_round),
        ("Candles filled in", format::count(backfill.bars)),
        ("Late trades counted in", format::count(late.repaired)),
        ("Trades too late", format::count(late.ignored)),
        ("Last error", error),
    ];
    let fact = |(name, words): (&'static str, String)| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd>{words}</dd>
            </div>
        }
    };
    view! {
        <dl class="facts" data-backfill=if backfill.running { "running" } else { "idle" }>
            {facts.into_iter().map(fact).collect_view()}
        </dl>
    }
    .erase()
}

/// The program itself.
pub(super) fn program(status: &StatusView) -> impl IntoView + use<> {
    let speed = status
        .tick_to_publish_us
        .map_or_else(|| "not known yet".to_owned(), format::microseconds);
    view! {
        <dl class="facts">
            <div>
                <dt>"Version"</dt>
                <dd>{status.about.version.clone()}</dd>
            </div>
            <div>
                <dt>"Running for"</dt>
                <dd title=format!("since {}", format::stamp(status.started_at))>
                    {format::uptime(status.at.since(status.started_at))}
                </dd>
            </div>
            <div>
                <dt>"Quote to publication"</dt>
                <dd title="Median of the last 1,024 publications">{speed}</dd>
            </div>
            <div>
                <dt>"Open streams"</dt>
                <dd>{format::count(status.stream_clients)}</dd>
            </div>
            <div>
                <dt>"Price method"</dt>
                <dd>{format!("v{}", status.about.method)}</dd>
            </div>
            <div>
                <dt>"Read at"</dt>
                <dd>
                    <Stamp at=status.at />
                </dd>
            </div>
        </dl>
    }
    .erase()
}
