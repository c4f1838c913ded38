//! The past: charts, candles, and the price in force at a moment, read from the store. What cannot
//! be read is an error and never an empty answer. Which source answers is decided in `reading.rs`.

use std::sync::Arc;
use std::time::Duration;

use parallax::candle::{Bar, Interval, Source, Step};
use parallax::index::IndexPrice;
use parallax::time::Timestamp;
use parallax::token::TokenId;
use parallax_pricing::candles::windows;
use serde::Serialize;

use crate::Service;
use crate::candles::{
    CandlePage, CandlesQuery, Cursor, DEFAULT_LIMIT, MAX_LIMIT, Plan, is_settled, plan,
};
use crate::chart::{Chart, ChartQuery, Fill, MAX_WINDOWS, count, points};
use crate::error::ServiceError;

/// How far back a chart begins that names no beginning.
const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// A price as it was in force at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
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
        let token = self.find(asked)?.id;
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
        let (series, hours) = self
            .bars_of(
                &token,
                Interval::Hour,
                query.source.as_ref(),
                (earliest, to),
                to,
            )
            .await?;
        let mut chart = Chart {
            token,
            source: series.source.clone(),
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
        let token = self.find(asked)?.id;
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
        let is_named = named.is_some();
        // As if there had always been candles: then one question to the store is enough, if there were.
        let wanted = plan(step, Timestamp::default(), begin, until, limit);
        let range = wanted.map_or((until, until), |plan| (plan.start, plan.end));
        let (series, mut bars) = self
            .bars_of(&token, step.base(), named, range, until)
            .await?;
        let mut page = CandlePage {
            token,
            source: series.source.clone(),
            step,
            now,
            to: query.to,
            limit: query.limit,
            windows: Vec::new(),
            next: None,
            settled: false,
        };
        let Some(wanted) = wanted else {
            return Ok(page);
        };
        let mut found = wanted;
        let is_begun = |bar: &Bar| bar.open_time < wanted.start.plus(step.duration());
        if !bars.first().is_some_and(is_begun) {
            let span = self.read(self.store().candle_span(&series)).await?;
            let held = span.and_then(|(first, _)| plan(step, first, begin, until, limit));
            let Some(held) = held else {
                return Ok(page);
            };
            if held != wanted {
                bars = self.bars(&series, held.start, held.end).await?;
                found = held;
            }
        }
        let Plan { start, end, more } = found;
        page.windows = windows(&bars, step.base(), start, step.duration(), end, now);
        page.next = more.then_some(Cursor {
            step,
            source: series.source.clone(),
            open_time: end,
        });
        // Where the page begins later than asked for, because nothing older is held, or comes from
        // another source than a later back-fill would make it, the answer may yet change.
        let is_anchored = start == wanted.start;
        let is_named = is_named || series.source == Source::Index;
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
        let token = self.find(asked)?.id;
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
