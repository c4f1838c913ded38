//! The [`AccountStore`] calls on SQLite, with their statements.

use async_trait::async_trait;
use parallax::account::{AccountId, Username};
use parallax::audit::{AuditEntry, AuditNote, AuditQuery};
use parallax::key::KeyHash;
use parallax::time::Timestamp;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Sqlite, query, query_as, query_scalar};

use super::SqliteStore;
use crate::accounts::{
    AccountChange, AccountStore, KeepSessions, MAX_AUDIT_ENTRIES, StoredAccount, StoredSession,
};
use crate::error::{Reference, StoreError};
use crate::rows::{AccountRow, AuditRow, SessionRow};

pub(super) type Statement = Query<'static, Sqlite, SqliteArguments>;

const ADD_ACCOUNT: &str = "
    insert into account (
        id, username, role, password_hash, epoch, totp_secret, totp_step, recovery,
        signed_in_at, disabled_at, revision, created_at
    )
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

/// Before the account's own row: while that still has the old epoch.
const END_SESSIONS_OF_CHANGED: &str = "
    delete from session
    where account in (select id from account where id = ?1 and revision = ?2 and epoch <> ?3)";

const HAS_SUPERUSER: &str = "
    select exists (select 1 from account where role = 'superuser' and disabled_at is null)";

const CHANGE_ACCOUNT: &str = "
    update account
    set
        username = ?2,
        role = ?3,
        password_hash = ?4,
        epoch = ?5,
        totp_secret = ?6,
        totp_step = ?7,
        recovery = ?8,
        signed_in_at = ?9,
        disabled_at = ?10,
        revision = revision + 1
    where id = ?1 and revision = ?11";

macro_rules! select_account {
    ($rest:literal) => {
        concat!(
            "
    select
        id, username, role, password_hash, epoch, totp_secret, totp_step, recovery,
        created_at, signed_in_at, disabled_at, revision
    from account ",
            $rest
        )
    };
}

const ACCOUNTS: &str = select_account!("order by username");
const ACCOUNT: &str = select_account!("where id = ?1");
const ACCOUNT_NAMED: &str = select_account!("where username = ?1");

const ADD_SESSION: &str = "
    insert into session (hash, account, data, created_at, seen_at) values (?1, ?2, ?3, ?4, ?5)";

const SAVE_SESSION: &str = "
    update session set account = ?2, data = ?3, seen_at = max(seen_at, ?4) where hash = ?1";

const TOUCH_SESSION: &str = "update session set seen_at = max(seen_at, ?2) where hash = ?1";

const SESSION: &str = "
    select hash, account, data, created_at, seen_at from session where hash = ?1";

const SESSIONS: &str = "
    select hash, account, data, created_at, seen_at
    from session
    where account = ?1
    order by seen_at desc, created_at desc, hash";

const END_SESSION: &str = "delete from session where hash = ?1";

const KNOW_BROWSER: &str = "
    insert into known_browser (hash, account, seen_at)
    values (?1, ?2, ?3)
    on conflict (hash) do update set account = excluded.account, seen_at = excluded.seen_at";

const KNOWS_BROWSER: &str = "
    select hash, account, '' as data, seen_at as created_at, seen_at
    from known_browser
    where hash = ?1 and account = ?2";

const SPEND: &str = "insert into spent (hash, until) values (?1, ?2) on conflict do nothing";

const ADD_NOTE: &str = "
    insert into audit (
        at, account, name, address, agent, action, object_kind, object_id, before, after
    )
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

macro_rules! select_audit {
    ($order:literal) => {
        concat!(
            "
    select id, at, account, name, address, agent, action, object_kind, object_id, before, after
    from audit
    where (?1 is null or name = ?1)
        and (
            ?2 is null
            or action = ?2
            or (substr(?2, -1) = '.' and substr(action, 1, length(?2)) = ?2)
        )
        and (?3 is null or object_kind = ?3)
        and (?4 is null or object_id = ?4)
        and (?5 is null or at >= ?5)
        and (?6 is null or at < ?6)
        and (?7 is null or id < ?7)
        and (?8 is null or id > ?8)
    order by id ",
            $order,
            "
    limit ?9"
        )
    };
}

const AUDIT: &str = select_audit!("desc");
const AUDIT_OLDEST_FIRST: &str = select_audit!("asc");

