//! The document around the app.

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags};

use crate::App;

/// Applies the reader's stored theme before the first paint and marks that scripts run.
pub const BOOT_SCRIPT: &str = r#"(function(r){r.dataset.js="";try{var s=localStorage,t=s.getItem("parallax.theme"),c=s.getItem("parallax.colours");if(t==="light"||t==="dark")r.dataset.theme=t;if(c==="safe"||c==="red-up")r.dataset.colours=c}catch(e){}})(document.documentElement)"#;

/// Makes the page live once the browser has painted it: it is complete without, so what is read first comes
/// first. Where nothing is painted, as in a tab that is not seen, it waits three seconds at most. What to load is in
/// the attributes of its element.
pub const START_SCRIPT: &str = r#"(function(d){var began;function start(){if(began)return;began=true;import(d.js).then(function(m){return m.default({module_or_path:d.wasm}).then(function(){setTimeout(m.hydrate)})})}addEventListener("load",function(){setTimeout(start,3000);try{new PerformanceObserver(function(){setTimeout(start)}).observe({type:"paint",buffered:true})}catch(e){start()}})})(document.currentScript.dataset)"#;

/// The addresses of what makes pages live, each with a mark of its content. The server puts them into the
/// context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scripts {
    /// The loader of the WebAssembly.
    pub js: String,
    /// The WebAssembly.
    pub wasm: String,
    /// The live chart; without it pages keep the pictures that the server draws.
    pub chart: Option<String>,
}

/// What a page may load and run: what comes from here, and of scripts in the page those that the server wrote, which
/// carry the nonce. `wasm-unsafe-eval` is what WebAssembly is called there; it allows no script from text. Pages have
/// no style attributes (what the chart's script sets through the DOM is no markup); styles hold pictures as `data:`.
#[cfg(feature = "ssr")]
fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// Sends the policy with the page that is being rendered.
#[cfg(feature = "ssr")]
fn protect(nonce: Option<&str>) {
    let policy = nonce.and_then(|nonce| http::HeaderValue::from_str(&policy(nonce)).ok());
    if let (Some(policy), Some(response)) = (policy, use_context::<leptos_axum::ResponseOptions>())
    {
        response.insert_header(http::header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// The whole HTML document, for the server.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let nonce = use_nonce();
    #[cfg(feature = "ssr")]
    protect(nonce.as_deref());
    let scripts = use_context::<Scripts>();
    let chart = scripts.as_ref().and_then(|scripts| scripts.chart.clone());
    let chart = chart.map(|chart| view! { <meta name="chart-script" content=chart /> });
    let start = scripts.map(|Scripts { js, wasm, .. }| {
        view! { <script nonce=nonce.clone() data-js=js data-wasm=wasm inner_html=START_SCRIPT></script> }
    });
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#fafbfd" />
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#0c0f14" />
                <script nonce=nonce inner_html=BOOT_SCRIPT></script>
                <link
                    rel="preload"
                    href="/fonts/inter-latin-wght-normal.woff2"
                    r#as="font"
                    r#type="font/woff2"
                    crossorigin="anonymous"
                />
                <link rel="icon" href="/favicon.ico" sizes="32x32" />
                <link rel="icon" href="/icon.svg" r#type="image/svg+xml" />
                <HashedStylesheet options=options.clone() id="styles" />
                <AutoReload options />
                {chart}
                {start}
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
