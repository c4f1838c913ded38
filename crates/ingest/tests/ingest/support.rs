//! A scripted exchange: its two servers, and a reader of what ingest makes of it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::{SinkExt, StreamExt};
use parallax::catalogue::Catalogue;
use parallax::connection::{ConnectionReport, ConnectionState};
use parallax::event::{MarketEvent, MarketUpdate};
use parallax::market::{Listing, MarketKey};
use parallax::time::{Clock, Moment, Monotonic, Timestamp};
use parallax::venue::VenueSwitch;
use parallax_ingest::{Backoff, History, IngestConfig, IngestHandle, VenueConfig};
use parallax_venues::spec::{Descriptor, Endpoints, StreamFacts};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;

#[path = "scripted.rs"]
mod scripted;

use self::scripted::{Scripted, descriptor, facts};

/// No test waits longer for anything.
const LIMIT: Duration = Duration::from_secs(15);

pub(crate) async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    match tokio::time::timeout(LIMIT, future).await {
        Ok(output) => output,
        Err(_) => panic!("waited in vain for {what}"),
    }
}

struct MachineClock(Instant);

impl Clock for MachineClock {
    fn now(&self) -> Moment {
        Moment {
            monotonic: Monotonic::from_nanos(self.0.elapsed().as_nanos().try_into().unwrap()),
            utc: Timestamp::from_system(std::time::SystemTime::now()),
        }
    }
}

/// An answer of the scripted HTTP server.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn ok(body: &str) -> Self {
        Self {
            status: 200,
            headers: String::new(),
            body: body.as_bytes().to_vec(),
        }
    }

    /// The hours of `/candles/from/until`, three of them at most.
    fn hours(path: &str) -> Self {
        let bounds = path.trim_start_matches("/candles/").split(['/', '?']);
        let bounds: Vec<i64> = bounds.filter_map(|part| part.parse().ok()).collect();
        let [from, until] = bounds[..] else {
            panic!("{path}")
        };
        let hours: Vec<String> = (0..3)
            .map(|hour| from + hour * 3_600)
            .filter(|time| *time < until)
            .map(|time| time.to_string())
            .collect();
        Self::ok(&hours.join(" "))
    }

    pub(crate) fn status(status: u16, headers: &str) -> Self {
        Self {
            status,
            headers: headers.to_owned(),
            body: Vec::new(),
        }
    }
}

/// What a test decides before it starts.
pub(crate) struct Script {
    pub(crate) descriptor: Descriptor,
    pub(crate) facts: StreamFacts,
    pub(crate) config: IngestConfig,
    pub(crate) ask: bool,
    /// `ws`, or `wss` although the server does not speak it.
    pub(crate) scheme: &'static str,
    /// Answers to discovery, in turn; the last one stays.
    pub(crate) markets: Vec<Answer>,
    /// Answers to queries for candles, in turn; then whatever was asked for.
    pub(crate) candles: Vec<Answer>,
    /// What codes mean.
    pub(crate) catalogue: watch::Receiver<Arc<Catalogue>>,
    /// The operator's switch.
    pub(crate) switch: Option<watch::Receiver<VenueSwitch>>,
}

pub(crate) fn script(markets: &str) -> Script {
    let fast = Backoff {
        initial: Duration::from_millis(5),
        max: Duration::from_millis(50),
        ..Backoff::default()
    };
    Script {
        descriptor: descriptor(),
        facts: facts(),
        config: IngestConfig {
            backoff: fast,
            ..IngestConfig::default()
        },
        ask: false,
        scheme: "ws",
        markets: vec![Answer::ok(markets)],
        candles: Vec::new(),
        catalogue: catalogue(),
        switch: None,
    }
}

/// The scripted exchange and ingest, running.
pub(crate) struct Run {
    pub(crate) listener: TcpListener,
    pub(crate) feed: Feed,
    pub(crate) handle: IngestHandle,
    pub(crate) shutdown: CancellationToken,
    /// The paths that were asked for over HTTP.
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
}

impl Script {
    pub(crate) async fn start(self) -> Run {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let http = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoints = Endpoints {
            stream: format!("{}://{}", self.scheme, listener.local_addr().unwrap()),
            rest: format!("http://{}", http.local_addr().unwrap()),
            key: None,
        };
        let asked = Arc::default();
        tokio::spawn(serve_http(
            http,
            self.markets.clone().into(),
            self.candles.clone().into(),
            format!("{}/from-token", endpoints.stream),
            Arc::clone(&asked),
        ));
        let (handle, feed, shutdown) = self.ingest(endpoints);
        Run {
            listener,
            feed,
            handle,
            shutdown,
            asked,
        }
    }

