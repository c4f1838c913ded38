//! Index prices: the newest of each token, the stored ones of a token, and one of them with its constituents.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use leptos::prelude::*;
use parallax::account::Permission;
use parallax::index::{Constituent, IndexPrice};
use parallax::time::Timestamp;
use parallax::token::Token;
use parallax_service::Stretch;

use super::{Group, Screens, Section, may};
use crate::Desk;
use crate::list::keyed::{self, Known, Reach};
use crate::list::{Around, Cell, Column, Filter, List, Search, held};
use crate::page::table::table;
use crate::page::{Problem, shape_of, time, time_or, word_of};
use crate::visit::Visit;

const PRICES: &str = "/mgmt/prices";

pub(super) fn screens(screens: Screens) -> Screens {
    let browse = may(Permission::Browse);
    screens
        .section(Section {
            path: PRICES,
            title: "Prices",
            line: "What is published of each token, and what it was made of.",
            group: Group::Prices,
            needs: Permission::Browse,
        })
        .page(PRICES, browse, newest)
        .page("/mgmt/prices/{id}", browse, history)
        .page("/mgmt/prices/{id}/{at}", browse, show)
}

static NEWEST: List<Arc<IndexPrice>> = List {
    title: "Prices",
    columns: &[
        Column::new("token", "Token", |row: &Arc<IndexPrice>| {
            Cell::link(format!("{PRICES}/{}", row.token), &row.token)
        })
        .sorted(),
        Column::new("price", "Price in USD", |row: &Arc<IndexPrice>| {
            Cell::number_or_none(row.price)
        })
        .sorted()
        .number(),
        Column::new("status", "Status", |row: &Arc<IndexPrice>| {
            shape_of(row.status)
        })
        .sorted(),
        Column::new("confidence", "± in USD", |row: &Arc<IndexPrice>| {
            Cell::number_or_none(row.confidence)
        })
        .number(),
        Column::new("sources", "Sources", |row: &Arc<IndexPrice>| {
            Cell::number(row.sources)
        })
        .sorted()
        .number(),
        Column::new("known", "Known sources", |row: &Arc<IndexPrice>| {
            Cell::number(row.sources_known)
        })
        .sorted()
        .number()
        .extra(),
        Column::new("volume", "Volume 24 h in USD", |row: &Arc<IndexPrice>| {
            Cell::number_or_none(row.volume_24h_usd)
        })
        .sorted()
        .number()
        .extra(),
        Column::new("as_of", "Confirmed", |row: &Arc<IndexPrice>| {
            Cell::Time(row.as_of, "never")
        })
        .sorted(),
        Column::new("computed", "Computed", |row: &Arc<IndexPrice>| {
            Cell::time(row.computed_at)
        })
        .sorted()
        .extra(),
    ],
    filters: &[
        Filter::word("status", "status", |row| word_of(row.status).to_owned()),
        Filter::word("sources", "sources", |row| {
            let words = match row.sources {
                0 => "none",
                1 => "one",
                2..=4 => "2 to 4",
                _ => "5 or more",
            };
            words.to_owned()
        }),
    ],
    search: Some(Search {
        hint: "A token’s id.",
        text: |row| row.token.to_string(),
    }),
    usual: None,
    time: None,
    order: ("token", false),
    id: |row| row.token.to_string(),
    history: None,
    empty: "No price was computed yet.",
};

async fn newest(State(desk): State<Desk>, visit: Visit, RawQuery(query): RawQuery) -> Response {
    let rows = desk.service().published_prices();
    held::page(&NEWEST, &visit, query.as_deref(), rows, Around::default())
}

static HISTORY: List<IndexPrice> = List {
    title: "Stored prices",
    columns: &[
        Column::new("computed", "Computed", |row: &IndexPrice| {
            let at = row.computed_at;
            let to = format!("{PRICES}/{}/{}", row.token, at.unix_ms());
            let link = view! { <a href=to>{time(at)}</a> };
            Cell::View(link.into_any(), at.to_string())
        })
        .sorted(),
        Column::new("price", "Price in USD", |row: &IndexPrice| {
            Cell::number_or_none(row.price)
        })
        .number(),
        Column::new("status", "Status", |row: &IndexPrice| shape_of(row.status)),
        Column::new("confidence", "± in USD", |row: &IndexPrice| {
            Cell::number_or_none(row.confidence)
        })
        .number(),
        Column::new("sources", "Sources", |row: &IndexPrice| {
            Cell::text(format!("{} of {}", row.sources, row.sources_known))
        }),
        Column::new("volume", "Volume 24 h in USD", |row: &IndexPrice| {
            Cell::number_or_none(row.volume_24h_usd)
        })
        .number(),
        Column::new("as_of", "Confirmed", |row: &IndexPrice| {
            Cell::Time(row.as_of, "never")
        }),
        Column::new("method", "Method", |row: &IndexPrice| {
            Cell::number(row.method)
        })
        .number()
        .extra(),
        Column::new("token", "Token", |row: &IndexPrice| Cell::text(&row.token)).extra(),
    ],
    filters: &[],
    search: None,
    usual: None,
    time: Some(|row| Some(row.computed_at)),
    order: ("computed", true),
    id: |row| row.computed_at.unix_ms().to_string(),
    history: None,
    empty: "No price of this token is stored.",
};

