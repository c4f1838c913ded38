//! The table itself: its head, whose cells are links that order it, its rows, and what stands there when
//! there are none.

use leptos::prelude::*;
use parallax::table::{Order, SortBy};

use super::state::Shown;
use crate::components::carried;
use crate::dynamic::{flag, maybe, memo, part, text};
use crate::erase::Erase;
use crate::format;
use crate::steps::later;
use crate::wording;

/// A column of the table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The name in `data-cell`.
    pub key: &'static str,
    /// The head.
    name: &'static str,
    /// What it means.
    title: &'static str,
    /// What it orders by; `None` where there is nothing to order.
    pub sort: Option<SortBy>,
}

const fn column(
    key: &'static str,
    name: &'static str,
    title: &'static str,
    sort: Option<SortBy>,
) -> Column {
    Column {
        key,
        name,
        title,
        sort,
    }
}

/// The columns from left to right.
pub const COLUMNS: [Column; 14] = [
    column(
        "watch",
        "Watch",
        "Whether the token is on your watchlist",
        None,
    ),
    column("rank", "#", "Place in the catalogue", Some(SortBy::Rank)),
    column("token", "Token", "Name and symbol", Some(SortBy::Name)),
    column("price", "Price", "For one unit", Some(SortBy::Price)),
    column(
        "strip",
        "Viewpoints",
        "Where each exchange stands relative to the price",
        None,
    ),
    column(
        "change-1h",
        "1 h",
        "Change within one hour, in US dollars",
        Some(SortBy::Change1h),
    ),
    column(
        "change-24h",
        "24 h",
        "Change within 24 hours, in US dollars",
        Some(SortBy::Change24h),
    ),
    column(
        "change-7d",
        "7 d",
        "Change within seven days, in US dollars",
        Some(SortBy::Change7d),
    ),
    column(
        "trend",
        "Last 7 days",
        "The price of the last seven days, in US dollars",
        None,
    ),
    column(
        "volume",
        "Volume 24 h",
        "Traded within 24 hours on the exchanges read",
        Some(SortBy::Volume),
    ),
    column(
        "confidence",
        "Confidence",
        "Half the band that holds the middle half of the weight; ordered relative to the price",
        Some(SortBy::Confidence),
    ),
    column(
        "sources",
        "Sources",
        "Exchanges in the price, of those that list the token",
        Some(SortBy::Sources),
    ),
    column(
        "status",
        "Status",
        "How far the price can be trusted now",
        Some(SortBy::Status),
    ),
    column(
        "age",
        "Age",
        "Time since a usable quote confirmed the price",
        Some(SortBy::Age),
    ),
];

/// A column's name in a list of choices.
#[must_use]
pub const fn column_name(by: SortBy) -> &'static str {
    match by {
        SortBy::Rank => "Rank",
        SortBy::Name => "Name",
        SortBy::Price => "Price",
        SortBy::Change1h => "Change 1 h",
        SortBy::Change24h => "Change 24 h",
        SortBy::Change7d => "Change 7 d",
        SortBy::Volume => "Volume 24 h",
        SortBy::Confidence => "Confidence",
        SortBy::Sources => "Sources",
        SortBy::Status => "Status",
        SortBy::Age => "Age",
    }
}

/// A cell of the head: a link where the table can be ordered by it, and the second time turned.
fn head(column: Column, shown: Shown) -> impl IntoView {
    let Some(by) = column.sort else {
        let is_words = column.key != "watch";
        return view! {
            <th scope="col" role="columnheader" data-cell=column.key title=column.title>
                <span class:sr-only=!is_words>{column.name}</span>
            </th>
        }
        .erase();
    };
    let order = memo(move || {
        let page = shown.page.read();
        (page.query.sort == by).then_some(page.query.order)
    });
    let sorted = move || match order.get() {
        Some(Order::Ascending) => "ascending",
        Some(Order::Descending) => "descending",
        None => "none",
    };
    let mark = move || match order.get() {
        Some(Order::Ascending) => "▲",
        Some(Order::Descending) => "▼",
        None => "",
    };
    let address = move || {
        shown.address(|query| {
            query.sort = by;
            query.order = order.get().map_or(by.natural(), Order::turned);
            query.page = 1;
        })
    };
    view! {
        <th
            scope="col"
            role="columnheader"
            aria-sort=text(sorted)
            data-cell=column.key
            title=column.title
        >
            <a class="sort-link" href=text(address) data-noscroll="">
                {column.name}
                <span class="sort-mark" aria-hidden="true">
                    {text(mark)}
                </span>
            </a>
        </th>
    }
    .erase()
}

/// The table.
#[component]
pub fn Table(
    /// What the page shows.
    shown: Shown,
) -> impl IntoView {
    view! {
        {later(move || view! { <Rows shown /> })}
        {part(move || shown.rows.tokens.read().is_empty().then(|| nothing(shown)))}
        {later(move || view! { <Pager shown /> })}
    }
    .erase()
}

