//! Rows of what changes all the time: quotes and index prices.

use parallax::by_hand::{PriceOverride, SetPrice};
use parallax::event::Quote;
use parallax::index::{Constituent, IndexPrice, Status};
use serde::Serialize;
use sqlx::FromRow;

use super::{
    ListingRow, read, read_count, read_option, read_time, read_word, storable, text, unreadable,
};
use crate::contract::StoredQuote;
use crate::error::StoreError;

/// A row of `quote`.
#[derive(Debug, Serialize, FromRow)]
pub(crate) struct QuoteRow {
    pub(crate) venue: String,
    pub(crate) symbol: String,
    pub(crate) bid: String,
    pub(crate) ask: String,
    pub(crate) bid_size: Option<String>,
    pub(crate) ask_size: Option<String>,
    pub(crate) received_at: i64,
}

/// A row of `quote` joined with its `listing`.
#[derive(Debug, FromRow)]
pub(crate) struct StoredQuoteRow {
    #[sqlx(flatten)]
    listing: ListingRow,
    bid: String,
    ask: String,
    bid_size: Option<String>,
    ask_size: Option<String>,
    received_at: i64,
}

/// A row of `index_price`. Where a price was set by hand, `price`, `confidence`, `status` and `as_of` are the computed
/// ones, and `by_hand` has what was set: so that the columns say the same of every row.
#[derive(Debug, Serialize, FromRow)]
pub(crate) struct PriceRow {
    pub(crate) token: String,
    pub(crate) computed_at: i64,
    pub(crate) price: Option<String>,
    pub(crate) confidence: Option<String>,
    pub(crate) status: String,
    pub(crate) as_of: Option<i64>,
    pub(crate) method: i64,
    pub(crate) sources: i64,
    pub(crate) sources_known: i64,
    pub(crate) volume_24h_usd: Option<String>,
    /// The constituents' own JSON, in which decimals are strings.
    pub(crate) constituents: String,
    /// A [`SetPrice`] as JSON.
    pub(crate) by_hand: Option<String>,
}

const STATUSES: [Status; 5] = [
    Status::Live,
    Status::Thin,
    Status::Aging,
    Status::Stale,
    Status::NoQuorum,
];

impl TryFrom<&StoredQuote> for QuoteRow {
    type Error = StoreError;

    fn try_from(stored: &StoredQuote) -> Result<Self, StoreError> {
        let quote = &stored.quote;
        Ok(Self {
            venue: stored.listing.venue.to_string(),
            symbol: storable("a listing's symbol", &stored.listing.symbol)?,
            bid: quote.bid.to_string(),
            ask: quote.ask.to_string(),
            bid_size: text(quote.bid_size),
            ask_size: text(quote.ask_size),
            received_at: stored.received_at.unix_ms(),
        })
    }
}

impl TryFrom<StoredQuoteRow> for StoredQuote {
    type Error = StoreError;

    fn try_from(row: StoredQuoteRow) -> Result<Self, StoreError> {
        Ok(Self {
            listing: row.listing.try_into()?,
            quote: Quote {
                bid: read("quote.bid", &row.bid)?,
                ask: read("quote.ask", &row.ask)?,
                bid_size: read_option("quote.bid_size", row.bid_size.as_deref())?,
                ask_size: read_option("quote.ask_size", row.ask_size.as_deref())?,
            },
            received_at: read_time("quote.received_at", row.received_at)?,
        })
    }
}

/// The constituents as JSON.
fn constituents(constituents: &[Constituent]) -> Result<String, StoreError> {
    const FIELD: &str = "a constituent";
    for constituent in constituents {
        storable(FIELD, &constituent.market)?;
        if let Some(exclusion) = &constituent.excluded {
            storable(FIELD, &exclusion.found)?;
            storable(FIELD, &exclusion.allowed)?;
        }
    }
    // Cannot fail: a constituent holds no map and nothing that refuses to be written.
    serde_json::to_string(constituents).map_err(|error| StoreError::Unreadable {
        field: FIELD,
        source: error.into(),
    })
}

/// What was set by hand as JSON.
fn set_by_hand(by_hand: &PriceOverride) -> Result<String, StoreError> {
    const FIELD: &str = "a price set by hand";
    storable(FIELD, &by_hand.reason)?;
    // Cannot fail, as above.
    serde_json::to_string(&by_hand.set()).map_err(|error| StoreError::Unreadable {
        field: FIELD,
        source: error.into(),
    })
}

impl TryFrom<&IndexPrice> for PriceRow {
    type Error = StoreError;

    fn try_from(index: &IndexPrice) -> Result<Self, StoreError> {
        let computed = index.computed_price();
        Ok(Self {
            token: index.token.to_string(),
            computed_at: index.computed_at.unix_ms(),
            price: text(computed.price),
            confidence: text(computed.confidence),
            status: computed.status.as_str().to_owned(),
            as_of: computed.as_of.map(|at| at.unix_ms()),
            method: index.method.into(),
            sources: index.sources.into(),
            sources_known: index.sources_known.into(),
            volume_24h_usd: text(index.volume_24h_usd),
            constituents: constituents(&index.constituents)?,
            by_hand: index.by_hand.as_deref().map(set_by_hand).transpose()?,
        })
    }
}

impl TryFrom<PriceRow> for IndexPrice {
    type Error = StoreError;

    fn try_from(row: PriceRow) -> Result<Self, StoreError> {
        const CONSTITUENTS: &str = "index_price.constituents";
        const BY_HAND: &str = "index_price.by_hand";
        let set: Option<SetPrice> = row
            .by_hand
            .map(|set| serde_json::from_str(&set))
            .transpose()
            .map_err(|error| unreadable(BY_HAND)(error.into()))?;
        let computed = Self {
            token: read("index_price.token", &row.token)?,
            price: read_option("index_price.price", row.price.as_deref())?,
            confidence: read_option("index_price.confidence", row.confidence.as_deref())?,
            status: read_word("index_price.status", &row.status, &STATUSES, |status| {
                status.as_str()
            })?,
            as_of: row
                .as_of
                .map(|at| read_time("index_price.as_of", at))
                .transpose()?,
            computed_at: read_time("index_price.computed_at", row.computed_at)?,
            method: read_count("index_price.method", row.method)?,
            sources: read_count("index_price.sources", row.sources)?,
            sources_known: read_count("index_price.sources_known", row.sources_known)?,
            volume_24h_usd: read_option(
                "index_price.volume_24h_usd",
                row.volume_24h_usd.as_deref(),
            )?,
            constituents: serde_json::from_str(&row.constituents)
                .map_err(|error| unreadable(CONSTITUENTS)(error.into()))?,
            by_hand: None,
        };
        Ok(match set {
            Some(set) => computed.set_by_hand(&set),
            None => computed,
        })
    }
}
