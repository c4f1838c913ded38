//! Accounts: who there is, and for superusers making, changing and disabling them.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use leptos::prelude::*;
use parallax::account::{Account, AccountId, Permission, Role};
use parallax_service::accounts::{AccountError, ListedAccount};

use super::{Screens, may};
use crate::Desk;
use crate::form::Fields;
use crate::page::fields::{Errors, Field, Question, form, hidden, not_accepted, select};
use crate::page::table::table;
use crate::page::{Problem, time, time_or};
use crate::visit::Visit;

const USERS: &str = "/mgmt/users";

pub(super) fn screens(screens: Screens) -> Screens {
    let users = may(Permission::Users);
    screens
        .section(USERS, "Users", Permission::Users)
        .page(USERS, users, list)
        .form("/mgmt/users/new", users, new, create)
        .form("/mgmt/users/{id}", users, show, set_role)
        .form("/mgmt/users/{id}/disable", users, ask_disable, disable)
        .form("/mgmt/users/{id}/enable", users, ask_enable, enable)
        .form("/mgmt/users/{id}/sign-out", users, ask_sign_out, sign_out)
        .form(
            "/mgmt/users/{id}/second-factor",
            users,
            ask_second_factor,
            remove_second_factor,
        )
}

fn state(account: &Account) -> &'static str {
    match account.disabled_at {
        Some(_) => "disabled",
        None => "in force",
    }
}

fn page_of(id: &AccountId) -> String {
    format!("{USERS}/{id}")
}

async fn list(State(desk): State<Desk>, visit: Visit) -> Result<Response, Problem> {
    let accounts = desk.accounts().list().await?;
    let rows = accounts.into_iter().map(|ListedAccount { account, .. }| {
        let second = if account.has_second_factor {
            "yes"
        } else {
            "no"
        };
        let name = account.username.to_string();
        vec![
            view! { <a href=page_of(&account.id)>{name}</a> }.into_any(),
            account.role.as_str().into_any(),
            state(&account).into_any(),
            second.into_any(),
            time(account.created_at),
            time_or(account.signed_in_at, "never"),
        ]
    });
    let columns = [
        "Username",
        "Role",
        "State",
        "Second factor",
        "Made",
        "Last signed in",
    ];
    let table = table("Accounts", &columns, rows.collect(), "There is no account.");
    let content = view! {
        <p class="button-row admin-actions"><a class="button" href="/mgmt/users/new">"New account"</a></p>
        {table}
    };
    Ok(visit.page("Users", content))
}

fn roles() -> Vec<(&'static str, String)> {
    let words = |role: Role| format!("{role}: may {}", role.may_in_words());
    Role::ALL
        .into_iter()
        .map(|role| (role.as_str(), words(role)))
        .collect()
}

fn new_page(visit: &Visit, typed: &Fields, errors: &Errors) -> Response {
    let username = Field {
        name: "username",
        label: "Username",
        kind: "text",
        value: typed.get("username"),
        autocomplete: "off",
        hint: "3 to 64 letters from a to z, digits, or any of . _ - + @",
    };
    let password = Field {
        name: "new_password",
        label: "First password",
        kind: "password",
        value: "",
        autocomplete: "new-password",
        hint: "At least 12 characters; a few random words are easy to remember. Its owner should change it.",
    };
    let fields = view! {
        {username.view(errors)}
        {select("role", "Role", &roles(), typed.get("role"), errors)}
        {password.view(errors)}
    };
    let form = form(
        visit.token(),
        "/mgmt/users/new",
        "Make account",
        fields.into_any(),
    );
    visit.page("New account", form)
}

async fn new(visit: Visit) -> Response {
    new_page(&visit, &Fields::default(), &Errors::default())
}

async fn create(
    State(desk): State<Desk>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    let mut errors = Errors::default();
    let username = fields.get("username").parse();
    let username = username.map_err(|error| errors.add("username", &error));
    let role = fields.get("role").parse();
    let role = role.map_err(|error| errors.add("role", &error));
    let (Ok(username), Ok(role)) = (username, role) else {
        return Ok(not_accepted(new_page(&visit, &fields, &errors)));
    };
    let password = fields.get("new_password");
    let by = visit.by();
    let made = desk.accounts().create(username, role, password, &by);
    match made.await {
        Ok(account) => {
            let said = format!("The account {} was made.", account.username);
            visit.go(&page_of(&account.id), &said).await
        }
        Err(error @ AccountError::NameTaken) => {
            let errors = Errors::one("username", &error);
            Ok(not_accepted(new_page(&visit, &fields, &errors)))
        }
        Err(error @ AccountError::Password(_)) => {
            let errors = Errors::one("new_password", &error);
            Ok(not_accepted(new_page(&visit, &fields, &errors)))
        }
        Err(error) => Err(error.into()),
    }
}

/// The account that an address names.
async fn named(desk: &Desk, id: &str) -> Result<ListedAccount, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found("account"))?;
    Ok(desk.accounts().get(&id).await?)
}

