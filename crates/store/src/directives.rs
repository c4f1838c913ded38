//! The [`DirectiveStore`] trait: what a database promises about what operators decided.
//!
//! A part of [`Store`](crate::Store) with a name of its own, reached by [`Store::directives`](crate::Store::directives):
//! `crates/service` alone calls it. The promises of [`Store`](crate::Store) about durability, concurrency, bounds and
//! errors hold here too. Cases 120 to 129 of `tests/conformance` hold both databases to it.

use async_trait::async_trait;
use parallax::audit::AuditNote;
use parallax::time::Timestamp;

use crate::error::StoreError;

/// What an operator decided about one thing. It outlives restarts and stands above the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDirective {
    /// What sort of thing, one word: `venue`.
    pub kind: String,
    /// Which one.
    pub id: String,
    /// What was decided, as JSON, which `crates/service` writes and reads; `None` when it was taken back.
    pub body: Option<String>,
    /// When.
    pub decided_at: Timestamp,
    /// Counts the decisions about this thing, from 1.
    pub revision: u32,
}

/// What operators decided.
#[async_trait]
pub trait DirectiveStore: Send + Sync {
    /// Replaces what was decided about a thing and adds the note, both or neither, and says whether it did: `false`
    /// when the stored revision is not that of `directive` (0: nothing was decided yet), so that of two decisions
    /// made on one state only the first counts. The stored revision is then one higher.
    async fn decide(
        &self,
        directive: &StoredDirective,
        note: &AuditNote,
    ) -> Result<bool, StoreError>;

    /// The last decision about each thing of this kind, also those that were taken back, by id.
    async fn directives(&self, kind: &str) -> Result<Vec<StoredDirective>, StoreError>;
}
