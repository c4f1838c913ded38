//! The bars of the present, of all tokens.

use std::time::Duration;

use parallax::amount::{Price, Quantity};
use parallax::candle::{Candle, Interval, Series, Source};
use parallax::time::Timestamp;
use parallax::token::TokenId;
use parallax::view::LateReport;
use rustc_hash::FxHashMap;

use super::token::TokenBars;

/// A gap between two looks at the clock from which on the time between them counts as not seen: the
/// process was suspended, or the machine was too busy to follow the market.
const BLINK: Duration = Duration::from_secs(5);

/// How often the hour and the day that are running are handed out.
const PARENTS_EVERY: Duration = Duration::from_secs(5);

/// Makes index candles of one minute, one hour and one day out of published prices and trades.
///
/// A bar opens with the price in force when its interval began, or with the first one published in it.
/// It is over when [`CandleBuilder::advance`] is told a time at or after its end. Bars of the current and
/// the previous hour and day are kept, so that late trades and repairs find them.
///
/// ```
/// use std::time::Duration;
/// use parallax::time::Timestamp;
/// use parallax_pricing::candles::CandleBuilder;
///
/// let mut candles = CandleBuilder::new(Duration::from_secs(300));
/// let bitcoin = "bitcoin".parse()?;
/// let at = |second: i64| Timestamp::from_unix_s(1_800_000_000 + second);
/// candles.price(&bitcoin, at(0)?, "67123.4".parse()?, None, 3);
/// candles.price(&bitcoin, at(3)?, "67123.9".parse()?, None, 3);
/// let changed = candles.take_changed(at(4)?, false);
/// assert_eq!(changed[0].bar.close, "67123.9".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CandleBuilder {
    tokens: FxHashMap<TokenId, TokenBars>,
    /// How late a trade may come and still repair its bar. Less than an hour.
    lateness: Duration,
    late: LateReport,
    now: Option<Timestamp>,
    parents_at: Timestamp,
}

impl CandleBuilder {
    /// A builder without bars. `lateness` is how late a trade may come and still repair its bar; more than
    /// an hour counts as an hour.
    #[must_use]
    pub fn new(lateness: Duration) -> Self {
        Self {
            tokens: FxHashMap::default(),
            lateness: lateness.min(Interval::Hour.duration()),
            late: LateReport::default(),
            now: None,
            parents_at: Timestamp::default(),
        }
    }

    /// Takes a bar of an earlier run of the program, read from the store.
    pub fn resume(&mut self, candle: &Candle, now: Timestamp) {
        self.bars(&candle.series.token).resume(candle, now);
    }

    /// Takes a bar that was completed from the venues' own history. Whether it belongs to the bars kept
    /// here: then it will be handed out with what it changes; otherwise it is the caller's to store.
    pub fn repair(&mut self, candle: &Candle) -> bool {
        let Some(now) = self.now else {
            return false;
        };
        self.bars(&candle.series.token).repair(candle, now)
    }

    /// Takes a price that was published as confirmed (live or thin), with half its confidence band: it is
    /// in force from here on.
    pub fn price(
        &mut self,
        token: &TokenId,
        at: Timestamp,
        price: Price,
        confidence: Option<Price>,
        sources: u32,
    ) {
        let at = self.advance(at);
        self.bars(token).price(at, price, confidence, sources);
    }

    /// The token's price is no longer known: stale, or without quorum.
    pub fn lose(&mut self, token: &TokenId, at: Timestamp) {
        self.advance(at);
        self.bars(token).lose();
    }

    /// Takes a trade worth `value_usd`, made at `at` by the exchange's clock if that is believable, and
    /// received at `received_at`. One that belongs to an earlier minute repairs it when it is not too late,
    /// and is only counted when it is.
    pub fn trade(
        &mut self,
        token: &TokenId,
        at: Timestamp,
        received_at: Timestamp,
        value_usd: Quantity,
    ) {
        let now = self.advance(received_at);
        // A clock ahead of ours: the trade was not made after it was received.
        let at = at.min(now);
        if now.since(at) > self.lateness {
            self.late.ignored = self.late.ignored.saturating_add(1);
            return;
        }
        if self.bars(token).trade(at, now, value_usd) {
            self.late.repaired = self.late.repaired.saturating_add(1);
        }
    }

    /// Lets time pass, and returns the time in force: it never goes backwards, whatever the wall clock
    /// does. To be called a few times a second.
    pub fn advance(&mut self, now: Timestamp) -> Timestamp {
        let last = self.now.unwrap_or(now);
        let now = now.max(last);
        if now.since(last) > BLINK {
            self.tokens.values_mut().for_each(TokenBars::blink);
        }
        if now.floor(Interval::Minute.duration()) > last.floor(Interval::Minute.duration()) {
            for bars in self.tokens.values_mut() {
                bars.turn(now);
            }
        }
        self.now = Some(now);
        now
    }

    /// The candles that changed since the last call, by token and length. The running hour and day come
    /// every few seconds only, unless `all` is wanted, as at shutdown.
    pub fn take_changed(&mut self, now: Timestamp, all: bool) -> Vec<Candle> {
        let now = self.advance(now);
        let parents = all || now.since(self.parents_at) >= PARENTS_EVERY;
        if parents {
            self.parents_at = now;
        }
        let mut changed = Vec::new();
        for (token, bars) in &mut self.tokens {
            bars.take_changed(now, parents, |interval, bar| {
                changed.push(Candle {
                    series: Series {
                        token: token.clone(),
                        source: Source::Index,
                        interval,
                    },
                    bar,
                });
            });
        }
        changed.sort_unstable_by(|a, b| {
            (&a.series, a.bar.open_time).cmp(&(&b.series, b.bar.open_time))
        });
        changed
    }

    /// Trades that came too late for their minute.
    #[must_use]
    pub const fn late(&self) -> LateReport {
        self.late
    }

    fn bars(&mut self, token: &TokenId) -> &mut TokenBars {
        if !self.tokens.contains_key(token) {
            self.tokens.insert(token.clone(), TokenBars::default());
        }
        self.tokens.entry(token.clone()).or_default()
    }
}
