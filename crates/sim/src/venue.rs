//! One simulated exchange at run time: its language, its markets, its subscribers and its faults.
//!
//! Shared by the live simulation, the replay and the flood. Frames go to all connections through one
//! bounded channel; a connection that falls behind it is cut, as exchanges do with slow readers.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use parallax::time::Timestamp;
use tokio::sync::broadcast;
use tokio::time::Instant;

use crate::dialect::{Channel, ChannelFrame, Dialect};
use crate::error::SimError;
use crate::exchanges::dialect_of;
use crate::fault::{Fault, FaultKind};
use crate::fault_board::FaultBoard;
use crate::listing::Listings;
use crate::snapshot::{History, NoHistory, Snapshot};
use crate::tape::Tape;

/// Frames a connection may lag behind before it is cut.
const BACKLOG: usize = 16_384;

/// What all connections of a venue are told.
#[derive(Debug, Clone)]
pub(crate) enum Outgoing {
    /// For those that subscribed.
    Frame {
        market: usize,
        channel: Channel,
        text: Utf8Bytes,
    },
    /// For everyone.
    Notice(Utf8Bytes),
    /// Cut the connection.
    Cut,
    /// Look at the faults in force again.
    Wake,
}

pub(crate) struct Venue {
    pub id: String,
    pub dialect: Box<dyn Dialect>,
    pub listings: Listings,
    pub history: Box<dyn History>,
    pub faults: FaultBoard,
    /// A recorded answer to discovery, in place of one made of the listings.
    pub recorded_discovery: Option<String>,
    /// What a connection is played once it subscribes, in a replay.
    pub tape: Option<Tape>,
    latest: Mutex<Vec<Option<Snapshot>>>,
    bus: broadcast::Sender<Outgoing>,
    /// A frame held back by [`FaultKind::OutOfOrder`].
    held: Mutex<Option<Outgoing>>,
}

impl Venue {
    pub(crate) fn new(id: &str, listings: Listings) -> Result<Self, SimError> {
        let dialect = dialect_of(id).ok_or_else(|| SimError::UnknownVenue(id.to_owned()))?;
        let latest = vec![None; listings.len()];
        Ok(Self {
            id: id.to_owned(),
            dialect,
            listings,
            history: Box::new(NoHistory),
            faults: FaultBoard::default(),
            recorded_discovery: None,
            tape: None,
            latest: Mutex::new(latest),
            bus: broadcast::Sender::new(BACKLOG),
            held: Mutex::new(None),
        })
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Outgoing> {
        self.bus.subscribe()
    }

    /// The newest state of each market.
    pub(crate) fn latest(&self) -> MutexGuard<'_, Vec<Option<Snapshot>>> {
        // Whole slots are replaced, so a panic elsewhere leaves nothing half done.
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn remember(&self, market: usize, snapshot: &Snapshot) {
        if let Some(slot) = self.latest().get_mut(market) {
            *slot = Some(snapshot.clone());
        }
    }

    /// Sends frames of a market to its subscribers, as far as the faults in force allow.
    pub(crate) fn publish(&self, market: usize, frames: Vec<ChannelFrame>, now: Instant) {
        if self.faults.silences(market, now) {
            return;
        }
        let malformed = self.faults.has(FaultKind::Malformed, Some(market), now);
        let twice = self.faults.has(FaultKind::Duplicate, Some(market), now);
        let swap = self.faults.has(FaultKind::OutOfOrder, Some(market), now);
        for (channel, text) in frames {
            let text = if malformed { cut_in_half(text) } else { text };
            let frame = Outgoing::Frame {
                market,
                channel,
                text: text.into(),
            };
            if twice {
                self.send(frame.clone());
            }
            if swap {
                self.send_swapped(frame);
            } else {
                self.send(frame);
            }
        }
    }

    /// Holds back every other frame until the next one of the same market and channel is out.
    fn send_swapped(&self, frame: Outgoing) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let is_pair = |older: &Outgoing| match (older, &frame) {
            (
                Outgoing::Frame {
                    market, channel, ..
                },
                Outgoing::Frame {
                    market: newer,
                    channel: on,
                    ..
                },
            ) => market == newer && channel == on,
            _ => false,
        };
        match held.take() {
            Some(older) if is_pair(&older) => {
                self.send(frame);
                self.send(older);
            }
            Some(older) => {
                self.send(frame);
                *held = Some(older);
            }
            None => *held = Some(frame),
        }
    }

    pub(crate) fn send(&self, outgoing: Outgoing) {
        // Fails only when nobody listens, which is no loss.
        let _ = self.bus.send(outgoing);
    }

    /// Starts a fault.
    pub(crate) fn inject(
        &self,
        fault: &Fault,
        at: Timestamp,
        now: Instant,
    ) -> Result<(), SimError> {
        let market = self.check(fault)?;
        let duration = Duration::from_millis(fault.duration_ms);
        match fault.kind {
            FaultKind::Disconnect => self.send(Outgoing::Cut),
            FaultKind::PlannedDisconnect => {
                // In force first: a connection that hears the notice asks when it ends.
                self.faults.start(fault.kind, None, duration, now);
                if let Some(text) = self.dialect.farewell(at) {
                    self.send(Outgoing::Notice(text.into()));
                }
            }
            kind => {
                self.faults.start(kind, market, duration, now);
                self.send(Outgoing::Wake);
            }
        }
        tracing::info!(venue.id = %self.id, fault = ?fault.kind, market = ?fault.market, duration_ms = fault.duration_ms, "fault");
        Ok(())
    }

    /// Whether the venue can have this fault; the number of the market it names.
    pub(crate) fn check(&self, fault: &Fault) -> Result<Option<usize>, SimError> {
        let refuse = |text: String| Err(SimError::Fault(text));
        let manners = self.dialect.manners();
        if fault.kind == FaultKind::PlannedDisconnect && !manners.announces_disconnects {
            return refuse(format!("{} announces no disconnections", self.id));
        }
        if fault.kind.is_of_gateways() {
            return refuse(format!("{} is no gateway of The Graph", self.id));
        }
        if fault.kind == FaultKind::Halted && !manners.shows_halts {
            return refuse(format!("{} does not show halts in its stream", self.id));
        }
        match &fault.market {
            None => Ok(None),
            Some(_) if fault.kind.concerns_connections() => {
                refuse("this fault concerns connections, not one market".to_owned())
            }
            Some(symbol) => match self.listings.find(symbol) {
                Some(market) => Ok(Some(market)),
                None => refuse(format!("{} lists no market {symbol:?}", self.id)),
            },
        }
    }
}

/// The first half of a frame: never whole JSON.
fn cut_in_half(mut text: String) -> String {
    let mut middle = text.len() / 2;
    while !text.is_char_boundary(middle) {
        middle -= 1;
    }
    text.truncate(middle);
    text
}
