//! Sessions: what the crate tower-sessions keeps of them, in our database; and their two cookies.
//!
//! `SameSite=Lax` and not `Strict`: a link from a chat or a mail to a page of the admin opens it. Nothing is
//! changed by opening a page, and every form is guarded by its origin and its token.

use std::collections::HashMap;
use std::fmt;
use std::task::{Context, Poll};

use async_trait::async_trait;
use axum::extract::Request;
use parallax::account::AccountId;
use parallax::time::Timestamp;
use parallax_service::accounts::Sessions;
use serde_json::Value;
use time::OffsetDateTime;
use tower::{Layer, Service};
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{SessionManagerLayer, SessionStore};

use crate::caller::Visitor;
use crate::cookies::SESSION;

/// Whose session it is, once someone has signed in.
pub(crate) const ACCOUNT: &str = "account";
/// When they did, in milliseconds: a session with a new id is not younger.
pub(crate) const SINCE: &str = "since";

/// Sessions in the database.
#[derive(Clone)]
pub(crate) struct Kept(Sessions);

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept")
    }
}

fn bytes(id: &Id) -> [u8; 16] {
    id.0.to_le_bytes()
}

fn account(record: &Record) -> Option<AccountId> {
    record.data.get(ACCOUNT)?.as_str()?.parse().ok()
}

fn since(record: &Record) -> Option<Timestamp> {
    Timestamp::from_unix_ms(record.data.get(SINCE)?.as_i64()?).ok()
}

fn text(record: &Record) -> Result<String> {
    serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))
}

fn backend(error: impl fmt::Display) -> Error {
    Error::Backend(error.to_string())
}

#[async_trait]
impl SessionStore for Kept {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let (account, since) = (account(record), since(record));
        let data = text(record)?;
        let id = bytes(&record.id);
        let done = self.0.add(&id, account, data, since);
        done.await.map_err(backend)
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let data = text(record)?;
        let id = bytes(&record.id);
        let done = self.0.save(&id, account(record), data);
        done.await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Some(data) = self.0.load(&bytes(id)).await.map_err(backend)? else {
            return Ok(None);
        };
        let data: HashMap<String, Value> =
            serde_json::from_str(&data).map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record {
            id: *id,
            data,
            // Ours decides when a session ends; nothing reads this.
            expiry_date: OffsetDateTime::UNIX_EPOCH,
        }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.0.end(&bytes(id)).await.map_err(backend)
    }
}

/// The layer that finds a request's session: by the `__Host-` cookie, or on this machine without TLS by one
/// that browsers accept there.
#[derive(Clone)]
pub(crate) struct Cookies {
    secure: SessionManagerLayer<Kept>,
    plain: SessionManagerLayer<Kept>,
}

impl Cookies {
    pub(crate) fn new(sessions: Sessions) -> Self {
        let [secure, plain] = SESSION;
        let layer = |name, is_secure| {
            SessionManagerLayer::new(Kept(sessions.clone()))
                .with_name(name)
                .with_secure(is_secure)
                .with_http_only(true)
                .with_same_site(SameSite::Lax)
                .with_path("/")
        };
        Self {
            secure: layer(secure, true),
            plain: layer(plain, false),
        }
    }
}

impl<S: Clone> Layer<S> for Cookies
where
    SessionManagerLayer<Kept>: Layer<S>,
{
    type Service = Either<<SessionManagerLayer<Kept> as Layer<S>>::Service>;

    fn layer(&self, inner: S) -> Self::Service {
        Either {
            secure: self.secure.layer(inner.clone()),
            plain: self.plain.layer(inner),
        }
    }
}

/// The service behind one of the two cookies.
#[derive(Clone)]
pub(crate) struct Either<M> {
    secure: M,
    plain: M,
}

impl<M: Service<Request>> Service<Request> for Either<M> {
    type Response = M::Response;
    type Error = M::Error;
    type Future = M::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<std::result::Result<(), M::Error>> {
        match self.secure.poll_ready(context) {
            Poll::Ready(Ok(())) => self.plain.poll_ready(context),
            other => other,
        }
    }

    fn call(&mut self, request: Request) -> M::Future {
        let visitor = request.extensions().get::<Visitor>();
        if visitor.is_some_and(|visitor| visitor.is_plain) {
            self.plain.call(request)
        } else {
            self.secure.call(request)
        }
    }
}
