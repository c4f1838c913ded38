//! The admin over its router, as a browser meets it: with cookies, forms and their tokens. Each test of a defence
//! first shows the attack.
//!
//! One store in memory and one clock a test; nothing sleeps.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod accounts;
mod addresses;
mod browser;
mod catalogue;
mod contracts;
mod doors;
mod forms;
mod house;
mod lists;
mod log;
mod overrides;
mod own;
mod reading;
mod sessions;
mod sign_in;
mod start;
mod stored;
mod system;
mod tokens;
mod venues;
