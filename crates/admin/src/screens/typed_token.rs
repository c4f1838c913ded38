//! What is typed into the form of a token, read as an entry of the catalogue; an entry as the form shows it; and which
//! field an error belongs beside.

use std::collections::{BTreeMap, BTreeSet};

use parallax::catalogue::{CatalogueError, Entry, EntryError};
use parallax::token::{Contract, Symbol, TokenId};
use parallax::venue::VenueId;
use parallax_service::tokens::TokenError;

use super::tokens::{KINDS, kind_word};
use crate::Desk;
use crate::form::Fields;
use crate::page::Problem;
use crate::page::fields::Errors;

/// In the place of a code: the token is not on that exchange.
const NOWHERE: &str = "-";

/// An entry as the form shows it.
pub(super) fn as_typed(entry: &Entry) -> Fields {
    let contracts = entry.contracts.iter();
    let contracts: Vec<_> = contracts
        .map(|contract| format!("{} {}", contract.chain, contract.address))
        .collect();
    let mut codes = Vec::new();
    for (venue, own) in &entry.codes {
        if own.is_empty() {
            codes.push(format!("{venue} {NOWHERE}"));
        }
        codes.extend(own.iter().map(|code| format!("{venue} {code}")));
    }
    let enabled = if entry.enabled { "yes" } else { "" };
    Fields::of([
        ("id", entry.id.to_string()),
        ("symbol", entry.symbol.to_string()),
        ("name", entry.name.clone()),
        ("kind", kind_word(entry.kind).to_owned()),
        ("contracts", contracts.join("\n")),
        ("codes", codes.join("\n")),
        ("enabled", enabled.to_owned()),
    ])
}

/// The two words of each line that is not empty.
fn pairs<'a>(
    text: &'a str,
    field: &'static str,
    what: &str,
    errors: &mut Errors,
) -> Vec<(&'a str, &'a str)> {
    let mut found = Vec::new();
    let lines = text.lines().map(str::trim).zip(1..);
    for (line, number) in lines.filter(|(line, _)| !line.is_empty()) {
        let mut words = line.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some(one), Some(other), None) => found.push((one, other)),
            _ => errors.say(field, &format!("Line {number} must be {what}.")),
        }
    }
    found
}

/// What was typed as an entry; `None` when something is wrong, which is then beside its field.
pub(super) fn read(desk: &Desk, fields: &Fields, id: &str, errors: &mut Errors) -> Option<Entry> {
    let id = id.trim().parse::<TokenId>();
    let id = id.map_err(|error| errors.add("id", &error));
    let symbol = fields.get("symbol").trim().parse::<Symbol>();
    let symbol = symbol.map_err(|error| errors.add("symbol", &error));
    let kind = KINDS
        .into_iter()
        .find(|(word, _)| *word == fields.get("kind"));
    if kind.is_none() {
        errors.say("kind", "Choose one of these.");
    }
    let what = "a chain and an address, such as ethereum 0x…";
    let contracts = pairs(fields.get("contracts"), "contracts", what, errors);
    let contracts = contracts.into_iter().map(|(chain, address)| Contract {
        chain: chain.to_lowercase(),
        address: match address.get(..2) {
            Some("0x" | "0X") => address.to_lowercase(),
            _ => address.to_owned(),
        },
    });
    let contracts = contracts.collect();
    let codes = codes(desk, fields, errors);
    let entry = Entry {
        id: id.ok()?,
        symbol: symbol.ok()?,
        name: fields.get("name").trim().to_owned(),
        kind: kind?.1,
        contracts,
        codes,
        // What is set aside stays so without the form.
        set_aside: BTreeMap::new(),
        enabled: fields.get("enabled") == "yes",
    };
    if let Err(error) = entry.check() {
        errors.add(field_of(&error), &error);
    }
    errors.is_empty().then_some(entry)
}

fn codes(desk: &Desk, fields: &Fields, errors: &mut Errors) -> BTreeMap<VenueId, Vec<Symbol>> {
    let mut venues: BTreeSet<VenueId> = desk.tokens().named_venues().into_iter().collect();
    venues.extend(desk.service().venues().iter().map(|venue| venue.id.clone()));
    let mut codes: BTreeMap<VenueId, Vec<Symbol>> = BTreeMap::new();
    let what = "an exchange and its code, such as kraken XBT";
    for (venue, code) in pairs(fields.get("codes"), "codes", what, errors) {
        let Some(venue) = venues.iter().find(|known| known.as_str() == venue) else {
            let known: Vec<_> = venues.iter().map(VenueId::as_str).collect();
            let text = format!(
                "There is no exchange {venue:?}; known are {}.",
                known.join(", ")
            );
            errors.say("codes", &text);
            continue;
        };
        let own = codes.entry(venue.clone()).or_default();
        if code == NOWHERE {
            continue;
        }
        match code.parse::<Symbol>() {
            Ok(code) if own.contains(&code) => {}
            Ok(code) => own.push(code),
            Err(error) => errors.add("codes", &error),
        }
    }
    codes
}

/// The field that an error is about.
const fn field_of(error: &EntryError) -> &'static str {
    match error {
        EntryError::Name => "name",
        EntryError::Chain(_) | EntryError::Address | EntryError::SameChain(_) => "contracts",
        EntryError::TooMany { what, .. } => match what.as_bytes() {
            b"codes" => "codes",
            _ => "contracts",
        },
        EntryError::Usd => "kind",
    }
}

/// What is wrong with a form whose entry was refused, beside its field; a problem of its own otherwise.
pub(super) fn refusal(error: TokenError) -> Result<Errors, Problem> {
    let field = match &error {
        TokenError::Exists(_) => "id",
        TokenError::Same => "name",
        TokenError::Catalogue(CatalogueError::DuplicateToken(_)) => "id",
        TokenError::Catalogue(CatalogueError::AmbiguousCode { venue: None, .. }) => "symbol",
        TokenError::Catalogue(CatalogueError::AmbiguousCode { .. }) => "codes",
        TokenError::Catalogue(CatalogueError::AmbiguousContract { .. }) => "contracts",
        TokenError::Catalogue(CatalogueError::Entry { source, .. }) => field_of(source),
        _ => return Err(error.into()),
    };
    Ok(Errors::one(field, &error))
}
