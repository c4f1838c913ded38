//! Rows of what operators decided.

use sqlx::FromRow;

use super::{read_count, read_time};
use crate::directives::StoredDirective;
use crate::error::StoreError;

/// A row of `directive`.
#[derive(FromRow)]
pub(crate) struct DirectiveRow {
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) body: Option<String>,
    pub(crate) decided_at: i64,
    pub(crate) revision: i64,
}

impl TryFrom<DirectiveRow> for StoredDirective {
    type Error = StoreError;

    fn try_from(row: DirectiveRow) -> Result<Self, StoreError> {
        Ok(Self {
            kind: row.kind,
            id: row.id,
            body: row.body,
            decided_at: read_time("directive.decided_at", row.decided_at)?,
            revision: read_count("directive.revision", row.revision)?,
        })
    }
}
