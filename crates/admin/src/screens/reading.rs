//! The tokens of an exchange: which are read there, by which codes, and having them not read there, or read again.

use std::collections::HashMap;

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use leptos::prelude::*;
use parallax::account::Permission;
use parallax::catalogue::Entry;
use parallax::token::TokenId;
use parallax::venue::Venue;
use parallax_service::tokens::KnownToken;

use super::action::{Action, Kind, Paged};
use super::{Screens, may};
use crate::Desk;
use crate::list::{Around, Cell, Column, Filter, List, Search, held};
use crate::page::Problem;
use crate::visit::Visit;

const STOP_MANY: &str = "/mgmt/reading/stop";
const RESUME_MANY: &str = "/mgmt/reading/resume";

pub(super) fn screens(screens: Screens) -> Screens {
    screens
        .page("/mgmt/exchanges/{id}/tokens", may(Permission::Browse), list)
        .act("/mgmt/reading/{id}/stop", &STOP)
        .act_many(STOP_MANY, &STOP)
        .act("/mgmt/reading/{id}/resume", &RESUME)
        .act_many(RESUME_MANY, &RESUME)
}

/// Where the tokens of an exchange are listed.
pub(super) fn list_of(venue: &str) -> String {
    format!("/mgmt/exchanges/{venue}/tokens")
}

/// A token at an exchange, with the markets there that have it on each side.
struct Row {
    venue: Venue,
    entry: Entry,
    base: usize,
    quote: usize,
}

impl Row {
    fn id(&self) -> String {
        format!("{}:{}", self.venue.id, self.entry.id)
    }

    const fn is_listed(&self) -> bool {
        self.base + self.quote > 0
    }

    fn state(&self) -> &'static str {
        match self {
            row if !row.entry.is_on(&row.venue.id) => "not read here",
            row if row.is_listed() => "read",
            _ => "not listed here",
        }
    }

    /// What it is called there by a word of its own, also while that is set aside.
    fn codes(&self) -> String {
        let own = self.entry.codes.get(&self.venue.id);
        let aside = self.entry.set_aside.get(&self.venue.id);
        let codes = aside.map_or(own, Option::as_ref).into_iter().flatten();
        let codes: Vec<_> = codes.map(|code| code.to_string()).collect();
        codes.join(" ")
    }
}

/// Tokens at exchanges, by `exchange:token`.
struct Readings;

impl Kind for Readings {
    type Object = Row;
    const LIST: &'static str = "/mgmt/exchanges";
    const MANY: &'static str = "tokens";

    fn list_of(row: &Row) -> String {
        list_of(row.venue.id.as_str())
    }

    async fn named(desk: &Desk, id: &str) -> Result<Row, Problem> {
        let token = || Problem::not_found("token");
        let (venue, id) = id.split_once(':').ok_or_else(token)?;
        let venue = venue_of(desk, venue)?;
        let known = desk.tokens().get(id).ok_or_else(token)?;
        rows_of(desk, &venue, vec![known]).pop().ok_or_else(token)
    }

    fn name(row: &Row) -> String {
        format!("{} ({})", row.entry.name, row.entry.symbol)
    }
}

impl Paged for Readings {
    fn page_of(row: &Row) -> String {
        Self::list_of(row)
    }

    fn path_of(row: &Row) -> String {
        format!("/mgmt/reading/{}", row.id())
    }
}

static STOP: Action<Readings> = Action {
    needs: Permission::Edit,
    word: "stop",
    title: "Not read this token here?",
    button: "Do not read here",
    text: |name| {
        format!(
            "Markets of {name}, and those that are quoted in it, are read on this exchange no longer and count in no \
             price from this moment on. The exchange is read anew for it. What the token is called there is kept, for \
             when it is read there again."
        )
    },
    run: |desk, row, visit| {
        Box::pin(async move {
            let (venue, id) = (&row.venue.id, row.entry.id.as_str());
            let tokens = desk.tokens();
            tokens.set_read(venue, id, false, &visit.by()).await?;
            Ok(format!(
                "{} is not read on {}.",
                row.entry.name, row.venue.name
            ))
        })
    },
};

