//! How the past is read from the store: whose bars, how many at once, and within which time.
//!
//! Which source answers when the reader names none: the index where it has a bar in the range asked for;
//! else the venue with a bar there whose bars reach furthest, then furthest back, then the first by id.
//! Every answer names its source.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use parallax::amount::Price;
use parallax::candle::{Bar, Interval, Series, Source};
use parallax::fact::TokenFacts;
use parallax::time::Timestamp;
use parallax::token::TokenId;
use parallax_store::StoreError;

use crate::Service;
use crate::error::{ServiceError, cut};

/// How far back a token's recent candles go.
const RECENT: Duration = Duration::from_secs(30 * 60);
/// How far back the lowest and the highest price on a token's page are looked for.
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// How long a page waits for the database before it shows itself without history.
const PAGE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a question about the past may take.
const READ_TIMEOUT: Duration = Duration::from_secs(15);
/// The most stored bars one answer is made from: 22 years of hours.
const MAX_READ: usize = 200_000;
/// Bars read at once.
const SLICE: u32 = 20_000;

/// How long what the store adds to a token's live price is used again. Prices are not among it: the range
/// takes in the live price, and the candles are those that were stored, which lag by about as much.
pub(crate) const ASIDE_KEPT: Duration = Duration::from_secs(2);

/// What the store adds to a token's live price.
#[derive(Debug)]
pub(crate) struct Aside {
    pub(crate) facts: Vec<TokenFacts>,
    /// Without the live price.
    pub(crate) range_24h: Option<(Price, Price)>,
    pub(crate) recent: Option<Vec<Bar>>,
}

impl Service {
    /// What the store adds to a token's live price, at most [`ASIDE_KEPT`] old: read once for all who ask
    /// meanwhile.
    pub(crate) async fn aside(&self, token: &TokenId) -> Arc<Aside> {
        let reading = async {
            let (facts, range_24h, recent) = tokio::join!(
                self.facts_of(token),
                self.stored_range(token),
                self.recent(token)
            );
            Arc::new(Aside {
                facts,
                range_24h,
                recent,
            })
        };
        self.inner.asides.get_with(token.clone(), reading).await
    }

    /// The index price's one-minute candles of the last half hour, oldest first. `None` when the store cannot
    /// be read: the live price does not depend on it.
    async fn recent(&self, token: &TokenId) -> Option<Vec<Bar>> {
        let minute = Interval::Minute.duration();
        let (from, until) = (
            self.now().minus(RECENT).floor(minute),
            self.now().plus(minute),
        );
        let series = Series::index(token.clone(), Interval::Minute);
        let reading = self.store().candles(&series, from, until, 64);
        // Why it failed is on /status and was logged by the writer; the live price does not need it.
        tokio::time::timeout(PAGE_TIMEOUT, reading).await.ok()?.ok()
    }

    /// The lowest and the highest price stored of the last 24 hours; `None` when nothing of them is held or
    /// it cannot be read. The first hour, which is cut, is looked at by the minute.
    async fn stored_range(&self, token: &TokenId) -> Option<(Price, Price)> {
        let hour = Interval::Hour.duration();
        let (from, until) = (self.now().minus(DAY), self.now());
        let whole = from.plus(hour).floor(hour);
        let series = |interval| Series::index(token.clone(), interval);
        let (cut, hours) = (series(Interval::Minute), series(Interval::Hour));
        let store = self.store();
        let reading = async {
            tokio::try_join!(
                store.candles(&cut, from, whole, 60),
                store.candles(&hours, whole, until, 25)
            )
        };
        let (cut, hours) = tokio::time::timeout(PAGE_TIMEOUT, reading)
            .await
            .ok()?
            .ok()?;
        let lows = cut.iter().chain(&hours).map(|bar| bar.low);
        let highs = cut.iter().chain(&hours).map(|bar| bar.high);
        lows.min().zip(highs.max())
    }

    /// What chains say about a token; nothing when it cannot be read.
    async fn facts_of(&self, token: &TokenId) -> Vec<TokenFacts> {
        let reading = tokio::time::timeout(PAGE_TIMEOUT, self.store().facts(token)).await;
        reading.ok().and_then(Result::ok).unwrap_or_default()
    }

    /// The bars of a range, and whose they are: of the source named, or else of what there is from the
    /// range's beginning to `until`.
    pub(crate) async fn bars_of(
        &self,
        token: &TokenId,
        interval: Interval,
        named: Option<&Source>,
        (from, end): (Timestamp, Timestamp),
        until: Timestamp,
    ) -> Result<(Series, Vec<Bar>), ServiceError> {
        if named.is_none() {
            let index = Series::index(token.clone(), interval);
            let bars = self.bars(&index, from, end).await?;
            if !bars.is_empty() {
                return Ok((index, bars));
            }
        }
        let series = Series {
            token: token.clone(),
            source: self.source(token, interval, named, from, until).await?,
            interval,
        };
        let bars = self.bars(&series, from, end).await?;
        Ok((series, bars))
    }

