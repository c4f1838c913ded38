//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use parallax::time::Timestamp;

use crate::accounts::{CreateArguments, PasswordArguments, UsersCommand};
use crate::token::TokenCommand;
use crate::transfer::{ExportArguments, ImportArguments};

/// The one price behind many viewpoints: reads live quotes from many exchanges, computes one
/// explainable price per token, and serves it as a page, an API and a stream.
#[derive(Debug, Parser)]
#[command(
    name = "parallax",
    version,
    after_help = "Without a command the server starts, with every exchange it knows and an SQLite file in ./data.\n\
\n\
Examples:\n  \
  parallax                                  start on http://127.0.0.1:3000\n  \
  parallax --config parallax.toml           start with a configuration file\n  \
  PARALLAX_LISTEN=0.0.0.0:8080 parallax     listen on every network\n  \
  DATABASE_URL=postgres://… parallax        store in PostgreSQL\n  \
  parallax token create --name my-bot       make an API key\n  \
  parallax createsuperuser                  make an account for the admin at /mgmt\n  \
  parallax config default > parallax.toml   begin a configuration file\n\
\n\
Configuration: the built-in defaults, then the file, then PARALLAX_* variables (two underscores\n\
between section and key: PARALLAX_STORE__FLUSH_EVERY_MS=500), then DATABASE_URL. The last one wins.\n\
PORT=8080 alone listens on 0.0.0.0:8080.\n\
\n\
Stop with Ctrl-C or SIGTERM: open streams are ended and everything accepted is stored, within 5 s.\n\
Exit codes: 0 stopped, 1 failed, 2 wrong command line."
)]
pub(crate) struct Cli {
    /// A configuration file (TOML) with what differs from the defaults.
    #[arg(
        long,
        short,
        global = true,
        value_name = "FILE",
        env = "PARALLAX_CONFIG"
    )]
    pub(crate) config: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the server (the default).
    Serve,
    /// Complete the past of tokens from the venues' own history; goes on where it was stopped.
    Backfill(BackfillArguments),
    /// Make, list and revoke API keys; works while the server runs.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Make an account that may do everything in the admin at /mgmt, accounts included.
    Createsuperuser(CreateArguments),
    /// Give an account a new password; all its sessions end.
    Changepassword(PasswordArguments),
    /// List, disable and enable accounts; works while the server runs.
    #[command(subcommand)]
    Users(UsersCommand),
    /// Write stored candles of a token as CSV.
    Export(ExportArguments),
    /// Store the candles of a CSV file: all of them, or none if one is wrong.
    Import(ImportArguments),
    /// List the exchanges this program can read, with their endpoints.
    Venues,
    /// Ask the server of this configuration whether it answers, for container health checks: exit code 0 or 1
    /// within 2 s.
    Health,
    /// Print or check the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
}

/// Which past to complete.
#[derive(Debug, Args)]
pub(crate) struct BackfillArguments {
    /// The token's id, contract address, symbol or name; several with commas, or the option again.
    #[arg(long, required = true, value_delimiter = ',', value_name = "TOKEN")]
    pub(crate) token: Vec<String>,
    /// From this time on, in UTC: 2026-01-31 or 2026-01-31T09:30:00Z.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) from: Timestamp,
    /// Up to this time. Now, unless given.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) to: Option<Timestamp>,
    /// Candles of one hour and one day, or of one minute.
    #[arg(long, value_enum, default_value_t = Length::Hours, value_name = "LENGTH")]
    pub(crate) interval: Length,
}

/// Which candles to complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Length {
    /// One hour, and the days they make.
    #[value(name = "1h")]
    Hours,
    /// One minute.
    #[value(name = "1m")]
    Minutes,
}

/// A day or a moment, in UTC.
pub(crate) fn time(text: &str) -> Result<Timestamp, String> {
    let full = if text.len() == 10 {
        format!("{text}T00:00:00Z")
    } else {
        text.to_owned()
    };
    full.parse()
        .map_err(|_| "must be like 2026-01-31 or 2026-01-31T09:30:00Z".to_owned())
}

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print every key with its default and its meaning.
    Default,
    /// Check the configuration in force without starting.
    Check,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
