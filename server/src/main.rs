//! The composition root: reads the configuration, wires the rooms together, serves, and stops cleanly.
//! docs/ARCHITECTURE.md draws the whole house.

mod accounts;
mod backfill;
mod cli;
mod clock;
mod config;
mod functions;
mod health;
mod http;
mod limits;
mod metrics;
mod pages;
mod reference;
mod route;
mod scripts;
mod serve;
mod telemetry;
mod token;
mod traces;
mod transfer;
mod wiring;

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use crate::accounts::AccountCommand;
use crate::cli::{Cli, Command, ConfigCommand};
use crate::config::Config;
use crate::traces::Traces;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parallax: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<()> {
    let file = cli.config.as_deref();
    match cli.command.as_ref().unwrap_or(&Command::Serve) {
        Command::Serve => {
            let config = Config::load(file)?;
            let traces = config.traces.as_ref().map(Traces::new).transpose()?;
            telemetry::start(&config.log, traces.as_ref())?;
            wait_for(wiring::run(config, traces))
        }
        Command::Backfill(arguments) => {
            let config = Config::load(file)?;
            wait_for(backfill::run(config, arguments))
        }
        Command::Token(command) => wait_for(token::run(Config::load(file)?, command)),
        Command::Createsuperuser(arguments) => account(file, AccountCommand::Create(arguments)),
        Command::Changepassword(arguments) => account(file, AccountCommand::Password(arguments)),
        Command::Users(command) => account(file, AccountCommand::Users(command)),
        Command::Export(arguments) => wait_for(transfer::export(Config::load(file)?, arguments)),
        Command::Import(arguments) => wait_for(transfer::import(Config::load(file)?, arguments)),
        Command::Health => wait_for(health::run(Config::load(file)?.listen)),
        Command::Venues => {
            for adapter in parallax_venues::ALL {
                let facts = adapter.descriptor();
                println!("{:<12} {}", facts.id, facts.name);
                println!(
                    "{:<12} {}  {}",
                    "", facts.endpoints.stream, facts.endpoints.rest
                );
            }
            Ok(())
        }
        Command::Config(ConfigCommand::Default) => {
            print!("{}", config::DEFAULT);
            Ok(())
        }
        Command::Config(ConfigCommand::Check) => {
            let config = Config::load(file)?;
            println!(
                "the configuration is valid; it would listen on {}",
                config.listen
            );
            Ok(())
        }
    }
}

fn account(file: Option<&Path>, command: AccountCommand<'_>) -> anyhow::Result<()> {
    wait_for(accounts::run(Config::load(file)?, command))
}

/// Runs a command to its end.
fn wait_for(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(command);
    // Whatever still runs was told to stop and had its time.
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    result
}
