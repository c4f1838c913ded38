//! The review queue: codes that exchanges list and contracts that chains have, and the catalogue knows neither. Map one,
//! make a token of it, or ignore it. What a contract says of itself is shown, and believed nowhere.

use axum::extract::{Query, State};
use axum::response::Response;
use leptos::prelude::*;
use parallax::account::Permission;
use parallax::token::{Code, Symbol};
use parallax::venue::VenueId;
use parallax_service::tokens::{ReviewRow, TokenError};
use serde::Deserialize;

use super::claim::{claim, claim_view, contract_of, proves_nothing, row_of};
use super::{Screens, may};
use crate::Desk;
use crate::form::Fields;
use crate::page::Problem;
use crate::page::fields::{Errors, Field, form, hidden, not_accepted, select, token_field};
use crate::page::table::table;
use crate::visit::Visit;

const REVIEW: &str = "/mgmt/review";
const MAP: &str = "/mgmt/review/map";
/// Rows of a page; the rest is found by the filters.
const MOST: usize = 200;

pub(super) fn screens(screens: Screens) -> Screens {
    let (browse, edit) = (may(Permission::Browse), may(Permission::Edit));
    screens
        .section(REVIEW, "Review", Permission::Browse)
        .page(REVIEW, browse, list)
        .form(MAP, edit, ask_map, map)
        .action("/mgmt/review/ignore", edit, ignore)
        .action("/mgmt/review/restore", edit, restore)
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
    exchange: String,
    ignored: String,
}

impl Asked {
    fn is_wanted(&self, row: &ReviewRow) -> bool {
        let wanted = self.q.trim().to_lowercase();
        row.is_ignored == (self.ignored == "yes")
            && (self.exchange.is_empty() || row.venue.as_str() == self.exchange)
            && [row.code.as_str(), &claim(row)]
                .iter()
                .any(|text| text.to_lowercase().contains(&wanted))
    }

    fn filters(&self, desk: &Desk, rows: &[ReviewRow]) -> AnyView {
        let errors = Errors::default();
        let count = |asked: Self| rows.iter().filter(|row| asked.is_wanted(row)).count();
        let of = |exchange: &str| {
            count(Self {
                exchange: exchange.to_owned(),
                ..self.clone()
            })
        };
        let venues = desk.service().venues().to_vec();
        let mut exchanges = vec![("", format!("All ({})", of("")))];
        exchanges.extend(venues.iter().map(|venue| {
            let id = venue.id.as_str();
            (id, format!("{} ({})", venue.name, of(id)))
        }));
        let states = [("", "Waiting"), ("yes", "Ignored")].map(|(word, words)| {
            let ignored = word.to_owned();
            let found = count(Self {
                ignored,
                ..self.clone()
            });
            (word, format!("{words} ({found})"))
        });
        let search = Field {
            name: "q",
            label: "Code",
            kind: "search",
            value: &self.q,
            autocomplete: "off",
            hint: "Or a part of it, or what a contract calls itself.",
        };
        view! {
            <form class="panel admin-filters" method="get" action=REVIEW>
                {search.view(&errors)}
                {select("exchange", "Exchange", &exchanges, &self.exchange, &errors)}
                {select("ignored", "State", &states, &self.ignored, &errors)}
                <div class="button-row">
                    <button class="button" type="submit">"Filter"</button>
                    <a class="button" href=REVIEW>"All"</a>
                </div>
            </form>
        }
        .into_any()
    }
}

async fn list(State(desk): State<Desk>, visit: Visit, Query(asked): Query<Asked>) -> Response {
    let review = desk.tokens().review(&desk.service().unknown_codes());
    let filters = asked.filters(&desk, &review.rows);
    let found: Vec<_> = review
        .rows
        .into_iter()
        .filter(|row| asked.is_wanted(row))
        .collect();
    let noun = if found.len() == 1 { "code" } else { "codes" };
    let mut said = format!("{} {noun}", found.len());
    if found.len() > MOST {
        said.push_str(&format!("; the {MOST} of the most markets are shown"));
    }
    if review.omitted > 0 {
        said.push_str(&format!("; {} rarer ones are not told", review.omitted));
    }
    let can_edit = visit.may(Permission::Edit);
    let rows = found.iter().take(MOST);
    let rows = rows.map(|row| view_row(&visit, row, can_edit)).collect();
    let columns = [
        "Code",
        "Exchange",
        "Says of itself",
        "Markets",
        "Against",
        "Reads like",
        "Do",
    ];
    let empty = "No code waits. Exchanges are asked for their markets when they are connected to, and again from \
                 time to time.";
    let content = view! {
        {filters}
        <p class="admin-hint">{said}</p>
        {table("Codes that the catalogue does not know", &columns, rows, empty)}
    };
    visit.page("Review", content)
}

/// The query that names a row's code.
fn query(row: &ReviewRow) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .append_pair("exchange", row.venue.as_str())
        .append_pair("code", row.code.as_str())
        .finish()
}

fn view_row(visit: &Visit, row: &ReviewRow, can_edit: bool) -> Vec<AnyView> {
    let suggestion = row.suggestion.as_ref().map_or_else(
        || "nothing".into_any(),
        |id| {
            let to = super::tokens::page_of(id.as_str());
            view! { <a href=to>{id.to_string()}</a> }.into_any()
        },
    );
    let actions = can_edit.then(|| {
        let (action, word) = match row.is_ignored {
            false => ("/mgmt/review/ignore", "Ignore"),
            true => ("/mgmt/review/restore", "Restore"),
        };
        let map = format!("{MAP}?{}", query(row));
        let new = format!("/mgmt/tokens/new?{}", query(row));
        view! {
            <form class="button-row" method="post" action=action>
                {token_field(visit.token())}
                {hidden("exchange", row.venue.as_str())}
                {hidden("code", row.code.as_str())}
                <a class="button" href=map>"Map"</a>
                <a class="button" href=new>"New token"</a>
                <button class="button" type="submit">{word}</button>
            </form>
        }
    });
    vec![
        view! { <code>{row.code.to_string()}</code> }.into_any(),
        row.venue.to_string().into_any(),
        claim_view(row),
        row.markets.into_any(),
        row.against.join(", ").into_any(),
        suggestion,
        actions.into_any(),
    ]
}

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

async fn ignore(
    State(desk): State<Desk>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    set(&desk, &visit, &fields, true).await
}

async fn restore(
    State(desk): State<Desk>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    set(&desk, &visit, &fields, false).await
}

async fn set(
    desk: &Desk,
    visit: &Visit,
    fields: &Fields,
    ignored: bool,
) -> Result<Response, Problem> {
    let (venue, code) = named(fields.get("exchange"), fields.get("code"))?;
    let desk = desk.tokens();
    desk.set_ignored(&venue, &code, ignored, &visit.by())
        .await?;
    let said = match ignored {
        true => format!("{code} on {venue} is ignored. You find it under State: Ignored."),
        false => format!("{code} on {venue} waits again."),
    };
    visit.go(REVIEW, &said).await
}
