//! Answers given at once: who asks what somebody asked a moment ago gets the same answer before any route is looked
//! for.
//!
//! [`AtOnce`] stands around everything that the server answers. An answer that its handler marked as [`Lasting`] is
//! kept whole as it leaves the last layer, compressed and with all its headers, and given to everyone who shows no key
//! and asks the same while the mark holds. What belongs to a request alone is added to each: its number and what is
//! left of its limit. Everything else goes its usual way: other methods, requests with a key, with a tag to compare,
//! and those that the limit refuses.

use std::convert::Infallible;
use std::fmt;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::future::{BoxFuture, Either};
use parallax::time::Monotonic;
use parallax::token::TokenId;
use parallax_service::Service;

use crate::shelf::{SHARED, Shelf, Shelved};
use crate::{Access, Problem};

/// With one of these a request goes its usual way: it shows a key, compares a tag, or has a body.
const UNUSUAL: [HeaderName; 6] = [
    header::AUTHORIZATION,
    HeaderName::from_static("x-cg-pro-api-key"),
    HeaderName::from_static("x-cg-demo-api-key"),
    header::IF_NONE_MATCH,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
];

/// What an answer depends on besides the address: how it is compressed, and whether it is told to insist on TLS.
const VARYING: [HeaderName; 2] = [
    header::ACCEPT_ENCODING,
    HeaderName::from_static("x-forwarded-proto"),
];

type Told = Arc<dyn Fn(Duration) + Send + Sync>;

/// An answer's mark: it is the same for everyone for a moment. An extension of the response.
#[derive(Clone)]
pub struct Lasting {
    /// `None`: when it was asked for.
    made_at: Option<Monotonic>,
    /// What it is about, and the number under which that was published.
    about: Option<(TokenId, u64)>,
    told: Vec<Told>,
}

impl fmt::Debug for Lasting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { made_at, about, .. } = self;
        let mut text = f.debug_struct("Lasting");
        text.field("made_at", made_at).field("about", about);
        text.finish_non_exhaustive()
    }
}

impl Lasting {
    /// Until the moment from `made_at` on has passed, or what it is about is published again.
    pub(crate) const fn made(made_at: Monotonic, about: Option<(TokenId, u64)>) -> Self {
        Self {
            made_at: Some(made_at),
            about,
            told: Vec::new(),
        }
    }

    /// For a moment after it was asked for.
    pub(crate) const fn for_a_moment() -> Self {
        Self {
            made_at: None,
            about: None,
            told: Vec::new(),
        }
    }

    /// `each` is called whenever the answer is given at once, with the time that took. So whoever counts answers on
    /// their usual way counts these too.
    pub fn tell(&mut self, each: impl Fn(Duration) + Send + Sync + 'static) {
        self.told.push(Arc::new(each));
    }
}

/// A whole answer.
struct Whole {
    headers: HeaderMap,
    body: Bytes,
    until: Monotonic,
    lasting: Lasting,
}

impl Shelved for Whole {
    fn bytes(&self) -> usize {
        self.body.len()
    }

    fn is_over(&self, now: Monotonic) -> bool {
        now >= self.until
    }
}

/// The routes, and the answers of theirs that are given at once. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct AtOnce {
    routes: Router,
    door: Arc<Door>,
}

impl fmt::Debug for AtOnce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AtOnce").finish_non_exhaustive()
    }
}

struct Door {
    service: Service,
    access: Access,
    answers: Shelf<Whole>,
}

impl AtOnce {
    /// Around `routes`, which answer from `service` and count their requests in `access`.
    #[must_use]
    pub fn around(routes: Router, service: Service, access: Access) -> Self {
        let door = Arc::new(Door {
            service,
            access,
            answers: Shelf::default(),
        });
        Self { routes, door }
    }
}

impl tower::Service<Request> for AtOnce {
    type Response = Response;
    type Error = Infallible;
    type Future = Either<
        Ready<Result<Response, Infallible>>,
        BoxFuture<'static, Result<Response, Infallible>>,
    >;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // Routes always are.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let began = Instant::now();
        let catalogue = self.door.service.catalogue().revision();
        let Some(question) = question(&request, catalogue) else {
            return Either::Right(Box::pin(self.routes.call(request)));
        };
        let now = self.door.service.moment().monotonic;
        if let Some(answer) = self.door.given(&question, &request, now, began) {
            return Either::Left(ready(Ok(answer)));
        }
        let answering = self.routes.call(request);
        let door = Arc::clone(&self.door);
        Either::Right(Box::pin(async move {
            let Ok(response) = answering.await;
            Ok(door.kept(question, response, now).await)
        }))
    }
}

impl Door {
    /// The answer, if it is kept and the request may have it.
    fn given(
        &self,
        question: &str,
        request: &Request,
        now: Monotonic,
        began: Instant,
    ) -> Option<Response> {
        let kept = self.answers.get(question, now)?;
        if let Some((token, number)) = &kept.lasting.about
            && self.service.published_number(token) != *number
        {
            return None;
        }
        let mut response = Response::new(Body::from(kept.body.clone()));
        *response.headers_mut() = kept.headers.clone();
        if !self.access.admit_at_once(request, response.headers_mut()) {
            return None;
        }
        for tell in &kept.lasting.told {
            tell(began.elapsed());
        }
        Some(response)
    }

    /// Keeps an answer that is marked, and gives it.
    async fn kept(
        &self,
        question: String,
        mut response: Response,
        asked_at: Monotonic,
    ) -> Response {
        let Some(lasting) = response.extensions_mut().remove::<Lasting>() else {
            return response;
        };
        if response.status() != StatusCode::OK {
            return response;
        }
        let (head, body) = response.into_parts();
        // It is in memory: reading it is compressing it.
        let Ok(body) = to_bytes(body, usize::MAX).await else {
            return Problem::unwritable().into_response();
        };
        let made_at = lasting.made_at.unwrap_or(asked_at);
        let whole = Whole {
            headers: head.headers.clone(),
            body: body.clone(),
            until: made_at.plus(SHARED),
            lasting,
        };
        self.answers.keep(question, Arc::new(whole), asked_at);
        Response::from_parts(head, Body::from(body))
    }
}

/// What is asked, with all that its answer depends on, such as the number of the catalogue in force; `None` for what
/// goes its usual way.
fn question(request: &Request, catalogue: u64) -> Option<String> {
    let (uri, headers) = (request.uri(), request.headers());
    let is_usual = request.method() == Method::GET
        && uri.path().starts_with("/api/")
        && !UNUSUAL.iter().any(|name| headers.contains_key(name));
    if !is_usual {
        return None;
    }
    let address = uri.path_and_query()?.as_str();
    let mut question = String::with_capacity(address.len() + 32);
    question.push_str(address);
    for name in VARYING {
        // No address has a line break.
        question.push('\n');
        for value in headers.get_all(name) {
            question.push_str(value.to_str().ok()?);
            question.push(',');
        }
    }
    question.push('\n');
    question.push_str(&catalogue.to_string());
    Some(question)
}
