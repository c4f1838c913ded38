//! Markets that are watched, each with its last quote, as the board has them; and every quote that is stored.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use parallax::account::Permission;
use parallax::market::Asset;
use parallax_service::{MarketsQuery, PricedMarket, StoredQuote};

use super::{Group, Screens, Section, may};
use crate::Desk;
use crate::list::{Around, Cell, Column, Filter, List, Search, held};
use crate::page::{Problem, shape_of, word_of};
use crate::visit::Visit;

const MARKETS: &str = "/mgmt/markets";
const QUOTES: &str = "/mgmt/quotes";

pub(super) fn screens(screens: Screens) -> Screens {
    let browse = may(Permission::Browse);
    screens
        .section(Section {
            path: MARKETS,
            title: "Markets",
            line: "Every pair that an exchange lists, with its price now.",
            group: Group::Sources,
            needs: Permission::Browse,
        })
        .page(MARKETS, browse, markets)
        .section(Section {
            path: QUOTES,
            title: "Quotes",
            line: "The last bid and ask of each market, as stored.",
            group: Group::Prices,
            needs: Permission::Browse,
        })
        .page(QUOTES, browse, quotes)
}

/// Whether the catalogue knows an asset.
fn is_known(asset: &Asset) -> &'static str {
    match asset.token() {
        Some(_) => "in the catalogue",
        None => "not in the catalogue",
    }
}

/// A token with a link to its public page, or the exchange's own code.
fn asset(asset: &Asset) -> Cell {
    match asset.token() {
        Some(token) => Cell::link(format!("/tokens/{token}"), token),
        None => Cell::Code(asset.to_string()),
    }
}

static LIST: List<PricedMarket> = List {
    title: "Markets",
    columns: &[
        Column::new("symbol", "Market", |row: &PricedMarket| {
            Cell::text(&row.market.listing.symbol)
        })
        .sorted(),
        Column::new("exchange", "Exchange", |row: &PricedMarket| {
            let venue = &row.market.listing.venue;
            Cell::link(format!("/mgmt/exchanges/{venue}"), venue)
        })
        .sorted(),
        Column::new("pair", "Pair", |row: &PricedMarket| {
            Cell::text(row.market.listing.pair())
        })
        .sorted(),
        Column::new("base", "Base token", |row: &PricedMarket| {
            asset(&row.market.listing.market.base)
        })
        .sorted(),
        Column::new("quote", "Quote token", |row: &PricedMarket| {
            asset(&row.market.listing.market.quote)
        })
        .sorted(),
        Column::new("state", "State", |row: &PricedMarket| shape_of(row.status)).sorted(),
        Column::new("bid", "Bid", |row: &PricedMarket| {
            Cell::number_or_none(row.market.quote.as_ref().map(|quote| quote.bid))
        })
        .number(),
        Column::new("ask", "Ask", |row: &PricedMarket| {
            Cell::number_or_none(row.market.quote.as_ref().map(|quote| quote.ask))
        })
        .number(),
        Column::new("spot", "On-chain price", |row: &PricedMarket| {
            Cell::number_or_none(row.market.spot)
        })
        .number()
        .extra(),
        Column::new("quoted", "Last quote", |row: &PricedMarket| {
            Cell::Time(row.market.priced_at(), "never")
        })
        .sorted(),
        Column::new("traded", "Last trade", |row: &PricedMarket| {
            Cell::Time(row.market.trade_at, "never")
        })
        .sorted()
        .extra(),
        Column::new("age_ms", "Age in ms", |row: &PricedMarket| {
            Cell::number_or_none(row.age_ms)
        })
        .sorted()
        .number()
        .extra(),
    ],
    filters: &[
        Filter::word("exchange", "exchange", |row| {
            row.market.listing.venue.to_string()
        }),
        Filter::word("state", "state", |row| word_of(row.status).to_owned()),
        Filter::word("quote", "quote code", |row| {
            row.market.listing.quote_code.to_string()
        }),
        Filter::word("base", "base token", |row| {
            is_known(&row.market.listing.market.base).to_owned()
        }),
    ],
    search: Some(Search {
        hint: "Market, pair, token or exchange.",
        text: |row| {
            let listing = &row.market.listing;
            let market = &listing.market;
            format!(
                "{} {} {market} {}",
                listing.symbol,
                listing.pair(),
                listing.venue
            )
        },
    }),
    usual: None,
    time: None,
    order: ("symbol", false),
    id: |row| format!("{} {}", row.market.listing.venue, row.market.listing.symbol),
    history: None,
    empty: "No exchange has said yet which markets it has.",
};

async fn markets(State(desk): State<Desk>, visit: Visit, RawQuery(query): RawQuery) -> Response {
    // Without conditions there is nothing that could be wrong with them.
    let rows = desk.service().markets_where(&MarketsQuery::default());
    let rows = rows.unwrap_or_default();
    held::page(&LIST, &visit, query.as_deref(), rows, Around::default())
}

static STORED: List<StoredQuote> = List {
    title: "Quotes",
    columns: &[
        Column::new("symbol", "Market", |row: &StoredQuote| {
            Cell::text(&row.listing.symbol)
        })
        .sorted(),
        Column::new("exchange", "Exchange", |row: &StoredQuote| {
            Cell::text(&row.listing.venue)
        })
        .sorted(),
        Column::new("pair", "Pair", |row: &StoredQuote| {
            Cell::text(row.listing.pair())
        })
        .sorted(),
        Column::new("bid", "Bid", |row: &StoredQuote| {
            Cell::number(row.quote.bid)
        })
        .sorted()
        .number(),
        Column::new("ask", "Ask", |row: &StoredQuote| {
            Cell::number(row.quote.ask)
        })
        .sorted()
        .number(),
        Column::new("bid_size", "Bid size", |row: &StoredQuote| {
            Cell::number_or_none(row.quote.bid_size)
        })
        .number(),
        Column::new("ask_size", "Ask size", |row: &StoredQuote| {
            Cell::number_or_none(row.quote.ask_size)
        })
        .number(),
        Column::new("received", "Received", |row: &StoredQuote| {
            Cell::time(row.received_at)
        })
        .sorted(),
        Column::new("base", "Base token", |row: &StoredQuote| {
            asset(&row.listing.market.base)
        })
        .extra(),
        Column::new("quote", "Quote token", |row: &StoredQuote| {
            asset(&row.listing.market.quote)
        })
        .extra(),
    ],
    filters: &[
        Filter::word("exchange", "exchange", |row| row.listing.venue.to_string()),
        Filter::word("quote", "quote code", |row| {
            row.listing.quote_code.to_string()
        }),
        Filter::word("base", "base token", |row| {
            is_known(&row.listing.market.base).to_owned()
        }),
    ],
    search: Some(Search {
        hint: "Market, pair, token or exchange.",
        text: |row| {
            let listing = &row.listing;
            let market = &listing.market;
            format!(
                "{} {} {market} {}",
                listing.symbol,
                listing.pair(),
                listing.venue
            )
        },
    }),
    usual: None,
    time: Some(|row| Some(row.received_at)),
    order: ("received", true),
    id: |row| format!("{} {}", row.listing.venue, row.listing.symbol),
    history: None,
    empty: "No quote is stored yet.",
};

async fn quotes(
    State(desk): State<Desk>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let rows = desk.service().stored_quotes().await;
    let rows = rows.map_err(|error| Problem::store(&error))?;
    let around = Around::default();
    Ok(held::page(&STORED, &visit, query.as_deref(), rows, around))
}
