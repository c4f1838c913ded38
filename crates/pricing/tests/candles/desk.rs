//! A builder whose clock moves only when told, and times of a day.

use std::time::Duration;

use parallax::Decimal;
use parallax::amount::{Price, Quantity};
use parallax::candle::{Bar, Candle, CandleKind, Interval, Series};
use parallax::time::Timestamp;
use parallax::token::TokenId;
use parallax_pricing::candles::CandleBuilder;

/// Midnight of a day in 2027.
pub(crate) const MIDNIGHT: i64 = 1_800_057_600;

pub(crate) fn at_ms(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(MIDNIGHT * 1_000 + ms).unwrap()
}

pub(crate) fn at(second: i64) -> Timestamp {
    at_ms(second * 1_000)
}

pub(crate) fn bitcoin() -> TokenId {
    "bitcoin".parse().unwrap()
}

pub(crate) fn price(text: &str) -> Price {
    text.parse().unwrap()
}

pub(crate) fn usd(text: &str) -> Quantity {
    text.parse().unwrap()
}

pub(crate) fn cents(value: i64) -> Decimal {
    Decimal::new(value, 2)
}

/// A builder whose clock is looked at every second, as the pipeline does.
pub(crate) struct Desk {
    pub(crate) builder: CandleBuilder,
    pub(crate) second: i64,
    pub(crate) stored: std::collections::BTreeMap<(Interval, Timestamp), Bar>,
}

impl Desk {
    pub(crate) fn at(second: i64) -> Self {
        let mut builder = CandleBuilder::new(Duration::from_secs(300));
        builder.advance(at(second));
        Self {
            builder,
            second,
            stored: std::collections::BTreeMap::new(),
        }
    }

    pub(crate) fn until(&mut self, second: i64) -> &mut Self {
        while self.second < second {
            self.second += 1;
            self.builder.advance(at(self.second));
        }
        self
    }

    pub(crate) fn price(&mut self, second: i64, text: &str) -> &mut Self {
        self.until(second);
        self.builder
            .price(&bitcoin(), at(second), price(text), None, 3);
        self
    }

    pub(crate) fn trade(&mut self, made: i64, received: i64, value: &str) -> &mut Self {
        self.until(received);
        self.builder
            .trade(&bitcoin(), at(made), at(received), usd(value));
        self
    }

    /// Hands out, as the pipeline does when it flushes.
    pub(crate) fn flush(&mut self) -> &mut Self {
        for Candle { series, bar } in self.builder.take_changed(at(self.second), true) {
            self.stored.insert((series.interval, bar.open_time), bar);
        }
        self
    }

    pub(crate) fn bar(&self, interval: Interval, second: i64) -> &Bar {
        &self.stored[&(interval, at(second))]
    }
}

pub(crate) fn ohlc(bar: &Bar) -> [String; 4] {
    [bar.open, bar.high, bar.low, bar.close].map(|price| price.to_string())
}

pub(crate) fn repaired(interval: Interval, second: i64, text: &str) -> Candle {
    Candle {
        series: Series::index(bitcoin(), interval),
        bar: Bar {
            open_time: at(second),
            open: price(text),
            high: price(text),
            low: price(text),
            close: price(text),
            confidence: None,
            volume_usd: usd("50"),
            trades: None,
            sources: 2,
            minutes: interval.minutes(),
            kind: CandleKind::Repaired,
            revision: 0,
        },
    }
}
