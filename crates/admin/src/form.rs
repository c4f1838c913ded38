//! Forms: a token that is good for one sending, and what was typed.
//!
//! A token is made from a key that only this session knows (before signing in: only this browser), so a form of
//! one person is worth nothing in another's hands; and the database remembers the tokens that were used.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use parallax::time::Timestamp;
use rand::distr::{Alphanumeric, SampleString};
use sha2::Sha256;

/// The field that carries the token.
pub(crate) const FIELD: &str = "form";
/// How long a form of a session may lie open: no session lasts longer.
pub(crate) const LASTS: Duration = Duration::from_secs(7 * 86_400);
/// The same before signing in: as long as its use is remembered.
pub(crate) const GUEST_LASTS: Duration = Duration::from_secs(3_600);
/// Letters and digits of a key: 190 bits.
const KEY_LENGTH: usize = 32;
/// Letters and digits that make a token unlike all others.
const NONCE_LENGTH: usize = 22;

/// The key of the forms of a session or a browser.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct FormKey(String);

/// Why a form is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenError {
    /// It has no token, or not one of this session.
    Foreign,
    /// It has lain open too long.
    TooOld,
}

impl FormKey {
    pub(crate) fn draw() -> Self {
        Self(Alphanumeric.sample_string(&mut rand::rng(), KEY_LENGTH))
    }

    /// Reads a key that was drawn; `None` for anything else.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let is_key = text.len() == KEY_LENGTH && text.bytes().all(|b| b.is_ascii_alphanumeric());
        is_key.then(|| Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// A new token.
    pub(crate) fn token(&self, now: Timestamp) -> String {
        let nonce = Alphanumeric.sample_string(&mut rand::rng(), NONCE_LENGTH);
        let head = format!("{nonce}.{}", now.unix_ms());
        let mac = self.mac(&head).map(|mac| mac.finalize().into_bytes());
        // Without a key there is no token, and the form is refused; cannot happen, any key will do.
        let mac = mac.map_or_else(String::new, |mac| {
            mac.iter().map(|byte| format!("{byte:02x}")).collect()
        });
        format!("{head}.{mac}")
    }

    fn mac(&self, head: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).ok()?;
        mac.update(head.as_bytes());
        Some(mac)
    }

    /// Until when the use of this token, which is good for `lasts`, must be remembered.
    pub(crate) fn check(
        &self,
        token: &str,
        now: Timestamp,
        lasts: Duration,
    ) -> Result<Timestamp, TokenError> {
        let (head, tag) = token.rsplit_once('.').ok_or(TokenError::Foreign)?;
        let tag = bytes(tag).ok_or(TokenError::Foreign)?;
        let mac = self.mac(head).ok_or(TokenError::Foreign)?;
        // In a time that does not tell how much of it is right.
        mac.verify_slice(&tag).map_err(|_| TokenError::Foreign)?;
        let (_, made_ms) = head.split_once('.').ok_or(TokenError::Foreign)?;
        let made_ms = made_ms.parse().map_err(|_| TokenError::Foreign)?;
        let made_at = Timestamp::from_unix_ms(made_ms).map_err(|_| TokenError::Foreign)?;
        let until = made_at.plus(lasts);
        if until <= now {
            return Err(TokenError::TooOld);
        }
        Ok(until)
    }
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |&[high, low]: &[u8; 2]| u8::try_from(digit(high)? * 16 + digit(low)?).ok();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(byte).collect()
}

/// What was typed into a form, in the order of its fields.
#[derive(Clone, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads the body of a form.
    pub(crate) fn read(body: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(body).into_owned().collect())
    }

    /// What a form begins with.
    pub(crate) fn of(fields: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let fields = fields.into_iter();
        Self(
            fields
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    /// The value of a field; empty when there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        let mut found = self.0.iter().filter(|(held, _)| held == name);
        found.next().map_or("", |(_, value)| value.as_str())
    }

    /// All values of a field, such as of several boxes that are ticked.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let found = self.0.iter().filter(move |(held, _)| held == name);
        found.map(|(_, value)| value.as_str())
    }

    /// What may be kept while someone signs in again, as the body of a form: no token, no password, no code.
    pub(crate) fn to_keep(&self) -> String {
        let is_secret = |name: &str| {
            name == FIELD
                || ["password", "code", "secret"]
                    .iter()
                    .any(|word| name.contains(word))
        };
        let kept = self.0.iter().filter(|(name, _)| !is_secret(name));
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept)
            .finish()
    }

    /// Names and values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_key_alone_and_for_a_time() {
        let now = Timestamp::from_unix_s(1_795_305_600).unwrap();
        let (mine, yours) = (FormKey::draw(), FormKey::draw());
        let token = mine.token(now);
        assert_eq!(mine.check(&token, now, LASTS), Ok(now.plus(LASTS)));
        assert_eq!(yours.check(&token, now, LASTS), Err(TokenError::Foreign));
        assert_eq!(
            mine.check(&token, now.plus(LASTS), LASTS),
            Err(TokenError::TooOld)
        );
        assert_ne!(token, mine.token(now));
        let later = token.replacen(".17953", ".27953", 1);
        for wrong in [
            "",
            ".",
            "a.b",
            "a.1.zz",
            &token[1..],
            &later,
            &token[..token.len() - 2],
        ] {
            assert_eq!(
                mine.check(wrong, now, LASTS),
                Err(TokenError::Foreign),
                "{wrong}"
            );
        }
    }

    #[test]
    fn what_is_kept_while_someone_signs_in_again_holds_no_secret() {
        let fields = Fields::read(b"name=a+b&new_password=x&form=t&code=1&role=viewer&name=c");
        assert_eq!(fields.to_keep(), "name=a+b&role=viewer&name=c");
        assert_eq!(fields.get("name"), "a b");
        assert_eq!(fields.all("name").collect::<Vec<_>>(), ["a b", "c"]);
    }
}
