//! Exchange adapters: sans-IO translators between each venue's wire format and the market vocabulary.
//!
//! Owns the protocols; does not own sockets, clocks or decisions about prices. `crates/ingest` drives
//! the adapters, `crates/sim` speaks their formats from the other side. [`spec`] is the specification,
//! [`ALL`] the exchanges that keep it; docs/ADDING-A-VENUE.md tells how to write another.

mod candles;
pub mod exchanges;
mod frame;
mod long;
mod secret;
pub mod spec;

pub use exchanges::{ALL, find};
