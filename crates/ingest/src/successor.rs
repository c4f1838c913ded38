//! The replacement of a connection that still works: opened beside it, so that nothing is missed.
//!
//! Owns the replacement's way from being due to being open; when to change over is the connection
//! task's decision.

use std::future::{Future, pending};
use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Instant, Sleep};

use crate::error::IngestError;
use crate::link::{Incoming, Link};

/// A link in use.
pub(crate) struct Live {
    pub(crate) link: Box<Link>,
    /// Rises with every link of the connection: of two links, the one with more is the newer.
    pub(crate) generation: u64,
    /// Whether it has carried market data.
    pub(crate) delivered: bool,
    /// When its last subscription was sent.
    pub(crate) subscribed_at: Option<Instant>,
    /// Whether the exchange has said that it will close it.
    pub(crate) asked_to_leave: bool,
    /// At this age it is replaced.
    pub(crate) retire_at: Option<Duration>,
}

/// The replacement, if one is on its way.
#[derive(Default)]
pub(crate) enum Successor {
    /// None is needed.
    #[default]
    None,
    /// An attempt failed; the next one is due then.
    Waiting(Pin<Box<Sleep>>),
    /// Being opened.
    Opening(Pin<Box<dyn Future<Output = Result<Box<Link>, IngestError>> + Send>>),
    /// Open: both connections deliver.
    Open(Live),
}

/// What a replacement has to tell.
pub(crate) enum News {
    /// It is time to open it.
    Due,
    /// It was opened, or not.
    Opened(Result<Box<Link>, IngestError>),
    /// Something came over it, or it was lost.
    Incoming(Result<Incoming, IngestError>),
}

impl Successor {
    pub(crate) const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// A replacement that is due after `delay`.
    pub(crate) fn after(delay: Duration) -> Self {
        Self::Waiting(Box::pin(tokio::time::sleep(delay)))
    }

    /// Waits for news, for ever when there is no replacement. May be dropped and called again.
    pub(crate) async fn news(&mut self) -> News {
        match self {
            Self::None => pending().await,
            Self::Waiting(sleep) => {
                sleep.as_mut().await;
                News::Due
            }
            Self::Opening(opening) => News::Opened(opening.as_mut().await),
            Self::Open(live) => News::Incoming(live.link.next().await),
        }
    }

    /// The open replacement, leaving none.
    pub(crate) fn take_open(&mut self) -> Option<Live> {
        match std::mem::take(self) {
            Self::Open(live) => Some(live),
            other => {
                *self = other;
                None
            }
        }
    }
}
