//! From the common walk to one exchange's market: mid, spread, sizes, trades, day figures, candles.
//!
//! Owns the economics of a simulated market. Everything is a pure function of the walk, the market and
//! the time; `engine` calls it at every tick, the REST side calls it for candles.

use std::time::Duration;

use parallax::time::Timestamp;

use crate::digits::{FEMTO, FEMTO_PLACES, power_of_ten};
use crate::noise::{UNIT, below, field, smooth};
use crate::snapshot::{CandleRow, Day, Execution};
use crate::walk::Walk;

/// Prices are worked out in parts of a tick and then rounded outwards to ticks.
const SUB_TICKS: i128 = 1_000;
const PPM: i128 = 1_000_000;
/// How many moments a candle's extremes are taken from: every ten seconds of a minute, and no more than
/// twelve of anything longer. An answer of a thousand candles is to take milliseconds.
const CANDLE_SAMPLES: i64 = 12;
const MINUTE_SAMPLES: i64 = 6;
/// How many moments the 24-hour extremes are taken from: every ten minutes.
const DAY_SAMPLES: i64 = 144;
const DAY_S: i64 = 86_400;

/// The economics of one market on one exchange.
#[derive(Debug, Clone)]
pub(crate) struct Quoting {
    /// Place of the base in the token table.
    pub base: usize,
    /// Place of the quote currency; `None` for USD.
    pub quote: Option<usize>,
    pub price_places: u32,
    pub size_places: u32,
    /// The typical gap between bid and ask, in millionths of the price.
    pub spread_ppm: i64,
    /// How far this exchange strays from the common price, in millionths.
    pub noise_ppm: i64,
    /// Traded here in 24 hours, in USD.
    pub volume_usd: i64,
    /// The noise field of this market.
    pub field: u64,
}

/// Bid, ask and their sizes in ticks and lots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Top {
    pub bid: i128,
    pub ask: i128,
    pub bid_size: i128,
    pub ask_size: i128,
}

impl Quoting {
    /// The middle of this exchange's market, in parts of a tick.
    fn mid(&self, walk: &Walk, at: Timestamp) -> i128 {
        let base = walk.femto(self.base, at);
        let quote = self.quote.map_or(FEMTO, |quote| walk.femto(quote, at));
        let common = base * power_of_ten(self.price_places) * SUB_TICKS / quote;
        let step = walk.step_at(at);
        let astray =
            i128::from(smooth(walk.seed(), self.field, step, 25)) * i128::from(self.noise_ppm);
        common + common * astray / i128::from(UNIT) / PPM
    }

    /// The best bid and ask at a moment.
    pub(crate) fn top(&self, walk: &Walk, at: Timestamp) -> Top {
        let mid = self.mid(walk, at);
        let step = walk.step_at(at);
        // Between half and one and a half times the typical spread.
        let spread_ppm = self.spread_ppm
            + self.spread_ppm * smooth(walk.seed(), self.field ^ 1, step, 40) / UNIT / 2;
        let half = mid * i128::from(spread_ppm) / PPM / 2;
        let bid = ((mid - half) / SUB_TICKS).max(1);
        let ask = (mid + half + SUB_TICKS - 1) / SUB_TICKS;
        Top {
            bid,
            ask: ask.max(bid + 1),
            bid_size: self.lots_for_usd(
                walk,
                at,
                400 + i128::from(below(walk.seed(), self.field ^ 2, step, 30_000)),
            ),
            ask_size: self.lots_for_usd(
                walk,
                at,
                400 + i128::from(below(walk.seed(), self.field ^ 3, step, 30_000)),
            ),
        }
    }

    /// How many lots of the base some USD are worth; at least one.
    fn lots_for_usd(&self, walk: &Walk, at: Timestamp, usd: i128) -> i128 {
        let lots = usd * power_of_ten(FEMTO_PLACES + self.size_places) / walk.femto(self.base, at);
        lots.max(1)
    }

    /// The trade number `id`, at the bid or the ask of `top`.
    pub(crate) fn execution(&self, walk: &Walk, at: Timestamp, top: &Top, id: u64) -> Execution {
        let number = id.cast_signed();
        let taker_bought = below(walk.seed(), self.field ^ 4, number, 2) == 0;
        let usd = 20 + i128::from(below(walk.seed(), self.field ^ 5, number, 4_000));
        Execution {
            id,
            price: if taker_bought { top.ask } else { top.bid },
            size: self.lots_for_usd(walk, at, usd),
            taker_bought,
        }
    }

    /// The middle in whole ticks, for candles and day figures.
    fn mid_ticks(&self, walk: &Walk, at: Timestamp) -> i128 {
        (self.mid(walk, at) / SUB_TICKS).max(1)
    }

