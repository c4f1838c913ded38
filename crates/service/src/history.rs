//! The past: charts, candles, and the price in force at a moment, read from the store.
//!
//! Which source answers when the reader names none: the index where it has a bar in the range asked for;
//! else the venue whose bars reach furthest, then furthest back, then the first by id. Every answer names
//! its source. What cannot be read is an error and never an empty answer.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use parallax::amount::Price;
use parallax::candle::{Bar, Interval, Series, Source, Step};
use parallax::fact::TokenFacts;
use parallax::index::IndexPrice;
use parallax::time::Timestamp;
use parallax::token::TokenId;
use parallax_pricing::candles::windows;
use parallax_store::StoreError;
use serde::Serialize;

use crate::Service;
use crate::candles::{
    CandlePage, CandlesQuery, Cursor, DEFAULT_LIMIT, MAX_LIMIT, Plan, is_settled, plan,
};
use crate::chart::{Chart, ChartQuery, Fill, MAX_WINDOWS, count, points};
use crate::error::{ServiceError, cut};

/// How far back the candles on a token's page go.
const RECENT: Duration = Duration::from_secs(30 * 60);
/// How long a page waits for the database before it shows itself without history.
const PAGE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a question about the past may take.
const READ_TIMEOUT: Duration = Duration::from_secs(15);
/// How far back a chart begins that names no beginning.
const WEEK: Duration = Duration::from_secs(7 * 86_400);
/// The most stored bars one answer is made from: 22 years of hours.
const MAX_READ: usize = 200_000;
/// Bars read at once.
const SLICE: u32 = 20_000;

/// A price as it was in force at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PriceThen {
    /// The token.
    pub token: TokenId,
    /// The moment.
    pub at: Timestamp,
    /// The price with its constituents. Its `status` says how far it could be trusted.
    pub price: Arc<IndexPrice>,
    /// The time of the stored row; `None` when this is still the live price.
    pub stored_at: Option<Timestamp>,
    /// How long before `at` the price was computed, in milliseconds.
    pub age_ms: u64,
}

impl Service {
    /// A token's chart.
    ///
    /// # Errors
    /// Those of [`Service::find`]; [`ServiceError::BadParameter`], [`ServiceError::UnknownSource`],
    /// [`ServiceError::TooLarge`] for what cannot be drawn; [`ServiceError::HistoryUnavailable`].
    pub async fn chart(&self, asked: &str, query: &ChartQuery) -> Result<Chart, ServiceError> {
        let token = self.find(asked)?.id.clone();
        let hours = query.hours.unwrap_or(ChartQuery::DEFAULT_HOURS);
        let step = Step::hours(hours)
            .map_err(|_| ServiceError::bad("hours", hours, "a whole number from 1 to 8760"))?;
        let to = query.to.unwrap_or(self.now()).min(self.now());
        let from = query.from.map(|from| from.floor(Interval::Hour.duration()));
        if let Some(from) = from {
            check_range(query.from.unwrap_or(from), to)?;
            check_windows(from, to, step)?;
        }
        let earliest = from.unwrap_or_else(|| to.minus(WEEK));
        let source = self
            .source(&token, Interval::Hour, query.source.as_ref(), earliest, to)
            .await?;
        let series = Series {
            token: token.clone(),
            source: source.clone(),
            interval: Interval::Hour,
        };
        let hours = self.bars(&series, earliest, to).await?;
        let mut chart = Chart {
            token,
            source,
            step,
            from: to,
            to,
            points: Vec::new(),
        };
        let Some(from) = from.or_else(|| hours.first().map(|hour| hour.open_time)) else {
            return Ok(chart);
        };
        let is_begun = hours.first().is_some_and(|hour| hour.open_time == from);
        let before = if query.fill == Fill::Previous && !is_begun {
            self.close_before(&series, from).await?
        } else {
            None
        };
        chart.from = from;
        chart.points = points(&hours, before, from, step.duration(), to, query.fill);
        Ok(chart)
    }

