//! Saving, reading and forgetting what lives in partitions: index prices and candles.
//!
//! Candles that continue a series, as an import or a back-fill brings them, are copied straight into the
//! table: that is twice as fast as an insert that looks for conflicts. The rows of a batch that may meet
//! earlier ones go through that insert.

use std::collections::BTreeSet;

use parallax::candle::{Bar, Interval, Series};
use parallax::time::Timestamp;
use sqlx::postgres::{PgConnection, PgTransaction};
use sqlx::{AssertSqlSafe, Connection, query, query_as, query_scalar};
use tokio::time::timeout;

use super::bars::{BinaryBar, Time};
use super::partitions::{Parent, Partition};
use super::{CALL_LIMIT, PostgresStore, columns, statements};
use crate::classify::{is_duplicate, is_missing_partition};
use crate::contract::Keep;
use crate::error::{Reference, StoreError};
use crate::rows::{CandleRow, PriceRow};

/// From how many rows on a copy pays, which has to ask first whether it may.
const COPY_FROM: usize = 100;
/// Rows in one copy, so that one statement stays far below the server's time limit.
const ROWS_PER_COPY: usize = 50_000;
/// How often a save is tried when another process drops its partition or saves its rows meanwhile.
const TRIES: u32 = 3;
/// How long forgetting waits for a lock. Others that want the table wait behind it.
const DROP_LOCK_LIMIT: &str = "set local lock_timeout = '1s'";

/// Rows that live in partitions.
pub(super) enum HistoryRows<'a> {
    Prices(Vec<PriceRow>),
    Candles(Vec<CandleRow<'a>>),
}

/// One save of them.
pub(super) struct HistoryBatch<'a> {
    pub(super) doing: &'static str,
    /// The tokens they name, each once, in order.
    pub(super) tokens: Vec<String>,
    pub(super) partitions: BTreeSet<Partition>,
    pub(super) rows: HistoryRows<'a>,
}

/// What a transaction came to.
enum Outcome {
    Saved,
    UnknownToken,
}

impl PostgresStore {
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
            .bind(Time::from(from))
            .bind(Time::from(until))
            .bind(i64::from(limit));
        self.read::<BinaryBar, _>("read candles", read).await
    }

    /// Saves the batch in one transaction, in partitions that are made before.
    pub(super) async fn write_history(&self, batch: HistoryBatch<'_>) -> Result<(), StoreError> {
        let mut may_copy = true;
        let mut tries = 1;
        loop {
            self.make_partitions(batch.doing, &batch.partitions).await?;
            let mut lease = self.lease(batch.doing).await?;
            let done = timeout(
                CALL_LIMIT,
                transact(&mut lease.connection, &batch, may_copy),
            );
            let done = done.await;
            match lease.settle(Reference::Token, done.ok()) {
                Ok(Outcome::Saved) => return Ok(()),
                Ok(Outcome::UnknownToken) => {
                    return Err(StoreError::UnknownReference {
                        doing: batch.doing,
                        kind: Reference::Token,
                        source: None,
                    });
                }
                // Another process forgot the partition after it was found.
                Err(error) if is_missing_partition(&error) && tries < TRIES => self.known.forget(),
                // Another process saved a row after none was found.
                Err(error) if is_duplicate(&error) && may_copy => may_copy = false,
                Err(error) => return Err(error),
            }
            tries += 1;
        }
    }

    async fn make_partitions(
        &self,
        doing: &'static str,
        needed: &BTreeSet<Partition>,
    ) -> Result<(), StoreError> {
        for partition in self.known.missing(needed) {
            let make = query(statements::MAKE_PARTITION)
                .bind(partition.parent.table())
                .bind(partition.name())
                .bind(partition.lower())
                .bind(partition.parent.step());
            self.execute(doing, make).await?;
            self.known.add(partition);
        }
        Ok(())
    }

    /// Drops the partitions that lie wholly before what is kept, and returns how many.
    pub(super) async fn drop_partitions(&self, keep: Keep) -> Result<u64, StoreError> {
        let ends = [
            (Parent::Prices, keep.prices_since),
            (Parent::Candles(Interval::Minute), keep.minutes_since),
            (Parent::Candles(Interval::Hour), keep.hours_since),
            (Parent::Candles(Interval::Day), keep.days_since),
        ];
        let mut dropped = 0;
        for (parent, since) in ends {
            if let Some(since) = since {
                dropped += self.drop_before(parent, since).await?;
            }
        }
        Ok(dropped)
    }

    async fn drop_before(&self, parent: Parent, since: Timestamp) -> Result<u64, StoreError> {
        const DOING: &str = "forget old rows";
        let mut lease = self.lease(DOING).await?;
        let old = query_scalar::<_, String>(statements::PARTITIONS_BEFORE)
            .bind(parent.table())
            .bind(since.to_string())
            .fetch_all(&mut *lease.connection);
        let old = timeout(CALL_LIMIT, old).await;
        let old = lease.settle(Reference::Token, old.ok())?;
        let mut dropped = 0;
        for name in old {
            let mut lease = self.lease(DOING).await?;
            let done = timeout(CALL_LIMIT, drop_table(&mut lease.connection, &name)).await;
            lease.settle(Reference::Token, done.ok())?;
            dropped += 1;
        }
        if dropped > 0 {
            self.known.forget();
        }
        Ok(dropped)
    }
}

/// Drops a table, which waits shortly for its readers; they wait no longer than that for it.
async fn drop_table(connection: &mut PgConnection, name: &str) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    query(DROP_LOCK_LIMIT).execute(&mut *transaction).await?;
    // The name comes quoted from the server's catalogue.
    let drop_it = format!("drop table if exists {name}");
    query(AssertSqlSafe(drop_it))
        .persistent(false)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

async fn transact(
    connection: &mut PgConnection,
    batch: &HistoryBatch<'_>,
    may_copy: bool,
) -> Result<Outcome, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let known: i64 = query_scalar(statements::COUNT_TOKENS)
        .bind(batch.tokens.as_slice())
        .fetch_one(&mut *transaction)
        .await?;
    if usize::try_from(known).ok() != Some(batch.tokens.len()) {
        transaction.rollback().await?;
        return Ok(Outcome::UnknownToken);
    }
    match &batch.rows {
        HistoryRows::Prices(rows) => {
            for step in columns::prices(rows) {
                step.execute(&mut *transaction).await?;
            }
        }
        HistoryRows::Candles(rows) => {
            if may_copy && rows.len() >= COPY_FROM && !meets_earlier(&mut transaction, rows).await?
            {
                for rows in rows.chunks(ROWS_PER_COPY) {
                    let mut copy = transaction.copy_in_raw(statements::COPY_CANDLES).await?;
                    copy.send(columns::candle_lines(rows)).await?;
                    copy.finish().await?;
                }
            } else {
                for step in columns::candles(rows) {
                    step.execute(&mut *transaction).await?;
                }
            }
        }
    }
    transaction.commit().await?;
    Ok(Outcome::Saved)
}

/// Whether rows are stored between the first and the last of any series in the batch.
async fn meets_earlier(
    transaction: &mut PgTransaction<'_>,
    rows: &[CandleRow<'_>],
) -> Result<bool, sqlx::Error> {
    columns::candle_spans(rows)
        .fetch_one(&mut **transaction)
        .await
}
