//! API keys as everyone but their holder sees them: who a key belongs to, what it may do and until when.
//!
//! The key itself, a secret text, is made and recognised in `crates/service` and is known to nobody after
//! that; what is stored is its hash. The name is for people and is no identity: two keys may share it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::time::Timestamp;

/// What every key begins with, so that people and scanners for leaked secrets know it.
pub const PREFIX: &str = "plx_";

/// The public part of a key: names it in lists and commands, opens nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(Arc<str>);

/// Why a text is not a key's id. It does not repeat the text, which may be a whole key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a key's id is {} lowercase letters and digits, as in the list of keys",
    KeyId::LENGTH
)]
pub struct KeyIdError;

impl KeyId {
    /// Characters of an id: 62 bits, so that ids drawn by chance do not meet.
    pub const LENGTH: usize = 12;

    /// Checks the text and wraps it.
    ///
    /// # Errors
    /// [`KeyIdError`] when it is not [`KeyId::LENGTH`] lowercase letters and digits.
    pub fn new(text: &str) -> Result<Self, KeyIdError> {
        let is_valid = text.len() == Self::LENGTH
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if is_valid {
            Ok(Self(text.into()))
        } else {
            Err(KeyIdError)
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How the key begins, for lists: enough to tell which one it is.
    #[must_use]
    pub fn prefix(&self) -> String {
        format!("{PREFIX}{self}")
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for KeyId {
    type Err = KeyIdError;

    fn from_str(text: &str) -> Result<Self, KeyIdError> {
        Self::new(text)
    }
}

impl Serialize for KeyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// What a key may be used for. None includes another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Everything that is answered at once.
    Read,
    /// Streams: server-sent events and WebSocket.
    Stream,
    /// What changes this server.
    Admin,
}

impl Scope {
    /// All scopes, in the order in which they are written.
    pub const ALL: [Self; 3] = [Self::Read, Self::Stream, Self::Admin];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Stream => "stream",
            Self::Admin => "admin",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a text is no scope, or a list of scopes none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a scope is read, stream or admin; several are separated by commas")]
pub struct ScopeError;

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let mut all = Self::ALL.into_iter();
        all.find(|scope| scope.as_str() == text).ok_or(ScopeError)
    }
}

/// A set of scopes, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scopes(u8);

impl Scopes {
    /// The set of these; `None` of no scope: such a key could do nothing.
    pub fn new(scopes: impl IntoIterator<Item = Scope>) -> Option<Self> {
        let bits = scopes.into_iter().fold(0, |bits, scope| bits | scope.bit());
        (bits != 0).then_some(Self(bits))
    }

    /// Whether `scope` is among them.
    #[must_use]
    pub const fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Those in the set, in their order.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }
}

impl fmt::Display for Scopes {
    /// Separated by commas: `read,stream`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, scope) in self.iter().enumerate() {
            if position > 0 {
                f.write_str(",")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

impl FromStr for Scopes {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let scopes: Result<Vec<Scope>, _> = text.split(',').map(str::parse).collect();
        Self::new(scopes?).ok_or(ScopeError)
    }
}

impl Serialize for Scopes {
    /// As a list of words.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// What a person calls a key: 1 to 64 characters, none of them a control character.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyName(String);

/// Why a text cannot name a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key's name has 1 to 64 characters, without line breaks and other control characters")]
pub struct KeyNameError;

impl FromStr for KeyName {
    type Err = KeyNameError;

