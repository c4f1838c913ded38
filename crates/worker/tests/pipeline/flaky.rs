//! A store that can be away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use parallax::candle::{Bar, Candle, Interval, Series, Source};
use parallax::fact::{QueryUsage, TokenFacts};
use parallax::index::IndexPrice;
use parallax::key::KeyId;
use parallax::market::Listing;
use parallax::time::Timestamp;
use parallax::token::{Token, TokenId};
use parallax::venue::Venue;
use parallax_store::{
    AccountStore, Backend, BrowseStore, DirectiveStore, Keep, Store, StoreError, StoredKey,
    StoredQuote,
};

/// A store that can be away.
pub(crate) struct Flaky {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) away: AtomicBool,
}

impl Flaky {
    fn reached(&self) -> Result<(), StoreError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(StoreError::TimedOut {
                doing: "a test",
                limit: Duration::from_secs(1),
            });
        }
        Ok(())
    }
}

#[async_trait]
impl Store for Flaky {
    fn backend(&self) -> Backend {
        self.store.backend()
    }
    fn accounts(&self) -> &dyn AccountStore {
        self.store.accounts()
    }
    fn directives(&self) -> &dyn DirectiveStore {
        self.store.directives()
    }
    fn browse(&self) -> &dyn BrowseStore {
        self.store.browse()
    }
    async fn ping(&self) -> Result<(), StoreError> {
        self.reached()
    }
    async fn save_tokens(&self, tokens: &[Token]) -> Result<(), StoreError> {
        self.store.save_tokens(tokens).await
    }
    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        self.store.tokens().await
    }
    async fn save_venues(&self, venues: &[Venue]) -> Result<(), StoreError> {
        self.store.save_venues(venues).await
    }
    async fn venues(&self) -> Result<Vec<Venue>, StoreError> {
        self.store.venues().await
    }
    async fn save_listings(&self, listings: &[Arc<Listing>]) -> Result<(), StoreError> {
        self.reached()?;
        self.store.save_listings(listings).await
    }
    async fn listings(&self) -> Result<Vec<Arc<Listing>>, StoreError> {
        self.store.listings().await
    }
    async fn save_quotes(&self, quotes: &[StoredQuote]) -> Result<(), StoreError> {
        self.reached()?;
        self.store.save_quotes(quotes).await
    }
    async fn latest_quotes(&self) -> Result<Vec<StoredQuote>, StoreError> {
        self.store.latest_quotes().await
    }
    async fn save_prices(&self, prices: &[IndexPrice]) -> Result<(), StoreError> {
        self.reached()?;
        self.store.save_prices(prices).await
    }
    async fn latest_prices(&self) -> Result<Vec<IndexPrice>, StoreError> {
        self.store.latest_prices().await
    }
    async fn price_at(
        &self,
        token: &TokenId,
        at: Timestamp,
    ) -> Result<Option<IndexPrice>, StoreError> {
        self.store.price_at(token, at).await
    }
    async fn save_candles(&self, candles: &[Candle]) -> Result<(), StoreError> {
        self.reached()?;
        self.store.save_candles(candles).await
    }
    async fn candles(
        &self,
        series: &Series,
        from: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Bar>, StoreError> {
        self.store.candles(series, from, until, limit).await
    }
    async fn candle_span(
        &self,
        series: &Series,
    ) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
        self.store.candle_span(series).await
    }
    async fn candle_sources(
        &self,
        token: &TokenId,
        interval: Interval,
    ) -> Result<Vec<Source>, StoreError> {
        self.store.candle_sources(token, interval).await
    }
    async fn save_facts(&self, facts: &[TokenFacts]) -> Result<(), StoreError> {
        self.reached()?;
        self.store.save_facts(facts).await
    }
    async fn facts(&self, token: &TokenId) -> Result<Vec<TokenFacts>, StoreError> {
        self.store.facts(token).await
    }
    async fn save_usage(&self, usage: &[QueryUsage]) -> Result<(), StoreError> {
        self.reached()?;
        self.store.save_usage(usage).await
    }
    async fn usage(&self, month: Timestamp) -> Result<Vec<QueryUsage>, StoreError> {
        self.store.usage(month).await
    }
    async fn add_key(&self, key: &StoredKey) -> Result<(), StoreError> {
        self.store.add_key(key).await
    }
    async fn keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        self.store.keys().await
    }
    async fn revoke_key(&self, id: &KeyId, at: Timestamp) -> Result<bool, StoreError> {
        self.store.revoke_key(id, at).await
    }
    async fn save_key_uses(&self, uses: &[(KeyId, Timestamp)]) -> Result<(), StoreError> {
        self.store.save_key_uses(uses).await
    }
    async fn forget(&self, keep: Keep) -> Result<u64, StoreError> {
        self.store.forget(keep).await
    }
    async fn close(&self) {
        self.store.close().await;
    }
}
