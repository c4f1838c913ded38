//! Answers about the present: made once for all who ask the same within a moment, with a strong `ETag`.
//!
//! An answer says when it was made (`at`) and how old each price was then (`age_ms`), so it is right for as
//! long as it is kept, and it is kept for [`SHARED`] only: then the same question is answered anew, with
//! new ages and so with a new tag. An answer about one token is also made anew as soon as that token is
//! published again. Whoever asks within the moment with the tag gets a 304. Caches may keep an answer but
//! must ask before they use it (`no-cache`): a price that a cache repeats would be silently stale.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::response::Response;
use parallax::time::{Monotonic, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::cached::{Cached, Keep};
use crate::stamp::stamped;
use crate::{ApiState, Problem};

/// How long an answer is given to others who ask the same.
const SHARED: Duration = Duration::from_millis(500);
/// What all kept answers together may take.
const MOST_BYTES: usize = 32 << 20;
/// The most answers kept.
const MOST: usize = 4_096;

/// The answers of the moment, by question.
#[derive(Debug, Default)]
pub(crate) struct Answers(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    by_question: HashMap<String, Arc<Made>>,
    bytes: usize,
}

/// An answer and when it was made.
#[derive(Debug)]
struct Made {
    body: Bytes,
    /// Over the body.
    hash: Sha256,
    link: String,
    /// What it was made of: a publication's number.
    version: u64,
    /// What it says besides ages and its own time: the same for the same.
    substance: u64,
    made_at: Monotonic,
}

/// An answer on its way to be kept.
#[derive(Debug)]
pub(crate) struct Draft {
    json: String,
    link: String,
    substance: u64,
}

impl Draft {
    /// An answer given at `at`, with milliseconds beside its times.
    ///
    /// # Errors
    /// When it cannot be written, which is a fault of the program.
    pub(crate) fn new(answer: &impl Serialize, at: Timestamp) -> Result<Self, Problem> {
        let json = serde_json::to_string(answer).map_err(|_| Problem::unwritable())?;
        Ok(Self {
            json: stamped(&json, at),
            link: String::new(),
            substance: 0,
        })
    }

    /// That says the same as every other with this number, apart from ages and its own time.
    pub(crate) fn saying(self, substance: u64) -> Self {
        Self { substance, ..self }
    }

    /// With a `Link`.
    pub(crate) fn linked(self, link: String) -> Self {
        Self { link, ..self }
    }
}

impl Answers {
    fn get(&self, question: &str, version: u64, now: Monotonic) -> Option<Arc<Made>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let made = kept.by_question.get(question)?;
        let is_fresh = made.version == version && now.since(made.made_at) < SHARED;
        is_fresh.then(|| Arc::clone(made))
    }

    fn keep(&self, question: String, made: Arc<Made>, now: Monotonic) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Kept { by_question, bytes } = &mut *kept;
        if by_question.len() >= MOST || *bytes + made.body.len() > MOST_BYTES {
            by_question.retain(|_, made| now.since(made.made_at) < SHARED);
            *bytes = by_question.values().map(|made| made.body.len()).sum();
        }
        if by_question.len() >= MOST || *bytes + made.body.len() > MOST_BYTES {
            // Too many questions within a moment: each is answered, none is remembered.
            return;
        }
        *bytes += made.body.len();
        if let Some(replaced) = by_question.insert(question, made) {
            *bytes = bytes.saturating_sub(replaced.body.len());
        }
    }
}

impl ApiState {
    /// Answers a question about the present. `question` names it with all its parameters; `version` is
    /// the number of what it is about, 0 where only time counts; `make` answers it.
    ///
    /// # Errors
    /// Those of `make`, which are not kept.
    pub(crate) async fn live(
        &self,
        question: String,
        version: u64,
        headers: &HeaderMap,
        make: impl Future<Output = Result<Draft, Problem>>,
    ) -> Result<Response, Problem> {
        let made = self.made(question, version, make).await?;
        let answer = Cached {
            content_type: "application/json",
            keep: Keep::Asking,
            source: None,
            link: made.link.clone(),
            file_name: None,
        };
        Ok(answer.respond_hashed(made.hash.clone(), made.body.clone(), headers))
    }

    /// The body alone of [`ApiState::live`]'s answer, and the number that its draft was given.
    ///
    /// # Errors
    /// Those of `make`, which are not kept.
    pub(crate) async fn live_body(
        &self,
        question: String,
        version: u64,
        make: impl Future<Output = Result<Draft, Problem>>,
    ) -> Result<(Bytes, u64), Problem> {
        let made = self.made(question, version, make).await?;
        Ok((made.body.clone(), made.substance))
    }

    async fn made(
        &self,
        question: String,
        version: u64,
        make: impl Future<Output = Result<Draft, Problem>>,
    ) -> Result<Arc<Made>, Problem> {
        let now = self.service.moment().monotonic;
        if let Some(made) = self.answers.get(&question, version, now) {
            return Ok(made);
        }
        let draft = make.await?;
        let made = Arc::new(Made {
            hash: Sha256::new_with_prefix(&draft.json),
            body: Bytes::from(draft.json),
            link: draft.link,
            version,
            substance: draft.substance,
            made_at: now,
        });
        self.answers.keep(question, Arc::clone(&made), now);
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(size: usize, version: u64, made_at: Monotonic) -> Arc<Made> {
        Arc::new(Made {
            body: Bytes::from(vec![b' '; size]),
            hash: Sha256::new(),
            link: String::new(),
            version,
            substance: 0,
            made_at,
        })
    }

    #[test]
    fn an_answer_is_kept_for_a_moment_and_for_its_version() {
        let (answers, start) = (Answers::default(), Monotonic::default());
        answers.keep("q".to_owned(), made(1, 7, start), start);
        let after = |ms| start.plus(Duration::from_millis(ms));
        assert!(answers.get("q", 7, after(499)).is_some());
        assert!(answers.get("q", 8, after(1)).is_none());
        assert!(answers.get("q", 7, after(500)).is_none());
        assert!(answers.get("r", 7, start).is_none());
    }

    #[test]
    fn what_is_kept_is_bounded_and_what_is_over_makes_room() {
        let (answers, start) = (Answers::default(), Monotonic::default());
        for number in 0..10 {
            answers.keep(number.to_string(), made(MOST_BYTES / 4, 0, start), start);
        }
        let held = |now| {
            let is_held = |number: &i32| answers.get(&number.to_string(), 0, now).is_some();
            (0..10).filter(is_held).count()
        };
        assert_eq!(held(start), 4);
        let later = start.plus(SHARED);
        answers.keep("9".to_owned(), made(1, 0, later), later);
        assert_eq!(held(later), 1);
    }
}
