//! A list's page: what is selected as its title, the table with headings to sort by, boxes to tick, and the pages.

use axum::response::Response;
use leptos::prelude::*;
use parallax::account::Permission;

use super::asked::Place;
use super::side::side;
use super::{Around, Asked, Bulk, Column, Facet, List, Period, history};
use crate::visit::Visit;

/// Where the pages before and behind begin.
#[derive(Debug, Default)]
pub(super) struct Ends {
    /// The id before which the previous page ends.
    pub(super) previous: Option<String>,
    /// The id behind which the next page begins.
    pub(super) next: Option<String>,
}

/// A page of a list.
pub(super) struct Shown<'a, R> {
    pub(super) rows: Vec<&'a R>,
    pub(super) facets: Vec<Facet>,
    /// The parts of the chosen period, with how many rows each has where that was counted.
    pub(super) dates: Vec<(Period, Option<usize>)>,
    pub(super) ends: Ends,
    /// How many there are, in words.
    pub(super) said: String,
    pub(super) around: Around,
}

impl<R> Shown<'_, R> {
    pub(super) fn page(self, list: &'static List<R>, visit: &Visit, asked: &Asked) -> Response {
        let Self {
            rows,
            facets,
            dates,
            ends,
            said,
            around,
        } = self;
        let Around { above, mut bulk } = around;
        bulk.retain(|bulk| visit.may(bulk.needs));
        let headline = list.headline(asked);
        let errors = (!asked.errors.is_empty()).then(|| {
            let lines = asked.errors.iter().cloned();
            let lines: Vec<_> = lines
                .map(|line| view! { <p class="admin-error">{line}</p> })
                .collect();
            view! { <div class="panel" role="alert">{lines}</div> }
        });
        let csv = asked.with(|asked| asked.is_csv = true);
        let table = match rows.is_empty() {
            true if asked.is_narrowed() || !asked.errors.is_empty() => {
                let clear = cleared(asked);
                view! { <p class="empty-line">"Nothing fits. "<a href=clear>"Clear all filters"</a></p> }
                    .into_any()
            }
            true => view! { <p class="empty-line">{list.empty}</p> }.into_any(),
            false => with_boxes(
                asked,
                &bulk,
                table(list, visit, asked, &rows, !bulk.is_empty()),
            ),
        };
        let content = view! {
            {above}
            {errors}
            <div class="admin-list">
                <div class="admin-list-main">
                    {hierarchy(asked, dates)}
                    <div class="toolbar">
                        <p class="page-sub">{said}</p>
                        <a class="button" href=csv>"CSV"</a>
                        <a class="button admin-to-side" href="#filters">"Filters"</a>
                    </div>
                    {table}
                    {pager(asked, ends)}
                </div>
                {side(list, visit, asked, facets)}
            </div>
        };
        visit.page(&headline, content)
    }
}

/// The address of everything, in the same order and columns.
pub(super) fn cleared(asked: &Asked) -> String {
    asked.with(Asked::clear)
}

fn table<R>(
    list: &'static List<R>,
    visit: &Visit,
    asked: &Asked,
    rows: &[&R],
    has_boxes: bool,
) -> AnyView {
    let mut columns = list.shown(asked);
    columns.retain(|column| column.is_for(visit));
    let heads: Vec<_> = columns.iter().map(|column| head(asked, column)).collect();
    let box_head =
        has_boxes.then(|| view! { <th scope="col"><span class="sr-only">"Choose"</span></th> });
    let object = list.history.filter(|_| visit.may(Permission::Audit));
    let history_head = object.map(|_| view! { <th scope="col">"History"</th> });
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let history = object.map(|object| history_link(object(row)));
            let tick = has_boxes.then(|| tick(list, asked, row));
            let cells = columns.iter().enumerate().map(|(at, column)| {
                let cell = (column.cell)(row).view();
                let class = column.is_number.then_some("number");
                match at {
                    0 => view! { <th scope="row" data-label=column.title>{cell}</th> }.into_any(),
                    _ => view! { <td class=class data-label=column.title>{cell}</td> }.into_any(),
                }
            });
            view! { <tr>{tick}{cells.collect::<Vec<_>>()}{history}</tr> }
        })
        .collect();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=list.title>
            <table class="data-table stack-table">
                <caption class="sr-only">{list.title}</caption>
                <thead><tr>{box_head}{heads}{history_head}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {sorting(list, asked)}
    }
    .into_any()
}

fn history_link((kind, id): (&str, String)) -> AnyView {
    let to = history(kind, &id);
    view! { <td data-label="History"><a href=to>"History"</a></td> }.into_any()
}

