//! How often someone may be wrong: by the name that is tried, the address it is tried from, and the browser.
//!
//! Strangers who try an account's name use up the allowance of strangers for that name. A browser in which its
//! owner once signed in (OWASP calls what it shows a device cookie) has an allowance of its own, so strangers
//! cannot lock the owner out. Kept in memory, by each server for itself.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use parallax::account::AccountId;
use parallax::key::KeyHash;
use parallax::time::{Clock, Moment};

/// How long a wrong try counts.
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// Names, addresses and browsers that are counted at once. Of more, the ones used least start anew.
const COUNTED: u64 = 65_536;

/// Whose wrong tries are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Whose {
    /// Of strangers who try this name, whether it exists or not.
    Name(String),
    /// Of an address; of IPv6 a network.
    Address(IpAddr),
    /// Of a browser that the account's owner signed in with, by the hash of its cookie.
    Browser([u8; 32]),
    /// Of whoever knows an account's password: codes, and the password asked for again.
    Owner(AccountId),
}

impl Whose {
    pub(super) const fn browser(hash: &KeyHash) -> Self {
        Self::Browser(*hash.bytes())
    }

    /// Wrong tries within the window.
    const fn allowed(&self) -> u32 {
        match self {
            Self::Name(_) | Self::Browser(_) => 10,
            // Several people may share one.
            Self::Address(_) => 30,
            Self::Owner(_) => 8,
        }
    }
}

/// Tries since the first that counts.
#[derive(Default)]
struct Tries {
    began_at: Moment,
    count: u32,
    /// Whether one was refused since.
    refused: bool,
}

/// Why there is no try left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exhausted {
    /// How long until there is one.
    pub(super) wait: Duration,
    /// Whether this is the first that is refused: only that one is worth a note, or a flood would fill the log.
    pub(super) is_first: bool,
}

/// The counts.
pub(super) struct Throttle {
    clock: Arc<dyn Clock>,
    counts: moka::sync::Cache<Whose, Arc<Mutex<Tries>>>,
}

impl Throttle {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            counts: moka::sync::Cache::new(COUNTED),
        }
    }

    /// Counts a try against all of these, before it is known whether it is right: so that many at the same
    /// time do not all pass. If one of them has none left, none is counted.
    pub(super) fn take(&self, all: &[Whose]) -> Result<(), Exhausted> {
        for (position, whose) in all.iter().enumerate() {
            if let Err(exhausted) = self.take_one(whose) {
                self.give_back(all.get(..position).unwrap_or_default());
                return Err(exhausted);
            }
        }
        Ok(())
    }

    fn take_one(&self, whose: &Whose) -> Result<(), Exhausted> {
        let now = self.clock.now();
        self.with(whose, |tries| {
            if now.since(tries.began_at) >= WINDOW || tries.count == 0 {
                *tries = Tries {
                    began_at: now,
                    ..Tries::default()
                };
            }
            if tries.count >= whose.allowed() {
                return Err(Exhausted {
                    wait: WINDOW.saturating_sub(now.since(tries.began_at)),
                    is_first: !std::mem::replace(&mut tries.refused, true),
                });
            }
            tries.count += 1;
            Ok(())
        })
    }

    /// Takes back what [`Throttle::take`] counted: the try was right, or was not made.
    pub(super) fn give_back(&self, all: &[Whose]) {
        for whose in all {
            self.with(whose, |tries| tries.count = tries.count.saturating_sub(1));
        }
    }

    fn with<T>(&self, whose: &Whose, change: impl FnOnce(&mut Tries) -> T) -> T {
        let tries = self.counts.get_with_by_ref(whose, Arc::default);
        // A count is right after any panic.
        change(&mut tries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[derive(Default)]
    struct SetClock(Mutex<Moment>);

    impl Clock for SetClock {
        fn now(&self) -> Moment {
            *self.0.lock().unwrap()
        }
    }

    impl SetClock {
        fn advance(&self, by: Duration) {
            let mut now = self.0.lock().unwrap();
            *now = now.plus(by);
        }
    }

    #[test]
    fn after_ten_wrong_tries_a_name_waits_until_the_first_is_a_quarter_of_an_hour_old() {
        let clock = Arc::new(SetClock::default());
        let throttle = Throttle::new(Arc::<SetClock>::clone(&clock));
        let name = [Whose::Name("anna".to_owned())];
        for _ in 0..10 {
            throttle.take(&name).unwrap();
        }
        clock.advance(Duration::from_secs(60));
        let exhausted = |is_first| Exhausted {
            wait: Duration::from_secs(14 * 60),
            is_first,
        };
        assert_eq!(throttle.take(&name), Err(exhausted(true)));
        assert_eq!(throttle.take(&name), Err(exhausted(false)));
        let browser = [Whose::Browser([1; 32])];
        throttle.take(&browser).unwrap();
        clock.advance(Duration::from_secs(14 * 60));
        throttle.take(&name).unwrap();
    }

    #[test]
    fn a_try_that_one_count_refuses_costs_the_others_nothing() {
        let throttle = Throttle::new(Arc::new(SetClock::default()));
        let address = Whose::Address(IpAddr::from([192, 0, 2, 1]));
        let name = |number| Whose::Name(format!("name {number}"));
        for _ in 0..10 {
            throttle.take(&[address.clone(), name(0)]).unwrap();
        }
        for _ in 0..50 {
            throttle.take(&[address.clone(), name(0)]).unwrap_err();
        }
        for number in 1..=20 {
            throttle.take(&[address.clone(), name(number)]).unwrap();
        }
        throttle.take(&[address, name(99)]).unwrap_err();
    }

    #[test]
    fn a_right_try_costs_nothing() {
        let throttle = Throttle::new(Arc::new(SetClock::default()));
        let name = [Whose::Name("anna".to_owned())];
        for _ in 0..100 {
            throttle.take(&name).unwrap();
            throttle.give_back(&name);
        }
    }
}
