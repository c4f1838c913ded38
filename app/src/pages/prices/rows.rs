//! The table's rows, kept live: which of them are written, and when.
//!
//! A row is one element to Leptos, and its content is text (`row.rs`): so a page of a hundred rows is alive at
//! once, and nothing has to be walked through. What changes afterwards is written by `live_row.rs`, cell by cell and
//! only where the text differs. Rows on the screen or close to it are written with the next frames, [`BATCH`] with each;
//! the others, which nobody sees, within [`ROUND`] seconds.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use leptos::prelude::*;
use parallax::stream::PriceSummary;
use parallax::token::{Token, TokenId};
use parallax::view::TableRow;
use wasm_bindgen::JsCast;
use web_sys::{Element, MouseEvent};

use super::live_row::{LiveRow, fade};
use super::row::{Content, Look};
use crate::components::asked_currency;
use crate::dynamic::memo;
use crate::live::{Feed, Money, Nearby, TINT, Watchlist};

/// How far beyond the screen a row counts as close to it.
const MARGIN: &str = "200px 0px";

/// Seconds within which every row is written, seen or not.
const ROUND: usize = 5;

/// Rows written with one frame: a phone must not miss the next one.
const BATCH: usize = 4;

/// The rows of a page. All of it is signals and stored values, so it is `Copy`.
#[derive(Debug, Clone, Copy)]
pub struct Rows {
    /// The tokens in the table's order, which is the server's: it changes only when the page is read.
    pub tokens: RwSignal<Vec<Token>>,
    rows: StoredValue<HashMap<TokenId, LiveRow>>,
    money: Money,
    feed: Feed,
    watchlist: Watchlist,
    asked: Memo<Option<String>>,
    /// The rows that are due, the longest waiting first: on a slow browser each has its turn.
    due: StoredValue<VecDeque<TokenId>>,
    /// Whether the next frame writes rows that are due.
    is_asked: StoredValue<bool>,
}

impl Rows {
    /// The rows of a page just read, in `money`. Owned by the calling component.
    #[must_use]
    pub fn new(rows: Vec<TableRow>, money: Money) -> Self {
        let tokens = rows.iter().map(|row| row.token.clone()).collect();
        let rows = rows
            .into_iter()
            .map(|row| (row.token.id.clone(), LiveRow::new(row)));
        Self {
            tokens: RwSignal::new(tokens),
            rows: StoredValue::new(rows.collect()),
            money,
            feed: expect_context(),
            watchlist: expect_context(),
            asked: asked_currency(),
            due: StoredValue::new(VecDeque::new()),
            is_asked: StoredValue::new(false),
        }
    }

    /// The content of a token's row, for a row that is not in the document yet.
    #[must_use]
    pub fn first(self, token: &Token) -> Option<(&'static str, String)> {
        let look = untrack(|| self.look());
        let content = self.rows.try_update_value(|rows| {
            let row = rows.get_mut(&token.id)?;
            let content = Content::new(&row.price, row.trend.as_deref(), &look);
            row.written = Some(content.clone());
            row.written_price = row.price.price;
            row.is_watched = false;
            Some(content)
        });
        let content = content.flatten()?;
        Some((content.status.as_str(), content.row(token)))
    }

    /// Takes one token's newer state, which is written with the next frames; whether the token is known here.
    /// So a browser that is too slow for every price shows fewer of them, and stays usable.
    pub fn apply(self, price: &PriceSummary) -> bool {
        let is_known = self.rows.try_update_value(|rows| {
            let row = rows.get_mut(&price.token)?;
            row.price = price.clone();
            if row.is_near {
                self.queue(&price.token, row);
            }
            Some(())
        });
        if is_known.flatten().is_none() {
            return false;
        }
        self.write_due_soon();
        true
    }

    /// Takes the rows of a page read later: other rows, or the same in another order.
    pub fn load(self, rows: Vec<TableRow>) {
        let tokens: Vec<Token> = rows.iter().map(|row| row.token.clone()).collect();
        self.rows.update_value(|known| {
            for row in rows {
                match known.get_mut(&row.token.id) {
                    Some(known) => {
                        known.price = row.price;
                        known.trend = row.trend;
                    }
                    None => {
                        known.insert(row.token.id.clone(), LiveRow::new(row));
                    }
                }
            }
        });
        if self.tokens.with_untracked(|shown| *shown != tokens) {
            self.tokens.set(tokens);
        }
        self.write(|_, _| true);
    }

