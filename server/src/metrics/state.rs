//! What the board knows, as metrics: the same counters that `/status` shows, read when they are asked for.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use parallax::connection::{ConnectionReport, ConnectionState};
use parallax::index::{Rule, Status};
use parallax::time::{Clock, Timestamp};
use parallax_api::Access;
use parallax_board::{Board, PublishedPrice};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;

use super::process::unix_seconds;
use super::sheet::{Labels, Sheet};
use crate::traces::SpanCounts;

const STATUSES: [Status; 6] = [
    Status::Live,
    Status::Thin,
    Status::Manual,
    Status::Aging,
    Status::Stale,
    Status::NoQuorum,
];

const RULES: [Rule; 9] = [
    Rule::NoQuote,
    Rule::Stale,
    Rule::NotPositive,
    Rule::Crossed,
    Rule::Locked,
    Rule::WideSpread,
    Rule::NoConversion,
    Rule::Outlier,
    Rule::Unrepresentable,
];

const STATES: [(ConnectionState, &str); 7] = [
    (ConnectionState::Discovering, "discovering"),
    (ConnectionState::Connecting, "connecting"),
    (ConnectionState::Live, "live"),
    (ConnectionState::Stalled, "stalled"),
    (ConnectionState::Waiting, "waiting"),
    (ConnectionState::Refused, "refused"),
    (ConnectionState::Stopped, "stopped"),
];

/// What is watched.
pub(crate) struct Watched {
    pub(crate) board: Arc<Board>,
    pub(crate) access: Access,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) started_at: Timestamp,
    /// The version of the price method.
    pub(crate) method: u16,
    /// The database's name for people.
    pub(crate) store_backend: String,
    /// Where the program is traced.
    pub(crate) spans: Option<Arc<SpanCounts>>,
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").finish_non_exhaustive()
    }
}

impl Collector for Watched {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut sheet = Sheet(encoder);
        self.build(&mut sheet)?;
        ingest(&mut sheet, &self.board.connections())?;
        self.prices(&mut sheet)?;
        self.store(&mut sheet)?;
        self.clients(&mut sheet)?;
        self.spans(&mut sheet)
    }
}

impl Watched {
    fn build(&self, sheet: &mut Sheet<'_>) -> fmt::Result {
        let labels = vec![
            ("version", env!("CARGO_PKG_VERSION").into()),
            ("price_method", self.method.to_string().into()),
            ("store", self.store_backend.clone().into()),
        ];
        sheet.gauges(
            "parallax_build_info",
            "Always 1: the program's version, the price method's, and the database.",
            [(labels, 1_u64)],
        )
    }

    fn prices(&self, sheet: &mut Sheet<'_>) -> fmt::Result {
        let (_, prices) = self.board.prices();
        let count = |status: Status| {
            let has = |price: &&Arc<PublishedPrice>| price.summary.status == status;
            prices.iter().filter(has).count()
        };
        sheet.gauges(
            "parallax_tokens",
            "Tokens by the status of their price.",
            STATUSES.map(|status| (one("status", status.as_str()), count(status))),
        )?;
        let now = self.clock.now().utc;
        let confirmed = prices
            .iter()
            .filter(|price| matches!(price.summary.status, Status::Live | Status::Thin));
        let oldest = confirmed.filter_map(|price| price.summary.as_of).min();
        sheet.gauge(
            "parallax_oldest_live_price_age_seconds",
            "Age of the oldest price that is shown as live or thin; absent while there is none.",
            oldest.map(|at| now.since(at).as_secs_f64()),
        )?;
        let viewpoints = || prices.iter().flat_map(|price| &price.summary.viewpoints);
        let excluded = |rule: Option<Rule>| viewpoints().filter(|it| it.excluded == rule).count();
        sheet.gauge(
            "parallax_quotes_in_prices",
            "Quotes that are part of a published price.",
            Some(excluded(None)),
        )?;
        sheet.gauges(
            "parallax_quotes_excluded",
            "Quotes that are left out of the published prices, by the rule that leaves them out.",
            RULES.map(|rule| (one("rule", rule.as_str()), excluded(Some(rule)))),
        )?;
        sheet.durations(
            "parallax_tick_to_publish_seconds",
            "Time from a frame's receipt to the publication of the prices that it changed.",
            self.board.tick_to_publish(),
        )?;
        let late = self.board.late();
        sheet.counters(
            "parallax_late_trades",
            "Trades that came after their candle had closed, by what became of them.",
            [("repaired", late.repaired), ("ignored", late.ignored)]
                .map(|(outcome, trades)| (one("outcome", outcome), trades)),
        )
    }

    fn store(&self, sheet: &mut Sheet<'_>) -> fmt::Result {
        let report = self.board.store();
        let of = |read: fn(&parallax::view::StoreReport) -> u64| report.as_ref().map(read);
        sheet.gauge(
            "parallax_store_up",
            "Whether the database took the last rows.",
            of(|report| report.healthy.into()),
        )?;
        sheet.gauge(
            "parallax_store_pending_rows",
            "Rows that wait for the database, in memory and in the spool.",
            of(|report| report.pending_rows),
        )?;
        sheet.counter(
            "parallax_store_dropped_rows",
            "Rows that were given up.",
            of(|report| report.dropped_rows),
        )?;
        sheet.gauge(
            "parallax_store_spooled_rows",
            "Rows that wait on disk.",
            of(|report| report.spooled_rows),
        )?;
        sheet.gauge(
            "parallax_store_spool_bytes",
            "Bytes they take there.",
            of(|report| report.spool_bytes),
        )?;
        sheet.gauge(
            "parallax_store_spool_limit_bytes",
            "The most they may take.",
            of(|report| report.spool_limit_bytes),
        )?;
        let written_at = report.as_ref().and_then(|report| report.last_write_at);
        sheet.gauge(
            "parallax_store_last_write_timestamp_seconds",
            "When the database last took rows, in seconds since 1970 (UTC).",
            written_at.map(unix_seconds),
        )?;
        sheet.durations(
            "parallax_store_write_seconds",
            "Time that the database took for each batch of rows that it stored.",
            self.board.store_writes(),
        )?;
        let backfill = self.board.backfill();
        sheet.gauge(
            "parallax_backfill_tokens_left",
            "Tokens whose past is still to be completed in the running round.",
            Some(backfill.tokens_left),
        )?;
        sheet.counter(
            "parallax_backfill_bars",
            "Candles that were completed from the venues' own history.",
            Some(backfill.bars),
        )
    }

