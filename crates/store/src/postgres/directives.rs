//! The [`DirectiveStore`] calls on PostgreSQL, with their statements.

use async_trait::async_trait;
use parallax::audit::AuditNote;
use sqlx::{Connection, query, query_as};
use tokio::time::timeout;

use super::accounts::add_note;
use super::bars::Time;
use super::{CALL_LIMIT, PostgresStore};
use crate::directives::{DirectiveStore, StoredDirective};
use crate::error::{Reference, StoreError};
use crate::rows::{DirectiveRow, storable};

/// Of two first decisions at once the second waits for the first, and then finds its revision.
const DECIDE: &str = "
    insert into directive (kind, id, body, decided_at, revision)
    select $1::text, $2::text, $3::text, $4::timestamptz, 1
    where $5::bigint = 0 or exists (select 1 from directive where kind = $1 and id = $2)
    on conflict (kind, id) do update set
        body = excluded.body,
        decided_at = excluded.decided_at,
        revision = directive.revision + 1
    where directive.revision = $5";

const DIRECTIVES: &str = "
    select
        kind, id, body, (extract(epoch from decided_at) * 1000)::bigint as decided_at, revision
    from directive
    where kind = $1
    order by id";

#[async_trait]
impl DirectiveStore for PostgresStore {
    async fn decide(
        &self,
        directive: &StoredDirective,
        note: &AuditNote,
    ) -> Result<bool, StoreError> {
        let body = directive.body.as_deref();
        let decide = query(DECIDE)
            .bind(storable("a directive's kind", &directive.kind)?)
            .bind(storable("a directive's id", &directive.id)?)
            .bind(body.map(|body| storable("a directive", body)).transpose()?)
            .bind(Time::from(directive.decided_at))
            .bind(i64::from(directive.revision));
        let note = add_note(note)?;
        let mut lease = self.lease("save a directive").await?;
        let done = timeout(CALL_LIMIT, async {
            let mut transaction = lease.connection.begin().await?;
            if decide.execute(&mut *transaction).await?.rows_affected() == 0 {
                transaction.rollback().await?;
                return Ok(false);
            }
            note.execute(&mut *transaction).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await;
        lease.settle(Reference::Account, done.ok())
    }

    async fn directives(&self, kind: &str) -> Result<Vec<StoredDirective>, StoreError> {
        let read = query_as(DIRECTIVES).bind(kind.to_owned());
        self.read::<DirectiveRow, _>("read directives", read).await
    }
}
