//! What stands above the table: search, the watchlist, and on a phone the order of the cards.

use std::rc::Rc;
use std::time::Duration;

use leptos::html::Input;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use parallax::table::{Order, SortBy, TableQuery};

use super::state::Shown;
use super::table::{COLUMNS, column_name};
use crate::address::with_query;
use crate::components::{Icon, IconShape, asked_currency};
use crate::dynamic::{flag, maybe, memo, part, text};
use crate::erase::Erase;
use crate::live::Watchlist;

/// How long after the last letter the search begins.
const SEARCH_AFTER: Duration = Duration::from_millis(180);

/// The address' question.
fn question() -> Memo<TableQuery> {
    let query = use_query_map();
    memo(move || TableQuery::read(|name| query.read().get(name)))
}

/// What a form must keep of the question besides its own fields.
fn kept(query: &TableQuery, with_order: bool) -> Vec<(&'static str, String)> {
    let mut kept = Vec::new();
    if let Some(ids) = &query.ids {
        kept.push(("ids", ids.join(",")));
    }
    if with_order && query.sort != SortBy::default() {
        kept.push(("sort", query.sort.as_str().to_owned()));
    }
    if with_order && query.order != query.sort.natural() {
        kept.push(("order", query.order.as_str().to_owned()));
    }
    if !with_order && !query.search.is_empty() {
        kept.push(("q", query.search.clone()));
    }
    if let Some(code) = &query.currency {
        kept.push(("currency", code.clone()));
    }
    kept
}

fn hidden_fields(question: Memo<TableQuery>, with_order: bool) -> impl IntoView {
    part(move || {
        let fields = kept(&question.read(), with_order).into_iter();
        fields
            .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
            .collect_view()
    })
}

/// A way to a question's address; with `true` it replaces the address.
type Go = Rc<dyn Fn(&TableQuery, bool)>;

/// A way that does not move the page.
fn goer() -> Go {
    let navigate = use_navigate();
    Rc::new(move |query, replace| {
        let options = NavigateOptions {
            replace,
            scroll: false,
            ..NavigateOptions::default()
        };
        navigate(&with_query("/", &query.to_query()), options);
    })
}

/// The field that searches as one types; without JavaScript it is a form.
#[component]
pub fn Search() -> impl IntoView {
    let question = question();
    let field = NodeRef::<Input>::new();
    let go = goer();
    // What the field last asked for: an address that says the same must not touch what is being typed.
    let sent = StoredValue::new(question.read_untracked().search.clone());
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let stop_waiting = move || {
        if let Some(Some(handle)) = waiting.try_update_value(Option::take) {
            handle.clear();
        }
    };
    let search: Rc<dyn Fn()> = Rc::new(move || {
        stop_waiting();
        let Some(field) = field.get_untracked() else {
            return;
        };
        let mut query = question.get_untracked();
        query.search = field.value().trim().to_owned();
        query.page = 1;
        sent.set_value(query.search.clone());
        go(&query, true);
    });
    let (later, cleared) = (search.clone(), search.clone());
    let type_on = move || {
        stop_waiting();
        let search = later.clone();
        waiting.set_value(set_timeout_with_handle(move || search(), SEARCH_AFTER).ok());
    };
    on_cleanup(stop_waiting);
    Effect::new(move |_| {
        let asked = question.read().search.clone();
        if asked != sent.get_value() {
            sent.set_value(asked.clone());
            if let Some(field) = field.get_untracked() {
                field.set_value(&asked);
            }
        }
    });
    view! {
        <form
            class="filter"
            method="get"
            action="/"
            role="search"
            on:submit=move |event| {
                event.prevent_default();
                search();
            }
        >
            {hidden_fields(question, true)}
            <label class="sr-only" for="search">
                "Search by name, symbol, id or address"
            </label>
            <Icon shape=IconShape::Search />
            <input
                id="search"
                type="search"
                name="q"
                maxlength="100"
                placeholder="Search tokens"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                node_ref=field
                value=question.read_untracked().search.clone()
                on:input=move |_| type_on()
                on:keydown=move |event| {
                    if event.key() == "Escape" && let Some(field) = field.get_untracked() {
                        field.set_value("");
                        cleared();
                    }
                }
            />
            <kbd class="needs-js" aria-hidden="true">
                "/"
            </kbd>
            <button class="button without-js">"Search"</button>
        </form>
    }
    .erase()
}

