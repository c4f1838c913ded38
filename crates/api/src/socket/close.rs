//! Why the server closes a connection, as code and reason. `/asyncapi.json` lists them.

use axum::extract::ws::{CloseFrame, Message};
use parallax::key::KeyEnd;

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// The server stops.
    Stop,
    /// The connection has lasted as long as any may.
    Lifetime,
    /// A message that is no text.
    Binary,
    /// A message that is too long.
    TooLong,
    /// What the client sent is not WebSocket.
    Broken,
    /// A ping was not answered.
    Silent,
    /// The key that opened it ended.
    Key(KeyEnd),
}

impl Why {
    /// The frame that says so.
    pub(super) fn frame(self) -> Message {
        let (code, reason) = match self {
            Self::Stop => (1001, "the server stops; connect again"),
            Self::Lifetime => (
                1001,
                "the longest a connection may last is over; connect again",
            ),
            Self::Broken => (1002, "not a WebSocket frame"),
            Self::Binary => (1003, "messages are JSON as text"),
            Self::TooLong => (1009, "the message is too long"),
            Self::Key(KeyEnd::Revoked) => (4401, "the key was revoked"),
            Self::Key(KeyEnd::Expired) => (4401, "the key has expired"),
            Self::Silent => (4408, "a ping was not answered"),
        };
        Message::Close(Some(CloseFrame {
            code,
            reason: reason.into(),
        }))
    }
}
