//! The review queue: codes that exchanges list and contracts that chains have, and the catalogue knows neither. Map one,
//! make a token of it, or ignore it. What a contract says of itself is shown, and believed nowhere.

use axum::extract::{Query, RawQuery, State};
use axum::response::Response;
use leptos::prelude::*;
use parallax::account::Permission;
use parallax::token::{Code, Symbol};
use parallax::venue::VenueId;
use parallax_service::tokens::{ReviewRow, TokenError};
use serde::Deserialize;

use super::action::{Action, Kind};
use super::claim::{claim, claim_view, contract_of, proves_nothing, row_of};
use super::{Group, Screens, Section, may};
use crate::Desk;
use crate::form::Fields;
use crate::list::{Around, Cell, Column, Filter, List, Search, held};
use crate::page::Problem;
use crate::page::fields::{Errors, Field, form, hidden, not_accepted};
use crate::visit::Visit;

const REVIEW: &str = "/mgmt/review";
const MAP: &str = "/mgmt/review/map";
const IGNORE: &str = "/mgmt/review/ignore";
const RESTORE: &str = "/mgmt/review/restore";
/// The state of what the queue is for.
const WAITS: &str = "waits";

pub(super) fn screens(screens: Screens) -> Screens {
    let (browse, edit) = (may(Permission::Browse), may(Permission::Edit));
    screens
        .section(Section {
            path: REVIEW,
            title: "Review",
            line: "Codes of exchanges and contracts that nobody knows yet.",
            group: Group::Catalogue,
            needs: Permission::Browse,
        })
        .page(REVIEW, browse, list)
        .form(MAP, edit, ask_map, map)
        .act_many(IGNORE, &IGNORED)
        .act_many(RESTORE, &RESTORED)
}

/// Where what is decided about a code begins: its id as a query.
fn asks(path: &str, row: &ReviewRow) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("id", &row.id())
        .finish();
    format!("{path}?{query}")
}

const fn state(row: &ReviewRow) -> &'static str {
    match row.is_ignored {
        true => "ignored",
        false => WAITS,
    }
}

/// What can be done to a code: three links, as its row has room for them.
fn links(row: &ReviewRow) -> Cell {
    let (path, word) = match row.is_ignored {
        false => (IGNORE, "Ignore"),
        true => (RESTORE, "Restore"),
    };
    let query = query(row);
    let (map, new) = (
        format!("{MAP}?{query}"),
        format!("/mgmt/tokens/new?{query}"),
    );
    let view = view! {
        <span>
            <a href=map>"Map"</a> " · " <a href=new>"New token"</a> " · " <a href=asks(path, row)>{word}</a>
        </span>
    };
    Cell::View(view.into_any(), String::new())
}

static LIST: List<ReviewRow> = List {
    title: "Review",
    columns: &[
        Column::new("code", "Code", |row: &ReviewRow| {
            Cell::Code(row.code.to_string())
        })
        .sorted(),
        Column::new("exchange", "Exchange", |row: &ReviewRow| {
            Cell::text(&row.venue)
        })
        .sorted(),
        Column::new("claim", "Says of itself", |row: &ReviewRow| {
            Cell::View(claim_view(row), claim(row))
        }),
        Column::new("markets", "Markets", |row: &ReviewRow| {
            Cell::number(row.markets)
        })
        .sorted()
        .number(),
        Column::new("against", "Against", |row: &ReviewRow| {
            Cell::Text(row.against.join(", "))
        }),
        Column::new("suggestion", "Reads like", |row: &ReviewRow| {
            match &row.suggestion {
                Some(id) => Cell::link(super::tokens::page_of(id.as_str()), id),
                None => Cell::Text(String::new()),
            }
        })
        .sorted(),
        Column::new("state", "State", |row: &ReviewRow| Cell::text(state(row)))
            .sorted()
            .extra(),
        Column::acts("do", Permission::Edit, links),
    ],
    filters: &[
        Filter::word("state", "state", |row| state(row).to_owned()),
        Filter::word("exchange", "exchange", |row| row.venue.to_string()),
        Filter::word("known", "what it reads like", |row| {
            let word = row.suggestion.as_ref().map_or("no token", |_| "a token");
            word.to_owned()
        }),
    ],
    search: Some(Search {
        hint: "A code, or a part of it, or what a contract calls itself.",
        text: |row| format!("{} {}", row.code, claim(row)),
    }),
    usual: Some(("state", WAITS)),
    time: None,
    order: ("markets", true),
    id: ReviewRow::id,
    history: Some(|row| ("code", row.id())),
    empty: "No code waits. Exchanges are asked for their markets when they are connected to, and again from time to \
            time.",
};

async fn list(State(desk): State<Desk>, visit: Visit, RawQuery(query): RawQuery) -> Response {
    let review = desk.tokens().review(&desk.service().unknown_codes());
    let above = (review.omitted > 0).then(|| {
        let said = format!("{} codes of fewer markets are not told.", review.omitted);
        view! { <p class="admin-hint">{said}</p> }.into_any()
    });
    let bulk = vec![IGNORED.bulk(IGNORE), RESTORED.bulk(RESTORE)];
    let around = Around { above, bulk };
    held::page(&LIST, &visit, query.as_deref(), review.rows, around)
}

/// The query that names a row's code.
fn query(row: &ReviewRow) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .append_pair("exchange", row.venue.as_str())
        .append_pair("code", row.code.as_str())
        .finish()
}

/// Codes that can be acted on.
struct Codes;

impl Kind for Codes {
    type Object = (VenueId, Code);
    const LIST: &'static str = REVIEW;
    const MANY: &'static str = "codes";

