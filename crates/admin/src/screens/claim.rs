//! What contracts in the review queue say of themselves: shown with what contradicts it, and believed nowhere.
//!
//! Used by the queue and by the form of a new token. The words were made harmless where they came in (`crates/ingest`).

use leptos::prelude::*;
use parallax::token::Contract;
use parallax_service::tokens::ReviewRow;

use crate::Desk;

/// The row that a form or an address names; `None` for a code that is told no longer.
pub(super) fn row_of(desk: &Desk, exchange: &str, code: &str) -> Option<ReviewRow> {
    let review = desk.tokens().review(&desk.service().unknown_codes());
    let mut rows = review.rows.into_iter();
    rows.find(|row| row.venue.as_str() == exchange && row.code.as_str() == code)
}

/// A row's contract as the catalogue writes it; `None` for an exchange's code.
pub(super) fn contract_of(row: &ReviewRow) -> Option<Contract> {
    Some(Contract {
        chain: row.contract.as_ref()?.chain.clone(),
        address: row.code.to_string(),
    })
}

/// What a contract says of itself, as plain text; empty for an exchange's code.
pub(super) fn claim(row: &ReviewRow) -> String {
    let Some(contract) = &row.contract else {
        return String::new();
    };
    let (chain, symbol, name) = (&contract.chain, &contract.symbol, &contract.name);
    format!("on {chain} calls itself “{symbol}”, “{name}”{}", facts(row))
}

/// What is known besides, and what contradicts it.
fn facts(row: &ReviewRow) -> String {
    let locked = row.contract.as_ref().and_then(|it| it.locked_usd);
    let locked = locked.map(|locked| format!("; {} USD locked", locked.get().trunc()));
    let namesake = row.namesake.as_ref();
    let namesake = namesake.map(|token| format!("; not {token}, which has another contract there"));
    locked.into_iter().chain(namesake).collect()
}

/// The same as HTML: letters that are read from the right turn nothing but their own word.
pub(super) fn claim_view(row: &ReviewRow) -> AnyView {
    let Some(contract) = &row.contract else {
        return ().into_any();
    };
    let on = format!("on {} calls itself “", contract.chain);
    let rest = format!("”{}", facts(row));
    view! {
        <span class="admin-claim">
            {on}<bdi>{contract.symbol.clone()}</bdi>"”, “"<bdi>{contract.name.clone()}</bdi>{rest}
        </span>
    }
    .into_any()
}

/// That nobody has to believe a contract, beside what it says.
pub(super) fn proves_nothing(row: &ReviewRow) -> AnyView {
    view! {
        <p class="admin-warning">
            <code>{row.code.to_string()}</code> " " {claim_view(row)}
            ". Anyone can write a contract that calls itself so: compare the address with what the token's makers \
             publish."
        </p>
    }
    .into_any()
}
