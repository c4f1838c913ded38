//! Adjacent bars as one.
//!
//! [`join`] is associative and exact: sums of decimals that share 8 places, extremes, the first open and
//! the last close. So a day made of minutes equals a day made of hours, and both equal the day made of
//! the published prices and trades themselves.

use std::time::Duration;

use parallax::Decimal;
use parallax::amount::Quantity;
use parallax::candle::{Bar, CandleKind, Interval, Window};
use parallax::time::Timestamp;

/// `earlier` and `later` as one bar that opens where `earlier` does. They must not overlap; that nothing
/// is missing between them is for the caller to know ([`windows`] does).
#[must_use]
pub fn join(earlier: &Bar, later: &Bar) -> Bar {
    Bar {
        open_time: earlier.open_time,
        open: earlier.open,
        high: earlier.high.max(later.high),
        low: earlier.low.min(later.low),
        close: later.close,
        confidence: later.confidence,
        volume_usd: add(earlier.volume_usd, later.volume_usd),
        trades: earlier
            .trades
            .zip(later.trades)
            .map(|(earlier, later)| earlier.saturating_add(later)),
        sources: earlier.sources.max(later.sources),
        minutes: earlier.minutes.saturating_add(later.minutes),
        kind: earlier.kind.max(later.kind),
        revision: earlier.revision.saturating_add(later.revision),
    }
}

/// The sum. Values of trades have 8 places, so it is exact up to 7.9e20 USD; beyond that it stays there.
pub(crate) fn add(a: Quantity, b: Quantity) -> Quantity {
    let sum = a.get().checked_add(b.get()).unwrap_or(Decimal::MAX);
    Quantity::new(sum).unwrap_or(a)
}

/// The windows `[origin + k * step, origin + (k + 1) * step)` that begin before `until`, each the join of
/// the bars in it that open before `until`.
///
/// `bars` are of length `base`, in the order of time; those before `origin` are ignored, `step` is a whole
/// number of `base`. A window is a [`CandleKind::Gap`] when a base interval in it that was over at `now`
/// was not seen whole.
#[must_use]
pub fn windows(
    bars: &[Bar],
    base: Interval,
    origin: Timestamp,
    step: Duration,
    until: Timestamp,
    now: Timestamp,
) -> Vec<Window> {
    let step = step.max(base.duration());
    let mut bars = bars
        .iter()
        .skip_while(|bar| bar.open_time < origin)
        .take_while(|bar| bar.open_time < until)
        .peekable();
    let mut windows = Vec::new();
    let mut open_time = origin;
    while open_time < until {
        let close_time = open_time.plus(step);
        if close_time == open_time {
            break; // The end of time.
        }
        let mut joined: Option<Bar> = None;
        while let Some(bar) = bars.next_if(|bar| bar.open_time < close_time) {
            joined = Some(match joined {
                Some(earlier) => join(&earlier, bar),
                None => bar.clone(),
            });
        }
        let bar = joined.map(|mut bar| {
            bar.open_time = open_time;
            if bar.minutes < minutes_due(open_time, close_time.min(until), base, now) {
                bar.kind = CandleKind::Gap;
            }
            bar
        });
        windows.push(Window {
            open_time,
            close_time,
            bar,
        });
        open_time = close_time;
    }
    windows
}

/// The minutes of the base intervals that begin in `from..until` and were over at `now`.
pub(crate) fn minutes_due(
    from: Timestamp,
    until: Timestamp,
    base: Interval,
    now: Timestamp,
) -> u32 {
    let length = base.duration();
    let begun = until.since(from).as_millis().div_ceil(length.as_millis());
    let over = now.since(from).as_millis() / length.as_millis();
    u32::try_from(begun.min(over))
        .unwrap_or(u32::MAX)
        .saturating_mul(base.minutes())
}