    /// Only ingest, pointed wherever the test likes.
    pub(crate) fn ingest(self, endpoints: Endpoints) -> (IngestHandle, Feed, CancellationToken) {
        let adapter = Box::leak(Box::new(Scripted {
            descriptor: Box::leak(Box::new(self.descriptor)),
            facts: Box::leak(Box::new(self.facts)),
            ask: self.ask,
        }));
        let venue = VenueConfig {
            switch: self.switch,
            ..VenueConfig::new(adapter, endpoints)
        };
        ingest_by(self.catalogue, self.config, venue)
    }

    /// Only the past of the scripted exchange, with a clock that stands at `now`, and the paths that
    /// were asked for.
    pub(crate) async fn history(self, now: Timestamp) -> (History, Arc<Mutex<Vec<String>>>) {
        let http = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoints = Endpoints {
            stream: String::new(),
            rest: format!("http://{}", http.local_addr().unwrap()),
            key: None,
        };
        let asked = Arc::default();
        tokio::spawn(serve_http(
            http,
            self.markets.into(),
            self.candles.into(),
            String::new(),
            Arc::clone(&asked),
        ));
        let adapter = Box::leak(Box::new(Scripted {
            descriptor: Box::leak(Box::new(self.descriptor)),
            facts: Box::leak(Box::new(self.facts)),
            ask: self.ask,
        }));
        let venue = VenueConfig {
            switch: self.switch,
            ..VenueConfig::new(adapter, endpoints)
        };
        let venues = vec![venue];
        let clock = Arc::new(StandingClock(now));
        let history = History::new(self.config, venues, catalogue(), clock).unwrap();
        (history, asked)
    }
}

/// The shipped catalogue, which nobody changes.
pub(crate) fn catalogue() -> watch::Receiver<Arc<Catalogue>> {
    let shipped = toml::from_str(parallax::catalogue::EMBEDDED).unwrap();
    watch::channel(Arc::new(shipped)).1
}

/// Ingest with one venue and the machine's clock.
pub(crate) fn ingest(
    config: IngestConfig,
    venue: VenueConfig,
) -> (IngestHandle, Feed, CancellationToken) {
    ingest_by(catalogue(), config, venue)
}

/// The same by a catalogue that may change.
pub(crate) fn ingest_by(
    catalogue: watch::Receiver<Arc<Catalogue>>,
    config: IngestConfig,
    venue: VenueConfig,
) -> (IngestHandle, Feed, CancellationToken) {
    let shutdown = CancellationToken::new();
    let (handle, events) = parallax_ingest::start(
        config,
        vec![venue],
        catalogue,
        Arc::new(MachineClock(Instant::now())),
        shutdown.clone(),
    )
    .unwrap();
    let listed = Vec::new();
    (handle, Feed { events, listed }, shutdown)
}

/// A clock that does not move.
pub(crate) struct StandingClock(pub(crate) Timestamp);

impl Clock for StandingClock {
    fn now(&self) -> Moment {
        Moment {
            monotonic: Monotonic::default(),
            utc: self.0,
        }
    }
}

async fn serve_http(
    listener: TcpListener,
    mut markets: VecDeque<Answer>,
    mut candles: VecDeque<Answer>,
    stream: String,
    asked: Arc<Mutex<Vec<String>>>,
) {
    loop {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let Ok(byte) = socket.read_u8().await else {
                break;
            };
            request.push(byte);
        }
        let request = String::from_utf8(request).unwrap();
        let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
        let answer = if path.starts_with("/token") {
            Answer::ok(&stream)
        } else if path.starts_with("/candles") {
            candles.pop_front().unwrap_or_else(|| Answer::hours(&path))
        } else if markets.len() > 1 {
            markets.pop_front().unwrap()
        } else {
            markets.front().unwrap().clone()
        };
        asked.lock().unwrap().push(path);
        let head = format!(
            "HTTP/1.1 {} Scripted\r\nconnection: close\r\ncontent-length: {}\r\n{}\r\n",
            answer.status,
            answer.body.len(),
            answer.headers
        );
        let _ = socket.write_all(head.as_bytes()).await;
        let _ = socket.write_all(&answer.body).await;
    }
}

