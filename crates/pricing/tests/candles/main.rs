//! Candles: what the builder makes of prices, trades and time; that joining is exact; what history gives.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod desk;
mod history;
mod joined;
mod live;
mod recomputed;
