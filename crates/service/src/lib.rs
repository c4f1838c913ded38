//! The use cases: what a reader can ask, answered once for the page's server functions and for the API.
//!
//! Everything live comes from the board, in memory; only history (`history.rs`, `reading.rs`) comes from the store, and
//! an unreachable store costs the history and nothing else. No question here ever reaches an exchange.

pub mod accounts;
pub mod backfill;
mod browse;
mod candles;
pub mod chart;
mod coins;
mod compare;
pub mod csv;
mod currencies;
mod day;
mod draw;
mod error;
mod exchanges;
mod follow;
mod history;
mod inverse;
pub mod keys;
mod listing;
mod lookup;
mod markets;
mod mean;
pub mod overrides;
mod past;
mod picture;
mod rates;
mod reading;
mod table;
pub mod tokens;
pub mod venues;
mod view;
mod vs;
pub mod when;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use parallax::candle::Bar;
use parallax::catalogue::Catalogue;
use parallax::connection::{ConnectionReport, ConnectionState};
use parallax::event::UnknownCodes;
use parallax::index::{IndexPrice, Status};
use parallax::stream::{Changes, MarketState, PriceSummary};
use parallax::time::{Clock, Moment, Timestamp};
use parallax::token::{Token, TokenId};
use parallax::venue::{Venue, VenueId, VenueProfile};
use parallax::view::{About, StatusView, StoreReport, TokenView};
use parallax_board::Board;
use parallax_store::Store;
use tokio::sync::watch;

pub use browse::Stretch;
pub use candles::{CandlePage, CandlesQuery, Cursor, CursorError, DEFAULT_LIMIT, MAX_LIMIT};
pub use chart::{Chart, ChartQuery, Fill};
pub use compare::{Compared, Comparison};
pub use day::DayFigures;
pub use draw::{Look, png};
pub use error::{Candidate, ServiceError};
pub use exchanges::{Exchange, ExchangeState, Pair};
pub use follow::MovingBars;
pub use history::PriceThen;
pub use listing::{ListCursor, ListQuery, MAX_ROWS, TokenList};
pub use lookup::find as find_token;
pub use markets::{MarketsQuery, PricedMarket};
pub use parallax_board::{
    Batch, Detail, Event, Fields, Filter, PublishedPrice, Subscription, Trend,
};
pub use parallax_charts::Palette;
pub use parallax_store::{DatabaseSize, StoreError, StoredQuote, TableSize};
pub use past::PastPoint;
pub use picture::{MAX_BARS, Picture, PictureQuery};
pub use rates::{Rate, RatesQuery};
pub use vs::Vs;

/// Whether the program can do its work, and what is missing.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Readiness {
    /// All checks hold.
    pub ready: bool,
    /// At least one exchange is connected and delivers.
    pub exchanges: bool,
    /// At least one token has a live price.
    pub prices: bool,
    /// The last write to the database succeeded.
    pub store: bool,
    /// Rows that wait on disk until the database takes them again.
    pub spooled_rows: u64,
    /// Bytes they take there.
    pub spool_bytes: u64,
}

/// What the composition root knows and readers want.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The program's version.
    pub version: String,
    /// The price method's version.
    pub method: u16,
    /// Whether the market is simulated.
    pub simulated: bool,
    /// When the program started.
    pub started_at: Timestamp,
    /// The exchanges that are configured.
    pub venues: Vec<Venue>,
    /// What each of them delivers.
    pub profiles: HashMap<VenueId, VenueProfile>,
    /// The database's name for people, until the first report of the writer.
    pub store_backend: String,
    /// How often a token's price is stored with its constituents, unless its status changes.
    pub price_every: Duration,
    /// How long stored prices are kept; `None` for ever.
    pub price_retention: Option<Duration>,
}

struct Inner {
    facts: Facts,
    board: Arc<Board>,
    store: Arc<dyn Store>,
    catalogue: watch::Receiver<Arc<Catalogue>>,
    clock: Arc<dyn Clock>,
    asides: moka::future::Cache<TokenId, Arc<reading::Aside>>,
    days: day::Days,
}

/// The use cases. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

