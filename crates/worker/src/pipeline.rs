//! The state and its transitions, without a task, a channel or a clock of its own: here what comes in and what waits for
//! the store, in `publish.rs` what goes to the board.

mod publish;

use std::collections::HashMap;
use std::sync::Arc;

use parallax::candle::{Candle, Interval, Series, Source};
use parallax::catalogue::Catalogue;
use parallax::connection::ConnectionReport;
use parallax::event::{MarketEvent, MarketUpdate, Ticker, Trade};
use parallax::fact::QueryUsage;
use parallax::index::IndexPrice;
use parallax::market::MarketKey;
use parallax::stream::{Changes, MarketState};
use parallax::time::{Moment, Monotonic, Timestamp};
use parallax::token::TokenId;
use parallax::venue::VenueId;
use parallax_board::Board;
use parallax_pricing::Engine;
use parallax_pricing::candles::CandleBuilder;
use parallax_store::StoredQuote;

use crate::WorkerConfig;
use crate::backfill::Listings;
use crate::by_hand::ByHand;
use crate::duplicates::Duplicates;
use crate::history::History;
use crate::last_known::LastKnown;
use crate::latency::Latency;
use crate::markets::Markets;
use crate::pending::{Pending, Rows};
use crate::polled::Polled;

/// The state between the exchanges and the board.
pub struct Pipeline {
    engine: Engine,
    board: Arc<Board>,
    history: History,
    candles: CandleBuilder,
    polled: Polled,
    duplicates: Duplicates,
    /// The markets of chains: a price without a book, and no 24-hour figures.
    spot_markets: HashMap<(VenueId, TokenId), MarketKey>,
    markets: Markets,
    listings: Listings,
    latency: Latency,
    pub(crate) pending: Pending,
    /// What was published of each token last.
    published: HashMap<TokenId, (Arc<IndexPrice>, Changes)>,
    /// What is published in place of computed prices.
    by_hand: ByHand,
    /// Volumes of a day that polled candles add up to, until the next tick.
    volumes: Vec<(MarketKey, Ticker)>,
    /// The receipt of the oldest update that is not published yet.
    oldest_unpublished: Option<Monotonic>,
    /// Reused between calls.
    repriced: Vec<Arc<IndexPrice>>,
}

impl Pipeline {
    /// A pipeline without markets.
    #[must_use]
    pub fn new(config: &WorkerConfig, engine: Engine, board: Arc<Board>) -> Self {
        Self {
            engine,
            board,
            history: History::default(),
            candles: CandleBuilder::new(config.late_within),
            polled: Polled::default(),
            duplicates: Duplicates::default(),
            spot_markets: HashMap::new(),
            markets: Markets::default(),
            listings: Listings::default(),
            latency: Latency::default(),
            pending: Pending::new(config.price_every, config.max_pending_candles),
            published: HashMap::new(),
            by_hand: ByHand::default(),
            volumes: Vec::new(),
            oldest_unpublished: None,
            repriced: Vec::new(),
        }
    }

    /// Shows the last known prices at once, marked with their age.
    pub fn restore(&mut self, last: LastKnown, now: Moment) {
        for candle in last.candles {
            let Series {
                token,
                source,
                interval,
            } = &candle.series;
            if *source == Source::Index {
                self.history.push(token, *interval, &candle.bar, now.utc);
                self.candles.resume(&candle, now.utc);
            } else {
                self.polled.resume(&candle.series, candle.bar);
            }
        }
        for StoredQuote {
            listing,
            quote,
            received_at,
        } in last.quotes
        {
            self.markets.restore(MarketState {
                quote: Some(quote),
                quote_at: Some(received_at),
                stalled: true,
                ..MarketState::new(listing)
            });
        }
        for price in last.prices {
            // What was set by hand is no measure for what is computed.
            self.engine.restore(price.computed());
        }
        self.tick(now);
    }

    /// Takes in one event. Nothing is published before [`Pipeline::publish`].
    pub fn handle(&mut self, event: MarketEvent) {
        match event {
            MarketEvent::Listed {
                key,
                listing,
                max_quote_age,
            } => {
                self.engine.list(key, &listing, max_quote_age);
                self.markets.list(key, Arc::clone(&listing));
                self.listings.add(Arc::clone(&listing));
                self.pending.listing(listing);
            }
            MarketEvent::Update {
                key,
                received_at,
                venue_time,
                update,
            } => self.update(key, received_at, venue_time, &update),
            MarketEvent::Stalled { key, at } => {
                self.engine.withdraw(key, at);
                self.markets.stall(key);
            }
            MarketEvent::Unlisted { key } => {
                self.engine.unlist(key);
                self.spot_markets.retain(|_, known| *known != key);
                if let Some(listing) = self.markets.forget(key) {
                    self.listings.remove(&listing);
                }
            }
            MarketEvent::Unknown(codes) => self.board.put_unknown(codes),
            MarketEvent::Facts(facts) => self.pending.facts(&facts),
            MarketEvent::Candles(candles) => {
                for candle in candles.iter() {
                    self.polled(candle.clone());
                }
            }
            MarketEvent::Connection(report) => self.connection(report),
        }
    }

