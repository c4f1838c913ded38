//! What many clients cost, as server-sent events and as WebSockets: ten thousand that hear nothing, a thousand that
//! hear every price, readers that stop, and ten thousand that come back at once. Measured on the built program
//! (`support`), as a process of its own, from outside; a fresh one for each figure, because memory once used is kept.
//!
//! The flood, the server and all clients share this machine's cores, so the figures are a lower bound. Each client is
//! a file here and one in the server: with fewer files than that (`ulimit -Hn`) there are fewer clients, and the
//! first line says how many.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark fails by panicking"
)]

mod support;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures::{SinkExt, StreamExt, stream};
use parallax::stream::PriceSummary;
use parallax_sim::{FloodConfig, RunningFlood, flood};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::Deserialize;
use support::{Server, each, ms, percentile};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;

const IDLE: usize = 10_000;
const BUSY: usize = 1_000;
const STOPPED: usize = 50;
/// Prices a second over all markets: each busy reader of the stream hears all of them.
const FRAMES_PER_SECOND: u32 = 50;
const MARKETS: usize = 20;
/// Of so many busy clients one looks at the clock.
const ONE_IN: usize = 20;
/// Connections that are being opened at the same time, where they do not come at once.
const OPENING: usize = 200;
const SETTLING: Duration = Duration::from_secs(3);
const MEASURED: Duration = Duration::from_secs(10);
/// Files beside those of clients.
const OTHER_FILES: usize = 200;
/// What an idle WebSocket hears, and what it answers: `ping` and a masked `pong` with the same text.
const PONG: [u8; 14] = *b"\x8a\x88\0\0\0\0parallax";

/// How a client listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Sse,
    Socket,
}

impl Way {
    const BOTH: [Self; 2] = [Self::Sse, Self::Socket];

    const fn name(self) -> &'static str {
        match self {
            Self::Sse => "SSE",
            Self::Socket => "WebSocket",
        }
    }

    /// The request of a client that hears nothing: of a token that nobody quotes here, or without
    /// subscriptions.
    fn quiet(self) -> String {
        match self {
            Self::Sse => get("/api/v1/stream?tokens=gnosis", ""),
            Self::Socket => upgrade(),
        }
    }
}

fn get(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: bench\r\n{headers}\r\n")
}

fn upgrade() -> String {
    let headers = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                   sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    get("/api/v1/ws", headers)
}

/// Connects, from one of this machine's hundred addresses after the other: each has so many ports.
async fn connect(address: SocketAddr, window: Option<u32>) -> std::io::Result<TcpStream> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let last = u8::try_from(number % 100).unwrap() + 1;
    let socket = TcpSocket::new_v4()?;
    if let Some(window) = window {
        socket.set_recv_buffer_size(window)?;
    }
    socket.bind((Ipv4Addr::new(127, 0, 1, last), 0).into())?;
    let stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Asks, and reads the head of the answer: the status.
async fn ask(tcp: &mut TcpStream, request: &str) -> std::io::Result<u16> {
    tcp.write_all(request.as_bytes()).await?;
    let mut head = Vec::with_capacity(512);
    while !head.ends_with(b"\r\n\r\n") {
        head.push(tcp.read_u8().await?);
    }
    let status = std::str::from_utf8(&head[9..12]).unwrap_or_default();
    Ok(status.parse().unwrap_or_default())
}

/// Opens quiet clients, which read whatever comes and answer pings.
async fn quiet(address: SocketAddr, way: Way, clients: usize) -> JoinSet<()> {
    let opening = stream::iter(0..clients).map(async |_| {
        let mut tcp = connect(address, None).await.unwrap();
        let status = ask(&mut tcp, &way.quiet()).await.unwrap();
        assert!([101, 200].contains(&status), "{status}");
        tcp
    });
    let mut opened = opening.buffer_unordered(OPENING);
    let mut tasks = JoinSet::new();
    while let Some(mut tcp) = opened.next().await {
        tasks.spawn(async move {
            let mut heard = [0; 256];
            while tcp.read(&mut heard).await.is_ok_and(|length| length > 0) {
                if way == Way::Socket && tcp.write_all(&PONG).await.is_err() {
                    break;
                }
            }
        });
    }
    tasks
}

/// Memory of clients that hear nothing.
async fn idle(flood: &RunningFlood, way: Way, clients: usize) {
    let server = Server::start(flood).await;
    tokio::time::sleep(SETTLING).await;
    let before_kib = server.memory_kib();
    let began = Instant::now();
    let tasks = quiet(server.address, way, clients).await;
    let took = began.elapsed();
    tokio::time::sleep(SETTLING).await;
    let kib = server.memory_kib().saturating_sub(before_kib);
    assert_eq!(open(&server).await, clients);
    println!(
        "  {clients} idle {} clients: {} KiB each; opened in {:.1} s",
        way.name(),
        each(kib, clients),
        took.as_secs_f64()
    );
    drop(tasks);
}

