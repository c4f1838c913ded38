//! The past as series of figures in a currency, for programs: prices with the volume traded in the 24
//! hours before each, bars, and the price at a moment long ago.
//!
//! As in `picture.rs`, a window that is over is converted by the currency's own bar of the same time, never
//! by today's rate.

use std::iter::Peekable;
use std::slice::Iter;
use std::time::Duration;

use parallax::Decimal;
use parallax::amount::{Price, Quantity};
use parallax::candle::{Bar, Interval, Series, Step, Window};
use parallax::index::Status;
use parallax::time::Timestamp;
use parallax::token::TokenId;
use parallax_pricing::candles::in_currency;

use crate::Service;
use crate::chart::count;
use crate::error::ServiceError;
use crate::picture::Span;
use crate::vs::Vs;

const DAY: Duration = Duration::from_secs(86_400);
/// The most windows one answer is made of.
const MAX_POINTS: u64 = 20_000;

/// A price and what was traded in the 24 hours before it, in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastPoint {
    /// When.
    pub at: Timestamp,
    /// The price then.
    pub price: Decimal,
    /// The value of the trades that Parallax saw in the 24 hours before.
    pub volume_24h: Decimal,
}

impl Service {
    /// A token's windows of `step` that open in `from <= open_time < until`, oldest first, in a currency;
    /// those of which nothing is known are left out. The running one ends with the live price.
    ///
    /// # Errors
    /// [`ServiceError::TooLarge`] and [`ServiceError::HistoryUnavailable`].
    pub async fn bars_in(
        &self,
        token: &TokenId,
        vs: &Vs,
        step: Step,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Bar>, ServiceError> {
        let now = self.at();
        let from = step.floor(from);
        let until = until.min(step.floor(now).plus(step.duration()));
        let wanted = count(from, until, step.duration());
        if wanted > MAX_POINTS {
            return Err(ServiceError::TooLarge(format!(
                "the range from {from} to {until} has {wanted} bars of {step}, and at most {MAX_POINTS} \
                 are given; ask for a later beginning or an earlier end"
            )));
        }
        let span = Span { from, until, step };
        let (_, shown) = self.windows_of(token, span, now).await?;
        let shown = match &vs.token {
            None => shown,
            Some(priced_by) => {
                let rates = if priced_by == token {
                    shown.clone()
                } else {
                    self.windows_of(priced_by, span, now).await?.1
                };
                converted(shown, &rates, token, vs)
            }
        };
        Ok(shown.into_iter().filter_map(|window| window.bar).collect())
    }

    /// A token's prices at the beginnings of the windows of `step` from `from` to `until`, each with the
    /// volume of the 24 hours before; where the range reaches the present, ended by the last price with its
    /// own time.
    ///
    /// # Errors
    /// Those of [`Service::bars_in`].
    pub async fn past(
        &self,
        token: &TokenId,
        vs: &Vs,
        step: Step,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<PastPoint>, ServiceError> {
        let now = self.at();
        let until = until.min(now);
        let bars = self
            .bars_in(
                token,
                vs,
                step,
                from.minus(DAY),
                until.plus(Duration::from_millis(1)),
            )
            .await?;
        let mut points: Vec<PastPoint> = Vec::with_capacity(bars.len().saturating_add(1));
        let mut volume = Rolling::new(&bars);
        for bar in bars.iter().filter(|bar| bar.open_time >= from) {
            points.push(PastPoint {
                at: bar.open_time,
                price: bar.open.get(),
                volume_24h: volume.until(bar.open_time),
            });
        }
        if let Some(last) = self.last_in(token, vs).filter(|_| until == now) {
            let is_news = points.last().is_none_or(|point| point.at < last.0);
            if is_news && last.0 >= from {
                points.push(PastPoint {
                    at: last.0,
                    price: last.1,
                    volume_24h: volume.until(now.plus(Duration::from_millis(1))),
                });
            }
        }
        Ok(points)
    }

    /// The last price in a currency with the time for which it stands: of price and rate the older one's.
    fn last_in(&self, token: &TokenId, vs: &Vs) -> Option<(Timestamp, Decimal)> {
        let published = self.published(token.as_str())?;
        // The past is what markets did: a price set by hand is no point of it.
        let computed = published.summary.computed();
        let price = vs.convert(computed.price?.get())?;
        let as_of = computed.as_of?;
        let rate_at = vs.as_of.filter(|_| vs.status > Status::Thin);
        Some((rate_at.map_or(as_of, |rate_at| rate_at.min(as_of)), price))
    }

    /// The price in US dollars about a moment at least a week ago: the open of the hour that holds it, or
    /// of the day. `None` when neither is held.
    ///
    /// # Errors
    /// [`ServiceError::HistoryUnavailable`].
    pub async fn price_about(
        &self,
        token: &TokenId,
        at: Timestamp,
    ) -> Result<Option<Price>, ServiceError> {
        for interval in [Interval::Hour, Interval::Day] {
            let series = Series::index(token.clone(), interval);
            let from = at.floor(interval.duration());
            let until = from.plus(interval.duration());
            let bars = self
                .read(self.store().candles(&series, from, until, 1))
                .await?;
            if let Some(bar) = bars.first() {
                return Ok(Some(bar.open));
            }
        }
        Ok(None)
    }

    /// The first moment of which a bar of this length is held; `None` when none is.
    ///
    /// # Errors
    /// [`ServiceError::HistoryUnavailable`].
    pub async fn begins(
        &self,
        token: &TokenId,
        interval: Interval,
    ) -> Result<Option<Timestamp>, ServiceError> {
        let source = self
            .source(token, interval, None, Timestamp::default(), self.at())
            .await?;
        let series = Series {
            token: token.clone(),
            source,
            interval,
        };
        let span = self.read(self.store().candle_span(&series)).await?;
        Ok(span.map(|(first, _)| first))
    }

    /// The open time of the last bar of a token, or of one venue's for it, that opens before `before`.
    ///
    /// # Errors
    /// [`ServiceError::HistoryUnavailable`].
    pub async fn last_before(
        &self,
        token: &TokenId,
        interval: Interval,
        before: Timestamp,
    ) -> Result<Option<Timestamp>, ServiceError> {
        let source = self
            .source(token, interval, None, Timestamp::default(), before)
            .await?;
        let series = Series {
            token: token.clone(),
            source,
            interval,
        };
        let span = self.read(self.store().candle_span(&series)).await?;
        let Some((first, last)) = span.filter(|(first, _)| *first < before) else {
            return Ok(None);
        };
        if last < before {
            return Ok(Some(last));
        }
        // Looked for in ever wider steps back.
        let (mut until, mut width) = (before, interval.duration().saturating_mul(64));
        while until > first {
            let from = until.minus(width).max(first);
            if let Some(bar) = self.bars(&series, from, until).await?.last() {
                return Ok(Some(bar.open_time));
            }
            (until, width) = (from, width.saturating_mul(8));
        }
        Ok(None)
    }
}

/// The volume of the last 24 hours, moved along bars.
#[derive(Debug)]
struct Rolling<'a> {
    entering: Peekable<Iter<'a, Bar>>,
    leaving: Peekable<Iter<'a, Bar>>,
    sum: Decimal,
}

impl<'a> Rolling<'a> {
    fn new(bars: &'a [Bar]) -> Self {
        Self {
            entering: bars.iter().peekable(),
            leaving: bars.iter().peekable(),
            sum: Decimal::ZERO,
        }
    }

