//! The built program (`target/release/parallax`, or what `PROGRAM` names) as a process of its own, measured from
//! outside.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark fails by panicking"
)]
#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each benchmark uses a part of it"
)]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use parallax_sim::RunningFlood;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The server, reading a flood, ended with the benchmark.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Server {
    pub(crate) async fn start(flood: &RunningFlood) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("parallax.toml");
        let endpoints = ["binance", "coinbase", "kraken"].map(|venue| {
            let at = flood.sim().endpoints(venue);
            format!(
                "[venues.endpoints.{venue}]\nstream = \"{}\"\nrest = \"{}\"\n",
                at.stream, at.rest
            )
        });
        let enabled = "[venues]\nenabled = [\"binance\", \"coinbase\", \"kraken\"]\n";
        std::fs::write(
            &config,
            format!("simulated = true\n{enabled}{}", endpoints.concat()),
        )
        .unwrap();
        let address = free_address();
        let database = format!("sqlite:{}", folder.path().join("bench.db").display());
        let process = Command::new(program())
            .arg("--config")
            .arg(&config)
            .env_remove("DATABASE_URL")
            .env("PARALLAX_LISTEN", address.to_string())
            .env("PARALLAX_LOG__FILTER", "warn")
            .env("PARALLAX_STORE__URL", database)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self {
            process,
            address,
            _folder: folder,
        };
        server.wait_until_ready().await;
        server
    }

    async fn wait_until_ready(&self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            let answer = self.ask("/readyz").await;
            if answer.is_some_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the server was not ready within 30 s");
    }

    /// The whole answer to one request on a connection of its own.
    pub(crate) async fn ask(&self, path: &str) -> Option<String> {
        let mut socket = TcpStream::connect(self.address).await.ok()?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).await.ok()?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.ok()?;
        Some(answer)
    }

    /// Resident memory in KiB.
    pub(crate) fn memory_kib(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn program() -> PathBuf {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/release/parallax");
    let program = std::env::var_os("PROGRAM").map_or(built, PathBuf::from);
    assert!(
        program.is_file(),
        "{} is not there; run `make build` first",
        program.display()
    );
    program
}

pub(crate) fn free_address() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// Of what is sorted.
pub(crate) fn percentile<T: Copy>(sorted: &[T], per_cent: usize) -> T {
    sorted[(sorted.len() * per_cent / 100).min(sorted.len() - 1)]
}

/// Microseconds as milliseconds.
#[expect(clippy::cast_precision_loss, reason = "for printing")]
pub(crate) fn ms(us: u64) -> f64 {
    us as f64 / 1_000.0
}

/// KiB of each of so many.
#[expect(clippy::cast_precision_loss, reason = "for printing")]
pub(crate) fn each(kib: u64, clients: usize) -> String {
    format!("{:.1}", kib as f64 / clients as f64)
}
