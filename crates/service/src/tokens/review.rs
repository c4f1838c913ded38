//! The review queue: codes that exchanges list and the catalogue does not know.

use std::sync::Arc;

use parallax::audit::Object;
use parallax::catalogue::{Catalogue, Entry};
use parallax::event::UnknownCodes;
use parallax::token::{Symbol, TokenId};
use parallax::venue::VenueId;
use parallax_store::StoredDirective;

use super::stored::{CODE, CodeDecision};
use super::{TokenDesk, TokenError};
use crate::accounts::{By, audit_json};

/// A code that waits for a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewRow {
    /// The exchange.
    pub venue: VenueId,
    /// Its code.
    pub code: Symbol,
    /// Markets that have it on either side.
    pub markets: u32,
    /// The codes on the other side, a few.
    pub against: Vec<String>,
    /// The token whose symbol or name reads the same; never more than a suggestion.
    pub suggestion: Option<TokenId>,
    /// Whether nobody wants to be reminded of it.
    pub is_ignored: bool,
}

/// The queue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Review {
    /// The codes of the most markets first.
    pub rows: Vec<ReviewRow>,
    /// Codes of the fewest markets that are not told, over all exchanges.
    pub omitted: u64,
}

impl ReviewRow {
    /// What no other row has, and what its code is called in the audit log: `exchange:CODE`.
    #[must_use]
    pub fn id(&self) -> String {
        named(&self.venue, &self.code)
    }
}

impl TokenDesk {
    /// What waits, out of what exchanges were told to list. A code that a disabled token claims waits no longer:
    /// somebody has decided about it.
    #[must_use]
    pub fn review(&self, unknown: &[Arc<UnknownCodes>]) -> Review {
        let (in_force, decisions) = (self.inner.in_force.borrow().clone(), self.decisions());
        let disabled: Vec<&Entry> = in_force.entries().iter().filter(|it| !it.enabled).collect();
        let mut review = Review::default();
        for told in unknown {
            let venue = &told.venue;
            review.omitted += u64::from(told.omitted);
            let is_open = |code: &Symbol| {
                in_force.meant(venue, code).is_none()
                    && !disabled.iter().any(|entry| entry.claims(venue, code))
            };
            let rows = told.codes.iter().filter(|it| is_open(&it.code));
            review.rows.extend(rows.map(|it| ReviewRow {
                venue: venue.clone(),
                code: it.code.clone(),
                markets: it.markets,
                against: it.against.clone(),
                suggestion: suggestion(&in_force, &it.code),
                is_ignored: decisions.ignored.contains(&named(venue, &it.code)),
            }));
        }
        review
            .rows
            .sort_by(|a, b| (b.markets, &a.venue, &a.code).cmp(&(a.markets, &b.venue, &b.code)));
        review
    }

    /// Takes a code out of the queue, or puts it back.
    ///
    /// # Errors
    /// [`TokenError`]; unless it is [`TokenError::Unsettled`] nothing was changed.
    pub async fn set_ignored(
        &self,
        venue: &VenueId,
        code: &Symbol,
        ignored: bool,
        by: &By,
    ) -> Result<(), TokenError> {
        let _turn = self.inner.turn.lock().await;
        self.read_in_turn().await?;
        let (id, decisions) = (named(venue, code), self.decisions());
        let before = CodeDecision {
            ignored: decisions.ignored.contains(&id),
        };
        if before.ignored == ignored {
            return Err(TokenError::Same);
        }
        let now = self.inner.clock.now().utc;
        let after = CodeDecision { ignored };
        let action = if ignored {
            "code.ignore"
        } else {
            "code.restore"
        };
        let mut note = by.note(action, Some(Object::new(CODE, &id)), now);
        (note.before, note.after) = (audit_json(&before), audit_json(&after));
        let directive = StoredDirective {
            kind: CODE.to_owned(),
            body: audit_json(&after),
            decided_at: now,
            revision: decisions.codes.get(&id).copied().unwrap_or(0),
            id,
        };
        self.store_directive(&directive, &note).await
    }
}

fn named(venue: &VenueId, code: &Symbol) -> String {
    format!("{venue}:{code}")
}

/// The only token that is called so.
fn suggestion(catalogue: &Catalogue, code: &Symbol) -> Option<TokenId> {
    let wanted = code.as_str().to_lowercase();
    let mut called = catalogue.tokens().iter().filter(|token| {
        token.symbol.as_str().to_lowercase() == wanted || token.name.to_lowercase() == wanted
    });
    let first = called.next()?;
    called.next().is_none().then(|| first.id.clone())
}
