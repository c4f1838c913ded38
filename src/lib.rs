//! The market vocabulary of Parallax: what a token, a market, a quote and a price *are*.
//!
//! Every other room speaks these words and this room speaks no other: it does no input or output,
//! reads no clock and compiles to WebAssembly, because the server and the browser share it.
//!
//! Start with [`market`] (what is traded where), then [`event`] (what an exchange said), then
//! [`index`] (the price Parallax makes of it) and [`stream`] (how that price travels to a reader).

pub mod account;
pub mod amount;
pub mod audit;
pub mod backfill;
pub mod by_hand;
pub mod candle;
pub mod catalogue;
pub mod connection;
pub mod currency;
pub mod event;
pub mod fact;
pub mod index;
pub mod key;
pub mod market;
pub mod network;
pub mod picture;
#[cfg(feature = "openapi")]
pub mod schema;
pub mod stream;
pub mod table;
pub mod time;
pub mod token;
pub mod venue;
pub mod view;

pub use rust_decimal::{Decimal, RoundingStrategy};
