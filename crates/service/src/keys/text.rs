//! The text of a key, `plx_ID_SECRET`: drawn, taken apart and hashed. It is printed nowhere but where its
//! owner is handed it.

use std::fmt;

use parallax::key::{KeyHash, KeyId, PREFIX};
use rand::Rng;
use rand::distr::{Alphanumeric, SampleString};
use sha2::{Digest, Sha256};

/// Letters and digits of the secret, of 62 kinds: 190 bits.
const SECRET_LENGTH: usize = 32;

/// What ids are drawn from.
const ID_LETTERS: [u8; 36] = *b"0123456789abcdefghijklmnopqrstuvwxyz";

/// A key as its holder sends it.
pub struct KeyText {
    id: KeyId,
    text: String,
}

impl KeyText {
    /// A new key, of the generator that the operating system seeds (ChaCha, made for secrets).
    pub(super) fn draw() -> Self {
        let mut random = rand::rng();
        loop {
            let letter = |_| {
                let position = random.random_range(0..ID_LETTERS.len());
                ID_LETTERS.get(position).copied().map_or('0', char::from)
            };
            let id: String = (0..KeyId::LENGTH).map(letter).collect();
            // Always an id; asked, so that nothing here can panic.
            if let Ok(id) = KeyId::new(&id) {
                let secret = Alphanumeric.sample_string(&mut random, SECRET_LENGTH);
                let text = format!("{PREFIX}{id}_{secret}");
                return Self { id, text };
            }
        }
    }

    /// Takes a text apart; `None` when no key looks like that.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let looks_right = secret.len() == SECRET_LENGTH
            && secret.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let id = KeyId::new(id).ok().filter(|_| looks_right)?;
        Some(Self {
            id,
            text: text.to_owned(),
        })
    }

    /// Its public part.
    #[must_use]
    pub const fn id(&self) -> &KeyId {
        &self.id
    }

    /// What is stored instead of it.
    #[must_use]
    pub fn hash(&self) -> KeyHash {
        KeyHash::new(Sha256::digest(self.text.as_bytes()).into())
    }

    /// The secret itself, for its owner's eyes.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyText({}…)", self.id.prefix())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_drawn_key_is_read_again_and_no_two_are_alike() {
        let (one, other) = (KeyText::draw(), KeyText::draw());
        let read = KeyText::read(one.reveal()).unwrap();
        assert_eq!((read.id(), read.hash()), (one.id(), one.hash()));
        assert_ne!(one.id(), other.id());
        assert_ne!(one.hash(), other.hash());
    }

    #[test]
    fn a_key_is_not_in_its_debug_output() {
        let key = KeyText::draw();
        let secret = key.reveal().rsplit('_').next().unwrap();
        assert!(!format!("{key:?} {key:#?}").contains(secret));
    }

    #[test]
    fn what_looks_like_no_key_is_none() {
        let key = KeyText::draw();
        let text = key.reveal();
        for wrong in [
            "",
            "plx_",
            "plx__",
            &text[1..],
            &text[..text.len() - 1],
            &format!("{text}x"),
            &text.replacen("plx_", "PLX_", 1),
            &format!("{}é", &text[..text.len() - 2]),
        ] {
            assert!(KeyText::read(wrong).is_none(), "{}", wrong.len());
        }
    }
}
