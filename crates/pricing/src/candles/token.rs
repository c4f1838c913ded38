//! The bars of one token: minutes as they are made, hours and days as the joins of them.

use std::collections::BTreeMap;

use parallax::amount::{Price, Quantity};
use parallax::candle::{Bar, Candle, CandleKind, Interval};
use parallax::time::Timestamp;

use super::join::{add, join, minutes_due};

/// A bar that is kept for a while.
#[derive(Debug, Clone)]
struct Held {
    bar: Bar,
    /// Whether it differs from what was handed out last.
    is_changed: bool,
    /// Whether it was handed out after its interval was over: a later change is a revision.
    is_settled: bool,
}

#[derive(Debug, Clone, Copy)]
struct InForce {
    price: Price,
    confidence: Option<Price>,
    sources: u32,
    /// Since when a price has been known without interruption.
    since: Timestamp,
}

/// What is kept of one token.
#[derive(Debug, Default)]
pub(super) struct TokenBars {
    minutes: BTreeMap<Timestamp, Held>,
    hours: BTreeMap<Timestamp, Held>,
    days: BTreeMap<Timestamp, Held>,
    in_force: Option<InForce>,
    /// Hours whose minutes changed, by open time.
    stale_hours: Vec<Timestamp>,
    /// Whether one of those is not the running one, or a minute ended: worth handing out at once.
    is_urgent: bool,
}

impl TokenBars {
    fn kept(&mut self, interval: Interval) -> &mut BTreeMap<Timestamp, Held> {
        match interval {
            Interval::Minute => &mut self.minutes,
            Interval::Hour => &mut self.hours,
            Interval::Day => &mut self.days,
        }
    }

    pub(super) fn resume(&mut self, candle: &Candle, now: Timestamp) {
        let interval = candle.series.interval;
        if candle.bar.open_time < oldest_kept(interval, now) {
            return;
        }
        let held = Held {
            bar: candle.bar.clone(),
            is_changed: false,
            is_settled: candle.close_time() <= now,
        };
        self.kept(interval).insert(candle.bar.open_time, held);
    }

    pub(super) fn repair(&mut self, candle: &Candle, now: Timestamp) -> bool {
        let (interval, repaired) = (candle.series.interval, &candle.bar);
        if repaired.open_time < oldest_kept(interval, now) {
            return false;
        }
        let held = self.kept(interval).get(&repaired.open_time);
        if held.is_some_and(|held| held.bar.minutes >= repaired.minutes) {
            return true;
        }
        let mut bar = repaired.clone();
        if let Some(held) = held {
            bar.revision = held.bar.revision.saturating_add(1);
            // What was seen live of the trades stays when history knows fewer of them.
            if held.bar.volume_usd > bar.volume_usd {
                (bar.volume_usd, bar.trades) = (held.bar.volume_usd, held.bar.trades);
            }
        }
        let open_time = bar.open_time;
        let held = Held {
            bar,
            is_changed: true,
            is_settled: true,
        };
        self.kept(interval).insert(open_time, held);
        self.touch(open_time, true);
        true
    }

    pub(super) fn price(
        &mut self,
        at: Timestamp,
        price: Price,
        confidence: Option<Price>,
        sources: u32,
    ) {
        let since = self.in_force.map_or(at, |known| known.since);
        let open_time = at.floor(Interval::Minute.duration());
        let known = InForce {
            price,
            confidence,
            sources,
            since,
        };
        match self.minutes.get_mut(&open_time) {
            Some(held) => {
                let bar = &mut held.bar;
                bar.high = bar.high.max(price);
                bar.low = bar.low.min(price);
                bar.close = price;
                bar.confidence = confidence;
                bar.sources = bar.sources.max(sources);
                held.is_changed = true;
            }
            None => {
                self.minutes.insert(open_time, Held::open(open_time, known));
            }
        }
        self.in_force = Some(known);
        self.touch(open_time, false);
    }

    pub(super) const fn lose(&mut self) {
        self.in_force = None;
    }

    /// The time since the last look was not seen; what is known now is known from the next price on.
    pub(super) const fn blink(&mut self) {
        self.in_force = None;
    }

    /// Adds a trade to its minute. Whether that minute was over.
    pub(super) fn trade(&mut self, at: Timestamp, now: Timestamp, value_usd: Quantity) -> bool {
        let open_time = at.floor(Interval::Minute.duration());
        let running = now.floor(Interval::Minute.duration());
        // Without a price there is no bar: the minute is a gap, and its repair brings the trade along.
        let Some(held) = self.minutes.get_mut(&open_time) else {
            return false;
        };
        let bar = &mut held.bar;
        bar.volume_usd = add(bar.volume_usd, value_usd);
        bar.trades = bar.trades.map(|trades| trades.saturating_add(1));
        bar.kind = bar.kind.max(CandleKind::Traded);
        let is_late = open_time < running;
        if is_late && held.is_settled {
            bar.revision = bar.revision.saturating_add(1);
        }
        held.is_changed = true;
        self.touch(open_time, is_late);
        is_late
    }

