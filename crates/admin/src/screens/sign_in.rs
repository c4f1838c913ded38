//! The way in and out: name and password, then a code where someone set that up, and going on with what was
//! typed when a session ended in between.

use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use leptos::prelude::*;
use parallax::account::{AccountId, Permission};
use parallax::time::Timestamp;
use parallax_service::accounts::{AccountError, Attempt, Owner, SignIn};
use serde::Deserialize;

use super::{Needs, Screens, may};
use crate::Desk;
use crate::cookies::Cookie;
use crate::form::Fields;
use crate::page::fields::{Errors, Field, form, hidden, token_field};
use crate::page::{Problem, frame};
use crate::visit::{Guest, Visit, enter, text};

/// The way in.
pub(crate) const LOGIN: &str = "/mgmt/login";
const CODE: &str = "/mgmt/login/code";
const RESUME: &str = "/mgmt/resume";

/// Whose password was shown, in a session that still waits for a code.
const PENDING: &str = "pending";
const PENDING_EPOCH: &str = "pending_epoch";
const PENDING_SINCE: &str = "pending_since";
/// How long it waits, in milliseconds.
const PENDING_MS: i64 = 5 * 60 * 1_000;
/// Where someone wanted to go, and what they had typed there.
const NEXT: &str = "next";
const TYPED: &str = "typed";
/// The longest text that is kept of it.
const MAX_TYPED: usize = 32 * 1024;

pub(super) fn screens(screens: Screens) -> Screens {
    screens
        .form(LOGIN, Needs::Nothing, show, sign_in)
        .form(CODE, Needs::Nothing, show_code, second_step)
        .page(RESUME, may(Permission::Browse), resume)
        .action("/mgmt/logout", may(Permission::Browse), sign_out)
}

#[derive(Deserialize)]
struct Wanted {
    next: Option<String>,
    out: Option<String>,
}

async fn show(
    State(desk): State<Desk>,
    guest: Guest,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    if desk.accounts().list().await?.is_empty() {
        return Ok(first_run(&desk));
    }
    let note = match wanted.out {
        Some(_) => "You are signed out.",
        None => "",
    };
    let asked = Asked {
        username: "",
        next: &within(wanted.next.as_deref().unwrap_or_default()),
        typed: "",
        note,
    };
    Ok(asked.page(&guest, &Errors::default()))
}

/// What the way in shows.
struct Asked<'a> {
    username: &'a str,
    next: &'a str,
    typed: &'a str,
    note: &'a str,
}

impl Asked<'_> {
    fn page(&self, guest: &Guest, errors: &Errors) -> Response {
        let username = Field {
            name: "username",
            label: "Username",
            kind: "text",
            value: self.username,
            autocomplete: "username",
            hint: "",
        };
        let password = Field {
            name: "password",
            label: "Password",
            kind: "password",
            value: "",
            autocomplete: "current-password",
            hint: "",
        };
        let fields = view! {
            {username.view(errors)}
            {password.view(errors)}
            {hidden(NEXT, self.next)}
            {hidden(TYPED, self.typed)}
        };
        let note = (!self.note.is_empty()).then(|| {
            view! { <p class="admin-flash" role="status">{self.note.to_owned()}</p> }
        });
        let token = guest.form_key.token(guest.desk.sessions().now());
        let content = view! {
            {note}
            {form(token, LOGIN, "Sign in", fields.into_any())}
        };
        frame::page(&guest.desk, None, "Sign in", None, content.into_any())
    }
}

/// The way in for someone whose session ended while they filled in a form: what they typed is not lost.
pub(crate) fn again(guest: &Guest, path: &str, fields: &Fields) -> Response {
    let typed = fields.to_keep();
    let is_kept = typed.len() <= MAX_TYPED && within(path) == path;
    let asked = Asked {
        username: "",
        next: path,
        typed: if is_kept { &typed } else { "" },
        note: "Your session has ended, and nothing was done. Sign in again to go on with what you typed.",
    };
    let page = asked.page(guest, &Errors::default());
    (StatusCode::UNAUTHORIZED, page).into_response()
}

