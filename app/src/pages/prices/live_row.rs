//! One row in the document: what is known of its token, what is written of it, and writing what differs.

use leptos::prelude::*;
use parallax::amount::Price;
use parallax::stream::PriceSummary;
use parallax::token::TokenId;
use parallax::view::TableRow;
use web_sys::Element;

use super::row::{Content, FIRST, Look};
use crate::live::{TINT, TINT_PAUSE_MS, browser_ms, tint};

/// One row, as known and as written.
#[derive(Debug)]
pub(super) struct LiveRow {
    pub(super) price: PriceSummary,
    /// The last seven days as the `d` of an SVG path. Not on the stream: as new as the page.
    pub(super) trend: Option<String>,
    /// What is in the document; `None` until the row is.
    pub(super) written: Option<Content>,
    /// The price that is written, in USD.
    pub(super) written_price: Option<Price>,
    pub(super) is_watched: bool,
    /// Whether the row is on the screen or close to it.
    pub(super) is_near: bool,
    /// Whether it is to be written with the next frames.
    pub(super) is_due: bool,
    /// When it was tinted, while it is, by the browser's clock.
    tinted_ms: Option<i64>,
}

impl LiveRow {
    pub(super) fn new(row: TableRow) -> Self {
        Self {
            written_price: row.price.price,
            price: row.price,
            trend: row.trend,
            written: None,
            is_watched: false,
            is_near: false,
            is_due: false,
            tinted_ms: None,
        }
    }

    /// Writes what differs from what is in the document; whether the price is tinted for it.
    pub(super) fn write(&mut self, id: &TokenId, look: &Look, is_watched: bool) -> bool {
        self.is_due = false;
        let Some(written) = &self.written else {
            // Not in the document: it will be, with what is known then.
            return false;
        };
        let content = Content::new(&self.price, self.trend.as_deref(), look);
        let is_moved = self.written_price != self.price.price;
        if content == *written && is_watched == self.is_watched && !is_moved {
            return false;
        }
        let Some(element) = find(id) else {
            return false;
        };
        let cells = element.children();
        let cell = |place: u32| cells.item(FIRST + place);
        for (place, (new, old)) in (0..).zip(content.cells.iter().zip(&written.cells)) {
            if new != old
                && let Some(cell) = cell(place)
            {
                cell.set_inner_html(new);
            }
        }
        if content.status != written.status {
            set(&element, "data-status", Some(content.status.as_str()));
            if let Some(cell) = cell(STATUS) {
                set(&cell, "data-status", Some(content.status.as_str()));
            }
        }
        if content.value != written.value
            && let Some(cell) = cell(PRICE)
        {
            set(&cell, "data-value", content.value.as_deref());
        }
        if content.href != written.href
            && let Ok(Some(link)) = element.query_selector("a[data-row-link]")
        {
            set(&link, "href", Some(&content.href));
        }
        if is_watched != self.is_watched
            && let Ok(Some(star)) = element.query_selector("button.star")
        {
            set(
                &star,
                "aria-pressed",
                Some(if is_watched { "true" } else { "false" }),
            );
        }
        let mut is_tinted = false;
        if let (Some(old), Some(new)) = (self.written_price, self.price.price)
            && is_moved
            && let Some(cell) = cell(PRICE)
        {
            let now = browser_ms();
            is_tinted = self.tinted_ms.is_none_or(|at| now - at >= TINT_PAUSE_MS);
            if is_tinted {
                self.tinted_ms = Some(now);
                set(&cell, "data-tint", Some(tint(new > old)));
            }
        }
        self.written = Some(content);
        self.written_price = self.price.price;
        self.is_watched = is_watched;
        is_tinted
    }
}

/// Ends a row's tint when its time is over.
pub(super) fn fade((id, row): (&TokenId, &mut LiveRow)) {
    // Timers and clocks round differently.
    const EARLY_MS: i64 = 20;
    let lasts = i64::try_from(TINT.as_millis()).unwrap_or(i64::MAX) - EARLY_MS;
    if row.tinted_ms.is_some_and(|at| browser_ms() - at >= lasts) {
        row.tinted_ms = None;
        let price = find(id).and_then(|row| row.children().item(FIRST + PRICE));
        if let Some(cell) = price {
            set(&cell, "data-tint", None);
        }
    }
}

/// A token's row in the document.
fn find(id: &TokenId) -> Option<Element> {
    document().get_element_by_id(&format!("row-{id}"))
}

fn set(element: &Element, name: &str, value: Option<&str>) {
    // Fails only for a name that is not allowed; ours are.
    let _ = match value {
        Some(value) => element.set_attribute(name, value),
        None => element.remove_attribute(name),
    };
}

/// The places of two of `row::CELLS`.
const PRICE: u32 = 0;
const STATUS: u32 = 9;

#[cfg(test)]
mod tests {
    use super::super::row::CELLS;
    use super::*;
    use crate::pages::prices::table::COLUMNS;

    #[test]
    fn cells_are_where_the_columns_are() {
        let after = COLUMNS.iter().skip(FIRST as usize);
        let columns: Vec<_> = after.map(|column| column.key).collect();
        let cells: Vec<_> = CELLS.iter().map(|cell| cell.0).collect();
        assert_eq!(columns, cells);
        let named = [PRICE, STATUS].map(|place| cells.get(place as usize).copied());
        assert_eq!(named, [Some("price"), Some("status")]);
    }
}