static RESUME: Action<Readings> = Action {
    needs: Permission::Edit,
    word: "resume",
    title: "Read this token here again?",
    button: "Read here again",
    text: |name| {
        format!(
            "Markets of {name} are read on this exchange again, by the codes that it had there before."
        )
    },
    run: |desk, row, visit| {
        Box::pin(async move {
            let (venue, id) = (&row.venue.id, row.entry.id.as_str());
            let tokens = desk.tokens();
            tokens.set_read(venue, id, true, &visit.by()).await?;
            Ok(format!(
                "{} is read on {} again.",
                row.entry.name, row.venue.name
            ))
        })
    },
};

static LIST: List<Row> = List {
    title: "Tokens read here",
    columns: &[
        Column::new("name", "Token", |row: &Row| {
            let to = super::tokens::page_of(row.entry.id.as_str());
            Cell::link(to, &row.entry.name)
        })
        .sorted(),
        Column::new("symbol", "Symbol", |row: &Row| {
            Cell::text(&row.entry.symbol)
        })
        .sorted(),
        Column::new("state", "State", |row: &Row| Cell::text(row.state())).sorted(),
        Column::new("codes", "Codes here", |row: &Row| Cell::Code(row.codes())),
        Column::new("markets", "Markets", |row: &Row| Cell::number(row.base))
            .sorted()
            .number(),
        Column::new("quoted", "Quoted in it", |row: &Row| {
            Cell::number(row.quote)
        })
        .sorted()
        .number(),
        Column::new("id", "Id", |row: &Row| Cell::Code(row.entry.id.to_string()))
            .sorted()
            .extra(),
    ],
    filters: &[Filter::word("state", "state", |row| row.state().to_owned())],
    search: Some(Search {
        hint: "Name, symbol, id or code.",
        text: |row| {
            let entry = &row.entry;
            format!(
                "{} {} {} {}",
                entry.name,
                entry.symbol,
                entry.id,
                row.codes()
            )
        },
    }),
    usual: None,
    time: None,
    order: ("markets", true),
    id: Row::id,
    history: Some(|row| ("token", row.entry.id.to_string())),
    empty: "The catalogue has no token that is enabled.",
};

fn venue_of(desk: &Desk, id: &str) -> Result<Venue, Problem> {
    let found = desk.service().exchange(id);
    let (exchange, _) = found.map_err(|_| Problem::not_found("exchange"))?;
    Ok(exchange.venue)
}

/// The enabled ones among these tokens, as they stand on an exchange.
fn rows_of(desk: &Desk, venue: &Venue, tokens: Vec<KnownToken>) -> Vec<Row> {
    let markets = desk.service().markets(Some(venue.id.as_str()));
    // The exchange is known.
    let markets = markets.unwrap_or_default();
    let mut sides: HashMap<&TokenId, [usize; 2]> = HashMap::new();
    for state in &markets {
        let market = &state.listing.market;
        if let Some(base) = market.base.token() {
            sides.entry(base).or_default()[0] += 1;
        }
        if let Some(quote) = market.quote.token() {
            sides.entry(quote).or_default()[1] += 1;
        }
    }
    let enabled = tokens.into_iter().filter(|known| known.entry.enabled);
    enabled
        .map(|known| {
            let [base, quote] = sides.get(&known.entry.id).copied().unwrap_or_default();
            Row {
                venue: venue.clone(),
                entry: known.entry,
                base,
                quote,
            }
        })
        .collect()
}

async fn list(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let venue = venue_of(&desk, &id)?;
    let rows = rows_of(&desk, &venue, desk.tokens().all());
    let bulk = vec![STOP.bulk(STOP_MANY), RESUME.bulk(RESUME_MANY)];
    let (page, name) = (super::venues::page_of(venue.id.as_str()), venue.name);
    let above = view! { <p class="page-sub"><a href=page>{name}</a></p> }.into_any();
    let around = Around {
        above: Some(above),
        bulk,
    };
    Ok(held::page(&LIST, &visit, query.as_deref(), rows, around))
}
