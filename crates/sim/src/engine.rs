//! The heartbeat of the live simulation: moves every market at every tick, and starts scripted faults.
//!
//! Owns the order of things within a tick. Prices come from `quoting`, words from the dialects.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parallax::time::Timestamp;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use crate::fault::Script;
use crate::floor::Floor;
use crate::noise::below;
use crate::quoting::Quoting;
use crate::snapshot::{Day, Snapshot};
use crate::venue::Venue;
use crate::walk::Walk;
use crate::world::{SharedWalk, look, wall_clock};

/// How often the 24-hour figures are worked out anew; in between only their extremes move.
const DAY_REFRESH_MS: i64 = 60_000;
/// How often they are sent.
const DAY_EVERY_MS: i64 = 1_000;
/// The chance that a new quote comes with a trade, in per cent, where the exchange does not demand it.
const TRADE_PERCENT: u64 = 15;

/// One market's running state.
struct Moving {
    venue: Arc<Venue>,
    market: usize,
    quoting: Quoting,
    sequence: u64,
    trades: u64,
    day: Day,
    day_made_ms: i64,
    day_sent_ms: i64,
}

/// Moves all markets until the floor stops.
pub(crate) struct Engine {
    floor: Arc<Floor>,
    walk: SharedWalk,
    markets: Vec<Moving>,
    tick: Duration,
    /// The chance that a market changes at a tick, in per cent.
    rate: u8,
}

impl Engine {
    pub(crate) fn new(
        floor: &Arc<Floor>,
        walk: SharedWalk,
        quoting: &[(String, Arc<[Quoting]>)],
        tick: Duration,
        rate: u8,
    ) -> Self {
        let markets = quoting
            .iter()
            .filter_map(|(id, quoting)| Some((floor.venues.get(id)?, quoting)))
            .flat_map(|(venue, quoting)| {
                quoting.iter().enumerate().map(|(market, quoting)| Moving {
                    venue: Arc::clone(venue),
                    market,
                    quoting: quoting.clone(),
                    sequence: 0,
                    trades: 0,
                    day: Day::default(),
                    day_made_ms: i64::MIN / 2,
                    day_sent_ms: i64::MIN / 2,
                })
            })
            .collect();
        Self {
            floor: Arc::clone(floor),
            walk,
            markets,
            tick,
            rate,
        }
    }

    /// Gives every market its first state, so that a subscriber finds one. Before anyone can connect.
    pub(crate) fn prepare(&mut self) {
        self.beat(0, true);
    }

    pub(crate) async fn run(mut self) {
        let stop = self.floor.stop.clone();
        let mut timer = interval(self.tick);
        timer.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut beat = 1;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = timer.tick() => {
                    if !self.floor.mute.load(Ordering::Relaxed) {
                        self.beat(beat, false);
                    }
                    beat += 1;
                }
            }
        }
    }

    fn beat(&mut self, beat: i64, all: bool) {
        let (at, now, rate) = (wall_clock(), Instant::now(), u64::from(self.rate));
        look(&self.walk, |walk| {
            for market in &mut self.markets {
                let due = all || below(walk.seed(), market.quoting.field ^ 9, beat, 100) < rate;
                market.advance(walk, due, at, now);
            }
        });
    }
}

impl Moving {
    /// One tick: a new quote when one is due, and the 24-hour figures when they are.
    fn advance(&mut self, walk: &Walk, due: bool, at: Timestamp, now: Instant) {
        let day_due = at.unix_ms() - self.day_sent_ms >= DAY_EVERY_MS;
        let venue = Arc::clone(&self.venue);
        let Some(listing) = venue.listings.get(self.market).filter(|_| due || day_due) else {
            return;
        };
        let dialect = &venue.dialect;
        let top = self.quoting.top(walk, at);
        let chance = below(
            walk.seed(),
            self.quoting.field ^ 10,
            self.sequence.cast_signed(),
            100,
        );
        let traded = due
            && (self.trades == 0 || dialect.manners().quote_means_trade || chance < TRADE_PERCENT);
        self.trades += u64::from(traded);
        self.sequence += u64::from(due);
        self.update_day(walk, at, (top.bid + top.ask) / 2);
        let mut snapshot = Snapshot {
            at,
            sequence: self.sequence,
            bid: top.bid,
            ask: top.ask,
            bid_size: top.bid_size,
            ask_size: top.ask_size,
            last: self.quoting.execution(walk, at, &top, self.trades),
            day: self.day,
            halted: false,
        };
        venue.faults.bend(self.market, &mut snapshot, now);
        venue.remember(self.market, &snapshot);
        let mut frames = Vec::new();
        if traded && !snapshot.halted {
            frames = dialect.trade(listing, &snapshot, &snapshot.last);
        }
        if due {
            frames.append(&mut dialect.quote(listing, &snapshot));
        }
        if day_due {
            self.day_sent_ms = at.unix_ms();
            frames.append(&mut dialect.day(listing, &snapshot));
        }
        venue.publish(self.market, frames, now);
    }

    fn update_day(&mut self, walk: &Walk, at: Timestamp, mid: i128) {
        if at.unix_ms() - self.day_made_ms >= DAY_REFRESH_MS {
            self.day = self.quoting.day(walk, at);
            // Spread the work: not all markets in the same tick of the next round.
            let spread = i64::try_from(self.market).unwrap_or(0) * 577 % DAY_REFRESH_MS;
            self.day_made_ms = if self.day_sent_ms < 0 {
                at.unix_ms() - spread
            } else {
                at.unix_ms()
            };
        }
        self.day.high = self.day.high.max(mid);
        self.day.low = self.day.low.min(mid);
    }
}

/// Starts the script's faults when their time comes.
pub(crate) async fn perform(floor: Arc<Floor>, script: Script) {
    let start = Instant::now();
    for position in 0.. {
        let Some((at, fault)) = script.nth(position) else {
            return;
        };
        tokio::select! {
            () = floor.stop.cancelled() => return,
            () = sleep_until(start + at) => {}
        }
        if let Err(error) = floor.inject(fault) {
            tracing::error!(%error, "scripted fault");
        }
    }
}
