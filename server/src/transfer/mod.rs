//! `parallax export` and `parallax import`: candles as CSV, between databases and programs.
//!
//! What is exported is what is stored, exactly: imported elsewhere it is the same again. The lines are
//! those of `parallax_service::csv`, the same as the API's `candles.csv`.

mod export;
mod import;
mod parents;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use parallax::candle::{Interval, Source};
use parallax::time::Timestamp;
use parallax_service::when;

pub(crate) use export::export;
pub(crate) use import::import;

/// What to export.
#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// The token: its id, contract, symbol or name.
    #[arg(long, value_name = "TOKEN")]
    pub(crate) token: String,
    /// Candles of this length only; all lengths, unless given.
    #[arg(long, value_enum, value_name = "LENGTH")]
    pub(crate) interval: Option<Length>,
    /// Of this source only, `index` or an exchange's id; all sources, unless given.
    #[arg(long, value_name = "SOURCE")]
    pub(crate) source: Option<Source>,
    /// Candles that open at this time or later, in UTC: 2026-01-31 or 2026-01-31T09:30:00Z.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) from: Option<Timestamp>,
    /// Candles that open before this time.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) to: Option<Timestamp>,
    /// The file to write; `-` prints.
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) out: PathBuf,
}

/// What to import.
#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// A CSV file as `parallax export` and the API's candles.csv write it.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Only check the file, and say what it holds.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// The lengths of stored candles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Length {
    /// One minute.
    #[value(name = "1m")]
    Minute,
    /// One hour.
    #[value(name = "1h")]
    Hour,
    /// One day.
    #[value(name = "1d")]
    Day,
}

impl From<Length> for Interval {
    fn from(length: Length) -> Self {
        match length {
            Length::Minute => Self::Minute,
            Length::Hour => Self::Hour,
            Length::Day => Self::Day,
        }
    }
}

fn moment(text: &str) -> Result<Timestamp, String> {
    when::read(text).ok_or_else(|| format!("must be {}", when::ALLOWED))
}
