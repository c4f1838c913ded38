//! The built program as a process, reading simulated exchanges, asked over HTTP.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test file uses a part of it"
)]

pub(crate) mod postgres;

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use parallax_sim::RunningSim;
use serde_json::Value;

/// How long anything may take on a busy machine before the test fails.
const PATIENCE: Duration = Duration::from_secs(45);
/// How often a condition is looked at: polling another process has no event to wait for.
const GLANCE: Duration = Duration::from_millis(50);

/// The program without any of this machine's settings.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parallax"));
    for (name, _) in std::env::vars_os() {
        let words = name.to_string_lossy();
        if words.starts_with("PARALLAX_") || words.starts_with("OTEL_") {
            command.env_remove(name);
        }
    }
    command
        .env_remove("DATABASE_URL")
        .env_remove("PORT")
        .stdin(Stdio::null());
    command
}

/// A running server.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
    http: reqwest::Client,
}

impl Server {
    /// Starts on a free port, reading `sim`, storing in `folder`.
    pub(crate) async fn start(sim: &RunningSim, folder: &Path, all_markets: bool) -> Self {
        Self::start_with(sim, folder, all_markets, &[]).await
    }

    /// The same with settings, as environment variables.
    pub(crate) async fn start_with(
        sim: &RunningSim,
        folder: &Path,
        all_markets: bool,
        settings: &[(&str, &str)],
    ) -> Self {
        Self::start_saying(sim, folder, all_markets, settings, Stdio::inherit()).await
    }

    /// The same with all exchanges' usual markets, and its log in a file.
    pub(crate) async fn start_logging(
        sim: &RunningSim,
        folder: &Path,
        log: &Path,
        settings: &[(&str, &str)],
    ) -> Self {
        let log = std::fs::File::create(log).unwrap();
        Self::start_saying(sim, folder, false, settings, log.into()).await
    }

    async fn start_saying(
        sim: &RunningSim,
        folder: &Path,
        all_markets: bool,
        settings: &[(&str, &str)],
        log: Stdio,
    ) -> Self {
        let config = folder.join("sim.toml");
        sim.write_config(&config, all_markets).await.unwrap();
        let address = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let process = program()
            .arg("--config")
            .arg(&config)
            .env("PARALLAX_LISTEN", address.to_string())
            .env(
                "PARALLAX_STORE__URL",
                format!("sqlite:{}", folder.join("parallax.db").display()),
            )
            .envs(settings.iter().copied())
            .stderr(log)
            .spawn()
            .unwrap();
        let server = Self {
            process,
            address,
            http: reqwest::Client::new(),
        };
        server
            .eventually("the server answers", async || {
                server.try_get("/healthz").await.is_some()
            })
            .await;
        server
    }

    async fn try_get(&self, path: &str) -> Option<reqwest::Response> {
        self.http
            .get(format!("http://{}{path}", self.address))
            .send()
            .await
            .ok()
    }

    /// Opens a path.
    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        self.try_get(path).await.unwrap()
    }

    /// Reads JSON.
    pub(crate) async fn json(&self, path: &str) -> Value {
        let text = self.get(path).await.text().await.unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// Waits until `condition` holds.
    pub(crate) async fn eventually(&self, what: &str, condition: impl AsyncFn() -> bool) {
        self.within(PATIENCE, what, condition).await;
    }

    /// Waits until `condition` holds, for what takes long by its nature.
    pub(crate) async fn within(
        &self,
        patience: Duration,
        what: &str,
        condition: impl AsyncFn() -> bool,
    ) {
        let deadline = Instant::now() + patience;
        while !condition().await {
            assert!(
                Instant::now() < deadline,
                "not within {} s: {what}",
                patience.as_secs()
            );
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Ends the process as a loss of power would: kill -9.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Sends SIGTERM and waits for the end; says how it ended and how long that took.
    pub(crate) async fn terminate(mut self) -> (std::process::ExitStatus, Duration) {
        let began = Instant::now();
        let sent = Command::new("kill")
            .arg("-TERM")
            .arg(self.process.id().to_string())
            .status();
        assert!(sent.unwrap().success());
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return (status, began.elapsed());
            }
            if began.elapsed() > PATIENCE {
                panic!("the server did not stop");
            }
            tokio::time::sleep(GLANCE).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the program prints when it is run to its end.
pub(crate) fn output(command: &mut Command) -> (Output, String) {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (output, text)
}
