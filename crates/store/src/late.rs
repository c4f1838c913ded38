//! A database that may not be there yet.
//!
//! Live prices never wait for a database, not even at the start: until it answers, every call fails at
//! once as [unavailable](StoreError::is_retryable), the writer keeps its rows in the spool, and the next
//! calls try again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use parallax::account::{AccountId, Username};
use parallax::audit::{AuditEntry, AuditNote, AuditQuery};
use parallax::candle::{Bar, Candle, Interval, Series, Source};
use parallax::fact::{QueryUsage, TokenFacts};
use parallax::index::IndexPrice;
use parallax::key::{KeyHash, KeyId};
use parallax::market::Listing;
use parallax::time::Timestamp;
use parallax::token::{Token, TokenId};
use parallax::venue::Venue;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::accounts::{AccountChange, AccountStore, KeepSessions, StoredAccount, StoredSession};
use crate::browse::{BrowseStore, DatabaseSize, Order};
use crate::contract::{Backend, Keep, Store, StoredKey, StoredQuote};
use crate::directives::{DirectiveStore, StoredDirective};
use crate::error::StoreError;
use crate::url::DatabaseUrl;

/// The least time between two attempts to open the database.
const ATTEMPT_EVERY: Duration = Duration::from_secs(2);

/// A [`Store`] that opens its database when it can.
pub(crate) struct LateStore {
    url: DatabaseUrl,
    backend: Backend,
    tokens: Vec<Token>,
    venues: Vec<Venue>,
    store: OnceLock<Arc<dyn Store>>,
    is_closed: AtomicBool,
    /// When the last attempt ended. Held by the call that tries; the others do not wait for it.
    attempted_at: Mutex<Option<Instant>>,
}

impl LateStore {
    pub(crate) fn new(
        url: DatabaseUrl,
        backend: Backend,
        tokens: Vec<Token>,
        venues: Vec<Venue>,
    ) -> Self {
        Self {
            url,
            backend,
            tokens,
            venues,
            store: OnceLock::new(),
            is_closed: AtomicBool::new(false),
            attempted_at: Mutex::default(),
        }
    }

    /// The database, opened by this call if it is time to try.
    async fn opened(&self) -> Result<&Arc<dyn Store>, StoreError> {
        if self.is_closed.load(Ordering::Relaxed) {
            return Err(StoreError::Closed);
        }
        if let Some(store) = self.store.get() {
            return Ok(store);
        }
        let Ok(mut attempted_at) = self.attempted_at.try_lock() else {
            return Err(StoreError::NotYetOpen);
        };
        if attempted_at.is_some_and(|at| at.elapsed() < ATTEMPT_EVERY) {
            return Err(StoreError::NotYetOpen);
        }
        let opened = self.open().await;
        *attempted_at = Some(Instant::now());
        let store = opened?;
        Ok(self.store.get_or_init(|| store))
    }

    async fn open(&self) -> Result<Arc<dyn Store>, StoreError> {
        let store = crate::open(&self.url).await?;
        // What everything else refers to.
        store.save_tokens(&self.tokens).await?;
        store.save_venues(&self.venues).await?;
        Ok(store)
    }
}

