//! The second factor: codes of an authenticator app (TOTP, RFC 6238: SHA-1, six digits, 30 s, which is what
//! the apps know), and recovery codes for when the device is lost.

use std::fmt;

use parallax::account::Username;
use parallax::key::KeyHash;
use parallax::time::Timestamp;
use rand::Rng;
use sha2::{Digest, Sha256};
use totp_rs::{Builder, Secret, Totp};

/// How many recovery codes someone gets.
pub const RECOVERY_CODES: usize = 10;
/// Letters and digits of a recovery code that nobody confuses.
const CODE_LETTERS: [u8; 32] = *b"abcdefghjkmnpqrstuvwxyz234567890";
/// Characters of a recovery code: 80 bits, so it needs no slow hash.
const CODE_LENGTH: usize = 16;

/// A secret that is shared with someone's device.
#[derive(Clone, PartialEq, Eq)]
pub struct SharedSecret(String);

impl SharedSecret {
    /// A new one, of 160 random bits.
    #[must_use]
    pub fn draw() -> Self {
        let bytes: [u8; 20] = rand::rng().random();
        Self(Secret::new_stack(bytes).to_base32())
    }

    /// Reads one from base 32; `None` when it is none, or shorter than RFC 4226 wants.
    #[must_use]
    pub fn read(base32: &str) -> Option<Self> {
        let secret = Self(base32.to_owned());
        secret.totp().is_some().then_some(secret)
    }

    /// In base 32, for its owner's eyes.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The address that authenticator apps read from a QR code.
    #[must_use]
    pub fn address(&self, username: &Username) -> String {
        // A username holds no other letter that an address must escape.
        let name = username.as_str().replace('+', "%2B").replace('@', "%40");
        format!(
            "otpauth://totp/Parallax:{name}?secret={}&issuer=Parallax",
            self.0
        )
    }

    fn totp(&self) -> Option<Totp> {
        let secret = Secret::try_from_base32(&self.0).ok()?;
        Builder::new().with_secret(secret).build().ok()
    }

    /// The step of the code at `now`, one step early or late included; `None` when it is wrong.
    #[must_use]
    pub fn step_of(&self, code: &str, now: Timestamp) -> Option<u64> {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let seconds = u64::try_from(now.unix_ms()).ok()? / 1_000;
        self.totp()?.check(&code, seconds)
    }

    /// The code at `now`, as the device shows it. For tests of what asks for it.
    #[must_use]
    pub fn code_at(&self, now: Timestamp) -> Option<String> {
        let seconds = u64::try_from(now.unix_ms()).ok()? / 1_000;
        Some(self.totp()?.generate(seconds).to_string())
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret(…)")
    }
}

/// Codes that open an account once each instead of a device's code. Shown once, then only their hashes are known.
#[derive(Clone)]
pub struct RecoveryCodes(Vec<String>);

impl RecoveryCodes {
    /// New ones.
    #[must_use]
    pub fn draw() -> Self {
        let mut random = rand::rng();
        let mut letter = || {
            let position = random.random_range(0..CODE_LETTERS.len());
            CODE_LETTERS.get(position).copied().map_or('a', char::from)
        };
        let code = |_| {
            let code: String = (0..CODE_LENGTH).map(|_| letter()).collect();
            let (first, rest) = code.split_at(CODE_LENGTH / 2);
            format!("{first}-{rest}")
        };
        Self((0..RECOVERY_CODES).map(code).collect())
    }

    /// The codes, for their owner's eyes.
    #[must_use]
    pub fn reveal(&self) -> &[String] {
        &self.0
    }

    pub(super) fn hashes(&self) -> Vec<KeyHash> {
        self.0.iter().map(|code| recovery_hash(code)).collect()
    }
}

impl fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCodes(…)")
    }
}

/// What is stored of a recovery code, however it is written.
pub(super) fn recovery_hash(code: &str) -> KeyHash {
    let plain = |c: &char| c.is_ascii_alphanumeric();
    let code: String = code.chars().filter(plain).collect();
    KeyHash::new(Sha256::digest(code.to_ascii_lowercase().as_bytes()).into())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn at(unix_s: i64) -> Timestamp {
        Timestamp::from_unix_s(unix_s).unwrap()
    }

    #[test]
    fn a_code_is_that_of_rfc_6238_and_belongs_to_its_step() {
        // The RFC's secret, "12345678901234567890", and its example at 59 s, cut to six digits.
        let secret = SharedSecret::read("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap();
        assert_eq!(secret.code_at(at(59)).unwrap(), "287082");
        assert_eq!(secret.step_of("287 082", at(59)), Some(1));
        assert_eq!(secret.step_of("287082", at(89)), Some(1));
        assert_eq!(secret.step_of("287082", at(120)), None);
        for wrong in ["", "287083", "28708", "2870822", "abcdef"] {
            assert_eq!(secret.step_of(wrong, at(59)), None, "{wrong}");
        }
    }

    #[test]
    fn secrets_and_codes_differ_and_are_not_printed() {
        let secret = SharedSecret::draw();
        assert_ne!(secret, SharedSecret::draw());
        assert!(!format!("{secret:?}").contains(secret.reveal()));
        let codes = RecoveryCodes::draw();
        let mut all = codes.reveal().to_vec();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), RECOVERY_CODES);
        let first = all.first().unwrap();
        assert!(!format!("{codes:?}").contains(first));
        let written = first.to_uppercase().replace('-', " ");
        assert_eq!(recovery_hash(&written), recovery_hash(first));
    }

    #[test]
    fn the_address_holds_nothing_unescaped() {
        let secret = SharedSecret::draw();
        let address = secret.address(&"a.b+c@example.org".parse().unwrap());
        assert!(address.starts_with("otpauth://totp/Parallax:a.b%2Bc%40example.org?secret="));
    }
}
