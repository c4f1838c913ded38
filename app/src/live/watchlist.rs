//! The reader's watchlist: ids of tokens, kept in the browser's storage and nowhere else.

use leptos::prelude::*;

use super::preferences::{remember, stored};

/// The key in storage; its value is the ids, separated by commas.
const KEY: &str = "watchlist";

/// More cannot be watched: an address must be able to hold them.
const MOST: usize = 200;

/// The watched ids as a signal, shared through the context.
#[derive(Debug, Clone, Copy)]
pub struct Watchlist {
    ids: RwSignal<Vec<String>>,
}

impl Watchlist {
    /// Empty, which is also what the server renders.
    #[must_use]
    pub fn new() -> Self {
        Self {
            ids: RwSignal::new(Vec::new()),
        }
    }

    /// Reads what the browser remembers, and follows what other tabs change. Call once, from an effect.
    pub fn start(self) {
        let read = move || self.ids.set(parse(&stored(KEY).unwrap_or_default()));
        read();
        let handle =
            leptos::leptos_dom::helpers::window_event_listener_untyped("storage", move |_| read());
        on_cleanup(move || handle.remove());
    }

    /// Whether a token is watched.
    #[must_use]
    pub fn has(self, id: &str) -> bool {
        self.ids.read().iter().any(|watched| watched == id)
    }

    /// How many tokens are watched.
    #[must_use]
    pub fn len(self) -> usize {
        self.ids.read().len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The ids in the order in which they were added, separated by commas.
    #[must_use]
    pub fn joined(self) -> String {
        self.ids.read().join(",")
    }

    /// Watches a token, or no longer. In the browser only.
    pub fn toggle(self, id: &str) {
        self.ids.update(|ids| toggle(ids, id));
        remember(KEY, &self.ids.read_untracked().join(","));
    }
}

impl Default for Watchlist {
    fn default() -> Self {
        Self::new()
    }
}

fn parse(text: &str) -> Vec<String> {
    let ids = text.split(',').map(str::trim).filter(|id| !id.is_empty());
    ids.take(MOST).map(ToOwned::to_owned).collect()
}

fn toggle(ids: &mut Vec<String>, id: &str) {
    match ids.iter().position(|watched| watched == id) {
        Some(place) => {
            ids.remove(place);
        }
        None if ids.len() < MOST => ids.push(id.to_owned()),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_watched_once_and_no_longer_after_the_second_time() {
        let mut ids = parse("bitcoin, ethereum,,");
        toggle(&mut ids, "solana");
        assert_eq!(ids, ["bitcoin", "ethereum", "solana"]);
        toggle(&mut ids, "ethereum");
        assert_eq!(ids, ["bitcoin", "solana"]);
    }

    #[test]
    fn a_full_watchlist_takes_no_more() {
        let mut ids: Vec<_> = (0..MOST).map(|number| number.to_string()).collect();
        toggle(&mut ids, "bitcoin");
        assert_eq!(ids.len(), MOST);
    }
}
