//! Rows: the vocabulary as columns, the same for both databases.
//!
//! Decimals are texts and times are milliseconds since 1970 here; each database casts them to its own
//! types. Reading a row back repeats every check of the vocabulary, so a value that someone else wrote
//! into the database is an error and not a wrong price.

mod accounts;
mod catalogue;
mod directives;
mod history;
mod keys;
mod market;
mod sizes;

use std::error::Error;
use std::str::FromStr;

use parallax::time::Timestamp;

use crate::error::StoreError;

pub(crate) use accounts::{AccountRow, AuditRow, SessionRow};
pub(crate) use catalogue::{ContractRow, ListingRow, TokenRow, VenueRow, tokens};
pub(crate) use directives::DirectiveRow;
pub(crate) use history::{BarsRow, CandleRow, FactRow, SourceRow, SpanRow, UsageRow};
pub(crate) use keys::{KeyRow, KeyUseRow};
pub(crate) use market::{PriceRow, QuoteRow, StoredQuoteRow};
pub(crate) use sizes::SizeRow;

/// A text both databases can hold.
pub(crate) fn storable(field: &'static str, text: &str) -> Result<String, StoreError> {
    if text.contains('\0') {
        Err(StoreError::Unstorable { field })
    } else {
        Ok(text.to_owned())
    }
}

/// A count both databases can hold.
fn count(field: &'static str, count: u64) -> Result<i64, StoreError> {
    i64::try_from(count).map_err(|_| StoreError::TooLarge { field })
}

/// A value that may be missing, as a text.
fn text<T: ToString>(value: Option<T>) -> Option<String> {
    value.map(|value| value.to_string())
}

pub(crate) fn unreadable(
    field: &'static str,
) -> impl FnOnce(Box<dyn Error + Send + Sync>) -> StoreError + Copy {
    move |source| StoreError::Unreadable { field, source }
}

/// Reads a stored text as the type it was.
fn read<T>(field: &'static str, text: &str) -> Result<T, StoreError>
where
    T: FromStr<Err: Error + Send + Sync + 'static>,
{
    text.parse()
        .map_err(|error: T::Err| unreadable(field)(error.into()))
}

/// The same for a value that may be missing.
fn read_option<T>(field: &'static str, text: Option<&str>) -> Result<Option<T>, StoreError>
where
    T: FromStr<Err: Error + Send + Sync + 'static>,
{
    text.map(|text| read(field, text)).transpose()
}

/// Reads stored milliseconds.
fn read_time(field: &'static str, unix_ms: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_unix_ms(unix_ms).map_err(|error| unreadable(field)(error.into()))
}

/// Reads a stored count.
pub(crate) fn read_count<T>(field: &'static str, count: i64) -> Result<T, StoreError>
where
    T: TryFrom<i64, Error: Error + Send + Sync + 'static>,
{
    T::try_from(count).map_err(|error| unreadable(field)(error.into()))
}

/// Finds the variant whose word was stored.
pub(crate) fn read_word<T: Copy>(
    field: &'static str,
    word: &str,
    all: &[T],
    word_of: fn(T) -> &'static str,
) -> Result<T, StoreError> {
    all.iter()
        .copied()
        .find(|&variant| word_of(variant) == word)
        .ok_or_else(|| unreadable(field)(format!("unknown word {word:?}").into()))
}
