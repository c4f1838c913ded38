//! `parallax backfill`: completes the past of chosen tokens now, with a progress bar.
//!
//! The work is done piece by piece, each stored before the next begins, and only what is missing is asked
//! for: stopped at any moment, the same command goes on where it was.

use std::sync::Arc;

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use parallax::candle::Interval;
use parallax::catalogue::Catalogue;
use parallax::time::{Clock, Timestamp};
use parallax::token::TokenId;
use parallax_ingest::History;
use parallax_service::find_token;
use parallax_service::venues::Switches;
use parallax_worker::backfill::{Listings, Repairer, pieces};
use tokio::sync::watch;

use crate::cli::{BackfillArguments, Length};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::wiring;

/// Runs the command.
///
/// # Errors
/// When the token is unknown, the range is empty, the database cannot be used, or a venue failed: what was
/// fetched before is stored.
pub(crate) async fn run(config: Config, arguments: &BackfillArguments) -> anyhow::Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let until = arguments.to.unwrap_or(clock.now().utc).min(clock.now().utc);
    if arguments.from >= until {
        bail!(
            "--from must lie before --to and in the past; got {} and {until}",
            arguments.from
        );
    }
    let store = parallax_store::open(&config.database)
        .await
        .context("could not open the database")?;
    let catalogue = wiring::catalogue_in_force(&store, &clock).await?;
    let tokens = tokens(&arguments.token, &catalogue)?;
    store.save_tokens(&catalogue.stored_tokens()).await?;
    store.save_venues(&wiring::venues(&config)?).await?;

    let in_force = watch::channel(catalogue).1;
    let mut sources = wiring::with_usage(&config, store.as_ref(), clock.now().utc).await;
    // Where the admin says that exchanges are, as the server does.
    let switches = wiring::with_switches(&mut sources)?;
    let switches = Switches::new(Arc::clone(&store), Arc::clone(&clock), switches);
    let left = switches.read().await;
    left.context("could not read what operators decided about exchanges")?;
    let history = History::new(
        config.ingest.clone(),
        sources,
        in_force.clone(),
        Arc::clone(&clock),
    )?;
    let listings = Listings::default();
    let mut problems = Vec::new();
    for venue in history.venues() {
        match history.discover(venue).await {
            Ok(found) => found.into_iter().for_each(|listing| listings.add(listing)),
            Err(error) => problems.push(format!("{venue} has no part in this: {error}")),
        }
    }
    let repairer = Repairer::new(
        Arc::clone(&store),
        history.clone(),
        listings,
        in_force,
        &config.pricing,
        Arc::clone(&clock),
    )?
    .on_demand();

    let interval = match arguments.interval {
        Length::Hours => Interval::Hour,
        Length::Minutes => Interval::Minute,
    };
    let pieces = pieces(interval, arguments.from, until);
    let mut work: Vec<TokenId> = Vec::new();
    for token in &tokens {
        for needed in repairer
            .conversions(token)
            .into_iter()
            .chain([token.clone()])
        {
            if !work.contains(&needed) {
                work.push(needed);
            }
        }
    }
    let bar = progress_bar(pieces.len() * work.len());
    let mut bars = 0;
    for (from, until) in pieces {
        repairer.begin();
        for token in &work {
            bar.set_message(format!("{token} {}", day(from)));
            let repaired = repairer.repair(token, interval, from, until).await;
            problems.extend(repaired.error);
            store
                .save_candles(&repaired.candles)
                .await
                .context("could not store candles; what was stored before stays")?;
            bars += repaired.candles.len();
            bar.inc(1);
        }
    }
    let used: Vec<_> = history
        .venues()
        .filter_map(|venue| {
            let budget = history.budget(venue)?;
            Some(parallax::fact::QueryUsage {
                venue: venue.clone(),
                month: budget.month,
                used: budget.used,
            })
        })
        .collect();
    store.save_usage(&used).await?;
    store.close().await;
    bar.finish_and_clear();
    println!("{bars} candles were stored");
    problems.sort();
    problems.dedup();
    if problems.is_empty() {
        return Ok(());
    }
    bail!(
        "not all could be had; the same command goes on where this one stopped:\n  {}",
        problems.join("\n  ")
    )
}

fn tokens(asked: &[String], catalogue: &Catalogue) -> anyhow::Result<Vec<TokenId>> {
    let known = |text: &String| Ok(find_token(catalogue.tokens(), text)?.id.clone());
    asked.iter().map(known).collect()
}

fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

fn progress_bar(steps: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(steps).unwrap_or(u64::MAX));
    let style = ProgressStyle::with_template(
        "{bar:30} {pos}/{len} {elapsed_precise}, about {eta_precise} left  {msg}",
    );
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}
