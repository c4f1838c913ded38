//! `/tokens/{id}`: why this price. Every constituent, every exclusion, live.

pub mod constituents;
pub mod facts;
pub mod hero;
pub mod method;
pub mod recent;
pub mod viewpoints;

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;
use parallax::index::IndexPrice;
use parallax::stream::PriceDetail;
use parallax::view::TokenView;

use self::constituents::{Excluded, Included};
use self::facts::Facts;
use self::hero::Hero;
use self::method::Method;
use self::recent::Recent;
use self::viewpoints::WideStrip;
use super::load::{PageData, load};
use crate::calls;
use crate::components::{Icon, IconShape};
use crate::dynamic::memo;
use crate::erase::Erase;
use crate::live::{Feed, RowCells, StreamEvent};

/// How often the candles and facts, which the stream does not carry, are read again.
const RECENT_PERIOD: Duration = Duration::from_secs(30);

/// The page.
#[component]
pub fn TokenPage() -> impl IntoView {
    let params = use_params_map();
    let id = memo(move || params.read().get("id").unwrap_or_default());
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

/// The page, once its data is there.
pub(super) fn show(view: TokenView) -> AnyView {
    view! { <Explained view /> }.erase()
}

/// Keeps the room of the page while it is read.
fn skeleton() -> AnyView {
    view! {
        <div class="skeleton" aria-busy="true">
            <span class="sr-only">"Loading the explanation…"</span>
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
        recent,
        facts,
        ..
    } = view;
    let cells = RowCells::new(price);
    let index: RwSignal<Arc<IndexPrice>> = RwSignal::new(index);
    let recent = RwSignal::new(recent);
    let facts = RwSignal::new(facts);

    let feed = expect_context::<Feed>();
    let apply = move |detail: PriceDetail| {
        cells.apply(detail.summary);
        index.set(detail.index);
    };
    feed.listen(
        format!("tokens={}&detail=true", token.id),
        move |event: StreamEvent<PriceDetail>| match event {
            StreamEvent::Snapshot { prices, .. } => prices.into_iter().for_each(apply),
            StreamEvent::Price(detail) => apply(detail),
            StreamEvent::Connection(_)
            | StreamEvent::Heartbeat { .. }
            | StreamEvent::Lost { .. } => {}
        },
    );
    let id = token.id.to_string();
    feed.poll(
        RECENT_PERIOD,
        false,
        move || calls::token(id.clone()),
        move |view: TokenView| {
            recent.set(view.recent);
            facts.set(view.facts);
        },
    );

    view! {
        <Title text=format!("{} ({})", token.name, token.symbol) />
        <A href="/" attr:class="back-link">
            <Icon shape=IconShape::Back />
            "All prices"
        </A>
        <article class="token-page" data-token=token.id.to_string()>
            <Hero token=token.clone() cells index />
            <section class="panel" aria-labelledby="viewpoints-title">
                <h2 id="viewpoints-title">"Viewpoints"</h2>
                <WideStrip cells index />
            </section>
            <section class="panel" aria-labelledby="included-title">
                <h2 id="included-title">"Why this price: what it is made of"</h2>
                <Included index />
            </section>
            <section class="panel" aria-labelledby="excluded-title">
                <h2 id="excluded-title">"Left out"</h2>
                <Excluded index />
            </section>
            <Recent recent token=token.id.clone() />
            <Facts facts />
            <Method index />
        </article>
    }
    .erase()
}
