//! The simulator over real sockets: dialogues, faults, replay, flood, and the program's own adapters.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod adapters;
mod client;
mod dialogues;
mod faults;
mod flood;
mod gateway;
mod process;
mod replay;
