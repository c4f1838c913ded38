//! What a chart shows: which windows, of which length, in which currency. `draw.rs` makes the picture of
//! it, `crates/api` sends it, and the pages show it.
//!
//! A window that is over is converted by the currency's own bar of the same time, never by today's rate:
//! without such a bar it has none. Only the window that is still running ends with the live price, at the
//! live rate.

use std::time::Duration;

use parallax::amount::Price;
use parallax::candle::{Series, Source, Step, Window};
use parallax::currency::Currency;
use parallax::index::Status;
use parallax::picture::Range;
use parallax::time::Timestamp;
use parallax::token::{Token, TokenId};
use parallax_pricing::candles::{in_currency, windows};

use crate::Service;
use crate::candles::is_settled;
use crate::chart::count;
use crate::error::ServiceError;

/// The most bars of one picture.
pub const MAX_BARS: u64 = 2_000;
/// The most bars of an older piece that names no beginning.
const PIECE_BARS: u64 = 500;
/// The lengths that are suggested when a picture would have too many bars.
const LENGTHS: [Step; 11] = [
    Step::Minutes(5),
    Step::Minutes(15),
    Step::Minutes(30),
    Step::Hours(1),
    Step::Hours(2),
    Step::Hours(4),
    Step::Hours(6),
    Step::Hours(8),
    Step::Hours(12),
    Step::Day,
    Step::Week,
];

/// What to chart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PictureQuery {
    /// How far back.
    pub range: Range,
    /// The length of a bar; `None` for the range's own.
    pub step: Option<Step>,
    /// The currency's code; `None` for US dollars.
    pub currency: Option<String>,
    /// The beginning, instead of the range's.
    pub from: Option<Timestamp>,
    /// The end, exclusive, instead of now. Without a beginning, as much before it as the range has, but at
    /// most 500 bars.
    pub until: Option<Timestamp>,
}

/// A token's chart before it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The token.
    pub token: Token,
    /// Whose prices.
    pub source: Source,
    /// The range that was asked for.
    pub range: Range,
    /// The length of a bar.
    pub step: Step,
    /// The first window's first moment.
    pub from: Timestamp,
    /// The first moment after the last window.
    pub until: Timestamp,
    /// When it was read.
    pub now: Timestamp,
    /// The windows in `currency`, oldest first, without a hole.
    pub windows: Vec<Window>,
    /// The currency of the prices.
    pub currency: Currency,
    /// The last price in `currency`, unless it or its rate is stale; `None` when the picture ends earlier.
    pub last: Option<Price>,
}

impl Picture {
    /// The first moment of the window that is still running, if there is one.
    #[must_use]
    pub fn running(&self) -> Option<Timestamp> {
        let last = self
            .windows
            .last()
            .filter(|last| last.close_time > self.now);
        last.map(|last| last.open_time)
    }

    /// Every window that ends no later is over.
    #[must_use]
    pub fn closed_until(&self) -> Timestamp {
        self.step.floor(self.now).min(self.until)
    }

    /// Whether the same question is expected to have the same answer from now on.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.source == Source::Index && is_settled(&self.windows, self.now)
    }

    /// The windows of which something was seen.
    #[must_use]
    pub fn bars(&self) -> usize {
        self.windows
            .iter()
            .filter(|window| window.bar.is_some())
            .count()
    }
}

/// A price that is live or thin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Confirmed {
    pub(crate) price: Price,
    pub(crate) confidence: Option<Price>,
    pub(crate) as_of: Timestamp,
}

/// From when to when, and how long a window is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    pub(crate) step: Step,
}

impl Service {
    /// A token's chart.
    ///
    /// # Errors
    /// Those of [`Service::find`] and [`Service::currency`]; [`ServiceError::BadParameter`] for a range
    /// that ends before it begins; [`ServiceError::TooLarge`] for more than [`MAX_BARS`] bars, with the
    /// length that fits; [`ServiceError::HistoryUnavailable`].
    pub async fn picture(
        &self,
        asked: &str,
        query: &PictureQuery,
    ) -> Result<Picture, ServiceError> {
        let token = self.find(asked)?;
        let currency = self.currency(query.currency.as_deref())?;
        let now = self.at();
        let span = self
            .span(std::slice::from_ref(&token.id), query, now)
            .await?;
        let (source, mut shown) = self.windows_of(&token.id, span, now).await?;
        if let Some(priced_by) = currency.token.clone() {
            let rates = if priced_by == token.id {
                shown.clone()
            } else {
                self.windows_of(&priced_by, span, now).await?.1
            };
            for (window, rate) in shown.iter_mut().zip(&rates) {
                let bars = window.bar.as_ref().zip(rate.bar.as_ref());
                window.bar = bars.and_then(|(bar, rate)| in_currency(bar, rate));
            }
        }
        let last = if span.until > now {
            self.in_force(&token.id, &currency)
        } else {
            None
        };
        Ok(Picture {
            token,
            source,
            range: query.range,
            step: span.step,
            from: span.from,
            until: span.until,
            now,
            windows: shown,
            currency,
            last,
        })
    }

