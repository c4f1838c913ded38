//! A service over a real board and an empty SQLite store, with a clock that stands still.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test file uses a part of it"
)]

pub(crate) mod described;
pub(crate) mod keys;
pub(crate) mod markets;
pub(crate) mod pictures;
pub(crate) mod sockets;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::extract::ConnectInfo;
use axum::http::{Request, Response, StatusCode, header};
use futures::StreamExt;
use parallax::candle::{Bar, Candle, CandleKind, Interval, Series};
use parallax::catalogue::{Catalogue, EMBEDDED, Entry};
use parallax::index::{IndexPrice, Status};
use parallax::stream::Changes;
use parallax::time::{Clock, Moment, Timestamp};
use parallax::venue::{Delivery, Venue, VenueProfile};
use parallax_api::{
    Access, AccessConfig, Allotment, AtOnce, KeyPolicy, SocketLimits, StreamLimits, router,
};
use parallax_board::{Board, Publication};
use parallax_service::keys::Keys;
use parallax_service::{Facts, Service};
use parallax_store::Store;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tower_http::compression::CompressionLayer;

/// Stands still unless it is moved.
#[derive(Default)]
pub(crate) struct StandingClock(Mutex<Moment>);

impl StandingClock {
    pub(crate) fn at(utc: Timestamp) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Moment {
            utc,
            ..Moment::default()
        })))
    }

    pub(crate) fn advance(&self, by: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = now.plus(by);
    }
}

impl Clock for StandingClock {
    fn now(&self) -> Moment {
        *self.0.lock().unwrap()
    }
}

pub(crate) struct House {
    pub(crate) board: Arc<Board>,
    pub(crate) clock: Arc<StandingClock>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) router: Router,
    catalogue: watch::Sender<Arc<Catalogue>>,
    service: Service,
    limits: StreamLimits,
    pub(crate) keys: Keys,
    pub(crate) shutdown: CancellationToken,
}

pub(crate) async fn house() -> House {
    house_with(8, 100).await
}

pub(crate) async fn house_with(replay: usize, max_clients: u64) -> House {
    build(
        EMBEDDED,
        1_700_000_000,
        replay,
        max_clients,
        &["kraken"],
        access(),
    )
    .await
}

/// With the shipped catalogue, at a moment.
pub(crate) async fn house_at(unix_s: i64) -> House {
    build(EMBEDDED, unix_s, 8, 100, &["kraken"], access()).await
}

/// With a catalogue of its own.
pub(crate) async fn house_of(catalogue: &str) -> House {
    build(catalogue, 1_700_000_000, 8, 100, &["kraken"], access()).await
}

/// With these exchanges configured.
pub(crate) async fn house_of_venues(venues: &[&str]) -> House {
    build(EMBEDDED, 1_700_000_000, 8, 100, venues, access()).await
}

/// With rules of its own for who may ask.
pub(crate) async fn house_for(access: AccessConfig) -> House {
    build(EMBEDDED, 1_700_000_000, 8, 100, &["kraken"], access).await
}

/// The default rules: this machine itself, where tests ask from, is not limited.
pub(crate) fn access() -> AccessConfig {
    let allotment = |requests_per_minute: u32, burst: u32, streams| Allotment {
        requests_per_minute: requests_per_minute.try_into().unwrap(),
        burst: burst.try_into().unwrap(),
        streams,
    };
    AccessConfig {
        keys: KeyPolicy::Optional,
        trusted_proxies: Vec::new(),
        limit_loopback: false,
        anonymous: allotment(300, 60, 20),
        key: allotment(6_000, 600, 1_000),
    }
}

