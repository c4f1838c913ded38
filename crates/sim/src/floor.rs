//! The running server: all venues behind one listening socket, and the handle that owns it.
//!
//! Used by the live simulation, the replay and the flood alike; they differ in who feeds the venues.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use parallax::amount::Price;
use parallax_venues::spec::{Endpoints, Secret};
use tokio::net::TcpListener;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::error::SimError;
use crate::fault::Fault;
use crate::graph::{self, Gateway};
use crate::server;
use crate::venue::Venue;
use crate::world::{SharedWalk, wall_clock};

/// Connections still open this long after a shutdown are left to the end of the process.
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(2);

/// What the handlers and the tasks share.
pub(crate) struct Floor {
    pub venues: BTreeMap<String, Arc<Venue>>,
    /// The gateway of The Graph, where prices are simulated.
    pub gateway: Option<Gateway>,
    /// The walk, where prices are simulated.
    pub walk: Option<SharedWalk>,
    /// Nothing at all is quoted: a pause without repetition.
    pub mute: AtomicBool,
    pub stop: CancellationToken,
    pub tasks: TaskTracker,
}

impl Floor {
    pub(crate) fn new(
        venues: Vec<Venue>,
        walk: Option<SharedWalk>,
        gateway: Option<Gateway>,
    ) -> Arc<Self> {
        let venues = venues
            .into_iter()
            .map(|venue| (venue.id.clone(), Arc::new(venue)))
            .collect();
        Arc::new(Self {
            venues,
            gateway,
            walk,
            mute: AtomicBool::new(false),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        })
    }

    pub(crate) fn inject(&self, fault: &Fault) -> Result<(), SimError> {
        let now = Instant::now();
        match self.gateway_of(fault) {
            Some(gateway) => gateway.inject(fault, now),
            None => self.venue_of(fault)?.inject(fault, wall_clock(), now),
        }
    }

    /// Whether a fault names something that can have it.
    pub(crate) fn check(&self, fault: &Fault) -> Result<(), SimError> {
        match self.gateway_of(fault) {
            Some(gateway) => gateway.check(fault),
            None => self.venue_of(fault)?.check(fault).map(|_| ()),
        }
    }

    pub(crate) fn relent(&self, venue: &str) -> Result<(), SimError> {
        let gateway = self.gateway.as_ref().filter(|_| venue == graph::ID);
        let faults = match (gateway, self.venues.get(venue)) {
            (Some(gateway), _) => &gateway.faults,
            (None, Some(venue)) => &venue.faults,
            (None, None) => {
                return Err(SimError::Fault(format!("no simulated venue {venue:?}")));
            }
        };
        faults.clear();
        Ok(())
    }

    fn gateway_of(&self, fault: &Fault) -> Option<&Gateway> {
        self.gateway.as_ref().filter(|_| fault.venue == graph::ID)
    }

    fn venue_of(&self, fault: &Fault) -> Result<&Venue, SimError> {
        self.venues
            .get(&fault.venue)
            .map(AsRef::as_ref)
            .ok_or_else(|| SimError::Fault(format!("no simulated venue {:?}", fault.venue)))
    }

    pub(crate) fn set_price(&self, code: &str, price: Price) -> Result<(), SimError> {
        let walk = self.walk.as_ref().ok_or(NO_WALK)?;
        let mut walk = walk
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        walk.force(code, price, wall_clock())
    }

    pub(crate) fn pause(&self, paused: bool, repeat: bool) -> Result<(), SimError> {
        let walk = self.walk.as_ref().ok_or(NO_WALK)?;
        walk.write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .pause(paused, wall_clock());
        self.mute
            .store(paused && !repeat, std::sync::atomic::Ordering::Relaxed);
        Ok(())
    }
}

const NO_WALK: SimError =
    SimError::Setting("recordings and floods have no simulated prices to change");

/// A simulator that serves until it is shut down or dropped.
pub struct RunningSim {
    floor: Arc<Floor>,
    addr: SocketAddr,
}

impl std::fmt::Debug for RunningSim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunningSim")
            .field("addr", &self.addr)
            .finish_non_exhaustive()
    }
}

impl RunningSim {
    /// Serves a floor on a socket.
    pub(crate) fn open(listener: TcpListener, floor: Arc<Floor>) -> Result<Self, SimError> {
        let addr = listener.local_addr().map_err(SimError::Listen)?;
        server::spawn(listener, &floor);
        Ok(Self { floor, addr })
    }

    /// Where it listens.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The ids of the venues it serves, sorted.
    #[must_use]
    pub fn venues(&self) -> Vec<&str> {
        let gateway = self.floor.gateway.as_ref().map(|_| graph::ID);
        let venues = self.floor.venues.keys().map(String::as_str);
        let mut ids: Vec<_> = venues.chain(gateway).collect();
        ids.sort_unstable();
        ids
    }

    /// Where a venue is served, with the key it wants: what the program is to be configured with.
    #[must_use]
    pub fn endpoints(&self, venue: &str) -> Endpoints {
        let gateway = self.floor.gateway.as_ref().filter(|_| venue == graph::ID);
        Endpoints {
            stream: match gateway {
                Some(_) => String::new(),
                None => format!("ws://{}/{venue}", self.addr),
            },
            rest: format!("http://{}/{venue}", self.addr),
            key: gateway.map(|gateway| Secret::new(gateway.key())),
        }
    }

    /// Starts a fault now.
    ///
    /// # Errors
    /// [`SimError::Fault`] for an unknown venue or market, or a fault that the exchange cannot have.
    pub fn inject(&self, fault: &Fault) -> Result<(), SimError> {
        self.floor.inject(fault)
    }

    /// Ends all faults of a venue that are in force.
    ///
    /// # Errors
    /// [`SimError::Fault`] for an unknown venue.
    pub fn relent(&self, venue: &str) -> Result<(), SimError> {
        self.floor.relent(venue)
    }

    /// From now on a token's walk goes on from this price in USD, on all exchanges. `code` is the
    /// token's code, such as `BTC`.
    ///
    /// # Errors
    /// [`SimError::UnknownToken`]; [`SimError::Setting`] for a price outside 10^-12 to 10^9, or where
    /// nothing is simulated (replay, flood).
    pub fn set_price(&self, code: &str, price: Price) -> Result<(), SimError> {
        self.floor.set_price(code, price)
    }

    /// Freezes the walk, or lets it go on. While frozen, the same quotes are repeated, or with `repeat`
    /// false nothing but keep-alives is sent.
    ///
    /// # Errors
    /// [`SimError::Setting`] where nothing is simulated (replay, flood).
    pub fn pause(&self, paused: bool, repeat: bool) -> Result<(), SimError> {
        self.floor.pause(paused, repeat)
    }

    /// Stops serving: connections get a close frame, and at most two seconds.
    pub async fn shutdown(self) {
        self.floor.stop.cancel();
        self.floor.tasks.close();
        // What does not end in time ends with the process.
        let _ = timeout(SHUTDOWN_PATIENCE, self.floor.tasks.wait()).await;
    }
}

impl Drop for RunningSim {
    fn drop(&mut self) {
        self.floor.stop.cancel();
    }
}
