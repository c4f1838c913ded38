//! What operators decided about tokens and codes, as it is stored.

use std::collections::{BTreeMap, BTreeSet};

use parallax::catalogue::{Entry, Refused};
use parallax::time::Timestamp;
use parallax::token::TokenId;
use parallax_store::{Store, StoreError, StoredDirective};
use serde::{Deserialize, Serialize};

/// The kind of the directives about tokens; their bodies are entries.
pub(super) const KIND: &str = "token";
/// The kind of the directives about exchanges' codes; their ids are `exchange:CODE`.
pub(super) const CODE: &str = "code";

/// What is stored about a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct CodeDecision {
    /// Nobody wants to be reminded of it.
    pub(super) ignored: bool,
}

/// The last decision about a token.
#[derive(Debug, Clone)]
pub(super) struct TokenDecision {
    /// `None` when it was taken back.
    pub(super) entry: Option<Entry>,
    pub(super) revision: u32,
    pub(super) decided_at: Timestamp,
}

/// All decisions.
#[derive(Debug, Default)]
pub(super) struct Decisions {
    pub(super) tokens: BTreeMap<TokenId, TokenDecision>,
    /// By `exchange:CODE`, how often something was decided about it.
    pub(super) codes: BTreeMap<String, u32>,
    pub(super) ignored: BTreeSet<String>,
    /// What clashes with the catalogue.
    pub(super) refused: Vec<Refused>,
}

fn body<T: for<'a> Deserialize<'a>>(directive: &StoredDirective) -> Result<Option<T>, StoreError> {
    let body = directive.body.as_deref().map(serde_json::from_str);
    body.transpose().map_err(|error| StoreError::Unreadable {
        field: "directive.body",
        source: error.into(),
    })
}

impl Decisions {
    pub(super) async fn read(store: &dyn Store) -> Result<Self, StoreError> {
        let mut all = Self::default();
        for directive in store.directives().directives(KIND).await? {
            let Ok(id) = directive.id.parse() else {
                continue;
            };
            let decision = TokenDecision {
                entry: body(&directive)?,
                revision: directive.revision,
                decided_at: directive.decided_at,
            };
            all.tokens.insert(id, decision);
        }
        for directive in store.directives().directives(CODE).await? {
            let decision: CodeDecision = body(&directive)?.unwrap_or_default();
            if decision.ignored {
                all.ignored.insert(directive.id.clone());
            }
            all.codes.insert(directive.id, directive.revision);
        }
        Ok(all)
    }

    /// The entries that count, in the order in which they were decided.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        let mut decisions: Vec<_> = self.tokens.values().collect();
        // Stable: what was decided in the same millisecond is in the order of ids.
        decisions.sort_by_key(|decision| decision.decided_at);
        let decisions = decisions.into_iter();
        decisions.filter_map(|decision| decision.entry.as_ref())
    }

    pub(super) fn entry(&self, id: &TokenId) -> Option<&Entry> {
        self.tokens.get(id)?.entry.as_ref()
    }
}
