//! What pages ask: the table, currencies, a token's chart, and comparisons.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod charts;
mod house;
mod table;
mod token;