/// A heading; one that can be sorted by leads to the other order.
fn head<R>(asked: &Asked, column: &Column<R>) -> AnyView {
    let class = column.is_number.then_some("number");
    let (by, is_descending) = asked.sort;
    let is_sorted = by == column.name;
    if !column.sorts {
        return view! { <th scope="col" class=class>{column.title}</th> }.into_any();
    }
    let (order, arrow) = match (is_sorted, is_descending) {
        (false, _) => (None, ""),
        (true, false) => (Some("ascending"), " ▲"),
        (true, true) => (Some("descending"), " ▼"),
    };
    let to = turned(asked, column);
    view! {
        <th scope="col" class=class aria-sort=order>
            <a href=to>{column.title}<span aria-hidden="true">{arrow}</span></a>
        </th>
    }
    .into_any()
}

/// The address of the list sorted by a column; by the other end where it is sorted by it already.
fn turned<R>(asked: &Asked, column: &Column<R>) -> String {
    let (by, is_descending) = asked.sort;
    let descending = by == column.name && !is_descending;
    asked.with(|asked| asked.sort = (column.name, descending))
}

/// The headings' links again, for narrow screens, where a table has no headings.
fn sorting<R>(list: &'static List<R>, asked: &Asked) -> AnyView {
    let sorted = list.columns.iter().filter(|column| column.sorts);
    let links: Vec<_> = sorted
        .map(|column| {
            let here = (asked.sort.0 == column.name).then_some("true");
            let to = turned(asked, column);
            view! { <a class="chip" href=to aria-current=here>{column.title}</a> }
        })
        .collect();
    view! { <nav class="admin-sorting chips" aria-label="Sort by">{links}</nav> }.into_any()
}

fn tick<R>(list: &'static List<R>, asked: &Asked, row: &R) -> AnyView {
    let name = list
        .columns
        .first()
        .map(|column| (column.cell)(row).words());
    let label = format!("Choose {}", name.unwrap_or_default());
    let (id, is_ticked) = ((list.id)(row), asked.is_ticked);
    view! {
        <td data-label="Choose">
            <label class="admin-box">
                <input type="checkbox" name="id" value=id checked=is_ticked aria-label=label />
            </label>
        </td>
    }
    .into_any()
}

/// The table in a form whose buttons lead to the pages that ask.
fn with_boxes(asked: &Asked, bulk: &[Bulk], table: AnyView) -> AnyView {
    let Some(first) = bulk.first() else {
        return table;
    };
    let buttons: Vec<_> = bulk
        .iter()
        .map(|bulk| {
            view! { <button class="button" type="submit" formaction=bulk.to>{bulk.button}</button> }
        })
        .collect();
    let mut others = asked.clone();
    others.is_ticked = !asked.is_ticked;
    let words = match asked.is_ticked {
        true => "Tick none",
        false => "Tick all on this page",
    };
    view! {
        <form method="get" action=first.to>
            {table}
            <div class="button-row admin-actions">
                {buttons}
                <a class="button" href=others.address()>{words}</a>
            </div>
        </form>
    }
    .into_any()
}

/// The date hierarchy: the way up, and the parts of what is chosen.
fn hierarchy(asked: &Asked, dates: Vec<(Period, Option<usize>)>) -> Option<AnyView> {
    if dates.is_empty() && asked.date.is_none() {
        return None;
    }
    let link = |period: Option<Period>, words: String, count: Option<usize>, is_here: bool| {
        let to = asked.with(|asked| asked.date = period);
        let count = count.map(|count| view! { <span class="chip-count">{count}</span> });
        let here = is_here.then_some("date");
        view! { <li><a class="chip" href=to aria-current=here>{words}" "{count}</a></li> }
    };
    let up = asked.date.map(|date| {
        let mut up = vec![link(None, "All dates".to_owned(), None, false)];
        for whole in date.wholes() {
            up.push(link(Some(whole), whole.to_string(), None, false));
        }
        up.push(link(Some(date), date.to_string(), None, true));
        up
    });
    let is_day = asked.date.is_some_and(|date| date.wholes().len() == 2);
    let parts = dates.into_iter().filter(|_| !is_day);
    let parts: Vec<_> = parts
        .map(|(part, count)| link(Some(part), part.to_string(), count, false))
        .collect();
    Some(
        view! {
            <nav aria-label="Dates"><ul class="chips">{up}{parts}</ul></nav>
        }
        .into_any(),
    )
}

fn pager(asked: &Asked, ends: Ends) -> Option<AnyView> {
    let is_at_start = asked.place == Place::Start;
    if is_at_start && ends.previous.is_none() && ends.next.is_none() {
        return None;
    }
    let link = |place: Place, words: &'static str, rel: Option<&'static str>| {
        let to = asked.with(|asked| asked.place = place);
        view! { <a class="button" href=to rel=rel>{words}</a> }
    };
    let first = (!is_at_start).then(|| link(Place::Start, "First", None));
    let previous = ends
        .previous
        .map(|id| link(Place::Before(id), "Previous", Some("prev")));
    let next = ends
        .next
        .map(|id| link(Place::After(id), "Next", Some("next")));
    Some(
        view! {
            <nav class="button-row admin-actions" aria-label="Pages">{first}{previous}{next}</nav>
        }
        .into_any(),
    )
}
