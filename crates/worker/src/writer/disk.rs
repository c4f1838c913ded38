//! The spool, asked from a thread that may wait for the disk.

use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::SpoolConfig;
use crate::pending::Rows;
use crate::spool::{Place, Spool, SpoolError};

/// The spool, if one is wanted and can be used.
#[derive(Debug)]
pub(super) struct Disk {
    config: SpoolConfig,
    spool: Option<Spool>,
}

/// What the spool holds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Contents {
    pub(super) rows: u64,
    pub(super) bytes: u64,
}

impl Disk {
    pub(super) const fn new(config: SpoolConfig) -> Self {
        Self {
            config,
            spool: None,
        }
    }

    /// Opens the spool if it is wanted and not open; then returns the rows an earlier process left.
    pub(super) async fn open(&mut self) -> Result<u64, SpoolError> {
        let Some(folder) = self.config.folder.clone().filter(|_| self.spool.is_none()) else {
            return Ok(0);
        };
        let limit_bytes = self.config.max_bytes;
        match spawn_blocking(move || Spool::open(&folder, limit_bytes)).await {
            Ok(opened) => {
                let spool = opened?;
                let rows = spool.rows();
                self.spool = Some(spool);
                Ok(rows)
            }
            // The runtime is ending, and this task with it.
            Err(_) => Ok(0),
        }
    }

    pub(super) fn contents(&self) -> Contents {
        self.spool
            .as_ref()
            .map_or_else(Contents::default, |spool| Contents {
                rows: spool.rows(),
                bytes: spool.bytes(),
            })
    }

    /// Lends the spool to a thread that may wait. `None` without a spool.
    async fn with<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Spool) -> T + Send + 'static,
    ) -> Option<T> {
        let mut spool = self.spool.take()?;
        let done = spawn_blocking(move || {
            let done = work(&mut spool);
            (spool, done)
        });
        let (spool, done) = done.await.ok()?;
        self.spool = Some(spool);
        Some(done)
    }

    /// Adds rows behind all others. `None` without a spool; otherwise how many older rows were given up
    /// for them, and where they are.
    pub(super) async fn append(
        &mut self,
        rows: Arc<Rows>,
    ) -> Option<(u64, Result<Vec<Place>, SpoolError>)> {
        self.with(move |spool| {
            let mut given_up = 0;
            let done = spool.append(&rows, &mut given_up);
            (given_up, done)
        })
        .await
    }

    /// The oldest rows, and how many were given up because they cannot be read any more.
    pub(super) async fn first(&mut self) -> (u64, Option<(Place, Rows)>) {
        let first = self.with(|spool| {
            let mut given_up = 0;
            let first = spool.first(&mut given_up);
            (given_up, first)
        });
        first.await.unwrap_or_default()
    }

    /// Notes that rows are stored.
    pub(super) async fn done(&mut self, places: Vec<Place>) {
        self.with(move |spool| places.into_iter().for_each(|place| spool.done(place)))
            .await;
    }
}