async fn build(
    catalogue: &str,
    unix_s: i64,
    replay: usize,
    max_clients: u64,
    venues: &[&str],
    access: AccessConfig,
) -> House {
    let utc = Timestamp::from_unix_s(unix_s).unwrap();
    let board = Board::new(replay);
    let store = parallax_store::open(&"sqlite::memory:".parse().unwrap())
        .await
        .unwrap();
    let catalogue: Catalogue = toml::from_str(catalogue).unwrap();
    store.save_tokens(catalogue.tokens()).await.unwrap();
    let venue = |id: &&str| Venue {
        id: id.parse().unwrap(),
        name: id.to_uppercase(),
        website: format!("https://{id}.example"),
    };
    let venues: Vec<Venue> = venues.iter().map(venue).collect();
    let profile = VenueProfile {
        docs_url: "https://docs.example".to_owned(),
        delivery: Delivery::Stream,
        quote_sizes: true,
        trades: true,
        tickers: true,
        candle_intervals: vec![Interval::Hour, Interval::Day],
        max_quote_age_ms: 60_000,
    };
    let facts = Facts {
        version: "0.0.0".to_owned(),
        method: 1,
        simulated: true,
        started_at: utc,
        profiles: venues
            .iter()
            .map(|venue| (venue.id.clone(), profile.clone()))
            .collect(),
        venues,
        store_backend: "SQLite".to_owned(),
        price_every: Duration::from_secs(30),
        price_retention: Some(Duration::from_secs(24 * 3_600)),
    };
    let clock = StandingClock::at(utc);
    let keys = Keys::new(Arc::clone(&store), Arc::<StandingClock>::clone(&clock));
    keys.read().await;
    let (catalogue, in_force) = watch::channel(Arc::new(catalogue));
    let service = Service::new(
        facts,
        Arc::clone(&board),
        Arc::clone(&store),
        in_force,
        Arc::<StandingClock>::clone(&clock),
    );
    let shutdown = CancellationToken::new();
    let limits = StreamLimits {
        max_clients,
        heartbeat: Duration::from_secs(5),
        retry: Duration::from_secs(2),
        shutdown: shutdown.clone(),
        socket: Arc::default(),
    };
    let routed = service.clone();
    House {
        board,
        clock,
        store,
        catalogue,
        router: router(routed, limits.clone(), Access::new(access, keys.clone())),
        service,
        limits,
        keys,
        shutdown,
    }
}

impl House {
    pub(crate) fn publish(&self, token: &str, price: &str) {
        self.board.publish([Publication {
            index: Arc::new(index(token, price, 1_700_000_000)),
            changes: Changes::default(),
        }]);
    }

    /// Puts another catalogue into force, in which a token has another name.
    pub(crate) fn rename(&self, token: &str, name: &str) {
        let before = Arc::clone(&self.catalogue.borrow());
        let entry = Entry {
            name: name.to_owned(),
            ..before.entry(token).unwrap().clone()
        };
        let after = before.amended([&entry]).unwrap();
        let after = after.numbered(before.revision() + 1);
        self.catalogue.send_replace(Arc::new(after));
    }

    /// Puts a token's minute of the index on the board.
    pub(crate) fn put_minute(&self, token: &str, open_s: i64, ohlc: [&str; 4]) {
        self.board.put_bars(&[Candle {
            series: Series::index(token.parse().unwrap(), Interval::Minute),
            bar: bar(Interval::Minute, open_s, ohlc),
        }]);
    }

    /// Stores flat candles of `price`, one for each open time.
    pub(crate) async fn store_candles(
        &self,
        source: &str,
        interval: Interval,
        bars: &[(i64, &str)],
    ) {
        let series = Series {
            token: "bitcoin".parse().unwrap(),
            source: source.parse().unwrap(),
            interval,
        };
        let candle = |&(open_s, price): &(i64, &str)| Candle {
            series: series.clone(),
            bar: bar(interval, open_s, [price; 4]),
        };
        let candles: Vec<_> = bars.iter().map(candle).collect();
        self.store.save_candles(&candles).await.unwrap();
    }

    /// The same house behind another door.
    pub(crate) fn router_with(&self, access: AccessConfig, keys: Keys) -> Router {
        let access = Access::new(access, keys);
        router(self.service.clone(), self.limits.clone(), access)
    }

