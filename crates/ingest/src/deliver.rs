//! What a frame means to a connection: events onwards, counters, answers.
//!
//! The hot path: nothing here waits, and nothing is logged for a frame that is understood.

use parallax::connection::ConnectionState;
use parallax::event::MarketUpdate;
use parallax::time::{Moment, Timestamp};
use parallax_venues::spec::SessionEvent;

use crate::connection::Connection;
use crate::error::cut;
use crate::successor::Live;

impl Connection {
    /// Decodes a frame and passes on what it says.
    pub(crate) fn frame(&mut self, live: &mut Live, frame: &[u8]) {
        let received_at = self.venue.clock.now();
        self.reporter.report.frames += 1;
        let mut events = std::mem::take(&mut self.events);
        if let Err(error) = live.link.decode(frame, &mut events) {
            events.clear();
            self.not_understood(&error);
        }
        let mut data = false;
        for event in events.drain(..) {
            match event {
                SessionEvent::Quote {
                    market,
                    venue_time,
                    quote,
                } => {
                    let update = MarketUpdate::Quote(quote);
                    data |= self.update(live, market, received_at, venue_time, update);
                }
                SessionEvent::Trade {
                    market,
                    venue_time,
                    trade,
                } => {
                    let update = MarketUpdate::Trade(trade);
                    data |= self.update(live, market, received_at, venue_time, update);
                }
                SessionEvent::Ticker {
                    market,
                    venue_time,
                    ticker,
                } => {
                    let update = MarketUpdate::Ticker(ticker);
                    data |= self.update(live, market, received_at, venue_time, update);
                }
                SessionEvent::Halted { market } => {
                    data = true;
                    self.halted(live.link.position(market), received_at);
                }
                SessionEvent::Rejected { market, reason } => {
                    let market = market.and_then(|market| live.link.position(market));
                    self.rejected(market, &reason);
                }
                SessionEvent::Reply(text) => live.link.reply(text),
                SessionEvent::Disconnecting => live.asked_to_leave = true,
            }
        }
        self.events = events;
        if data {
            live.delivered = true;
            self.watchdog.connection_data(received_at.monotonic);
            self.reporter.data(received_at);
            if self.reporter.report.state == ConnectionState::Connecting {
                self.count_stalled();
                self.reporter.enter(ConnectionState::Live, &mut self.outbox);
            }
        }
    }

    /// True when the market is one of ours.
    fn update(
        &mut self,
        live: &Live,
        market: u32,
        received_at: Moment,
        venue_time: Option<Timestamp>,
        update: MarketUpdate,
    ) -> bool {
        let Some(market) = live.link.position(market) else {
            return false;
        };
        let Some(heard) = self.heard.get_mut(market) else {
            return false;
        };
        // During a planned replacement: the newer connection has spoken, the older one is behind.
        let outdated = live.generation < *heard;
        match update {
            MarketUpdate::Quote(_) if !outdated => *heard = live.generation,
            MarketUpdate::Quote(_) | MarketUpdate::Ticker(_) if outdated => return true,
            MarketUpdate::Quote(_)
            | MarketUpdate::Ticker(_)
            | MarketUpdate::Trade(_)
            | MarketUpdate::Spot(_) => {}
        }
        self.watchdog.market_data(market, received_at.monotonic);
        self.outbox.update(market, received_at, venue_time, update);
        true
    }

    fn halted(&mut self, market: Option<usize>, at: Moment) {
        if let Some(market) = market {
            // Saying it twice is harmless, and a ticker since then may have looked like an end of it.
            self.watchdog.stall(market);
            self.outbox.stalled(market, at);
        }
    }

    fn not_understood(&mut self, error: &parallax_venues::spec::DecodeError) {
        self.reporter.report.decode_errors += 1;
        let words = cut(&with_sources(error));
        // One line for a burst of the same; the number is on the report.
        let text = format!("a frame was not understood: {words}");
        if self.reporter.report.last_error.as_ref() != Some(&text) {
            tracing::warn!(
                venue.id = %self.venue.site.id,
                connection.id = %self.id,
                error = %words,
                "a frame was not understood"
            );
        }
        self.reporter.failed(text);
    }

    fn rejected(&mut self, market: Option<usize>, reason: &str) {
        self.reporter.report.rejected_subscriptions += 1;
        let reason = cut(reason);
        let symbol = market
            .and_then(|market| self.symbol(market))
            .unwrap_or_else(|| "some market".into());
        tracing::warn!(
            venue.id = %self.venue.site.id,
            connection.id = %self.id,
            market.symbol = %symbol,
            reason = %reason,
            "the exchange refused a subscription"
        );
        self.reporter.failed(format!(
            "the exchange refused the subscription of {symbol}: {reason}"
        ));
    }
}

fn with_sources(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        let text = source.to_string();
        if !words.contains(&text) {
            words = format!("{words}: {text}");
        }
        cause = source.source();
    }
    words
}
