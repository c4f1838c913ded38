//! Who has fallen silent: each market, and the connection as a whole, on the monotonic clock.
//!
//! A pure state machine: told what happened and what time it is, it says what is stalled. Only market
//! data counts; control frames, keep-alives and acknowledgements are never reported to it. The
//! connection task drives it.

use std::time::Duration;

use parallax::time::Monotonic;

/// One market.
#[derive(Debug, Clone, Copy, Default)]
struct Watch {
    /// When it last said something, or was subscribed; `None` while it is not subscribed.
    since: Option<Monotonic>,
    /// Whether it has said something since it was subscribed.
    spoken: bool,
    stalled: bool,
}

/// The markets of one connection.
#[derive(Debug)]
pub(crate) struct Watchdog {
    market_limit: Duration,
    connection_limit: Duration,
    /// When the connection last carried market data, or was opened.
    last_data: Monotonic,
    markets: Vec<Watch>,
}

impl Watchdog {
    pub(crate) const fn new(market_limit: Duration, connection_limit: Duration) -> Self {
        Self {
            market_limit,
            connection_limit,
            last_data: Monotonic::from_nanos(0),
            markets: Vec::new(),
        }
    }

    /// How often to call [`Watchdog::check`]: a stall is found late by at most this.
    pub(crate) fn period(&self) -> Duration {
        (self.market_limit.min(self.connection_limit) / 4)
            .clamp(Duration::from_millis(10), Duration::from_secs(1))
    }

    /// There are this many markets now; the new ones are not subscribed yet.
    pub(crate) fn grow(&mut self, markets: usize) {
        if markets > self.markets.len() {
            self.markets.resize(markets, Watch::default());
        }
    }

    pub(crate) const fn opened(&mut self, now: Monotonic) {
        self.last_data = now;
    }

    /// From now on these markets are expected to speak.
    pub(crate) fn subscribed(&mut self, markets: &[usize], now: Monotonic) {
        for &market in markets {
            if let Some(watch) = self.markets.get_mut(market) {
                watch.since.get_or_insert(now);
            }
        }
    }

    /// The connection carried market data.
    pub(crate) const fn connection_data(&mut self, now: Monotonic) {
        self.last_data = now;
    }

    /// A market said something.
    pub(crate) fn market_data(&mut self, market: usize, now: Monotonic) {
        if let Some(watch) = self.markets.get_mut(market) {
            watch.since = Some(now);
            watch.spoken = true;
            watch.stalled = false;
        }
    }

    /// A market may not be used any more, for a reason of the caller's. True when that is news.
    pub(crate) fn stall(&mut self, market: usize) -> bool {
        match self.markets.get_mut(market) {
            Some(watch) => !std::mem::replace(&mut watch.stalled, true),
            None => false,
        }
    }

    /// The connection is gone: nothing is subscribed any more.
    pub(crate) fn unsubscribe_all(&mut self) {
        for watch in &mut self.markets {
            watch.since = None;
            watch.spoken = false;
        }
    }

    /// Appends the markets that stalled since the last check, and says whether the connection has.
    pub(crate) fn check(&mut self, now: Monotonic, newly_stalled: &mut Vec<usize>) -> bool {
        for (market, watch) in self.markets.iter_mut().enumerate() {
            let silent = watch
                .since
                .is_some_and(|since| now.since(since) > self.market_limit);
            if silent && !watch.stalled {
                watch.stalled = true;
                newly_stalled.push(market);
            }
        }
        now.since(self.last_data) > self.connection_limit
    }

    pub(crate) fn stalled_markets(&self) -> usize {
        self.markets.iter().filter(|watch| watch.stalled).count()
    }

    /// Whether the market has spoken and has not fallen silent.
    pub(crate) fn is_speaking(&self, market: usize) -> bool {
        self.markets
            .get(market)
            .is_some_and(|watch| watch.spoken && !watch.stalled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Monotonic {
        Monotonic::from_nanos(seconds * 1_000_000_000)
    }

    fn watchdog() -> Watchdog {
        let mut watchdog = Watchdog::new(Duration::from_secs(60), Duration::from_secs(30));
        watchdog.grow(3);
        watchdog.opened(at(0));
        watchdog.subscribed(&[0, 1], at(0));
        watchdog
    }

    fn check(watchdog: &mut Watchdog, now: Monotonic) -> (Vec<usize>, bool) {
        let mut stalled = Vec::new();
        let connection = watchdog.check(now, &mut stalled);
        (stalled, connection)
    }

    #[test]
    fn a_silent_market_is_found_once_while_others_speak() {
        let mut watchdog = watchdog();
        for second in [20, 40, 60] {
            watchdog.connection_data(at(second));
            watchdog.market_data(0, at(second));
        }
        assert_eq!(check(&mut watchdog, at(60)), (vec![], false));
        assert_eq!(check(&mut watchdog, at(61)), (vec![1], false));
        assert_eq!(check(&mut watchdog, at(62)), (vec![], false));
        assert_eq!(watchdog.stalled_markets(), 1);
    }

    #[test]
    fn a_market_that_is_not_subscribed_cannot_stall() {
        let mut watchdog = watchdog();
        let (stalled, _) = check(&mut watchdog, at(1_000));
        assert_eq!(stalled, [0, 1]);
    }

    #[test]
    fn a_market_that_speaks_again_can_stall_again() {
        let mut watchdog = watchdog();
        let _ = check(&mut watchdog, at(61));
        watchdog.market_data(1, at(62));
        assert_eq!(watchdog.stalled_markets(), 1);
        assert_eq!(check(&mut watchdog, at(123)).0, [1]);
    }

    #[test]
    fn a_connection_without_data_stalls_after_its_limit() {
        let mut watchdog = watchdog();
        assert!(!check(&mut watchdog, at(30)).1);
        assert!(check(&mut watchdog, at(31)).1);
        watchdog.connection_data(at(31));
        assert!(!check(&mut watchdog, at(61)).1);
    }

    #[test]
    fn a_halt_is_news_once() {
        let mut watchdog = watchdog();
        assert!(watchdog.stall(0));
        assert!(!watchdog.stall(0));
        assert!(!watchdog.stall(99));
    }
}