    /// The same house, whose answers are given at once where they may be.
    pub(crate) fn at_once(&self, access: AccessConfig) -> AtOnce {
        let access = Access::new(access, self.keys.clone());
        let routes = router(self.service.clone(), self.limits.clone(), access.clone());
        AtOnce::around(
            routes.layer(CompressionLayer::new()),
            self.service.clone(),
            access,
        )
    }

    /// The same with a layer of the test's own within.
    pub(crate) fn at_once_through(
        &self,
        layer: impl Fn(axum::response::Response) -> axum::response::Response
        + Clone
        + Send
        + Sync
        + 'static,
    ) -> AtOnce {
        let access = Access::new(access(), self.keys.clone());
        let routes = router(self.service.clone(), self.limits.clone(), access.clone());
        let layer = axum::middleware::map_response(move |response| {
            let response = layer(response);
            async { response }
        });
        AtOnce::around(routes.layer(layer), self.service.clone(), access)
    }

    /// The same house with other limits for WebSockets.
    pub(crate) fn router_of_sockets(&self, socket: SocketLimits) -> Router {
        let limits = StreamLimits {
            socket: Arc::new(socket),
            ..self.limits.clone()
        };
        let access = Access::new(access(), self.keys.clone());
        router(self.service.clone(), limits, access)
    }

    pub(crate) async fn get(&self, path: &str) -> Response<Body> {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    /// Sends a request from this machine, unless it says from where it comes.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Response<Body> {
        let here = SocketAddr::from(([127, 0, 0, 1], 9));
        request
            .extensions_mut()
            .get_or_insert_with(|| ConnectInfo(here));
        self.router.clone().oneshot(request).await.unwrap()
    }
}

/// A live price computed at a moment.
pub(crate) fn index(token: &str, price: &str, unix_s: i64) -> IndexPrice {
    let at = Timestamp::from_unix_s(unix_s).unwrap();
    IndexPrice {
        token: token.parse().unwrap(),
        price: Some(price.parse().unwrap()),
        confidence: Some("0.5".parse().unwrap()),
        status: Status::Live,
        as_of: Some(at),
        computed_at: at,
        method: 1,
        sources: 3,
        sources_known: 3,
        volume_24h_usd: None,
        constituents: Vec::new(),
        by_hand: None,
    }
}

/// A whole candle with these open, high, low and close.
pub(crate) fn bar(interval: Interval, open_s: i64, [open, high, low, close]: [&str; 4]) -> Bar {
    Bar {
        open_time: Timestamp::from_unix_s(open_s).unwrap(),
        open: open.parse().unwrap(),
        high: high.parse().unwrap(),
        low: low.parse().unwrap(),
        close: close.parse().unwrap(),
        confidence: None,
        volume_usd: "12.5".parse().unwrap(),
        trades: Some(3),
        sources: 2,
        minutes: interval.minutes(),
        kind: CandleKind::Traded,
        revision: 0,
    }
}

pub(crate) async fn text(response: Response<Body>) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub(crate) async fn json(response: Response<Body>) -> serde_json::Value {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// Holds that who has an answer's strong tag gets a 304 with it and without a body.
pub(crate) async fn not_modified(house: &House, path: &str) {
    let first = house.get(path).await;
    assert_eq!(first.status(), StatusCode::OK, "{path}");
    let tag = first.headers().get(header::ETAG).unwrap().clone();
    assert!(tag.to_str().unwrap().starts_with('"'), "{path}: {tag:?}");
    let request = Request::get(path).header(header::IF_NONE_MATCH, &tag);
    let again = house.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path}");
    for name in [header::ETAG, header::CACHE_CONTROL] {
        assert_eq!(again.headers().get(&name), first.headers().get(&name));
    }
    assert_eq!(text(again).await, "", "{path}");
}

/// Reads server-sent events from a body.
pub(crate) struct Events {
    body: BodyDataStream,
    text: String,
}

impl Events {
    pub(crate) fn of(response: Response<Body>) -> Self {
        Self {
            body: response.into_body().into_data_stream(),
            text: String::new(),
        }
    }

    /// The next block of lines; `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(block);
            }
            let bytes = self.body.next().await?.unwrap();
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }
}
