//! The price method: what exchanges quote goes in, one explainable USD price per token comes out.
//!
//! This room is pure. It reads no clock (every call carries its [`Moment`](parallax::time::Moment)),
//! does no input or output, uses no floating-point number for a price and no hash map whose order could
//! show: the same calls in the same order give the same bytes. `crates/worker` owns an [`Engine`],
//! feeds it market events and sends on what it publishes.
//!
//! docs/METHOD.md explains the method to users; its worked example is a test of this crate. On the way
//! through the code: `conversion` (which market prices which token, and through what), `rules` (which
//! quotes count), `outliers`, `weights`, `median`, `computation` (the five together), `breaker` (jumps
//! of conversion bases), `engine` (the state and the order of it all), `publication` (the result as
//! [`IndexPrice`](parallax::index::IndexPrice)) and `wording` (exclusions in words). [`candles`] is beside
//! that way: what was published, in bars.

mod breaker;
pub mod candles;
mod computation;
mod conversion;
mod engine;
mod figures;
mod market;
mod median;
mod outliers;
mod policy;
mod publication;
mod rules;
mod token;
mod weights;
mod wording;

pub use conversion::{HistoricRoute, Routes};
pub use engine::Engine;
pub use policy::{Policy, PolicyError};

/// The version of the method, raised whenever the same quotes could give another price. Published with
/// every price.
pub const METHOD_VERSION: u16 = 1;
