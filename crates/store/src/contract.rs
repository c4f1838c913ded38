//! The [`Store`] trait: what a database must promise so that the rest of the program can rely on it.
//!
//! Numbered cases of `tests/conformance` hold both implementations to it. `crates/worker` and
//! `crates/service` call it as `Arc<dyn Store>` and never learn which database answers, except to say
//! its name on `/status`.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use parallax::candle::{Bar, Candle, Interval, Series, Source};
use parallax::event::Quote;
use parallax::fact::{QueryUsage, TokenFacts};
use parallax::index::IndexPrice;
use parallax::key::{ApiKey, KeyHash, KeyId};
use parallax::market::Listing;
use parallax::time::Timestamp;
use parallax::token::{Token, TokenId};
use parallax::venue::Venue;
use serde::{Deserialize, Serialize};

use crate::accounts::AccountStore;
use crate::browse::BrowseStore;
use crate::directives::DirectiveStore;
use crate::error::StoreError;

/// Which database answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Backend {
    /// The embedded default: one file, one writer.
    Sqlite,
    /// A server.
    Postgres,
}

impl fmt::Display for Backend {
    /// The product's own spelling: `SQLite`, `PostgreSQL`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// The last quote of one market, as it was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredQuote {
    /// The market and its exchange.
    pub listing: Arc<Listing>,
    /// Its top of the book.
    pub quote: Quote,
    /// When this process received it.
    pub received_at: Timestamp,
}

/// An API key with what recognises it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// The key, as everyone may see it.
    pub key: ApiKey,
    /// The hash of its text.
    pub hash: KeyHash,
}

/// The ends of what is kept of each kind of data: what is older may be forgotten. `None` keeps everything.
///
/// A database may keep more: PostgreSQL drops whole partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Keep {
    /// Index prices with their constituents, by the time they were computed.
    pub prices_since: Option<Timestamp>,
    /// One-minute candles, by open time.
    pub minutes_since: Option<Timestamp>,
    /// One-hour candles, by open time.
    pub hours_since: Option<Timestamp>,
    /// One-day candles, by open time.
    pub days_since: Option<Timestamp>,
}

