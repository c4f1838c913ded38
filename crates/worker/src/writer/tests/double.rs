//! A store that does as it is told and remembers what it was given.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
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
    AccountStore, Backend, BrowseStore, DirectiveStore, Keep, Reference, Store, StoreError,
    StoredKey, StoredQuote,
};
use tokio::sync::watch;

/// How the store answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Well,
    /// Every call fails at once and may be repeated.
    Away,
    /// No call ends.
    Silent,
    Closed,
}

/// What it holds.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// The open times of candles in the order in which they were first saved, in minutes.
    pub(super) first_saved: Vec<i64>,
    pub(super) candles: BTreeMap<Timestamp, Candle>,
    pub(super) listings: BTreeSet<String>,
    pub(super) quotes: BTreeSet<String>,
    pub(super) others: usize,
    pub(super) keeps: Vec<Keep>,
}

#[derive(Debug)]
pub(super) struct Double {
    mode: watch::Sender<Mode>,
    pub(super) held: Mutex<Held>,
    /// Candles that open in one of these minutes are refused for good.
    pub(super) refused_minutes: Vec<i64>,
}

impl Double {
    pub(super) fn new(mode: Mode) -> Arc<Self> {
        Self::refusing(mode, &[])
    }

    pub(super) fn refusing(mode: Mode, minutes: &[i64]) -> Arc<Self> {
        Arc::new(Self {
            mode: watch::Sender::new(mode),
            held: Mutex::default(),
            refused_minutes: minutes.to_vec(),
        })
    }

    pub(super) fn be(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    pub(super) fn minutes(&self) -> Vec<i64> {
        self.held.lock().unwrap().first_saved.clone()
    }

    /// Answers as the mode says. Silence ends with the mode.
    async fn answer(&self) -> Result<(), StoreError> {
        let mut mode = self.mode.subscribe();
        let heard = mode.wait_for(|mode| *mode != Mode::Silent).await;
        match *heard.unwrap() {
            Mode::Away => Err(StoreError::TimedOut {
                doing: "do as the test says",
                limit: Duration::from_secs(1),
            }),
            Mode::Closed => Err(StoreError::Closed),
            Mode::Well | Mode::Silent => Ok(()),
        }
    }
}

fn unknown(kind: Reference) -> StoreError {
    StoreError::UnknownReference {
        doing: "save rows",
        kind,
        source: None,
    }
}

fn name(listing: &Listing) -> String {
    format!("{} {}", listing.venue, listing.symbol)
}

#[async_trait]
impl Store for Double {
    fn backend(&self) -> Backend {
        Backend::Postgres
    }
    fn accounts(&self) -> &dyn AccountStore {
        unreachable!("the writer has nothing to do with accounts")
    }
    fn directives(&self) -> &dyn DirectiveStore {
        unreachable!("the writer has nothing to do with directives")
    }
    fn browse(&self) -> &dyn BrowseStore {
        unreachable!("the writer looks nothing up")
    }
    async fn ping(&self) -> Result<(), StoreError> {
        self.answer().await
    }
    async fn save_tokens(&self, _: &[Token]) -> Result<(), StoreError> {
        self.answer().await
    }
    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        Ok(Vec::new())
    }
    async fn save_venues(&self, _: &[Venue]) -> Result<(), StoreError> {
        self.answer().await
    }
    async fn venues(&self) -> Result<Vec<Venue>, StoreError> {
        Ok(Vec::new())
    }
    async fn save_listings(&self, listings: &[Arc<Listing>]) -> Result<(), StoreError> {
        self.answer().await?;
        let names = listings.iter().map(|listing| name(listing));
        self.held.lock().unwrap().listings.extend(names);
        Ok(())
    }
    async fn listings(&self) -> Result<Vec<Arc<Listing>>, StoreError> {
        Ok(Vec::new())
    }
    async fn save_quotes(&self, quotes: &[StoredQuote]) -> Result<(), StoreError> {
        self.answer().await?;
        let mut held = self.held.lock().unwrap();
        let names: Vec<_> = quotes.iter().map(|quote| name(&quote.listing)).collect();
        if names.iter().any(|name| !held.listings.contains(name)) {
            return Err(unknown(Reference::Listing));
        }
        held.quotes.extend(names);
        Ok(())
    }
    async fn latest_quotes(&self) -> Result<Vec<StoredQuote>, StoreError> {
        Ok(Vec::new())
    }
    async fn save_prices(&self, prices: &[IndexPrice]) -> Result<(), StoreError> {
        self.answer().await?;
        self.held.lock().unwrap().others += prices.len();
        Ok(())
    }
    async fn latest_prices(&self) -> Result<Vec<IndexPrice>, StoreError> {
        Ok(Vec::new())
    }
    async fn price_at(&self, _: &TokenId, _: Timestamp) -> Result<Option<IndexPrice>, StoreError> {
        Ok(None)
    }
    async fn save_candles(&self, candles: &[Candle]) -> Result<(), StoreError> {
        self.answer().await?;
        let minute = |candle: &Candle| candle.bar.open_time.unix_ms() / 60_000;
        let refused = |candle: &Candle| self.refused_minutes.contains(&minute(candle));
        if candles.iter().any(refused) {
            return Err(unknown(Reference::Token));
        }
        let mut held = self.held.lock().unwrap();
        for candle in candles {
            if held
                .candles
                .insert(candle.bar.open_time, candle.clone())
                .is_none()
            {
                held.first_saved.push(minute(candle));
            }
        }
        Ok(())
    }
    async fn candles(
        &self,
        _: &Series,
        _: Timestamp,
        _: Timestamp,
        _: u32,
    ) -> Result<Vec<Bar>, StoreError> {
        Ok(Vec::new())
    }
    async fn candle_span(&self, _: &Series) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
        Ok(None)
    }
    async fn candle_sources(&self, _: &TokenId, _: Interval) -> Result<Vec<Source>, StoreError> {
        Ok(Vec::new())
    }
    async fn save_facts(&self, facts: &[TokenFacts]) -> Result<(), StoreError> {
        self.answer().await?;
        self.held.lock().unwrap().others += facts.len();
        Ok(())
    }
    async fn facts(&self, _: &TokenId) -> Result<Vec<TokenFacts>, StoreError> {
        Ok(Vec::new())
    }
    async fn save_usage(&self, usage: &[QueryUsage]) -> Result<(), StoreError> {
        self.answer().await?;
        self.held.lock().unwrap().others += usage.len();
        Ok(())
    }
    async fn usage(&self, _: Timestamp) -> Result<Vec<QueryUsage>, StoreError> {
        Ok(Vec::new())
    }
    async fn add_key(&self, _: &StoredKey) -> Result<(), StoreError> {
        self.answer().await
    }
    async fn keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        Ok(Vec::new())
    }
    async fn revoke_key(&self, _: &KeyId, _: Timestamp) -> Result<bool, StoreError> {
        Ok(false)
    }
    async fn save_key_uses(&self, _: &[(KeyId, Timestamp)]) -> Result<(), StoreError> {
        self.answer().await
    }
    async fn forget(&self, keep: Keep) -> Result<u64, StoreError> {
        self.answer().await?;
        self.held.lock().unwrap().keeps.push(keep);
        Ok(0)
    }
    async fn close(&self) {}
}
