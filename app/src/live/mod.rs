//! What makes a rendered page live: the stream, its health, the reader's wishes, and one signal per figure.
//!
//! Nothing here runs on the server except the creation of signals: sockets, timers and storage are
//! only touched inside effects.

mod cells;
mod feed;
mod health;
mod money;
mod nearby;
mod preferences;
mod source;
mod watchlist;

pub use cells::{TINT, TINT_PAUSE_MS, TokenCells, tint};
pub use feed::{Feed, browser_ms};
pub use health::{Health, Pace, shown_status};
pub use money::Money;
pub use nearby::Nearby;
pub use preferences::{Colours, Preferences, Theme};
pub use source::StreamEvent;
pub use watchlist::Watchlist;
