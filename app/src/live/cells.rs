//! One signal per cell of the token table, so that a new price touches the cells that changed and
//! nothing else.

use std::collections::HashMap;

use leptos::prelude::*;
use parallax::amount::{Price, Quantity};
use parallax::index::Status;
use parallax::stream::{PriceSummary, Viewpoint};
use parallax::time::Timestamp;
use parallax::token::{Token, TokenId};
use parallax::{Decimal, view::TableRow};

use super::feed::browser_ms;

/// At most three tints a second and cell.
const TINT_PAUSE_MS: i64 = 334;

/// The live cells of one token.
#[derive(Debug, Clone, Copy)]
pub struct RowCells {
    /// USD per unit.
    pub price: RwSignal<Option<Price>>,
    /// The value of `data-tint`: direction and a parity that restarts the animation.
    pub tint: RwSignal<Option<&'static str>>,
    /// Half the confidence band in USD.
    pub confidence: RwSignal<Option<Price>>,
    /// The server's verdict.
    pub status: RwSignal<Status>,
    /// When it was last confirmed.
    pub as_of: RwSignal<Option<Timestamp>>,
    /// Exchanges in the price, and exchanges that list it.
    pub sources: RwSignal<(u32, u32)>,
    /// Per cent.
    pub change_1h: RwSignal<Option<Decimal>>,
    /// Per cent.
    pub change_24h: RwSignal<Option<Decimal>>,
    /// Per cent.
    pub change_7d: RwSignal<Option<Decimal>>,
    /// USD.
    pub volume: RwSignal<Option<Quantity>>,
    /// The strip.
    pub viewpoints: RwSignal<Vec<Viewpoint>>,
    /// The last seven days as the `d` of an SVG path. Not on the stream: as new as the page.
    pub trend: RwSignal<Option<String>>,
    tinted_ms: StoredValue<i64>,
    /// Whether the row is on the screen or close to it.
    is_near: StoredValue<bool>,
    /// What came since, and waits for the next frame or until the row comes near.
    waiting: StoredValue<Option<PriceSummary>>,
}

impl RowCells {
    /// Cells that show `summary`.
    #[must_use]
    pub fn new(summary: PriceSummary) -> Self {
        Self {
            price: RwSignal::new(summary.price),
            tint: RwSignal::new(None),
            confidence: RwSignal::new(summary.confidence),
            status: RwSignal::new(summary.status),
            as_of: RwSignal::new(summary.as_of),
            sources: RwSignal::new((summary.sources, summary.sources_known)),
            change_1h: RwSignal::new(summary.change_1h_pct),
            change_24h: RwSignal::new(summary.change_24h_pct),
            change_7d: RwSignal::new(summary.change_7d_pct),
            volume: RwSignal::new(summary.volume_24h_usd),
            viewpoints: RwSignal::new(summary.viewpoints),
            trend: RwSignal::new(None),
            tinted_ms: StoredValue::new(0),
            is_near: StoredValue::new(true),
            waiting: StoredValue::new(None),
        }
    }

    /// Takes a newer state and shows it at once. In the browser only: it reads the clock.
    pub fn apply(&self, summary: PriceSummary) {
        self.waiting.set_value(None);
        self.show(summary);
    }

    /// Keeps a newer state until [`RowCells::show_waiting`].
    fn wait(&self, summary: PriceSummary) {
        self.waiting.set_value(Some(summary));
    }

    /// Shows what waits, if the reader may see it.
    fn show_waiting(&self) {
        if !self.is_near.get_value() {
            return;
        }
        let waiting = self.waiting.try_update_value(Option::take).flatten();
        if let Some(summary) = waiting {
            self.show(summary);
        }
    }

    /// The row came near to what is on the screen, or went away from it.
    pub fn set_near(&self, is_near: bool) {
        self.is_near.set_value(is_near);
        self.show_waiting();
    }

