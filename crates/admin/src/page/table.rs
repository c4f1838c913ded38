//! Tables, which become cards on a phone.

use leptos::prelude::*;

/// A table of these columns. The first cell of a row names it.
pub(crate) fn table(
    caption: &'static str,
    columns: &[&'static str],
    rows: Vec<Vec<AnyView>>,
    if_empty: &'static str,
) -> AnyView {
    if rows.is_empty() {
        return view! { <p class="empty-line">{if_empty}</p> }.into_any();
    }
    let heads: Vec<_> = columns
        .iter()
        .map(|column| view! { <th scope="col">{*column}</th> })
        .collect();
    let rows: Vec<_> = rows.into_iter().map(|row| view_row(columns, row)).collect();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=caption>
            <table class="data-table stack-table">
                <caption class="sr-only">{caption}</caption>
                <thead><tr>{heads}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn view_row(columns: &[&'static str], cells: Vec<AnyView>) -> AnyView {
    let cells: Vec<_> = cells
        .into_iter()
        .enumerate()
        .map(|(position, cell)| {
            let label = columns.get(position).copied().unwrap_or_default();
            match position {
                0 => view! { <th scope="row" data-label=label>{cell}</th> }.into_any(),
                _ => view! { <td data-label=label>{cell}</td> }.into_any(),
            }
        })
        .collect();
    view! { <tr>{cells}</tr> }.into_any()
}
