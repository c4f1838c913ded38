//! The hours and days that imported candles of the index are part of, built from what is stored then.

use std::collections::{BTreeMap, BTreeSet};

use parallax::candle::{Bar, Candle, Interval, Series};
use parallax::time::Timestamp;
use parallax::token::TokenId;
use parallax_pricing::candles::windows;
use parallax_store::{Store, StoreError};

use super::import::has_parents;

/// How much is read at once: a week of minutes, as many hours, ...
const SPAN: u32 = 168;

/// The longer candles that may have to be built.
#[derive(Debug, Default)]
pub(super) struct Parents {
    hours: BTreeMap<TokenId, BTreeSet<Timestamp>>,
    days: BTreeMap<TokenId, BTreeSet<Timestamp>>,
}

impl Parents {
    /// Takes note of a candle that was stored.
    pub(super) fn note(&mut self, series: &Series, open_time: Timestamp) {
        if !has_parents(series) {
            return;
        }
        if series.interval == Interval::Minute {
            let hour = open_time.floor(Interval::Hour.duration());
            self.hours
                .entry(series.token.clone())
                .or_default()
                .insert(hour);
        }
        let day = open_time.floor(Interval::Day.duration());
        self.days
            .entry(series.token.clone())
            .or_default()
            .insert(day);
    }
}

/// Builds what is over and not stored as completely already; says how many were stored. Hours first: days
/// are made of them.
pub(super) async fn build(
    store: &dyn Store,
    parents: Parents,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut built = 0;
    let lengths = [
        (parents.hours, Interval::Minute, Interval::Hour),
        (parents.days, Interval::Hour, Interval::Day),
    ];
    for (tokens, part, whole) in lengths {
        for (token, times) in tokens {
            let mut times = times.into_iter().peekable();
            while let Some(&first) = times.peek() {
                let end = first.plus(whole.duration().saturating_mul(SPAN));
                let mut wanted = BTreeSet::new();
                while let Some(time) = times.next_if(|time| *time < end) {
                    wanted.insert(time);
                }
                built += span(store, &token, (part, whole), (first, end), &wanted, now).await?;
            }
        }
    }
    Ok(built)
}

async fn span(
    store: &dyn Store,
    token: &TokenId,
    (part, whole): (Interval, Interval),
    (first, end): (Timestamp, Timestamp),
    wanted: &BTreeSet<Timestamp>,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let series = |interval| Series::index(token.clone(), interval);
    let most = SPAN.saturating_mul(whole.minutes() / part.minutes());
    let parts = store.candles(&series(part), first, end, most).await?;
    let held: BTreeMap<Timestamp, Bar> = store
        .candles(&series(whole), first, end, SPAN)
        .await?
        .into_iter()
        .map(|bar| (bar.open_time, bar))
        .collect();
    let is_news = |bar: &Bar| {
        let ends = bar.open_time.plus(whole.duration());
        // One that saw as much is left alone: it may know more, such as its own revision.
        ends <= now
            && wanted.contains(&bar.open_time)
            && held
                .get(&bar.open_time)
                .is_none_or(|held| held.minutes < bar.minutes)
    };
    let candles: Vec<_> = windows(&parts, part, first, whole.duration(), end, now)
        .into_iter()
        .filter_map(|window| window.bar)
        .filter(is_news)
        .map(|bar| Candle {
            series: series(whole),
            bar,
        })
        .collect();
    store.save_candles(&candles).await?;
    Ok(u64::try_from(candles.len()).unwrap_or(u64::MAX))
}
