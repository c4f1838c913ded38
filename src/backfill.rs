//! Back-fill as operators see it: which parts of the past were repaired, and what they order to be repaired now.
//!
//! `crates/worker` does it, `crates/board` holds what was done since the program started, the admin shows it.

use std::time::Duration;

use crate::candle::{Interval, Source};
use crate::time::Timestamp;
use crate::token::TokenId;

/// What an operator wants to have repaired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackfillOrder {
    /// The token; what converts its prices is repaired before it.
    pub token: TokenId,
    /// The length of the candles. With hours the days are repaired too.
    pub interval: Interval,
    /// The first moment.
    pub from: Timestamp,
    /// The first moment that is out.
    pub until: Timestamp,
    /// Who wants it.
    pub by: String,
}

impl BackfillOrder {
    /// The longest range of an order: ten years of hours, a month of minutes.
    #[must_use]
    pub const fn longest(interval: Interval) -> Duration {
        match interval {
            Interval::Minute => Duration::from_secs(31 * 86_400),
            Interval::Hour | Interval::Day => Duration::from_secs(3_660 * 86_400),
        }
    }
}

/// A run over one token's candles of one length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackfillRun {
    /// Its number since the program started, from 1.
    pub number: u64,
    /// The token.
    pub token: TokenId,
    /// The length of the candles.
    pub interval: Interval,
    /// The first moment that was looked at.
    pub from: Timestamp,
    /// The first moment that was not.
    pub until: Timestamp,
    /// Who ordered it; `None` for what the program does by itself.
    pub by: Option<String>,
    /// When it began.
    pub began_at: Timestamp,
    /// When it ended; `None` while it waits or runs.
    pub ended_at: Option<Timestamp>,
    /// Steps that are done.
    pub steps_done: u32,
    /// Steps that it has.
    pub steps: u32,
    /// Bars that were made or repaired.
    pub bars: u64,
    /// Whose bars they are.
    pub sources: Vec<Source>,
    /// Steps in which something went wrong.
    pub errors: u32,
    /// What went wrong last, in words for the operator, without secrets.
    pub last_error: Option<String>,
    /// Whether someone cancelled it before its last step; what was done until then stays.
    pub is_cancelled: bool,
}

impl BackfillRun {
    /// Whether it can be cancelled: it was ordered, and waits or runs.
    #[must_use]
    pub const fn can_be_cancelled(&self) -> bool {
        self.by.is_some() && self.ended_at.is_none()
    }
}
