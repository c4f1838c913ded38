//! How much room the tables take.
//!
//! Only the whole file's size is known at once. The tables' sizes are found by walking through all pages, which is done
//! for files up to [`WALKED_BYTES`].

use sqlx::{query_as, query_scalar};

use super::SqliteStore;
use crate::browse::DatabaseSize;
use crate::error::{Reference, StoreError};
use crate::rows::{SizeRow, read_count};

/// The most bytes that are walked through, in well under a second.
const WALKED_BYTES: u64 = 256 * 1_048_576;

const SIZE: &str = "select page_count * page_size from pragma_page_count, pragma_page_size";

const TABLES: &str = "
    select name, null as size_bytes, null as rows
    from sqlite_schema
    where type = 'table' and name not like 'sqlite_%' and name not like '\\_%' escape '\\'
    order by name";

/// The rows of a table are the cells of its leaves; of one without row ids those further up hold a few more.
const MEASURED: &str = "
    select
        object.tbl_name as name,
        sum(page.pgsize) as size_bytes,
        sum(case when object.type = 'table' and page.pagetype = 'leaf' then page.ncell else 0 end) as rows
    from dbstat as page
    join sqlite_schema as object on object.name = page.name
    where object.tbl_name not like 'sqlite_%' and object.tbl_name not like '\\_%' escape '\\'
    group by object.tbl_name
    order by object.tbl_name";

impl SqliteStore {
    pub(super) async fn measure(&self) -> Result<DatabaseSize, StoreError> {
        const DOING: &str = "measure the tables";
        let size = query_scalar::<_, i64>(SIZE).fetch_one(&self.reader);
        let size = Self::call(DOING, Reference::Token, size).await?;
        let size_bytes: u64 = read_count("the size of the file", size)?;
        let tables = match size_bytes <= WALKED_BYTES {
            true => MEASURED,
            false => TABLES,
        };
        let tables = self.read::<SizeRow, _>(DOING, query_as(tables)).await?;
        Ok(DatabaseSize { size_bytes, tables })
    }
}
