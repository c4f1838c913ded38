//! `parallax-sim`: simulated exchanges on loopback, replayed recordings, and floods of quotes.
//!
//! The command line only; everything else is the library.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use parallax::time::Timestamp;
use parallax_sim::{FloodConfig, ReplayConfig, RunningSim, Script, SimConfig, Speed};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Simulated exchanges that speak the real formats over real sockets. No price here is real.
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Simulate Binance, Coinbase, Kraken and The Graph around one random walk per token.
    ///
    /// While it runs, faults can be started and prices forced:
    ///   POST /control/fault  {"venue": "kraken", "market": "BTC/USD", "kind": "crossed", "duration_ms": 5000}
    ///   POST /control/price  {"token": "BTC", "price": "50000"}
    ///   POST /control/pause  {"paused": true, "repeat": false}
    /// Kinds: disconnect, stall, silence, malformed, price_1000x, crossed, duplicate, out_of_order,
    /// refuse, planned_disconnect (binance), halted (kraken); of HTTP requests: too_many_requests, banned,
    /// server_error, slow, empty (exchanges); of thegraph: bad_indexers, indexing_error, auth_error,
    /// html_502, has_indexing_errors, lagging_block, zero_prices. Without `market`: all of the venue's.
    #[command(verbatim_doc_comment)]
    Serve(Serve),
    /// Serve recordings (`<venue>/*.cap.jsonl`) as if the exchange were sending them now.
    ///
    /// Recordings of one venue that overlap in time are merged; those of different dates follow one
    /// another. No pause is longer than two seconds. Every connection is played everything from the
    /// beginning once it subscribes, so one that reconnects sees it again; after the last frame it stays
    /// open with the exchange's keep-alives.
    /// The exchange's discovery answer lists exactly the recorded markets; candles are empty.
    /// Kraken's recordings are of the protocol version 1: they can be served, but a client of version 2
    /// cannot decode them.
    #[command(verbatim_doc_comment)]
    Replay(Replay),
    /// Send Binance quotes at an exact rate, for benchmarks.
    ///
    /// One market per token, each quoted at 100 and a few millionths: the middle price of every frame is
    /// unique within its market for a million frames. The update id `u` is the moment of sending in
    /// microseconds since 1970. USDT and USDC are quoted at exactly one dollar on coinbase and kraken.
    #[command(verbatim_doc_comment)]
    Flood(Flood),
}

#[derive(Args)]
struct Common {
    /// Where to listen; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Write the program's configuration for this simulator here, once it listens.
    #[arg(long)]
    config_out: Option<PathBuf>,
    /// End when the standard input is closed: for scripts, so that nothing outlives them.
    #[arg(long)]
    exit_with_stdin: bool,
}

#[derive(Args)]
struct Serve {
    #[command(flatten)]
    common: Common,
    /// The same seed gives the same prices.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Milliseconds between two steps of the walk.
    #[arg(long, default_value_t = 200)]
    tick_ms: u64,
    /// The chance that a market's quote changes at a tick, in per cent.
    #[arg(long, default_value_t = 60)]
    rate: u8,
    /// When the walk is at its first step: `start`, or an RFC 3339 time. With a time, a simulator that is
    /// started again goes on as if it had never been away, so that back-filled candles close the gap.
    #[arg(long, default_value = "start")]
    origin: String,
    /// `none`, `demo` (one market at a time is crossed, far off, silent or halted), or a TOML file with
    /// `[[fault]]` entries of at_ms, venue, kind, market and duration_ms, and optionally `repeat_ms`.
    #[arg(long, default_value = "none")]
    faults: String,
    /// The folder of recordings: the day of WBTC recorded there replaces the simulated one.
    #[arg(long, default_value = "../shared/recordings")]
    recordings: PathBuf,
}

