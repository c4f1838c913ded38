//! One's own account: password, second factor, and the sessions that are open.

use axum::extract::State;
use axum::response::Response;
use leptos::prelude::*;
use parallax::account::Permission;
use parallax::key::KeyHash;
use parallax_service::accounts::{AccountError, Sessions};

use super::{Screens, may};
use crate::Desk;
use crate::form::Fields;
use crate::page::fields::{Errors, Field, Question, form, hidden, not_accepted, token_field};
use crate::page::table::table;
use crate::page::{Problem, time, time_or};
use crate::visit::{Visit, origin_of};

pub(super) const ME: &str = "/mgmt/me";
const PASSWORD: &str = "/mgmt/me/password";
const SIGN_OUT: &str = "/mgmt/me/sign-out-everywhere";

pub(super) fn screens(screens: Screens) -> Screens {
    let own = may(Permission::Browse);
    screens
        .page(ME, own, show)
        .form(PASSWORD, own, ask_password, change_password)
        .action("/mgmt/me/sessions", own, end_session)
        .form(SIGN_OUT, own, ask_sign_out, sign_out_everywhere)
}

async fn show(State(desk): State<Desk>, visit: Visit) -> Result<Response, Problem> {
    let own = desk.accounts().get(&visit.account.id).await?;
    let second = match own.account.has_second_factor {
        true => {
            let left = format!("set up; {} recovery codes are left", own.recovery_codes);
            view! {
                <span>{left}" · "</span>
                <a href="/mgmt/me/recovery-codes">"New recovery codes"</a>
                " · "
                <a href="/mgmt/me/second-factor/remove">"Remove"</a>
            }
            .into_any()
        }
        false => view! {
            <span>"not set up · "</span>
            <a href="/mgmt/me/second-factor">"Set up"</a>
        }
        .into_any(),
    };
    let role = format!(
        "{}: may {}",
        own.account.role,
        own.account.role.may_in_words()
    );
    let sessions = sessions(&desk, &visit).await?;
    let content = view! {
        <section class="panel">
            <dl class="admin-facts">
                <div><dt>"Username"</dt><dd>{own.account.username.to_string()}</dd></div>
                <div><dt>"Role"</dt><dd>{role}</dd></div>
                <div>
                    <dt>"Last signed in"</dt>
                    <dd>{time_or(own.account.signed_in_at, "never")}</dd>
                </div>
                <div><dt>"Password"</dt><dd><a href=PASSWORD>"Change"</a></dd></div>
                <div><dt>"Second factor"</dt><dd>{second}</dd></div>
            </dl>
        </section>
        <section class="panel">
            <h2>"Open sessions"</h2>
            {sessions}
            <p class="button-row admin-actions"><a class="button" href=SIGN_OUT>"Sign out everywhere"</a></p>
        </section>
    };
    Ok(visit.page("My account", content))
}

async fn sessions(desk: &Desk, visit: &Visit) -> Result<AnyView, Problem> {
    let open = desk.sessions().of(&visit.account.id).await;
    let open = open.map_err(|error| Problem::store(&error))?;
    let here = visit
        .session
        .id()
        .map(|id| Sessions::hash(&id.0.to_le_bytes()));
    let rows = open.into_iter().map(|session| {
        let end = match Some(session.hash) == here {
            true => "this one".into_any(),
            false => {
                let (token, hash) = (visit.token(), session.hash.to_hex());
                view! {
                    <form method="post" action="/mgmt/me/sessions">
                        {token_field(token)}
                        {hidden("session", &hash)}
                        <button class="button" type="submit">"End"</button>
                    </form>
                }
                .into_any()
            }
        };
        vec![
            origin_of(&session.data).into_any(),
            time(session.created_at),
            time(session.seen_at),
            end,
        ]
    });
    let columns = ["From", "Signed in", "Last used", "End"];
    Ok(table("Open sessions", &columns, rows.collect(), "None."))
}

async fn end_session(
    State(desk): State<Desk>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    let hash = KeyHash::from_hex(fields.get("session"));
    let hash = hash.map_err(|_| Problem::not_found("session"))?;
    let by = visit.by();
    let ended = desk.accounts().end_one(desk.sessions(), &hash, &by);
    match ended.await? {
        true => visit.go(ME, "The session has ended.").await,
        // Of someone else, or ended before: nobody is told which.
        false => Err(Problem::not_found("session")),
    }
}

async fn ask_sign_out(visit: Visit) -> Response {
    let question = Question {
        title: "Sign out everywhere?",
        text: "All your sessions end now, this one too.".to_owned(),
        action: SIGN_OUT,
        button: "Sign out everywhere",
        back: ME,
        about: None,
    };
    question.page(&visit)
}

async fn sign_out_everywhere(State(desk): State<Desk>, visit: Visit) -> Result<Response, Problem> {
    let by = visit.by();
    desk.accounts().end_all(&visit.account.id, &by).await?;
    visit.session.flush().await?;
    let to = format!("{}?out=1", super::LOGIN);
    Ok(axum::response::IntoResponse::into_response(
        axum::response::Redirect::to(&to),
    ))
}

/// A field for the present password.
pub(super) fn present_password(errors: &Errors) -> AnyView {
    let field = Field {
        name: "present_password",
        label: "Present password",
        kind: "password",
        value: "",
        autocomplete: "current-password",
        hint: "",
    };
    field.view(errors)
}

fn password_page(visit: &Visit, errors: &Errors) -> Response {
    let new = Field {
        name: "new_password",
        label: "New password",
        kind: "password",
        value: "",
        autocomplete: "new-password",
        hint: "At least 12 characters; a few random words are easy to remember.",
    };
    let again = Field {
        name: "again_password",
        label: "New password again",
        kind: "password",
        value: "",
        autocomplete: "new-password",
        hint: "",
    };
    let fields = view! {
        {present_password(errors)}
        {new.view(errors)}
        {again.view(errors)}
        <p class="admin-hint">"All your other sessions end."</p>
    };
    let form = form(
        visit.token(),
        PASSWORD,
        "Change password",
        fields.into_any(),
    );
    visit.page("Change password", form)
}

async fn ask_password(visit: Visit) -> Response {
    password_page(&visit, &Errors::default())
}

async fn change_password(
    State(desk): State<Desk>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    let new = fields.get("new_password");
    if new != fields.get("again_password") {
        let mut errors = Errors::default();
        errors.say("again_password", "The two new passwords differ.");
        return Ok(not_accepted(password_page(&visit, &errors)));
    }
    let present = Some(fields.get("present_password"));
    let by = visit.by();
    let done = desk
        .accounts()
        .change_password(&visit.account.id, present, new, &by);
    match done.await {
        Ok(owner) => {
            visit.renew(&owner).await?;
            visit.go(ME, "Your password is changed.").await
        }
        Err(error @ AccountError::Password(_)) => {
            let errors = Errors::one("new_password", &error);
            Ok(not_accepted(password_page(&visit, &errors)))
        }
        Err(error @ AccountError::WrongPassword) => {
            let errors = Errors::one("present_password", &error);
            Ok(not_accepted(password_page(&visit, &errors)))
        }
        Err(error) => Err(error.into()),
    }
}
