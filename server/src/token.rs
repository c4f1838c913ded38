//! `parallax token`: API keys, made, listed and revoked in the database, beside the server and without it.
//! A running server reads them again every two seconds.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use parallax::key::{ApiKey, KeyId, KeyName, PREFIX, Scope, Scopes};
use parallax::time::Timestamp;
use parallax_service::accounts::By;
use parallax_service::keys::{self, KeyText, Revocation};
use parallax_store::{DatabaseUrl, Store};
use serde::Serialize;

use crate::config::Config;

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a key and print it, this once.
    Create(CreateArguments),
    /// List all keys, without what opens anything.
    List(ListArguments),
    /// Revoke a key; open streams end within five seconds.
    Revoke(RevokeArguments),
}

/// Which key to make.
#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    /// What you call it, to tell it from the others.
    #[arg(long, value_name = "NAME")]
    name: KeyName,
    /// What it may be used for: read, stream or admin; several with commas, or the option again.
    #[arg(long, value_name = "SCOPE", value_delimiter = ',', default_values_t = [Scope::Read, Scope::Stream])]
    scope: Vec<Scope>,
    /// After what time it is refused: 90d, 12h, 30m, 45s or 4w. Without it, never.
    #[arg(long, value_name = "TIME", value_parser = span)]
    expires_in: Option<Duration>,
}

/// How to list keys.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Which key to revoke.
#[derive(Debug, Args)]
pub(crate) struct RevokeArguments {
    /// Its id as in the list; its beginning (plx_ and the id) or the key itself will do.
    #[arg(value_name = "ID")]
    id: String,
}

/// Runs the command.
///
/// # Errors
/// When the database cannot be used, or there is no such key.
pub(crate) async fn run(config: Config, command: &TokenCommand) -> anyhow::Result<()> {
    let store = open(&config.database).await?;
    let now = Timestamp::from_system(SystemTime::now());
    let done = match command {
        TokenCommand::Create(arguments) => create(store.as_ref(), arguments, now).await,
        TokenCommand::List(arguments) => list(store.as_ref(), arguments, now).await,
        TokenCommand::Revoke(arguments) => revoke(store.as_ref(), arguments, now).await,
    };
    store.close().await;
    done
}

/// Opens the database of a command that runs beside the server.
///
/// # Errors
/// When it cannot be opened, or no other program can reach it.
pub(crate) async fn open(database: &DatabaseUrl) -> anyhow::Result<Arc<dyn Store>> {
    if database.to_string() == "sqlite::memory:" {
        bail!(
            "the database is in the server's memory, which no other program can reach; set store.url to a file"
        );
    }
    parallax_store::open(database)
        .await
        .with_context(|| format!("could not open the database {database}"))
}

async fn create(
    store: &dyn Store,
    arguments: &CreateArguments,
    now: Timestamp,
) -> anyhow::Result<()> {
    let scopes = Scopes::new(arguments.scope.iter().copied()).context("a key needs a scope")?;
    let expires_at = arguments.expires_in.map(|span| now.plus(span));
    let (name, by) = (arguments.name.clone(), By::command_line());
    let made = keys::issue(store, name, scopes, expires_at, &by, now);
    let (text, key) = made.await.context("could not store the key")?;
    // Alone on standard output, so that a script can take it from there.
    println!("{}", text.reveal());
    let until = key
        .expires_at
        .map_or_else(String::new, |at| format!(" until {at}"));
    eprintln!(
        "This is the key {:?} for {scopes}{until}. It will not be shown again: keep it now.",
        key.name.to_string()
    );
    Ok(())
}

/// A key with what the list says about it besides.
#[derive(Serialize)]
struct Listed<'a> {
    prefix: String,
    state: &'static str,
    #[serde(flatten)]
    key: &'a ApiKey,
}

async fn list(store: &dyn Store, arguments: &ListArguments, now: Timestamp) -> anyhow::Result<()> {
    let keys = store.keys().await.context("could not read the keys")?;
    let listed = keys.iter().map(|stored| Listed {
        prefix: stored.key.id.prefix(),
        state: stored.key.ended(now).map_or("active", |end| end.as_str()),
        key: &stored.key,
    });
    let listed: Vec<_> = listed.collect();
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&listed)?);
    } else if listed.is_empty() {
        eprintln!("there is no key yet; make one with: parallax token create --name NAME");
    } else {
        print!("{}", table(&listed)?);
    }
    Ok(())
}

