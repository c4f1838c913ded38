//! The document around the app.

use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags};

use crate::App;

/// Applies the reader's stored theme before the first paint and marks that scripts run. Constant, so
/// that a content security policy can allow it by its hash.
pub const BOOT_SCRIPT: &str = r#"(function(r){r.dataset.js="";try{var s=localStorage,t=s.getItem("parallax.theme"),c=s.getItem("parallax.colours");if(t==="light"||t==="dark")r.dataset.theme=t;if(c==="safe"||c==="red-up")r.dataset.colours=c}catch(e){}})(document.documentElement)"#;

/// Where the live chart's script is, with its hash. The server puts it into the context; without it pages
/// keep the pictures that the server draws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartScript(pub String);

/// The whole HTML document, for the server.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let chart = use_context::<ChartScript>()
        .map(|script| view! { <meta name="chart-script" content=script.0 /> });
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#fafbfd" />
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#0c0f14" />
                <script inner_html=BOOT_SCRIPT></script>
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
                <AutoReload options=options.clone() />
                // The page is complete without them: what is read first comes first.
                <HydrationScripts options defer=true />
                {chart}
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