#[derive(Args)]
struct Replay {
    #[command(flatten)]
    common: Common,
    /// The folder with one folder per venue.
    #[arg(long)]
    recordings: PathBuf,
    /// A venue to serve: binance, `binance_us`, coinbase or kraken. Repeatable.
    #[arg(long = "venue", default_values = ["binance", "binance_us", "coinbase"])]
    venues: Vec<String>,
    /// How many times the original pace, or `max`: as fast as the reader accepts.
    #[arg(long, default_value = "1")]
    speed: Speed,
    /// Start over after the last frame.
    #[arg(long = "loop")]
    endless: bool,
}

#[derive(Args)]
struct Flood {
    #[command(flatten)]
    common: Common,
    /// Frames per second over all markets together.
    #[arg(long, default_value_t = 5_000)]
    frames_per_second: u32,
    /// How many markets; at most as many as the token catalogue has tokens that are no currency.
    #[arg(long, default_value_t = 40)]
    markets: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    match obey(Cli::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // With its causes on one line; where in the code it happened helps nobody who typed this.
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn obey(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(serve) => {
            let config = SimConfig {
                listen: serve.common.listen,
                seed: serve.seed,
                tick: Duration::from_millis(serve.tick_ms),
                rate: serve.rate,
                origin: origin(&serve.origin)?,
                script: script(&serve.faults).await?,
                recordings: Some(serve.recordings),
            };
            let sim = parallax_sim::start(config).await?;
            run(sim, &serve.common, false, "simulating").await
        }
        Command::Replay(replay) => {
            let config = ReplayConfig {
                listen: replay.common.listen,
                recordings: replay.recordings,
                venues: replay.venues,
                speed: replay.speed,
                endless: replay.endless,
            };
            let sim = parallax_sim::replay(config).await?;
            run(sim, &replay.common, true, "replaying").await
        }
        Command::Flood(flood) => {
            let listener = TcpListener::bind(flood.common.listen)
                .await
                .context("cannot listen")?;
            let config = FloodConfig {
                frames_per_second: flood.frames_per_second,
                markets: flood.markets,
            };
            let running = parallax_sim::flood(listener, config).await?;
            run(running.into_sim(), &flood.common, false, "flooding").await
        }
    }
}

/// Announces the simulator and serves until told to end.
async fn run(
    sim: RunningSim,
    common: &Common,
    all_markets: bool,
    doing: &str,
) -> anyhow::Result<()> {
    // Heard before anybody is told that there is something to end.
    let mut terminate = signal(SignalKind::terminate()).context("cannot hear SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot hear Ctrl-C")?;
    if let Some(path) = &common.config_out {
        sim.write_config(path, all_markets).await?;
    }
    say(&format!(
        "parallax-sim: {doing} {} on {}",
        sim.venues().join(", "),
        sim.addr()
    ));
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        () = stdin_closed(), if common.exit_with_stdin => {}
    }
    sim.shutdown().await;
    Ok(())
}

/// One line for people and scripts. A closed output is no reason to end.
fn say(line: &str) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Waits for the end of the standard input, on a thread of its own: a blocked read on the runtime's
/// would keep the process from ending for any other reason.
async fn stdin_closed() {
    let (closed, wait) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        // Whatever the outcome, there is no more input.
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = closed.send(());
    });
    let _ = wait.await;
}

fn origin(text: &str) -> anyhow::Result<Option<Timestamp>> {
    match text {
        "start" => Ok(None),
        time => time
            .parse()
            .map(Some)
            .context("--origin is neither `start` nor an RFC 3339 time"),
    }
}

async fn script(faults: &str) -> anyhow::Result<Script> {
    match faults {
        "none" => Ok(Script::default()),
        "demo" => Ok(Script::demo()?),
        path => {
            let text = tokio::fs::read_to_string(path)
                .await
                .with_context(|| format!("cannot read the fault script {path}"))?;
            Script::parse(&text).with_context(|| format!("fault script {path}"))
        }
    }
}
