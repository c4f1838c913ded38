//! The page's own links: each changes one word of the address and keeps the others.

use leptos::prelude::*;
use parallax::token::TokenId;

use super::query::TokenQuery;
use crate::dynamic::{Dynamic, memo, text};

/// What the address says now, and links from there. All of it is signals, so it is `Copy`.
#[derive(Debug, Clone, Copy)]
pub struct Links {
    id: StoredValue<TokenId>,
    query: Memo<TokenQuery>,
    is_alive: RwSignal<bool>,
}

impl Links {
    /// Links of the page of this token. Owned by the calling component.
    #[must_use]
    pub fn new(id: TokenId, query: Memo<TokenQuery>) -> Self {
        let is_alive = RwSignal::new(false);
        // Browser only: effects do not run on the server.
        Effect::new(move |_| is_alive.set(true));
        Self {
            id: StoredValue::new(id),
            query,
            is_alive,
        }
    }

    /// What the address asks for.
    #[must_use]
    pub const fn query(self) -> Memo<TokenQuery> {
        self.query
    }

    /// Something that the address says, told on only when it changes.
    pub fn say<T: PartialEq + Send + Sync + 'static>(self, of: fn(&TokenQuery) -> T) -> Memo<T> {
        memo(move || of(&self.query.read()))
    }

    /// The token.
    #[must_use]
    pub fn id(self) -> TokenId {
        self.id.get_value()
    }

    /// The `href` of a link that changes the words. Until the page is alive it ends with `#place`: a link that
    /// loads the page anew should not lead away from what it changes.
    pub fn to(
        self,
        place: &'static str,
        change: impl Fn(&TokenQuery) -> TokenQuery + Send + 'static,
    ) -> Dynamic<String> {
        text(move || {
            let address = change(&self.query.read()).address(&self.id.get_value());
            if self.is_alive.get() {
                address
            } else {
                format!("{address}#{place}")
            }
        })
    }
}
