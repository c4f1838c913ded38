//! Changes of accounts: each on the state that was read, with its note, tried anew when someone else was faster.

use parallax::account::{Account, AccountId, Role};
use parallax_store::{AccountChange, StoredAccount};

use super::second_factor::{RecoveryCodes, SharedSecret};
use super::throttle::{Exhausted, Whose};
use super::{AccountError, Accounts, By, Owner, TRIES, json, object, password};

impl Accounts {
    /// Gives an account a new password, and ends all its sessions. Whoever changes their own must know the
    /// present one; nobody else's is asked for.
    ///
    /// # Errors
    /// [`AccountError::WrongPassword`], [`AccountError::Throttled`], [`AccountError::Password`],
    /// [`AccountError::Busy`], [`AccountError::Unknown`], [`AccountError::Store`].
    pub async fn change_password(
        &self,
        id: &AccountId,
        present: Option<&str>,
        new: &str,
        by: &By,
    ) -> Result<Owner, AccountError> {
        let stored = self.stored(id).await?;
        if let Some(present) = present {
            self.ask_again(&stored, present).await?;
        }
        password::check(new, &stored.account.username)?;
        let hash = self.inner.hasher.hash(new).await;
        let hash = hash.map_err(|_| AccountError::Busy)?;
        let asked_on = stored.password_hash;
        self.change(id, by, "account.change_password", |account| {
            // The password that was shown must still be the one.
            if present.is_some() && account.password_hash != asked_on {
                return Err(AccountError::Changed);
            }
            account.password_hash.clone_from(&hash);
            account.epoch = account.epoch.wrapping_add(1);
            Ok(())
        })
        .await
    }

    /// Gives an account another role, on the state with this number, and ends all its sessions.
    ///
    /// # Errors
    /// [`AccountError::Changed`], [`AccountError::Yourself`], [`AccountError::LastSuperuser`],
    /// [`AccountError::Unknown`], [`AccountError::Store`].
    pub async fn set_role(
        &self,
        id: &AccountId,
        role: Role,
        revision: u32,
        by: &By,
    ) -> Result<Account, AccountError> {
        self.not_yourself(id, by)?;
        let done = self.change(id, by, "account.change_role", |stored| {
            if stored.revision != revision {
                return Err(AccountError::Changed);
            }
            stored.account.role = role;
            stored.epoch = stored.epoch.wrapping_add(1);
            Ok(())
        });
        done.await.map(|owner| owner.account)
    }

    /// Disables an account, which ends all its sessions. Disabling it again changes nothing.
    ///
    /// # Errors
    /// [`AccountError::Yourself`], [`AccountError::LastSuperuser`], [`AccountError::Unknown`],
    /// [`AccountError::Store`].
    pub async fn disable(&self, id: &AccountId, by: &By) -> Result<Account, AccountError> {
        self.not_yourself(id, by)?;
        let held = self.stored(id).await?.account;
        if held.disabled_at.is_some() {
            return Ok(held);
        }
        let now = self.now();
        let done = self.change(id, by, "account.disable", |stored| {
            stored.account.disabled_at = Some(now);
            stored.epoch = stored.epoch.wrapping_add(1);
            Ok(())
        });
        done.await.map(|owner| owner.account)
    }

    /// Puts a disabled account in force again. One that is in force stays as it is.
    ///
    /// # Errors
    /// [`AccountError::Unknown`], [`AccountError::Store`].
    pub async fn enable(&self, id: &AccountId, by: &By) -> Result<Account, AccountError> {
        let held = self.stored(id).await?.account;
        if held.disabled_at.is_none() {
            return Ok(held);
        }
        let done = self.change(id, by, "account.enable", |stored| {
            stored.account.disabled_at = None;
            Ok(())
        });
        done.await.map(|owner| owner.account)
    }

    /// Ends all sessions of an account.
    ///
    /// # Errors
    /// [`AccountError::Unknown`], [`AccountError::Store`].
    pub async fn end_all(&self, id: &AccountId, by: &By) -> Result<(), AccountError> {
        let done = self.change(id, by, "session.end_all", |stored| {
            stored.epoch = stored.epoch.wrapping_add(1);
            Ok(())
        });
        done.await.map(drop)
    }

    /// Sets up the second factor, once a code shows that the device has the secret. Ends all sessions, and
    /// returns the recovery codes, which cannot be read again.
    ///
    /// # Errors
    /// [`AccountError::WrongCode`], [`AccountError::SecondFactor`], [`AccountError::Throttled`],
    /// [`AccountError::Unknown`], [`AccountError::Store`].
    pub async fn set_up_second_factor(
        &self,
        id: &AccountId,
        secret: &SharedSecret,
        code: &str,
        by: &By,
    ) -> Result<(Owner, RecoveryCodes), AccountError> {
        let now = self.now();
        let step = self.counted(id, secret.step_of(code, now))?;
        let codes = RecoveryCodes::draw();
        let done = self.change(id, by, "account.second_factor_on", |stored| {
            if stored.totp_secret.is_some() {
                return Err(AccountError::SecondFactor { is_on: true });
            }
            stored.account.has_second_factor = true;
            stored.totp_secret = Some(secret.reveal().to_owned());
            stored.totp_step = step;
            stored.recovery = codes.hashes();
            stored.epoch = stored.epoch.wrapping_add(1);
            Ok(())
        });
        Ok((done.await?, codes))
    }

