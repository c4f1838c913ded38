//! Passwords: what is accepted as a new one, and the slow hashes, of which only a few are made at once.
//!
//! The rules are those of OWASP's ASVS 5.0, 6.2: length counts, composition does not, and what others use is
//! refused. The hash is Argon2id with OWASP's parameters: 19 MiB, two passes, one lane.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use parallax::account::Username;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zxcvbn::{Score, zxcvbn};

/// The fewest characters of a password.
pub const MIN_LENGTH: usize = 12;
/// The most characters: far more than anyone types, and little enough to hash.
pub const MAX_LENGTH: usize = 256;

/// Memory of one hash, in KiB.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Hashes made at once: with their memory, the most that sign-ins cost.
const AT_ONCE: usize = 2;
/// Callers that wait for one of these. More are sent away.
const WAITING: usize = 16;
/// What the password of an account that is not there is hashed with: the same work, for nothing.
const NOBODYS_SALT: &[u8] = b"nobody has this.";

/// Why a text is refused as a new password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short.
    #[error(
        "a password has at least {MIN_LENGTH} characters; a few random words are easy to remember"
    )]
    TooShort,
    /// Too long.
    #[error("a password has at most {MAX_LENGTH} characters")]
    TooLong,
    /// The username, or made of it.
    #[error("a password must not be the username")]
    IsUsername,
    /// One that many people use, or that is guessed soon.
    #[error(
        "this password is common or quickly guessed; take several unrelated words, or let a password \
         manager make one"
    )]
    TooCommon,
}

/// Whether the text may become the password of `username`.
///
/// # Errors
/// [`PasswordError`], which never repeats the text.
pub fn check(password: &str, username: &Username) -> Result<(), PasswordError> {
    let length = password.chars().count();
    if length > MAX_LENGTH {
        return Err(PasswordError::TooLong);
    }
    let name = username.as_str();
    // The name once or several times, whatever the letters' case.
    let lower = password.to_lowercase();
    if lower.replace(name, "").trim().is_empty() && !lower.is_empty() {
        return Err(PasswordError::IsUsername);
    }
    if length < MIN_LENGTH {
        return Err(PasswordError::TooShort);
    }
    // Below three of four: found with 10^8 guesses. It knows the lists of common passwords and names, words,
    // keyboards' rows, dates and repetitions.
    if zxcvbn(password, &[name, "parallax"]).score() < Score::Three {
        return Err(PasswordError::TooCommon);
    }
    Ok(())
}

/// More people sign in than can wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

/// Makes and compares hashes, a few at once. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct Hasher {
    argon: Argon2<'static>,
    /// Those at work and those that wait.
    admitted: Arc<Semaphore>,
    working: Arc<Semaphore>,
    count: Arc<Count>,
}

/// How many hashes are made right now, and were at most.
#[derive(Default)]
struct Count {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Default for Hasher {
    fn default() -> Self {
        Self::with_limits(AT_ONCE, WAITING)
    }
}

impl Hasher {
    /// Makes `at_once` hashes, and lets `waiting` callers wait.
    #[must_use]
    pub fn with_limits(at_once: usize, waiting: usize) -> Self {
        // Constants that are in bounds; the default is the same cost.
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).unwrap_or_default();
        Self {
            argon: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            admitted: Arc::new(Semaphore::new(at_once + waiting)),
            working: Arc::new(Semaphore::new(at_once)),
            count: Arc::default(),
        }
    }

    /// The most hashes that were made at the same time so far.
    #[must_use]
    pub fn most_at_once(&self) -> usize {
        self.count.most.load(Ordering::SeqCst)
    }

    /// The hash of a new password, in the PHC string format, with a salt of its own.
    pub(super) async fn hash(&self, password: &str) -> Result<String, Busy> {
        let password = password.to_owned();
        let hash = self.work(move |argon| argon.hash_password(password.as_bytes()));
        // It fails only without randomness; then nobody can have a password now.
        hash.await?.map(|hash| hash.to_string()).map_err(|_| Busy)
    }