macro_rules! delegate {
    ($($(#[$doc:meta])* fn $name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        #[async_trait]
        impl Store for LateStore {
            fn backend(&self) -> Backend {
                self.backend
            }

            fn accounts(&self) -> &dyn AccountStore {
                self
            }

            fn directives(&self) -> &dyn DirectiveStore {
                self
            }

            fn browse(&self) -> &dyn BrowseStore {
                self
            }

            $(async fn $name(&self, $($argument: $type),*) -> Result<$answer, StoreError> {
                self.opened().await?.$name($($argument),*).await
            })*

            async fn close(&self) {
                self.is_closed.store(true, Ordering::Relaxed);
                if let Some(store) = self.store.get() {
                    store.close().await;
                }
            }
        }
    };
}

delegate! {
    fn ping() -> ();
    fn save_tokens(tokens: &[Token]) -> ();
    fn tokens() -> Vec<Token>;
    fn save_venues(venues: &[Venue]) -> ();
    fn venues() -> Vec<Venue>;
    fn save_listings(listings: &[Arc<Listing>]) -> ();
    fn listings() -> Vec<Arc<Listing>>;
    fn save_quotes(quotes: &[StoredQuote]) -> ();
    fn latest_quotes() -> Vec<StoredQuote>;
    fn save_prices(prices: &[IndexPrice]) -> ();
    fn latest_prices() -> Vec<IndexPrice>;
    fn price_at(token: &TokenId, at: Timestamp) -> Option<IndexPrice>;
    fn save_candles(candles: &[Candle]) -> ();
    fn candles(series: &Series, from: Timestamp, until: Timestamp, limit: u32) -> Vec<Bar>;
    fn candle_span(series: &Series) -> Option<(Timestamp, Timestamp)>;
    fn candle_sources(token: &TokenId, interval: Interval) -> Vec<Source>;
    fn save_facts(facts: &[TokenFacts]) -> ();
    fn facts(token: &TokenId) -> Vec<TokenFacts>;
    fn save_usage(usage: &[QueryUsage]) -> ();
    fn usage(month: Timestamp) -> Vec<QueryUsage>;
    fn add_key(key: &StoredKey) -> ();
    fn keys() -> Vec<StoredKey>;
    fn revoke_key(id: &KeyId, at: Timestamp) -> bool;
    fn save_key_uses(uses: &[(KeyId, Timestamp)]) -> ();
    fn forget(keep: Keep) -> u64;
}

macro_rules! delegate_accounts {
    ($(fn $name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        #[async_trait]
        impl AccountStore for LateStore {
            $(async fn $name(&self, $($argument: $type),*) -> Result<$answer, StoreError> {
                self.opened().await?.accounts().$name($($argument),*).await
            })*
        }
    };
}

delegate_accounts! {
    fn add_account(account: &StoredAccount, note: &AuditNote) -> ();
    fn accounts() -> Vec<StoredAccount>;
    fn account(id: &AccountId) -> Option<StoredAccount>;
    fn account_named(name: &Username) -> Option<StoredAccount>;
    fn change_account(account: &StoredAccount, note: Option<&AuditNote>) -> AccountChange;
    fn add_session(session: &StoredSession) -> ();
    fn save_session(session: &StoredSession) -> bool;
    fn touch_session(hash: &KeyHash, at: Timestamp) -> ();
    fn session(hash: &KeyHash) -> Option<StoredSession>;
    fn sessions(account: &AccountId) -> Vec<StoredSession>;
    fn end_session(hash: &KeyHash) -> bool;
    fn know_browser(hash: &KeyHash, account: &AccountId, at: Timestamp) -> ();
    fn knows_browser(hash: &KeyHash, account: &AccountId) -> bool;
    fn spend(hash: &KeyHash, until: Timestamp) -> bool;
    fn forget_sessions(keep: KeepSessions) -> ();
    fn add_note(note: &AuditNote) -> ();
    fn audit(query: &AuditQuery) -> Vec<AuditEntry>;
}

#[async_trait]
impl DirectiveStore for LateStore {
    async fn decide(
        &self,
        directive: &StoredDirective,
        note: &AuditNote,
    ) -> Result<bool, StoreError> {
        let store = self.opened().await?;
        store.directives().decide(directive, note).await
    }

    async fn directives(&self, kind: &str) -> Result<Vec<StoredDirective>, StoreError> {
        self.opened().await?.directives().directives(kind).await
    }
}

#[async_trait]
impl BrowseStore for LateStore {
    async fn prices(
        &self,
        token: &TokenId,
        from: Timestamp,
        until: Timestamp,
        order: Order,
        limit: u32,
    ) -> Result<Vec<IndexPrice>, StoreError> {
        let store = self.opened().await?.browse();
        store.prices(token, from, until, order, limit).await
    }

    async fn newest_candles(
        &self,
        series: &Series,
        from: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Bar>, StoreError> {
        let store = self.opened().await?.browse();
        store.newest_candles(series, from, until, limit).await
    }

    async fn all_facts(&self) -> Result<Vec<TokenFacts>, StoreError> {
        self.opened().await?.browse().all_facts().await
    }

    async fn sizes(&self) -> Result<DatabaseSize, StoreError> {
        self.opened().await?.browse().sizes().await
    }
}
