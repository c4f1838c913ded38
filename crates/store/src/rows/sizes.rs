//! Rows of what the databases say about their tables.

use sqlx::FromRow;

use super::read_count;
use crate::browse::TableSize;
use crate::error::StoreError;

/// A table, and how large it is.
#[derive(FromRow)]
pub(crate) struct SizeRow {
    name: String,
    size_bytes: Option<i64>,
    rows: Option<i64>,
}

impl TryFrom<SizeRow> for TableSize {
    type Error = StoreError;

    fn try_from(row: SizeRow) -> Result<Self, StoreError> {
        let count = |value: Option<i64>| {
            let read = |value| read_count("the size of a table", value);
            value.map(read).transpose()
        };
        Ok(Self {
            size_bytes: count(row.size_bytes)?,
            rows: count(row.rows)?,
            name: row.name,
        })
    }
}
