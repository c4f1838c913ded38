//! What makes a rendered page live: the stream, its health, the reader's wishes, and one signal per cell.
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

pub use cells::{LivePrices, RowCells};
pub use feed::Feed;
pub use health::{Health, Pace, shown_status};
pub use money::Money;
pub use nearby::watch_rows;
pub use preferences::{Colours, Preferences, Theme};
pub use source::StreamEvent;
pub use watchlist::Watchlist;