/// All tokens, or those the reader watches.
#[component]
pub fn Lists(
    /// What the page shows.
    shown: Shown,
) -> impl IntoView {
    let watchlist = expect_context::<Watchlist>();
    let currency = asked_currency();
    let is_list = memo(move || shown.page.read().query.ids.is_some());
    let address = move |ids: Option<String>| {
        let mut query = TableQuery {
            currency: currency.get(),
            ..TableQuery::default()
        };
        query.ids = ids.map(|ids| ids.split(',').map(ToOwned::to_owned).collect());
        with_query("/", &query.to_query())
    };
    view! {
        <nav class="chips" aria-label="Lists">
            <a
                class="chip"
                href=text(move || address(None))
                aria-current=maybe(move || (!is_list.get()).then_some("true"))
            >
                "All"
            </a>
            <a
                class="chip needs-js"
                data-list="watchlist"
                href=text(move || address(Some(watchlist.joined())))
                aria-current=maybe(move || is_list.get().then_some("true"))
            >
                <Icon shape=IconShape::Star />
                "Watchlist"
                <span class="chip-count" hidden=flag(move || watchlist.is_empty())>
                    {text(move || watchlist.len().to_string())}
                </span>
            </a>
        </nav>
    }
    .erase()
}

/// The order of the cards on a phone, where there is no head to click on.
#[component]
pub fn CardOrder(
    /// What the page shows.
    shown: Shown,
) -> impl IntoView {
    let question = question();
    let (go, turn) = (goer(), goer());
    let sort = memo(move || shown.page.read().query.sort);
    let order = memo(move || shown.page.read().query.order);
    let columns = COLUMNS.iter().filter_map(|column| column.sort);
    let columns = columns
        .map(|column| {
            let is_chosen = move || sort.get() == column;
            view! {
                <option value=column.as_str() selected=is_chosen() prop:selected=flag(is_chosen)>
                    {column_name(column)}
                </option>
            }
        })
        .collect_view();
    let orders = [
        (Order::Ascending, "Ascending"),
        (Order::Descending, "Descending"),
    ]
    .map(|(choice, name)| {
        let is_chosen = move || order.get() == choice;
        view! {
            <option value=choice.as_str() selected=is_chosen() prop:selected=flag(is_chosen)>
                {name}
            </option>
        }
    })
    .into_iter()
    .collect_view();
    view! {
        <form class="card-order" method="get" action="/" aria-label="Order">
            {hidden_fields(question, false)}
            <label class="sr-only" for="card-sort">
                "Order by"
            </label>
            <select
                id="card-sort"
                name="sort"
                class="select"
                autocomplete="off"
                on:change=move |event| {
                    if let Ok(sort) = event_target_value(&event).parse::<SortBy>() {
                        let order = sort.natural();
                        go(&TableQuery { sort, order, page: 1, ..question.get_untracked() }, false);
                    }
                }
            >
                {columns}
            </select>
            <label class="sr-only" for="card-direction">
                "Direction"
            </label>
            <select
                id="card-direction"
                name="order"
                class="select"
                autocomplete="off"
                on:change=move |event| {
                    if let Some(order) = Order::read(&event_target_value(&event)) {
                        turn(&TableQuery { order, page: 1, ..question.get_untracked() }, false);
                    }
                }
            >
                {orders}
            </select>
            <button class="button without-js">"Order"</button>
        </form>
    }
    .erase()
}