    /// Ends the minutes that are over, and begins those that follow with the price in force.
    pub(super) fn turn(&mut self, now: Timestamp) {
        let minute = Interval::Minute.duration();
        let running = now.floor(minute);
        if let Some((&last, _)) = self.minutes.last_key_value()
            && last < running
        {
            let mut open_time = last;
            loop {
                self.end(open_time);
                open_time = open_time.plus(minute);
                let Some(known) = self.in_force.filter(|_| open_time <= running) else {
                    break;
                };
                let begun = Held::open(open_time, known);
                self.minutes.entry(open_time).or_insert(begun);
                self.touch(open_time, false);
                if open_time == running {
                    break;
                }
            }
        }
        // Before minutes are forgotten that an hour still needs.
        self.join_parents(now);
        for interval in Interval::ALL {
            let oldest = oldest_kept(interval, now);
            let kept = self.kept(interval);
            while kept
                .first_key_value()
                .is_some_and(|(&at, held)| at < oldest && !held.is_changed)
            {
                kept.pop_first();
            }
        }
    }

    /// A minute is over: it is whole when its price was known from its beginning to its end.
    fn end(&mut self, open_time: Timestamp) {
        let is_whole = self.in_force.is_some_and(|known| known.since <= open_time);
        let Some(held) = self.minutes.get_mut(&open_time) else {
            return;
        };
        if held.bar.minutes == 0 && held.bar.kind != CandleKind::Gap {
            if is_whole {
                held.bar.minutes = 1;
            } else {
                held.bar.kind = CandleKind::Gap;
            }
            held.is_changed = true;
            self.touch(open_time, true);
        }
    }

    /// The hour of a minute (or the day of an hour) is to be joined again.
    fn touch(&mut self, open_time: Timestamp, is_urgent: bool) {
        let hour = open_time.floor(Interval::Hour.duration());
        if !self.stale_hours.contains(&hour) {
            self.stale_hours.push(hour);
        }
        self.is_urgent |= is_urgent;
    }

    pub(super) fn take_changed(
        &mut self,
        now: Timestamp,
        parents: bool,
        mut out: impl FnMut(Interval, Bar),
    ) {
        if (parents || self.is_urgent) && !self.stale_hours.is_empty() {
            self.is_urgent = false;
            self.join_parents(now);
        }
        for interval in Interval::ALL {
            for held in self.kept(interval).values_mut() {
                if std::mem::take(&mut held.is_changed) {
                    held.is_settled |= held.bar.open_time.plus(interval.duration()) <= now;
                    out(interval, held.bar.clone());
                }
            }
        }
    }

    fn join_parents(&mut self, now: Timestamp) {
        let hours = std::mem::take(&mut self.stale_hours);
        let mut days = Vec::new();
        for open_time in hours {
            refresh(
                &self.minutes,
                &mut self.hours,
                Interval::Hour,
                open_time,
                now,
            );
            let day = open_time.floor(Interval::Day.duration());
            if !days.contains(&day) {
                days.push(day);
            }
        }
        for open_time in days {
            refresh(&self.hours, &mut self.days, Interval::Day, open_time, now);
        }
    }
}

impl Held {
    const fn open(open_time: Timestamp, known: InForce) -> Self {
        let InForce { price, sources, .. } = known;
        Self {
            bar: Bar {
                open_time,
                open: price,
                high: price,
                low: price,
                close: price,
                confidence: known.confidence,
                volume_usd: Quantity::ZERO,
                trades: Some(0),
                sources,
                minutes: 0,
                kind: CandleKind::Filled,
                revision: 0,
            },
            is_changed: true,
            is_settled: false,
        }
    }
}

/// Joins the children of one parent bar again, unless the parent at hand saw more than they did, as one
/// that was stored by an earlier run or came whole from history.
fn refresh(
    children: &BTreeMap<Timestamp, Held>,
    parents: &mut BTreeMap<Timestamp, Held>,
    interval: Interval,
    open_time: Timestamp,
    now: Timestamp,
) {
    let close_time = open_time.plus(interval.duration());
    let joined = children
        .range(open_time..close_time)
        .map(|(_, held)| held.bar.clone())
        .reduce(|earlier, later| join(&earlier, &later));
    let Some(mut bar) = joined else {
        return;
    };
    bar.open_time = open_time;
    let base = match interval {
        Interval::Day => Interval::Hour,
        Interval::Hour | Interval::Minute => Interval::Minute,
    };
    if bar.minutes < minutes_due(open_time, close_time, base, now) {
        bar.kind = CandleKind::Gap;
    }
    bar.revision = 0;
    let Some(held) = parents.get_mut(&open_time) else {
        parents.insert(
            open_time,
            Held {
                bar,
                is_changed: true,
                is_settled: false,
            },
        );
        return;
    };
    if held.bar.minutes > bar.minutes {
        return;
    }
    bar.revision = held.bar.revision;
    if held.bar == bar {
        return;
    }
    if held.is_settled {
        bar.revision = bar.revision.saturating_add(1);
    }
    held.bar = bar;
    held.is_changed = true;
}

/// Bars of the current and the previous hour (minutes) or day (hours and days) are kept.
fn oldest_kept(interval: Interval, now: Timestamp) -> Timestamp {
    let span = match interval {
        Interval::Minute => Interval::Hour.duration(),
        Interval::Hour | Interval::Day => Interval::Day.duration(),
    };
    now.floor(span).minus(span)
}
