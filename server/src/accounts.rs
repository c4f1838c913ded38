//! `parallax createsuperuser`, `changepassword` and `users`: accounts, beside the server and without it. A running
//! server asks the database at each request of the admin, so all of it holds there at once.

use std::fmt::Write as _;
use std::io::{BufRead, IsTerminal, Write as _};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use parallax::account::{Account, Role, Username};
use parallax_service::accounts::{Accounts, By, Hasher, ListedAccount};
use parallax_store::Store;
use serde::Serialize;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::token;

/// The variable that a password is taken from. No option takes one: everyone on the machine can read those.
const VARIABLE: &str = "PARALLAX_PASSWORD";

/// Which account to make.
#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    /// What its owner signs in as; asked for on a terminal.
    #[arg(long, value_name = "NAME")]
    username: Option<Username>,
    /// Read the password from standard input, instead of PARALLAX_PASSWORD or the terminal.
    #[arg(long)]
    password_stdin: bool,
}

/// Whose password to change.
#[derive(Debug, Args)]
pub(crate) struct PasswordArguments {
    /// The username.
    #[arg(value_name = "USER")]
    username: Username,
    /// Read the password from standard input, instead of PARALLAX_PASSWORD or the terminal.
    #[arg(long)]
    password_stdin: bool,
}

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum UsersCommand {
    /// List all accounts.
    List(ListArguments),
    /// Disable an account; its sessions end at once.
    Disable(NameArguments),
    /// Put a disabled account in force again.
    Enable(NameArguments),
}

/// How to list accounts.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Which account.
#[derive(Debug, Args)]
pub(crate) struct NameArguments {
    /// The username.
    #[arg(value_name = "USER")]
    username: Username,
}

/// A command about accounts.
#[derive(Debug)]
pub(crate) enum AccountCommand<'a> {
    Create(&'a CreateArguments),
    Password(&'a PasswordArguments),
    Users(&'a UsersCommand),
}

/// Runs the command.
///
/// # Errors
/// When the database cannot be used, the password is refused, or there is no such account.
pub(crate) async fn run(config: Config, command: AccountCommand<'_>) -> anyhow::Result<()> {
    let store = token::open(&config.database).await?;
    let accounts = accounts(&store);
    let done = match command {
        AccountCommand::Create(arguments) => create(&accounts, arguments).await,
        AccountCommand::Password(arguments) => change_password(&accounts, arguments).await,
        AccountCommand::Users(UsersCommand::List(arguments)) => list(&accounts, arguments).await,
        AccountCommand::Users(UsersCommand::Disable(name)) => disable(&accounts, name).await,
        AccountCommand::Users(UsersCommand::Enable(name)) => enable(&accounts, name).await,
    };
    store.close().await;
    done
}

fn accounts(store: &Arc<dyn Store>) -> Accounts {
    let clock = Arc::new(SystemClock::start());
    Accounts::new(Arc::clone(store), clock, Hasher::default())
}

async fn create(accounts: &Accounts, arguments: &CreateArguments) -> anyhow::Result<()> {
    let username = match &arguments.username {
        Some(username) => username.clone(),
        None => ask_name()?,
    };
    let password = password(arguments.password_stdin)?;
    let by = By::command_line();
    let made = accounts.create(username, Role::Superuser, &password, &by);
    let account = made.await.context("could not make the account")?;
    eprintln!(
        "the superuser {} is made; sign in at /mgmt of your server",
        account.username
    );
    Ok(())
}

async fn change_password(accounts: &Accounts, arguments: &PasswordArguments) -> anyhow::Result<()> {
    let account = named(accounts, &arguments.username).await?;
    let password = password(arguments.password_stdin)?;
    let by = By::command_line();
    let done = accounts.change_password(&account.id, None, &password, &by);
    done.await.context("could not change the password")?;
    eprintln!(
        "the password of {} is changed, and all its sessions have ended",
        account.username
    );
    Ok(())
}

async fn named(accounts: &Accounts, username: &Username) -> anyhow::Result<Account> {
    let named = accounts.named(username).await;
    let named = named.with_context(|| format!("{username}: see `parallax users list`"))?;
    Ok(named.account)
}

/// An account as the list says it.
#[derive(Serialize)]
struct Listed {
    state: &'static str,
    #[serde(flatten)]
    account: Account,
}

async fn list(accounts: &Accounts, arguments: &ListArguments) -> anyhow::Result<()> {
    let accounts = accounts
        .list()
        .await
        .context("could not read the accounts")?;
    let listed = accounts.into_iter().map(|ListedAccount { account, .. }| {
        let state = match account.disabled_at {
            Some(_) => "disabled",
            None => "active",
        };
        Listed { state, account }
    });
    let listed: Vec<_> = listed.collect();
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&listed)?);
    } else if listed.is_empty() {
        eprintln!("there is no account yet; make one with: parallax createsuperuser");
    } else {
        print!("{}", table(&listed)?);
    }
    Ok(())
}

fn table(accounts: &[Listed]) -> anyhow::Result<String> {
    let mut text = String::new();
    writeln!(
        text,
        "{:<24} {:<10} {:<9} {:<6} LAST SIGNED IN (UTC)",
        "USERNAME", "ROLE", "STATE", "CODES"
    )?;
    for Listed { state, account } in accounts {
        let signed_in = account.signed_in_at.map(|at| at.to_string());
        // To the minute, without the seconds that nobody reads.
        let signed_in = signed_in.and_then(|text| Some(text.get(..16)?.replace('T', " ")));
        let codes = if account.has_second_factor {
            "yes"
        } else {
            "no"
        };
        writeln!(
            text,
            "{:<24} {:<10} {state:<9} {codes:<6} {}",
            account.username,
            account.role,
            signed_in.as_deref().unwrap_or("never"),
        )?;
    }
    Ok(text)
}

async fn disable(accounts: &Accounts, arguments: &NameArguments) -> anyhow::Result<()> {
    let account = named(accounts, &arguments.username).await?;
    let done = accounts.disable(&account.id, &By::command_line()).await;
    done.context("could not disable the account")?;
    eprintln!(
        "{} is disabled; all its sessions have ended",
        account.username
    );
    Ok(())
}

async fn enable(accounts: &Accounts, arguments: &NameArguments) -> anyhow::Result<()> {
    let account = named(accounts, &arguments.username).await?;
    let done = accounts.enable(&account.id, &By::command_line()).await;
    done.context("could not put the account in force")?;
    eprintln!("{} is in force", account.username);
    Ok(())
}

fn ask_name() -> anyhow::Result<Username> {
    if !std::io::stdin().is_terminal() {
        bail!("there is no terminal to ask for the name on; give it with --username NAME");
    }
    eprint!("Username: ");
    std::io::stderr().flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.parse()?)
}

/// From standard input if that was asked for, else from the variable, else from the terminal, without echo.
fn password(from_stdin: bool) -> anyhow::Result<String> {
    if from_stdin {
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        read.context("could not read the password from standard input")?;
        return Ok(line.trim_end_matches(['\n', '\r']).to_owned());
    }
    if let Ok(password) = std::env::var(VARIABLE) {
        return Ok(password);
    }
    if !std::io::stdin().is_terminal() {
        bail!(
            "there is no terminal to ask for the password on; give it on standard input with --password-stdin, or in \
             the variable {VARIABLE}"
        );
    }
    let password = rpassword::prompt_password("Password: ")?;
    if rpassword::prompt_password("Password again: ")? != password {
        bail!("the two passwords differ");
    }
    Ok(password)
}
