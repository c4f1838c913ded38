//! What an answer costs: `/` with a hundred tokens, a token's page and the routes of the API that are asked for most,
//! over 64 connections, beside a bare axum handler in a process of its own that writes the same bytes. Measured on
//! the built program (`target/release/parallax`, or what `PROGRAM` names), in one run, by one client.
//!
//! Client and server share this machine's cores, so the figures are a lower bound; both sides share it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark fails by panicking"
)]

mod support;

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::routing::get;
use parallax::catalogue::{Catalogue, EMBEDDED};
use parallax::index::{IndexPrice, Status};
use parallax::time::Timestamp;
use parallax_sim::{RunningSim, SimConfig};
use support::{free_address, program};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Rows of a full page.
const TOKENS: usize = 100;
const CONNECTIONS: usize = 64;
const MEASURED: Duration = Duration::from_secs(8);
const SETTLING: Duration = Duration::from_secs(2);
/// The file whose bytes this program serves when it is started as the bare handler.
const BARE_BYTES: &str = "ANSWERS_BENCH_BYTES";
const BARE_LISTEN: &str = "ANSWERS_BENCH_LISTEN";

/// A process, ended with the benchmark.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What was measured of one address.
struct Measured {
    per_second: f64,
    p50: Duration,
    p99: Duration,
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    match std::env::var_os(BARE_BYTES) {
        Some(file) => runtime.block_on(serve_bare(Path::new(&file))),
        None => runtime.block_on(compare()),
    }
}

async fn compare() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("bench.db").display());
    remember_tokens(&database).await;
    let sim = parallax_sim::start(SimConfig {
        origin: Some("2026-01-01T00:00:00Z".parse().unwrap()),
        ..SimConfig::default()
    })
    .await
    .unwrap();
    let (server, address) = start_server(&sim, folder.path(), &database).await;
    println!(
        "{CONNECTIONS} connections, {} s each, the same client for both",
        MEASURED.as_secs()
    );
    let rows = ask_once(address, "/", "identity").await;
    let rows = String::from_utf8_lossy(&rows)
        .matches("data-token=")
        .count();
    assert!(rows >= TOKENS, "only {rows} rows on the page");
    for (name, path, encodings) in questions() {
        for &encoding in encodings {
            let answer = ask_once(address, &path, encoding).await;
            let (bare, bare_address) = start_bare(folder.path(), &answer).await;
            let ours = measure(address, &path, encoding).await;
            let theirs = measure(bare_address, "/", encoding).await;
            drop(bare);
            println!(
                "  {name:<38} {encoding:<8} {:>7} bytes: {:>6.0}/s, p50 {:>5.1} ms, p99 {:>5.1} ms; bare axum \
                 {:>6.0}/s, p50 {:>5.1} ms, p99 {:>5.1} ms: {:.2} of it",
                answer.len(),
                ours.per_second,
                ms(ours.p50),
                ms(ours.p99),
                theirs.per_second,
                ms(theirs.p50),
                ms(theirs.p99),
                ours.per_second / theirs.per_second,
            );
        }
    }
    drop(server);
}

