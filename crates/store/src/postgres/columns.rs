//! Rows turned into one array a column, which PostgreSQL's statements bind.
//!
//! Decimals and times go as texts that the server casts: exact, and the same text as in SQLite.

use parallax::time::Timestamp;
use sqlx::query;

use super::{Step, statements};
use crate::batch::ROWS_PER_STATEMENT;
use crate::rows::{CandleRow, ContractRow, ListingRow, PriceRow, QuoteRow, TokenRow, VenueRow};

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

pub(super) fn prices(rows: &[PriceRow]) -> Vec<Step> {
    steps(rows, |rows| {
        query(statements::SAVE_PRICES)
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
    })
}

pub(super) fn candles(rows: &[CandleRow]) -> Vec<Step> {
    steps(rows, |rows| {
        query(statements::SAVE_CANDLES)
            .bind(column(rows, |row| row.token.clone()))
            .bind(column(rows, |row| row.period.clone()))
            .bind(column(rows, |row| time(row.open_time)))
            .bind(column(rows, |row| row.open.clone()))
            .bind(column(rows, |row| row.high.clone()))
            .bind(column(rows, |row| row.low.clone()))
            .bind(column(rows, |row| row.close.clone()))
            .bind(column(rows, |row| row.updates))
            .bind(column(rows, |row| row.sources))
    })
}