    /// A page of a token's candles.
    ///
    /// # Errors
    /// Those of [`Service::find`]; [`ServiceError::BadParameter`] and [`ServiceError::UnknownSource`] for
    /// what does not exist; [`ServiceError::HistoryUnavailable`].
    pub async fn candles(
        &self,
        asked: &str,
        query: &CandlesQuery,
    ) -> Result<CandlePage, ServiceError> {
        let token = self.find(asked)?.id.clone();
        let step = check_cursor(query)?;
        let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            let allowed = format!("a whole number from 1 to {MAX_LIMIT}");
            return Err(ServiceError::bad("limit", limit, allowed));
        }
        let now = self.now();
        let until = query.to.unwrap_or(now).min(now);
        let begin = query
            .cursor
            .as_ref()
            .map(|cursor| cursor.open_time)
            .or(query.from);
        if let Some(from) = query.from.filter(|_| query.cursor.is_none()) {
            check_range(from, until)?;
        }
        let named = query
            .cursor
            .as_ref()
            .map(|cursor| &cursor.source)
            .or(query.source.as_ref());
        let earliest = begin.map_or(Timestamp::default(), |begin| step.floor(begin));
        let source = self
            .source(&token, step.base(), named, earliest, until)
            .await?;
        let series = Series {
            token: token.clone(),
            source: source.clone(),
            interval: step.base(),
        };
        let mut page = CandlePage {
            token,
            source: source.clone(),
            step,
            now,
            to: query.to,
            limit: query.limit,
            windows: Vec::new(),
            next: None,
            settled: false,
        };
        let span = self.read(self.store().candle_span(&series)).await?;
        let Some((first, _)) = span else {
            return Ok(page);
        };
        let Some(Plan { start, end, more }) = plan(step, first, begin, until, limit) else {
            return Ok(page);
        };
        let bars = self.bars(&series, start, end).await?;
        page.windows = windows(&bars, step.base(), start, step.duration(), end, now);
        page.next = more.then_some(Cursor {
            step,
            source,
            open_time: end,
        });
        // Where the page begins later than asked for, because nothing older is held, or comes from
        // another source than a later back-fill would make it, the answer may yet change.
        let is_anchored = match begin {
            Some(begin) => step.floor(begin) == start,
            None => start > step.floor(first),
        };
        let is_named = named.is_some() || series.source == Source::Index;
        page.settled = is_anchored && is_named && is_settled(&page.windows, now);
        Ok(page)
    }

    /// The price in force at a moment, with its constituents; without a moment, the live one.
    ///
    /// # Errors
    /// Those of [`Service::find`]; [`ServiceError::BadParameter`] for a moment in the future;
    /// [`ServiceError::NoPriceThen`] when none was in force or none is remembered;
    /// [`ServiceError::HistoryUnavailable`].
    pub async fn price_then(
        &self,
        asked: &str,
        at: Option<Timestamp>,
    ) -> Result<PriceThen, ServiceError> {
        let token = self.find(asked)?.id.clone();
        let now = self.now();
        let live = self.live_index(&token);
        let then = |price: Arc<IndexPrice>, at: Timestamp, stored_at| PriceThen {
            token: token.clone(),
            at,
            stored_at,
            age_ms: u64::try_from(at.since(price.computed_at).as_millis()).unwrap_or(u64::MAX),
            price,
        };
        let Some(at) = at else {
            let live = live.unwrap_or_else(|| self.no_price_yet(&token).1);
            return Ok(then(live, now, None));
        };
        if at > now {
            return Err(ServiceError::bad(
                "at",
                at,
                format!("no later than now, {now}"),
            ));
        }
        // The live price has been in force since it was computed, if this process computed it.
        let live = live.filter(|live| live.computed_at <= at && at >= self.facts().started_at);
        if let Some(live) = live {
            return Ok(then(live, at, None));
        }
        let stored = self.read(self.store().price_at(&token, at)).await?;
        let newest = stored.as_ref().map(|price| price.computed_at);
        // Rows are written at most every so often and whenever the status changes: an older one means
        // that nothing was computed.
        let in_force = self.facts().price_every.saturating_mul(2) + Duration::from_secs(60);
        match stored.filter(|price| at.since(price.computed_at) <= in_force) {
            Some(price) => {
                let stored_at = Some(price.computed_at);
                Ok(then(Arc::new(price), at, stored_at))
            }
            None => Err(ServiceError::NoPriceThen {
                token,
                at,
                newest,
                kept: self.facts().price_retention,
            }),
        }
    }

    /// The index price's one-minute candles of the last half hour; `None` when they cannot be read.
    pub(crate) async fn recent(&self, token: &TokenId) -> Option<Vec<Bar>> {
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

    /// What chains say about a token; nothing when it cannot be read.
    pub(crate) async fn token_facts(&self, token: &TokenId) -> Vec<TokenFacts> {
        let reading = tokio::time::timeout(PAGE_TIMEOUT, self.store().facts(token)).await;
        reading.ok().and_then(Result::ok).unwrap_or_default()
    }

    /// Whose candles to use.
    async fn source(
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
    async fn bars(
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
    async fn close_before(
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

    async fn read<T>(
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

/// The length of the candles, which a cursor carries on.
fn check_cursor(query: &CandlesQuery) -> Result<Step, ServiceError> {
    let Some(cursor) = &query.cursor else {
        return Ok(query.step.unwrap_or(Step::Hours(1)));
    };
    let is_same = query.step.is_none_or(|step| step == cursor.step)
        && query
            .source
            .as_ref()
            .is_none_or(|source| *source == cursor.source);
    if is_same {
        Ok(cursor.step)
    } else {
        let allowed = format!(
            "used with the interval and source of the page that gave it, interval={} and source={}",
            cursor.step, cursor.source
        );
        Err(ServiceError::bad("cursor", cursor, allowed))
    }
}

fn check_range(from: Timestamp, to: Timestamp) -> Result<(), ServiceError> {
    if from < to {
        Ok(())
    } else {
        let allowed = format!("earlier than the end, {to} (to, or now where that is earlier)");
        Err(ServiceError::bad("from", from, allowed))
    }
}

fn check_windows(from: Timestamp, to: Timestamp, step: Step) -> Result<(), ServiceError> {
    let wanted = count(from, to, step.duration());
    if wanted <= MAX_WINDOWS {
        return Ok(());
    }
    let hours = step.minutes() / 60;
    Err(ServiceError::TooLarge(format!(
        "hours={hours} from {from} to {to} makes {wanted} windows, and at most {MAX_WINDOWS} are given; \
         ask for a later from, an earlier to, or more hours in a window"
    )))
}
