//! One batch on its way into the store.
//!
//! The store refuses a batch whole. When it does so for good, the batch is halved until the refused rows
//! stand alone: only they are lost, and the good ones beside them are stored.

use std::sync::Arc;

use parallax::candle::Candle;
use parallax::fact::{QueryUsage, TokenFacts};
use parallax::index::IndexPrice;
use parallax::market::Listing;
use parallax_store::{Store, StoreError, StoredQuote};

use crate::pending::Rows;

/// Rows that can never be stored.
#[derive(Debug, Default)]
pub(super) struct Refused {
    /// How many.
    pub(super) rows: u64,
    /// Why, without repetition.
    pub(super) reasons: Vec<String>,
}

impl Refused {
    fn add(&mut self, error: &StoreError) {
        self.rows = self.rows.saturating_add(1);
        let reason = chain(error);
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }
}

/// Rows of one kind.
#[derive(Clone, Copy)]
enum Part<'a> {
    Listings(&'a [Arc<Listing>]),
    Quotes(&'a [StoredQuote]),
    Candles(&'a [Candle]),
    Prices(&'a [IndexPrice]),
    Facts(&'a [TokenFacts]),
    Usage(&'a [QueryUsage]),
}

impl<'a> Part<'a> {
    /// All rows, in an order in which what is named comes before what names it.
    fn all(rows: &'a Rows) -> [Self; 6] {
        [
            Self::Listings(&rows.listings),
            Self::Quotes(&rows.quotes),
            Self::Candles(&rows.candles),
            Self::Prices(&rows.prices),
            Self::Facts(&rows.facts),
            Self::Usage(&rows.usage),
        ]
    }

    const fn len(self) -> usize {
        match self {
            Self::Listings(rows) => rows.len(),
            Self::Quotes(rows) => rows.len(),
            Self::Candles(rows) => rows.len(),
            Self::Prices(rows) => rows.len(),
            Self::Facts(rows) => rows.len(),
            Self::Usage(rows) => rows.len(),
        }
    }

    fn halves(self) -> [Self; 2] {
        fn split<'a, T>(rows: &'a [T], part: fn(&'a [T]) -> Part<'a>) -> [Part<'a>; 2] {
            let (first, second) = rows.split_at(rows.len() / 2);
            [part(first), part(second)]
        }
        match self {
            Self::Listings(rows) => split(rows, Self::Listings),
            Self::Quotes(rows) => split(rows, Self::Quotes),
            Self::Candles(rows) => split(rows, Self::Candles),
            Self::Prices(rows) => split(rows, Self::Prices),
            Self::Facts(rows) => split(rows, Self::Facts),
            Self::Usage(rows) => split(rows, Self::Usage),
        }
    }

    async fn save(self, store: &dyn Store) -> Result<(), StoreError> {
        match self {
            Self::Listings(rows) => store.save_listings(rows).await,
            Self::Quotes(rows) => save_quotes(store, rows).await,
            Self::Candles(rows) => store.save_candles(rows).await,
            Self::Prices(rows) => store.save_prices(rows).await,
            Self::Facts(rows) => store.save_facts(rows).await,
            Self::Usage(rows) => store.save_usage(rows).await,
        }
    }
}

/// Saves all rows and returns those refused for good. Every save is idempotent: after an error the whole
/// batch is simply saved again.
///
/// # Errors
/// Those of the store that may pass.
#[tracing::instrument(name = "store", level = "debug", skip_all, fields(otel.kind = "client", otel.status_code = tracing::field::Empty))]
pub(super) async fn save(store: &dyn Store, rows: &Rows) -> Result<Refused, StoreError> {
    let mut refused = Refused::default();
    let mut left: Vec<Part<'_>> = Part::all(rows).into_iter().rev().collect();
    while let Some(part) = left.pop() {
        if part.len() == 0 {
            continue;
        }
        match part.save(store).await {
            Ok(()) => {}
            Err(error) if may_pass(&error) => {
                tracing::Span::current().record("otel.status_code", "ERROR");
                return Err(error);
            }
            Err(error) if part.len() == 1 => refused.add(&error),
            Err(_) => {
                let [first, second] = part.halves();
                left.extend([second, first]);
            }
        }
    }
    Ok(refused)
}

/// Whether the rows may be taken later: the store is away, or was closed before this process ended, and
/// the next one will open it.
fn may_pass(error: &StoreError) -> bool {
    error.is_retryable() || matches!(error, StoreError::Closed)
}

/// Saves quotes. A listing whose own save once failed for good is missing for all its quotes: then the
/// listings are handed over again, as the quotes carry them.
async fn save_quotes(store: &dyn Store, quotes: &[StoredQuote]) -> Result<(), StoreError> {
    match store.save_quotes(quotes).await {
        Err(StoreError::UnknownReference { .. }) => {
            let listings: Vec<Arc<Listing>> = quotes
                .iter()
                .map(|quote| Arc::clone(&quote.listing))
                .collect();
            store.save_listings(&listings).await?;
            store.save_quotes(quotes).await
        }
        done => done,
    }
}

/// An error with its causes, on one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
