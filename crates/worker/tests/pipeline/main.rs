//! From market events to the board and the store, and back after a restart.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod by_hand;
mod candles;
mod desk;
mod flaky;
mod outage;
mod prices;
