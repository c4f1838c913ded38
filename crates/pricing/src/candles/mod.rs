//! Candles: how published prices and trades become bars, and bars become longer bars.
//!
//! Three parts, all pure. [`CandleBuilder`] makes the bars of the present, minute by minute, and is owned
//! by `crates/worker`. [`join`] and [`windows`] put adjacent bars together: exactly, and in any grouping
//! with the same result. [`HistoryMerger`] makes an index bar out of what several venues report for one
//! past interval, by the rules of the live price. docs/METHOD.md, "Candles", explains all three to users.

mod across;
mod builder;
mod join;
mod token;

pub(crate) use across::VOLUME_PLACES;
pub use across::{HistoryMerger, convert};
pub use builder::CandleBuilder;
pub use join::{join, windows};
