//! Rows turned into one array a column, which PostgreSQL's statements bind.
//!
//! Decimals and times go as texts that the server casts: exact, and the same text as in SQLite.

use std::fmt::Write;

use parallax::time::Timestamp;
use sqlx::postgres::PgArguments;
use sqlx::query::QueryScalar;
use sqlx::{Postgres, query, query_scalar};

use super::bars::Time;
use super::{Step, statements};
use crate::batch::{self, ROWS_PER_STATEMENT};
use crate::rows::{
    CandleRow, ContractRow, FactRow, KeyRow, KeyUseRow, ListingRow, PriceRow, QuoteRow, TokenRow,
    UsageRow, VenueRow,
};

/// Candles in one statement: about a megabyte.
const CANDLES_PER_STATEMENT: usize = 5_000;
/// A generous guess at one candle's line.
const BYTES_PER_LINE: usize = 160;

fn column<R, T>(rows: &[R], value: impl Fn(&R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

/// RFC 3339 for the cast to `timestamptz`. Rows are made from a [`Timestamp`], so the time is in range.
fn time(unix_ms: i64) -> String {
    Timestamp::from_unix_ms(unix_ms)
        .unwrap_or_default()
        .to_string()
}

/// One step for each bounded number of rows.
fn steps<R>(rows: &[R], step: impl Fn(&[R]) -> Step) -> Vec<Step> {
    rows.chunks(ROWS_PER_STATEMENT).map(step).collect()
}

pub(super) fn tokens(rows: &[TokenRow]) -> Vec<Step> {
    steps(rows, |rows| {
        query(statements::SAVE_TOKENS)
            .bind(column(rows, |row| row.id.clone()))
            .bind(column(rows, |row| row.symbol.clone()))
            .bind(column(rows, |row| row.name.clone()))
            .bind(column(rows, |row| row.kind))
            .bind(column(rows, |row| row.rank))
    })
}

pub(super) fn forgotten_contracts(rows: &[TokenRow]) -> Vec<Step> {
    steps(rows, |rows| {
        query(statements::FORGET_CONTRACTS).bind(column(rows, |row| row.id.clone()))
    })
}

pub(super) fn contracts(rows: &[ContractRow]) -> Vec<Step> {
    steps(rows, |rows| {
        query(statements::SAVE_CONTRACTS)
            .bind(column(rows, |row| row.chain.clone()))
            .bind(column(rows, |row| row.address.clone()))
            .bind(column(rows, |row| row.token.clone()))
            .bind(column(rows, |row| row.position))
    })
}

pub(super) fn venues(rows: &[VenueRow]) -> Vec<Step> {
    steps(rows, |rows| {
        query(statements::SAVE_VENUES)
            .bind(column(rows, |row| row.id.clone()))
            .bind(column(rows, |row| row.name.clone()))
            .bind(column(rows, |row| row.website.clone()))
    })
}

pub(super) fn listings(rows: &[ListingRow]) -> Vec<Step> {
    steps(rows, |rows| {
        query(statements::SAVE_LISTINGS)
            .bind(column(rows, |row| row.venue.clone()))
            .bind(column(rows, |row| row.symbol.clone()))
            .bind(column(rows, |row| row.base_code.clone()))
            .bind(column(rows, |row| row.quote_code.clone()))
            .bind(column(rows, |row| row.base_token.clone()))
            .bind(column(rows, |row| row.base_unlisted_venue.clone()))
            .bind(column(rows, |row| row.base_unlisted_code.clone()))
            .bind(column(rows, |row| row.quote_token.clone()))
            .bind(column(rows, |row| row.quote_unlisted_venue.clone()))
            .bind(column(rows, |row| row.quote_unlisted_code.clone()))
    })
}

pub(super) fn quotes(rows: &[QuoteRow]) -> Vec<Step> {
    steps(rows, |rows| {
        query(statements::SAVE_QUOTES)
            .bind(column(rows, |row| row.venue.clone()))
            .bind(column(rows, |row| row.symbol.clone()))
            .bind(column(rows, |row| row.bid.clone()))
            .bind(column(rows, |row| row.ask.clone()))
            .bind(column(rows, |row| row.bid_size.clone()))
            .bind(column(rows, |row| row.ask_size.clone()))
            .bind(column(rows, |row| time(row.received_at)))
    })
}

/// The prices, and the newest of each token to be kept beside them.
pub(super) fn prices(rows: &[PriceRow]) -> Vec<Step> {
    let step = |statement, rows: &[&PriceRow]| {
        query(statement)
            .bind(column(rows, |row| row.token.clone()))
            .bind(column(rows, |row| time(row.computed_at)))
            .bind(column(rows, |row| row.price.clone()))
            .bind(column(rows, |row| row.confidence.clone()))
            .bind(column(rows, |row| row.status.clone()))
            .bind(column(rows, |row| row.as_of.map(time)))
            .bind(column(rows, |row| row.method))
            .bind(column(rows, |row| row.sources))
            .bind(column(rows, |row| row.sources_known))
            .bind(column(rows, |row| row.volume_24h_usd.clone()))
            .bind(column(rows, |row| row.constituents.clone()))
            .bind(column(rows, |row| row.by_hand.clone()))
    };
    let all: Vec<&PriceRow> = rows.iter().collect();
    let newest: Vec<&PriceRow> = batch::newest(rows).collect();
    let mut all = steps(&all, |rows| step(statements::SAVE_PRICES, rows));
    all.extend(steps(&newest, |rows| {
        step(statements::SAVE_LATEST_PRICES, rows)
    }));
    all
}

pub(super) fn candles(rows: &[CandleRow<'_>]) -> Vec<Step> {
    let step = |rows: &[CandleRow<'_>]| {
        query(statements::SAVE_CANDLES)
            .bind(column(rows, |row| row.token.to_owned()))
            .bind(column(rows, |row| row.source.to_owned()))
            .bind(column(rows, |row| row.period))
            .bind(column(rows, |row| time(row.open_time)))
            .bind(column(rows, |row| row.open.clone()))
            .bind(column(rows, |row| row.high.clone()))
            .bind(column(rows, |row| row.low.clone()))
            .bind(column(rows, |row| row.close.clone()))
            .bind(column(rows, |row| row.volume_usd.clone()))
            .bind(column(rows, |row| row.trades))
            .bind(column(rows, |row| row.sources))
            .bind(column(rows, |row| row.minutes))
            .bind(column(rows, |row| row.kind))
            .bind(column(rows, |row| row.revision))
            .bind(column(rows, |row| row.confidence.clone()))
    };
    // Small rows: more of them fit in a statement.
    rows.chunks(CANDLES_PER_STATEMENT).map(step).collect()
}

/// The candles in the text form of `copy`. No value needs an escape: identifiers, words, numbers, times.
pub(super) fn candle_lines(rows: &[CandleRow<'_>]) -> Vec<u8> {
    let mut lines = String::with_capacity(rows.len() * BYTES_PER_LINE);
    for row in rows {
        let written = write!(
            lines,
            "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t",
            row.token,
            row.source,
            row.period,
            time(row.open_time),
            row.open,
            row.high,
            row.low,
            row.close,
            row.volume_usd,
        );
        let written = written.and_then(|()| match row.trades {
            Some(trades) => write!(lines, "{trades}"),
            None => lines.write_str("\\N"),
        });
        let written = written.and_then(|()| {
            writeln!(
                lines,
                "\t{}\t{}\t{}\t{}\t{}",
                row.sources,
                row.minutes,
                row.kind,
                row.revision,
                row.confidence.as_deref().unwrap_or("\\N"),
            )
        });
        // Cannot fail: a string takes what it is given.
        debug_assert!(written.is_ok());
    }
    lines.into_bytes()
}

/// Asks whether a series of the rows, which are in key order, has a candle between its first and last.
pub(super) fn candle_spans(
    rows: &[CandleRow<'_>],
) -> QueryScalar<'static, Postgres, bool, PgArguments> {
    let spans: Vec<(&CandleRow<'_>, &CandleRow<'_>)> = rows
        .chunk_by(|a, b| (a.token, a.source, a.period) == (b.token, b.source, b.period))
        .filter_map(|series| series.first().zip(series.last()))
        .collect();
    let at = |unix_ms: Option<i64>| {
        Timestamp::from_unix_ms(unix_ms.unwrap_or_default()).unwrap_or_default()
    };
    let first = at(spans.iter().map(|(first, _)| first.open_time).min());
    let last = at(spans.iter().map(|(_, last)| last.open_time).max());
    query_scalar(statements::ANY_CANDLE)
        .bind(column(&spans, |(first, _)| first.token.to_owned()))
        .bind(column(&spans, |(first, _)| first.source.to_owned()))
        .bind(column(&spans, |(first, _)| first.period))
        .bind(column(&spans, |(first, _)| time(first.open_time)))
        .bind(column(&spans, |(_, last)| time(last.open_time)))
        .bind(Time::from(first))
        .bind(Time::from(last))
}

pub(super) fn facts(rows: &[FactRow]) -> Vec<Step> {
    steps(rows, |rows| {
        query(statements::SAVE_FACTS)
            .bind(column(rows, |row| row.token.clone()))
            .bind(column(rows, |row| row.venue.clone()))
            .bind(column(rows, |row| row.total_supply.clone()))
            .bind(column(rows, |row| row.total_supply_reliable))
            .bind(column(rows, |row| row.volume_usd.clone()))
            .bind(column(rows, |row| row.block))
            .bind(column(rows, |row| time(row.observed_at)))
    })
}

pub(super) fn usage(rows: &[UsageRow]) -> Vec<Step> {
    steps(rows, |rows| {
        query(statements::SAVE_USAGE)
            .bind(column(rows, |row| row.venue.clone()))
            .bind(column(rows, |row| time(row.month)))
            .bind(column(rows, |row| row.used))
    })
}

/// One new key.
pub(super) fn key(row: &KeyRow) -> Step {
    query(statements::ADD_KEY)
        .bind(row.id.clone())
        .bind(row.name.clone())
        .bind(row.hash.clone())
        .bind(row.scopes.clone())
        .bind(time(row.created_at))
        .bind(row.expires_at.map(time))
        .bind(row.last_used_at.map(time))
        .bind(row.revoked_at.map(time))
}

pub(super) fn key_uses(rows: &[KeyUseRow]) -> Vec<Step> {
    steps(rows, |rows| {
        query(statements::SAVE_KEY_USES)
            .bind(column(rows, |row| row.id.clone()))
            .bind(column(rows, |row| time(row.used_at)))
    })
}