/// Streams that the server knows to be open.
async fn open(server: &Server) -> usize {
    let status = server.ask("/api/v1/status").await.unwrap();
    let (_, count) = status.split_once("\"stream_clients\":").unwrap();
    let count = count.split([',', '}']).next().unwrap();
    count.parse().unwrap()
}

/// What clients heard: how many prices all of them, and of some how long each was on its way, in microseconds.
#[derive(Default)]
struct Heard {
    prices: AtomicU64,
    delays_us: std::sync::Mutex<Vec<u64>>,
}

impl Heard {
    fn note(&self, flood: &RunningFlood, price: &PriceSummary, at: Instant) {
        let sent = price
            .price
            .and_then(|text| flood.sent_at(price.token.as_str(), text));
        if let Some(sent) = sent {
            let delay = at.saturating_duration_since(sent).as_micros();
            self.delays_us
                .lock()
                .unwrap()
                .push(u64::try_from(delay).unwrap());
        }
    }
}

/// Reads a stream of all prices to its end; notes each price's delay if `is_timed`.
async fn hear_stream(
    mut tcp: TcpStream,
    heard: Arc<Heard>,
    flood: Arc<RunningFlood>,
    is_timed: bool,
) {
    let mut text = Vec::new();
    let mut buffer = vec![0; 1 << 14];
    while let Ok(length) = tcp.read(&mut buffer).await {
        if length == 0 {
            break;
        }
        let at = Instant::now();
        text.extend_from_slice(&buffer[..length]);
        let Some(end) = text.windows(2).rposition(|pair| pair == b"\n\n") else {
            continue;
        };
        let complete: Vec<u8> = text.drain(..end + 2).collect();
        for event in complete.split(|byte| *byte == b'\n') {
            if event == b"event: price" {
                heard.prices.fetch_add(1, Ordering::Relaxed);
            } else if is_timed
                && let Some(json) = event.strip_prefix(b"data: ")
                && let Ok(price) = serde_json::from_slice(json)
            {
                heard.note(&flood, &price, at);
            }
        }
    }
}

#[derive(Deserialize)]
struct News {
    data: PriceSummary,
}

/// Subscribes to the flood's prices, each as often as it may come, and reads to the end.
async fn hear_socket(
    tcp: TcpStream,
    address: SocketAddr,
    heard: Arc<Heard>,
    flood: Arc<RunningFlood>,
    is_timed: bool,
) {
    let url = format!("ws://{address}/api/v1/ws");
    let (mut socket, _) = tokio_tungstenite::client_async(url, tcp).await.unwrap();
    for token in flood.tokens() {
        let message = format!(
            r#"{{"op":"subscribe","id":"{token}","channel":"price","token":"{token}","frequency":0.1}}"#
        );
        socket.send(Message::text(message)).await.unwrap();
    }
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else {
            continue;
        };
        let at = Instant::now();
        if !text.starts_with("{\"event\":\"update\"") {
            continue;
        }
        heard.prices.fetch_add(1, Ordering::Relaxed);
        if is_timed && let Ok(news) = serde_json::from_str::<News>(&text) {
            heard.note(&flood, &news.data, at);
        }
    }
}

/// Memory and delays of clients that hear every price.
async fn busy(flood: &Arc<RunningFlood>, way: Way, clients: usize) {
    let server = Server::start(flood).await;
    tokio::time::sleep(SETTLING).await;
    let before_kib = server.memory_kib();
    let heard = Arc::new(Heard::default());
    let mut tasks = JoinSet::new();
    for number in 0..clients {
        let mut tcp = connect(server.address, None).await.unwrap();
        let (heard, flood) = (Arc::clone(&heard), Arc::clone(flood));
        let (address, is_timed) = (server.address, number % ONE_IN == 0);
        if way == Way::Sse {
            let request = get("/api/v1/stream", "");
            tcp.write_all(request.as_bytes()).await.unwrap();
            tasks.spawn(hear_stream(tcp, heard, flood, is_timed));
        } else {
            tasks.spawn(hear_socket(tcp, address, heard, flood, is_timed));
        }
    }
    tokio::time::sleep(SETTLING).await;
    heard.delays_us.lock().unwrap().clear();
    let (counted, since) = (heard.prices.load(Ordering::Relaxed), Instant::now());
    tokio::time::sleep(MEASURED).await;
    let prices = heard.prices.load(Ordering::Relaxed) - counted;
    let per_second = u128::from(prices) * 1_000 / since.elapsed().as_millis().max(1);
    let mut delays = std::mem::take(&mut *heard.delays_us.lock().unwrap());
    delays.sort_unstable();
    assert!(delays.len() > 100, "only {} were timed", delays.len());
    let kib = server.memory_kib().saturating_sub(before_kib);
    println!(
        "  {clients} busy {} clients: {per_second} deliveries/s, frame to client p50 {:.1} ms, p99 {:.1} ms; {} KiB \
         each",
        way.name(),
        ms(percentile(&delays, 50)),
        ms(percentile(&delays, 99)),
        each(kib, clients),
    );
    drop(tasks);
}

