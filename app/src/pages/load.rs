//! How every page gets its data: one resource of one type, read under one suspense.
//!
//! A resource and a suspense are tens of kilobytes of WebAssembly for each type they carry, so all
//! pages share this one.

use std::future::Future;
use std::pin::Pin;

use leptos::prelude::*;
use parallax::view::{ChartView, StatusView, TablePage, TokenView};
use serde::{Deserialize, Serialize};

use super::failure::problem;
use super::{compare, markets, prices, status, token};
use crate::calls::{Comparison, MarketList};
use crate::erase::Erase;
use crate::error::PageError;
use crate::live::Feed;
use crate::steps::later;

/// What a page is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PageData {
    /// `/`
    Prices(Box<TablePage>),
    /// `/tokens/{id}`
    Token(Box<TokenView>),
    /// The chart of `/tokens/{id}`
    Chart(Box<ChartView>),
    /// `/compare`
    Compare(Box<Comparison>),
    /// `/status`
    Status(Box<StatusView>),
    /// `/markets`
    Markets(MarketList),
}

/// A read under way.
pub type Reading = Pin<Box<dyn Future<Output = Result<PageData, PageError>> + Send>>;

/// Reads again whenever `key` changes; rendered by the server before the page is sent.
pub fn resource(
    key: Signal<String>,
    read: fn(String) -> Reading,
) -> Resource<Result<PageData, PageError>> {
    Resource::new_blocking(move || key.get(), read)
}

/// A page that waits for its data: `waiting` until it is there, then the page, or what went wrong. When
/// `key` changes, or another catalogue comes into force, the old page stays until the new one is there.
pub fn load(key: Signal<String>, read: fn(String) -> Reading, waiting: fn() -> AnyView) -> AnyView {
    later(move || {
        let data = resource(key, read);
        let feed = expect_context::<Feed>();
        // Browser only.
        Effect::new(move |before: Option<u32>| {
            let renewed = feed.renewed.get();
            if before.is_some_and(|before| before != renewed) {
                data.refetch();
            }
            renewed
        });
        show_loaded(data, waiting)
    })
}

/// The same for a page that reads again by itself.
pub fn load_once(key: String, read: fn(String) -> Reading, waiting: fn() -> AnyView) -> AnyView {
    later(move || show_loaded(resource(Signal::stored(key), read), waiting))
}

fn show_loaded(data: Resource<Result<PageData, PageError>>, waiting: fn() -> AnyView) -> AnyView {
    view! {
        <div class="contents">
            <Transition fallback=waiting>
                {move || Suspend::new(async move {
                    match data.await {
                        Ok(data) => {
                            later(move || view! { <div class="contents">{show(data)}</div> })
                        }
                        Err(error) => problem(error),
                    }
                })}
            </Transition>
        </div>
    }
    .erase()
}

fn show(data: PageData) -> AnyView {
    match data {
        // The token's page shows it itself.
        PageData::Chart(_) => ().erase(),
        PageData::Prices(page) => prices::show(*page),
        PageData::Compare(view) => compare::show(*view),
        PageData::Token(view) => token::show(*view),
        PageData::Status(view) => status::show(*view),
        PageData::Markets(list) => markets::show(list),
    }
}