impl Service {
    /// Joins the rooms. Every question is answered from the catalogue that is in force when it is asked.
    #[must_use]
    pub fn new(
        facts: Facts,
        board: Arc<Board>,
        store: Arc<dyn Store>,
        catalogue: watch::Receiver<Arc<Catalogue>>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                facts,
                board,
                store,
                catalogue,
                clock,
                asides: moka::future::Cache::builder()
                    .time_to_live(reading::ASIDE_KEPT)
                    .build(),
                days: day::Days::default(),
            }),
        }
    }

    fn now(&self) -> Timestamp {
        self.inner.clock.now().utc
    }

    fn store(&self) -> &dyn Store {
        self.inner.store.as_ref()
    }

    fn facts(&self) -> &Facts {
        &self.inner.facts
    }

    /// The catalogue in force. It does not change; ask again for each answer.
    #[must_use]
    pub fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(&self.inner.catalogue.borrow())
    }

    /// The token a reader means by an id, a contract, a symbol or a name, in any letter case. An id wins
    /// over everything else.
    ///
    /// # Errors
    /// [`ServiceError::UnknownToken`] and [`ServiceError::AmbiguousToken`], with candidates.
    pub fn find(&self, asked: &str) -> Result<Token, ServiceError> {
        lookup::find(self.catalogue().tokens(), asked).cloned()
    }

    /// The program and its sources, for every page's header and footer.
    #[must_use]
    pub fn about(&self) -> About {
        let facts = &self.inner.facts;
        let connections = self.inner.board.connections();
        let live: HashSet<_> = connections
            .iter()
            .filter(|report| report.state == ConnectionState::Live)
            .map(|report| &report.venue)
            .collect();
        About {
            version: facts.version.clone(),
            method: facts.method,
            simulated: facts.simulated,
            venues_live: u32::try_from(live.len()).unwrap_or(u32::MAX),
            venues_total: u32::try_from(facts.venues.len()).unwrap_or(u32::MAX),
        }
    }

    /// The token with exactly this id, for addresses that must have one spelling only.
    ///
    /// # Errors
    /// [`ServiceError::UnknownToken`]; for a symbol or a name it lists the tokens that carry it.
    pub fn by_id(&self, id: &str) -> Result<Token, ServiceError> {
        lookup::by_id(self.catalogue().tokens(), id).cloned()
    }

    /// One token with its explanation.
    ///
    /// # Errors
    /// Those of [`Service::find`].
    pub async fn token(&self, asked: &str) -> Result<TokenView, ServiceError> {
        Ok(self.token_and_recent(asked).await?.0)
    }

    /// The same, and the index price's one-minute candles of the last half hour, oldest first; `None` when the
    /// store cannot be read.
    ///
    /// # Errors
    /// Those of [`Service::find`].
    pub async fn token_and_recent(
        &self,
        asked: &str,
    ) -> Result<(TokenView, Option<Vec<Bar>>), ServiceError> {
        let token = self.find(asked)?;
        let aside = self.aside(&token.id).await;
        let (price, index) = match self.inner.board.price(token.id.as_str()) {
            Some(published) => (published.summary.clone(), Arc::clone(&published.index)),
            None => self.no_price_yet(&token.id),
        };
        let live = self.confirmed(&token.id).map(|live| live.price);
        let range_24h = aside.range_24h.map(|(low, high)| match live {
            Some(live) => (low.min(live), high.max(live)),
            None => (low, high),
        });
        let view = TokenView {
            about: self.about(),
            at: self.now(),
            token,
            price,
            index,
            facts: aside.facts.clone(),
            range_24h,
            currencies: self.currencies(),
        };
        Ok((view, aside.recent.clone()))
    }

    fn live_index(&self, token: &TokenId) -> Option<Arc<IndexPrice>> {
        let published = self.inner.board.price(token.as_str())?;
        Some(Arc::clone(&published.index))
    }

    /// A token of the catalogue that no exchange has listed so far: known, without a number.
    fn no_price_yet(&self, token: &TokenId) -> (PriceSummary, Arc<IndexPrice>) {
        let index = IndexPrice {
            token: token.clone(),
            price: None,
            confidence: None,
            status: Status::NoQuorum,
            as_of: None,
            computed_at: self.now(),
            method: self.inner.facts.method,
            sources: 0,
            sources_known: 0,
            volume_24h_usd: None,
            constituents: Vec::new(),
            by_hand: None,
        };
        let seq = self.inner.board.seq();
        (
            PriceSummary::new(seq, &index, Changes::default()),
            Arc::new(index),
        )
    }

    /// The state of everything.
    #[must_use]
    pub fn status(&self) -> StatusView {
        let board = &self.inner.board;
        StatusView {
            about: self.about(),
            at: self.now(),
            started_at: self.inner.facts.started_at,
            connections: board
                .connections()
                .iter()
                .map(|report| ConnectionReport::clone(report))
                .collect(),
            store: board.store().unwrap_or_else(|| self.untouched_store()),
            backfill: board.backfill(),
            late: board.late(),
            stream_clients: board.clients(),
            tick_to_publish_us: board.tick_to_publish_us(),
        }
    }

    /// Before the first write: opened, migrated and so far healthy.
    fn untouched_store(&self) -> StoreReport {
        StoreReport {
            backend: self.inner.facts.store_backend.clone(),
            healthy: true,
            last_write_at: None,
            pending_rows: 0,
            dropped_rows: 0,
            spooled_rows: 0,
            spool_bytes: 0,
            spool_limit_bytes: 0,
            last_error: None,
        }
    }

    /// The configured exchanges.
    #[must_use]
    pub fn venues(&self) -> &[Venue] {
        &self.inner.facts.venues
    }

    /// Every watched market's last state in its own quote currency, by exchange and pair.
    ///
    /// # Errors
    /// [`ServiceError::UnknownVenue`] when `venue` is not a configured exchange.
    pub fn markets(&self, venue: Option<&str>) -> Result<Vec<MarketState>, ServiceError> {
        if let Some(id) =
            venue.filter(|id| !self.venues().iter().any(|venue| venue.id.as_str() == *id))
        {
            return Err(ServiceError::UnknownVenue {
                id: error::cut(id),
                known: self
                    .venues()
                    .iter()
                    .map(|venue| venue.id.to_string())
                    .collect(),
            });
        }
        let markets = self.inner.board.markets();
        let wanted =
            |market: &&MarketState| venue.is_none_or(|id| market.listing.venue.as_str() == id);
        let mut markets: Vec<_> = markets.iter().filter(wanted).cloned().collect();
        let order = |market: &MarketState| -> (VenueId, Arc<str>) {
            (
                market.listing.venue.clone(),
                Arc::clone(&market.listing.symbol),
            )
        };
        markets.sort_by_cached_key(order);
        Ok(markets)
    }

    /// Turns ids into a filter for [`Service::subscribe`].
    ///
    /// # Errors
    /// [`ServiceError::UnknownToken`] for the first id that is none.
    pub fn filter<'a>(
        &self,
        ids: impl IntoIterator<Item = &'a str>,
    ) -> Result<Filter, ServiceError> {
        let tokens: Result<HashSet<_>, _> = ids
            .into_iter()
            .map(|id| self.by_id(id).map(|token| token.id))
            .collect();
        Ok(Filter::Tokens(Arc::new(tokens?)))
    }

    /// Follows the publications after number `after`, or from now on.
    #[must_use]
    pub fn subscribe(&self, after: Option<u64>, filter: Filter) -> Subscription {
        self.inner.board.subscribe(after, filter)
    }

    /// The prices of a snapshot in rank order, so that a stream begins like the table.
    #[must_use]
    pub fn in_rank_order(&self, mut prices: Vec<Arc<PublishedPrice>>) -> Vec<Arc<PublishedPrice>> {
        let catalogue = self.catalogue();
        let rank = |summary: &PriceSummary| {
            catalogue
                .get(summary.token.as_str())
                .map_or(u32::MAX, |token| token.rank)
        };
        prices.sort_by_key(|price| rank(&price.summary));
        prices
    }

    /// The present moment, for stamps in answers.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.now()
    }

    /// The present moment on both clocks, for whatever is kept for a while.
    #[must_use]
    pub fn moment(&self) -> Moment {
        self.inner.clock.now()
    }

    /// The number of a token's last publication; 0 before the first.
    #[must_use]
    pub fn published_number(&self, token: &TokenId) -> u64 {
        let published = self.inner.board.price(token.as_str());
        published.map_or(0, |published| published.summary.seq)
    }

    /// What each exchange lists that the catalogue does not know, as of when it was last asked for its markets.
    #[must_use]
    pub fn unknown_codes(&self) -> Vec<Arc<UnknownCodes>> {
        self.inner.board.unknown()
    }

    /// Open streams.
    #[must_use]
    pub fn stream_clients(&self) -> u64 {
        self.inner.board.clients()
    }

    /// Whether requests should be sent here.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        let exchanges = self.about().venues_live > 0;
        let (_, published) = self.inner.board.prices();
        let prices = published
            .iter()
            .any(|price| matches!(price.summary.status, Status::Live | Status::Thin));
        let report = self.inner.board.store();
        let report = report.unwrap_or_else(|| self.untouched_store());
        Readiness {
            ready: exchanges && prices && report.healthy,
            exchanges,
            prices,
            store: report.healthy,
            spooled_rows: report.spooled_rows,
            spool_bytes: report.spool_bytes,
        }
    }
}