    /// Whether the password has this hash. Without a hash the answer is no, after the same work.
    pub(super) async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool, Busy> {
        // What no password can be is not worth the work of hashing it whole, and is wrong anyway.
        let password: String = password.chars().take(MAX_LENGTH + 1).collect();
        self.work(move |argon| match hash {
            Some(hash) => argon
                .verify_password(password.as_bytes(), hash.as_str())
                .is_ok(),
            None => {
                drop(argon.hash_password_with_salt(password.as_bytes(), NOBODYS_SALT));
                false
            }
        })
        .await
    }

    /// Does slow work on a thread of its own. The permits go with it: a caller who gives up does not make
    /// room for another before the work is done.
    async fn work<T: Send + 'static>(
        &self,
        slow: impl FnOnce(&Argon2<'static>) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let admitted = Arc::clone(&self.admitted);
        let admitted: OwnedSemaphorePermit = admitted.try_acquire_owned().map_err(|_| Busy)?;
        let working = Arc::clone(&self.working).acquire_owned().await;
        let working = working.map_err(|_| Busy)?;
        let (argon, count) = (self.argon.clone(), Arc::clone(&self.count));
        let done = tokio::task::spawn_blocking(move || {
            let now = count.now.fetch_add(1, Ordering::SeqCst) + 1;
            count.most.fetch_max(now, Ordering::SeqCst);
            let done = slow(&argon);
            count.now.fetch_sub(1, Ordering::SeqCst);
            drop((admitted, working));
            done
        });
        done.await.map_err(|_| Busy)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn refused(password: &str) -> Option<PasswordError> {
        check(password, &"annabel".parse().unwrap()).err()
    }

    #[test]
    fn length_counts_and_long_ones_are_accepted() {
        assert_eq!(refused("kP3!xq9#wz"), Some(PasswordError::TooShort));
        assert_eq!(refused("walnut ferry quartz lamp"), None);
        let long = "walnut ferry quartz lamp ".repeat(5);
        assert_eq!(refused(&format!("{long}{}", "x9".repeat(20))), None);
        assert_eq!(refused(&"é7".repeat(129)), Some(PasswordError::TooLong));
        // Characters count, not bytes.
        assert_eq!(refused("ключ от чердака"), None);
    }

    #[test]
    fn what_others_use_and_the_name_are_refused() {
        for common in [
            "password1234",
            "123456789012",
            "qwertyuiop12",
            "letmeinletmein",
            "iloveyou1234",
            "aaaaaaaaaaaaaaaa",
            "parallaxparallax",
            "passwordpassword",
        ] {
            assert_eq!(refused(common), Some(PasswordError::TooCommon), "{common}");
        }
        assert_eq!(refused("annabel"), Some(PasswordError::IsUsername));
        assert_eq!(refused("Annabelannabel"), Some(PasswordError::IsUsername));
    }

    #[tokio::test]
    async fn a_hash_says_owasps_parameters_and_knows_its_password() {
        let hasher = Hasher::default();
        let hash = hasher.hash("walnut ferry quartz").await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        let known = async |password| hasher.verify(password, Some(hash.clone())).await;
        assert_eq!(known("walnut ferry quartz").await, Ok(true));
        assert_eq!(known("walnut ferry quartZ").await, Ok(false));
        assert_eq!(hasher.verify("walnut", None).await, Ok(false));
        assert_ne!(hash, hasher.hash("walnut ferry quartz").await.unwrap());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_fifty_at_once_a_few_work_some_wait_and_the_rest_are_sent_away() {
        let hasher = Hasher::default();
        let tries = (0..50).map(|_| {
            let hasher = hasher.clone();
            tokio::spawn(async move { hasher.verify("walnut", None).await })
        });
        let (mut answered, mut sent_away) = (0, 0);
        for done in tries.collect::<Vec<_>>() {
            match done.await.unwrap() {
                Ok(_) => answered += 1,
                Err(Busy) => sent_away += 1,
            }
        }
        assert!(
            hasher.most_at_once() <= AT_ONCE,
            "{}",
            hasher.most_at_once()
        );
        assert!(answered >= AT_ONCE + WAITING, "{answered}");
        assert!(sent_away > 0);
    }
}
