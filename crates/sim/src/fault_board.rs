//! Which faults are in force on one venue now.
//!
//! Asked by `engine` before a snapshot is written out, by `venue` before a frame is sent, and by
//! `connection` and `server`. Takes the time as an argument, so that it needs no clock.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::fault::FaultKind;
use crate::snapshot::Snapshot;

#[derive(Debug, Clone, Copy)]
struct Active {
    kind: FaultKind,
    /// All markets when missing.
    market: Option<usize>,
    until: Instant,
}

/// The faults of one venue.
#[derive(Debug, Default)]
pub(crate) struct FaultBoard {
    active: Mutex<Vec<Active>>,
}

impl FaultBoard {
    fn lock(&self) -> MutexGuard<'_, Vec<Active>> {
        // A panic elsewhere leaves the list whole: it is only pushed to and filtered.
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn start(
        &self,
        kind: FaultKind,
        market: Option<usize>,
        duration: Duration,
        now: Instant,
    ) {
        let mut active = self.lock();
        active.retain(|fault| fault.until > now);
        active.push(Active {
            kind,
            market,
            until: now + duration,
        });
    }

    /// Ends everything that is in force.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// Whether a fault is in force for a market; with `None`, whether it is in force for the whole venue.
    pub(crate) fn has(&self, kind: FaultKind, market: Option<usize>, now: Instant) -> bool {
        self.lock().iter().any(|fault| {
            fault.kind == kind
                && fault.until > now
                && (fault.market.is_none() || fault.market == market)
        })
    }

    /// When the last venue-wide fault of this kind ends; `None` when there is none.
    pub(crate) fn until(&self, kind: FaultKind, now: Instant) -> Option<Instant> {
        self.lock()
            .iter()
            .filter(|fault| fault.kind == kind && fault.until > now && fault.market.is_none())
            .map(|fault| fault.until)
            .max()
    }

    /// Whether a market's data is held back.
    pub(crate) fn silences(&self, market: usize, now: Instant) -> bool {
        self.has(FaultKind::Silence, Some(market), now)
            || self.has(FaultKind::Stall, Some(market), now)
    }

    /// Bends a snapshot as the faults in force demand.
    pub(crate) fn bend(&self, market: usize, snapshot: &mut Snapshot, now: Instant) {
        if self.has(FaultKind::Price1000x, Some(market), now) {
            for price in [
                &mut snapshot.bid,
                &mut snapshot.ask,
                &mut snapshot.last.price,
            ] {
                *price = price.saturating_mul(1_000);
            }
        }
        if self.has(FaultKind::Crossed, Some(market), now) {
            let mid = (snapshot.bid + snapshot.ask) / 2;
            snapshot.bid = mid + (mid / 1_000).max(1);
            snapshot.ask = (mid - mid / 1_000).max(1);
        }
        snapshot.halted = self.has(FaultKind::Halted, Some(market), now);
    }
}