    /// Open, extremes and volume of the 24 hours before `at`.
    pub(crate) fn day(&self, walk: &Walk, at: Timestamp) -> Day {
        let day_ms = DAY_S * 1_000;
        let now = self.mid_ticks(walk, at);
        let mut day = Day {
            open: now,
            high: now,
            low: now,
            volume: self.lots_for_usd(walk, at, i128::from(self.volume_usd)),
        };
        for sample in 0..DAY_SAMPLES {
            let back_ms = day_ms - day_ms * sample / DAY_SAMPLES;
            let price = self.mid_ticks(walk, at.minus(ms(back_ms)));
            if sample == 0 {
                day.open = price;
            }
            day.high = day.high.max(price);
            day.low = day.low.min(price);
        }
        // The volume wanders by a fifth over the hours.
        let hours = at.unix_ms() / 1_000;
        day.volume += day.volume * i128::from(smooth(walk.seed(), self.field ^ 6, hours, 7_200))
            / i128::from(UNIT)
            / 5;
        day.volume = day.volume.max(1);
        day
    }

    /// The candle that opens at `open_time_s`, as far as it has come by `now`.
    pub(crate) fn candle(
        &self,
        walk: &Walk,
        open_time_s: i64,
        interval_s: i64,
        now: Timestamp,
    ) -> Option<CandleRow> {
        let open_at = Timestamp::from_unix_s(open_time_s).ok()?;
        let length_ms = interval_s
            .saturating_mul(1_000)
            .min(now.unix_ms().saturating_sub(open_at.unix_ms()));
        if length_ms < 0 {
            return None;
        }
        let samples = if interval_s <= 60 {
            MINUTE_SAMPLES
        } else {
            CANDLE_SAMPLES
        };
        let price =
            |sample: i64| self.mid_ticks(walk, open_at.plus(ms(length_ms * sample / samples)));
        let open = price(0);
        let (mut high, mut low, mut close) = (open, open, open);
        for sample in 1..=samples {
            close = price(sample);
            high = high.max(close);
            low = low.min(close);
        }
        let whole_day = self.lots_for_usd(walk, open_at, i128::from(self.volume_usd));
        let busy = UNIT + smooth(walk.seed(), self.field ^ 7, open_time_s, 5 * interval_s) * 7 / 10;
        let volume = whole_day * i128::from(length_ms) / i128::from(DAY_S * 1_000)
            * i128::from(busy)
            / i128::from(UNIT);
        Some(CandleRow {
            open_time_s,
            open,
            high,
            low,
            close,
            volume: volume.max(1),
            trades: 1 + below(walk.seed(), self.field ^ 8, open_time_s, 900),
        })
    }
}

fn ms(milliseconds: i64) -> Duration {
    Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0))
}

/// The noise field of a market.
pub(crate) fn market_field(venue: &str, symbol: &str) -> u64 {
    // The low bits tell the purposes apart.
    field(&format!("{venue} {symbol}")) << 4
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::tokens::position;

    fn bitcoin() -> (Walk, Quoting, Timestamp) {
        let origin: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let walk = Walk::new(5, Duration::from_millis(200), origin).unwrap();
        let quoting = Quoting {
            base: position("BTC").unwrap(),
            quote: None,
            price_places: 2,
            size_places: 5,
            spread_ppm: 60,
            noise_ppm: 200,
            volume_usd: 1_000_000_000,
            field: market_field("binance", "BTCUSDT"),
        };
        (walk, quoting, origin)
    }

    #[test]
    fn the_bid_is_always_below_the_ask_and_the_spread_is_plausible() {
        let (walk, quoting, origin) = bitcoin();
        for step in 0..5_000 {
            let top = quoting.top(&walk, origin.plus(Duration::from_millis(step * 200)));
            assert!(top.bid < top.ask && top.bid_size > 0 && top.ask_size > 0);
            let spread_ppm = (top.ask - top.bid) * PPM / top.bid;
            assert!((29..=92).contains(&spread_ppm), "{spread_ppm} ppm");
        }
    }

    #[test]
    fn candles_join_and_hold_the_prices_quoted_at_the_time() {
        let (walk, quoting, origin) = bitcoin();
        let now = origin.plus(Duration::from_secs(86_400));
        let start_s = origin.unix_ms() / 1_000;
        let rows: Vec<_> = (0..60)
            .map(|minute| {
                quoting
                    .candle(&walk, start_s + minute * 60, 60, now)
                    .unwrap()
            })
            .collect();
        for pair in rows.windows(2) {
            let [one, next] = pair else {
                unreachable!("windows of two")
            };
            assert_eq!(one.close, next.open);
            assert!(
                one.low <= one.open
                    && one.open <= one.high
                    && one.low <= one.close
                    && one.close <= one.high
            );
        }
        let quoted = quoting.top(&walk, origin);
        let open = rows.first().unwrap().open;
        assert!(quoted.bid <= open && open <= quoted.ask);
    }

    #[test]
    fn the_day_holds_the_current_price_and_starts_with_the_price_a_day_ago() {
        let (walk, quoting, origin) = bitcoin();
        let day = quoting.day(&walk, origin);
        assert_eq!(
            day.open,
            quoting.mid_ticks(&walk, origin.minus(Duration::from_secs(86_400)))
        );
        let now = quoting.mid_ticks(&walk, origin);
        assert!(day.low <= now && now <= day.high && day.volume > 0);
    }
}
