//! The price method, tested through the engine's public interface only.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod conversion;
mod desk;
mod jumps;
mod learning;
mod outliers;
mod properties;
mod publication;
mod rules;
mod status;
mod weights;
mod worked_example;
