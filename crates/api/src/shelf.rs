//! Answers that are kept for a moment, for others who ask the same.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use parallax::time::Monotonic;

/// How long an answer is given to others who ask the same.
pub(crate) const SHARED: Duration = Duration::from_millis(500);
/// What all kept answers together may take.
const MOST_BYTES: usize = 32 << 20;
/// The most answers kept.
const MOST: usize = 4_096;

/// What can be kept.
pub(crate) trait Shelved {
    /// What it takes, in bytes.
    fn bytes(&self) -> usize;

    /// Whether its moment has passed.
    fn is_over(&self, now: Monotonic) -> bool;
}

/// The answers of the moment, by question. Their number and size are bounded: of too many questions within a
/// moment each is answered, and none is remembered.
pub(crate) struct Shelf<T>(Mutex<Kept<T>>);

struct Kept<T> {
    by_question: HashMap<String, Arc<T>>,
    bytes: usize,
}

impl<T> fmt::Debug for Shelf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shelf").finish_non_exhaustive()
    }
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self(Mutex::new(Kept {
            by_question: HashMap::new(),
            bytes: 0,
        }))
    }
}

impl<T: Shelved> Shelf<T> {
    /// The answer to this question, unless its moment has passed.
    pub(crate) fn get(&self, question: &str, now: Monotonic) -> Option<Arc<T>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let item = kept.by_question.get(question)?;
        (!item.is_over(now)).then(|| Arc::clone(item))
    }

    /// Keeps an answer in place of an earlier one, if there is room.
    pub(crate) fn keep(&self, question: String, item: Arc<T>, now: Monotonic) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Kept { by_question, bytes } = &mut *kept;
        if by_question.len() >= MOST || *bytes + item.bytes() > MOST_BYTES {
            by_question.retain(|_, item| !item.is_over(now));
            *bytes = by_question.values().map(|item| item.bytes()).sum();
        }
        if by_question.len() >= MOST || *bytes + item.bytes() > MOST_BYTES {
            return;
        }
        *bytes += item.bytes();
        if let Some(replaced) = by_question.insert(question, item) {
            *bytes = bytes.saturating_sub(replaced.bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Item(usize, Monotonic);

    impl Shelved for Item {
        fn bytes(&self) -> usize {
            self.0
        }

        fn is_over(&self, now: Monotonic) -> bool {
            now.since(self.1) >= SHARED
        }
    }

    fn item(bytes: usize, at: Monotonic) -> Arc<Item> {
        Arc::new(Item(bytes, at))
    }

    #[test]
    fn an_answer_is_kept_for_a_moment() {
        let (shelf, start) = (Shelf::default(), Monotonic::default());
        shelf.keep("q".to_owned(), item(1, start), start);
        let after = |ms| start.plus(Duration::from_millis(ms));
        assert!(shelf.get("q", after(499)).is_some());
        assert!(shelf.get("q", after(500)).is_none());
        assert!(shelf.get("r", start).is_none());
    }

    #[test]
    fn what_is_kept_is_bounded_and_what_is_over_makes_room() {
        let (shelf, start) = (Shelf::default(), Monotonic::default());
        for number in 0..10 {
            shelf.keep(number.to_string(), item(MOST_BYTES / 4, start), start);
        }
        let held = |now| {
            let is_held = |number: &i32| shelf.get(&number.to_string(), now).is_some();
            (0..10).filter(is_held).count()
        };
        assert_eq!(held(start), 4);
        let later = start.plus(SHARED);
        shelf.keep("9".to_owned(), item(1, later), later);
        assert_eq!(held(later), 1);
    }
}
