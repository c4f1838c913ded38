//! Accounts of people who run this server, as everyone who may list them sees them: who, in which role, and
//! what a role may do.
//!
//! What proves that someone is the owner (hashes of passwords, secrets of second factors) is in
//! `crates/store` and `crates/service`, never here, because this room compiles to the browser.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::time::Timestamp;

/// Which account: stays when the account is renamed, and is never given to another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(Arc<str>);

/// Why a text is not an account's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "an account's id is {} lowercase letters and digits",
    AccountId::LENGTH
)]
pub struct AccountIdError;

impl AccountId {
    /// Characters of an id: 62 bits, so that ids drawn by chance do not meet.
    pub const LENGTH: usize = 12;

    /// Checks the text and wraps it.
    ///
    /// # Errors
    /// [`AccountIdError`] when it is not [`AccountId::LENGTH`] lowercase letters and digits.
    pub fn new(text: &str) -> Result<Self, AccountIdError> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if text.len() == Self::LENGTH && text.bytes().all(is_plain) {
            Ok(Self(text.into()))
        } else {
            Err(AccountIdError)
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for AccountId {
    type Err = AccountIdError;

    fn from_str(text: &str) -> Result<Self, AccountIdError> {
        Self::new(text)
    }
}

/// What someone signs in as: 3 to 64 of `a` to `z`, digits, `.`, `_`, `-`, `+` and `@`, so that no two names
/// look alike. Capital letters are read as small ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Username(Arc<str>);

/// Why a text cannot be a username.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a username has 3 to 64 letters from a to z, digits, or any of . _ - + @, and begins with a letter or digit"
)]
pub struct UsernameError;

impl Username {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Username {
    type Err = UsernameError;

    /// White space around it is dropped.
    fn from_str(text: &str) -> Result<Self, UsernameError> {
        let text = text.trim().to_ascii_lowercase();
        let is_allowed = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-+@".contains(&byte)
        };
        let begins_well = text
            .bytes()
            .next()
            .is_some_and(|first| first.is_ascii_alphanumeric());
        if (3..=64).contains(&text.len()) && begins_well && text.bytes().all(is_allowed) {
            Ok(Self(text.into()))
        } else {
            Err(UsernameError)
        }
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for Username {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Serialize for AccountId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// What an account is for. Each role may do all that the one before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Looks at the data and at the state of the server.
    Viewer,
    /// Corrects the data, runs the server and hands out API keys.
    Editor,
    /// Also says who has an account.
    Superuser,
}

/// Something that not everyone may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Look at data and state; change one's own account.
    Browse,
    /// Change data and how the server runs.
    Edit,
    /// See, make and revoke API keys.
    Keys,
    /// Read the audit log, which holds people's addresses.
    Audit,
    /// See, make, change and disable accounts.
    Users,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Browse,
        Self::Edit,
        Self::Keys,
        Self::Audit,
        Self::Users,
    ];
}

impl Role {
    /// All roles, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Editor, Self::Superuser];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Superuser => "superuser",
        }
    }

    /// What it is for, as the end of a sentence that begins with "may".
    #[must_use]
    pub const fn may_in_words(self) -> &'static str {
        match self {
            Self::Viewer => "look at all data and at the state of the server",
            Self::Editor => {
                "look at everything but accounts, change data, run the server and manage API keys"
            }
            Self::Superuser => "do everything, managing accounts included",
        }
    }

    /// Whether it may do that.
    #[must_use]
    pub const fn may(self, what: Permission) -> bool {
        match what {
            Permission::Browse => true,
            Permission::Edit | Permission::Keys | Permission::Audit => {
                matches!(self, Self::Editor | Self::Superuser)
            }
            Permission::Users => matches!(self, Self::Superuser),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why a text is no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role is superuser, editor or viewer")]
pub struct RoleError;

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        let mut all = Self::ALL.into_iter();
        all.find(|role| role.as_str() == text).ok_or(RoleError)
    }
}

/// An account, without what proves whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Which one.
    pub id: AccountId,
    /// What its owner signs in as.
    pub username: Username,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its owner last signed in; `None`: not yet.
    pub signed_in_at: Option<Timestamp>,
    /// When it was disabled; `None`: it is in force.
    pub disabled_at: Option<Timestamp>,
    /// Whether signing in needs a code from a second device.
    pub has_second_factor: bool,
}

impl Account {
    /// Whether its owner may do that.
    #[must_use]
    pub fn may(&self, what: Permission) -> bool {
        self.disabled_at.is_none() && self.role.may(what)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_username_is_small_letters_and_few_signs() {
        let name: Username = " Anna.B+ops@example.org ".parse().unwrap();
        assert_eq!(name.as_str(), "anna.b+ops@example.org");
        let long = "a".repeat(65);
        for wrong in ["", "ab", ".ab", "an na", "änna", "anna\n", "<b>x", &long] {
            let read = wrong.parse::<Username>();
            assert_eq!(read.is_err(), wrong.trim() != "anna", "{wrong:?}");
        }
    }

    #[test]
    fn each_role_may_all_that_the_one_before_it_may() {
        for pair in Role::ALL.windows(2) {
            let &[less, more] = pair else { continue };
            for what in Permission::ALL {
                assert!(more.may(what) || !less.may(what), "{less} {what:?}");
            }
        }
        assert!(!Role::Viewer.may(Permission::Edit) && !Role::Viewer.may(Permission::Keys));
        assert!(Role::Editor.may(Permission::Keys) && !Role::Editor.may(Permission::Users));
    }

    #[test]
    fn roles_survive_their_words() {
        for role in Role::ALL {
            assert_eq!(role.to_string().parse(), Ok(role));
        }
        assert_eq!("root".parse::<Role>(), Err(RoleError));
    }
}
