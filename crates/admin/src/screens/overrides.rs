//! Prices set by hand: what is in force and what was, and taking one back. Setting one is `override_form`'s; what it
//! means is `crates/service`'s.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use leptos::prelude::*;
use parallax::account::Permission;
use parallax::amount::Price;
use parallax::time::Timestamp;
use parallax_service::overrides::Override;

use super::action::{Action, Kind, Paged};
use super::{Group, Screens, Section, may};
use crate::Desk;
use crate::list::{Around, Cell, Column, Filter, List, Search, held};
use crate::page::Problem;
use crate::visit::Visit;

pub(super) const OVERRIDES: &str = "/mgmt/overrides";
pub(super) const NEW: &str = "/mgmt/overrides/new";
const TAKE_BACK_MANY: &str = "/mgmt/overrides/take-back";
/// The state of what is published instead of a computed price.
const IN_FORCE: &str = "in force";

pub(super) fn screens(screens: Screens) -> Screens {
    let browse = may(Permission::Browse);
    screens
        .section(Section {
            path: OVERRIDES,
            title: "Prices set by hand",
            line: "What is published instead of a computed price, and why.",
            group: Group::Prices,
            needs: Permission::Browse,
        })
        .page(OVERRIDES, browse, list)
        .act("/mgmt/overrides/{id}/take-back", &TAKE_BACK)
        .act_many(TAKE_BACK_MANY, &TAKE_BACK)
}

fn name_of(desk: &Desk, token: &str) -> String {
    let token_of = desk.service().by_id(token);
    token_of.map_or_else(|_| token.to_owned(), |token| token.name.clone())
}

pub(super) fn usd(price: Option<Price>) -> String {
    price.map_or_else(|| "none".to_owned(), |price| format!("{price} USD"))
}

/// One of the prices set by hand, with what is computed and where it stands now.
struct Row {
    held: Override,
    name: String,
    computed: Option<Price>,
    ended: Option<Timestamp>,
}

impl Row {
    fn new(desk: &Desk, held: Override) -> Self {
        Self {
            name: name_of(desk, held.token.as_str()),
            computed: desk.service().summary(&held.token).computed().price,
            ended: held.ended(desk.service().at()),
            held,
        }
    }

    const fn state(&self) -> &'static str {
        match (self.ended, self.held.taken_back_at) {
            (None, _) => IN_FORCE,
            (Some(_), Some(_)) => "taken back",
            (Some(_), None) => "ended",
        }
    }
}

fn links(row: &Row) -> Cell {
    let token = &row.held.token;
    let again = format!("{NEW}?token={token}");
    let back = row.ended.is_none().then(|| {
        let to = format!("{OVERRIDES}/{token}/take-back");
        view! { <a href=to>"Take back"</a> " · " }
    });
    let view = view! { <span>{back}<a href=again>"Set anew"</a></span> };
    Cell::View(view.into_any(), String::new())
}

static LIST: List<Row> = List {
    title: "Prices set by hand",
    columns: &[
        Column::new("token", "Token", |row: &Row| {
            Cell::link(format!("/tokens/{}", row.held.token), &row.name)
        })
        .sorted(),
        Column::new("price", "Set, in USD", |row: &Row| {
            Cell::number(row.held.set.price)
        })
        .sorted()
        .number(),
        Column::new("computed", "Computed now, in USD", |row: &Row| {
            Cell::number_or_none(row.computed)
        })
        .sorted()
        .number(),
        Column::new("reason", "Reason", |row: &Row| {
            Cell::text(&row.held.set.reason)
        }),
        Column::new("since", "Since", |row: &Row| Cell::time(row.held.set.since)).sorted(),
        Column::new("until", "Until", |row: &Row| Cell::time(row.held.set.until)).sorted(),
        Column::new("state", "State", |row: &Row| Cell::text(row.state())).sorted(),
        Column::new("ended", "Ended", |row: &Row| {
            Cell::Time(row.ended, "not yet")
        })
        .sorted()
        .extra(),
        Column::new("id", "Token’s id", |row: &Row| {
            Cell::text(&row.held.token)
        })
        .sorted()
        .extra(),
        Column::acts("do", Permission::Edit, links),
    ],
    filters: &[Filter::word("state", "state", |row| row.state().to_owned())],
    search: Some(Search {
        hint: "The token’s id or name, or words of the reason.",
        text: |row| format!("{} {} {}", row.held.token, row.name, row.held.set.reason),
    }),
    usual: Some(("state", IN_FORCE)),
    time: Some(|row| Some(row.held.set.since)),
    order: ("since", true),
    id: |row| row.held.token.to_string(),
    history: Some(|row| ("price", row.held.token.to_string())),
    empty: "All prices are computed.",
};

async fn list(
    State(desk): State<Desk>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let all = desk.overrides().list().await?.into_iter();
    let rows = all.map(|held| Row::new(&desk, held)).collect();
    let new = visit.may(Permission::Edit).then(|| {
        view! {
            <p class="button-row admin-actions"><a class="button" href=NEW>"Set a price"</a></p>
        }
    });
    let above = view! {
        {new}
        <p class="page-sub">"Of each token the last one; the audit log has all."</p>
    };
    let around = Around {
        above: Some(above.into_any()),
        bulk: vec![TAKE_BACK.bulk(TAKE_BACK_MANY)],
    };
    Ok(held::page(&LIST, &visit, query.as_deref(), rows, around))
}

/// Prices set by hand that can be acted on.
struct SetByHand;

impl Kind for SetByHand {
    type Object = Row;
    const LIST: &'static str = OVERRIDES;
    const MANY: &'static str = "prices";

    async fn named(desk: &Desk, id: &str) -> Result<Row, Problem> {
        let unknown = || Problem::not_found("price set by hand");
        let token = id.parse().map_err(|_| unknown())?;
        let held = desk.overrides().of(&token).await?;
        held.map(|held| Row::new(desk, held)).ok_or_else(unknown)
    }

    fn name(row: &Row) -> String {
        format!(
            "{} (set by hand: {} USD; computed now: {})",
            row.name,
            row.held.set.price,
            usd(row.computed)
        )
    }
}

impl Paged for SetByHand {
    fn page_of(_: &Row) -> String {
        OVERRIDES.to_owned()
    }

    fn path_of(row: &Row) -> String {
        format!("{OVERRIDES}/{}", row.held.token)
    }
}

static TAKE_BACK: Action<SetByHand> = Action {
    needs: Permission::Edit,
    word: "take-back",
    title: "Take this price back?",
    button: "Take back",
    text: |name| format!("{name}: the computed price is published again, at once."),
    run: |desk, row, visit| {
        Box::pin(async move {
            let token = &row.held.token;
            desk.overrides().take_back(token, &visit.by()).await?;
            Ok(format!("The price of {} is computed again.", row.name))
        })
    },
};
