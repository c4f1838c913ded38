//! How much room the tables take, as the server's catalogue knows it.

use sqlx::query_as;

use super::PostgresStore;
use crate::browse::{DatabaseSize, TableSize};
use crate::error::StoreError;
use crate::rows::SizeRow;

/// Every table with its partitions, as large as the server knows them to be; how many rows it thinks there are, when it
/// has looked.
const SIZES: &str = "
    select
        coalesce(pg_partition_root(class.oid), class.oid)::regclass::text as name,
        sum(pg_total_relation_size(class.oid))::bigint as size_bytes,
        (sum(class.reltuples) filter (where class.reltuples >= 0))::bigint as rows
    from pg_class as class
    where class.relkind in ('r', 'p')
        and class.relnamespace = current_schema()::regnamespace
        and class.relname not like '\\_sqlx%'
    group by 1
    order by 1";

impl PostgresStore {
    pub(super) async fn measure(&self) -> Result<DatabaseSize, StoreError> {
        let read = query_as(SIZES);
        let tables: Vec<TableSize> = self.read::<SizeRow, _>("measure the tables", read).await?;
        let sizes = tables.iter().filter_map(|table| table.size_bytes);
        Ok(DatabaseSize {
            size_bytes: sizes.sum(),
            tables,
        })
    }
}
