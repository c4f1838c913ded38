//! What chains say: contracts of tokens, and what is known of tokens there, with the way to their hours.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use parallax::account::Permission;
use parallax::fact::TokenFacts;
use parallax::token::{Contract, Token};

use super::{Group, Screens, Section, may};
use crate::Desk;
use crate::list::{Around, Cell, Column, Filter, List, Search, held};
use crate::page::Problem;
use crate::visit::Visit;

const CONTRACTS: &str = "/mgmt/contracts";
const CHAINS: &str = "/mgmt/onchain";

pub(super) fn screens(screens: Screens) -> Screens {
    let browse = may(Permission::Browse);
    screens
        .section(Section {
            path: CONTRACTS,
            title: "Contracts",
            line: "Where tokens live on chains, by address.",
            group: Group::Catalogue,
            needs: Permission::Browse,
        })
        .page(CONTRACTS, browse, contracts)
        .section(Section {
            path: CHAINS,
            title: "On-chain",
            line: "What The Graph says of tokens: supply, pools, volume.",
            group: Group::Sources,
            needs: Permission::Browse,
        })
        .page(CHAINS, browse, facts)
}

/// A contract and whose it is.
struct Row {
    token: Token,
    contract: Contract,
}

static LIST: List<Row> = List {
    title: "Contracts",
    columns: &[
        Column::new("address", "Address", |row: &Row| {
            Cell::Code(row.contract.address.clone())
        })
        .sorted(),
        Column::new("chain", "Chain", |row: &Row| {
            Cell::text(&row.contract.chain)
        })
        .sorted(),
        Column::new("token", "Token", |row: &Row| {
            Cell::link(format!("/tokens/{}", row.token.id), &row.token.id)
        })
        .sorted(),
        Column::new("name", "Name", |row: &Row| Cell::text(&row.token.name)).sorted(),
        Column::new("symbol", "Symbol", |row: &Row| {
            Cell::text(&row.token.symbol)
        })
        .sorted(),
        Column::new("rank", "Rank", |row: &Row| Cell::number(row.token.rank))
            .sorted()
            .number()
            .extra(),
    ],
    filters: &[Filter::word("chain", "chain", |row| {
        row.contract.chain.clone()
    })],
    search: Some(Search {
        hint: "Address, or a token’s id, name or symbol.",
        text: |row| {
            let token = &row.token;
            let address = &row.contract.address;
            format!("{address} {} {} {}", token.id, token.name, token.symbol)
        },
    }),
    usual: None,
    time: None,
    order: ("token", false),
    id: |row| format!("{} {}", row.contract.chain, row.contract.address),
    history: Some(|row| ("token", row.token.id.to_string())),
    empty: "The catalogue knows no contract.",
};

async fn contracts(State(desk): State<Desk>, visit: Visit, RawQuery(query): RawQuery) -> Response {
    let of = |token: Token| {
        let contracts = token.contracts.clone().into_iter();
        contracts.map(move |contract| Row {
            token: token.clone(),
            contract,
        })
    };
    let rows = desk.service().catalogued().into_iter().flat_map(of);
    held::page(
        &LIST,
        &visit,
        query.as_deref(),
        rows.collect(),
        Around::default(),
    )
}

static FACTS: List<TokenFacts> = List {
    title: "On-chain",
    columns: &[
        Column::new("token", "Token", |row: &TokenFacts| {
            Cell::link(format!("/tokens/{}", row.token), &row.token)
        })
        .sorted(),
        Column::new("venue", "Source", |row: &TokenFacts| Cell::text(&row.venue)).sorted(),
        Column::new("hours", "Hourly data", |row: &TokenFacts| {
            let to = format!(
                "/mgmt/candles?token={}&source={}&interval=1h",
                row.token, row.venue
            );
            Cell::link(to, "Hours")
        }),
        Column::new("total_supply", "Total supply", |row: &TokenFacts| {
            Cell::number_or_none(row.total_supply)
        })
        .sorted()
        .number(),
        Column::new("reliable", "Reliable", |row: &TokenFacts| {
            Cell::text(if row.total_supply_reliable {
                "yes"
            } else {
                "no"
            })
        }),
        Column::new("volume_usd", "Volume ever in USD", |row: &TokenFacts| {
            Cell::number_or_none(row.volume_usd)
        })
        .sorted()
        .number(),
        Column::new("block", "Block", |row: &TokenFacts| Cell::number(row.block))
            .sorted()
            .number(),
        Column::new("observed", "Block’s time", |row: &TokenFacts| {
            Cell::time(row.observed_at)
        })
        .sorted(),
    ],
    filters: &[Filter::word("venue", "source", |row| row.venue.to_string())],
    search: Some(Search {
        hint: "A token’s id.",
        text: |row| row.token.to_string(),
    }),
    usual: None,
    time: Some(|row| Some(row.observed_at)),
    order: ("token", false),
    id: |row| format!("{} {}", row.token, row.venue),
    history: None,
    empty: "No chain has said anything yet. The Graph needs a key: [venues.keys] in the configuration.",
};

async fn facts(
    State(desk): State<Desk>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let rows = desk.service().chain_facts().await;
    let rows = rows.map_err(|error| Problem::store(&error))?;
    let around = Around::default();
    Ok(held::page(&FACTS, &visit, query.as_deref(), rows, around))
}