/// Everything Parallax remembers.
///
/// # What every implementation promises
///
/// **Atomicity.** A save call is one transaction: after `Ok` every row of the batch is stored, after an
/// error none is (an error that arrives with the connection's loss may leave the outcome unknown: then
/// repeat the call). Dropping the future before it ends is like an error. [`Store::forget`] alone works in
/// slices.
///
/// **Durability.** After `Ok`, the rows outlive a crash of this process. A SQLite file may lose the last
/// moments, never its consistency, when the machine loses power.
///
/// **Idempotency.** Every save may be repeated, whole or in part, any number of times: the state is that
/// of saving once. A batch may hold the same key several times. Which row stays is stated per method.
///
/// **Concurrency.** All methods may be called at once from many tasks. Writers lock rows in key order
/// and so cannot deadlock. A read sees whole calls, never a part of one.
///
/// **Order of first use.** A listing names its venue and tokens, prices and candles name their token, a
/// quote names its listing: these must have been saved before, or the call fails with
/// [`StoreError::UnknownReference`].
///
/// **Exactness.** Decimals (28 places, 96-bit mantissa), times (whole milliseconds in UTC) and texts come
/// back equal to what was saved. Texts with a NUL character are refused with
/// [`StoreError::Unstorable`], because PostgreSQL cannot hold them; counts above [`i64::MAX`] with
/// [`StoreError::TooLarge`], because neither database can.
///
/// **Bounds.** Batches of any length are split into statements of bounded size. An empty batch does
/// nothing and succeeds. Every call ends within a time limit.
///
/// **Errors.** [`StoreError::is_retryable`] is true when the same call can succeed later: the server is
/// away, too busy, or locked. It is false when the rows themselves are refused, and after
/// [`Store::close`] ([`StoreError::Closed`]). No error contains a password.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Which database answers.
    fn backend(&self) -> Backend;

    /// The part about accounts, sessions and the audit log.
    fn accounts(&self) -> &dyn AccountStore;

    /// The part about what operators decided.
    fn directives(&self) -> &dyn DirectiveStore;

    /// The part about looking through what is stored.
    fn browse(&self) -> &dyn BrowseStore;

    /// Asks the database for a sign of life.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Saves tokens with their contracts, by id. The last row of an id wins; its contracts replace all
    /// earlier ones of that token.
    ///
    /// # Errors
    /// [`StoreError::ContractTaken`] when two tokens claim one contract, or one lists it twice.
    async fn save_tokens(&self, tokens: &[Token]) -> Result<(), StoreError>;

    /// All tokens with their contracts in the saved order, by rank, then id.
    async fn tokens(&self) -> Result<Vec<Token>, StoreError>;

    /// Saves venues, by id. The last row of an id wins.
    async fn save_venues(&self, venues: &[Venue]) -> Result<(), StoreError>;

    /// All venues, by id.
    async fn venues(&self) -> Result<Vec<Venue>, StoreError>;

    /// Saves listings, by venue and the venue's symbol. The last row of a key wins.
    ///
    /// # Errors
    /// [`StoreError::UnknownReference`] for a venue or a token that was not saved. An
    /// [unlisted](parallax::market::Asset::Unlisted) asset needs no token.
    async fn save_listings(&self, listings: &[Arc<Listing>]) -> Result<(), StoreError>;

    /// All listings, by venue, then symbol.
    async fn listings(&self) -> Result<Vec<Arc<Listing>>, StoreError>;

    /// Saves the last quote of each market, by the listing's venue and symbol. The quote received last
    /// wins, whatever the order of calls; of two received in the same millisecond, the one saved last.
    ///
    /// # Errors
    /// [`StoreError::UnknownReference`] for a listing that was not saved.
    async fn save_quotes(&self, quotes: &[StoredQuote]) -> Result<(), StoreError>;

    /// The last quote of every market that has one, by venue, then symbol, each with its listing as
    /// saved last.
    async fn latest_quotes(&self) -> Result<Vec<StoredQuote>, StoreError>;

    /// Adds index prices with their constituents to the history, by token and
    /// [`IndexPrice::computed_at`]. The last row of a key wins. One that was set by hand comes back saying so.
    ///
    /// # Errors
    /// [`StoreError::UnknownReference`] for a token that was not saved; [`StoreError::Constraint`] when
    /// there is a price with status `no_quorum` or none with another.
    async fn save_prices(&self, prices: &[IndexPrice]) -> Result<(), StoreError>;

    /// The newest price of every token that has one, with its constituents in the saved order, by token.
    /// Kept whatever [`Store::forget`] forgets.
    async fn latest_prices(&self) -> Result<Vec<IndexPrice>, StoreError>;

    /// The newest price of `token` computed at `at` or before, with its constituents in the saved order.
    /// `None` for an unknown token, and when nothing that old is kept.
    async fn price_at(
        &self,
        token: &TokenId,
        at: Timestamp,
    ) -> Result<Option<IndexPrice>, StoreError>;

    /// Saves candles, by series and open time. Of two rows with one key the one with more
    /// [`Bar::minutes`] stays; of two with as many, the one with the higher [`Bar::revision`]; of two with
    /// the same revision, the one saved last. So a bar that saw more is never replaced by one that saw
    /// less, in whatever order they arrive.
    ///
    /// # Errors
    /// [`StoreError::UnknownReference`] for a token that was not saved.
    async fn save_candles(&self, candles: &[Candle]) -> Result<(), StoreError>;

    /// The bars of `series` whose open time lies in `from <= open_time < until`, oldest first, and of
    /// these the first `limit`. Nothing for an unknown series.
    async fn candles(
        &self,
        series: &Series,
        from: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Bar>, StoreError>;

    /// The first and the last open time held of `series`; `None` when nothing is.
    async fn candle_span(
        &self,
        series: &Series,
    ) -> Result<Option<(Timestamp, Timestamp)>, StoreError>;

    /// Whose candles of that length are held for `token`: the index first, then venues by id.
    async fn candle_sources(
        &self,
        token: &TokenId,
        interval: Interval,
    ) -> Result<Vec<Source>, StoreError>;

    /// Saves what venues say about tokens, by token and venue. The row observed last wins.
    ///
    /// # Errors
    /// [`StoreError::UnknownReference`] for a token or a venue that was not saved.
    async fn save_facts(&self, facts: &[TokenFacts]) -> Result<(), StoreError>;

    /// What venues say about `token`, by venue.
    async fn facts(&self, token: &TokenId) -> Result<Vec<TokenFacts>, StoreError>;

    /// Saves how much venues were asked, by venue and month. The higher count wins.
    ///
    /// # Errors
    /// [`StoreError::UnknownReference`] for a venue that was not saved.
    async fn save_usage(&self, usage: &[QueryUsage]) -> Result<(), StoreError>;

    /// How much venues were asked in the month that begins at `month`, by venue.
    async fn usage(&self, month: Timestamp) -> Result<Vec<QueryUsage>, StoreError>;

    /// Adds a new API key. The one save that must not be repeated: after an error with an unknown outcome,
    /// make another key.
    ///
    /// # Errors
    /// [`StoreError::Constraint`] when its id or its hash is there already.
    async fn add_key(&self, key: &StoredKey) -> Result<(), StoreError>;

    /// All API keys, the ended ones too, by the time they were made, then id.
    async fn keys(&self) -> Result<Vec<StoredKey>, StoreError>;

    /// Revokes a key from `at` on, and says whether this call did: `false` for an unknown id and for a key
    /// that was revoked before, whose time stays.
    async fn revoke_key(&self, id: &KeyId, at: Timestamp) -> Result<bool, StoreError>;

    /// Saves when keys were last used. The latest use of a key wins; an unknown id is passed over, because
    /// a key may be deleted by hand while it is in use.
    async fn save_key_uses(&self, uses: &[(KeyId, Timestamp)]) -> Result<(), StoreError>;

    /// Forgets what is older than `keep` says, and returns how many rows (PostgreSQL: partitions) that
    /// were. Works in slices, so that writers need not wait: after an error a part is gone, and the next
    /// call goes on.
    async fn forget(&self, keep: Keep) -> Result<u64, StoreError>;

    /// Ends all connections after the calls under way, within a time limit. Later calls fail with
    /// [`StoreError::Closed`]; closing again does nothing.
    async fn close(&self);
}
