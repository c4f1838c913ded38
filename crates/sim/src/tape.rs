//! Recorded frames in playing order, and where one connection is in them.
//!
//! Filled by `replay`, played by `connection`. Every connection has a player of its own, which starts
//! with its first granted subscription, so nothing is missed.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use tokio::time::Instant;

/// How fast recordings are played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speed {
    /// This many times the original pace.
    Times(u32),
    /// As fast as the reader accepts.
    Max,
}

impl std::str::FromStr for Speed {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match (text, text.parse()) {
            ("max", _) => Ok(Self::Max),
            (_, Ok(times)) if times > 0 => Ok(Self::Times(times)),
            _ => Err("a speed is `max` or a whole number of at least 1"),
        }
    }
}

/// One recorded frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TapeFrame {
    /// After the frame before it, at the original pace.
    pub after: Duration,
    /// Byte for byte what the exchange sent.
    pub text: Utf8Bytes,
}

/// All frames of one venue.
#[derive(Debug, Clone)]
pub(crate) struct Tape {
    pub frames: Arc<[TapeFrame]>,
    pub speed: Speed,
    /// Start over after the last frame.
    pub endless: bool,
}

/// One connection's place on a tape.
#[derive(Debug)]
pub(crate) struct Player {
    tape: Tape,
    position: usize,
    due: Instant,
}

impl Player {
    pub(crate) fn start(tape: Tape, now: Instant) -> Self {
        Self {
            tape,
            position: 0,
            due: now,
        }
    }

    /// When the next frame is to be sent; `None` after the last.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.tape.frames.get(self.position).map(|_| self.due)
    }

    /// The next frame. Moves on.
    pub(crate) fn next(&mut self) -> Option<Utf8Bytes> {
        let text = self.tape.frames.get(self.position)?.text.clone();
        self.position += 1;
        if self.tape.endless && self.position == self.tape.frames.len() {
            self.position = 0;
        }
        let after = self.tape.frames.get(self.position).map(|frame| frame.after);
        // Counted from when it was due, so that the pace does not drift.
        self.due += match self.tape.speed {
            Speed::Times(times) => after.unwrap_or_default() / times.max(1),
            Speed::Max => Duration::ZERO,
        };
        Some(text)
    }
}