    fn spans(&self, sheet: &mut Sheet<'_>) -> fmt::Result {
        let Some(spans) = &self.spans else {
            return Ok(());
        };
        sheet.counters(
            "parallax_spans",
            "Spans by what became of them: the collector took them, or they were dropped.",
            [("sent", spans.sent()), ("dropped", spans.dropped())]
                .map(|(outcome, spans)| (one("outcome", outcome), spans)),
        )
    }

    fn clients(&self, sheet: &mut Sheet<'_>) -> fmt::Result {
        let sockets = self.access.open_sockets();
        let streams = self.board.clients().saturating_sub(sockets);
        sheet.gauges(
            "parallax_clients",
            "Open streams (server-sent events) and WebSockets.",
            [("stream", streams), ("websocket", sockets)]
                .map(|(kind, open)| (one("kind", kind), open)),
        )
    }
}

/// The sums of one venue's connections.
#[derive(Default)]
struct Venue {
    frames: u64,
    events: u64,
    decode_errors: u64,
    reconnects: u64,
    drops: u64,
    rejected_subscriptions: u64,
    markets: u64,
    stalled_markets: u64,
    month_queries: Option<(u64, u64)>,
    states: [u64; STATES.len()],
}

impl Venue {
    fn add(&mut self, report: &ConnectionReport) {
        for (sum, more) in [
            (&mut self.frames, report.frames),
            (&mut self.events, report.events),
            (&mut self.decode_errors, report.decode_errors),
            (&mut self.reconnects, report.reconnects),
            (&mut self.drops, report.drops),
            (
                &mut self.rejected_subscriptions,
                report.rejected_subscriptions,
            ),
            (&mut self.markets, report.markets.into()),
            (&mut self.stalled_markets, report.stalled_markets.into()),
        ] {
            *sum = sum.saturating_add(more);
        }
        if let Some(budget) = &report.budget {
            self.month_queries = Some((budget.used, budget.limit));
        }
        for ((state, _), count) in STATES.iter().zip(&mut self.states) {
            *count += u64::from(*state == report.state);
        }
    }
}

fn ingest(sheet: &mut Sheet<'_>, connections: &[Arc<ConnectionReport>]) -> fmt::Result {
    let mut venues: BTreeMap<&str, Venue> = BTreeMap::new();
    for report in connections {
        venues.entry(report.venue.as_str()).or_default().add(report);
    }
    let each = |read: fn(&Venue) -> u64| {
        let series = venues.iter();
        series.map(move |(id, venue)| (one("venue", (*id).to_owned()), read(venue)))
    };
    sheet.counters(
        "parallax_ingest_messages",
        "Frames received, and answers of venues that are polled.",
        each(|it| it.frames),
    )?;
    sheet.counters(
        "parallax_ingest_events",
        "Quotes, trades, 24-hour figures and prices of chains that those said.",
        each(|it| it.events),
    )?;
    sheet.counters(
        "parallax_ingest_decode_errors",
        "Frames that could not be decoded.",
        each(|it| it.decode_errors),
    )?;
    sheet.counters(
        "parallax_ingest_reconnects",
        "Connections that were opened again.",
        each(|it| it.reconnects),
    )?;
    sheet.counters(
        "parallax_ingest_dropped",
        "Quotes conflated and trades dropped because the pipeline was behind.",
        each(|it| it.drops),
    )?;
    sheet.counters(
        "parallax_ingest_rejected_subscriptions",
        "Subscriptions that the venue refused.",
        each(|it| it.rejected_subscriptions),
    )?;
    sheet.gauges(
        "parallax_ingest_markets",
        "Markets that are subscribed to.",
        each(|it| it.markets),
    )?;
    sheet.gauges(
        "parallax_ingest_stalled_markets",
        "Of those, the ones that are silent for longer than their limit.",
        each(|it| it.stalled_markets),
    )?;
    let states = venues.iter().flat_map(|(id, venue)| {
        STATES.iter().zip(venue.states).map(|((_, state), count)| {
            let labels = vec![
                ("venue", (*id).to_owned().into()),
                ("state", (*state).into()),
            ];
            (labels, count)
        })
    });
    sheet.gauges(
        "parallax_ingest_connections",
        "Connections by state.",
        states,
    )?;
    let queries = |read: fn((u64, u64)) -> u64| {
        venues.iter().filter_map(move |(id, venue)| {
            let queries = venue.month_queries.map(read)?;
            Some((one("venue", (*id).to_owned()), queries))
        })
    };
    sheet.gauges(
        "parallax_ingest_month_queries",
        "Queries of this calendar month (UTC) to a venue that bills them.",
        queries(|(used, _)| used),
    )?;
    sheet.gauges(
        "parallax_ingest_month_queries_limit",
        "The most that the configuration allows.",
        queries(|(_, limit)| limit),
    )
}

fn one(name: &'static str, value: impl Into<std::borrow::Cow<'static, str>>) -> Labels {
    vec![(name, value.into())]
}
