//! The state and its transitions, without a task, a channel or a clock of its own.

use std::sync::Arc;

use parallax::candle::{Candle, Interval};
use parallax::event::{MarketEvent, MarketUpdate};
use parallax::index::{IndexPrice, Status};
use parallax::market::MarketKey;
use parallax::stream::MarketState;
use parallax::time::{Moment, Monotonic, Timestamp};
use parallax_board::{Board, Publication};
use parallax_pricing::Engine;
use parallax_store::{Store, StoreError, StoredQuote};

use crate::WorkerConfig;
use crate::candles::Candles;
use crate::history::History;
use crate::latency::Latency;
use crate::markets::Markets;
use crate::pending::{Pending, Rows};

/// What an earlier run of the program left in the store.
#[derive(Debug, Default)]
pub struct LastKnown {
    prices: Vec<IndexPrice>,
    quotes: Vec<StoredQuote>,
    candles: Vec<Candle>,
}

impl LastKnown {
    /// Reads the last prices, the last quotes and a day of candles.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn load(store: &dyn Store, now: Timestamp) -> Result<Self, StoreError> {
        let prices = store.latest_prices().await?;
        let quotes = store.latest_quotes().await?;
        let until = now.plus(Interval::Minute.duration());
        let mut candles = Vec::new();
        for price in &prices {
            let from = now.minus(History::KEPT);
            candles.extend(
                store
                    .candles(&price.token, Interval::Minute, from, until, 2_000)
                    .await?,
            );
        }
        Ok(Self {
            prices,
            quotes,
            candles,
        })
    }
}

/// The state between the exchanges and the board.
pub struct Pipeline {
    engine: Engine,
    board: Arc<Board>,
    history: History,
    candles: Candles,
    markets: Markets,
    latency: Latency,
    pub(crate) pending: Pending,
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
            candles: Candles::default(),
            markets: Markets::default(),
            latency: Latency::default(),
            pending: Pending::new(config.price_every, config.max_pending_candles),
            oldest_unpublished: None,
            repriced: Vec::new(),
        }
    }

    /// Shows the last known prices at once, marked with their age.
    pub fn restore(&mut self, last: LastKnown, now: Moment) {
        for candle in last.candles {
            let ends = candle.open_time.plus(candle.interval.duration());
            if ends > now.utc {
                self.candles.resume(candle);
            } else {
                self.history.push(&candle);
            }
        }
        for StoredQuote {
            listing,
            quote,
            received_at,
        } in last.quotes
        {
            self.markets.restore(MarketState {
                listing,
                quote: Some(quote),
                quote_at: Some(received_at),
                trade: None,
                trade_at: None,
                ticker: None,
                stalled: true,
            });
        }
        for price in last.prices {
            self.engine.restore(price);
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
                self.pending.listing(listing);
            }
            MarketEvent::Update {
                key,
                received_at,
                update,
                ..
            } => self.update(key, received_at, &update),
            MarketEvent::Stalled { key, at } => {
                self.engine.withdraw(key, at);
                self.markets.stall(key);
            }
            MarketEvent::Connection(report) => self.board.publish_connection(report),
        }
    }

    fn update(&mut self, key: MarketKey, received_at: Moment, update: &MarketUpdate) {
        let Some(listing) = self.markets.update(key, update, received_at.utc) else {
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
            MarketUpdate::Trade(_) => {}
        }
    }

    /// Publishes what the events since the last call changed. `now` is read after the events and
    /// before the computation; `clock` again after it, to time the way.
    pub fn publish(&mut self, now: Moment, clock: impl FnOnce() -> Monotonic) {
        let mut repriced = std::mem::take(&mut self.repriced);
        self.engine.reprice(now, &mut repriced);
        let published = !repriced.is_empty();
        self.put_up(&mut repriced, now);
        self.repriced = repriced;
        if let Some(received) = self.oldest_unpublished.take().filter(|_| published) {
            self.latency.note(clock().since(received));
        }
    }

    /// Lets time pass: ages, statuses, and once in a while the figures that are not on the stream.
    pub fn tick(&mut self, now: Moment) {
        let mut repriced = std::mem::take(&mut self.repriced);
        self.engine.tick(now, &mut repriced);
        self.put_up(&mut repriced, now);
        self.repriced = repriced;
    }

    /// Refreshes what readers may see a second late.
    pub fn refresh(&mut self) {
        if let Some(markets) = self.markets.take_changed() {
            self.board.set_markets(markets);
        }
        if let Some(median_us) = self.latency.median_us() {
            self.board.set_tick_to_publish_us(median_us);
        }
    }

    fn put_up(&mut self, repriced: &mut Vec<Arc<IndexPrice>>, now: Moment) {
        if repriced.is_empty() {
            return;
        }
        let publications: Vec<_> = repriced
            .drain(..)
            .map(|index| self.publication(index, now))
            .collect();
        self.board.publish(publications);
    }

    fn publication(&mut self, index: Arc<IndexPrice>, now: Moment) -> Publication {
        let mut changes = [None, None];
        if let Some(price) = index.price {
            // A price that nothing confirms makes no candle: its minute stays empty, not flat.
            if matches!(index.status, Status::Live | Status::Thin)
                && let Some(closed) = self
                    .candles
                    .add(&index.token, now.utc, price, index.sources)
            {
                self.history.push(&closed);
                self.pending.candle(closed);
            }
            changes = self.history.changes(&index.token, now.utc, price);
            self.pending.price(&index);
        }
        let [change_1h_pct, change_24h_pct] = changes;
        Publication {
            index,
            change_1h_pct,
            change_24h_pct,
        }
    }

    /// The rows due for the store.
    pub(crate) fn take_rows(&mut self, now: Moment, all: bool) -> Rows {
        for candle in self.candles.take_dirty() {
            self.pending.candle(candle);
        }
        self.pending.take(now, all)
    }

    pub(crate) fn board(&self) -> &Board {
        &self.board
    }
}
