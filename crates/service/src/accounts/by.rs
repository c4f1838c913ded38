//! Who does something, for the audit log.

use parallax::account::Account;
use parallax::audit::{Actor, AuditNote, MAX_NAME, Object, Origin, harmless};
use parallax::time::Timestamp;
use serde::Serialize;

/// Who does something, and from where.
#[derive(Debug, Clone)]
pub struct By {
    /// Who.
    pub actor: Actor,
    /// From where.
    pub origin: Origin,
}

impl By {
    /// Whoever runs a command on the server's machine.
    #[must_use]
    pub fn command_line() -> Self {
        Self {
            actor: Actor {
                account: None,
                name: "command line".to_owned(),
            },
            origin: Origin::default(),
        }
    }

    /// Someone who is signed in.
    #[must_use]
    pub fn owner(account: &Account, origin: Origin) -> Self {
        Self {
            actor: Actor {
                account: Some(account.id.clone()),
                name: account.username.to_string(),
            },
            origin,
        }
    }

    /// Someone who tried this name, which may be anything.
    #[must_use]
    pub fn stranger(tried: &str, origin: Origin) -> Self {
        Self {
            actor: Actor {
                account: None,
                name: harmless(tried, MAX_NAME),
            },
            origin,
        }
    }

    /// A note of what they do.
    #[must_use]
    pub fn note(&self, action: &str, object: Option<Object>, at: Timestamp) -> AuditNote {
        AuditNote {
            at,
            actor: self.actor.clone(),
            origin: self.origin.clone(),
            action: action.to_owned(),
            object,
            before: None,
            after: None,
        }
    }
}

/// A state for the log, as JSON. The types that are handed in hold no secrets.
pub(crate) fn json(state: &impl Serialize) -> Option<String> {
    serde_json::to_string(state).ok()
}
