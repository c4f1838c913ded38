//! `/markets`: every market under its exchange, in its own quote currency, read again every two seconds.

use std::time::Duration;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;
use leptos_router::hooks::use_query_map;
use parallax::amount::Price;
use parallax::event::TakerSide;
use parallax::stream::MarketState;
use parallax::venue::Venue;

use super::load::{PageData, load};
use crate::calls::{self, MarketList};
use crate::components::{AgeOf, StateMark};
use crate::dynamic::{flag, memo, part, text};
use crate::erase::Erase;
use crate::format;
use crate::live::Feed;
use crate::wording;

/// How often the page reads the markets again.
const PERIOD: Duration = Duration::from_secs(2);

/// The page.
#[component]
pub fn MarketsPage() -> impl IntoView {
    let query = use_query_map();
    let exchange = memo(move || query.read().get("exchange").unwrap_or_default());
    let page = load(
        exchange.into(),
        |exchange| Box::pin(async { calls::markets(Some(exchange)).await.map(PageData::Markets) }),
        || view! { <div class="skeleton" aria-busy="true"></div> }.erase(),
    );
    view! {
        <Title text="Markets" />
        {page}
    }
    .erase()
}

/// The page, once its data is there.
pub(super) fn show(list: MarketList) -> AnyView {
    view! { <Markets list /> }.erase()
}

#[component]
fn Markets(list: MarketList) -> impl IntoView {
    let query = use_query_map();
    let exchange = query.read_untracked().get("exchange").unwrap_or_default();
    let wanted = memo(move || query.read().get("q").unwrap_or_default());
    let feed = expect_context::<Feed>();
    let links = venue_links(&list.venues, &exchange);
    let names: Vec<Venue> = list.venues;
    let markets = RwSignal::new(list.markets);
    let name = exchange.clone();
    feed.poll(
        PERIOD,
        true,
        move || calls::markets(Some(name.clone())),
        move |list: MarketList| markets.set(list.markets),
    );
    let shown = memo(move || {
        let wanted = wanted.get().trim().to_uppercase();
        let markets = markets.read();
        let shown = markets.iter().filter(|market| matches(market, &wanted));
        shown.cloned().collect::<Vec<_>>()
    });
    let rows = part(move || {
        let shown = shown.read();
        shown
            .iter()
            .map(|market| row(market, &names))
            .collect_view()
    });
    let count = memo(move || shown.read().len());
    view! {
        <div class="page-head">
            <div>
                <h1>"Markets"</h1>
                <p class="page-sub">
                    {text(move || {
                        let noun = if count.get() == 1 { "market" } else { "markets" };
                        format!("{} {noun}, each in its own quote currency", count.get())
                    })}
                </p>
            </div>
            <form class="filter" method="get" action="/markets" role="search">
                <input type="hidden" name="exchange" value=exchange />
                <label class="sr-only" for="market-filter">
                    "Filter by pair"
                </label>
                <input
                    id="market-filter"
                    type="search"
                    name="q"
                    placeholder="Filter pairs, such as BTC"
                    value=wanted.get_untracked()
                />
                <button class="button">"Filter"</button>
            </form>
        </div>
        <nav class="chips" aria-label="Exchanges">
            {links}
        </nav>
        <p class="empty-line" hidden=flag(move || count.get() != 0)>
            "No market to show. Right after the start the exchanges are still being asked which markets they have."
        </p>
        <div class="table-scroll" hidden=flag(move || count.get() == 0)>
            <table class="data-table stack-table" role="table" data-group="markets">
                <caption class="sr-only">
                    "Markets with bid, ask and last trade as received, in the market's own quote currency."
                </caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th scope="col" role="columnheader">"Exchange"</th>
                        <th scope="col" role="columnheader">"Pair"</th>
                        <th scope="col" role="columnheader" class="number">"Bid"</th>
                        <th scope="col" role="columnheader" class="number">"Ask"</th>
                        <th scope="col" role="columnheader" class="number">"Quoted"</th>
                        <th scope="col" role="columnheader" class="number">"Last trade"</th>
                        <th scope="col" role="columnheader" class="number">"Size"</th>
                        <th scope="col" role="columnheader">"Taker"</th>
                        <th scope="col" role="columnheader" class="number">"Traded"</th>
                        <th scope="col" role="columnheader">"Status"</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
    .erase()
}

/// One link an exchange; they work without JavaScript.
fn venue_links(venues: &[Venue], exchange: &str) -> impl IntoView + use<> {
    let link = |address: String, name: String, current: bool| {
        view! {
            <a href=address class="chip" aria-current=current.then_some("true")>
                {name}
            </a>
        }
    };
    let mut links = vec![link(
        "/markets".to_owned(),
        "All exchanges".to_owned(),
        exchange.is_empty(),
    )];
    links.extend(venues.iter().map(|venue| {
        link(
            format!("/markets?exchange={}", venue.id),
            venue.name.clone(),
            venue.id.as_str() == exchange,
        )
    }));
    links
}

/// Whether a market's pair or own name has the wanted text, given in upper case, in it.
fn matches(market: &MarketState, wanted: &str) -> bool {
    wanted.is_empty()
        || market.listing.pair().to_uppercase().contains(wanted)
        || market.listing.symbol.to_uppercase().contains(wanted)
}

fn row(market: &MarketState, venues: &[Venue]) -> impl IntoView + use<> {
    let listing = &market.listing;
    let venue = venues
        .iter()
        .find(|venue| venue.id == listing.venue)
        .map_or_else(
            || wording::venue(&listing.venue),
            |venue| venue.name.clone(),
        );
    let pair = listing.pair();
    let pair = match listing.market.base.token() {
        Some(token) => view! { <A href=format!("/tokens/{token}")>{pair}</A> }.erase(),
        None => pair.erase(),
    };
    let digits = |price: Price| format::full(price.get());
    let (state, words) = match (market.quote, market.spot) {
        _ if market.stalled => ("aging", "silent"),
        (Some(_), _) => ("live", "quoting"),
        (None, Some(_)) => ("live", "on-chain price"),
        (None, None) => ("no_quorum", "no quote yet"),
    };
    let trade = market.trade.as_ref();
    let taker = trade.map(|trade| match trade.taker {
        TakerSide::Buy => "buy",
        TakerSide::Sell => "sell",
    });
    view! {
        <tr role="row" data-venue=listing.venue.to_string() data-market=listing.symbol.to_string()>
            <th scope="row" role="rowheader" data-label="Exchange">
                {venue}
            </th>
            <td role="cell" data-label="Pair" title=listing.symbol.to_string()>
                {pair}
            </td>
            <td role="cell" data-label="Bid" class="number">
                {market.quote.map(|quote| quote.bid).or(market.spot).map(digits)}
            </td>
            <td role="cell" data-label="Ask" class="number">
                {market.quote.map(|quote| digits(quote.ask))}
            </td>
            <td role="cell" data-label="Quoted" class="number">
                <AgeOf at=Signal::stored(market.priced_at()) />
            </td>
            <td role="cell" data-label="Last trade" class="number">
                {trade.map(|trade| digits(trade.price))}
            </td>
            <td role="cell" data-label="Size" class="number">
                {trade.map(|trade| format::full(trade.size.get()))}
            </td>
            <td role="cell" data-label="Taker">
                {taker}
            </td>
            <td role="cell" data-label="Traded" class="number">
                <AgeOf at=Signal::stored(market.trade_at) />
            </td>
            <td role="cell" data-label="Status">
                <StateMark shape_of=state words />
            </td>
        </tr>
    }
    .erase()
}