pub(super) fn add_note(note: &AuditNote) -> Result<Statement, StoreError> {
    let row = AuditRow::try_from(note)?;
    Ok(query(ADD_NOTE)
        .bind(row.at)
        .bind(row.account)
        .bind(row.name)
        .bind(row.address)
        .bind(row.agent)
        .bind(row.action)
        .bind(row.object_kind)
        .bind(row.object_id)
        .bind(row.before)
        .bind(row.after))
}

/// The account's columns that can change, in their order, bound after its id.
fn account(statement: &'static str, row: AccountRow) -> Statement {
    query(statement)
        .bind(row.id)
        .bind(row.username)
        .bind(row.role)
        .bind(row.password_hash)
        .bind(row.epoch)
        .bind(row.totp_secret)
        .bind(row.totp_step)
        .bind(row.recovery)
        .bind(row.signed_in_at)
        .bind(row.disabled_at)
        .bind(row.revision)
}

impl SqliteStore {
    /// Runs one statement and says whether it changed anything. `names` is what its row can name.
    async fn changed(
        &self,
        doing: &'static str,
        names: Reference,
        statement: Statement,
    ) -> Result<bool, StoreError> {
        let done = Self::call(doing, names, statement.execute(&self.writer)).await?;
        Ok(done.rows_affected() > 0)
    }
}

#[async_trait]
impl AccountStore for SqliteStore {
    async fn add_account(
        &self,
        stored: &StoredAccount,
        note: &AuditNote,
    ) -> Result<(), StoreError> {
        let row = AccountRow::try_from(stored)?;
        let created_at = row.created_at;
        let add = account(ADD_ACCOUNT, row).bind(created_at);
        let note = add_note(note)?;
        Self::call("add an account", Reference::Account, async {
            let mut transaction = self.writer.begin_with("begin immediate").await?;
            add.execute(&mut *transaction).await?;
            note.execute(&mut *transaction).await?;
            transaction.commit().await
        })
        .await
    }

    async fn accounts(&self) -> Result<Vec<StoredAccount>, StoreError> {
        self.read::<AccountRow, _>("read accounts", query_as(ACCOUNTS))
            .await
    }

    async fn account(&self, id: &AccountId) -> Result<Option<StoredAccount>, StoreError> {
        let read = query_as(ACCOUNT).bind(id.to_string());
        let rows = self.read::<AccountRow, _>("read an account", read).await;
        Ok(rows?.pop())
    }

    async fn account_named(&self, name: &Username) -> Result<Option<StoredAccount>, StoreError> {
        let read = query_as(ACCOUNT_NAMED).bind(name.to_string());
        let rows = self.read::<AccountRow, _>("read an account", read).await;
        Ok(rows?.pop())
    }

