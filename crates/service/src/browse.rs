//! Everything that is stored, for operators to look through in the admin: read by key, in either direction, and never
//! counted. Unlike the other use cases these tell a database's failure as it is; the admin keeps it off its pages.

use std::sync::Arc;

use parallax::candle::{Bar, Interval, Series, Source};
use parallax::fact::TokenFacts;
use parallax::index::IndexPrice;
use parallax::time::Timestamp;
use parallax::token::{Token, TokenId};
use parallax_store::{DatabaseSize, Order, StoreError, StoredQuote};

use crate::Service;

/// Rows between two moments, from one end on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The first moment.
    pub from: Timestamp,
    /// The first moment that is out.
    pub until: Timestamp,
    /// Whether the newest come first.
    pub newest_first: bool,
    /// At most so many.
    pub limit: u32,
}

impl Service {
    /// Every token of the catalogue, by rank.
    #[must_use]
    pub fn catalogued(&self) -> Vec<Token> {
        self.catalogue().tokens().to_vec()
    }

    /// The newest price of every token that has one, in no order.
    #[must_use]
    pub fn published_prices(&self) -> Vec<Arc<IndexPrice>> {
        let (_, prices) = self.inner.board.prices();
        prices
            .iter()
            .map(|price| Arc::clone(&price.index))
            .collect()
    }

    /// The last stored quote of every market that ever had one, by exchange and the exchange's name of the market.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn stored_quotes(&self) -> Result<Vec<StoredQuote>, StoreError> {
        self.store().latest_quotes().await
    }

    /// The stored prices of a token, without their constituents.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn stored_prices(
        &self,
        token: &TokenId,
        stretch: Stretch,
    ) -> Result<Vec<IndexPrice>, StoreError> {
        let Stretch { from, until, .. } = stretch;
        let order = match stretch.newest_first {
            true => Order::NewestFirst,
            false => Order::OldestFirst,
        };
        let store = self.store().browse();
        store.prices(token, from, until, order, stretch.limit).await
    }

    /// The first and the last moment of which a price of a token is stored.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn span_of_prices(
        &self,
        token: &TokenId,
    ) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
        let end = async |newest_first| {
            let stretch = Stretch {
                from: Timestamp::default(),
                until: Timestamp::default().plus(std::time::Duration::MAX),
                newest_first,
                limit: 1,
            };
            let prices = self.stored_prices(token, stretch).await?;
            Ok::<_, StoreError>(prices.first().map(|price| price.computed_at))
        };
        Ok(end(false).await?.zip(end(true).await?))
    }

    /// The stored price of a token that was computed at exactly this moment, with its constituents.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn stored_price(
        &self,
        token: &TokenId,
        at: Timestamp,
    ) -> Result<Option<IndexPrice>, StoreError> {
        let price = self.store().price_at(token, at).await?;
        Ok(price.filter(|price| price.computed_at == at))
    }

    /// The stored candles of a series.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn stored_candles(
        &self,
        series: &Series,
        stretch: Stretch,
    ) -> Result<Vec<Bar>, StoreError> {
        let Stretch {
            from, until, limit, ..
        } = stretch;
        match stretch.newest_first {
            true => {
                let store = self.store().browse();
                store.newest_candles(series, from, until, limit).await
            }
            false => self.store().candles(series, from, until, limit).await,
        }
    }

    /// The first and the last open time of a series' candles.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn span_of_candles(
        &self,
        series: &Series,
    ) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
        self.store().candle_span(series).await
    }

    /// Whose candles of a length are stored for a token: the index first, then venues by id.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn sources_of_candles(
        &self,
        token: &TokenId,
        interval: Interval,
    ) -> Result<Vec<Source>, StoreError> {
        self.store().candle_sources(token, interval).await
    }

    /// What chains say about all tokens, by token, then venue.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn chain_facts(&self) -> Result<Vec<TokenFacts>, StoreError> {
        self.store().browse().all_facts().await
    }

    /// How much room the database takes.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn database_size(&self) -> Result<DatabaseSize, StoreError> {
        self.store().browse().sizes().await
    }
}
