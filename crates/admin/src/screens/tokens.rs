//! Tokens: the list, and what can be done to one or to many: enable, disable, reset to as shipped. The form of one
//! token is `token_form`.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use leptos::prelude::*;
use parallax::account::Permission;
use parallax::catalogue::Entry;
use parallax::token::TokenKind;
use parallax_service::tokens::{KnownToken, TokenError};

use super::action::{Action, Kind, Paged};
use super::{Group, Screens, Section, may};
use crate::Desk;
use crate::list::{Around, Cell, Column, Filter, List, Search, held};
use crate::page::Problem;
use crate::visit::Visit;

pub(super) const TOKENS: &str = "/mgmt/tokens";
// No token's id has an '@', so that none is taken for these.
const ENABLE_MANY: &str = "/mgmt/tokens/@ticked/enable";
const DISABLE_MANY: &str = "/mgmt/tokens/@ticked/disable";
const RESET_MANY: &str = "/mgmt/tokens/@ticked/reset";

pub(super) fn screens(screens: Screens) -> Screens {
    let browse = may(Permission::Browse);
    screens
        .section(Section {
            path: TOKENS,
            title: "Tokens",
            line: "What is priced: names, symbols, contracts and codes.",
            group: Group::Catalogue,
            needs: Permission::Browse,
        })
        .page(TOKENS, browse, list)
        .act("/mgmt/tokens/{id}/enable", &ENABLE)
        .act("/mgmt/tokens/{id}/disable", &DISABLE)
        .act("/mgmt/tokens/{id}/reset", &RESET)
        .act_many(ENABLE_MANY, &ENABLE)
        .act_many(DISABLE_MANY, &DISABLE)
        .act_many(RESET_MANY, &RESET)
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

/// Everything that it is, for the filter: a token can be several of these.
fn states(known: &KnownToken) -> Vec<(String, String)> {
    let enabled = match known.entry.enabled {
        true => ("enabled", "enabled"),
        false => ("disabled", "not enabled"),
    };
    let decided = match known.is_decided {
        true => ("changed", "changed or added here"),
        false => ("shipped", "as shipped"),
    };
    let refused = ("refused", "decision not in force");
    let refused = known.refused.is_some().then_some(refused);
    let all = [enabled, decided].into_iter().chain(refused);
    all.map(|(value, words)| (value.to_owned(), words.to_owned()))
        .collect()
}

static LIST: List<KnownToken> = List {
    title: "Tokens",
    columns: &[
        Column::new("id", "Token", |known: &KnownToken| {
            Cell::link(page_of(known.entry.id.as_str()), &known.entry.id)
        })
        .sorted(),
        Column::new("rank", "Rank", |known: &KnownToken| {
            Cell::number_or_none(known.rank)
        })
        .sorted()
        .number(),
        Column::new("symbol", "Symbol", |known: &KnownToken| {
            Cell::Code(known.entry.symbol.to_string())
        })
        .sorted(),
        Column::new("name", "Name", |known: &KnownToken| {
            Cell::Name(known.entry.name.clone())
        })
        .sorted(),
        Column::new("kind", "Kind", |known: &KnownToken| {
            Cell::text(kind_word(known.entry.kind))
        })
        .sorted(),
        Column::new("contracts", "Contracts", |known: &KnownToken| {
            Cell::number(known.entry.contracts.len())
        })
        .sorted()
        .number(),
        Column::new("state", "State", |known: &KnownToken| {
            Cell::text(changed_word(known))
        })
        .sorted(),
        Column::new("changed", "Changed", |known: &KnownToken| {
            Cell::Time(known.decided_at, "never")
        })
        .sorted(),
        Column::new("chains", "Chains", |known: &KnownToken| {
            let chains = known.entry.contracts.iter();
            let chains: Vec<_> = chains.map(|contract| contract.chain.as_str()).collect();
            Cell::Text(chains.join(", "))
        })
        .extra(),
        Column::new("codes", "Own codes", |known: &KnownToken| {
            let codes = known.entry.codes.iter();
            let codes: Vec<_> = codes
                .flat_map(|(venue, codes)| codes.iter().map(move |code| format!("{venue} {code}")))
                .collect();
            Cell::Code(codes.join(", "))
        })
        .extra(),
    ],
    filters: &[
        Filter::many("state", "state", states),
        Filter::word("kind", "kind", |known| {
            kind_word(known.entry.kind).to_owned()
        }),
        Filter::many("chain", "chain", |known| {
            let chains = known.entry.contracts.iter();
            let chains = chains.map(|contract| contract.chain.clone());
            chains.map(|chain| (chain.clone(), chain)).collect()
        }),
    ],
    search: Some(Search {
        hint: "Id, symbol, name or contract.",
        text: |known| {
            let entry = &known.entry;
            let mut text = format!("{} {} {}", entry.id, entry.symbol, entry.name);
            for contract in &entry.contracts {
                text.push(' ');
                text.push_str(&contract.address);
            }
            text
        },
    }),
    usual: None,
    time: Some(|known| known.decided_at),
    order: ("rank", false),
    id: |known| known.entry.id.to_string(),
    history: Some(|known| ("token", known.entry.id.to_string())),
    empty: "There is no token.",
};

async fn list(State(desk): State<Desk>, visit: Visit, RawQuery(query): RawQuery) -> Response {
    let above = visit.may(Permission::Edit).then(|| {
        let new = view! {
            <p class="button-row admin-actions"><a class="button" href="/mgmt/tokens/new">"New token"</a></p>
        };
        new.into_any()
    });
    let bulk = vec![
        DISABLE.bulk(DISABLE_MANY),
        ENABLE.bulk(ENABLE_MANY),
        RESET.bulk(RESET_MANY),
    ];
    let around = Around { above, bulk };
    held::page(&LIST, &visit, query.as_deref(), desk.tokens().all(), around)
}

/// The token that an address names.
pub(super) fn named(desk: &Desk, id: &str) -> Result<KnownToken, Problem> {
    let known = desk.tokens().get(id);
    known.ok_or_else(|| Problem::not_found("token"))
}

/// Tokens that can be acted on.
struct Tokens;

impl Kind for Tokens {
    type Object = KnownToken;
    const LIST: &'static str = TOKENS;
    const MANY: &'static str = "tokens";

    async fn named(desk: &Desk, id: &str) -> Result<KnownToken, Problem> {
        named(desk, id)
    }

    fn name(known: &KnownToken) -> String {
        format!("{} ({})", known.entry.name, known.entry.id)
    }
}

impl Paged for Tokens {
    fn page_of(known: &KnownToken) -> String {
        page_of(known.entry.id.as_str())
    }

    fn path_of(known: &KnownToken) -> String {
        Self::page_of(known)
    }
}

/// Enables or disables a token as it is now.
async fn switch(
    desk: &Desk,
    known: &KnownToken,
    enabled: bool,
    visit: &Visit,
) -> Result<String, Problem> {
    let entry = Entry {
        enabled,
        ..known.entry.clone()
    };
    let tokens = desk.tokens();
    let done = tokens.change(entry, known.revision, &visit.by()).await;
    let name = &known.entry.name;
    match (done, enabled) {
        (Ok(()), true) => Ok(format!("{name} is enabled.")),
        (Ok(()), false) => Ok(format!("{name} is not enabled any longer.")),
        // What is wanted is so.
        (Err(TokenError::Same), true) => Ok(format!("{name} was enabled before.")),
        (Err(TokenError::Same), false) => Ok(format!("{name} was not enabled before.")),
        (Err(error), _) => Err(error.into()),
    }
}

static ENABLE: Action<Tokens> = Action {
    needs: Permission::Edit,
    word: "enable",
    title: "Enable this token?",
    button: "Enable",
    text: |name| {
        format!("{name} is priced and listed again, and its codes on exchanges mean it, at once.")
    },
    run: |desk, known, visit| Box::pin(switch(desk, known, true, visit)),
};

static DISABLE: Action<Tokens> = Action {
    needs: Permission::Edit,
    word: "disable",
    title: "Disable this token?",
    button: "Disable",
    text: |name| {
        format!(
            "{name} is not priced and not listed any longer, at once and for all readers, and its codes on exchanges \
             mean nothing. What is stored of it stays, and you can enable it again."
        )
    },
    run: |desk, known, visit| Box::pin(switch(desk, known, false, visit)),
};

static RESET: Action<Tokens> = Action {
    needs: Permission::Edit,
    word: "reset",
    title: "Reset to the shipped entry?",
    button: "Reset",
    text: |name| {
        format!(
            "Everything that was decided here about {name} is given up, and what this version of the program ships \
             is in force, at once. What was decided stays in the audit log."
        )
    },
    run: |desk, known, visit| {
        Box::pin(async move {
            let (id, by) = (known.entry.id.as_str(), visit.by());
            desk.tokens().reset(id, known.revision, &by).await?;
            Ok(format!("The shipped entry of {id} is in force."))
        })
    },
};