    /// Keeps the rows written for the calling component.
    pub fn follow(self) {
        // Another currency, or what the reader watches: every row, at once.
        let (currency, asked) = (self.money.currency(), self.asked);
        let code = memo(move || currency.read().code.clone());
        let watched = memo(move || self.watchlist.joined());
        Effect::new(move |is_later: Option<()>| {
            code.track();
            asked.track();
            watched.track();
            if is_later.is_some() || !watched.read().is_empty() {
                self.write(|_, _| true);
            }
        });
        // Paused: all rows show the same moment, and stay at it.
        Effect::new(move |_| {
            if self.feed.paused.get() {
                self.write(|_, _| true);
            }
        });
        // A newer rate: what is seen.
        Effect::new(move |is_later: Option<()>| {
            currency.track();
            if is_later.is_some() {
                self.write_soon(|_, row| row.is_near);
            }
        });
        // Time passes: what is seen, and of the others a part in turn.
        Effect::new(move |second: Option<usize>| {
            let second = second.unwrap_or(0);
            if self.feed.clock.get().is_some() {
                self.write_soon(|place, row| row.is_near || place % ROUND == second % ROUND);
            }
            second.wrapping_add(1)
        });
        self.watch();
    }

    /// Learns which rows are near: the table's, and again when the table has other ones.
    fn watch(self) {
        Effect::new(move |is_later: Option<()>| {
            self.tokens.track();
            // Owned by this run of the effect: a new one for other rows, and none on the server.
            let nearby = StoredValue::new_local(None);
            // Once the rows of this change are in the document.
            set_timeout(
                move || {
                    let found = Nearby::watch("tr[data-token]", MARGIN, move |row, is_near| {
                        let token = row.get_attribute("data-token");
                        if let Some(token) = token.and_then(|token| token.parse().ok()) {
                            self.set_near(&token, is_near);
                        }
                    });
                    if found.is_none() {
                        // Without such an observer all are.
                        let near = |rows: &mut HashMap<_, LiveRow>| {
                            rows.values_mut().for_each(|row| row.is_near = true);
                        };
                        self.rows.try_update_value(near);
                    }
                    // Nothing is left to observe for when the page is gone.
                    let is_here = nearby.try_set_value(found).is_none();
                    // New rows begin without the reader's stars.
                    if is_here && is_later.is_some() {
                        self.write(|_, _| true);
                    }
                },
                Duration::ZERO,
            );
        });
    }

    fn set_near(self, token: &TokenId, is_near: bool) {
        let is_known = self.rows.try_update_value(|rows| {
            let row = rows.get_mut(token)?;
            row.is_near = is_near;
            if is_near {
                self.queue(token, row);
            }
            Some(())
        });
        if is_known.flatten().is_some() {
            self.write_due_soon();
        }
    }

    /// Watches the token whose star was clicked, or no longer.
    pub fn click(self, event: &MouseEvent) {
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok());
        let star = target.and_then(|target| target.closest("button.star").ok()?);
        let row = star.and_then(|star| star.closest("tr[data-token]").ok()?);
        if let Some(id) = row.and_then(|row| row.get_attribute("data-token")) {
            self.watchlist.toggle(&id);
        }
    }

    /// Lets the next frames write the rows that are chosen by their place in no order and what they are.
    fn write_soon(self, is_chosen: impl Fn(usize, &LiveRow) -> bool) {
        self.rows.update_value(|rows| {
            for (place, (id, row)) in rows.iter_mut().enumerate() {
                if is_chosen(place, row) {
                    self.queue(id, row);
                }
            }
        });
        self.write_due_soon();
    }

    /// Lets a row wait for its turn, unless it does.
    fn queue(self, id: &TokenId, row: &mut LiveRow) {
        if !row.is_due {
            row.is_due = true;
            self.due.update_value(|due| due.push_back(id.clone()));
        }
    }

    fn write_due_soon(self) {
        if self.is_asked.try_get_value() != Some(false) {
            return;
        }
        self.is_asked.set_value(true);
        request_animation_frame(move || {
            // The page may be gone by now.
            if self.is_asked.try_set_value(false).is_some() {
                return;
            }
            let batch = self.due.try_update_value(|due| {
                let count = due.len().min(BATCH);
                due.drain(..count).collect::<Vec<_>>()
            });
            let batch = batch.unwrap_or_default();
            // What was written meanwhile for another reason is due no longer.
            self.write(|_, row| row.is_due && batch.contains(&row.price.token));
            if self.due.with_value(|due| !due.is_empty()) {
                self.write_due_soon();
            }
        });
    }

    /// Writes what differs of the rows that are chosen by their place in no order and what they are.
    fn write(self, is_chosen: impl Fn(usize, &LiveRow) -> bool) {
        let look = untrack(|| self.look());
        let watchlist = self.watchlist;
        let mut has_tinted = false;
        self.rows.update_value(|rows| {
            for (place, (id, row)) in rows.iter_mut().enumerate() {
                if is_chosen(place, row) {
                    let is_watched = untrack(|| watchlist.has(id.as_str()));
                    has_tinted |= row.write(id, &look, is_watched);
                }
            }
        });
        if has_tinted {
            // One for all that this writing has tinted; gone with the page.
            set_timeout(
                move || {
                    let _ = self
                        .rows
                        .try_update_value(|rows| rows.iter_mut().for_each(fade));
                },
                TINT,
            );
        }
    }

    fn look(self) -> Look {
        Look {
            currency: self.money.currency().get(),
            unit: self.money.unit(),
            asked: self.asked.get(),
            now: self.feed.clock.get(),
            unheard: self.feed.unheard_clock(),
        }
    }
}