    /// Removes the second factor, and ends all sessions. Asks for the password again where `present` is given;
    /// a superuser helps someone else, who lost everything, without.
    ///
    /// # Errors
    /// [`AccountError::WrongPassword`], [`AccountError::SecondFactor`], [`AccountError::Throttled`],
    /// [`AccountError::Busy`], [`AccountError::Unknown`], [`AccountError::Store`].
    pub async fn remove_second_factor(
        &self,
        id: &AccountId,
        present: Option<&str>,
        by: &By,
    ) -> Result<Owner, AccountError> {
        if let Some(present) = present {
            self.ask_again(&self.stored(id).await?, present).await?;
        }
        self.change(id, by, "account.second_factor_off", |stored| {
            if stored.totp_secret.is_none() {
                return Err(AccountError::SecondFactor { is_on: false });
            }
            stored.account.has_second_factor = false;
            stored.totp_secret = None;
            stored.recovery.clear();
            stored.epoch = stored.epoch.wrapping_add(1);
            Ok(())
        })
        .await
    }

    /// Replaces the recovery codes, after asking for the password again.
    ///
    /// # Errors
    /// Those of [`Accounts::remove_second_factor`].
    pub async fn renew_recovery_codes(
        &self,
        id: &AccountId,
        present: &str,
        by: &By,
    ) -> Result<RecoveryCodes, AccountError> {
        self.ask_again(&self.stored(id).await?, present).await?;
        let codes = RecoveryCodes::draw();
        let done = self.change(id, by, "account.recovery_codes", |stored| {
            if stored.totp_secret.is_none() {
                return Err(AccountError::SecondFactor { is_on: false });
            }
            stored.recovery = codes.hashes();
            Ok(())
        });
        done.await?;
        Ok(codes)
    }

    /// Makes one change on the state that is stored, whatever it is by then, and notes it.
    pub(super) async fn change(
        &self,
        id: &AccountId,
        by: &By,
        action: &str,
        mut change: impl FnMut(&mut StoredAccount) -> Result<(), AccountError>,
    ) -> Result<Owner, AccountError> {
        for _ in 0..TRIES {
            let before = self.stored(id).await?;
            let mut after = before.clone();
            change(&mut after)?;
            let mut note = by.note(action, Some(object(id)), self.now());
            if before.account != after.account {
                note.before = json(&before.account);
                note.after = json(&after.account);
            }
            match self.store().change_account(&after, Some(&note)).await? {
                AccountChange::Done => {
                    return Ok(Owner {
                        epoch: after.epoch,
                        account: after.account,
                    });
                }
                AccountChange::LastSuperuser => return Err(AccountError::LastSuperuser),
                AccountChange::Outdated => {}
            }
        }
        Err(AccountError::Changed)
    }

    /// Whether the owner knows their password, asked within a session. Wrong ones count.
    async fn ask_again(&self, stored: &StoredAccount, present: &str) -> Result<(), AccountError> {
        let whose = [Whose::Owner(stored.account.id.clone())];
        let taken = self.inner.throttle.take(&whose);
        taken.map_err(|Exhausted { wait, .. }| AccountError::Throttled { wait })?;
        let hash = Some(stored.password_hash.clone());
        match self.inner.hasher.verify(present, hash).await {
            Ok(false) => Err(AccountError::WrongPassword),
            Ok(true) => {
                self.inner.throttle.give_back(&whose);
                Ok(())
            }
            Err(_) => {
                self.inner.throttle.give_back(&whose);
                Err(AccountError::Busy)
            }
        }
    }

    /// The step of a code, or that it was wrong, which counts.
    fn counted(&self, id: &AccountId, step: Option<u64>) -> Result<u64, AccountError> {
        let whose = [Whose::Owner(id.clone())];
        let taken = self.inner.throttle.take(&whose);
        taken.map_err(|Exhausted { wait, .. }| AccountError::Throttled { wait })?;
        let step = step.ok_or(AccountError::WrongCode)?;
        self.inner.throttle.give_back(&whose);
        Ok(step)
    }

    fn not_yourself(&self, id: &AccountId, by: &By) -> Result<(), AccountError> {
        if by.actor.account.as_ref() == Some(id) {
            return Err(AccountError::Yourself);
        }
        Ok(())
    }
}