    /// From when to when a picture of these tokens reaches, and the length of its bars.
    pub(crate) async fn span(
        &self,
        tokens: &[TokenId],
        query: &PictureQuery,
        now: Timestamp,
    ) -> Result<Span, ServiceError> {
        let (mut step, mut first) = (query.step.unwrap_or(query.range.step()), None);
        if query.range == Range::Max && query.from.is_none() {
            first = self.oldest_of(tokens, Step::Day).await?;
            if query.step.is_none() {
                let held = first.map_or(Duration::from_secs(7 * 86_400), |first| now.since(first));
                step = Range::step_for(held);
            }
            // Days are kept for longer than hours, and hours for longer than minutes.
            if step != Step::Day {
                first = self.oldest_of(tokens, step).await?.or(first);
            }
        }
        let end = step.floor(now).plus(step.duration());
        let until = query.until.map_or(end, |until| ceil(step, until).min(end));
        let from = match (query.from, query.range.duration()) {
            (Some(from), _) => step.floor(from),
            (None, Some(range)) => step.floor(until.minus(range)),
            (None, None) => step.floor(first.unwrap_or_else(|| until.minus(step.duration()))),
        };
        if let Some(from) = query.from.filter(|&from| from >= until) {
            let allowed = format!("earlier than the end, {until}");
            return Err(ServiceError::bad("from", from, allowed));
        }
        let longest = step
            .duration()
            .saturating_mul(u32::try_from(PIECE_BARS).unwrap_or(u32::MAX));
        let from = if query.until.is_some() && query.from.is_none() {
            from.max(step.floor(until.minus(longest)))
        } else {
            from.min(step.floor(until.minus(Duration::from_millis(1))))
        };
        let bars = count(from, until, step.duration());
        if bars > MAX_BARS {
            return Err(too_many(bars, step, from, until));
        }
        Ok(Span { from, until, step })
    }

    /// The first moment of the oldest bar held of a picture's token and length; `None` when none is.
    ///
    /// # Errors
    /// [`ServiceError::HistoryUnavailable`].
    pub async fn first_held(&self, picture: &Picture) -> Result<Option<Timestamp>, ServiceError> {
        let series = Series {
            token: picture.token.id.clone(),
            source: picture.source.clone(),
            interval: picture.step.base(),
        };
        let held = self.read(self.store().candle_span(&series)).await?;
        Ok(held.map(|(first, _)| picture.step.floor(first)))
    }

    /// The oldest moment that any of the tokens has a bar of, of the stored length of `step`.
    async fn oldest_of(
        &self,
        tokens: &[TokenId],
        step: Step,
    ) -> Result<Option<Timestamp>, ServiceError> {
        let (always, now) = (Timestamp::default(), self.at());
        let mut first: Option<Timestamp> = None;
        for token in tokens {
            let interval = step.base();
            let source = self.source(token, interval, None, always, now).await?;
            let series = Series {
                token: token.clone(),
                source,
                interval,
            };
            let held = self.read(self.store().candle_span(&series)).await?;
            let begins = held.map(|(begins, _)| begins);
            first = first.into_iter().chain(begins).min();
        }
        Ok(first)
    }

    /// The windows of a token in US dollars, the running one up to the live price, and whose they are.
    pub(crate) async fn windows_of(
        &self,
        token: &TokenId,
        span: Span,
        now: Timestamp,
    ) -> Result<(Source, Vec<Window>), ServiceError> {
        let Span { from, until, step } = span;
        let (series, bars) = self
            .bars_of(token, step.base(), None, (from, until), until)
            .await?;
        let mut shown = windows(&bars, step.base(), from, step.duration(), until, now);
        // A venue's candles end with that venue's prices.
        if series.source == Source::Index {
            self.end_with_live_price(token, &mut shown, now);
        }
        Ok((series.source, shown))
    }

    /// Ends the window that is still running with the live price, which is newer than what is stored.
    fn end_with_live_price(&self, token: &TokenId, windows: &mut [Window], now: Timestamp) {
        let running = windows.last_mut().filter(|last| last.close_time > now);
        let Some((window, live)) = running.zip(self.confirmed(token)) else {
            return;
        };
        if let Some(bar) = window
            .bar
            .as_mut()
            .filter(|bar| live.as_of >= bar.open_time)
        {
            bar.close = live.price;
            bar.high = bar.high.max(live.price);
            bar.low = bar.low.min(live.price);
            bar.confidence = live.confidence;
        }
    }

    /// The last price in a currency, unless it or its rate is stale.
    fn in_force(&self, token: &TokenId, currency: &Currency) -> Option<Price> {
        let published = self.inner.board.price(token.as_str())?;
        // As the bars, which a price set by hand leaves alone.
        let computed = published.summary.computed();
        let status = computed.status.max(currency.status);
        let price = computed.price.filter(|_| status <= Status::Aging)?;
        currency.convert(price.get()).map(Price::new)
    }

    /// The live price, as long as it is confirmed. A price set by hand is none: then the computed one beside it.
    pub(crate) fn confirmed(&self, token: &TokenId) -> Option<Confirmed> {
        let published = self.inner.board.price(token.as_str())?;
        let computed = published.summary.computed();
        let (price, as_of) = computed.price.zip(computed.as_of)?;
        matches!(computed.status, Status::Live | Status::Thin).then_some(Confirmed {
            price,
            confidence: computed.confidence,
            as_of,
        })
    }
}

/// The first moment at which a window opens, not before `at`.
fn ceil(step: Step, at: Timestamp) -> Timestamp {
    let floor = step.floor(at);
    if floor == at {
        at
    } else {
        floor.plus(step.duration())
    }
}

fn too_many(bars: u64, step: Step, from: Timestamp, until: Timestamp) -> ServiceError {
    let fits = |length: &Step| {
        let from = length.floor(from);
        count(from, until, length.duration()) <= MAX_BARS
    };
    let advice = LENGTHS.iter().find(|length| fits(length)).map_or_else(
        || "ask for a shorter range".to_owned(),
        |length| format!("interval={length} fits, or a shorter range"),
    );
    ServiceError::TooLarge(format!(
        "interval={step} from {from} to {until} makes {bars} bars, and at most {MAX_BARS} are drawn; {advice}"
    ))
}
