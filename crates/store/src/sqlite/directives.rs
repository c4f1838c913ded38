//! The [`DirectiveStore`] calls on SQLite, with their statements.

use async_trait::async_trait;
use parallax::audit::AuditNote;
use sqlx::{query, query_as};

use super::SqliteStore;
use super::accounts::add_note;
use crate::directives::{DirectiveStore, StoredDirective};
use crate::error::{Reference, StoreError};
use crate::rows::{DirectiveRow, storable};

const DECIDE: &str = "
    insert into directive (kind, id, body, decided_at, revision)
    select ?1, ?2, ?3, ?4, 1
    where ?5 = 0 or exists (select 1 from directive where kind = ?1 and id = ?2)
    on conflict (kind, id) do update set
        body = excluded.body,
        decided_at = excluded.decided_at,
        revision = directive.revision + 1
    where directive.revision = ?5";

const DIRECTIVES: &str = "
    select kind, id, body, decided_at, revision from directive where kind = ?1 order by id";

#[async_trait]
impl DirectiveStore for SqliteStore {
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
            .bind(directive.decided_at.unix_ms())
            .bind(i64::from(directive.revision));
        let note = add_note(note)?;
        Self::call("save a directive", Reference::Account, async {
            let mut transaction = self.writer.begin_with("begin immediate").await?;
            if decide.execute(&mut *transaction).await?.rows_affected() == 0 {
                transaction.rollback().await?;
                return Ok(false);
            }
            note.execute(&mut *transaction).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }

    async fn directives(&self, kind: &str) -> Result<Vec<StoredDirective>, StoreError> {
        let read = query_as(DIRECTIVES).bind(kind.to_owned());
        self.read::<DirectiveRow, _>("read directives", read).await
    }
}
