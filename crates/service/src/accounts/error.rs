//! Why something about an account was not done, in words for whoever asked.

use std::time::Duration;

use parallax_store::StoreError;

use super::password::PasswordError;

/// Why something about an account was not done. None repeats a password or a code.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// No such name, another password, or a disabled account: nobody is told which.
    #[error("the username or the password is wrong")]
    Refused,
    /// The password that was asked for again is wrong.
    #[error("this is not your present password")]
    WrongPassword,
    /// Neither the device's code of now nor a recovery code that is left.
    #[error(
        "this code is wrong or was used before; wait for the next one, and check your device's clock"
    )]
    WrongCode,
    /// Too many wrong tries.
    #[error("too many tries; try again in {} min", wait.as_secs().div_ceil(60).max(1))]
    Throttled {
        /// How long to wait.
        wait: Duration,
    },
    /// More people sign in than this server hashes passwords for at once.
    #[error("too many people are signing in right now; try again in a few seconds")]
    Busy,
    /// The new password breaks a rule.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The name is taken.
    #[error("there is an account with this name already")]
    NameTaken,
    /// The account is not there.
    #[error("there is no such account")]
    Unknown,
    /// Someone changed the account since it was shown.
    #[error("someone else has changed this account in between; look at it again")]
    Changed,
    /// Nobody could manage accounts any longer.
    #[error("this is the last superuser in force; make another one first")]
    LastSuperuser,
    /// Something nobody does to themselves by intention.
    #[error("you cannot do this to your own account; ask another superuser")]
    Yourself,
    /// The second factor is not, or already, set up.
    #[error("the second factor is {}", if *.is_on { "already set up" } else { "not set up" })]
    SecondFactor {
        /// Whether there is one.
        is_on: bool,
    },
    /// The database could not do it.
    #[error("the database could not be used; nothing was changed")]
    Store(#[source] StoreError),
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
