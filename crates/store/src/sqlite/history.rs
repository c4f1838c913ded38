//! Saving candles, and forgetting old prices and candles, slice by slice.

use parallax::candle::Interval;
use parallax::time::Timestamp;
use sqlx::{FromRow, query, query_as, query_scalar};

use super::{SqliteStore, statements, steps};
use crate::batch;
use crate::contract::Keep;
use crate::error::{Reference, StoreError};
use crate::rows::CandleRow;

const FORGETTING: &str = "forget old rows";

/// Whose candles are held, of which length.
#[derive(Debug, FromRow)]
struct SeriesRow {
    token: String,
    source: String,
}

impl SqliteStore {
    /// Saves candles, in key order and each key once, if all their tokens are known.
    pub(super) async fn write_candles(
        &self,
        doing: &'static str,
        rows: &[CandleRow<'_>],
    ) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let tokens = batch::named(rows.iter().map(|row| row.token));
        let tokens = serde_json::to_string(&tokens).map_err(|error| StoreError::Failed {
            doing,
            source: sqlx::Error::Encode(error.into()),
        })?;
        let steps = steps(doing, statements::SAVE_CANDLES, rows)?;
        let known = Self::call(doing, Reference::Token, async {
            // Immediate: no token can come or go between the question and the end.
            let mut transaction = self.writer.begin_with("begin immediate").await?;
            let unknown: i64 = query_scalar(statements::COUNT_UNKNOWN_TOKENS)
                .bind(tokens)
                .fetch_one(&mut *transaction)
                .await?;
            if unknown > 0 {
                transaction.rollback().await?;
                return Ok(false);
            }
            for (statement, rows) in steps {
                query(statement)
                    .bind(rows)
                    .execute(&mut *transaction)
                    .await?;
            }
            transaction.commit().await?;
            Ok(true)
        });
        if known.await? {
            Ok(())
        } else {
            Err(StoreError::UnknownReference {
                doing,
                kind: Reference::Token,
                source: None,
            })
        }
    }

    /// Deletes what is older than what is kept, and returns how many rows that were. Between two slices
    /// others may write.
    pub(super) async fn forget_before(&self, keep: Keep) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        if let Some(since) = keep.prices_since {
            forgotten += self.forget_prices(since).await?;
        }
        let ends = [
            (Interval::Minute, keep.minutes_since),
            (Interval::Hour, keep.hours_since),
            (Interval::Day, keep.days_since),
        ];
        for (interval, since) in ends {
            if let Some(since) = since {
                forgotten += self.forget_candles(interval, since).await?;
            }
        }
        Ok(forgotten)
    }

    async fn forget_prices(&self, since: Timestamp) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        loop {
            let slice = query(statements::FORGET_PRICES)
                .bind(since.unix_ms())
                .execute(&self.writer);
            let slice = Self::call(FORGETTING, Reference::Token, slice).await?;
            if slice.rows_affected() == 0 {
                return Ok(forgotten);
            }
            forgotten += slice.rows_affected();
        }
    }

    async fn forget_candles(
        &self,
        interval: Interval,
        since: Timestamp,
    ) -> Result<u64, StoreError> {
        let held = query_as::<_, SeriesRow>(statements::CANDLE_SERIES).fetch_all(&self.reader);
        let mut forgotten = 0;
        for series in Self::call(FORGETTING, Reference::Token, held).await? {
            loop {
                let slice = query(statements::FORGET_CANDLES)
                    .bind(&series.token)
                    .bind(&series.source)
                    .bind(interval.as_str())
                    .bind(since.unix_ms())
                    .execute(&self.writer);
                let slice = Self::call(FORGETTING, Reference::Token, slice).await?;
                if slice.rows_affected() == 0 {
                    break;
                }
                forgotten += slice.rows_affected();
            }
        }
        Ok(forgotten)
    }
}
