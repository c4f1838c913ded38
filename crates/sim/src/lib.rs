//! Simulated exchanges for development, tests, demonstrations and benchmarks.
//!
//! Owns three things that speak the real wire formats over real sockets on loopback: a live simulation
//! of Binance, Coinbase, Kraken and The Graph ([`start`]), a player of recordings ([`replay()`]), and a flood of
//! quotes at an exact rate ([`flood()`]). Knows nothing of the program it is used to test, except the endpoints type. Nothing here
//! is a real price. Used by the `parallax-sim` binary and by tests of other crates in-process.
//!
//! ```no_run
//! # async fn example() -> Result<(), parallax_sim::SimError> {
//! let sim = parallax_sim::start(parallax_sim::SimConfig::default()).await?;
//! let kraken = sim.endpoints("kraken"); // ws://127.0.0.1:PORT/kraken
//! sim.inject(&parallax_sim::Fault {
//!     venue: "kraken".to_owned(),
//!     market: Some("BTC/USD".to_owned()),
//!     kind: parallax_sim::FaultKind::Crossed,
//!     duration_ms: 1_000,
//! })?;
//! sim.shutdown().await;
//! # Ok(()) }
//! ```

mod config_out;
mod connection;
mod dialect;
mod digits;
mod engine;
mod error;
mod exchanges;
mod fault;
mod fault_board;
mod flood;
mod floor;
mod graph;
mod listing;
mod noise;
mod quoting;
mod recorded_markets;
mod recording;
mod replay;
mod server;
mod sim;
mod snapshot;
mod tape;
mod tokens;
mod venue;
mod walk;
mod world;

pub use error::SimError;
pub use fault::{Fault, FaultKind, Script};
pub use flood::{FloodConfig, RunningFlood, flood};
pub use floor::RunningSim;
pub use replay::{LONGEST_PAUSE, ReplayConfig, replay};
pub use sim::{SimConfig, start};
pub use tape::Speed;
pub use walk::Walk;
pub use world::VENUES;
