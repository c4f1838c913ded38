//! The [`Store`] calls on PostgreSQL.

use std::sync::Arc;

use async_trait::async_trait;
use parallax::candle::{Bar, Candle, Interval, Series, Source};
use parallax::fact::{QueryUsage, TokenFacts};
use parallax::index::IndexPrice;
use parallax::key::KeyId;
use parallax::market::Listing;
use parallax::time::Timestamp;
use parallax::token::{Token, TokenId};
use parallax::venue::Venue;
use sqlx::{query, query_as};
use tokio::time::timeout;

use super::bars::Time;
use super::history::{HistoryBatch, HistoryRows};
use super::partitions::{Parent, Partition};
use super::{CLOSE_LIMIT, PostgresStore, columns, statements};
use crate::accounts::AccountStore;
use crate::batch;
use crate::browse::BrowseStore;
use crate::contract::{Backend, Keep, Store, StoredKey, StoredQuote};
use crate::directives::DirectiveStore;
use crate::error::{Reference, StoreError};
use crate::rows::{
    self, CandleRow, FactRow, KeyRow, ListingRow, PriceRow, SourceRow, SpanRow, StoredQuoteRow,
    UsageRow, VenueRow,
};

#[async_trait]
impl Store for PostgresStore {
    fn backend(&self) -> Backend {
        Backend::Postgres
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

    async fn ping(&self) -> Result<(), StoreError> {
        self.execute("answer", query(statements::PING))
            .await
            .map(drop)
    }

    async fn save_tokens(&self, tokens: &[Token]) -> Result<(), StoreError> {
        let (tokens, contracts) = batch::tokens(tokens)?;
        if tokens.is_empty() {
            return Ok(());
        }
        // Contracts move between tokens, so no order of rows is safe here: one catalogue at a time.
        let mut steps = vec![query(statements::LOCK_CONTRACTS)];
        steps.extend(columns::tokens(&tokens));
        steps.extend(columns::forgotten_contracts(&tokens));
        steps.extend(columns::contracts(&contracts));
        self.write("save tokens", Reference::Token, steps).await
    }

    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        rows::tokens(
            self.fetch("read tokens", query_as(statements::TOKENS))
                .await?,
        )
    }

    async fn save_venues(&self, venues: &[Venue]) -> Result<(), StoreError> {
        let steps = columns::venues(&batch::venues(venues)?);
        self.write("save venues", Reference::Venue, steps).await
    }

    async fn venues(&self) -> Result<Vec<Venue>, StoreError> {
        self.read::<VenueRow, _>("read venues", query_as(statements::VENUES))
            .await
    }

    async fn save_listings(&self, listings: &[Arc<Listing>]) -> Result<(), StoreError> {
        let steps = columns::listings(&batch::listings(listings)?);
        self.write("save listings", Reference::Token, steps).await
    }

    async fn listings(&self) -> Result<Vec<Arc<Listing>>, StoreError> {
        self.read::<ListingRow, _>("read listings", query_as(statements::LISTINGS))
            .await
    }

    async fn save_quotes(&self, quotes: &[StoredQuote]) -> Result<(), StoreError> {
        let steps = columns::quotes(&batch::quotes(quotes)?);
        self.write("save quotes", Reference::Listing, steps).await
    }

    async fn latest_quotes(&self) -> Result<Vec<StoredQuote>, StoreError> {
        self.read::<StoredQuoteRow, _>("read quotes", query_as(statements::LATEST_QUOTES))
            .await
    }

    async fn save_prices(&self, prices: &[IndexPrice]) -> Result<(), StoreError> {
        let rows = batch::prices(prices)?;
        if rows.is_empty() {
            return Ok(());
        }
        let times = prices.iter().map(|row| (Parent::Prices, row.computed_at));
        self.write_history(HistoryBatch {
            doing: "save prices",
            tokens: batch::named(rows.iter().map(|row| row.token.as_str())),
            partitions: Partition::all(times),
            rows: HistoryRows::Prices(rows),
        })
        .await
    }

    async fn latest_prices(&self) -> Result<Vec<IndexPrice>, StoreError> {
        self.read::<PriceRow, _>("read prices", query_as(statements::LATEST_PRICES))
            .await
    }

