//! Tokens: the list with search, order and filters. The form of one token is `token_form`.

use axum::extract::{Query, State};
use axum::response::Response;
use leptos::prelude::*;
use parallax::account::Permission;
use parallax::token::TokenKind;
use parallax_service::tokens::KnownToken;
use serde::Deserialize;

use super::{Screens, may};
use crate::Desk;
use crate::page::fields::{Errors, Field, select};
use crate::page::table::table;
use crate::page::time_or;
use crate::visit::Visit;

pub(super) const TOKENS: &str = "/mgmt/tokens";

pub(super) fn screens(screens: Screens) -> Screens {
    screens.section(TOKENS, "Tokens", Permission::Browse).page(
        TOKENS,
        may(Permission::Browse),
        list,
    )
}

/// Where a token is shown here.
pub(super) fn page_of(id: &str) -> String {
    format!("{TOKENS}/{id}")
}

/// A kind as it is written in forms and addresses.
pub(super) const KINDS: [(&str, TokenKind); 3] = [
    ("crypto", TokenKind::Crypto),
    ("stablecoin", TokenKind::Stablecoin),
    ("fiat", TokenKind::Fiat),
];

pub(super) fn kind_word(kind: TokenKind) -> &'static str {
    let found = KINDS.into_iter().find(|(_, known)| *known == kind);
    found.map_or("crypto", |(word, _)| word)
}

/// What can be asked for: every field may be empty, and a word that means nothing is none.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
    kind: String,
    state: String,
    sort: String,
}

/// Which tokens a filter leaves, with its word.
const STATES: [(&str, &str); 5] = [
    ("", "All"),
    ("enabled", "Enabled"),
    ("disabled", "Not enabled"),
    ("changed", "Changed or added here"),
    ("refused", "Decision not in force"),
];
const SORTS: [(&str, &str); 4] = [
    ("", "Rank"),
    ("id", "Id"),
    ("symbol", "Symbol"),
    ("name", "Name"),
];

impl Asked {
    fn is_wanted(&self, known: &KnownToken) -> bool {
        let wanted = self.q.trim().to_lowercase();
        let entry = &known.entry;
        let has = |text: &str| text.to_lowercase().contains(&wanted);
        let is_found = wanted.is_empty()
            || has(entry.id.as_str())
            || has(entry.symbol.as_str())
            || has(&entry.name)
            || entry
                .contracts
                .iter()
                .any(|contract| has(&contract.address));
        let is_kind = self.kind.is_empty() || self.kind == kind_word(entry.kind);
        let is_state = match self.state.as_str() {
            "enabled" => entry.enabled,
            "disabled" => !entry.enabled,
            "changed" => known.is_decided,
            "refused" => known.refused.is_some(),
            _ => true,
        };
        is_found && is_kind && is_state
    }

    fn order(&self, tokens: &mut [KnownToken]) {
        match self.sort.as_str() {
            "id" => tokens.sort_by(|a, b| a.entry.id.cmp(&b.entry.id)),
            "symbol" => {
                tokens.sort_by_key(|known| known.entry.symbol.as_str().to_lowercase());
            }
            "name" => tokens.sort_by_key(|known| known.entry.name.to_lowercase()),
            // As they come.
            _ => {}
        }
    }

    /// With how many tokens each choice would leave.
    fn filters(&self, all: &[KnownToken]) -> AnyView {
        let errors = Errors::default();
        let count = |asked: Self| all.iter().filter(|known| asked.is_wanted(known)).count();
        let with_kind = |kind: &str| Self {
            kind: kind.to_owned(),
            ..self.clone()
        };
        let with_state = |state: &str| Self {
            state: state.to_owned(),
            ..self.clone()
        };
        let kinds = [""].into_iter().chain(KINDS.map(|(word, _)| word));
        let kinds: Vec<_> = kinds
            .map(|word| {
                let words = if word.is_empty() { "All" } else { word };
                (word, format!("{words} ({})", count(with_kind(word))))
            })
            .collect();
        let states =
            STATES.map(|(word, words)| (word, format!("{words} ({})", count(with_state(word)))));
        let sorts = SORTS.map(|(word, words)| (word, words.to_owned()));
        let search = Field {
            name: "q",
            label: "Search",
            kind: "search",
            value: &self.q,
            autocomplete: "off",
            hint: "Id, symbol, name or contract.",
        };
        view! {
            <form class="panel admin-filters" method="get" action=TOKENS>
                {search.view(&errors)}
                {select("kind", "Kind", &kinds, &self.kind, &errors)}
                {select("state", "State", &states, &self.state, &errors)}
                {select("sort", "Sort by", &sorts, &self.sort, &errors)}
                <div class="button-row">
                    <button class="button" type="submit">"Filter"</button>
                    <a class="button" href=TOKENS>"All"</a>
                </div>
            </form>
        }
        .into_any()
    }
}

/// What an operator made of it, in a word.
pub(super) fn changed_word(known: &KnownToken) -> &'static str {
    match known {
        KnownToken {
            refused: Some(_), ..
        } => "decision not in force",
        known if !known.entry.enabled => "not enabled",
        known if known.is_decided && known.is_shipped => "changed",
        known if known.is_decided => "added here",
        _ => "as shipped",
    }
}

async fn list(State(desk): State<Desk>, visit: Visit, Query(asked): Query<Asked>) -> Response {
    let all = desk.tokens().all();
    let total = all.len();
    let filters = asked.filters(&all);
    let mut shown: Vec<_> = all
        .into_iter()
        .filter(|known| asked.is_wanted(known))
        .collect();
    asked.order(&mut shown);
    let found = shown.len();
    let rows = shown.iter().map(row).collect();
    let columns = [
        "Token",
        "Rank",
        "Symbol",
        "Name",
        "Kind",
        "Contracts",
        "State",
        "Changed",
    ];
    let new = visit.may(Permission::Edit).then(|| {
        view! { <p class="button-row admin-actions"><a class="button" href="/mgmt/tokens/new">"New token"</a></p> }
    });
    let content = view! {
        {new}
        {filters}
        <p class="admin-hint">{format!("{found} of {total} tokens")}</p>
        {table("Tokens", &columns, rows, "No token fits. Take a filter away.")}
    };
    visit.page("Tokens", content)
}

fn row(known: &KnownToken) -> Vec<AnyView> {
    let entry = &known.entry;
    let page = page_of(entry.id.as_str());
    let rank = known
        .rank
        .map_or_else(|| "–".to_owned(), |rank| rank.to_string());
    vec![
        view! { <a href=page>{entry.id.to_string()}</a> }.into_any(),
        rank.into_any(),
        view! { <code>{entry.symbol.to_string()}</code> }.into_any(),
        view! { <bdi>{entry.name.clone()}</bdi> }.into_any(),
        kind_word(entry.kind).into_any(),
        entry.contracts.len().into_any(),
        changed_word(known).into_any(),
        time_or(known.decided_at, "never"),
    ]
}