/// How the first account is made. Not here: whoever finds a new server first must not own it.
fn first_run(desk: &Desk) -> Response {
    let content = view! {
        <div class="panel">
            <p>"There is no account yet. Make the first one on the server's command line:"</p>
            <pre class="admin-code"><code>"parallax createsuperuser"</code></pre>
            <p>
                "It asks for a name and a password. In a script, give the name with --username and the password on \
                 standard input with --password-stdin, or in the variable PARALLAX_PASSWORD. Use the same \
                 configuration as the server. Then open this page again."
            </p>
        </div>
    };
    frame::page(desk, None, "No account yet", None, content.into_any())
}

async fn sign_in(
    State(desk): State<Desk>,
    guest: Guest,
    fields: Fields,
) -> Result<Response, Problem> {
    let next = within(fields.get(NEXT));
    let typed = fields.get(TYPED);
    let typed = if typed.len() <= MAX_TYPED { typed } else { "" };
    let attempt = Attempt {
        username: fields.get("username"),
        password: fields.get("password"),
        browser: guest.browser.as_deref(),
        network: Some(guest.visitor.caller.network),
        origin: guest.origin.clone(),
    };
    match desk.accounts().sign_in(attempt).await {
        Ok(SignIn::Done(owner)) => arrived(&guest, &owner, &next, typed).await,
        Ok(SignIn::NeedsCode(owner)) => {
            let session = &guest.session;
            session.clear().await;
            session.cycle_id().await?;
            session.insert(PENDING, owner.account.id.as_str()).await?;
            session.insert(PENDING_EPOCH, owner.epoch).await?;
            let now = desk.sessions().now().unix_ms();
            session.insert(PENDING_SINCE, now).await?;
            session.insert(NEXT, next).await?;
            session.insert(TYPED, typed).await?;
            Ok(Redirect::to(CODE).into_response())
        }
        Err(error) => {
            let status = Problem::from_refusal(error)?;
            let asked = Asked {
                username: fields.get("username"),
                next: &next,
                typed,
                note: "",
            };
            let mut errors = Errors::default();
            errors.say("password", &status.1);
            let page = asked.page(&guest, &errors);
            Ok((status.0, page).into_response())
        }
    }
}

impl Problem {
    /// The status and words of what is shown beside a field; anything else is a page of its own.
    fn from_refusal(error: AccountError) -> Result<(StatusCode, String), Self> {
        let is_for_the_form = matches!(
            error,
            AccountError::Refused
                | AccountError::WrongCode
                | AccountError::Throttled { .. }
                | AccountError::Busy
        );
        let problem = Self::from(error);
        if is_for_the_form {
            return Ok((problem.status, problem.text));
        }
        Err(problem)
    }
}

/// Whose password was shown in this session, and in which epoch, if that was not too long ago.
async fn pending(guest: &Guest) -> Result<Option<(AccountId, u32)>, Problem> {
    let session = &guest.session;
    let id: Option<AccountId> = text(session, PENDING).await?.and_then(|id| id.parse().ok());
    let epoch: Option<u32> = session.get(PENDING_EPOCH).await?;
    let since: Option<i64> = session.get(PENDING_SINCE).await?;
    let now = guest.desk.sessions().now();
    let since = since.and_then(|since| Timestamp::from_unix_ms(since).ok());
    let is_fresh = since.is_some_and(|since| now.unix_ms() - since.unix_ms() < PENDING_MS);
    Ok(id.zip(epoch).filter(|_| is_fresh))
}

async fn show_code(guest: Guest) -> Result<Response, Problem> {
    match pending(&guest).await? {
        Some(_) => Ok(code_page(&guest, &Errors::default())),
        None => Ok(Redirect::to(LOGIN).into_response()),
    }
}

fn code_page(guest: &Guest, errors: &Errors) -> Response {
    let code = Field {
        name: "code",
        label: "Code",
        kind: "text",
        value: "",
        autocomplete: "one-time-code",
        hint: "The six digits that your device shows now, or one of your recovery codes.",
    };
    let token = guest.form_key.token(guest.desk.sessions().now());
    let content = form(token, CODE, "Go on", code.view(errors));
    frame::page(&guest.desk, None, "Second step", None, content)
}

