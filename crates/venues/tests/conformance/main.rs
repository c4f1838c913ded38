//! The conformance suite: the numbered cases that every exchange in `ALL` must pass.
//!
//! docs/ADDING-A-VENUE.md lists the cases. The suite names no exchange: what differs between them
//! stands in `fixtures/<venue>/`, so that a new exchange needs no edit here.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod arbitrary;
mod decoding;
mod fixture;
mod hostile;
mod json;
mod polling;
mod recordings;
mod requests;
