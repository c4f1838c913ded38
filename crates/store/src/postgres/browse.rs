//! The [`BrowseStore`] calls on PostgreSQL, with the statement of prices.

use async_trait::async_trait;
use parallax::candle::{Bar, Series};
use parallax::fact::TokenFacts;
use parallax::index::IndexPrice;
use parallax::time::Timestamp;
use parallax::token::TokenId;
use sqlx::query_as;

use super::bars::Time;
use super::{PostgresStore, statements};
use crate::browse::{BrowseStore, DatabaseSize, Order};
use crate::error::StoreError;
use crate::rows::{FactRow, PriceRow};

/// What is read of a price where its constituents are not wanted.
macro_rules! select_bare_prices {
    ($order:literal) => {
        concat!(
            "
    select
        token,
        (extract(epoch from computed_at) * 1000)::bigint as computed_at,
        price::text as price,
        confidence::text as confidence,
        status,
        (extract(epoch from as_of) * 1000)::bigint as as_of,
        method,
        sources,
        sources_known,
        volume_24h_usd::text as volume_24h_usd,
        '[]' as constituents,
        by_hand::text as by_hand
    from index_price
    where index_price.token = $1
        and index_price.computed_at >= $2
        and index_price.computed_at < $3
    order by index_price.computed_at ",
            $order,
            "
    limit $4"
        )
    };
}

const PRICES: &str = select_bare_prices!("asc");
const NEWEST_PRICES: &str = select_bare_prices!("desc");

#[async_trait]
impl BrowseStore for PostgresStore {
    async fn prices(
        &self,
        token: &TokenId,
        from: Timestamp,
        until: Timestamp,
        order: Order,
        limit: u32,
    ) -> Result<Vec<IndexPrice>, StoreError> {
        let statement = match order {
            Order::OldestFirst => PRICES,
            Order::NewestFirst => NEWEST_PRICES,
        };
        let read = query_as(statement)
            .bind(token.to_string())
            .bind(Time::from(from))
            .bind(Time::from(until))
            .bind(i64::from(limit));
        self.read::<PriceRow, _>("read prices", read).await
    }

    async fn newest_candles(
        &self,
        series: &Series,
        from: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Bar>, StoreError> {
        let statement = statements::newest_candles(series.interval);
        self.bars(statement, series, from, until, limit).await
    }

    async fn all_facts(&self) -> Result<Vec<TokenFacts>, StoreError> {
        let read = query_as(statements::FACTS).bind(None::<String>);
        self.read::<FactRow, _>("read facts", read).await
    }

    async fn sizes(&self) -> Result<DatabaseSize, StoreError> {
        self.measure().await
    }
}