impl Run {
    /// The next connection, after its handshake.
    pub(crate) async fn accept(&self) -> Peer {
        soon("a connection", async {
            let (socket, _) = self.listener.accept().await.unwrap();
            Peer(tokio_tungstenite::accept_async(socket).await.unwrap())
        })
        .await
    }

    /// The next connection, after its first subscription.
    pub(crate) async fn subscribed(&self) -> Peer {
        let mut peer = self.accept().await;
        assert!(peer.hear().await.starts_with("sub 1 "));
        peer
    }
}

/// The exchange's end of a connection.
pub(crate) struct Peer(pub(crate) WebSocketStream<TcpStream>);

impl Peer {
    pub(crate) async fn say(&mut self, text: &str) {
        let sent = self.0.send(Message::text(text)).await;
        soon("a frame to be taken", async { sent }).await.unwrap();
    }

    /// The next text, or `closed`.
    pub(crate) async fn hear(&mut self) -> String {
        soon("a message", async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Text(text))) => return text.to_string(),
                    Some(Ok(Message::Close(_))) => {
                        // Sends the goodbye back.
                        let _ = self.0.flush().await;
                        return "closed".to_owned();
                    }
                    Some(Err(_)) | None => return "closed".to_owned(),
                    Some(Ok(_)) => {}
                }
            }
        })
        .await
    }
}

/// What comes out of ingest.
pub(crate) struct Feed {
    events: mpsc::Receiver<MarketEvent>,
    listed: Vec<(MarketKey, Arc<Listing>)>,
}

impl Feed {
    /// The next event, `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<MarketEvent> {
        let event = soon("an event", self.events.recv()).await;
        if let Some(MarketEvent::Listed { key, listing, .. }) = &event {
            self.listed.push((*key, Arc::clone(listing)));
        }
        event
    }

    pub(crate) fn symbol(&self, key: MarketKey) -> String {
        let listed = self.listed.iter().find(|(known, _)| *known == key);
        listed.unwrap().1.symbol.to_string()
    }

    pub(crate) fn listed(&self) -> &[(MarketKey, Arc<Listing>)] {
        &self.listed
    }

    /// Skips to the first event that `wanted` accepts.
    pub(crate) async fn until<T>(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(&Self, MarketEvent) -> Option<T>,
    ) -> T {
        soon(what, async {
            loop {
                let event = self.next().await.unwrap();
                if let Some(found) = wanted(self, event) {
                    return found;
                }
            }
        })
        .await
    }

    /// The next event about a market, in short: `BTC-USD bid 1`, `BTC-USD stalled`.
    pub(crate) async fn news(&mut self) -> String {
        self.until("news of a market", |feed, event| match event {
            MarketEvent::Update { key, update, .. } => {
                let symbol = feed.symbol(key);
                Some(match update {
                    MarketUpdate::Quote(quote) => format!("{symbol} bid {}", quote.bid),
                    MarketUpdate::Trade(trade) => format!("{symbol} trade {}", trade.id),
                    MarketUpdate::Ticker(ticker) => {
                        format!("{symbol} last {}", ticker.last.unwrap())
                    }
                    MarketUpdate::Spot(price) => format!("{symbol} at {price}"),
                })
            }
            MarketEvent::Stalled { key, .. } => Some(format!("{} stalled", feed.symbol(key))),
            // One that never had a price was never listed.
            MarketEvent::Unlisted { key } => {
                let (_, listing) = feed.listed.iter().find(|(known, _)| *known == key)?;
                Some(format!("{} unlisted", listing.symbol))
            }
            MarketEvent::Listed { .. }
            | MarketEvent::Unknown(_)
            | MarketEvent::Connection(_)
            | MarketEvent::Facts(_)
            | MarketEvent::Candles(_) => None,
        })
        .await
    }

    /// The first report that `wanted` accepts.
    pub(crate) async fn report(
        &mut self,
        what: &str,
        wanted: impl Fn(&ConnectionReport) -> bool,
    ) -> Arc<ConnectionReport> {
        self.until(what, |_, event| match event {
            MarketEvent::Connection(report) if wanted(&report) => Some(report),
            _ => None,
        })
        .await
    }

    pub(crate) async fn state(&mut self, state: ConnectionState) -> Arc<ConnectionReport> {
        self.report("a state", |report| report.state == state).await
    }
}
