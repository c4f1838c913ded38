//! Ingest against real sockets on loopback: a scripted exchange with a protocol invented here.
//!
//! Nothing sleeps: every test awaits what should happen, with one generous limit in `support`. Limits
//! that the code under test has (stalls, ages, gaps) are made short through the exchange's descriptor.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod amending;
mod connecting;
mod discovering;
mod gateway;
mod history;
mod losing;
mod overload;
mod polling;
mod replacing;
mod secrets;
mod simulated;
mod support;
mod surveying;
mod switching;
