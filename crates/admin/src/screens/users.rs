//! Accounts: who there is, and for superusers making, changing and disabling them.

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use leptos::prelude::*;
use parallax::account::{Account, AccountId, Permission, Role};
use parallax_service::accounts::{AccountError, ListedAccount};

use super::action::{Action, Kind, Paged};
use super::{Group, Screens, Section, may};
use crate::Desk;
use crate::form::Fields;
use crate::list::{Around, Cell, Column, Filter, List, Search, held, history};
use crate::page::fields::{Errors, Field, form, hidden, not_accepted, select};
use crate::page::{Problem, time, time_or};
use crate::visit::Visit;

const USERS: &str = "/mgmt/users";
const DISABLE_MANY: &str = "/mgmt/users/disable";

pub(super) fn screens(screens: Screens) -> Screens {
    let users = may(Permission::Users);
    screens
        .section(Section {
            path: USERS,
            title: "Users",
            line: "Who may sign in here, and what they may do.",
            group: Group::Access,
            needs: Permission::Users,
        })
        .page(USERS, users, list)
        .form("/mgmt/users/new", users, new, create)
        .form("/mgmt/users/{id}", users, show, set_role)
        .act("/mgmt/users/{id}/disable", &DISABLE)
        .act_many(DISABLE_MANY, &DISABLE)
        .act("/mgmt/users/{id}/enable", &ENABLE)
        .act("/mgmt/users/{id}/sign-out", &SIGN_OUT)
        .act("/mgmt/users/{id}/second-factor", &REMOVE_SECOND_FACTOR)
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

static LIST: List<Account> = List {
    title: "Users",
    columns: &[
        Column::new("username", "Username", |account: &Account| {
            Cell::link(page_of(&account.id), &account.username)
        })
        .sorted(),
        Column::new("role", "Role", |account: &Account| Cell::text(account.role)).sorted(),
        Column::new("state", "State", |account: &Account| {
            Cell::text(state(account))
        })
        .sorted(),
        Column::new("second_factor", "Second factor", |account: &Account| {
            Cell::text(second_factor(account))
        })
        .sorted(),
        Column::new("made", "Made", |account: &Account| {
            Cell::time(account.created_at)
        })
        .sorted(),
        Column::new("signed_in", "Last signed in", |account: &Account| {
            Cell::Time(account.signed_in_at, "never")
        })
        .sorted(),
        Column::new("disabled", "Disabled", |account: &Account| {
            Cell::Time(account.disabled_at, "no")
        })
        .sorted()
        .extra(),
        Column::new("id", "Id", |account: &Account| {
            Cell::Code(account.id.to_string())
        })
        .extra(),
    ],
    filters: &[
        Filter::word("role", "role", |account| account.role.to_string()),
        Filter::word("state", "state", |account| state(account).to_owned()),
        Filter::word("second_factor", "second factor", |account| {
            second_factor(account).to_owned()
        }),
    ],
    search: Some(Search {
        hint: "Username or id.",
        text: |account| format!("{} {}", account.username, account.id),
    }),
    usual: None,
    time: Some(|account| Some(account.created_at)),
    order: ("username", false),
    id: |account| account.id.to_string(),
    history: Some(|account| ("account", account.id.to_string())),
    empty: "There is no account.",
};

const fn second_factor(account: &Account) -> &'static str {
    match account.has_second_factor {
        true => "yes",
        false => "no",
    }
}

async fn list(
    State(desk): State<Desk>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let accounts = desk.accounts().list().await?.into_iter();
    let rows = accounts.map(|listed| listed.account).collect();
    let above = view! {
        <p class="button-row admin-actions"><a class="button" href="/mgmt/users/new">"New account"</a></p>
    };
    let around = Around {
        above: Some(above.into_any()),
        bulk: vec![DISABLE.bulk(DISABLE_MANY)],
    };
    Ok(held::page(&LIST, &visit, query.as_deref(), rows, around))
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
    let history = history("account", account.id.as_str());
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

/// Accounts that can be acted on.
struct Users;

impl Kind for Users {
    type Object = Account;
    const LIST: &'static str = USERS;
    const MANY: &'static str = "accounts";

    async fn named(desk: &Desk, id: &str) -> Result<Account, Problem> {
        Ok(named(desk, id).await?.account)
    }

    fn name(account: &Account) -> String {
        account.username.to_string()
    }
}

impl Paged for Users {
    fn page_of(account: &Account) -> String {
        page_of(&account.id)
    }

    fn path_of(account: &Account) -> String {
        page_of(&account.id)
    }
}

static DISABLE: Action<Users> = Action {
    needs: Permission::Users,
    word: "disable",
    title: "Disable this account?",
    button: "Disable",
    text: |name| {
        format!(
            "{name} will not be able to sign in, and all their sessions end now. Their notes in the audit log stay. \
             You can put the account in force again."
        )
    },
    run: |desk, account, visit| {
        Box::pin(async move {
            desk.accounts().disable(&account.id, &visit.by()).await?;
            Ok(format!("{} is disabled.", account.username))
        })
    },
};

static ENABLE: Action<Users> = Action {
    needs: Permission::Users,
    word: "enable",
    title: "Put this account in force again?",
    button: "Put in force",
    text: |name| format!("{name} will be able to sign in again, with the password of before."),
    run: |desk, account, visit| {
        Box::pin(async move {
            desk.accounts().enable(&account.id, &visit.by()).await?;
            Ok(format!("{} is in force again.", account.username))
        })
    },
};

static SIGN_OUT: Action<Users> = Action {
    needs: Permission::Users,
    word: "sign-out",
    title: "Sign out everywhere?",
    button: "Sign out everywhere",
    text: |name| format!("All sessions of {name} end now; they can sign in again."),
    run: |desk, account, visit| {
        Box::pin(async move {
            desk.accounts().end_all(&account.id, &visit.by()).await?;
            Ok(format!("All sessions of {} have ended.", account.username))
        })
    },
};

static REMOVE_SECOND_FACTOR: Action<Users> = Action {
    needs: Permission::Users,
    word: "second-factor",
    title: "Remove the second factor?",
    button: "Remove second factor",
    text: |name| {
        format!(
            "{name} will sign in with the password alone, and all their sessions end now. Do this only when you know \
             that it is really they who lost the device and the recovery codes."
        )
    },
    run: |desk, account, visit| {
        Box::pin(async move {
            if account.id == visit.account.id {
                // One's own is removed with the password, on one's own page.
                return Err(AccountError::Yourself.into());
            }
            let by = visit.by();
            let remove = desk.accounts().remove_second_factor(&account.id, None, &by);
            remove.await?;
            Ok(format!(
                "The second factor of {} is removed.",
                account.username
            ))
        })
    },
};