    async fn price_at(
        &self,
        token: &TokenId,
        at: Timestamp,
    ) -> Result<Option<IndexPrice>, StoreError> {
        const DOING: &str = "read a price";
        let read = |statement| {
            let statement = query_as(statement)
                .bind(token.to_string())
                .bind(Time::from(at));
            self.read::<PriceRow, _>(DOING, statement)
        };
        // The newest of all is no newer: then it is the one. Otherwise the history knows.
        match read(statements::LATEST_PRICE_AT).await?.pop() {
            Some(price) => Ok(Some(price)),
            None => Ok(read(statements::PRICE_AT).await?.pop()),
        }
    }

    async fn save_candles(&self, candles: &[Candle]) -> Result<(), StoreError> {
        let candles = batch::candles(candles);
        if candles.is_empty() {
            return Ok(());
        }
        let rows = candles.iter().map(|&candle| candle.try_into());
        let rows: Vec<CandleRow<'_>> = rows.collect::<Result<_, _>>()?;
        let times = candles
            .iter()
            .map(|row| (Parent::Candles(row.series.interval), row.bar.open_time));
        self.write_history(HistoryBatch {
            doing: "save candles",
            tokens: batch::named(rows.iter().map(|row| row.token)),
            partitions: Partition::all(times),
            rows: HistoryRows::Candles(rows),
        })
        .await
    }

    async fn candles(
        &self,
        series: &Series,
        from: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Bar>, StoreError> {
        let statement = statements::candles(series.interval);
        self.bars(statement, series, from, until, limit).await
    }

    async fn candle_span(
        &self,
        series: &Series,
    ) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
        let read = query_as::<_, SpanRow>(statements::candle_span(series.interval))
            .bind(series.token.to_string())
            .bind(series.source.to_string());
        let rows = self.fetch("read the span of candles", read).await?;
        rows.first().map_or(Ok(None), SpanRow::ends)
    }

    async fn candle_sources(
        &self,
        token: &TokenId,
        interval: Interval,
    ) -> Result<Vec<Source>, StoreError> {
        let read = query_as(statements::candle_sources(interval)).bind(token.to_string());
        let read = self.read::<SourceRow, _>("read the sources of candles", read);
        // The index is the first of the sources, whatever its name.
        let mut sources = read.await?;
        sources.sort();
        Ok(sources)
    }

    async fn save_facts(&self, facts: &[TokenFacts]) -> Result<(), StoreError> {
        let steps = columns::facts(&batch::facts(facts)?);
        self.write("save facts", Reference::Token, steps).await
    }

    async fn facts(&self, token: &TokenId) -> Result<Vec<TokenFacts>, StoreError> {
        let read = query_as(statements::FACTS).bind(Some(token.to_string()));
        self.read::<FactRow, _>("read facts", read).await
    }

    async fn save_usage(&self, usage: &[QueryUsage]) -> Result<(), StoreError> {
        let steps = columns::usage(&batch::usage(usage)?);
        self.write("save the usage", Reference::Venue, steps).await
    }

    async fn usage(&self, month: Timestamp) -> Result<Vec<QueryUsage>, StoreError> {
        let read = query_as(statements::USAGE).bind(month.to_string());
        self.read::<UsageRow, _>("read the usage", read).await
    }

    async fn add_key(&self, key: &StoredKey) -> Result<(), StoreError> {
        let add = columns::key(&key.try_into()?);
        self.execute("add a key", add).await.map(drop)
    }

    async fn keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        self.read::<KeyRow, _>("read keys", query_as(statements::KEYS))
            .await
    }

    async fn revoke_key(&self, id: &KeyId, at: Timestamp) -> Result<bool, StoreError> {
        let revoke = query(statements::REVOKE_KEY)
            .bind(id.to_string())
            .bind(Time::from(at));
        Ok(self.execute("revoke a key", revoke).await? > 0)
    }

    async fn save_key_uses(&self, uses: &[(KeyId, Timestamp)]) -> Result<(), StoreError> {
        let steps = columns::key_uses(&batch::key_uses(uses));
        self.write("save the uses of keys", Reference::Token, steps)
            .await
    }

    async fn forget(&self, keep: Keep) -> Result<u64, StoreError> {
        self.drop_partitions(keep).await
    }

    async fn close(&self) {
        if timeout(CLOSE_LIMIT, self.pool.close()).await.is_err() {
            tracing::warn!(
                db.system = "postgresql",
                "calls under way did not end; closing without them"
            );
        }
    }
}
