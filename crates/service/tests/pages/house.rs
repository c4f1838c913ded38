//! A service over a board and a store of its own, at a standing clock.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parallax::candle::{Bar, Candle, CandleKind, Interval, Series};
use parallax::catalogue::{Catalogue, EMBEDDED};
use parallax::index::{IndexPrice, Status};
use parallax::stream::Changes;
use parallax::table::TableQuery;
use parallax::time::{Clock, Moment, Timestamp};
use parallax::view::TablePage;
use parallax_board::{Board, Publication};
use parallax_service::{Facts, Service};
use parallax_store::Store;

/// 2023-11-14T22:13:20Z.
pub(crate) const NOW: i64 = 1_700_000_000;
/// The hour that is running then.
pub(crate) const HOUR: i64 = 1_699_999_200;

struct StandingClock;

impl Clock for StandingClock {
    fn now(&self) -> Moment {
        Moment {
            utc: at(NOW),
            ..Moment::default()
        }
    }
}

pub(crate) struct House {
    pub(crate) board: Arc<Board>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) service: Service,
}

pub(crate) async fn house() -> House {
    house_of(EMBEDDED).await
}

pub(crate) async fn house_of(catalogue: &str) -> House {
    let board = Board::new(8);
    let store = parallax_store::open(&"sqlite::memory:".parse().unwrap())
        .await
        .unwrap();
    let catalogue: Catalogue = toml::from_str(catalogue).unwrap();
    store.save_tokens(catalogue.tokens()).await.unwrap();
    let facts = Facts {
        version: "0.0.0".to_owned(),
        method: 1,
        simulated: true,
        started_at: at(NOW),
        venues: Vec::new(),
        profiles: HashMap::new(),
        store_backend: "SQLite".to_owned(),
        price_every: Duration::from_secs(30),
        price_retention: None,
    };
    let service = Service::new(
        facts,
        Arc::clone(&board),
        Arc::clone(&store),
        tokio::sync::watch::channel(Arc::new(catalogue)).1,
        Arc::new(StandingClock),
    );
    House {
        board,
        store,
        service,
    }
}

pub(crate) fn at(unix_s: i64) -> Timestamp {
    Timestamp::from_unix_s(unix_s).unwrap()
}

impl House {
    /// Publishes a price, or that there is none, confirmed `age_s` ago.
    pub(crate) fn publish(&self, token: &str, price: Option<&str>, age_s: i64) {
        let status = price.map_or(Status::NoQuorum, |_| Status::Live);
        self.publish_as(token, price, age_s, status);
    }

    pub(crate) fn publish_as(&self, token: &str, price: Option<&str>, age_s: i64, status: Status) {
        let index = IndexPrice {
            token: token.parse().unwrap(),
            price: price.map(|price| price.parse().unwrap()),
            confidence: price.map(|_| "0.5".parse().unwrap()),
            status,
            as_of: price.map(|_| at(NOW - age_s)),
            computed_at: at(NOW - age_s),
            method: 1,
            sources: u32::try_from(age_s).unwrap(),
            sources_known: 9,
            volume_24h_usd: price.map(|price| price.parse().unwrap()),
            constituents: Vec::new(),
            by_hand: None,
        };
        self.board.publish([Publication {
            index: Arc::new(index),
            changes: Changes::default(),
        }]);
    }

    /// Stores one hour's bar that opens `hours` before the running one.
    pub(crate) async fn store_hour(
        &self,
        token: &str,
        hours: i64,
        [open, high, low, close]: [&str; 4],
    ) {
        let candle = Candle {
            series: Series::index(token.parse().unwrap(), Interval::Hour),
            bar: Bar {
                open_time: at(HOUR - hours * 3_600),
                open: open.parse().unwrap(),
                high: high.parse().unwrap(),
                low: low.parse().unwrap(),
                close: close.parse().unwrap(),
                confidence: None,
                volume_usd: "12".parse().unwrap(),
                trades: Some(3),
                sources: 2,
                minutes: 60,
                kind: CandleKind::Traded,
                revision: 0,
            },
        };
        self.store.save_candles(&[candle]).await.unwrap();
    }

    pub(crate) fn page(&self, change: impl FnOnce(&mut TableQuery)) -> TablePage {
        let mut query = TableQuery::default();
        change(&mut query);
        self.service.page(&query)
    }
}