/// How long readers that stop stay, and what they cost meanwhile.
async fn stopped(flood: &Arc<RunningFlood>, way: Way) {
    let server = Server::start(flood).await;
    tokio::time::sleep(SETTLING).await;
    let before_kib = server.memory_kib();
    let mut held = Vec::new();
    let mut sockets = Vec::new();
    for _ in 0..STOPPED {
        let mut tcp = connect(server.address, Some(4_096)).await.unwrap();
        if way == Way::Sse {
            let request = get("/api/v1/stream?detail=true", "");
            tcp.write_all(request.as_bytes()).await.unwrap();
            held.push(tcp);
        } else {
            let url = format!("ws://{}/api/v1/ws", server.address);
            let (mut socket, _) = tokio_tungstenite::client_async(url, tcp).await.unwrap();
            for token in flood.tokens() {
                for channel in ["price", "quotes"] {
                    let message = format!(
                        r#"{{"op":"subscribe","id":"{channel}{token}","channel":"{channel}","token":"{token}","frequency":0.1}}"#
                    );
                    socket.feed(Message::text(message)).await.unwrap();
                }
            }
            socket.flush().await.unwrap();
            sockets.push(socket);
        }
    }
    let began = Instant::now();
    let mut most_kib = 0;
    while open(&server).await > 0 {
        most_kib = most_kib.max(server.memory_kib());
        assert!(began.elapsed() < Duration::from_secs(60), "never dropped");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!(
        "  {STOPPED} {} clients that stopped reading: all dropped after {:.1} s; memory {:.1} MiB before, {:.1} at \
         most meanwhile, {:.1} after",
        way.name(),
        began.elapsed().as_secs_f64(),
        mib(before_kib),
        mib(most_kib),
        mib(server.memory_kib()),
    );
}

/// Everyone comes back at the same moment, half of them each way, as after a failure of the network.
async fn back_at_once(flood: &RunningFlood, clients: usize) {
    let server = Server::start(flood).await;
    let halves = [
        quiet(server.address, Way::Sse, clients / 2).await,
        quiet(server.address, Way::Socket, clients / 2).await,
    ];
    drop(halves);
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for number in 0..clients {
        let (address, way) = (server.address, Way::BOTH[number % 2]);
        tasks.spawn(async move {
            let mut tcp = connect(address, None).await?;
            let status = ask(&mut tcp, &way.quiet()).await?;
            Ok::<_, std::io::Error>((status, began.elapsed(), tcp))
        });
    }
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    let mut times_us = Vec::new();
    let mut held = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        let outcome = match ended.unwrap() {
            Ok((status, took, tcp)) => {
                times_us.push(u64::try_from(took.as_micros()).unwrap());
                held.push(tcp);
                status.to_string()
            }
            Err(error) => error.kind().to_string(),
        };
        *outcomes.entry(outcome).or_default() += 1;
    }
    times_us.sort_unstable();
    println!(
        "  {clients} clients back at once: {outcomes:?}; answered after p50 {:.0} ms, p99 {:.0} ms, worst {:.0} ms",
        ms(percentile(&times_us, 50)),
        ms(percentile(&times_us, 99)),
        ms(percentile(&times_us, 100)),
    );
    let is_good = |outcome: &String| ["101", "200"].contains(&outcome.as_str());
    assert!(outcomes.keys().all(is_good), "{outcomes:?}");
}

#[expect(clippy::cast_precision_loss, reason = "for printing")]
fn mib(kib: u64) -> f64 {
    kib as f64 / 1_024.0
}

/// Takes as many files as there are, which the server inherits; how many clients they are enough for.
fn room_for(clients: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum;
    let wanted = Rlimit {
        current: most,
        maximum: most,
    };
    setrlimit(Resource::Nofile, wanted).unwrap();
    let files = most.map_or(usize::MAX, |most| usize::try_from(most).unwrap());
    clients.min(files.saturating_sub(OTHER_FILES))
}

#[tokio::main]
async fn main() {
    let clients = room_for(IDLE);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = FloodConfig {
        frames_per_second: FRAMES_PER_SECOND,
        markets: MARKETS,
    };
    let flood = Arc::new(flood(listener, config).await.unwrap());
    println!(
        "clients of a server that publishes {FRAMES_PER_SECOND} prices a second, {clients} idle and {BUSY} busy"
    );
    for way in Way::BOTH {
        idle(&flood, way, clients).await;
        busy(&flood, way, BUSY.min(clients)).await;
        stopped(&flood, way).await;
    }
    back_at_once(&flood, clients).await;
}
