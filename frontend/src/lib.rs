//! The WebAssembly entry point: makes the page that the server rendered live.
//!
//! Everything it runs is in `parallax-app`; this crate only exists to be the library that cargo-leptos
//! turns into the `.wasm` file.

use wasm_bindgen::prelude::wasm_bindgen;

/// Hydrates the page. Called by the script that the server puts into every page.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    // The name says lazy; it means asynchronous, which the steps of `parallax_app::steps` need.
    leptos::mount::hydrate_lazy(parallax_app::App);
}
