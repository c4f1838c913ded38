//! Rows of candles, of what chains say about tokens, and of how much venues were asked.

use parallax::candle::{Bar, Candle, CandleKind, Source};
use parallax::fact::{QueryUsage, TokenFacts};
use serde::Serialize;
use sqlx::FromRow;

use super::{count, read, read_count, read_option, read_time, read_word, text, unreadable};
use crate::error::StoreError;

/// A row of `candle`, to be saved.
#[derive(Debug)]
pub(crate) struct CandleRow<'a> {
    pub(crate) token: &'a str,
    pub(crate) source: &'a str,
    pub(crate) period: &'static str,
    pub(crate) open_time: i64,
    pub(crate) open: String,
    pub(crate) high: String,
    pub(crate) low: String,
    pub(crate) close: String,
    pub(crate) volume_usd: String,
    pub(crate) trades: Option<i64>,
    pub(crate) sources: i64,
    pub(crate) minutes: i64,
    pub(crate) kind: &'static str,
    pub(crate) revision: i64,
    pub(crate) confidence: Option<String>,
}

/// Bars in one text: one a line, its figures apart by tabs. A series is asked for, so that it need not
/// be repeated.
#[derive(Debug, FromRow)]
pub(crate) struct BarsRow {
    lines: Option<String>,
}

/// A row of the sources of a token's candles.
#[derive(Debug, FromRow)]
pub(crate) struct SourceRow {
    source: String,
}

/// The first and the last open time of a series.
#[derive(Debug, FromRow)]
pub(crate) struct SpanRow {
    first: Option<i64>,
    last: Option<i64>,
}

/// A row of `token_fact`.
#[derive(Debug, Serialize, FromRow)]
pub(crate) struct FactRow {
    pub(crate) token: String,
    pub(crate) venue: String,
    pub(crate) total_supply: Option<String>,
    pub(crate) total_supply_reliable: bool,
    pub(crate) volume_usd: Option<String>,
    pub(crate) block: i64,
    pub(crate) observed_at: i64,
}

/// A row of `query_usage`.
#[derive(Debug, Serialize, FromRow)]
pub(crate) struct UsageRow {
    pub(crate) venue: String,
    pub(crate) month: i64,
    pub(crate) used: i64,
}

impl<'a> TryFrom<&'a Candle> for CandleRow<'a> {
    type Error = StoreError;

    fn try_from(candle: &'a Candle) -> Result<Self, StoreError> {
        let (series, bar) = (&candle.series, &candle.bar);
        Ok(Self {
            token: series.token.as_str(),
            source: series.source.as_str(),
            period: series.interval.as_str(),
            open_time: bar.open_time.unix_ms(),
            open: bar.open.to_string(),
            high: bar.high.to_string(),
            low: bar.low.to_string(),
            close: bar.close.to_string(),
            volume_usd: bar.volume_usd.to_string(),
            trades: bar
                .trades
                .map(|trades| count("a candle's number of trades", trades))
                .transpose()?,
            sources: bar.sources.into(),
            minutes: bar.minutes.into(),
            kind: bar.kind.as_str(),
            revision: bar.revision.into(),
            confidence: text(bar.confidence),
        })
    }
}

impl TryFrom<BarsRow> for Vec<Bar> {
    type Error = StoreError;

    fn try_from(row: BarsRow) -> Result<Self, StoreError> {
        let lines = row.lines.as_deref().unwrap_or_default();
        lines.lines().map(bar).collect()
    }
}

/// Reads one line of [`BarsRow`].
fn bar(line: &str) -> Result<Bar, StoreError> {
    let mut figures = line.split('\t');
    let mut next = |field: &'static str| {
        let missing = || unreadable(field)("a figure is missing".into());
        figures.next().ok_or_else(missing)
    };
    macro_rules! figure {
        ($name:literal) => {
            read($name, next($name)?)?
        };
    }
    let mut bar = Bar {
        open_time: read_time("candle.open_time", figure!("candle.open_time"))?,
        open: figure!("candle.open"),
        high: figure!("candle.high"),
        low: figure!("candle.low"),
        close: figure!("candle.close"),
        confidence: None,
        volume_usd: figure!("candle.volume_usd"),
        trades: match next("candle.trades")? {
            "" => None,
            trades => Some(read("candle.trades", trades)?),
        },
        sources: figure!("candle.sources"),
        minutes: figure!("candle.minutes"),
        kind: read_word(
            "candle.kind",
            next("candle.kind")?,
            &CandleKind::ALL,
            |kind| kind.as_str(),
        )?,
        revision: figure!("candle.revision"),
    };
    // Last in the line.
    let confidence = next("candle.confidence")?;
    if !confidence.is_empty() {
        bar.confidence = Some(read("candle.confidence", confidence)?);
    }
    Ok(bar)
}

impl TryFrom<SourceRow> for Source {
    type Error = StoreError;

    fn try_from(row: SourceRow) -> Result<Self, StoreError> {
        read("candle.source", &row.source)
    }
}

impl SpanRow {
    /// Both ends, or none when there is no row.
    pub(crate) fn ends(
        &self,
    ) -> Result<Option<(parallax::time::Timestamp, parallax::time::Timestamp)>, StoreError> {
        let time = |at| read_time("candle.open_time", at);
        self.first
            .zip(self.last)
            .map(|(first, last)| Ok((time(first)?, time(last)?)))
            .transpose()
    }
}

impl TryFrom<&TokenFacts> for FactRow {
    type Error = StoreError;

    fn try_from(facts: &TokenFacts) -> Result<Self, StoreError> {
        Ok(Self {
            token: facts.token.to_string(),
            venue: facts.venue.to_string(),
            total_supply: text(facts.total_supply),
            total_supply_reliable: facts.total_supply_reliable,
            volume_usd: text(facts.volume_usd),
            block: count("a block's number", facts.block)?,
            observed_at: facts.observed_at.unix_ms(),
        })
    }
}

impl TryFrom<FactRow> for TokenFacts {
    type Error = StoreError;

    fn try_from(row: FactRow) -> Result<Self, StoreError> {
        Ok(Self {
            token: read("token_fact.token", &row.token)?,
            venue: read("token_fact.venue", &row.venue)?,
            total_supply: read_option("token_fact.total_supply", row.total_supply.as_deref())?,
            total_supply_reliable: row.total_supply_reliable,
            volume_usd: read_option("token_fact.volume_usd", row.volume_usd.as_deref())?,
            block: read_count("token_fact.block", row.block)?,
            observed_at: read_time("token_fact.observed_at", row.observed_at)?,
        })
    }
}

impl TryFrom<&QueryUsage> for UsageRow {
    type Error = StoreError;

    fn try_from(usage: &QueryUsage) -> Result<Self, StoreError> {
        Ok(Self {
            venue: usage.venue.to_string(),
            month: usage.month.unix_ms(),
            used: count("a number of queries", usage.used)?,
        })
    }
}

impl TryFrom<UsageRow> for QueryUsage {
    type Error = StoreError;

    fn try_from(row: UsageRow) -> Result<Self, StoreError> {
        Ok(Self {
            venue: read("query_usage.venue", &row.venue)?,
            month: read_time("query_usage.month", row.month)?,
            used: read_count("query_usage.used", row.used)?,
        })
    }
}