    /// Only the cells that differ notify.
    fn show(&self, summary: PriceSummary) {
        if let (Some(old), Some(new)) = (self.price.get_untracked(), summary.price)
            && old != new
        {
            self.tint_towards(new > old);
        }
        renew(self.price, summary.price);
        renew(self.confidence, summary.confidence);
        renew(self.status, summary.status);
        renew(self.as_of, summary.as_of);
        renew(self.sources, (summary.sources, summary.sources_known));
        renew(self.change_1h, summary.change_1h_pct);
        renew(self.change_24h, summary.change_24h_pct);
        renew(self.change_7d, summary.change_7d_pct);
        renew(self.volume, summary.volume_24h_usd);
        renew(self.viewpoints, summary.viewpoints);
    }

    fn tint_towards(&self, up: bool) {
        let now = browser_ms();
        if now - self.tinted_ms.get_value() < TINT_PAUSE_MS {
            return;
        }
        self.tinted_ms.set_value(now);
        // Two names for the same animation: a changed name restarts it.
        let next = match (up, self.tint.get_untracked()) {
            (true, Some("up-a")) => "up-b",
            (true, _) => "up-a",
            (false, Some("down-a")) => "down-b",
            (false, _) => "down-a",
        };
        self.tint.set(Some(next));
    }
}

fn renew<T: PartialEq + Send + Sync + 'static>(cell: RwSignal<T>, value: T) {
    if cell.with_untracked(|shown| *shown != value) {
        cell.set(value);
    }
}

/// The table's rows and their cells.
#[derive(Debug, Clone, Copy)]
pub struct LivePrices {
    /// The tokens in the table's order, which is the server's: it changes only when the page is read.
    pub tokens: RwSignal<Vec<Token>>,
    cells: StoredValue<HashMap<TokenId, RowCells>>,
    owner: StoredValue<Option<Owner>>,
    /// Whether what waits is to be shown with the next frame.
    is_due: StoredValue<bool>,
}

impl LivePrices {
    /// The rows of a page just read. Owned by the calling component.
    #[must_use]
    pub fn new(rows: Vec<TableRow>) -> Self {
        let mut tokens = Vec::with_capacity(rows.len());
        let mut cells = HashMap::with_capacity(rows.len());
        for row in rows {
            let fresh = RowCells::new(row.price);
            fresh.trend.set(row.trend);
            cells.insert(row.token.id.clone(), fresh);
            tokens.push(row.token);
        }
        Self {
            tokens: RwSignal::new(tokens),
            cells: StoredValue::new(cells),
            owner: StoredValue::new(Owner::current()),
            is_due: StoredValue::new(false),
        }
    }

    /// A token's cells.
    #[must_use]
    pub fn cells(&self, token: &TokenId) -> Option<RowCells> {
        self.cells.with_value(|cells| cells.get(token).copied())
    }

    /// Takes one token's newer state, which is shown with the next frame; whether the token is known here.
    /// So a browser that is too slow for every price shows fewer of them, and stays usable.
    pub fn apply(&self, summary: PriceSummary) -> bool {
        let Some(row) = self.cells(&summary.token) else {
            return false;
        };
        row.wait(summary);
        if !self.is_due.get_value() {
            self.is_due.set_value(true);
            let prices = *self;
            request_animation_frame(move || prices.show_waiting());
        }
        true
    }

    fn show_waiting(self) {
        // The page may be gone by now.
        if self.is_due.try_set_value(false).is_some() {
            return;
        }
        let rows: Vec<RowCells> = self
            .cells
            .with_value(|cells| cells.values().copied().collect());
        rows.iter().for_each(RowCells::show_waiting);
    }

    /// Takes the rows of a page read later: other rows, or the same in another order.
    pub fn load(&self, rows: Vec<TableRow>) {
        let mut tokens = Vec::with_capacity(rows.len());
        for row in rows {
            let id = row.token.id.clone();
            tokens.push(row.token);
            let cells = match self.cells(&id) {
                Some(cells) => {
                    cells.apply(row.price);
                    cells
                }
                None => self.add(id, row.price),
            };
            renew(cells.trend, row.trend);
        }
        renew(self.tokens, tokens);
    }

    fn add(&self, id: TokenId, price: PriceSummary) -> RowCells {
        // The cells live as long as the table, not as long as the event that brought them.
        let fresh = match self.owner.get_value() {
            Some(owner) => owner.with(|| RowCells::new(price)),
            None => RowCells::new(price),
        };
        self.cells.update_value(|cells| {
            cells.insert(id, fresh);
        });
        fresh
    }
}
