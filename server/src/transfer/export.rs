//! Stored candles as CSV.

use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use parallax::candle::{Interval, Series, Source};
use parallax::time::{Clock, Timestamp};
use parallax::token::TokenId;
use parallax_service::{csv, find_token};
use parallax_store::Store;

use super::ExportArguments;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::wiring;

/// Candles read at once.
const SLICE: u32 = 10_000;

/// Which candles.
#[derive(Debug)]
pub(super) struct Selection {
    pub(super) token: TokenId,
    pub(super) interval: Option<Interval>,
    pub(super) source: Option<Source>,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

/// Runs the command.
///
/// # Errors
/// When the token is unknown, the database cannot be read, the file cannot be written, or nothing is held.
pub(crate) async fn export(config: Config, arguments: &ExportArguments) -> anyhow::Result<()> {
    let store = parallax_store::open(&config.database)
        .await
        .context("could not open the database")?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let catalogue = wiring::catalogue_in_force(&store, &clock).await?;
    let selection = Selection {
        token: find_token(catalogue.tokens(), &arguments.token)?.id.clone(),
        interval: arguments.interval.map(Interval::from),
        source: arguments.source.clone(),
        from: arguments.from.unwrap_or_default(),
        until: arguments
            .to
            .unwrap_or(Timestamp::default().plus(Duration::MAX)),
    };
    if selection.from >= selection.until {
        bail!("--from must be earlier than --to");
    }
    let count = if arguments.out.as_os_str() == "-" {
        let written = write(store.as_ref(), &selection, std::io::stdout().lock()).await;
        match written {
            // Whoever read has seen enough, as `head` does.
            Err(error) if is_broken_pipe(&error) => return Ok(()),
            written => written?,
        }
    } else {
        to_file(store.as_ref(), &selection, &arguments.out).await?
    };
    store.close().await;
    if count == 0 {
        bail!(
            "no candle of {} is held in that range; nothing was exported",
            selection.token
        );
    }
    eprintln!("{count} candles were exported");
    Ok(())
}

/// Writes beside the file and puts it in place at the end, so that it is never half of what it should be.
async fn to_file(store: &dyn Store, selection: &Selection, path: &Path) -> anyhow::Result<u64> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let unwritable = || format!("could not write {}", beside.display());
    let file = File::create(&beside).with_context(unwritable)?;
    let written = write(store, selection, &file).await;
    let done = match written {
        Ok(count) if count > 0 => file
            .sync_all()
            .and_then(|()| std::fs::rename(&beside, path))
            .with_context(unwritable)
            .map(|()| count),
        other => other,
    };
    if !matches!(done, Ok(count) if count > 0) {
        // Best effort: what went wrong is being reported.
        let _ = std::fs::remove_file(&beside);
    }
    done
}

/// Writes the candles, the shortest first, the index before the venues, oldest first; says how many.
pub(super) async fn write(
    store: &dyn Store,
    selection: &Selection,
    out: impl Write,
) -> anyhow::Result<u64> {
    let mut out = BufWriter::new(out);
    out.write_all(csv::header().as_bytes())?;
    let mut count = 0_u64;
    let mut line = String::new();
    let wanted = |interval: &Interval| selection.interval.is_none_or(|it| it == *interval);
    for interval in Interval::ALL.into_iter().filter(wanted) {
        for source in store.candle_sources(&selection.token, interval).await? {
            if selection.source.as_ref().is_some_and(|it| *it != source) {
                continue;
            }
            let series = Series {
                token: selection.token.clone(),
                source,
                interval,
            };
            let mut from = selection.from;
            loop {
                let bars = store.candles(&series, from, selection.until, SLICE).await?;
                for bar in &bars {
                    line.clear();
                    let at = bar.open_time;
                    let (token, source) = (&series.token, &series.source);
                    csv::write_candle(&mut line, token, source, interval.into(), at, Some(bar));
                    out.write_all(line.as_bytes())?;
                    count += 1;
                }
                match bars.last() {
                    Some(last) if bars.len() >= usize::try_from(SLICE).unwrap_or(usize::MAX) => {
                        from = last.open_time.plus(Duration::from_millis(1));
                    }
                    _ => break,
                }
            }
        }
    }
    out.flush()?;
    Ok(count)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
