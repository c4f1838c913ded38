//! Mappings: every code of an exchange about which the catalogue has a word of its own.

use axum::extract::{Query, State};
use axum::response::Response;
use leptos::prelude::*;
use parallax::account::Permission;
use parallax_service::tokens::Mapping;
use serde::Deserialize;

use super::{Screens, may};
use crate::Desk;
use crate::page::fields::{Errors, Field, select};
use crate::page::table::table;
use crate::visit::Visit;

const MAPPINGS: &str = "/mgmt/mappings";

pub(super) fn screens(screens: Screens) -> Screens {
    screens
        .section(MAPPINGS, "Mappings", Permission::Browse)
        .page(MAPPINGS, may(Permission::Browse), list)
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
    exchange: String,
}

impl Asked {
    fn is_wanted(&self, mapping: &Mapping) -> bool {
        let wanted = self.q.trim().to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&wanted);
        (self.exchange.is_empty() || mapping.venue.as_str() == self.exchange)
            && (has(mapping.token.as_str())
                || has(&mapping.name)
                || mapping.code.as_ref().is_some_and(|code| has(code.as_str())))
    }
}

async fn list(State(desk): State<Desk>, visit: Visit, Query(asked): Query<Asked>) -> Response {
    let all = desk.tokens().mappings();
    let errors = Errors::default();
    let count = |exchange: &str| {
        let asked = Asked {
            exchange: exchange.to_owned(),
            ..asked.clone()
        };
        all.iter().filter(|it| asked.is_wanted(it)).count()
    };
    let venues = desk.tokens().named_venues();
    let mut exchanges = vec![("", format!("All ({})", count("")))];
    exchanges.extend(venues.iter().map(|venue| {
        let id = venue.as_str();
        (id, format!("{id} ({})", count(id)))
    }));
    let search = Field {
        name: "q",
        label: "Search",
        kind: "search",
        value: &asked.q,
        autocomplete: "off",
        hint: "Code, or the token's id or name.",
    };
    let rows = all.iter().filter(|it| asked.is_wanted(it)).map(row);
    let columns = ["Code", "Exchange", "Means", "From"];
    let content = view! {
        <form class="panel admin-filters" method="get" action=MAPPINGS>
            {search.view(&errors)}
            {select("exchange", "Exchange", &exchanges, &asked.exchange, &errors)}
            <div class="button-row">
                <button class="button" type="submit">"Filter"</button>
                <a class="button" href=MAPPINGS>"All"</a>
            </div>
        </form>
        <p class="admin-hint">
            "On an exchange that is not named here for a token, the token's symbol means it. To change a mapping, open \
             its token."
        </p>
        {table("Mappings", &columns, rows.collect(), "No mapping fits. Take a filter away.")}
    };
    visit.page("Mappings", content)
}

fn row(mapping: &Mapping) -> Vec<AnyView> {
    let to = super::tokens::page_of(mapping.token.as_str());
    let code = mapping.code.as_ref().map_or_else(
        || "not on this exchange".into_any(),
        |code| view! { <code>{code.to_string()}</code> }.into_any(),
    );
    let from = if mapping.is_shipped {
        "shipped"
    } else {
        "decided here"
    };
    vec![
        code,
        mapping.venue.to_string().into_any(),
        view! { <a href=to><bdi>{mapping.name.clone()}</bdi></a> }.into_any(),
        from.into_any(),
    ]
}