/// What is asked: its name, its address, and in which encodings. Pages are compressed once for all readers; the
/// API's callers mostly ask for none.
fn questions() -> Vec<(&'static str, String, &'static [&'static str])> {
    const PAGE: &[&str] = &["identity", "br"];
    const API: &[&str] = &["identity"];
    let catalogue: Catalogue = toml::from_str(EMBEDDED).unwrap();
    let ids: Vec<_> = catalogue.tokens()[..20]
        .iter()
        .map(|token| token.id.as_str())
        .collect();
    let prices = format!(
        "/api/v3/simple/price?vs_currencies=usd&ids={}",
        ids.join(",")
    );
    vec![
        ("/", "/".to_owned(), PAGE),
        ("/tokens/bitcoin", "/tokens/bitcoin".to_owned(), PAGE),
        (
            "/api/v1/tokens/bitcoin",
            "/api/v1/tokens/bitcoin".to_owned(),
            API,
        ),
        ("/api/v3/simple/price?ids=…20", prices, API),
        (
            "/api/v1/rates?exchange=binance",
            "/api/v1/rates?exchange=binance".to_owned(),
            API,
        ),
        (
            "/api/v1/rates?pair=BTC_USDT",
            "/api/v1/rates?pair=BTC_USDT".to_owned(),
            API,
        ),
    ]
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// The catalogue's tokens, each with a price, as an earlier run of the program would have left them.
async fn remember_tokens(database: &str) {
    let catalogue: Catalogue = toml::from_str(EMBEDDED).unwrap();
    let store = parallax_store::open(&database.parse().unwrap())
        .await
        .unwrap();
    store.save_tokens(catalogue.tokens()).await.unwrap();
    let now = Timestamp::from_system(std::time::SystemTime::now());
    let prices: Vec<IndexPrice> = catalogue
        .tokens()
        .iter()
        .map(|token| IndexPrice {
            token: token.id.clone(),
            price: Some("12.3456".parse().unwrap()),
            confidence: Some("0.0012".parse().unwrap()),
            status: Status::Live,
            as_of: Some(now),
            computed_at: now,
            method: 1,
            sources: 3,
            sources_known: 4,
            volume_24h_usd: Some("123456789".parse().unwrap()),
            constituents: Vec::new(),
            by_hand: None,
        })
        .collect();
    store.save_prices(&prices).await.unwrap();
    store.close().await;
}

async fn start_server(sim: &RunningSim, folder: &Path, database: &str) -> (Running, SocketAddr) {
    let program = program();
    let config = folder.join("parallax.toml");
    std::fs::write(&config, sim.config_toml(false)).unwrap();
    let address = free_address();
    let process = Command::new(&program)
        .arg("--config")
        .arg(&config)
        .env_remove("DATABASE_URL")
        .env("PARALLAX_LISTEN", address.to_string())
        .env("PARALLAX_LOG__FILTER", "error")
        .env("PARALLAX_SITE_ROOT", program.with_file_name("../site"))
        .env("PARALLAX_STORE__URL", database)
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let server = Running(process);
    let deadline = Instant::now() + Duration::from_secs(60);
    // The page must show what a day-old installation shows: prices, changes and trends.
    loop {
        assert!(
            Instant::now() < deadline,
            "the server was not ready within a minute"
        );
        if let Some(table) = try_once(address, "/api/v1/tokens/bitcoin", "identity").await
            && String::from_utf8_lossy(&table).contains("\"change_7d_pct\":\"")
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    (server, address)
}

/// This program again, as a handler that writes `bytes`.
async fn start_bare(folder: &Path, bytes: &[u8]) -> (Running, SocketAddr) {
    let file = folder.join("page");
    std::fs::write(&file, bytes).unwrap();
    let address = free_address();
    let process = Command::new(std::env::current_exe().unwrap())
        .env(BARE_BYTES, &file)
        .env(BARE_LISTEN, address.to_string())
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let bare = Running(process);
    for _ in 0..100 {
        if try_once(address, "/", "identity").await.is_some() {
            return (bare, address);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the bare handler did not answer");
}

async fn serve_bare(file: &Path) {
    let bytes = Bytes::from(std::fs::read(file).unwrap());
    let page = move || {
        let bytes = bytes.clone();
        async move { ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], bytes) }
    };
    let listen = std::env::var(BARE_LISTEN).unwrap();
    let listener = tokio::net::TcpListener::bind(listen).await.unwrap();
    axum::serve(listener, Router::new().route("/", get(page)))
        .await
        .unwrap();
}

async fn measure(address: SocketAddr, path: &str, encoding: &'static str) -> Measured {
    run(address, path, encoding, SETTLING).await;
    let began = Instant::now();
    let mut times = run(address, path, encoding, MEASURED).await;
    let took = began.elapsed();
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    #[expect(clippy::cast_precision_loss, reason = "a count of requests")]
    let count = times.len() as f64;
    Measured {
        per_second: count / took.as_secs_f64(),
        p50: at(50),
        p99: at(99),
    }
}

/// Asks over all connections, one request after the other on each, and says how long each took.
async fn run(
    address: SocketAddr,
    path: &str,
    encoding: &'static str,
    lasting: Duration,
) -> Vec<Duration> {
    let path: Arc<str> = path.into();
    let until = Instant::now() + lasting;
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let path = Arc::clone(&path);
            tokio::spawn(async move {
                let mut client = Client::connect(address).await.unwrap();
                let mut times = Vec::new();
                while Instant::now() < until {
                    let began = Instant::now();
                    client.ask(&path, encoding).await.unwrap();
                    times.push(began.elapsed());
                }
                times
            })
        })
        .collect();
    let mut all = Vec::new();
    for client in clients {
        all.extend(client.await.unwrap());
    }
    all
}

async fn ask_once(address: SocketAddr, path: &str, encoding: &str) -> Vec<u8> {
    try_once(address, path, encoding).await.unwrap()
}

async fn try_once(address: SocketAddr, path: &str, encoding: &str) -> Option<Vec<u8>> {
    let mut client = Client::connect(address).await?;
    client.ask(path, encoding).await?;
    Some(client.body)
}

/// A connection that is kept, and the last body it brought. As little work as a client can do, because it
/// shares the cores with what is measured.
struct Client {
    socket: TcpStream,
    buffer: Vec<u8>,
    body: Vec<u8>,
}

impl Client {
    async fn connect(address: SocketAddr) -> Option<Self> {
        let socket = TcpStream::connect(address).await.ok()?;
        socket.set_nodelay(true).ok()?;
        Some(Self {
            socket,
            buffer: vec![0; 256 * 1024],
            body: Vec::new(),
        })
    }

    /// Asks and reads the whole answer, which must be a 200 with a length.
    async fn ask(&mut self, path: &str, encoding: &str) -> Option<()> {
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: bench\r\naccept-encoding: {encoding}\r\n\r\n");
        self.socket.write_all(request.as_bytes()).await.ok()?;
        self.body.clear();
        let mut wanted = None;
        loop {
            let read = self.socket.read(&mut self.buffer).await.ok()?;
            if read == 0 {
                return None;
            }
            self.body.extend_from_slice(&self.buffer[..read]);
            if wanted.is_none()
                && let Some(end) = self.body.windows(4).position(|four| four == b"\r\n\r\n")
            {
                let head = String::from_utf8_lossy(&self.body[..end]).to_lowercase();
                assert!(head.starts_with("http/1.1 200"), "{path}: {head}");
                let length = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length:"))
                    .unwrap_or_else(|| panic!("{path} came without a length: {head}"));
                wanted = Some(length.trim().parse::<usize>().unwrap());
                self.body.drain(..end + 4);
            }
            if wanted.is_some_and(|wanted| self.body.len() >= wanted) {
                return Some(());
            }
        }
    }
}
