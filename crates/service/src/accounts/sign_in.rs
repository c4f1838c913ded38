//! Signing in and out.
//!
//! Whether a name exists shows neither in the answer nor in the time it takes: a password is hashed in every
//! case. Tries are counted before the work, and given back when they were right.

use std::net::IpAddr;

use parallax::account::{Account, AccountId};
use parallax::audit::{AuditNote, Object, Origin};
use parallax::key::KeyHash;
use parallax_store::{AccountChange, StoredAccount};
use rand::distr::{Alphanumeric, SampleString};
use sha2::{Digest, Sha256};

use super::second_factor::recovery_hash;
use super::throttle::{Exhausted, Whose};
use super::{AccountError, Accounts, By, Sessions, SharedSecret, TRIES, object};

/// Letters and digits of what a browser is known by: 190 bits.
const BROWSER_LENGTH: usize = 32;

/// What someone shows at the door.
pub struct Attempt<'a> {
    /// The name, as it was typed.
    pub username: &'a str,
    /// The password.
    pub password: &'a str,
    /// What the browser was given when someone signed in there before.
    pub browser: Option<&'a str>,
    /// The address, of IPv6 the network, that tries are counted by.
    pub network: Option<IpAddr>,
    /// For the audit log.
    pub origin: Origin,
}

/// Someone who proved to be the owner, and the epoch that their session is made in.
#[derive(Debug, Clone)]
pub struct Owner {
    /// The account.
    pub account: Account,
    /// A session of another epoch is worth nothing.
    pub epoch: u32,
}

/// What a right password leads to.
#[derive(Debug)]
pub enum SignIn {
    /// All is shown.
    Done(Owner),
    /// A code is asked for next.
    NeedsCode(Owner),
}

impl Accounts {
    /// Signs someone in who shows a name and a password.
    ///
    /// # Errors
    /// [`AccountError::Refused`], [`AccountError::Throttled`], [`AccountError::Busy`], [`AccountError::Store`].
    pub async fn sign_in(&self, attempt: Attempt<'_>) -> Result<SignIn, AccountError> {
        // A text that can be no name is treated like a name that nobody has.
        let stored = match attempt.username.parse() {
            Ok(name) => self.store().account_named(&name).await?,
            Err(_) => None,
        };
        let counted = self.counted_by(&attempt, stored.as_ref()).await?;
        if let Err(Exhausted { wait, is_first }) = self.inner.throttle.take(&counted) {
            if is_first {
                self.failed(&attempt, "throttled").await?;
            }
            return Err(AccountError::Throttled { wait });
        }
        let hash = stored.as_ref().map(|held| held.password_hash.clone());
        let Ok(is_right) = self.inner.hasher.verify(attempt.password, hash).await else {
            self.inner.throttle.give_back(&counted);
            return Err(AccountError::Busy);
        };
        let stored = stored.filter(|held| is_right && held.account.disabled_at.is_none());
        let Some(stored) = stored else {
            self.failed(&attempt, "refused").await?;
            return Err(AccountError::Refused);
        };
        self.inner.throttle.give_back(&counted);
        if stored.totp_secret.is_some() {
            return Ok(SignIn::NeedsCode(Owner {
                epoch: stored.epoch,
                account: stored.account,
            }));
        }
        let (id, hash) = (&stored.account.id, &stored.password_hash);
        let owner = self.arrive(id, &attempt.origin, |now| {
            // Not what was changed while the password was compared.
            (now.password_hash == *hash && now.totp_secret.is_none())
                .then_some(())
                .ok_or(AccountError::Refused)
        });
        owner.await.map(SignIn::Done)
    }

    /// Signs someone in who showed the password of `id` in this epoch, and now a code: of the device, or one
    /// of the recovery codes that are left. No code is good twice.
    ///
    /// # Errors
    /// [`AccountError::WrongCode`], [`AccountError::Refused`] when the account changed in between,
    /// [`AccountError::Throttled`], [`AccountError::Store`].
    pub async fn second_step(
        &self,
        id: &AccountId,
        epoch: u32,
        code: &str,
        browser: Option<&str>,
        origin: Origin,
    ) -> Result<Owner, AccountError> {
        let counted = match self.known(browser, id).await? {
            Some(hash) => [Whose::browser(&hash)],
            None => [Whose::Owner(id.clone())],
        };
        let taken = self.inner.throttle.take(&counted);
        taken.map_err(|Exhausted { wait, .. }| AccountError::Throttled { wait })?;
        let now = self.now();
        let done = self.arrive(id, &origin, |stored| {
            if stored.epoch != epoch {
                return Err(AccountError::Refused);
            }
            let secret = stored.totp_secret.as_deref().and_then(SharedSecret::read);
            let step = secret.and_then(|secret| secret.step_of(code, now));
            if let Some(step) = step.filter(|step| *step > stored.totp_step) {
                stored.totp_step = step;
                return Ok(());
            }
            let hash = recovery_hash(code);
            let left = stored.recovery.len();
            stored.recovery.retain(|kept| *kept != hash);
            if stored.recovery.len() == left {
                return Err(AccountError::WrongCode);
            }
            Ok(())
        });
        let done = done.await;
        match &done {
            Ok(_) => self.inner.throttle.give_back(&counted),
            Err(_) => {
                let mut note = self.stranger_note(id, origin).await?;
                note.after = Some("{\"reason\":\"wrong code\"}".to_owned());
                self.store().add_note(&note).await?;
            }
        }
        done
    }

