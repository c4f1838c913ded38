//! CSV as stored candles: everything is checked before anything is stored.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use parallax::candle::{Candle, Interval, Series, Source};
use parallax::catalogue::Catalogue;
use parallax::time::{Clock, Timestamp};
use parallax_service::csv::{CsvError, Reader};
use parallax_store::Store;

use super::ImportArguments;
use super::parents::{Parents, build};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::wiring;

/// Candles stored at once: one transaction.
const BATCH: usize = 5_000;
/// No line of ours is near this length.
const LONGEST_LINE: u64 = 4_096;
/// The most faults that are listed.
const MAX_FAULTS: usize = 20;

/// Runs the command.
///
/// # Errors
/// When the file cannot be read, a line is no candle (then nothing is stored), or the database fails:
/// what was stored before stays, and the same command may be repeated.
pub(crate) async fn import(config: Config, arguments: &ImportArguments) -> anyhow::Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let store = parallax_store::open(&config.database)
        .await
        .context("could not open the database")?;
    let catalogue = wiring::catalogue_in_force(&store, &clock).await?;
    let checked = check(&arguments.file, &catalogue, clock.now().utc)?;
    for (series, count) in &checked {
        let Series {
            token,
            source,
            interval,
        } = series;
        eprintln!("{token} {source} {}: {count} candles", interval.as_str());
    }
    if arguments.dry_run {
        eprintln!("the file is valid; nothing was stored, because of --dry-run");
        return Ok(());
    }
    store.save_tokens(&catalogue.stored_tokens()).await?;
    let (count, parents) = save(store.as_ref(), &arguments.file).await?;
    let built = build(store.as_ref(), parents, clock.now().utc).await?;
    store.close().await;
    eprintln!("{count} candles were imported, and {built} longer ones built from them");
    Ok(())
}

/// Reads the whole file; says how many candles of each series it holds.
pub(super) fn check(
    path: &Path,
    catalogue: &Catalogue,
    now: Timestamp,
) -> anyhow::Result<BTreeMap<Series, u64>> {
    let mut counts = BTreeMap::new();
    let mut faults = Vec::new();
    each(path, |line, candle| {
        let fault = match candle {
            Ok(Candle { series, .. }) if catalogue.get(series.token.as_str()).is_none() => {
                format!("there is no token with the id {:?}", series.token.as_str())
            }
            Ok(Candle { bar, .. }) if bar.open_time > now => {
                format!("{} lies in the future", bar.open_time)
            }
            Ok(Candle { series, .. }) => {
                *counts.entry(series).or_insert(0) += 1;
                return faults.len() < MAX_FAULTS;
            }
            Err(error) => error.to_string(),
        };
        faults.push(format!("line {line}: {fault}"));
        faults.len() < MAX_FAULTS
    })?;
    if !faults.is_empty() {
        let more = if faults.len() < MAX_FAULTS {
            ""
        } else {
            "\n  and perhaps more"
        };
        bail!(
            "{} cannot be imported, and nothing was stored:\n  {}{more}",
            path.display(),
            faults.join("\n  ")
        );
    }
    if counts.is_empty() {
        bail!("{} holds no candle", path.display());
    }
    Ok(counts)
}

/// Stores the candles of a checked file; says how many, and which longer ones they are part of.
pub(super) async fn save(store: &dyn Store, path: &Path) -> anyhow::Result<(u64, Parents)> {
    let mut lines = Lines::open(path)?;
    let (mut count, mut parents) = (0, Parents::default());
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let next = lines.next_candle()?;
        let is_last = next.is_none();
        if let Some((line, candle)) = next {
            let candle = candle.with_context(|| {
                format!(
                    "line {line} changed while the file was read; what stood before it is stored"
                )
            })?;
            parents.note(&candle.series, candle.bar.open_time);
            batch.push(candle);
        }
        if batch.len() >= BATCH || is_last {
            store
                .save_candles(&batch)
                .await
                .context("could not store; what was stored before stays, so repeat the command")?;
            count += u64::try_from(batch.len()).unwrap_or(u64::MAX);
            batch.clear();
        }
        if is_last {
            return Ok((count, parents));
        }
    }
}

/// Hands every candle, or what is wrong with its line, to `take`, until that says no.
fn each(
    path: &Path,
    mut take: impl FnMut(u64, Result<Candle, CsvError>) -> bool,
) -> anyhow::Result<()> {
    let mut lines = Lines::open(path)?;
    while let Some((line, candle)) = lines.next_candle()? {
        if !take(line, candle) {
            break;
        }
    }
    Ok(())
}

/// A file, line by line.
struct Lines {
    file: BufReader<File>,
    reader: Reader,
    number: u64,
    name: String,
}

impl Lines {
    fn open(path: &Path) -> anyhow::Result<Self> {
        let name = path.display().to_string();
        let file = File::open(path).with_context(|| format!("could not open {name}"))?;
        let mut file = BufReader::new(file);
        let first = read_line(&mut file).with_context(|| format!("{name}, line 1"))?;
        let reader = Reader::new(first.unwrap_or_default().trim_end())
            .with_context(|| format!("{name} cannot be imported, and nothing was stored"))?;
        Ok(Self {
            file,
            reader,
            number: 1,
            name,
        })
    }

    /// The next candle with its line's number. Empty lines and gaps without prices are passed over.
    fn next_candle(&mut self) -> anyhow::Result<Option<(u64, Result<Candle, CsvError>)>> {
        loop {
            self.number += 1;
            let line = read_line(&mut self.file)
                .with_context(|| format!("{}, line {}", self.name, self.number))?;
            let Some(line) = line else {
                return Ok(None);
            };
            if line.trim().is_empty() {
                continue;
            }
            if let Some(candle) = self.reader.read(&line).transpose() {
                return Ok(Some((self.number, candle)));
            }
        }
    }
}

/// One line with its end; `None` at the end of the file.
fn read_line(file: &mut impl BufRead) -> anyhow::Result<Option<String>> {
    let mut line = Vec::new();
    let length = file.take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    if u64::try_from(length).is_ok_and(|length| length >= LONGEST_LINE) {
        bail!("a line is longer than {LONGEST_LINE} bytes: this is no file of candles");
    }
    if line.is_empty() {
        return Ok(None);
    }
    String::from_utf8(line)
        .map(Some)
        .context("this is not UTF-8 text")
}

/// Whether longer candles are made of these: the index's minutes and hours. A venue's days are its own.
pub(super) fn has_parents(series: &Series) -> bool {
    series.source == Source::Index && series.interval != Interval::Day
}