async fn show(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let ListedAccount {
        account, revision, ..
    } = named(&desk, &id).await?;
    let page = page_of(&account.id);
    let chosen = account.role.as_str();
    let fields = view! {
        {select("role", "Role", &roles(), chosen, &Errors::default())}
        {hidden("revision", &revision.to_string())}
        <p class="admin-hint">"A new role ends all sessions of the account."</p>
    };
    let change = form(visit.token(), &page, "Change role", fields.into_any());
    let (switch, switch_words) = match account.disabled_at {
        Some(_) => (format!("{page}/enable"), "Put in force again"),
        None => (format!("{page}/disable"), "Disable"),
    };
    let second = account.has_second_factor.then(|| {
        let address = format!("{page}/second-factor");
        view! { <a class="button" href=address>"Remove second factor"</a> }
    });
    let sign_out = format!("{page}/sign-out");
    let history = format!("/mgmt/audit?kind=account&object={}", account.id);
    let facts = view! {
        <dl class="admin-facts">
            <div><dt>"State"</dt><dd>{state(&account)}</dd></div>
            <div><dt>"Made"</dt><dd>{time(account.created_at)}</dd></div>
            <div><dt>"Last signed in"</dt><dd>{time_or(account.signed_in_at, "never")}</dd></div>
            <div><dt>"Disabled"</dt><dd>{time_or(account.disabled_at, "no")}</dd></div>
        </dl>
    };
    let content = view! {
        <section class="panel">{facts}</section>
        {change}
        <p class="button-row admin-actions">
            <a class="button" href=switch>{switch_words}</a>
            <a class="button" href=sign_out>"Sign out everywhere"</a>
            {second}
            <a class="button" href=history>"History"</a>
        </p>
    };
    Ok(visit.page(account.username.as_str(), content))
}

async fn set_role(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let account = named(&desk, &id).await?.account;
    let page = page_of(&account.id);
    let (Ok(role), Ok(revision)) = (fields.get("role").parse(), fields.get("revision").parse())
    else {
        return Ok(Redirect::to(&page).into_response());
    };
    let by = visit.by();
    let change = desk.accounts().set_role(&account.id, role, revision, &by);
    change.await?;
    let said = format!("{} is {role} now.", account.username);
    visit.go(&page, &said).await
}

/// A question about the account that an address names.
async fn ask(
    desk: &Desk,
    visit: &Visit,
    id: &str,
    what: &str,
    question: impl FnOnce(&str) -> (&'static str, String, &'static str),
) -> Result<Response, Problem> {
    let account = named(desk, id).await?.account;
    let back = page_of(&account.id);
    let (title, text, button) = question(account.username.as_str());
    let question = Question {
        title,
        text,
        action: &format!("{back}/{what}"),
        button,
        back: &back,
    };
    Ok(question.page(visit))
}

async fn ask_disable(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let words = |name: &str| {
        let text = format!(
            "{name} will not be able to sign in, and all their sessions end now. Their notes in the audit log stay. \
             You can put the account in force again."
        );
        ("Disable this account?", text, "Disable")
    };
    ask(&desk, &visit, &id, "disable", words).await
}

async fn disable(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let account = named(&desk, &id).await?.account;
    let by = visit.by();
    desk.accounts().disable(&account.id, &by).await?;
    let said = format!("{} is disabled.", account.username);
    visit.go(&page_of(&account.id), &said).await
}

async fn ask_enable(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let words = |name: &str| {
        let text = format!("{name} will be able to sign in again, with the password of before.");
        ("Put this account in force again?", text, "Put in force")
    };
    ask(&desk, &visit, &id, "enable", words).await
}

async fn enable(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let account = named(&desk, &id).await?.account;
    let by = visit.by();
    desk.accounts().enable(&account.id, &by).await?;
    let said = format!("{} is in force again.", account.username);
    visit.go(&page_of(&account.id), &said).await
}

async fn ask_sign_out(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let words = |name: &str| {
        let text = format!("All sessions of {name} end now; they can sign in again.");
        ("Sign out everywhere?", text, "Sign out everywhere")
    };
    ask(&desk, &visit, &id, "sign-out", words).await
}

async fn sign_out(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let account = named(&desk, &id).await?.account;
    let by = visit.by();
    desk.accounts().end_all(&account.id, &by).await?;
    let said = format!("All sessions of {} have ended.", account.username);
    visit.go(&page_of(&account.id), &said).await
}

async fn ask_second_factor(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let words = |name: &str| {
        let text = format!(
            "{name} will sign in with the password alone, and all their sessions end now. Do this only when you know \
             that it is really they who lost the device and the recovery codes."
        );
        ("Remove the second factor?", text, "Remove second factor")
    };
    ask(&desk, &visit, &id, "second-factor", words).await
}

async fn remove_second_factor(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let account = named(&desk, &id).await?.account;
    if account.id == visit.account.id {
        // One's own is removed with the password, on one's own page.
        return Err(AccountError::Yourself.into());
    }
    let by = visit.by();
    let remove = desk.accounts().remove_second_factor(&account.id, None, &by);
    remove.await?;
    let said = format!("The second factor of {} is removed.", account.username);
    visit.go(&page_of(&account.id), &said).await
}