/// The head and the rows.
#[component]
fn Rows(shown: Shown) -> impl IntoView {
    let rows = shown.rows;
    let caption = move || {
        let page = shown.page.read();
        format!(
            "Token prices in {}, ordered by {}. Each name opens the explanation of its price.",
            wording::currency(&page.currency),
            column_name(page.query.sort).to_lowercase(),
        )
    };
    view! {
        <div class="table-frame" aria-busy=text(move || shown.loading.get().to_string())>
            <table class="data-table prices-table" role="table">
                <caption class="sr-only">{text(caption)}</caption>
                {later(move || {
                    view! {
                        <thead role="rowgroup">
                            <tr role="row">
                                {COLUMNS
                                    .map(|column| head(column, shown))
                                    .into_iter()
                                    .collect_view()}
                            </tr>
                        </thead>
                    }
                })}
                <tbody role="rowgroup" on:click=move |event| rows.click(&event)>
                    // What a row says of its token is written once: another name is another row.
                    <For
                        each=move || rows.tokens.get()
                        key=|token| {
                            (token.id.clone(), token.rank, token.name.clone(), token.symbol.clone())
                        }
                        let(token)
                    >
                        {rows
                            .first(&token)
                            .map(|(status, content)| {
                                view! {
                                    <tr
                                        role="row"
                                        id=format!("row-{}", token.id)
                                        data-token=token.id.to_string()
                                        data-status=status
                                        inner_html=content
                                    ></tr>
                                }
                            })}
                    </For>
                </tbody>
            </table>
        </div>
    }
    .erase()
}

/// Why there is no row, and what to do.
fn nothing(shown: Shown) -> impl IntoView {
    let (search, ids) = shown
        .page
        .with(|page| (page.query.search.clone(), page.query.ids.clone()));
    let (title, words) = match (&ids, search.is_empty()) {
        (_, false) => (
            "Nothing found",
            format!(
                "No token's name, symbol or id contains “{}”, and it is no contract's address.",
                format::isolated(&format::cut(&search, 60))
            ),
        ),
        (Some(ids), true) if ids.is_empty() => (
            "Your watchlist is empty",
            "Choose the star beside a token in the table, or press w on its row. The list stays in this \
             browser and is sent nowhere else."
                .to_owned(),
        ),
        _ => (
            "None of these tokens has a price",
            "The list in the address names tokens that are unknown here, or that no exchange lists now."
                .to_owned(),
        ),
    };
    view! {
        <section class="message" data-empty="rows">
            <h2>{title}</h2>
            <p>{words}</p>
            <p>
                <a href=carried("/") class="button">
                    "Show all tokens"
                </a>
            </p>
        </section>
    }
    .erase()
}

/// The pages of the table, when there is more than one.
#[component]
fn Pager(shown: Shown) -> impl IntoView {
    let place = memo(move || {
        let page = shown.page.read();
        (page.query.page, page.pages)
    });
    let count = move || {
        let page = shown.page.read();
        let first = (page.query.page - 1) * ROWS + 1;
        let last = (page.query.page * ROWS).min(page.found);
        format!("Rows {first}–{last} of {}", page.found)
    };
    let link = move |page: u32, name: String, label: String, rel: Option<&'static str>| {
        let is_current = place.get().0 == page && rel.is_none();
        view! {
            <a
                class="chip"
                href=shown.address(|query| query.page = page)
                aria-label=label
                rel=rel
                aria-current=is_current.then_some("page")
            >
                {name}
            </a>
        }
        .erase()
    };
    let links = part(move || {
        let (page, pages) = place.get();
        let mut links = Vec::new();
        if page > 1 {
            let name = "Previous".to_owned();
            links.push(link(
                page - 1,
                name,
                "Previous page".to_owned(),
                Some("prev"),
            ));
        }
        let mut before = 0;
        for number in pages_near(page, pages) {
            if number > before + 1 {
                links.push(view! { <span class="pager-gap">"…"</span> }.erase());
            }
            links.push(link(
                number,
                number.to_string(),
                format!("Page {number}"),
                None,
            ));
            before = number;
        }
        if page < pages {
            links.push(link(
                page + 1,
                "Next".to_owned(),
                "Next page".to_owned(),
                Some("next"),
            ));
        }
        links
    });
    view! {
        <nav class="pager" aria-label="Pages of the table" hidden=flag(move || place.get().1 == 1)>
            <p class="page-sub">{maybe(move || (place.get().1 > 1).then(count))}</p>
            <div class="chips">{links}</div>
        </nav>
    }
    .erase()
}

/// Rows of a page.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a page has some hundred rows"
)]
const ROWS: u32 = parallax::table::PAGE_ROWS as u32;

/// The first page, the last, and those around the one shown.
fn pages_near(page: u32, pages: u32) -> Vec<u32> {
    (1..=pages)
        .filter(|&number| number == 1 || number == pages || number.abs_diff(page) <= 1)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pager_names_both_ends_and_what_is_near() {
        assert_eq!(pages_near(1, 1), [1]);
        assert_eq!(pages_near(1, 3), [1, 2, 3]);
        assert_eq!(pages_near(5, 9), [1, 4, 5, 6, 9]);
    }

    #[test]
    fn every_order_has_a_column() {
        for by in SortBy::ALL {
            assert!(
                COLUMNS.iter().any(|column| column.sort == Some(by)),
                "{by:?}"
            );
        }
    }
}
