//! A reader's place in the sequence of publications, and what it gets when it asks for more.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parallax::token::TokenId;
use tokio::sync::watch;

use crate::{Board, Event, Fields, PublishedPrice, State};

/// How much of a price a reader wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// What a table shows.
    #[default]
    Summary,
    /// With every constituent.
    Full,
    /// Some members of what a table shows.
    Chosen(Fields),
}

/// Which tokens a reader wants. Connections are for everyone.
#[derive(Debug, Clone, Default)]
pub enum Filter {
    /// All tokens.
    #[default]
    All,
    /// These.
    Tokens(Arc<HashSet<TokenId>>),
}

impl Filter {
    fn admits(&self, event: &Event) -> bool {
        match event {
            Event::Price(price) => self.has(&price.summary.token),
            Event::Connection(_) | Event::Catalogue(_) => true,
        }
    }

    /// Whether the token is wanted.
    #[must_use]
    pub fn has(&self, token: &TokenId) -> bool {
        match self {
            Self::All => true,
            Self::Tokens(tokens) => tokens.contains(token),
        }
    }
}

/// A reader more than this many publications behind gets the latest states instead of each of them.
const EXACT_LIMIT: u64 = 256;

/// What a reader gets.
#[derive(Debug)]
pub struct Batch {
    /// The publications, in order. When `conflated`, only the latest of each token and connection.
    pub events: Vec<Event>,
    /// Whether older states of the same tokens were left out.
    pub conflated: bool,
}

/// A reader. Dropping it ends it.
#[derive(Debug)]
pub struct Subscription {
    board: Arc<Board>,
    cursor: u64,
    filter: Filter,
    head: watch::Receiver<u64>,
    clients: Arc<AtomicU64>,
}

impl Subscription {
    pub(crate) fn new(board: Arc<Board>, after: Option<u64>, filter: Filter) -> Self {
        let head = board.head.subscribe();
        let clients = Arc::clone(&board.clients);
        clients.fetch_add(1, Ordering::Relaxed);
        let cursor = after.unwrap_or_else(|| board.seq());
        Self {
            board,
            cursor,
            filter,
            head,
            clients,
        }
    }

    /// From now on, these publications; the place in the sequence stays.
    pub fn set_filter(&mut self, filter: Filter) {
        self.filter = filter;
    }

    /// The number of the last publication this reader has seen.
    #[must_use]
    pub const fn cursor(&self) -> u64 {
        self.cursor
    }

    /// Goes to the present and returns all wanted prices, in no order.
    pub fn snapshot(&mut self) -> Vec<Arc<PublishedPrice>> {
        let state = self.board.read();
        self.cursor = state.seq;
        match &self.filter {
            Filter::All => state.prices.values().cloned().collect(),
            Filter::Tokens(tokens) => tokens
                .iter()
                .filter_map(|token| state.prices.get(token).cloned())
                .collect(),
        }
    }

    /// Every wanted publication after the cursor, exactly as published, when all are still remembered;
    /// then the cursor is at the present. `None` when some are forgotten, or when the cursor is not this
    /// board's, as after a restart: the reader needs a snapshot.
    pub fn replay(&mut self) -> Option<Vec<Event>> {
        let state = self.board.read();
        if !state.knows(self.cursor) {
            return None;
        }
        let events = state.replay_after(self.cursor)?;
        let events = events
            .filter(|event| self.filter.admits(event))
            .cloned()
            .collect();
        self.cursor = state.seq;
        Some(events)
    }

    /// Whether a reader that knows the state at the cursor misses nothing by going on with
    /// [`Subscription::next`]. When not, as after a restart, it needs a snapshot.
    #[must_use]
    pub fn can_go_on(&self) -> bool {
        self.board.read().knows(self.cursor)
    }

    /// Waits until something wanted is published and returns it. `conflate`: only the latest state of
    /// each token and connection, even if every publication is still remembered.
    ///
    /// `None` when the board is gone. Cancel-safe: nothing is lost when the future is dropped.
    pub async fn next(&mut self, conflate: bool) -> Option<Batch> {
        loop {
            let cursor = self.cursor;
            self.head.wait_for(|&head| head > cursor).await.ok()?;
            let batch = self.take(conflate);
            if !batch.events.is_empty() {
                return Some(batch);
            }
        }
    }

    fn take(&mut self, conflate: bool) -> Batch {
        let state = self.board.read();
        let behind = state.seq.saturating_sub(self.cursor);
        let exact = (!conflate && behind <= EXACT_LIMIT)
            .then(|| exact_after(&state, self.cursor, &self.filter))
            .flatten();
        let conflated = exact.is_none();
        let events = exact.unwrap_or_else(|| {
            let mut events = state.latest_after(self.cursor);
            events.retain(|event| self.filter.admits(event));
            events
        });
        self.cursor = state.seq;
        Batch { events, conflated }
    }
}

fn exact_after(state: &State, cursor: u64, filter: &Filter) -> Option<Vec<Event>> {
    Some(
        state
            .replay_after(cursor)?
            .filter(|event| filter.admits(event))
            .cloned()
            .collect(),
    )
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.clients.fetch_sub(1, Ordering::Relaxed);
    }
}
