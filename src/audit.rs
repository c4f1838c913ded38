//! The audit log's entries: who did what, when, from where, and what it changed.
//!
//! An entry never holds a secret: whoever writes `before` and `after` leaves out hashes, keys and passwords.
//! What strangers sent (a name tried at the sign-in, a browser's description of itself) is made
//! [`harmless`] first. `crates/store` keeps entries for ever and in order.

use serde::Serialize;

use crate::account::AccountId;
use crate::time::Timestamp;

/// Characters of a name or an id that are kept.
pub const MAX_NAME: usize = 80;
/// Characters of a browser's description of itself that are kept.
pub const MAX_AGENT: usize = 160;

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Actor {
    /// The account; `None` for whoever did not sign in, and for the command line.
    pub account: Option<AccountId>,
    /// Its name then, the name that was tried, or `command line`.
    pub name: String,
}

/// From where.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Origin {
    /// The address the request came from.
    pub address: Option<String>,
    /// The browser's description of itself, shortened.
    pub agent: Option<String>,
}

impl Origin {
    /// Of texts that a client sent.
    #[must_use]
    pub fn new(address: Option<String>, agent: Option<&str>) -> Self {
        Self {
            address,
            agent: agent.map(|agent| harmless(agent, MAX_AGENT)),
        }
    }
}

/// What it was done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Object {
    /// What sort of thing, one word: `account`, `key`, `token`.
    pub kind: String,
    /// Which one.
    pub id: String,
}

impl Object {
    /// Of a kind and an id; the id may come from outside.
    #[must_use]
    pub fn new(kind: &str, id: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            id: harmless(id, MAX_NAME),
        }
    }
}

/// Something that was done and is to be remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditNote {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// From where.
    pub origin: Origin,
    /// What, as object and verb: `account.create`, `session.sign_in`.
    pub action: String,
    /// To what.
    pub object: Option<Object>,
    /// What was there before, as JSON, without secrets.
    pub before: Option<String>,
    /// What is there now, the same way.
    pub after: Option<String>,
}

/// A note in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditEntry {
    /// Its number: later entries have higher ones.
    pub id: i64,
    /// What was done.
    #[serde(flatten)]
    pub note: AuditNote,
}

/// Which entries are wanted. What is `None` does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditQuery {
    /// By whoever has this name.
    pub who: Option<String>,
    /// This action; or, ending in a full stop, all actions that begin so: `session.`.
    pub action: Option<String>,
    /// To objects of this kind.
    pub kind: Option<String>,
    /// To the object with this id.
    pub object: Option<String>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// Older than the entry with this number.
    pub before: Option<i64>,
    /// Newer than the entry with this number.
    pub after: Option<i64>,
    /// Whether the oldest come first.
    pub oldest_first: bool,
    /// At most so many.
    pub limit: u32,
}

/// Controls, and marks that turn or hide what people read.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// The text without anything that could break a line, forge an entry or turn the direction of reading, and cut
/// to `most` characters.
#[must_use]
pub fn harmless(text: &str, most: usize) -> String {
    let shown = |c: char| if is_invisible(c) { '\u{fffd}' } else { c };
    let mut cut: String = text.chars().take(most).map(shown).collect();
    if text.chars().nth(most).is_some() {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stranger_sends_can_break_no_line_and_is_cut() {
        assert_eq!(harmless("a\r\nb\u{202e}c", 9), "a��b�c");
        assert_eq!(harmless("\u{61c}\u{ad}\u{e0041}", 9), "���");
        assert_eq!(harmless("anna", 4), "anna");
        assert_eq!(harmless("annas", 4), "anna…");
        let origin = Origin::new(None, Some(&"x".repeat(5000)));
        assert_eq!(
            origin.agent.map(|agent| agent.chars().count()),
            Some(MAX_AGENT + 1)
        );
    }
}
