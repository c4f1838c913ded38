//! Candles: how published prices and trades become bars, and bars become longer bars.
//!
//! Four parts, all pure. [`CandleBuilder`] makes the bars of the present, minute by minute, and is owned
//! by `crates/worker`. [`join`] and [`windows`] put adjacent bars together: exactly, and in any grouping
//! with the same result. [`HistoryMerger`] makes an index bar out of what several venues report for one
//! past interval, by the rules of the live price; [`in_currency`] shows a bar in another currency.
//! docs/METHOD.md, "Candles", explains all of it to users.

mod across;
mod builder;
mod currency;
mod join;
mod token;

pub(crate) use across::VOLUME_PLACES;
pub use across::{HistoryMerger, convert};
pub use builder::CandleBuilder;
pub use currency::in_currency;
pub use join::{join, windows};