fn named(desk: &Desk, id: &str) -> Result<Token, Problem> {
    let token = desk.service().by_id(id);
    token.map_err(|_| Problem::not_found("token"))
}

async fn history(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let token = named(&desk, &id)?;
    let asked = keyed::asked(&HISTORY, &visit, query.as_deref(), &[]);
    let span = desk.service().span_of_prices(&token.id).await;
    let candles = format!("/mgmt/candles?token={}", token.id);
    let public = format!("/tokens/{}", token.id);
    let above = view! {
        <p class="page-sub">{token.name.clone()}</p>
        <p class="button-row admin-actions">
            <a class="button" href=PRICES>"All tokens"</a>
            <a class="button" href=candles>"Candles"</a>
            <a class="button" href=public>"Public page"</a>
        </p>
    };
    let known = Known {
        span: span.map_err(|error| Problem::store(&error))?,
        around: Around {
            above: Some(above.into_any()),
            ..Around::default()
        },
        ..Known::default()
    };
    let whole = asked.span();
    let read = move |reach: Reach| {
        let (desk, token) = (desk.clone(), token.id.clone());
        async move {
            let (from, until) = reach.within(whole);
            let stretch = Stretch {
                from,
                until,
                newest_first: reach.is_descending,
                limit: reach.limit,
            };
            let prices = desk.service().stored_prices(&token, stretch).await;
            prices.map_err(|error| Problem::store(&error))
        }
    };
    keyed::page(&HISTORY, &visit, &asked, known, read).await
}

/// One price with its constituents, as the public explanation shows the present one.
async fn show(
    State(desk): State<Desk>,
    visit: Visit,
    Path((id, at)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let unknown = || Problem::not_found("price");
    let token = named(&desk, &id)?;
    let at: i64 = at.parse().map_err(|_| unknown())?;
    let at = Timestamp::from_unix_ms(at).map_err(|_| unknown())?;
    let price = desk.service().stored_price(&token.id, at).await;
    let price = price.map_err(|error| Problem::store(&error))?;
    let price = price.ok_or_else(unknown)?;
    let columns = [
        "Market",
        "Exchange",
        "Bid",
        "Ask",
        "Age",
        "Conversion",
        "Mid in USD",
        "Offset",
        "Weight",
        "Left out",
    ];
    let rows = price.constituents.iter().map(constituent).collect();
    let constituents = table("Constituents", &columns, rows, "It has no constituents.");
    let number = |number: Option<String>| number.unwrap_or_else(|| "none".to_owned());
    let facts = [
        (
            "Price in USD",
            number(price.price.map(|price| price.to_string())),
        ),
        (
            "± in USD",
            number(price.confidence.map(|half| half.to_string())),
        ),
        (
            "Sources",
            format!("{} of {}", price.sources, price.sources_known),
        ),
        (
            "Volume 24 h in USD",
            number(price.volume_24h_usd.map(|volume| volume.to_string())),
        ),
        ("Method", price.method.to_string()),
    ];
    let facts = facts.map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> });
    let all = format!("{PRICES}/{}", token.id);
    let title = format!("{} at {}", token.id, price.computed_at);
    let content = view! {
        <section class="panel">
            <dl class="admin-facts">
                <div><dt>"Status"</dt><dd>{shape_of(price.status).view()}</dd></div>
                {facts.to_vec()}
                <div><dt>"Confirmed"</dt><dd>{time_or(price.as_of, "never")}</dd></div>
            </dl>
        </section>
        {constituents}
        <p class="button-row admin-actions"><a class="button" href=all>"All stored prices"</a></p>
    };
    Ok(visit.page(&title, content))
}

fn constituent(part: &Constituent) -> Vec<AnyView> {
    let number = |number: Option<String>| number.unwrap_or_default().into_any();
    let bid = part.bid.or(part.spot).map(|bid| bid.to_string());
    let conversion = part.conversion.as_ref().map(|leg| {
        let turned = if leg.inverted { ", turned over" } else { "" };
        format!("× {} ({}{turned})", leg.rate, leg.through)
    });
    let excluded = part.excluded.as_ref().map(|excluded| {
        let rule = excluded.rule.as_str().replace('_', " ");
        format!("{rule}: {}, {}", excluded.found, excluded.allowed)
    });
    vec![
        part.market.clone().into_any(),
        part.venue.to_string().into_any(),
        number(bid),
        number(part.ask.map(|ask| ask.to_string())),
        number(part.age_ms.map(|age_ms| format!("{age_ms} ms"))),
        number(conversion),
        number(part.mid_usd.map(|mid| mid.to_string())),
        number(part.offset_bp.map(|offset| format!("{offset} bp"))),
        number(part.weight.map(|weight| weight.to_string())),
        number(excluded),
    ]
}
