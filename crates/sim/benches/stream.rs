//! From a frame on an exchange's socket to the bytes of a server-sent event, and what a thousand
//! clients cost: measured on the built program (`target/release/parallax`, or what `PROGRAM` names), as
//! a process of its own, from outside.
//!
//! The flood, the server and all clients share this machine's cores, so the figures are a lower bound.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark fails by panicking"
)]

mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parallax::stream::PriceSummary;
use parallax_sim::{FloodConfig, RunningFlood, flood};
use support::{Server, each, ms, percentile};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const FRAMES_PER_SECOND: u32 = 5_000;
const MARKETS: usize = 60;
const CLIENTS: usize = 1_000;
const MEASURED: Duration = Duration::from_secs(10);
const SETTLING: Duration = Duration::from_secs(3);

async fn open(address: SocketAddr, query: &str) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.set_nodelay(true).unwrap();
    let request = format!("GET /api/v1/stream{query} HTTP/1.1\r\nhost: bench\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    socket
}

/// Reads events for a while; returns the delays from frame to event, in microseconds.
async fn delays(address: SocketAddr, flood: &RunningFlood) -> Vec<u64> {
    let mut socket = open(address, "").await;
    let mut buffer = vec![0_u8; 1 << 16];
    let mut text = Vec::new();
    let mut delays_us = Vec::new();
    let start = Instant::now() + SETTLING;
    while Instant::now() < start + MEASURED {
        let length = socket.read(&mut buffer).await.unwrap();
        assert!(length > 0, "the server closed the stream");
        let received = Instant::now();
        text.extend_from_slice(&buffer[..length]);
        let Some(end) = text.windows(2).rposition(|pair| pair == b"\n\n") else {
            continue;
        };
        let complete: Vec<u8> = text.drain(..end + 2).collect();
        if received < start {
            continue;
        }
        for line in complete.split(|byte| *byte == b'\n') {
            let Some(json) = line.strip_prefix(b"data: ") else {
                continue;
            };
            let Ok(event) = serde_json::from_slice::<PriceSummary>(json) else {
                continue;
            };
            let sent = event
                .price
                .and_then(|price| flood.sent_at(event.token.as_str(), price));
            if let Some(sent) = sent {
                delays_us.push(
                    u64::try_from(received.saturating_duration_since(sent).as_micros()).unwrap(),
                );
            }
        }
    }
    delays_us.sort_unstable();
    delays_us
}

/// Opens many streams and counts the price events they get.
async fn clients(
    address: SocketAddr,
    query: &'static str,
) -> (Arc<AtomicU64>, tokio::task::JoinSet<()>) {
    const MARK: &[u8] = b"event: price";
    let events = Arc::new(AtomicU64::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..CLIENTS {
        let mut socket = open(address, query).await;
        let events = Arc::clone(&events);
        tasks.spawn(async move {
            let mut buffer = vec![0_u8; 1 << 14];
            let mut kept = 0;
            while let Ok(length) = socket.read(&mut buffer[kept..]).await {
                if length == 0 {
                    break;
                }
                let filled = kept + length;
                let found = buffer[..filled]
                    .windows(MARK.len())
                    .filter(|window| *window == MARK)
                    .count();
                events.fetch_add(u64::try_from(found).unwrap(), Ordering::Relaxed);
                // A mark may lie across two reads: keep all of it but its last byte.
                kept = filled.min(MARK.len() - 1);
                buffer.copy_within(filled - kept..filled, 0);
            }
        });
    }
    (events, tasks)
}

#[tokio::main]
async fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = FloodConfig {
        frames_per_second: FRAMES_PER_SECOND,
        markets: MARKETS,
    };
    let flood = flood(listener, config).await.unwrap();
    let server = Server::start(&flood).await;
    println!(
        "frame to SSE: {FRAMES_PER_SECOND} frames/s over {MARKETS} markets, server in its own process"
    );

    let sorted = delays(server.address, &flood).await;
    assert!(
        sorted.len() > 1_000,
        "only {} events were recognised",
        sorted.len()
    );
    println!(
        "  {} events in {} s: p50 {:.2} ms, p90 {:.2} ms, p99 {:.2} ms, worst {:.2} ms",
        sorted.len(),
        MEASURED.as_secs(),
        ms(percentile(&sorted, 50)),
        ms(percentile(&sorted, 90)),
        ms(percentile(&sorted, 99)),
        ms(*sorted.last().unwrap()),
    );

    // Clients of a token that nobody quotes here get heartbeats only.
    let before_kib = server.memory_kib();
    let (_, idle) = clients(server.address, "?tokens=gnosis").await;
    tokio::time::sleep(SETTLING).await;
    let idle_kib = server.memory_kib().saturating_sub(before_kib);
    println!(
        "{CLIENTS} idle SSE clients: {} KiB each",
        each(idle_kib, CLIENTS)
    );
    drop(idle);
    tokio::time::sleep(SETTLING).await;

    let before_kib = server.memory_kib();
    let (events, busy) = clients(server.address, "").await;
    tokio::time::sleep(SETTLING).await;
    let (counted, since) = (events.load(Ordering::Relaxed), Instant::now());
    tokio::time::sleep(MEASURED).await;
    let delivered = events.load(Ordering::Relaxed) - counted;
    let per_second = u128::from(delivered) * 1_000 / since.elapsed().as_millis().max(1);
    let busy_kib = server.memory_kib().saturating_sub(before_kib);
    println!(
        "{CLIENTS} SSE clients of all tokens: {per_second} deliveries/s, {} KiB each",
        each(busy_kib, CLIENTS)
    );
    drop(busy);
    drop(server);
    flood.shutdown().await;
}
