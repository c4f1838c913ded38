//! The last 24 hours of many tokens at once: the lowest and the highest price, and the price they began with,
//! in any currency.
//!
//! A table of hundreds of coins asks for all of them, and many programs for the same table: what was read is
//! kept until the minute is over, and the last price, which is newer, is always added from the board.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use parallax::Decimal;
use parallax::candle::{Bar, Interval, Series};
use parallax::time::Timestamp;
use parallax::token::TokenId;

use crate::Service;
use crate::past::told;
use crate::vs::Vs;

const DAY: Duration = Duration::from_secs(24 * 3_600);
/// How long a table waits for one token's day before it shows the token without.
const TIMEOUT: Duration = Duration::from_secs(2);
/// A bar that opens later than this does not say with which price the day began.
const OPEN_TOLERANCE: Duration = Duration::from_secs(10 * 60);

/// A token's last 24 hours in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayFigures {
    /// The lowest price.
    pub low: Decimal,
    /// The highest price.
    pub high: Decimal,
    /// The price 24 hours ago; `None` where it is not known.
    pub open: Option<Decimal>,
}

/// The bars of the last 24 hours by token.
#[derive(Debug, Default)]
pub(crate) struct Days(Mutex<HashMap<TokenId, Read>>);

/// What was read of one token.
#[derive(Debug)]
struct Read {
    minute: Timestamp,
    bars: Arc<[Bar]>,
}

impl Days {
    fn get(&self, token: &TokenId, minute: Timestamp) -> Option<Arc<[Bar]>> {
        let days = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let read = days.get(token).filter(|read| read.minute == minute)?;
        Some(Arc::clone(&read.bars))
    }

    fn keep(&self, token: &TokenId, minute: Timestamp, bars: Arc<[Bar]>) {
        let mut days = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        days.insert(token.clone(), Read { minute, bars });
    }
}

impl Service {
    /// A token's last 24 hours in a currency, the last price included while it is confirmed; `None` when no
    /// bar of them is held, and when they cannot be read.
    pub async fn day(&self, token: &TokenId, vs: &Vs) -> Option<DayFigures> {
        let minute = self.at().floor(Interval::Minute.duration());
        let bars = self.day_bars(token, minute).await?;
        let bars: Vec<Bar> = match &vs.token {
            None => bars.to_vec(),
            Some(priced_by) => {
                let rates = self.day_bars(priced_by, minute).await?;
                let rate_of = |bar: &Bar| {
                    let at = rates.binary_search_by_key(&bar.open_time, |rate| rate.open_time);
                    rates.get(at.ok()?)
                };
                let converted = |bar: &Bar| told(bar, rate_of(bar)?, token, vs);
                bars.iter().filter_map(converted).collect()
            }
        };
        let last = self.confirmed(token).map(|live| live.price.get());
        let last = last.and_then(|price| vs.convert(price));
        let low = bars.iter().map(|bar| bar.low.get()).min()?;
        let high = bars.iter().map(|bar| bar.high.get()).max()?;
        let begins = minute.minus(DAY).plus(OPEN_TOLERANCE);
        let first = bars.first().filter(|bar| bar.open_time <= begins);
        Some(DayFigures {
            low: last.map_or(low, |last| low.min(last)),
            high: last.map_or(high, |last| high.max(last)),
            open: first.map(|bar| bar.open.get()),
        })
    }

    /// The bars of the 24 hours before `minute`: whole hours, and the first one, which is cut, by the minute.
    async fn day_bars(&self, token: &TokenId, minute: Timestamp) -> Option<Arc<[Bar]>> {
        if let Some(bars) = self.inner.days.get(token, minute) {
            return Some(bars);
        }
        let hour = Interval::Hour.duration();
        let from = minute.minus(DAY);
        let whole = from
            .plus(hour.saturating_sub(Duration::from_millis(1)))
            .floor(hour);
        let series = |interval| Series::index(token.clone(), interval);
        let (minutes, hours) = (series(Interval::Minute), series(Interval::Hour));
        let reading = async {
            tokio::try_join!(
                self.store().candles(&minutes, from, whole, 60),
                self.store()
                    .candles(&hours, whole, self.at().plus(hour), 26)
            )
        };
        let (mut bars, hours) = tokio::time::timeout(TIMEOUT, reading).await.ok()?.ok()?;
        bars.extend(hours);
        let bars: Arc<[Bar]> = bars.into();
        self.inner.days.keep(token, minute, Arc::clone(&bars));
        Some(bars)
    }

    /// Units of a token in existence, where a venue says it and can be believed; the last one observed.
    pub async fn total_supply(&self, token: &TokenId) -> Option<Decimal> {
        let aside = self.aside(token).await;
        let reliable = aside.facts.iter().filter(|fact| fact.total_supply_reliable);
        let last = reliable.max_by_key(|fact| fact.observed_at)?;
        Some(last.total_supply?.get())
    }
}
