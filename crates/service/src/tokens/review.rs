//! The review queue: codes that exchanges list and contracts that chains have, and the catalogue knows neither.

use std::collections::HashSet;
use std::sync::Arc;

use parallax::audit::Object;
use parallax::catalogue::Entry;
use parallax::event::{UnknownCode, UnknownCodes, UnknownContract};
use parallax::token::{Code, Symbol, Token, TokenId, TokenKind};
use parallax::venue::VenueId;
use parallax_store::StoredDirective;

use super::stored::{CODE, CodeDecision};
use super::{TokenDesk, TokenError};
use crate::accounts::{By, audit_json};

/// A code or a contract that waits for a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewRow {
    /// The exchange.
    pub venue: VenueId,
    /// Its code; of a contract its address.
    pub code: Code,
    /// Of a contract, where it is and what it says of itself.
    pub contract: Option<UnknownContract>,
    /// Markets that have it on either side.
    pub markets: u32,
    /// The codes on the other side, a few.
    pub against: Vec<String>,
    /// The token whose symbol or name reads the same; never more than a suggestion.
    pub suggestion: Option<TokenId>,
    /// Of a contract, the token that is called so and has another contract on this chain: this one is not it.
    pub namesake: Option<TokenId>,
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
    /// What waits, out of what exchanges were told to list, of each exchange in the order told. What a token claims
    /// that is not enabled, or not read there, waits no longer: somebody has decided about it.
    #[must_use]
    pub fn review(&self, unknown: &[Arc<UnknownCodes>]) -> Review {
        let (in_force, decisions) = (self.inner.in_force.borrow().clone(), self.decisions());
        let entries = in_force.entries();
        let contracts = entries.iter().flat_map(|entry| &entry.contracts);
        let contracts: HashSet<(&str, &str)> = contracts
            .map(|contract| (contract.chain.as_str(), contract.address.as_str()))
            .collect();
        let mut review = Review::default();
        for told in unknown {
            let venue = &told.venue;
            review.omitted += u64::from(told.omitted);
            let decided = |entry: &&Entry| !entry.enabled || entry.set_aside.contains_key(venue);
            let decided: Vec<&Entry> = entries.iter().filter(decided).collect();
            let is_open = |it: &UnknownCode| match &it.contract {
                Some(contract) => !contracts.contains(&(&contract.chain, it.code.as_str())),
                None => Symbol::new(it.code.as_str()).is_ok_and(|code| {
                    in_force.meant(venue, &code).is_none()
                        && !decided.iter().any(|entry| entry.claims(venue, &code))
                }),
            };
            let rows = told.codes.iter().filter(|it| is_open(it));
            review.rows.extend(rows.map(|it| {
                let called = called(in_force.tokens(), it);
                let is_taken = called.is_some_and(|token| {
                    let on = it.contract.as_ref().map(|contract| &contract.chain);
                    token.contracts.iter().any(|own| Some(&own.chain) == on)
                });
                let called = called.map(|token| token.id.clone());
                let (suggestion, namesake) = match is_taken {
                    false => (called, None),
                    true => (None, called),
                };
                ReviewRow {
                    venue: venue.clone(),
                    code: it.code.clone(),
                    contract: it.contract.clone(),
                    markets: it.markets,
                    against: it.against.clone(),
                    suggestion,
                    namesake,
                    is_ignored: decisions.ignored.contains(&named(venue, &it.code)),
                }
            }));
        }
        review
            .rows
            .sort_by(|a, b| (b.markets, &a.venue).cmp(&(a.markets, &b.venue)));
        review
    }

    /// Takes a code out of the queue, or puts it back.
    ///
    /// # Errors
    /// [`TokenError`]; unless it is [`TokenError::Unsettled`] nothing was changed.
    pub async fn set_ignored(
        &self,
        venue: &VenueId,
        code: &Code,
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

fn named(venue: &VenueId, code: &Code) -> String {
    format!("{venue}:{code}")
}

/// The only token that is called so. Government money has no contract.
fn called<'a>(tokens: &'a [Token], unknown: &UnknownCode) -> Option<&'a Token> {
    let words: Vec<String> = match &unknown.contract {
        Some(contract) => [&contract.symbol, &contract.name]
            .map(|word| word.to_lowercase())
            .into(),
        None => vec![unknown.code.as_str().to_lowercase()],
    };
    let is_possible = |token: &&Token| unknown.contract.is_none() || token.kind != TokenKind::Fiat;
    let mut called = tokens.iter().filter(is_possible).filter(|token| {
        words.contains(&token.symbol.as_str().to_lowercase())
            || words.contains(&token.name.to_lowercase())
    });
    let first = called.next()?;
    called.next().is_none().then_some(first)
}
