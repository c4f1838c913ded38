//! A key to a venue, kept out of everything that is written down.
//!
//! Owns nothing but the wrapper: every way to show it shows dots. `crates/ingest` puts it into a header
//! with [`Secret::expose`], and nobody else needs to.

use std::fmt;

use serde::{Deserialize, Deserializer};

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// Wraps a key. Blanks around it, as a file or a shell may add them, are not part of it.
    #[must_use]
    pub fn new(key: &str) -> Self {
        Self(key.trim().into())
    }

    /// The key itself, for the header that carries it.
    #[must_use]
    pub const fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|key| Self::new(&key))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_shown_by_nothing_but_the_call_that_says_so() {
        let secret: Secret = serde_json::from_str("\" 0123abcd\\n\"").unwrap();
        assert_eq!(
            format!("{secret} {secret:?} {secret:#?}"),
            "… Secret(…) Secret(…)"
        );
        assert_eq!(secret.expose(), "0123abcd");
    }
}