    /// White space around it is dropped.
    fn from_str(text: &str) -> Result<Self, KeyNameError> {
        let text = text.trim();
        let is_valid =
            (1..=64).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if is_valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(KeyNameError)
        }
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// SHA-256 of a key's text. A key has more than 160 random bits, so it needs no salt and no slow hash, which
/// are there for passwords that people think up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyHash([u8; 32]);

/// Why a text is no hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 64 lowercase hexadecimal digits")]
pub struct KeyHashError;

impl KeyHash {
    /// From its bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// As 64 hexadecimal digits, for the database alone.
    #[must_use]
    pub fn to_hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// From 64 lowercase hexadecimal digits.
    ///
    /// # Errors
    /// [`KeyHashError`] for anything else.
    pub fn from_hex(text: &str) -> Result<Self, KeyHashError> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(KeyHashError),
        };
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let bytes: Result<Vec<u8>, _> = pairs
            .iter()
            .map(|&[high, low]| Ok(digit(high)? << 4 | digit(low)?))
            .collect();
        match <[u8; 32]>::try_from(bytes?) {
            Ok(bytes) if rest.is_empty() => Ok(Self(bytes)),
            _ => Err(KeyHashError),
        }
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(…)")
    }
}

/// A key, without what opens anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiKey {
    /// Which one.
    pub id: KeyId,
    /// What its owner calls it.
    pub name: KeyName,
    /// What it may be used for.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is refused; `None`: it does not expire.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute; `None`: not yet.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked; `None`: it was not.
    pub revoked_at: Option<Timestamp>,
}

/// Why a key that was given out is in force no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyEnd {
    /// Someone revoked it.
    Revoked,
    /// Its time is over.
    Expired,
}

impl KeyEnd {
    /// Its word, for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

impl ApiKey {
    /// Why the key is not in force at `now`; `None` while it is.
    #[must_use]
    pub fn ended(&self, now: Timestamp) -> Option<KeyEnd> {
        if self.revoked_at.is_some() {
            Some(KeyEnd::Revoked)
        } else if self.expires_at.is_some_and(|at| at <= now) {
            Some(KeyEnd::Expired)
        } else {
            None
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn scopes_survive_their_text_in_any_order() {
        let scopes: Scopes = "stream,read,read".parse().unwrap();
        assert_eq!(scopes.to_string(), "read,stream");
        assert!(scopes.has(Scope::Read) && !scopes.has(Scope::Admin));
        for text in ["", "write", "read,", "read, stream"] {
            assert_eq!(text.parse::<Scopes>(), Err(ScopeError), "{text:?}");
        }
    }

    #[test]
    fn a_hash_survives_its_text_and_is_never_printed() {
        let hash = KeyHash::new(std::array::from_fn(|at| u8::try_from(at * 8).unwrap()));
        assert_eq!(KeyHash::from_hex(&hash.to_hex()), Ok(hash));
        assert_eq!(format!("{hash:?}"), "KeyHash(…)");
        let hex = hash.to_hex();
        for text in [&hex[1..], &format!("{hex}0"), &hex.to_uppercase(), ""] {
            assert_eq!(KeyHash::from_hex(text), Err(KeyHashError), "{text}");
        }
    }

    #[test]
    fn an_id_that_is_a_whole_key_is_refused_without_repeating_it() {
        let error = KeyId::new("plx_abcdefghijkl_secret").unwrap_err();
        assert!(!error.to_string().contains("secret"));
        assert_eq!(
            KeyId::new("abcdefghij01").unwrap().prefix(),
            "plx_abcdefghij01"
        );
    }

    #[test]
    fn a_key_ends_when_it_is_revoked_and_at_the_moment_it_expires() {
        let at = |unix_s| Timestamp::from_unix_s(unix_s).unwrap();
        let mut key = ApiKey {
            id: KeyId::new("abcdefghij01").unwrap(),
            name: " my bot ".parse().unwrap(),
            scopes: "read".parse().unwrap(),
            created_at: at(1),
            expires_at: Some(at(10)),
            last_used_at: None,
            revoked_at: None,
        };
        assert_eq!(key.name.to_string(), "my bot");
        assert_eq!(key.ended(at(9)), None);
        assert_eq!(key.ended(at(10)), Some(KeyEnd::Expired));
        key.revoked_at = Some(at(5));
        assert_eq!(key.ended(at(1)), Some(KeyEnd::Revoked));
    }
}
