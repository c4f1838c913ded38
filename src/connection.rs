//! What a reader of `/status` learns about each connection to an exchange.

use serde::{Deserialize, Serialize};

use crate::fact::QueryBudget;
use crate::time::Timestamp;
use crate::venue::VenueId;

/// Where a connection is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// Asking the exchange which markets it has.
    Discovering,
    /// Opening the socket and subscribing.
    Connecting,
    /// Subscribed, and market data arrives.
    Live,
    /// Open, but no market data for longer than the limit; about to be replaced.
    Stalled,
    /// Closed; the next attempt is at [`ConnectionReport::next_attempt_at`].
    Waiting,
    /// The venue refuses for a reason that only the operator can mend (a missing or wrong key, a spent
    /// budget); asked again at [`ConnectionReport::next_attempt_at`] at the earliest.
    Refused,
    /// Stopped by the operator or at shutdown.
    Stopped,
}

impl ConnectionState {
    /// For people, as the end of a sentence that begins with "is".
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Discovering => "finding markets",
            Self::Connecting => "connecting",
            Self::Live => "live",
            Self::Stalled => "stalled",
            Self::Waiting => "waiting to retry",
            Self::Refused => "refused",
            Self::Stopped => "stopped",
        }
    }
}

/// A connection's state and counters. They count since the program started, or since an operator last paused or
/// reconnected its exchange: then they begin anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConnectionReport {
    /// `binance/0`: the venue and the connection's number.
    pub id: String,
    /// The exchange.
    pub venue: VenueId,
    /// The exchange's name for people.
    pub venue_name: String,
    /// The endpoint without query or credentials.
    pub endpoint: String,
    /// Where it is in its life.
    pub state: ConnectionState,
    /// Since when.
    pub since: Timestamp,
    /// Markets this connection is subscribed to.
    pub markets: u32,
    /// Of those, the ones silent for longer than their limit.
    pub stalled_markets: u32,
    /// The last frame that carried market data; keep-alives do not count.
    pub last_data_at: Option<Timestamp>,
    /// Frames with market data per second, a mean over the last 10 seconds, in hundredths.
    pub frames_per_second_x100: u64,
    /// Frames received.
    pub frames: u64,
    /// Quotes, trades, 24-hour figures and prices of chains that the frames said.
    pub events: u64,
    /// Times the connection was opened again after the first.
    pub reconnects: u64,
    /// Frames that could not be decoded.
    pub decode_errors: u64,
    /// Quotes and tickers replaced by newer ones before they were sent on, because the pipeline was
    /// behind, plus trades dropped for the same reason.
    pub drops: u64,
    /// Subscriptions the exchange refused.
    pub rejected_subscriptions: u64,
    /// What went wrong last, in words for the operator, without secrets.
    pub last_error: Option<String>,
    /// When that was.
    pub last_error_at: Option<Timestamp>,
    /// When the next attempt is due, in states [`ConnectionState::Waiting`] and
    /// [`ConnectionState::Refused`]; for a venue that is polled, also the next poll.
    pub next_attempt_at: Option<Timestamp>,
    /// What the venue was asked this month, for a venue that bills its queries.
    pub budget: Option<QueryBudget>,
}