async fn second_step(
    State(desk): State<Desk>,
    guest: Guest,
    fields: Fields,
) -> Result<Response, Problem> {
    let Some((id, epoch)) = pending(&guest).await? else {
        return Ok(Redirect::to(LOGIN).into_response());
    };
    let browser = guest.browser.as_deref();
    let step = desk.accounts().second_step(
        &id,
        epoch,
        fields.get("code"),
        browser,
        guest.origin.clone(),
    );
    match step.await {
        Ok(owner) => {
            let next = text(&guest.session, NEXT).await?.unwrap_or_default();
            let typed = text(&guest.session, TYPED).await?.unwrap_or_default();
            arrived(&guest, &owner, &next, &typed).await
        }
        Err(AccountError::Refused) => {
            guest.session.flush().await?;
            Ok(Redirect::to(LOGIN).into_response())
        }
        Err(error) => {
            let (status, text) = Problem::from_refusal(error)?;
            let mut errors = Errors::default();
            errors.say("code", &text);
            Ok((status, code_page(&guest, &errors)).into_response())
        }
    }
}

/// Begins the session, makes the browser known, and goes on to where someone wanted to go.
async fn arrived(
    guest: &Guest,
    owner: &Owner,
    next: &str,
    typed: &str,
) -> Result<Response, Problem> {
    let desk = &guest.desk;
    let now = desk.sessions().now().unix_ms();
    enter(&guest.session, owner, &guest.origin, now).await?;
    let shown = guest.browser.as_deref();
    let browser = desk
        .accounts()
        .know_browser(&owner.account.id, shown)
        .await?;
    // At a time when nobody waits for it but one who just waited longer.
    if let Err(error) = desk.sessions().tidy().await {
        tracing::warn!(error = %error, "sessions that have ended could not be forgotten; tried again at the next sign-in");
    }
    let to = if typed.is_empty() {
        if next.is_empty() { "/mgmt" } else { next }
    } else {
        guest.session.insert(NEXT, next).await?;
        guest.session.insert(TYPED, typed).await?;
        RESUME
    };
    let mut response = Redirect::to(to).into_response();
    if let Some(cookie) = Cookie::Browser.set(&guest.visitor, &browser) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// What was typed before the session ended, to be sent now or not.
async fn resume(visit: Visit) -> Result<Response, Problem> {
    let next = text(&visit.session, NEXT).await?;
    let typed = text(&visit.session, TYPED).await?;
    let (Some(next), Some(typed)) = (next, typed) else {
        return Ok(Redirect::to("/mgmt").into_response());
    };
    let typed = Fields::read(typed.as_bytes());
    let rows: Vec<_> = typed
        .iter()
        .map(|(name, value)| {
            let (name, value) = (name.to_owned(), value.to_owned());
            view! { <div><dt>{name}</dt><dd>{value}</dd></div> }
        })
        .collect();
    let kept: Vec<_> = typed
        .iter()
        .map(|(name, value)| hidden(name, value))
        .collect();
    let back = next.clone();
    let content = view! {
        <form class="panel admin-form" method="post" action=next>
            {token_field(visit.token())}
            {kept}
            <p>
                "You are signed in again. This was not sent yet. Passwords and codes were not kept: if the form had \
                 any, it will ask again."
            </p>
            <dl class="admin-facts">{rows}</dl>
            <div class="button-row">
                <button class="button" type="submit">"Send it now"</button>
                <a class="button" href=back>"Do not send"</a>
            </div>
        </form>
    };
    Ok(visit.page("Go on where you were", content))
}

async fn sign_out(State(desk): State<Desk>, visit: Visit) -> Result<Response, Problem> {
    visit.session.flush().await?;
    desk.accounts().signed_out(&visit.by()).await?;
    Ok(Redirect::to(&format!("{LOGIN}?out=1")).into_response())
}

/// The path if it is one of the admin's own; otherwise nothing: a link must not lead elsewhere through here.
fn within(path: &str) -> String {
    let is_ours = path == "/mgmt" || path.starts_with("/mgmt/") || path.starts_with("/mgmt?");
    let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic()) && !path.contains('\\');
    let is_short = path.len() <= 2_000 && !path.contains("//") && !path.contains("/..");
    match is_ours && is_plain && is_short {
        true => path.to_owned(),
        false => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_signing_in_nobody_is_sent_elsewhere() {
        for path in ["/mgmt", "/mgmt/audit?who=anna", "/mgmt/users/abc"] {
            assert_eq!(within(path), path);
        }
        for path in [
            "//evil.example",
            "https://evil.example/mgmt",
            "/mgmt//evil.example",
            "/mgmt/../\\evil",
            "/mgmt/../tokens",
            "/mgmtevil",
            "/tokens",
            "/mgmt/\r\nSet-Cookie: a=b",
            "",
        ] {
            assert_eq!(within(path), "", "{path}");
        }
    }
}
