//! The [`BrowseStore`] trait: what a database promises to those who look through what is stored.
//!
//! A part of [`Store`](crate::Store) with a name of its own, reached by [`Store::browse`](crate::Store::browse):
//! `crates/service` alone calls it, for the admin. The promises of [`Store`](crate::Store) about bounds and errors hold
//! here too. Cases 130 to 139 of `tests/conformance` hold both databases to it.

use async_trait::async_trait;
use parallax::candle::{Bar, Series};
use parallax::fact::TokenFacts;
use parallax::index::IndexPrice;
use parallax::time::Timestamp;
use parallax::token::TokenId;

use crate::error::StoreError;

/// In which order rows are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By time, the earliest first.
    OldestFirst,
    /// By time, the latest first.
    NewestFirst,
}

/// How much room the database takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseSize {
    /// Bytes of all of it.
    pub size_bytes: u64,
    /// The tables, by name.
    pub tables: Vec<TableSize>,
}

/// How much room a table takes, with its indexes and partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSize {
    /// Its name.
    pub name: String,
    /// Bytes; `None` when finding out would cost too much.
    pub size_bytes: Option<u64>,
    /// Rows, about; `None` when that is not known without counting.
    pub rows: Option<u64>,
}

/// Looking through what is stored: each read is by key and bounded, and nothing is counted.
#[async_trait]
pub trait BrowseStore: Send + Sync {
    /// The prices of `token` computed in `from <= computed_at < until`, of these the first `limit` in that order, and
    /// without their constituents, which [`Store::price_at`](crate::Store::price_at) has. Nothing for an unknown token.
    async fn prices(
        &self,
        token: &TokenId,
        from: Timestamp,
        until: Timestamp,
        order: Order,
        limit: u32,
    ) -> Result<Vec<IndexPrice>, StoreError>;

    /// The bars of `series` that open in `from <= open_time < until`, newest first, and of these the first `limit`.
    async fn newest_candles(
        &self,
        series: &Series,
        from: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Bar>, StoreError>;

    /// What venues say about all tokens, by token, then venue.
    async fn all_facts(&self) -> Result<Vec<TokenFacts>, StoreError>;

    /// How much room the tables take, by name. Costs little, however much there is: what would have to be read
    /// through to be known is not said.
    async fn sizes(&self) -> Result<DatabaseSize, StoreError>;
}
