//! What is to be stored and not yet handed to the writer.
//!
//! Bounded by construction: one quote a market, one price a token, and a configured number of candles.
//! While the database is away, newer states replace older ones here and live prices go on.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use parallax::candle::{Candle, Series};
use parallax::event::Quote;
use parallax::fact::{QueryUsage, TokenFacts};
use parallax::index::{IndexPrice, Status};
use parallax::market::{Listing, MarketKey};
use parallax::time::{Moment, Monotonic, Timestamp};
use parallax::token::TokenId;
use parallax::venue::VenueId;
use parallax_store::StoredQuote;
use serde::{Deserialize, Serialize};

/// Rows on their way to the database, written together.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rows {
    pub(crate) listings: Vec<Arc<Listing>>,
    pub(crate) quotes: Vec<StoredQuote>,
    pub(crate) prices: Vec<IndexPrice>,
    pub(crate) candles: Vec<Candle>,
    pub(crate) facts: Vec<TokenFacts>,
    pub(crate) usage: Vec<QueryUsage>,
}

impl Rows {
    pub(crate) fn len(&self) -> u64 {
        let rows = self.listings.len()
            + self.quotes.len()
            + self.prices.len()
            + self.candles.len()
            + self.facts.len()
            + self.usage.len();
        u64::try_from(rows).unwrap_or(u64::MAX)
    }
}

#[derive(Debug)]
pub(crate) struct Pending {
    price_every: Duration,
    max_candles: usize,
    listings: Vec<Arc<Listing>>,
    quotes: HashMap<MarketKey, (Arc<Listing>, Quote, Timestamp)>,
    prices: HashMap<TokenId, Arc<IndexPrice>>,
    /// When a token's price was stored last, its status then, and when it was set, if by hand.
    price_stored: HashMap<TokenId, (Monotonic, Status, Option<Timestamp>)>,
    candles: BTreeMap<(Timestamp, Series), Candle>,
    facts: HashMap<(TokenId, VenueId), TokenFacts>,
    usage: HashMap<VenueId, QueryUsage>,
    pub(crate) dropped: u64,
}

impl Pending {
    pub(crate) fn new(price_every: Duration, max_candles: usize) -> Self {
        Self {
            price_every,
            max_candles,
            listings: Vec::new(),
            quotes: HashMap::new(),
            prices: HashMap::new(),
            price_stored: HashMap::new(),
            candles: BTreeMap::new(),
            facts: HashMap::new(),
            usage: HashMap::new(),
            dropped: 0,
        }
    }

    pub(crate) fn listing(&mut self, listing: Arc<Listing>) {
        self.listings.push(listing);
    }

    pub(crate) fn quote(
        &mut self,
        key: MarketKey,
        listing: &Arc<Listing>,
        quote: Quote,
        at: Timestamp,
    ) {
        let row = || (Arc::clone(listing), quote, at);
        let entry = self.quotes.entry(key).or_insert_with(row);
        (entry.1, entry.2) = (quote, at);
    }

    pub(crate) fn price(&mut self, price: &Arc<IndexPrice>) {
        match self.prices.get_mut(&price.token) {
            Some(earlier) => *earlier = Arc::clone(price),
            None => drop(self.prices.insert(price.token.clone(), Arc::clone(price))),
        }
    }

    pub(crate) fn candle(&mut self, candle: Candle) {
        self.candles
            .insert((candle.bar.open_time, candle.series.clone()), candle);
        while self.candles.len() > self.max_candles {
            self.candles.pop_first();
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    pub(crate) fn facts(&mut self, facts: &TokenFacts) {
        let key = (facts.token.clone(), facts.venue.clone());
        self.facts.insert(key, facts.clone());
    }

    pub(crate) fn usage(&mut self, usage: QueryUsage) {
        self.usage.insert(usage.venue.clone(), usage);
    }

    /// Whether many more candles can wait.
    pub(crate) fn has_room_for_candles(&self) -> bool {
        self.candles.len() < self.max_candles / 2
    }

    /// How many rows wait.
    pub(crate) fn len(&self) -> u64 {
        let rows = self.listings.len() + self.quotes.len() + self.candles.len();
        u64::try_from(rows).unwrap_or(u64::MAX)
    }

    /// Takes what is due: everything, but a price only when the token's last stored one is old enough, had
    /// another status or was set by hand at another time, unless `all` is wanted, as at shutdown.
    pub(crate) fn take(&mut self, now: Moment, all: bool) -> Rows {
        let quote = |(listing, quote, received_at)| StoredQuote {
            listing,
            quote,
            received_at,
        };
        let mut prices = Vec::new();
        self.prices.retain(|token, price| {
            let set_at = price.by_hand.as_ref().map(|by_hand| by_hand.since);
            let is_due = |(at, status, set): &(Monotonic, Status, Option<Timestamp>)| {
                (*status, *set) != (price.status, set_at)
                    || now.monotonic.since(*at) >= self.price_every
            };
            let due = all || self.price_stored.get(token).is_none_or(is_due);
            if due {
                self.price_stored
                    .insert(token.clone(), (now.monotonic, price.status, set_at));
                prices.push(IndexPrice::clone(price));
            }
            !due
        });
        Rows {
            listings: std::mem::take(&mut self.listings),
            quotes: self.quotes.drain().map(|(_, row)| quote(row)).collect(),
            prices,
            candles: std::mem::take(&mut self.candles).into_values().collect(),
            facts: self.facts.drain().map(|(_, facts)| facts).collect(),
            usage: self.usage.drain().map(|(_, usage)| usage).collect(),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use parallax::amount::Quantity;
    use parallax::candle::{Bar, CandleKind, Interval};

    use super::*;

    #[test]
    fn when_too_many_candles_wait_the_oldest_go_and_are_counted() {
        let mut pending = Pending::new(Duration::ZERO, 2);
        for minute in 0..3 {
            let at = Timestamp::from_unix_s(minute * 60).unwrap();
            let token = "bitcoin".parse().unwrap();
            let price = "1".parse().unwrap();
            pending.candle(Candle {
                series: Series::index(token, Interval::Minute),
                bar: Bar {
                    open_time: at,
                    open: price,
                    high: price,
                    low: price,
                    close: price,
                    confidence: None,
                    volume_usd: Quantity::ZERO,
                    trades: None,
                    sources: 1,
                    minutes: 1,
                    kind: CandleKind::Filled,
                    revision: 0,
                },
            });
        }
        let rows = pending.take(Moment::default(), false);
        let opened: Vec<_> = rows
            .candles
            .iter()
            .map(|candle| candle.bar.open_time.unix_ms())
            .collect();
        assert_eq!((opened, pending.dropped), (vec![60_000, 120_000], 1));
    }
}
