//! Answers about the present: made once for all who ask the same within a moment, with a strong `ETag`.
//!
//! An answer says when it was made (`at`) and how old each price was then (`age_ms`), so it is right for as
//! long as it is kept, and it is kept for [`SHARED`] only: then the same question is answered anew, with
//! new ages and so with a new tag. An answer about one token is also made anew as soon as that token is
//! published again, and every answer when another catalogue is in force. Whoever asks within the moment with the tag
//! gets a 304. Caches may keep an answer but must ask before they use it (`no-cache`): a price that a cache repeats
//! would be silently stale.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::response::Response;
use parallax::time::{Monotonic, Timestamp};
use parallax::token::TokenId;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::at_once::Lasting;
use crate::cached::{Cached, Keep};
use crate::shelf::{SHARED, Shelf, Shelved};
use crate::stamp::stamped;
use crate::{ApiState, Problem};

/// The answers of the moment, by question.
pub(crate) type Answers = Shelf<Made>;

/// An answer and when it was made.
#[derive(Debug)]
pub(crate) struct Made {
    body: Bytes,
    /// Over the body.
    hash: Sha256,
    link: String,
    /// What it was made of: a publication's number, and the catalogue's.
    version: (u64, u64),
    /// What it says besides ages and its own time: the same for the same.
    substance: u64,
    made_at: Monotonic,
}

impl Shelved for Made {
    fn bytes(&self) -> usize {
        self.body.len()
    }

    fn is_over(&self, now: Monotonic) -> bool {
        now.since(self.made_at) >= SHARED
    }
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

impl ApiState {
    /// Answers a question about the present. `question` names it with all its parameters; `about` is the token
    /// that it is about, `None` where only time counts; `make` answers it.
    ///
    /// # Errors
    /// Those of `make`, which are not kept.
    pub(crate) async fn live(
        &self,
        question: String,
        about: Option<&TokenId>,
        headers: &HeaderMap,
        make: impl Future<Output = Result<Draft, Problem>>,
    ) -> Result<Response, Problem> {
        let version = about.map_or(0, |token| self.service.published_number(token));
        let made = self.made(question, version, make).await?;
        let answer = Cached {
            content_type: "application/json",
            keep: Keep::Asking,
            source: None,
            link: made.link.clone(),
            file_name: None,
        };
        let mut response = answer.respond_hashed(made.hash.clone(), made.body.clone(), headers);
        let lasting = Lasting::made(made.made_at, about.map(|token| (token.clone(), version)));
        response.extensions_mut().insert(lasting);
        Ok(response)
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
        // Read before the answer is made: one that is made of an older catalogue is not given as of a newer.
        let version = (version, self.service.catalogue().revision());
        let kept = self.answers.get(&question, now);
        if let Some(made) = kept.filter(|made| made.version == version) {
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