    /// Takes another catalogue: its tokens are priced from now on, those that it does not have no longer, and
    /// readers are told. Must come before the events of markets that are listed by it.
    pub fn learn(&mut self, catalogue: &Catalogue, now: Timestamp) {
        let gone = self.engine.learn(catalogue.tokens());
        for token in &gone {
            self.published.remove(token);
            self.candles.lose(token, now);
        }
        self.board.publish_catalogue(catalogue.revision(), &gone);
    }

    fn connection(&mut self, report: Arc<ConnectionReport>) {
        if let Some(budget) = &report.budget {
            self.pending.usage(QueryUsage {
                venue: report.venue.clone(),
                month: budget.month,
                used: budget.used,
            });
        }
        self.board.publish_connection(report);
    }

    /// Takes a candle that a venue reports itself. Its volume of a day is the venue's weight.
    fn polled(&mut self, candle: Candle) {
        let Some(candle) = self.polled.take(candle) else {
            return;
        };
        self.weigh(&candle.series, candle.bar.open_time);
        self.pending.candle(candle);
    }

    /// Takes the volume of the day before and of the bar at `last` as the 24-hour volume of a market
    /// whose venue reports none otherwise.
    fn weigh(&mut self, series: &Series, last: Timestamp) {
        if let Source::Venue(venue) = &series.source
            && let Some(&key) = self
                .spot_markets
                .get(&(venue.clone(), series.token.clone()))
        {
            let since = last.minus(Interval::Day.duration());
            let ticker = Ticker {
                quote_volume_24h: self.polled.volume_since(series, since),
                ..Ticker::default()
            };
            self.volumes.push((key, ticker));
        }
    }

    /// Takes candles that were made of the venues' history. What belongs to the bars at hand completes
    /// them; the rest goes to the store.
    pub fn repair(&mut self, candles: Vec<Candle>, now: Timestamp) {
        self.candles.advance(now);
        let mut newest: HashMap<Series, Timestamp> = HashMap::new();
        for candle in candles {
            let series = &candle.series;
            if series.source != Source::Index {
                if series.interval == Interval::Hour {
                    self.polled.resume(series, candle.bar.clone());
                    let last = newest.entry(series.clone()).or_default();
                    *last = candle.bar.open_time.max(*last);
                }
                self.pending.candle(candle);
                continue;
            }
            self.history
                .push(&series.token, series.interval, &candle.bar, now);
            if !self.candles.repair(&candle) {
                self.pending.candle(candle);
            }
        }
        for (series, last) in newest {
            self.weigh(&series, last);
        }
    }

    fn update(
        &mut self,
        key: MarketKey,
        received_at: Moment,
        venue_time: Option<Timestamp>,
        update: &MarketUpdate,
    ) {
        let Some(listing) = self
            .markets
            .update(key, update, venue_time, received_at.utc)
        else {
            tracing::error!(
                market.key = key.0,
                "an update came before its market was listed"
            );
            return;
        };
        match update {
            MarketUpdate::Quote(quote) => {
                self.pending.quote(key, listing, *quote, received_at.utc);
                self.engine.quote(key, *quote, received_at);
                self.oldest_unpublished.get_or_insert(received_at.monotonic);
            }
            MarketUpdate::Ticker(ticker) => self.engine.ticker(key, ticker, received_at),
            MarketUpdate::Trade(trade) => self.trade(key, trade, venue_time, received_at.utc),
            MarketUpdate::Spot(price) => {
                if let Some(token) = listing.market.base.token() {
                    let market = (listing.venue.clone(), token.clone());
                    self.spot_markets.insert(market, key);
                }
                let observed_at = venue_time.unwrap_or(received_at.utc);
                self.engine.spot(key, *price, observed_at, received_at);
                self.oldest_unpublished.get_or_insert(received_at.monotonic);
            }
        }
    }

    fn trade(
        &mut self,
        key: MarketKey,
        trade: &Trade,
        venue_time: Option<Timestamp>,
        received_at: Timestamp,
    ) {
        if !self.duplicates.is_new(key, trade.id) {
            return;
        }
        // Without a rate there is no value in USD: the trade is not counted rather than counted as 0.
        if let Some((token, value)) = self.engine.value(key, trade) {
            let made_at = venue_time.unwrap_or(received_at);
            self.candles.trade(token, made_at, received_at, value);
        }
    }

    /// The rows due for the store.
    pub(crate) fn take_rows(&mut self, now: Moment, all: bool) -> Rows {
        self.gather(now, all);
        self.pending.take(now, all)
    }

    /// Moves what changed of the candles to what waits for the store.
    pub(crate) fn gather(&mut self, now: Moment, all: bool) {
        let changed = self.candles.take_changed(now.utc, all);
        self.board.put_bars(&changed);
        for candle in changed {
            let Series {
                token, interval, ..
            } = &candle.series;
            self.history.push(token, *interval, &candle.bar, now.utc);
            self.pending.candle(candle);
        }
    }

    /// The markets that were listed so far.
    #[must_use]
    pub fn listings(&self) -> Listings {
        self.listings.clone()
    }

    pub(crate) fn board(&self) -> &Board {
        &self.board
    }
}
