//! `/`: the table of all tokens, live. Search, order, page, list and currency are the address'.

mod live_row;
pub mod row;
mod rows;
pub mod state;
pub mod table;
pub mod toolbar;

use leptos::prelude::*;
use parallax::view::TablePage;

use self::state::{Shown, asked};
use self::table::Table;
use self::toolbar::{CardOrder, Lists, Search};
use super::load::{PageData, load_once};
use crate::calls;
use crate::components::{Head, StatusMark, asked_currency, carried};
use crate::dynamic::{maybe, memo, part, text};
use crate::erase::Erase;
use crate::format::{self, Unit};
use crate::live::{Feed, Money, shown_status};
use crate::steps::later;
use crate::wording;

/// What search engines show of the page.
const DESCRIPTION: &str = "Live prices of tokens, each one robust price from the quotes of many \
    exchanges and on-chain pools, with its confidence, its sources and its age.";

/// The page.
#[component]
pub fn PricesPage() -> impl IntoView {
    // Later questions are read by the page itself, which keeps its rows meanwhile.
    let first = asked().get_untracked();
    let page = load_once(
        first,
        |query| {
            Box::pin(async {
                let page = calls::table_page(query).await;
                page.map(|page| PageData::Prices(Box::new(page)))
            })
        },
        skeleton,
    );
    view! {
        <Head
            title=Signal::stored("Prices".to_owned())
            description=DESCRIPTION
            path="/"
        />
        {page}
    }
    .erase()
}

/// The page, once its data is there.
pub(super) fn show(page: TablePage) -> AnyView {
    view! { <Prices page /> }.erase()
}

/// Keeps the room of the table while it is read.
fn skeleton() -> AnyView {
    view! {
        <div class="skeleton" aria-busy="true">
            <span class="sr-only">"Loading prices…"</span>
            {(0..12).map(|_| view! { <div class="skeleton-row"></div> }).collect_view()}
        </div>
    }
    .erase()
}

#[component]
fn Prices(page: TablePage) -> impl IntoView {
    let shown = Shown::new(page);
    provide_context(shown.money);
    shown.follow_address();
    shown.follow_stream();
    shown.rows.follow();
    let is_waiting = memo(move || shown.page.read().total == 0);
    let summary = move || {
        let page = shown.page.read();
        let money = wording::currency(&page.currency);
        let noun = if page.total == 1 { "token" } else { "tokens" };
        match (page.found, page.total) {
            (_, 0) => "No prices yet".to_owned(),
            (found, total) if found == total => format!("{total} {noun}, in {money}"),
            (found, total) => format!("{found} of {total} {noun}, in {money}"),
        }
    };
    view! {
        <div class="page-head">
            <div>
                <h1>"Prices"</h1>
                <p class="page-sub" role="status" data-cell="summary">
                    {text(summary)}
                </p>
                <Rate money=shown.money />
            </div>
            <div class="toolbar">
                {later(move || view! { <Lists shown /> })}
                {later(|| view! { <Search /> })}
                {later(move || view! { <CardOrder shown /> })}
            </div>
        </div>
        <Unread shown />
        {part(move || {
            if is_waiting.get() {
                view! { <Waiting /> }.erase()
            } else {
                view! { <Table shown /> }.erase()
            }
        })}
    }
    .erase()
}

/// What one unit of another currency is worth and how far to trust that, or that the address names none.
#[component]
fn Rate(money: Money) -> impl IntoView {
    let feed = expect_context::<Feed>();
    let asked = asked_currency();
    let currency = money.currency();
    let code = memo(move || currency.read().parameter());
    let status = memo(move || {
        let currency = currency.read();
        shown_status(currency.status, currency.as_of, feed.unheard_clock())
    });
    let rate = move || {
        let currency = currency.read();
        currency.rate.map(|rate| {
            let usd = Unit::usd().write(&format::tidy(rate.get(), 8));
            format!("1 {} = {usd}", currency.code)
        })
    };
    part(move || match (asked.get(), code.get()) {
        (Some(asked), None) => Some(
            view! {
                <p class="page-sub" data-cell="rate">
                    {format!("“{asked}” is no currency here: prices are in US dollars.")}
                </p>
            }
            .erase(),
        ),
        (_, None) => None,
        (_, Some(_)) => Some(
            view! {
                <p class="page-sub rate" data-cell="rate">
                    <span>{maybe(rate)}</span>
                    <StatusMark status />
                </p>
            }
            .erase(),
        ),
    })
}

/// Why another page could not be read; the one shown stays.
#[component]
fn Unread(shown: Shown) -> impl IntoView {
    let asked = asked();
    part(move || {
        shown.failed.get().map(|reason| {
            view! {
                <p class="banner" data-tone="warning" role="alert">
                    {format!("The table could not be read: {reason}. What you see is what was read before.")}
                    <button
                        type="button"
                        class="button"
                        on:click=move |_| shown.read(asked.get_untracked())
                    >
                        "Try again"
                    </button>
                </p>
            }
            .erase()
        })
    })
}

/// What the page shows before the first prices.
#[component]
fn Waiting() -> impl IntoView {
    view! {
        <section class="panel message" data-empty="waiting">
            <h2>"Waiting for the first quotes…"</h2>
            <p>
                "Parallax is asking the exchanges which markets they have and subscribing to their quotes. "
                "The first prices appear here by themselves, usually within seconds."
            </p>
            <p>
                <a href=carried("/status") class="button">
                    "See what it is connecting to"
                </a>
            </p>
        </section>
    }
    .erase()
}
