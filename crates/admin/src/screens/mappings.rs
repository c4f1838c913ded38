//! Mappings: every code of an exchange about which the catalogue has a word of its own. They are made in the form of a
//! token and in the review queue; here they are looked through, taken away, and reset to as shipped.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use leptos::prelude::*;
use parallax::account::Permission;
use parallax_service::tokens::Mapping;

use super::action::{Action, Kind};
use super::{Group, Screens, Section, may};
use crate::Desk;
use crate::list::{Around, Cell, Column, Filter, List, Search, held};
use crate::page::Problem;
use crate::visit::Visit;

const MAPPINGS: &str = "/mgmt/mappings";
const REMOVE: &str = "/mgmt/mappings/remove";
const RESET: &str = "/mgmt/mappings/reset";

pub(super) fn screens(screens: Screens) -> Screens {
    let browse = may(Permission::Browse);
    screens
        .section(Section {
            path: MAPPINGS,
            title: "Mappings",
            line: "Codes that mean a token on one exchange only.",
            group: Group::Catalogue,
            needs: Permission::Browse,
        })
        .page(MAPPINGS, browse, list)
        .act_many(REMOVE, &REMOVED)
        .act_many(RESET, &AS_SHIPPED)
}

const fn from(mapping: &Mapping) -> &'static str {
    match mapping.is_shipped {
        true => "shipped",
        false => "decided here",
    }
}

/// The code, or that there is none.
fn code(mapping: &Mapping) -> Cell {
    match &mapping.code {
        Some(code) => Cell::Code(code.to_string()),
        None => Cell::text("not on this exchange"),
    }
}

static LIST: List<Mapping> = List {
    title: "Mappings",
    columns: &[
        Column::new("code", "Code", code).sorted(),
        Column::new("exchange", "Exchange", |mapping: &Mapping| {
            Cell::text(&mapping.venue)
        })
        .sorted(),
        Column::new("token", "Means", |mapping: &Mapping| {
            Cell::link(
                super::tokens::page_of(mapping.token.as_str()),
                &mapping.name,
            )
        })
        .sorted(),
        Column::new("token_id", "Token’s id", |mapping: &Mapping| {
            Cell::text(&mapping.token)
        })
        .sorted()
        .extra(),
        Column::new("from", "From", |mapping: &Mapping| {
            Cell::text(from(mapping))
        })
        .sorted(),
    ],
    filters: &[
        Filter::word("exchange", "exchange", |mapping| mapping.venue.to_string()),
        Filter::word("from", "where it is from", |mapping| {
            from(mapping).to_owned()
        }),
        Filter::word("says", "what it says", |mapping| {
            let word = mapping.code.as_ref().map_or("not there", |_| "a code");
            word.to_owned()
        }),
    ],
    search: Some(Search {
        hint: "Code, or the token’s id or name.",
        text: |mapping| {
            let code = mapping.code.as_ref().map_or("", |code| code.as_str());
            format!("{code} {} {}", mapping.token, mapping.name)
        },
    }),
    usual: None,
    time: None,
    order: ("exchange", false),
    id: Mapping::id,
    history: Some(|mapping| ("token", mapping.token.to_string())),
    empty: "On all exchanges, tokens are meant by their symbols.",
};

async fn list(State(desk): State<Desk>, visit: Visit, RawQuery(query): RawQuery) -> Response {
    let above = view! {
        <p class="admin-hint">
            "On an exchange that is not named here for a token, the token’s symbol means it. To change a mapping, open \
             its token."
        </p>
    };
    let bulk = vec![REMOVED.bulk(REMOVE), AS_SHIPPED.bulk(RESET)];
    let around = Around {
        above: Some(above.into_any()),
        bulk,
    };
    let rows = desk.tokens().mappings();
    held::page(&LIST, &visit, query.as_deref(), rows, around)
}

/// Mappings that can be acted on.
struct Mappings;

impl Kind for Mappings {
    type Object = Mapping;
    const LIST: &'static str = MAPPINGS;
    const MANY: &'static str = "mappings";

    async fn named(desk: &Desk, id: &str) -> Result<Mapping, Problem> {
        let mut all = desk.tokens().mappings().into_iter();
        let found = all.find(|mapping| mapping.id() == id);
        found.ok_or_else(|| Problem::not_found("mapping"))
    }

    fn name(mapping: &Mapping) -> String {
        mapping.to_string()
    }
}

static REMOVED: Action<Mappings> = Action {
    needs: Permission::Edit,
    word: "remove",
    title: "Remove this mapping?",
    button: "Remove",
    text: |name| {
        format!(
            "{name}: this is no longer so, at once, and the markets that it is about are read anew. When a token has \
             no word of its own left on an exchange, its symbol means it there."
        )
    },
    run: |desk, mapping, visit| {
        Box::pin(async move {
            desk.tokens().unmap(mapping, &visit.by()).await?;
            Ok(format!("Removed: {mapping}."))
        })
    },
};

static AS_SHIPPED: Action<Mappings> = Action {
    needs: Permission::Edit,
    word: "reset",
    title: "Reset to as shipped?",
    button: "Reset",
    text: |name| {
        format!(
            "{name}: all codes of that token on that exchange become what this version of the program ships, at \
             once. What else was decided about the token stays."
        )
    },
    run: |desk, mapping, visit| {
        Box::pin(async move {
            desk.tokens().reset_mapping(mapping, &visit.by()).await?;
            let Mapping { venue, token, .. } = mapping;
            Ok(format!("The codes of {token} on {venue} are as shipped."))
        })
    },
};
