//! `/tokens/{id}`: one token: its price and how far to trust it, its past as a chart, and why the price is
//! what it is. Complete as plain HTML, live after hydration.

pub mod chart;
pub mod contracts;
pub mod convert;
pub mod converter;
pub mod explorer;
pub mod facts;
pub mod hero;
pub mod links;
pub mod markets;
pub mod method;
pub mod query;
pub mod sort;
pub mod viewpoints;
pub mod why;

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use parallax::currency::Currency;
use parallax::index::IndexPrice;
use parallax::stream::PriceDetail;
use parallax::token::TokenId;
use parallax::view::TokenView;

use self::chart::{Chart, ChartData, Tell};
use self::contracts::Contracts;
use self::converter::Converter;
use self::facts::Facts;
use self::hero::Hero;
use self::links::Links;
use self::markets::Markets;
use self::method::Method;
use self::query::TokenQuery;
use self::why::Why;
use super::load::{PageData, load};
use crate::calls;
use crate::components::{Head, Icon, IconShape, carried};
use crate::dynamic::memo;
use crate::erase::Erase;
use crate::format;
use crate::live::{Feed, Money, StreamEvent, TokenCells};
use crate::steps::later;

/// How often what the stream does not carry is read again: the day's range, facts, currencies.
const REREAD_PERIOD: Duration = Duration::from_secs(30);

/// The page.
#[component]
pub fn TokenPage() -> impl IntoView {
    let params = use_params_map();
    let id = memo(move || params.read().get("id").unwrap_or_default());
    provide_context(ChartData::new(id, asked()));
    load(
        id.into(),
        |id| {
            Box::pin(async {
                calls::token(id)
                    .await
                    .map(|view| PageData::Token(Box::new(view)))
            })
        },
        skeleton,
    )
}

/// What the address asks for.
fn asked() -> Memo<TokenQuery> {
    let query = use_query_map();
    memo(move || TokenQuery::read(|name| query.read().get(name)))
}

/// The page, once its data is there.
pub(super) fn show(view: TokenView) -> AnyView {
    view! { <Explained view /> }.erase()
}

/// Keeps the room of the page while it is read.
fn skeleton() -> AnyView {
    view! {
        <div class="skeleton" aria-busy="true">
            <span class="sr-only">"Loading the token…"</span>
            <div class="skeleton-hero"></div>
            {(0..4).map(|_| view! { <div class="skeleton-row"></div> }).collect_view()}
        </div>
    }
    .erase()
}

#[component]
fn Explained(view: TokenView) -> impl IntoView {
    let TokenView {
        token,
        price,
        index,
        facts,
        range_24h,
        currencies,
        ..
    } = view;
    let links = Links::new(token.id.clone(), asked());
    let currencies = RwSignal::new(currencies);
    let wanted = links.say(|query| query.chart.currency.clone());
    let money = Money::new(untrack(|| chosen(wanted, currencies)));
    provide_context(money);
    // Browser only: the reader chose another currency, or rates were read again.
    Effect::new(move |_| money.set(chosen(wanted, currencies)));

    let cells = TokenCells::new(price);
    let index: RwSignal<Arc<IndexPrice>> = RwSignal::new(index);
    let facts = RwSignal::new(facts);
    let range = RwSignal::new(range_24h);
    follow(token.id.clone(), money, cells, index);
    let id = token.id.to_string();
    let own = id.clone();
    expect_context::<Feed>().poll(
        REREAD_PERIOD,
        false,
        move || calls::token(own.clone()),
        move |view: TokenView| {
            facts.set(view.facts);
            range.set(view.range_24h);
            currencies.set(view.currencies);
        },
    );

    let title = format!(
        "{} ({}) price",
        format::isolated(&format::cut(&token.name, 60)),
        token.symbol
    );
    let description = format!(
        "The price of {} ({}) now: one explainable price from many exchanges, with its chart, every market behind it and why each counts or is left out.",
        format::isolated(&format::cut(&token.name, 60)),
        token.symbol
    );
    view! {
           <Head title description path=format!("/tokens/{}", token.id) />
           <a href=carried("/") class="back-link">
               <Icon shape=IconShape::Back />
               "All prices"
           </a>
           <article class="token-page" data-token=id>
               {later({
                   let token = token.clone();
                   move || view! { <Hero token cells range facts /> }
               })}
               <div class="token-columns">
                   {later(move || view! { <Chart links /> })}
                   {later(move || {
                       view! {
                           <aside class="token-aside" aria-label="About this token">
                               {later({
    let token = token.clone();
    move || view! { <Converter token cells links /> }
    })}
                               <Contracts token />
                               <Facts facts />
                           </aside>
                       }
                   })}
               </div>
               {later(move || view! { <Why cells index /> })}
               {later(move || view! { <Markets index links /> })}
               {later(move || view! { <Method index /> })}
           </article>
       }
    .erase()
}

/// The currency with this code; US dollars for none and for one that is not offered.
fn chosen(wanted: Memo<Option<String>>, currencies: RwSignal<Vec<Currency>>) -> Currency {
    let wanted = wanted.read();
    let currencies = currencies.read();
    let found = currencies
        .iter()
        .find(|currency| currency.parameter() == *wanted);
    found.cloned().unwrap_or_else(Currency::usd)
}

/// Keeps the page up to date from the stream, and tells the live chart.
fn follow(id: TokenId, money: Money, cells: TokenCells, index: RwSignal<Arc<IndexPrice>>) {
    let own = id.clone();
    // The currency's own price is the rate.
    let query = memo(move || {
        let rate = money.token().filter(|token| *token != id);
        let rate = rate.map_or_else(String::new, |token| format!(",{token}"));
        format!("tokens={id}{rate}&detail=true")
    });
    let apply = move |detail: PriceDetail| {
        money.apply(&detail.summary);
        if detail.summary.token == own {
            Tell::Price(&detail.summary, money).send();
            cells.apply(detail.summary);
            index.set(detail.index);
        }
    };
    expect_context::<Feed>().listen_to(query.into(), move |event: StreamEvent<PriceDetail>| {
        match event {
            StreamEvent::Snapshot { prices, .. } => {
                prices.into_iter().for_each(apply.clone());
                Tell::Resumed.send();
            }
            StreamEvent::Price(detail) => apply(detail),
            StreamEvent::Connection(_)
            | StreamEvent::Catalogue
            | StreamEvent::Heartbeat { .. }
            | StreamEvent::Lost { .. } => {}
        }
    });
}