    /// The volume of the bars that opened in the 24 hours before `at`, which never goes back.
    fn until(&mut self, at: Timestamp) -> Decimal {
        while let Some(bar) = self.entering.next_if(|bar| bar.open_time < at) {
            self.sum = self.sum.saturating_add(bar.volume_usd.get());
        }
        let since = at.minus(DAY);
        while let Some(bar) = self.leaving.next_if(|bar| bar.open_time < since) {
            self.sum = self.sum.saturating_sub(bar.volume_usd.get());
        }
        self.sum
    }
}

/// The windows of `token` in a currency; one without a rate of its own time has no bar.
fn converted(mut shown: Vec<Window>, rates: &[Window], token: &TokenId, vs: &Vs) -> Vec<Window> {
    for (window, rate) in shown.iter_mut().zip(rates) {
        let bars = window.bar.as_ref().zip(rate.bar.as_ref());
        window.bar = bars.and_then(|(bar, rate)| told(bar, rate, token, vs));
    }
    shown
}

/// A bar of `token` in a currency, by the bar of the currency's own token. A token in itself is always one.
pub(crate) fn told(bar: &Bar, rate: &Bar, token: &TokenId, vs: &Vs) -> Option<Bar> {
    let is_itself = vs.token.as_ref() == Some(token);
    let mut bar = in_currency(bar, rate)?;
    for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
        let amount = if is_itself { Decimal::ONE } else { price.get() };
        *price = Price::new(vs.of_tokens(amount)?);
    }
    let volume = vs.of_tokens(bar.volume_usd.get())?;
    bar.volume_usd = Quantity::new(volume).ok()?;
    Some(bar)
}
