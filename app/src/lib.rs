//! The web app: the document, the pages, their live parts and the server functions behind them.
//!
//! Compiled twice: with `ssr` into the server, which renders every page in full, and with `hydrate`
//! into WebAssembly, which makes the rendered page live. Nothing rendered depends on the present
//! moment, a locale or a time zone, because both must write the same HTML.
//!
//! - [`mod@shell`] the document around the app, [`App`] the frame and the routes
//! - [`pages`] one module a page, [`components`] their parts
//! - [`live`] the stream, its health, one signal a cell
//! - [`calls`] the server functions, [`error`] how they fail
//! - [`steps`] hydration in small steps
//! - [`address`] links that keep the reader's choices
//! - [`mod@format`], [`wording`], [`strip`], [`markup`] numbers, words, geometry and cells: pure, and tested here
//!
//! Called by `server` (renders) and `frontend` (hydrates). Prices are exact decimals throughout.

pub mod address;
pub mod app;
pub mod calls;
pub mod codec;
pub mod components;
pub mod dynamic;
pub mod erase;
pub mod error;
pub mod format;
pub mod keys;
pub mod live;
pub mod markup;
pub mod pages;
pub mod shell;
pub mod steps;
pub mod strip;
pub mod wording;

pub use app::App;
pub use shell::{Scripts, shell};
