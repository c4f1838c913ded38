//! A client for the tests: a WebSocket and plain HTTP over real sockets, with a limit on every wait.

use std::net::SocketAddr;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use parallax_sim::{RunningSim, SimConfig};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// What should happen happens within this, or the test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// A lively simulator.
pub(crate) async fn lively() -> RunningSim {
    let config = SimConfig {
        tick: Duration::from_millis(20),
        rate: 100,
        ..SimConfig::default()
    };
    parallax_sim::start(config).await.unwrap()
}

pub(crate) struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Client {
    pub(crate) async fn open(url: &str) -> Self {
        let (socket, _) = timeout(PATIENCE, connect_async(url))
            .await
            .unwrap()
            .unwrap();
        Self { socket }
    }

    /// A connection with one market's quotes subscribed, past the acknowledgement.
    pub(crate) async fn watching(sim: &RunningSim, venue: &str, market: &str) -> Self {
        let stream = sim.endpoints(venue).stream;
        let (path, request) = match venue {
            "binance" => (
                "/stream",
                format!(
                    r#"{{"method":"SUBSCRIBE","params":["{}@bookTicker"],"id":1}}"#,
                    market.to_lowercase()
                ),
            ),
            "coinbase" => (
                "",
                format!(
                    r#"{{"type":"subscribe","product_ids":["{market}"],"channels":["ticker","heartbeat"]}}"#
                ),
            ),
            _ => (
                "/v2",
                format!(
                    r#"{{"method":"subscribe","params":{{"channel":"ticker","symbol":["{market}"],"event_trigger":"bbo"}}}}"#
                ),
            ),
        };
        let mut client = Self::open(&format!("{stream}{path}")).await;
        client.say(&request).await;
        client
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// The next text frame; `None` at the end of the connection.
    pub(crate) async fn try_text(&mut self) -> Option<String> {
        loop {
            match timeout(PATIENCE, self.socket.next())
                .await
                .expect("the simulator went quiet")
            {
                Some(Ok(Message::Text(text))) => return Some(text.to_string()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    pub(crate) async fn text(&mut self) -> String {
        self.try_text().await.expect("the connection ended")
    }

    pub(crate) async fn json(&mut self) -> Value {
        let text = self.text().await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// The first of the coming frames that fits.
    pub(crate) async fn find(&mut self, mut fits: impl FnMut(&Value) -> bool) -> Value {
        for _ in 0..5_000 {
            let frame = self.json().await;
            if fits(&frame) {
                return frame;
            }
        }
        panic!("no such frame among 5,000");
    }

    /// The next quote, whichever exchange it is of.
    pub(crate) async fn quote(&mut self) -> SeenQuote {
        loop {
            let frame = self.json().await;
            if let Some(quote) = SeenQuote::of(&frame) {
                return quote;
            }
        }
    }

    /// Whether something has arrived that was not read yet.
    pub(crate) fn has_something(&mut self) -> bool {
        use futures::FutureExt;
        self.socket.next().now_or_never().is_some()
    }
}

/// A quote as a float: exact enough for a test of sizes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeenQuote {
    pub(crate) bid: f64,
    pub(crate) ask: f64,
    pub(crate) sequence: u64,
}

impl SeenQuote {
    pub(crate) fn of(frame: &Value) -> Option<Self> {
        let number = |value: &Value| match value {
            Value::String(text) => text.parse().ok(),
            other => other.as_f64(),
        };
        let (from, bid, ask, sequence) = if frame.pointer("/data/b").is_some() {
            (frame.get("data")?, "b", "a", "u")
        } else if frame.get("best_bid").is_some() {
            (frame, "best_bid", "best_ask", "sequence")
        } else {
            (frame.pointer("/data/0")?, "bid", "ask", "none")
        };
        Some(Self {
            bid: number(from.get(bid)?)?,
            ask: number(from.get(ask)?)?,
            sequence: from.get(sequence).and_then(Value::as_u64).unwrap_or(0),
        })
    }

    pub(crate) fn mid(&self) -> f64 {
        (self.bid + self.ask) / 2.0
    }
}

/// Status and body of an HTTP request.
pub(crate) async fn http(addr: SocketAddr, method: &str, path: &str, body: &str) -> (u16, String) {
    let (status, _, body) = exchange(addr, method, path, "", body).await;
    (status, body)
}

/// Status, head and body of an HTTP request with these further header lines.
pub(crate) async fn exchange(
    addr: SocketAddr,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> (u16, String, String) {
    let mut socket = TcpStream::connect(addr).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.0\r\nhost: {addr}\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(PATIENCE, socket.read_to_string(&mut answer))
        .await
        .unwrap()
        .unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split_whitespace().nth(1).unwrap().parse().unwrap();
    (status, head.to_lowercase(), body.to_owned())
}

pub(crate) async fn get(addr: SocketAddr, path: &str) -> Value {
    let (status, body) = http(addr, "GET", path, "").await;
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_str(&body).unwrap()
}