    /// Whose candles to use.
    pub(crate) async fn source(
        &self,
        token: &TokenId,
        interval: Interval,
        named: Option<&Source>,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Source, ServiceError> {
        match named {
            Some(Source::Index) => return Ok(Source::Index),
            Some(venue) if interval == Interval::Minute => {
                let allowed = "index for candles shorter than 1h, or the interval 1h or longer: \
                               exchanges' candles are held by the hour";
                return Err(ServiceError::bad("source", venue, allowed));
            }
            Some(venue)
                if self
                    .venues()
                    .iter()
                    .any(|it| it.id.as_str() == venue.as_str()) =>
            {
                return Ok(venue.clone());
            }
            _ => {}
        }
        let index = Series::index(token.clone(), interval);
        if named.is_none()
            && (interval == Interval::Minute || self.has_bars(&index, from, until).await?)
        {
            return Ok(Source::Index);
        }
        let held = self
            .read(self.store().candle_sources(token, interval))
            .await?;
        if let Some(named) = named {
            return if held.contains(named) {
                Ok(named.clone())
            } else {
                Err(self.unknown_source(named, &held))
            };
        }
        let mut best: Option<(bool, Timestamp, Timestamp, Source)> = None;
        for source in held {
            let series = Series {
                token: token.clone(),
                source,
                interval,
            };
            let Some((first, last)) = self.read(self.store().candle_span(&series)).await? else {
                continue;
            };
            let has = self.has_bars(&series, from, until).await?;
            let is_better = best
                .as_ref()
                .is_none_or(|(best_has, best_last, best_first, _)| {
                    (has, last, *best_first) > (*best_has, *best_last, first)
                });
            if is_better {
                best = Some((has, last, first, series.source));
            }
        }
        Ok(best.map_or(Source::Index, |(_, _, _, source)| source))
    }

    fn unknown_source(&self, named: &Source, held: &[Source]) -> ServiceError {
        let venues = self.venues().iter().map(|venue| venue.id.to_string());
        let mut known: Vec<_> = venues.chain(held.iter().map(Source::to_string)).collect();
        known.push(Source::Index.to_string());
        known.sort_unstable();
        known.dedup();
        ServiceError::UnknownSource {
            asked: cut(named.as_str()),
            known,
        }
    }

    async fn has_bars(
        &self,
        series: &Series,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<bool, ServiceError> {
        let first = self
            .read(self.store().candles(series, from, until, 1))
            .await?;
        Ok(!first.is_empty())
    }

    /// All bars held of a range, in slices, so that no single call holds the database for long.
    pub(crate) async fn bars(
        &self,
        series: &Series,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Bar>, ServiceError> {
        let mut bars: Vec<Bar> = Vec::new();
        let mut next = from;
        loop {
            let slice = self
                .read(self.store().candles(series, next, until, SLICE))
                .await?;
            let is_last = slice.len() < usize::try_from(SLICE).unwrap_or(usize::MAX);
            if bars.len() + slice.len() > MAX_READ {
                return Err(ServiceError::TooLarge(format!(
                    "more than {MAX_READ} stored candles lie between {from} and {until}; ask for a \
                     later from or an earlier to"
                )));
            }
            let last = slice.last().map(|bar| bar.open_time);
            bars.extend(slice);
            match last {
                Some(last) if !is_last => next = last.plus(Duration::from_millis(1)),
                _ => return Ok(bars),
            }
        }
    }

    /// The close of the last hour before `from`, looked for in ever wider steps back.
    pub(crate) async fn close_before(
        &self,
        series: &Series,
        from: Timestamp,
    ) -> Result<Option<Price>, ServiceError> {
        let span = self.read(self.store().candle_span(series)).await?;
        let Some((first, _)) = span.filter(|(first, _)| *first < from) else {
            return Ok(None);
        };
        let (mut until, mut width) = (from, Duration::from_secs(48 * 3_600));
        while until > first {
            let start = until.minus(width).max(first);
            let bars = self.bars(series, start, until).await?;
            if let Some(last) = bars.last() {
                return Ok(Some(last.close));
            }
            (until, width) = (start, width.saturating_mul(8));
        }
        Ok(None)
    }

    /// One question to the store, within a time limit.
    pub(crate) async fn read<T>(
        &self,
        reading: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, ServiceError> {
        match tokio::time::timeout(READ_TIMEOUT, reading).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => tracing::warn!(error = %error, "history could not be read"),
            Err(_) => tracing::warn!("history could not be read in time"),
        }
        Err(ServiceError::HistoryUnavailable)
    }
}
