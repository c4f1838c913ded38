//! The chart of a token's page: its controls, the picture that the server drew, the live chart over it, and
//! what can be done with it: take it home, embed it, read its bars in a table.
//!
//! The picture is complete without JavaScript. `frontend/chart` draws the live one over it, in an element that
//! is empty here and never touched again; [`live`] loads that script and tells it prices.

pub mod bars;
pub mod controls;
pub mod embed;
pub mod live;

use std::time::Duration;

use leptos::prelude::*;
use parallax::view::ChartView;

use self::bars::Bars;
use self::controls::Controls;
use self::embed::Embed;
use super::links::Links;
use crate::calls;
use crate::dynamic::{memo, part};
use crate::erase::Erase;
use crate::error::PageError;
use crate::format;
use crate::pages::load::{PageData, resource};
use crate::steps::later;

pub(super) use self::live::{Tell, load_script};

/// How soon a chart that is not there is read again.
const AGAIN_AFTER: Duration = Duration::from_secs(15);

/// The chart's data, read beside the page's own: so that another choice of the chart does not touch the rest.
#[derive(Debug, Clone, Copy)]
pub(super) struct ChartData(Resource<Result<PageData, PageError>>);

impl ChartData {
    /// Reads the chart of the token with this id whenever the choices in the address change.
    pub(super) fn new(id: Memo<String>, links: Memo<super::query::TokenQuery>) -> Self {
        let key = memo(move || format!("{}?{}", id.read(), links.read().chart.to_query()));
        Self(resource(key.into(), |key| {
            Box::pin(async move {
                let (id, query) = key.split_once('?').unwrap_or((&key, ""));
                let view = calls::chart(id.to_owned(), query.to_owned()).await;
                view.map(|view| PageData::Chart(Box::new(view)))
            })
        }))
    }
}

/// The panel.
#[component]
pub fn Chart(
    /// The page's links.
    links: Links,
) -> impl IntoView {
    let data = expect_context::<ChartData>();
    // Browser only.
    Effect::new(|_| load_script());
    view! {
        <section class="panel chart" id="chart" data-chart="" aria-labelledby="chart-title">
            <h2 id="chart-title" class="sr-only">
                "Price chart"
            </h2>
            {later(move || view! { <Controls links /> })}
            <Transition fallback=waiting>
                {part(move || match data.0.get() {
                    None => waiting(),
                    Some(Ok(PageData::Chart(view))) if view.wide.is_empty() => empty(data),
                    Some(Ok(PageData::Chart(view))) => drawn(*view),
                    // No other page's data comes here.
                    Some(Ok(_)) => ().erase(),
                    Some(Err(error)) => unavailable(data, &error),
                })}
            </Transition>
        </section>
    }
    .erase()
}

/// Keeps the room of the picture while it is read.
fn waiting() -> AnyView {
    view! {
        <div class="chart-box" aria-busy="true">
            <p class="chart-words">"Drawing the chart…"</p>
        </div>
    }
    .erase()
}

/// Reads a chart that is not there again after a while. In the browser only.
fn again(data: ChartData) {
    Effect::new(move |_| {
        let refetch = move || data.0.refetch();
        if let Ok(handle) = set_timeout_with_handle(refetch, AGAIN_AFTER) {
            on_cleanup(move || handle.clear());
        }
    });
}

/// What failed; the rest of the page does not depend on it.
fn unavailable(data: ChartData, error: &PageError) -> AnyView {
    again(data);
    view! {
        <div class="chart-box" data-empty="history" role="alert">
            <p class="chart-words">
                {format!("History unavailable: {error}. ")}
                "The live price does not depend on it. The chart is tried again every 15 seconds, or "
                <a href="" rel="external">
                    "reload the page"
                </a> "."
            </p>
        </div>
    }
    .erase()
}

/// Nothing is held of this range, or not yet.
fn empty(data: ChartData) -> AnyView {
    again(data);
    view! {
        <div class="chart-box" data-empty="bars">
            <p class="chart-words">
                "No history yet in this range. The first bar appears within a minute of the first price; \
                choose a shorter range, or wait."
            </p>
        </div>
    }
    .erase()
}

fn drawn(view: ChartView) -> AnyView {
    let query = view.choice.to_query();
    let src = crate::address::with_query(&format!("/charts/{}.json", view.token), &query);
    let span = format!(
        "{} bars of {}, {} to {}, in {}",
        view.bars,
        view.step,
        short_stamp(view.from),
        short_stamp(view.until),
        view.currency.code
    );
    view! {
        <div class="chart-box">
            <div class="chart-picture" data-size="wide" inner_html=view.wide.clone()></div>
            <div class="chart-picture" data-size="narrow" inner_html=view.narrow.clone()></div>
            <parallax-chart src=src></parallax-chart>
        </div>
        <div class="chart-foot">
            <p class="chart-span">{span}</p>
            <Embed view=view.clone() />
        </div>
        <Bars view />
    }
    .erase()
}

/// A moment without seconds: `2026-11-21 18:00 UTC`.
fn short_stamp(at: parallax::time::Timestamp) -> String {
    let stamp = format::stamp(at);
    let minute = stamp.get(..16).unwrap_or(&stamp);
    format!("{minute} UTC")
}
