//! Saving and reading candles, and forgetting old prices and candles, slice by slice.

use std::sync::LazyLock;

use parallax::candle::{Bar, Interval, Series};
use parallax::time::Timestamp;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, FromRow, Sqlite, query, query_as, query_scalar};

use super::{SqliteStore, statements};
use crate::batch;
use crate::contract::Keep;
use crate::error::{Reference, StoreError};
use crate::rows::{BarsRow, CandleRow};

const FORGETTING: &str = "forget old rows";

/// Candles in one statement: many values, and far fewer than SQLite takes.
const CANDLES_PER_STATEMENT: usize = 100;

static SAVE_CANDLES: LazyLock<String> =
    LazyLock::new(|| statements::save_candles(CANDLES_PER_STATEMENT));

/// The statement that saves these candles: a prepared one when there are as many as fit.
fn save(rows: &[CandleRow<'_>]) -> Query<'static, Sqlite, SqliteArguments> {
    let mut statement = if rows.len() == CANDLES_PER_STATEMENT {
        query(SAVE_CANDLES.as_str())
    } else {
        // Of constant parts only.
        query(AssertSqlSafe(statements::save_candles(rows.len()))).persistent(false)
    };
    for row in rows {
        statement = statement
            .bind(row.token)
            .bind(row.source)
            .bind(row.period)
            .bind(row.open_time)
            .bind(row.open.as_str())
            .bind(row.high.as_str())
            .bind(row.low.as_str())
            .bind(row.close.as_str())
            .bind(row.volume_usd.as_str())
            .bind(row.trades)
            .bind(row.sources)
            .bind(row.minutes)
            .bind(row.kind)
            .bind(row.revision)
            .bind(row.confidence.as_deref().map(ToOwned::to_owned));
    }
    statement
}

/// Whose candles are held, of which length.
#[derive(Debug, FromRow)]
struct SeriesRow {
    token: String,
    source: String,
}

impl SqliteStore {
    /// Reads bars with one of the statements of candles.
    pub(super) async fn bars(
        &self,
        statement: &'static str,
        series: &Series,
        from: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Bar>, StoreError> {
        let read = query_as(statement)
            .bind(series.token.to_string())
            .bind(series.source.to_string())
            .bind(series.interval.as_str())
            .bind(from.unix_ms())
            .bind(until.unix_ms())
            .bind(i64::from(limit));
        let mut bars = self.read::<BarsRow, Vec<Bar>>("read candles", read).await?;
        Ok(bars.pop().unwrap_or_default())
    }

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
            for rows in rows.chunks(CANDLES_PER_STATEMENT) {
                save(rows).execute(&mut *transaction).await?;
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
