//! One's own second factor: setting it up with a QR code, recovery codes, removing it.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use leptos::prelude::*;
use parallax::account::Permission;
use parallax_service::accounts::{AccountError, RecoveryCodes, SharedSecret};
use qrcode::{Color, QrCode};

use super::me::{ME, present_password};
use super::{Screens, may};
use crate::Desk;
use crate::form::Fields;
use crate::page::Problem;
use crate::page::fields::{Errors, Field, form, not_accepted};
use crate::visit::{Visit, text};

const SET_UP: &str = "/mgmt/me/second-factor";
const REMOVE: &str = "/mgmt/me/second-factor/remove";
const RECOVERY: &str = "/mgmt/me/recovery-codes";

/// The secret that is offered, until a code shows that the device has it.
const OFFERED: &str = "offered_secret";

pub(super) fn screens(screens: Screens) -> Screens {
    let own = may(Permission::Browse);
    screens
        .form(SET_UP, own, ask_set_up, set_up)
        .form(REMOVE, own, ask_remove, remove)
        .form(RECOVERY, own, ask_renew, renew)
}

async fn ask_set_up(visit: Visit) -> Result<Response, Problem> {
    if visit.account.has_second_factor {
        return Ok(Redirect::to(ME).into_response());
    }
    let secret = offered(&visit).await?;
    set_up_page(&visit, &secret, &Errors::default())
}

/// The secret that this session offers, the same while it is not taken.
async fn offered(visit: &Visit) -> Result<SharedSecret, Problem> {
    let held = text(&visit.session, OFFERED).await?;
    if let Some(secret) = held.as_deref().and_then(SharedSecret::read) {
        return Ok(secret);
    }
    let secret = SharedSecret::draw();
    visit.session.insert(OFFERED, secret.reveal()).await?;
    Ok(secret)
}

fn set_up_page(visit: &Visit, secret: &SharedSecret, errors: &Errors) -> Result<Response, Problem> {
    let picture = qr(&secret.address(&visit.account.username));
    let letters: Vec<_> = secret.reveal().as_bytes().chunks(4).collect();
    let letters: Vec<_> = letters.into_iter().map(String::from_utf8_lossy).collect();
    let letters = letters.join(" ");
    let code = Field {
        name: "code",
        label: "Code",
        kind: "text",
        value: "",
        autocomplete: "one-time-code",
        hint: "The six digits that the app shows now.",
    };
    let fields = view! {
        <p>"Scan this with an authenticator app, or type the letters below it:"</p>
        {picture}
        <p><code>{letters}</code></p>
        {code.view(errors)}
        <p class="admin-hint">"All your other sessions end."</p>
    };
    let form = form(visit.token(), SET_UP, "Set up", fields.into_any());
    Ok(visit.page("Set up a second factor", form))
}

/// The QR code, drawn as one path.
fn qr(text: &str) -> Option<AnyView> {
    /// Modules of white around it, which readers need.
    const QUIET: usize = 4;
    let code = QrCode::new(text).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (position, colour) in code.to_colors().into_iter().enumerate() {
        if colour == Color::Dark {
            let (x, y) = (position % width + QUIET, position / width + QUIET);
            path.push_str(&format!("M{x} {y}h1v1h-1z"));
        }
    }
    let side = width + 2 * QUIET;
    let view_box = format!("0 0 {side} {side}");
    // Black on white in every theme: readers expect it.
    let picture = view! {
        <svg class="admin-qr" viewBox=view_box role="img" aria-label="QR code of the secret">
            <rect width="100%" height="100%" fill="#fff" />
            <path d=path fill="#000" />
        </svg>
    };
    Some(picture.into_any())
}

async fn set_up(
    State(desk): State<Desk>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    let secret = offered(&visit).await?;
    let code = fields.get("code");
    let by = visit.by();
    let done = desk
        .accounts()
        .set_up_second_factor(&visit.account.id, &secret, code, &by);
    match done.await {
        Ok((owner, codes)) => {
            // Under a new id, and without the secret that was offered.
            visit.renew(&owner).await?;
            Ok(codes_page(&visit, "The second factor is set up", &codes))
        }
        Err(error @ (AccountError::WrongCode | AccountError::Throttled { .. })) => {
            let errors = Errors::one("code", &error);
            Ok(not_accepted(set_up_page(&visit, &secret, &errors)?))
        }
        Err(error) => Err(error.into()),
    }
}

fn codes_page(visit: &Visit, title: &str, codes: &RecoveryCodes) -> Response {
    let codes: Vec<_> = codes
        .reveal()
        .iter()
        .map(|code| view! { <li><code>{code.clone()}</code></li> })
        .collect();
    let content = view! {
        <section class="panel">
            <p>
                "These are your recovery codes. Each signs you in once when you do not have your device. They will \
                 not be shown again: print them, or keep them where the device is not."
            </p>
            <ul class="admin-codes">{codes}</ul>
            <p><a class="button" href=ME>"I have kept them"</a></p>
        </section>
    };
    visit.page(title, content)
}

/// A form that asks for the present password and nothing else.
fn password_page(
    visit: &Visit,
    title: &str,
    words: &'static str,
    action: &str,
    button: &'static str,
    errors: &Errors,
) -> Response {
    let fields = view! {
        <p>{words}</p>
        {present_password(errors)}
    };
    let form = form(visit.token(), action, button, fields.into_any());
    visit.page(title, form)
}

fn remove_page(visit: &Visit, errors: &Errors) -> Response {
    let words = "You will sign in with the password alone, and all your other sessions end.";
    let title = "Remove the second factor";
    password_page(visit, title, words, REMOVE, "Remove", errors)
}

async fn ask_remove(visit: Visit) -> Response {
    remove_page(&visit, &Errors::default())
}

async fn remove(
    State(desk): State<Desk>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    let present = Some(fields.get("present_password"));
    let by = visit.by();
    let done = desk
        .accounts()
        .remove_second_factor(&visit.account.id, present, &by);
    match done.await {
        Ok(owner) => {
            visit.renew(&owner).await?;
            visit.go(ME, "The second factor is removed.").await
        }
        Err(error @ (AccountError::WrongPassword | AccountError::Throttled { .. })) => {
            let errors = Errors::one("present_password", &error);
            Ok(not_accepted(remove_page(&visit, &errors)))
        }
        Err(error) => Err(error.into()),
    }
}

fn renew_page(visit: &Visit, errors: &Errors) -> Response {
    let words = "You get ten new recovery codes, and the old ones are worth nothing.";
    let title = "New recovery codes";
    password_page(visit, title, words, RECOVERY, "Make new codes", errors)
}

async fn ask_renew(visit: Visit) -> Response {
    renew_page(&visit, &Errors::default())
}

async fn renew(
    State(desk): State<Desk>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    let present = fields.get("present_password");
    let by = visit.by();
    let done = desk
        .accounts()
        .renew_recovery_codes(&visit.account.id, present, &by);
    match done.await {
        Ok(codes) => Ok(codes_page(&visit, "New recovery codes", &codes)),
        Err(error @ (AccountError::WrongPassword | AccountError::Throttled { .. })) => {
            let errors = Errors::one("present_password", &error);
            Ok(not_accepted(renew_page(&visit, &errors)))
        }
        Err(error) => Err(error.into()),
    }
}
