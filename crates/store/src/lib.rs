//! Persistence: the [`Store`] trait with its guarantees, and the two databases that keep them.
//!
//! SQLite is the embedded default, PostgreSQL serves where one machine is not enough; [`open`] picks by
//! [`DatabaseUrl`]. `tests/conformance` runs every guarantee of [`contract`] on both.
//!
//! This room stores and restores the vocabulary of `parallax` and computes nothing. It is never between
//! a tick and the screen: `crates/worker` writes to it in batches, from beside the stream, and reads the
//! last known state from it at start; `crates/service` reads candles.

mod contract;
mod error;
mod url;

pub use contract::{Backend, Store, StoredQuote};
pub use error::{Reference, StoreError};
pub use url::DatabaseUrl;
