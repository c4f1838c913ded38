//! The simulator over real sockets: dialogues, faults, replay, flood, and the program's own adapters.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod adapters;
mod client;
mod dialogues;
mod faults;
mod flood;
mod process;
mod replay;
