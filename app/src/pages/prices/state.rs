//! What the page of prices shows: its rows and what was asked, kept live and read again when the address
//! changes.

use std::collections::HashSet;

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};
use parallax::stream::PriceSummary;
use parallax::table::TableQuery;
use parallax::token::TokenId;
use parallax::view::TablePage;

use super::rows::Rows;
use crate::calls;
use crate::dynamic::memo;
use crate::live::{Feed, Money, StreamEvent};

/// The stream takes no longer list of tokens; a longer page listens to all of them.
const MOST_NAMED: usize = 100;

/// The page as last read. All of it is signals, so it is `Copy`.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    /// The rows.
    pub rows: Rows,
    /// The currency, with its live rate.
    pub money: Money,
    /// Everything else of the page; its rows are in `rows`.
    pub page: RwSignal<TablePage>,
    /// Whether another page is being read.
    pub loading: RwSignal<bool>,
    /// Why the last read failed; the rows are then still those before it.
    pub failed: RwSignal<Option<String>>,
    turn: StoredValue<u64>,
    /// Whether something appeared during a read that its answer may not have.
    again: StoredValue<bool>,
    strangers: StoredValue<HashSet<TokenId>>,
}

impl Shown {
    /// Shows a page just read. Owned by the calling component.
    #[must_use]
    pub fn new(mut page: TablePage) -> Self {
        let rows = std::mem::take(&mut page.rows);
        let money = Money::new(page.currency.clone());
        Self {
            rows: Rows::new(rows, money),
            money,
            page: RwSignal::new(page),
            loading: RwSignal::new(false),
            failed: RwSignal::new(None),
            turn: StoredValue::new(0),
            again: StoredValue::new(false),
            strangers: StoredValue::new(HashSet::new()),
        }
    }

    /// The answered question with one thing changed, as an address.
    #[must_use]
    pub fn address(self, change: impl FnOnce(&mut TableQuery)) -> String {
        let mut query = self.page.read().query.clone();
        change(&mut query);
        crate::address::with_query("/", &query.to_query())
    }

    /// Reads the page again whenever the address asks for something else.
    pub fn follow_address(self) {
        let asked = asked();
        let path = use_location().pathname;
        Effect::new(move |before: Option<String>| {
            let now = asked.get();
            let has_changed = before.is_some_and(|before| before != now);
            // Leaving for another page changes the address too.
            if has_changed && path.get_untracked() == "/" {
                self.read(now.clone());
            }
            now
        });
    }

    /// Keeps the rows live over one stream, which carries what the page shows and nothing else.
    pub fn follow_stream(self) {
        let feed = expect_context::<Feed>();
        let asked = asked();
        let wanted = memo(move || self.wanted());
        // What the page shows is known: only what has changed since is sent.
        let query = Signal::derive(move || {
            let wanted = wanted.get();
            let after = self.page.with_untracked(|page| page.seq);
            let separator = if wanted.is_empty() { "" } else { "&" };
            format!("{wanted}{separator}after={after}")
        });
        feed.listen_to(query, move |event: StreamEvent<PriceSummary>| match event {
            StreamEvent::Snapshot { prices, .. } => {
                let strangers = prices.into_iter().filter(|price| !self.apply(price));
                if strangers.count() > 0 {
                    self.complete(asked);
                }
            }
            StreamEvent::Price(price) => {
                if !self.apply(&price) {
                    self.complete(asked);
                }
            }
            StreamEvent::Heartbeat { .. } => {
                if self.is_whole() && self.rows.tokens.read_untracked().is_empty() {
                    self.complete(asked);
                }
            }
            StreamEvent::Catalogue => self.complete(asked),
            StreamEvent::Connection(_) | StreamEvent::Lost { .. } => {}
        });
    }

    /// Reads the page again for what it lacks: at once, or once more after the read under way.
    fn complete(self, asked: Memo<String>) {
        if self.loading.get_untracked() {
            self.again.set_value(true);
        } else {
            self.read(asked.get_untracked());
        }
    }

    /// Reads a page; the latest question wins.
    pub fn read(self, query: String) {
        self.again.set_value(false);
        let turn = self.turn.get_value().wrapping_add(1);
        self.turn.set_value(turn);
        self.loading.set(true);
        leptos::task::spawn_local(async move {
            let answer = calls::table_page(query).await;
            // Asked something else since, or the page is gone.
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            self.loading.set(false);
            match answer {
                Ok(page) => {
                    let query = page.query.to_query();
                    self.failed.set(None);
                    self.load(page);
                    if self.again.get_value() {
                        self.again.set_value(false);
                        self.read(query);
                    }
                }
                Err(error) => self.failed.set(Some(error.to_string())),
            }
        });
    }

    fn load(self, mut page: TablePage) {
        let rows = std::mem::take(&mut page.rows);
        self.money.set(page.currency.clone());
        self.rows.load(rows);
        self.page.set(page);
    }

    /// Takes a newer price. False for a token that belongs on this page and has no row yet, the first time
    /// it is seen: it cannot make the page be read again and again.
    fn apply(self, price: &PriceSummary) -> bool {
        self.money.apply(price);
        let id = price.token.clone();
        if self.rows.apply(price) || !self.is_whole() {
            return true;
        }
        let is_new = self
            .strangers
            .try_update_value(|strangers| strangers.insert(id));
        is_new != Some(true)
    }

    /// Whether every token there is has a row on this page.
    fn is_whole(self) -> bool {
        self.page.with_untracked(is_whole)
    }

    /// The tokens to listen to, as the stream's query; empty for all.
    fn wanted(self) -> String {
        if self.page.with(is_whole) {
            return String::new();
        }
        let tokens = self.rows.tokens.read();
        let mut ids: Vec<_> = tokens.iter().map(|token| token.id.to_string()).collect();
        ids.extend(self.money.token().map(|id| id.to_string()));
        // The same set in another order is the same stream.
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() || ids.len() > MOST_NAMED {
            String::new()
        } else {
            format!("tokens={}", ids.join(","))
        }
    }
}

fn is_whole(page: &TablePage) -> bool {
    page.pages == 1 && page.query.search.is_empty() && page.query.ids.is_none()
}

/// What the address asks for, in its one spelling.
pub fn asked() -> Memo<String> {
    let query = use_query_map();
    memo(move || TableQuery::read(|name| query.read().get(name)).to_query())
}
