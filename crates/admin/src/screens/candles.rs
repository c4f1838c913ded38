//! Stored candles of a token, by source and length; what comes from chains is one of the sources.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use parallax::account::Permission;
use parallax::candle::{Bar, Interval, Series, Source};
use parallax_service::Stretch;

use super::{Group, Screens, Section, may};
use crate::Desk;
use crate::list::keyed::{self, Known, Reach};
use crate::list::{Asked, Cell, Choice, Column, Facet, List, Way};
use crate::page::Problem;
use crate::visit::Visit;

const CANDLES: &str = "/mgmt/candles";
const FILTERS: [&str; 3] = ["token", "source", "interval"];

pub(super) fn screens(screens: Screens) -> Screens {
    screens
        .section(Section {
            path: CANDLES,
            title: "Candles",
            line: "The bars of a token: minutes, hours and days.",
            group: Group::Prices,
            needs: Permission::Browse,
        })
        .page(CANDLES, may(Permission::Browse), show)
}

/// A bar and whose it is.
struct Row {
    series: Arc<Series>,
    bar: Bar,
}

static LIST: List<Row> = List {
    title: "Candles",
    columns: &[
        Column::new("open_time", "Opens", |row: &Row| {
            Cell::time(row.bar.open_time)
        })
        .sorted(),
        Column::new("open", "Open", |row: &Row| Cell::number(row.bar.open)).number(),
        Column::new("high", "High", |row: &Row| Cell::number(row.bar.high)).number(),
        Column::new("low", "Low", |row: &Row| Cell::number(row.bar.low)).number(),
        Column::new("close", "Close", |row: &Row| Cell::number(row.bar.close)).number(),
        Column::new("volume_usd", "Volume in USD", |row: &Row| {
            Cell::number(row.bar.volume_usd)
        })
        .number(),
        Column::new("trades", "Trades", |row: &Row| {
            Cell::number_or_none(row.bar.trades)
        })
        .number(),
        Column::new("sources", "Sources", |row: &Row| {
            Cell::number(row.bar.sources)
        })
        .number(),
        Column::new("minutes", "Minutes", |row: &Row| {
            Cell::number(row.bar.minutes)
        })
        .number(),
        Column::new("kind", "Kind", |row: &Row| {
            Cell::text(row.bar.kind.as_str())
        }),
        Column::new("revision", "Revision", |row: &Row| {
            Cell::number(row.bar.revision)
        })
        .number(),
        Column::new("confidence", "± in USD", |row: &Row| {
            Cell::number_or_none(row.bar.confidence)
        })
        .number()
        .extra(),
        Column::new("token", "Token", |row: &Row| Cell::text(&row.series.token)).extra(),
        Column::new("source", "Source", |row: &Row| {
            Cell::text(&row.series.source)
        })
        .extra(),
        Column::new("interval", "Interval", |row: &Row| {
            Cell::text(row.series.interval.as_str())
        })
        .extra(),
    ],
    filters: &[],
    search: None,
    usual: None,
    time: Some(|row| Some(row.bar.open_time)),
    order: ("open_time", true),
    id: |row| row.bar.open_time.unix_ms().to_string(),
    history: None,
    empty: "No candle of this series is stored.",
};

/// The series that the filters mean; what they do not say is the first token, its index, and hours.
fn series(desk: &Desk, asked: &mut Asked) -> Option<Series> {
    let tokens = desk.service().catalogued();
    let mut usual = |name: &'static str, value: Option<String>| {
        if asked.filter(name).is_empty() {
            asked.filters.extend(value.map(|value| (name, value)));
        }
    };
    usual("token", tokens.first().map(|token| token.id.to_string()));
    usual("source", Some(Source::Index.to_string()));
    usual("interval", Some(Interval::Hour.as_str().to_owned()));
    // In this order, which the title has.
    asked
        .filters
        .sort_by_key(|(name, _)| FILTERS.iter().position(|filter| filter == name));
    let mut errors = Vec::new();
    let token = desk.service().by_id(asked.filter("token"));
    let token = token.map_err(|error| errors.push(format!("{error}.")));
    let source = asked.filter("source").parse::<Source>();
    let source = source.map_err(|error| errors.push(format!("The source is {error}.")));
    let mut intervals = Interval::ALL.into_iter();
    let interval = intervals.find(|interval| interval.as_str() == asked.filter("interval"));
    if interval.is_none() {
        errors.push("The interval is 1m, 1h or 1d.".to_owned());
    }
    asked.errors.extend(errors);
    Some(Series {
        token: token.ok()?.id.clone(),
        source: source.ok()?,
        interval: interval?,
    })
}

async fn show(
    State(desk): State<Desk>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let mut asked = keyed::asked(&LIST, &visit, query.as_deref(), &FILTERS);
    let Some(series) = series(&desk, &mut asked) else {
        let known = Known {
            facets: facets(&desk, Vec::new()),
            ..Known::default()
        };
        // Refused before anything is read.
        let nothing = async |_| Ok(Vec::new());
        return keyed::page(&LIST, &visit, &asked, known, nothing).await;
    };
    let sources = desk.service();
    let sources = sources.sources_of_candles(&series.token, series.interval);
    let sources = sources.await.map_err(|error| Problem::store(&error))?;
    let span = desk.service().span_of_candles(&series).await;
    let known = Known {
        facets: facets(&desk, sources),
        span: span.map_err(|error| Problem::store(&error))?,
        ..Known::default()
    };
    let (whole, series) = (asked.span(), Arc::new(series));
    let read = move |reach: Reach| {
        let (desk, series) = (desk.clone(), Arc::clone(&series));
        async move {
            let (from, until) = reach.within(whole);
            let stretch = Stretch {
                from,
                until,
                newest_first: reach.is_descending,
                limit: reach.limit,
            };
            let bars = desk.service().stored_candles(&series, stretch).await;
            let bars = bars.map_err(|error| Problem::store(&error))?;
            let row = |bar| Row {
                series: Arc::clone(&series),
                bar,
            };
            Ok(bars.into_iter().map(row).collect())
        }
    };
    keyed::page(&LIST, &visit, &asked, known, read).await
}

fn facets(desk: &Desk, sources: Vec<Source>) -> Vec<Facet> {
    let tokens = desk.service().catalogued();
    let tokens = tokens
        .iter()
        .map(|token| Choice::new(&token.id, format!("{} ({})", token.name, token.symbol)));
    let mut sources = sources;
    if !sources.contains(&Source::Index) {
        sources.insert(0, Source::Index);
    }
    let sources = sources.iter().map(|source| Choice::new(source, source));
    let intervals = Interval::ALL.map(|interval| {
        let words = match interval {
            Interval::Minute => "1 minute",
            Interval::Hour => "1 hour",
            Interval::Day => "1 day",
        };
        Choice::new(interval.as_str(), words)
    });
    let select = |name, title, choices| Facet {
        name,
        title,
        way: Way::Select(choices),
    };
    vec![
        select("token", "Token", tokens.collect()),
        select("source", "Source", sources.collect()),
        select("interval", "Length", intervals.into()),
    ]
}
