//! Starting the live simulation.
//!
//! Called by the binary and, in-process, by tests of other crates.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use parallax::time::Timestamp;
use tokio::net::TcpListener;

use crate::engine::{Engine, perform};
use crate::error::SimError;
use crate::fault::Script;
use crate::floor::{Floor, RunningSim};
use crate::graph::Gateway;
use crate::venue::Venue;
use crate::walk::Walk;
use crate::world::{self, WalkHistory, wall_clock};

/// What the live simulation is started with.
#[derive(Debug, Clone)]
pub struct SimConfig {
    /// Where to listen; port 0 picks a free one.
    pub listen: SocketAddr,
    /// The same seed gives the same walk.
    pub seed: u64,
    /// Time between two steps of the walk, 1 ms to 1 h.
    pub tick: Duration,
    /// The chance that a market's quote changes at a tick, 1 to 100 per cent.
    pub rate: u8,
    /// When the walk is at step 0; `None` for the moment of starting. With a fixed moment a simulator
    /// that is started again goes on with the same market as if it had never been away.
    pub origin: Option<Timestamp>,
    /// Faults to come.
    pub script: Script,
    /// The folder of recordings; the day of WBTC recorded there replaces the simulated one.
    pub recordings: Option<PathBuf>,
}

impl Default for SimConfig {
    /// A free port on loopback, seed 1, five ticks a second, no faults.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            seed: 1,
            tick: Duration::from_millis(200),
            rate: 60,
            origin: None,
            script: Script::default(),
            recordings: None,
        }
    }
}

/// Starts the three simulated exchanges and the gateway of The Graph.
///
/// # Errors
/// [`SimError::Setting`] for a setting outside its bounds, [`SimError::Fault`] for a script that names
/// what does not exist, [`SimError::Listen`] when the address cannot be had.
pub async fn start(config: SimConfig) -> Result<RunningSim, SimError> {
    if !(1..=100).contains(&config.rate) {
        return Err(SimError::Setting("the rate must be 1 to 100 per cent"));
    }
    let origin = config.origin.unwrap_or_else(wall_clock);
    let walk = Arc::new(RwLock::new(Walk::new(config.seed, config.tick, origin)?));
    let (mut venues, mut quoting) = (Vec::new(), Vec::new());
    for plan in world::plan() {
        let mut venue = Venue::new(plan.id, plan.listings)?;
        venue.history = Box::new(WalkHistory {
            walk: Arc::clone(&walk),
            quoting: Arc::clone(&plan.quoting),
        });
        quoting.push((plan.id.to_owned(), plan.quoting));
        venues.push(venue);
    }
    let gateway = Gateway::new(Arc::clone(&walk), config.recordings.as_deref())?;
    let floor = Floor::new(venues, Some(Arc::clone(&walk)), Some(gateway));
    for fault in config.script.faults() {
        floor.check(fault)?;
    }
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(SimError::Listen)?;
    let mut engine = Engine::new(&floor, walk, &quoting, config.tick, config.rate);
    engine.prepare();
    floor.tasks.spawn(engine.run());
    floor
        .tasks
        .spawn(perform(Arc::clone(&floor), config.script));
    RunningSim::open(listener, floor)
}
