//! The [`Store`] calls on SQLite.

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

use super::{CLOSE_LIMIT, SqliteStore, statements, steps};
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
impl Store for SqliteStore {
    fn backend(&self) -> Backend {
        Backend::Sqlite
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
        // The schema's counter, not `select 1`: that would not touch the file.
        Self::call(
            "answer",
            Reference::Token,
            query(statements::PING).execute(&self.reader),
        )
        .await
        .map(drop)
    }

    async fn save_tokens(&self, tokens: &[Token]) -> Result<(), StoreError> {
        const DOING: &str = "save tokens";
        let (tokens, contracts) = batch::tokens(tokens)?;
        let mut all = steps(DOING, statements::SAVE_TOKENS, &tokens)?;
        all.extend(steps(DOING, statements::FORGET_CONTRACTS, &tokens)?);
        all.extend(steps(DOING, statements::SAVE_CONTRACTS, &contracts)?);
        self.write(DOING, Reference::Token, all).await
    }

    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        let read = query_as(statements::TOKENS).fetch_all(&self.reader);
        rows::tokens(Self::call("read tokens", Reference::Token, read).await?)
    }

    async fn save_venues(&self, venues: &[Venue]) -> Result<(), StoreError> {
        const DOING: &str = "save venues";
        let steps = steps(DOING, statements::SAVE_VENUES, &batch::venues(venues)?)?;
        self.write(DOING, Reference::Venue, steps).await
    }

    async fn venues(&self) -> Result<Vec<Venue>, StoreError> {
        self.read::<VenueRow, _>("read venues", query_as(statements::VENUES))
            .await
    }

    async fn save_listings(&self, listings: &[Arc<Listing>]) -> Result<(), StoreError> {
        const DOING: &str = "save listings";
        let rows = batch::listings(listings)?;
        let steps = steps(DOING, statements::SAVE_LISTINGS, &rows)?;
        match self.write(DOING, Reference::Token, steps).await {
            Err(StoreError::UnknownReference { doing, source, .. }) => {
                let venues = rows.iter().map(|row| row.venue.as_str());
                Err(StoreError::UnknownReference {
                    doing,
                    kind: self.unknown(venues).await,
                    source,
                })
            }
            done => done,
        }
    }

    async fn listings(&self) -> Result<Vec<Arc<Listing>>, StoreError> {
        self.read::<ListingRow, _>("read listings", query_as(statements::LISTINGS))
            .await
    }

    async fn save_quotes(&self, quotes: &[StoredQuote]) -> Result<(), StoreError> {
        const DOING: &str = "save quotes";
        let steps = steps(DOING, statements::SAVE_QUOTES, &batch::quotes(quotes)?)?;
        self.write(DOING, Reference::Listing, steps).await
    }

    async fn latest_quotes(&self) -> Result<Vec<StoredQuote>, StoreError> {
        self.read::<StoredQuoteRow, _>("read quotes", query_as(statements::LATEST_QUOTES))
            .await
    }

    async fn save_prices(&self, prices: &[IndexPrice]) -> Result<(), StoreError> {
        const DOING: &str = "save prices";
        let rows = batch::prices(prices)?;
        let newest: Vec<&PriceRow> = batch::newest(&rows).collect();
        let mut all = steps(DOING, statements::SAVE_PRICES, &rows)?;
        all.extend(steps(DOING, statements::SAVE_LATEST_PRICES, &newest)?);
        self.write(DOING, Reference::Token, all).await
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
        let read = |statement| {
            let statement = query_as(statement)
                .bind(token.to_string())
                .bind(at.unix_ms());
            self.read::<PriceRow, _>("read a price", statement)
        };
        // The newest of all is no newer: then it is the one. Otherwise the history knows.
        match read(statements::LATEST_PRICE_AT).await?.pop() {
            Some(price) => Ok(Some(price)),
            None => Ok(read(statements::PRICE_AT).await?.pop()),
        }
    }

    async fn save_candles(&self, candles: &[Candle]) -> Result<(), StoreError> {
        let rows = batch::candles(candles);
        let rows = rows.into_iter().map(TryInto::try_into);
        let rows: Vec<CandleRow<'_>> = rows.collect::<Result<_, _>>()?;
        self.write_candles("save candles", &rows).await
    }

    async fn candles(
        &self,
        series: &Series,
        from: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Bar>, StoreError> {
        self.bars(statements::CANDLES, series, from, until, limit)
            .await
    }

    async fn candle_span(
        &self,
        series: &Series,
    ) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
        let read = query_as::<_, SpanRow>(statements::CANDLE_SPAN)
            .bind(series.token.to_string())
            .bind(series.source.to_string())
            .bind(series.interval.as_str())
            .fetch_one(&self.reader);
        Self::call("read the span of candles", Reference::Token, read)
            .await?
            .ends()
    }

    async fn candle_sources(
        &self,
        token: &TokenId,
        interval: Interval,
    ) -> Result<Vec<Source>, StoreError> {
        let read = query_as(statements::CANDLE_SOURCES)
            .bind(token.to_string())
            .bind(interval.as_str());
        let mut sources = self
            .read::<SourceRow, _>("read the sources of candles", read)
            .await?;
        // The index is the first, whatever its name.
        sources.sort();
        Ok(sources)
    }

    async fn save_facts(&self, facts: &[TokenFacts]) -> Result<(), StoreError> {
        const DOING: &str = "save facts";
        let rows = batch::facts(facts)?;
        let steps = steps(DOING, statements::SAVE_FACTS, &rows)?;
        match self.write(DOING, Reference::Token, steps).await {
            Err(StoreError::UnknownReference { doing, source, .. }) => {
                let venues = rows.iter().map(|row| row.venue.as_str());
                Err(StoreError::UnknownReference {
                    doing,
                    kind: self.unknown(venues).await,
                    source,
                })
            }
            done => done,
        }
    }

    async fn facts(&self, token: &TokenId) -> Result<Vec<TokenFacts>, StoreError> {
        let read = query_as(statements::FACTS).bind(Some(token.to_string()));
        self.read::<FactRow, _>("read facts", read).await
    }

    async fn save_usage(&self, usage: &[QueryUsage]) -> Result<(), StoreError> {
        const DOING: &str = "save the usage";
        let steps = steps(DOING, statements::SAVE_USAGE, &batch::usage(usage)?)?;
        self.write(DOING, Reference::Venue, steps).await
    }

    async fn usage(&self, month: Timestamp) -> Result<Vec<QueryUsage>, StoreError> {
        let read = query_as(statements::USAGE).bind(month.unix_ms());
        self.read::<UsageRow, _>("read the usage", read).await
    }

    async fn add_key(&self, key: &StoredKey) -> Result<(), StoreError> {
        const DOING: &str = "add a key";
        let steps = steps(DOING, statements::ADD_KEY, &[KeyRow::try_from(key)?])?;
        self.write(DOING, Reference::Token, steps).await
    }

    async fn keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        self.read::<KeyRow, _>("read keys", query_as(statements::KEYS))
            .await
    }

    async fn revoke_key(&self, id: &KeyId, at: Timestamp) -> Result<bool, StoreError> {
        let revoke = query(statements::REVOKE_KEY)
            .bind(id.to_string())
            .bind(at.unix_ms())
            .execute(&self.writer);
        let done = Self::call("revoke a key", Reference::Token, revoke).await?;
        Ok(done.rows_affected() > 0)
    }

    async fn save_key_uses(&self, uses: &[(KeyId, Timestamp)]) -> Result<(), StoreError> {
        const DOING: &str = "save the uses of keys";
        let steps = steps(DOING, statements::SAVE_KEY_USES, &batch::key_uses(uses))?;
        self.write(DOING, Reference::Token, steps).await
    }

    async fn forget(&self, keep: Keep) -> Result<u64, StoreError> {
        self.forget_before(keep).await
    }

    async fn close(&self) {
        let done = timeout(CLOSE_LIMIT, async {
            self.reader.close().await;
            // Last, because the last connection folds the WAL into the file.
            self.writer.close().await;
        });
        if done.await.is_err() {
            tracing::warn!(
                db.system = "sqlite",
                "calls under way did not end; closing without them"
            );
        }
    }
}
