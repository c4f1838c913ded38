//! A visit: someone who is signed in, and what their session carries. And a guest, who is not.
//!
//! The guard makes both; handlers take them as extractors.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use leptos::prelude::{AnyView, IntoAny, IntoView};
use parallax::account::{Account, AccountId, Permission};
use parallax::audit::Origin;
use parallax_service::accounts::{By, Owner};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use crate::Desk;
use crate::caller::Visitor;
use crate::form::{Fields, FormKey};
use crate::page::{Problem, frame};
use crate::session::{ACCOUNT, SINCE};

/// The account's epoch when someone signed in.
const EPOCH: &str = "epoch";
/// The key of the session's forms.
const FORM_KEY: &str = "form";
/// A message for the next page.
const FLASH: &str = "flash";
/// From where someone signed in, for the list of sessions.
const ORIGIN: &str = "origin";

/// A message that the next page shows once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Flash(pub(crate) String);

/// Someone who is signed in.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) desk: Desk,
    pub(crate) account: Account,
    pub(crate) session: Session,
    pub(crate) origin: Origin,
    pub(crate) form_key: FormKey,
    /// The path that is asked for.
    pub(crate) path: String,
    flash: Option<Flash>,
}

/// Someone who is not signed in, or whose being so does not matter.
#[derive(Clone)]
pub(crate) struct Guest {
    pub(crate) desk: Desk,
    pub(crate) session: Session,
    pub(crate) visitor: Visitor,
    pub(crate) origin: Origin,
    pub(crate) form_key: FormKey,
    /// What the browser is known by.
    pub(crate) browser: Option<String>,
}

impl Visit {
    /// The visit of a session; `None` when nobody is signed in, or no longer.
    pub(crate) async fn of(
        guest: &Guest,
        path: &str,
        is_read: bool,
    ) -> Result<Option<Self>, Problem> {
        let session = &guest.session;
        let id: Option<AccountId> = text(session, ACCOUNT).await?.and_then(|id| id.parse().ok());
        let epoch: Option<u32> = session.get(EPOCH).await?;
        let key = text(session, FORM_KEY).await?;
        let key = key.as_deref().and_then(FormKey::read);
        let (Some(id), Some(epoch), Some(form_key)) = (id, epoch, key) else {
            return Ok(None);
        };
        let Some(account) = guest.desk.accounts().in_force(&id, epoch).await? else {
            return Ok(None);
        };
        let flash = match is_read {
            true if session.get_value(FLASH).await?.is_some() => session.remove(FLASH).await?,
            _ => None,
        };
        Ok(Some(Self {
            desk: guest.desk.clone(),
            account,
            session: session.clone(),
            origin: guest.origin.clone(),
            form_key,
            path: path.to_owned(),
            flash,
        }))
    }

    /// Who they are, for the audit log.
    pub(crate) fn by(&self) -> By {
        By::owner(&self.account, self.origin.clone())
    }

    /// Whether they may do that.
    pub(crate) fn may(&self, what: Permission) -> bool {
        self.account.may(what)
    }

    /// A token for a form of this page.
    pub(crate) fn token(&self) -> String {
        self.form_key.token(self.desk.sessions().now())
    }

    /// A page with the frame around it.
    pub(crate) fn page(&self, title: &str, content: impl IntoView + 'static) -> Response {
        self.page_of(title, content.into_any())
    }

    fn page_of(&self, title: &str, content: AnyView) -> Response {
        frame::page(&self.desk, Some(self), title, self.flash.as_ref(), content)
    }

    /// Shows `message` on the page at `path`, and goes there.
    pub(crate) async fn go(&self, path: &str, message: &str) -> Result<Response, Problem> {
        let flash = Flash(message.to_owned());
        self.session.insert(FLASH, flash).await?;
        Ok(Redirect::to(path).into_response())
    }
}

/// Begins the session of someone who proved to be the owner, under a new id: one that somebody else may know is
/// worth nothing. `since` is when they signed in, if that was before.
pub(crate) async fn enter(
    session: &Session,
    owner: &Owner,
    origin: &Origin,
    since_ms: i64,
) -> Result<(), Problem> {
    session.clear().await;
    session.cycle_id().await?;
    session.insert(ACCOUNT, owner.account.id.as_str()).await?;
    session.insert(EPOCH, owner.epoch).await?;
    session.insert(SINCE, since_ms).await?;
    session.insert(FORM_KEY, FormKey::draw().as_str()).await?;
    session.insert(ORIGIN, origin_text(origin)).await?;
    Ok(())
}

impl Visit {
    /// Goes on under a new session id after a change that ended all sessions, this one too.
    pub(crate) async fn renew(&self, owner: &Owner) -> Result<(), Problem> {
        let since: Option<i64> = self.session.get(SINCE).await?;
        let since = since.unwrap_or_else(|| self.desk.sessions().now().unix_ms());
        enter(&self.session, owner, &self.origin, since).await
    }
}

fn origin_text(origin: &Origin) -> String {
    let address = origin.address.as_deref().unwrap_or("an unknown address");
    match &origin.agent {
        Some(agent) => format!("{address}, {agent}"),
        None => address.to_owned(),
    }
}

/// From where the session with this data was begun.
pub(crate) fn origin_of(data: &str) -> String {
    let data: Option<serde_json::Value> = serde_json::from_str(data).ok();
    let origin = data.as_ref().and_then(|data| data.get(ORIGIN)?.as_str());
    origin.unwrap_or("an unknown address").to_owned()
}

pub(crate) async fn text(session: &Session, key: &str) -> Result<Option<String>, Problem> {
    let value = session.get_value(key).await?;
    Ok(value.and_then(|value| value.as_str().map(str::to_owned)))
}

/// Hands on what the guard put into a request. It is always there: a route that the guard does not know is
/// never reached.
macro_rules! from_guard {
    ($($what:ident),+) => {$(
        impl<S: Send + Sync> FromRequestParts<S> for $what {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
                parts.extensions.get::<Self>().cloned().ok_or_else(Problem::unguarded)
            }
        }
    )+};
}

from_guard!(Visit, Guest);

impl<S: Send + Sync> FromRequestParts<S> for Fields {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}