    async fn named(desk: &Desk, id: &str) -> Result<(VenueId, Code), Problem> {
        let (venue, code) = id.split_once(':').unwrap_or_default();
        let named = named(venue, code)?;
        let told = desk.service().unknown_codes();
        let mut of_venue = told.iter().filter(|told| told.venue == named.0);
        match of_venue.any(|told| told.codes.iter().any(|it| it.code == named.1)) {
            true => Ok(named),
            false => Err(Problem::not_found("code")),
        }
    }

    fn name((venue, code): &(VenueId, Code)) -> String {
        format!("{code} on {venue}")
    }
}

/// Takes a code out of the queue, or puts it back.
async fn set(
    desk: &Desk,
    named: &(VenueId, Code),
    ignored: bool,
    visit: &Visit,
) -> Result<String, Problem> {
    let (venue, code) = named;
    let tokens = desk.tokens();
    let done = tokens.set_ignored(venue, code, ignored, &visit.by()).await;
    match (done, ignored) {
        // What is wanted is so.
        (Ok(()) | Err(TokenError::Same), true) => Ok(format!(
            "{code} on {venue} is ignored. You find it by state: ignored."
        )),
        (Ok(()) | Err(TokenError::Same), false) => Ok(format!("{code} on {venue} waits again.")),
        (Err(error), _) => Err(error.into()),
    }
}

static IGNORED: Action<Codes> = Action {
    needs: Permission::Edit,
    word: "ignore",
    title: "Ignore this code?",
    button: "Ignore",
    text: |name| {
        format!(
            "{name} stays unknown, so that its markets are not read, and waits in this queue no longer. You can put \
             it back."
        )
    },
    run: |desk, named, visit| Box::pin(set(desk, named, true, visit)),
};

static RESTORED: Action<Codes> = Action {
    needs: Permission::Edit,
    word: "restore",
    title: "Put this code back into the queue?",
    button: "Restore",
    text: |name| format!("{name} waits for a decision again."),
    run: |desk, named, visit| Box::pin(set(desk, named, false, visit)),
};

/// The code that a form or an address names.
fn named(exchange: &str, code: &str) -> Result<(VenueId, Code), Problem> {
    let venue = exchange
        .parse()
        .map_err(|_| Problem::not_found("exchange"))?;
    let code = code.parse().map_err(|_| Problem::not_found("code"))?;
    Ok((venue, code))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct OneCode {
    exchange: String,
    code: String,
}

fn map_page(
    visit: &Visit,
    (venue, code): &(VenueId, Code),
    row: Option<&ReviewRow>,
    typed: &str,
    errors: &Errors,
) -> Response {
    let field = Field {
        name: "token",
        label: "Token",
        kind: "text",
        value: typed,
        autocomplete: "off",
        hint: "Its id, such as bitcoin. Make sure that it is this token and not a namesake: a wrong one is priced \
               wrongly.",
    };
    let contract = row.and_then(|row| Some((row, row.contract.as_ref()?)));
    let text = match contract {
        Some((_, contract)) => format!(
            "The token gets this contract on {}, and {venue} is asked for its price from now on.",
            contract.chain
        ),
        None => {
            format!(
                "From now on {code} means this token on {venue}, and its markets there are read."
            )
        }
    };
    let warning = contract.map(|(row, _)| proves_nothing(row));
    let fields = view! {
        <p>{text}</p>
        {warning}
        {hidden("exchange", venue.as_str())}
        {hidden("code", code.as_str())}
        {field.view(errors)}
    };
    let title = format!("Map {code} on {venue}");
    visit.page(&title, form(visit.token(), MAP, "Map", fields.into_any()))
}

async fn ask_map(
    State(desk): State<Desk>,
    visit: Visit,
    Query(asked): Query<OneCode>,
) -> Result<Response, Problem> {
    let named = named(&asked.exchange, &asked.code)?;
    let row = row_of(&desk, &asked.exchange, &asked.code);
    let suggestion = row.as_ref().and_then(|row| row.suggestion.as_ref());
    let suggestion = suggestion.map_or_else(String::new, |id| id.to_string());
    let row = row.as_ref();
    Ok(map_page(
        &visit,
        &named,
        row,
        &suggestion,
        &Errors::default(),
    ))
}

async fn map(State(desk): State<Desk>, visit: Visit, fields: Fields) -> Result<Response, Problem> {
    let named = named(fields.get("exchange"), fields.get("code"))?;
    let (venue, code) = &named;
    let typed = fields.get("token").trim();
    let row = row_of(&desk, fields.get("exchange"), fields.get("code"));
    let (tokens, by) = (desk.tokens(), visit.by());
    let mapped = match row.as_ref().and_then(contract_of) {
        Some(contract) => tokens.map_contract(venue, contract, typed, &by).await,
        None => {
            let code: Symbol = code
                .as_str()
                .parse()
                .map_err(|_| Problem::not_found("code"))?;
            tokens.map(venue, &code, typed, &by).await
        }
    };
    match mapped {
        Ok(()) => {
            let said = format!("{code} means {typed} on {venue} now.");
            visit.go(REVIEW, &said).await
        }
        Err(error) => {
            let is_of_the_field = matches!(
                error,
                TokenError::Unknown(_)
                    | TokenError::Disabled(_)
                    | TokenError::Catalogue(_)
                    | TokenError::HasContract { .. }
                    | TokenError::NotRead { .. }
            );
            if !is_of_the_field {
                return Err(error.into());
            }
            let errors = Errors::one("token", &error);
            let row = row.as_ref();
            Ok(not_accepted(map_page(&visit, &named, row, typed, &errors)))
        }
    }
}