    async fn change_account(
        &self,
        stored: &StoredAccount,
        note: Option<&AuditNote>,
    ) -> Result<AccountChange, StoreError> {
        let row = AccountRow::try_from(stored)?;
        // Only such a change can leave nobody who manages accounts.
        let may_be_the_last = !stored.is_superuser_in_force();
        let end = query(END_SESSIONS_OF_CHANGED)
            .bind(row.id.clone())
            .bind(row.revision)
            .bind(row.epoch);
        let change = account(CHANGE_ACCOUNT, row);
        let note = note.map(add_note).transpose()?;
        Self::call("change an account", Reference::Account, async {
            let mut transaction = self.writer.begin_with("begin immediate").await?;
            let had_one = may_be_the_last
                && query_scalar::<_, bool>(HAS_SUPERUSER)
                    .fetch_one(&mut *transaction)
                    .await?;
            end.execute(&mut *transaction).await?;
            if change.execute(&mut *transaction).await?.rows_affected() == 0 {
                transaction.rollback().await?;
                return Ok(AccountChange::Outdated);
            }
            if had_one
                && !query_scalar::<_, bool>(HAS_SUPERUSER)
                    .fetch_one(&mut *transaction)
                    .await?
            {
                transaction.rollback().await?;
                return Ok(AccountChange::LastSuperuser);
            }
            if let Some(note) = note {
                note.execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
            Ok(AccountChange::Done)
        })
        .await
    }

    async fn add_session(&self, session: &StoredSession) -> Result<(), StoreError> {
        let row = SessionRow::try_from(session)?;
        let add = query(ADD_SESSION)
            .bind(row.hash)
            .bind(row.account)
            .bind(row.data)
            .bind(row.created_at)
            .bind(row.seen_at);
        self.changed("add a session", Reference::Account, add)
            .await
            .map(drop)
    }

    async fn save_session(&self, session: &StoredSession) -> Result<bool, StoreError> {
        let row = SessionRow::try_from(session)?;
        let save = query(SAVE_SESSION)
            .bind(row.hash)
            .bind(row.account)
            .bind(row.data)
            .bind(row.seen_at);
        self.changed("save a session", Reference::Account, save)
            .await
    }

    async fn touch_session(&self, hash: &KeyHash, at: Timestamp) -> Result<(), StoreError> {
        let touch = query(TOUCH_SESSION).bind(hash.to_hex()).bind(at.unix_ms());
        self.changed("touch a session", Reference::Account, touch)
            .await
            .map(drop)
    }

    async fn session(&self, hash: &KeyHash) -> Result<Option<StoredSession>, StoreError> {
        let read = query_as(SESSION).bind(hash.to_hex());
        let rows = self.read::<SessionRow, _>("read a session", read).await;
        Ok(rows?.pop())
    }

    async fn sessions(&self, account: &AccountId) -> Result<Vec<StoredSession>, StoreError> {
        let read = query_as(SESSIONS).bind(account.to_string());
        self.read::<SessionRow, _>("read sessions", read).await
    }

    async fn end_session(&self, hash: &KeyHash) -> Result<bool, StoreError> {
        let end = query(END_SESSION).bind(hash.to_hex());
        self.changed("end a session", Reference::Account, end).await
    }

    async fn know_browser(
        &self,
        hash: &KeyHash,
        account: &AccountId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let know = query(KNOW_BROWSER)
            .bind(hash.to_hex())
            .bind(account.to_string())
            .bind(at.unix_ms());
        self.changed("know a browser", Reference::Account, know)
            .await
            .map(drop)
    }

    async fn knows_browser(&self, hash: &KeyHash, account: &AccountId) -> Result<bool, StoreError> {
        let read = query_as(KNOWS_BROWSER)
            .bind(hash.to_hex())
            .bind(account.to_string());
        let known: Vec<StoredSession> = self
            .read::<SessionRow, _>("look for a browser", read)
            .await?;
        Ok(!known.is_empty())
    }

    async fn spend(&self, hash: &KeyHash, until: Timestamp) -> Result<bool, StoreError> {
        let spend = query(SPEND).bind(hash.to_hex()).bind(until.unix_ms());
        self.changed("use something up", Reference::Account, spend)
            .await
    }

    async fn forget_sessions(&self, keep: KeepSessions) -> Result<(), StoreError> {
        const FORGET: [&str; 3] = [
            "delete from session where created_at < ?1 or seen_at < ?2",
            "delete from known_browser where seen_at < ?1",
            "delete from spent where until < ?1",
        ];
        let [sessions, browsers, spent] = FORGET.map(query);
        let steps: [Statement; 3] = [
            sessions
                .bind(keep.begun_since.unix_ms())
                .bind(keep.seen_since.unix_ms()),
            browsers.bind(keep.browsers_since.unix_ms()),
            spent.bind(keep.now.unix_ms()),
        ];
        for step in steps {
            self.changed("forget sessions", Reference::Account, step)
                .await?;
        }
        Ok(())
    }

    async fn add_note(&self, note: &AuditNote) -> Result<(), StoreError> {
        let add = add_note(note)?;
        self.changed("write the audit log", Reference::Account, add)
            .await
            .map(drop)
    }

    async fn audit(&self, wanted: &AuditQuery) -> Result<Vec<AuditEntry>, StoreError> {
        let statement = match wanted.oldest_first {
            true => AUDIT_OLDEST_FIRST,
            false => AUDIT,
        };
        let read = query_as(statement)
            .bind(wanted.who.clone())
            .bind(wanted.action.clone())
            .bind(wanted.kind.clone())
            .bind(wanted.object.clone())
            .bind(wanted.from.map(Timestamp::unix_ms))
            .bind(wanted.until.map(Timestamp::unix_ms))
            .bind(wanted.before)
            .bind(wanted.after)
            .bind(i64::from(wanted.limit.min(MAX_AUDIT_ENTRIES)));
        self.read::<AuditRow, _>("read the audit log", read).await
    }
}