fn table(keys: &[Listed<'_>]) -> anyhow::Result<String> {
    let date = |at: Option<Timestamp>, never: &str| {
        let text = at.map(|at| at.to_string());
        // To the minute, without the seconds that nobody reads.
        text.and_then(|text| Some(text.get(..16)?.replace('T', " ")))
            .unwrap_or_else(|| never.to_owned())
    };
    let mut text = String::new();
    writeln!(
        text,
        "{:<14} {:<24} {:<18} {:<8} {:<17} {:<17} LAST USED",
        "ID", "NAME", "SCOPES", "STATE", "CREATED (UTC)", "EXPIRES"
    )?;
    for Listed { state, key, .. } in keys {
        writeln!(
            text,
            "{:<14} {:<24} {:<18} {state:<8} {:<17} {:<17} {}",
            key.id.as_str(),
            key.name,
            key.scopes.to_string(),
            date(Some(key.created_at), ""),
            date(key.expires_at, "never"),
            date(key.last_used_at, "never"),
        )?;
    }
    Ok(text)
}

async fn revoke(
    store: &dyn Store,
    arguments: &RevokeArguments,
    now: Timestamp,
) -> anyhow::Result<()> {
    let id = named(&arguments.id).context("see `parallax token list`")?;
    let revoked = keys::revoke(store, &id, &By::command_line(), now).await;
    match revoked.context("could not revoke the key")? {
        Revocation::Done => {
            eprintln!("the key {id} is revoked; a running server refuses it within five seconds");
            Ok(())
        }
        Revocation::Before(at) => {
            eprintln!("the key {id} was revoked before, at {at}");
            Ok(())
        }
        Revocation::Unknown => bail!("there is no key with the id {id}; see `parallax token list`"),
    }
}

/// The id in what a person copied: the id, its prefix, or a whole key.
fn named(text: &str) -> anyhow::Result<KeyId> {
    if let Some(key) = KeyText::read(text) {
        return Ok(key.id().clone());
    }
    Ok(text.strip_prefix(PREFIX).unwrap_or(text).parse()?)
}

/// Reads a whole number and its unit.
fn span(text: &str) -> Result<Duration, String> {
    const LONGEST_S: u64 = 100 * 366 * 86_400;
    let unit_s = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        Some('w') => 7 * 86_400,
        _ => 0_u64,
    };
    let number = text.get(..text.len().saturating_sub(1));
    let number: Option<u64> = number.and_then(|number| number.parse().ok());
    let seconds = number.and_then(|number| number.checked_mul(unit_s));
    seconds
        .filter(|seconds| (1..=LONGEST_S).contains(seconds))
        .map(Duration::from_secs)
        .ok_or_else(|| "must be a whole number with its unit, such as 90d, 12h, 30m, 45s or 4w, and at most a hundred years".to_owned())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_with_its_unit() {
        assert_eq!(span("90d"), Ok(Duration::from_secs(90 * 86_400)));
        assert_eq!(span("1w"), Ok(Duration::from_secs(7 * 86_400)));
        assert_eq!(span("45s"), Ok(Duration::from_secs(45)));
        for wrong in [
            "",
            "d",
            "90",
            "0d",
            "-1d",
            "1.5h",
            "90 d",
            "1y",
            "99999999999999999999d",
            "9d€",
        ] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_key_to_revoke_is_named_by_id_or_prefix_and_never_repeated_when_wrong() {
        let id = named("abcdefghij01").unwrap();
        assert_eq!(named("plx_abcdefghij01").unwrap(), id);
        let key = format!("plx_abcdefghij01_{}", "s".repeat(32));
        assert_eq!(named(&key).unwrap(), id);
        let wrong = named("plx_abcdefghij01_secret").unwrap_err();
        assert!(!format!("{wrong:#}").contains("secret"));
    }
}