    /// Notes that someone signed out.
    ///
    /// # Errors
    /// [`AccountError::Store`].
    pub async fn signed_out(&self, by: &By) -> Result<(), AccountError> {
        let object = by.actor.account.as_ref().map(object);
        self.note(&by.note("session.sign_out", object, self.now()))
            .await
    }

    /// Ends one session of whoever does it, notes it, and says whether it was there.
    ///
    /// # Errors
    /// [`AccountError::Store`].
    pub async fn end_one(
        &self,
        sessions: &Sessions,
        hash: &KeyHash,
        by: &By,
    ) -> Result<bool, AccountError> {
        let Some(id) = &by.actor.account else {
            return Ok(false);
        };
        if !sessions.end_of(id, hash).await? {
            return Ok(false);
        }
        let note = by.note("session.end", Some(object(id)), self.now());
        self.note(&note).await?;
        Ok(true)
    }

    /// What the browser is to be known by, in which someone has just signed in: what it showed, if it was known
    /// for this account before, or else something new.
    ///
    /// # Errors
    /// [`AccountError::Store`].
    pub async fn know_browser(
        &self,
        id: &AccountId,
        shown: Option<&str>,
    ) -> Result<String, AccountError> {
        let known = self.known(shown, id).await?;
        let text = match shown.filter(|_| known.is_some()) {
            Some(shown) => shown.to_owned(),
            None => Alphanumeric.sample_string(&mut rand::rng(), BROWSER_LENGTH),
        };
        let hash = browser_hash(&text);
        self.store().know_browser(&hash, id, self.now()).await?;
        Ok(text)
    }

    /// Notes the arrival of an owner, on the state that `check` accepts and may change.
    async fn arrive(
        &self,
        id: &AccountId,
        origin: &Origin,
        mut check: impl FnMut(&mut StoredAccount) -> Result<(), AccountError>,
    ) -> Result<Owner, AccountError> {
        for _ in 0..TRIES {
            let Some(mut stored) = self.store().account(id).await? else {
                return Err(AccountError::Refused);
            };
            if stored.account.disabled_at.is_some() {
                return Err(AccountError::Refused);
            }
            check(&mut stored)?;
            let now = self.now();
            stored.account.signed_in_at = Some(now);
            let by = By::owner(&stored.account, origin.clone());
            let note = by.note("session.sign_in", Some(object(id)), now);
            let done = self.store().change_account(&stored, Some(&note)).await?;
            if done == AccountChange::Done {
                return Ok(Owner {
                    epoch: stored.epoch,
                    account: stored.account,
                });
            }
        }
        Err(AccountError::Busy)
    }

    /// A browser that the owner signed in with is counted for itself, and a stranger by name and address.
    async fn counted_by(
        &self,
        attempt: &Attempt<'_>,
        stored: Option<&StoredAccount>,
    ) -> Result<Vec<Whose>, AccountError> {
        if let Some(stored) = stored {
            let known = self.known(attempt.browser, &stored.account.id).await?;
            if let Some(hash) = known {
                return Ok(vec![Whose::browser(&hash)]);
            }
        }
        let name = attempt.username.trim().to_lowercase();
        // As long as names can be, so that a count takes little room.
        let name = Whose::Name(name.chars().take(80).collect());
        let address = attempt.network.map(Whose::Address);
        Ok([Some(name), address].into_iter().flatten().collect())
    }

    /// The hash of what a browser shows, if it is known for the account.
    async fn known(
        &self,
        shown: Option<&str>,
        id: &AccountId,
    ) -> Result<Option<KeyHash>, AccountError> {
        let Some(shown) = shown.filter(|shown| shown.len() == BROWSER_LENGTH) else {
            return Ok(None);
        };
        let hash = browser_hash(shown);
        let is_known = self.store().knows_browser(&hash, id).await?;
        Ok(is_known.then_some(hash))
    }

    async fn failed(&self, attempt: &Attempt<'_>, reason: &str) -> Result<(), AccountError> {
        let by = By::stranger(attempt.username, attempt.origin.clone());
        let mut note = by.note("session.sign_in_failed", None, self.now());
        note.after = Some(format!("{{\"reason\":\"{reason}\"}}"));
        self.note(&note).await
    }

    async fn stranger_note(
        &self,
        id: &AccountId,
        origin: Origin,
    ) -> Result<AuditNote, AccountError> {
        let name = self.stored(id).await?.account.username;
        let by = By::stranger(name.as_str(), origin);
        let object = Object::new("account", id.as_str());
        Ok(by.note("session.sign_in_failed", Some(object), self.now()))
    }
}

fn browser_hash(text: &str) -> KeyHash {
    KeyHash::new(Sha256::digest(text.as_bytes()).into())
}
