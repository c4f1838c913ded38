//! The frame around every page, and the routes.

use std::time::Duration;

use leptos::html::Dialog;
use leptos::prelude::*;
use leptos_meta::{Meta, Title, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::calls;
use crate::components::{FeedNotice, Footer, Header, KeysDialog, SimulatedNote};
use crate::erase::Erase;
use crate::keys;
use crate::live::{Feed, Preferences};
use crate::pages::load::{PageData, resource};
use crate::pages::{MarketsPage, NotFoundPage, PricesPage, StatusPage, TokenPage};

/// How often the footer and the note on simulated prices are read again.
const IMPRINT_PERIOD: Duration = Duration::from_secs(30);

/// The app: rendered by the server, hydrated by the browser.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let feed = Feed::new();
    let preferences = Preferences::new();
    provide_context(feed);
    provide_context(preferences);
    let dialog = NodeRef::<Dialog>::new();
    // Browser only: effects do not run on the server.
    Effect::new(move |_| {
        preferences.start(feed.pace);
        feed.start();
        keys::start(feed, preferences, dialog);
        if let Some(root) = document().document_element() {
            // Fails only for a name that is not allowed; this one is.
            let _ = root.set_attribute("data-hydrated", "true");
        }
    });
    view! {
        <Title formatter=|title: String| {
            if title.is_empty() {
                "Parallax".to_owned()
            } else {
                format!("{title} · Parallax")
            }
        } />
        <Meta
            name="description"
            content="One explainable price per token, from live quotes of many exchanges."
        />
        <a class="skip-link" href="#main" rel="external">
            "Skip to content"
        </a>
        <Router>
            <Header keys=dialog />
            <Frame />
        </Router>
        <KeysDialog node=dialog />
    }
    .erase()
}

/// Notes, the page itself and the footer.
#[component]
fn Frame() -> impl IntoView {
    let feed = expect_context::<Feed>();
    let first = resource(Signal::stored(String::new()), |_| {
        Box::pin(async { calls::imprint().await.map(PageData::Imprint) })
    });
    let latest = RwSignal::new(None);
    feed.poll(IMPRINT_PERIOD, false, calls::imprint, move |imprint| {
        latest.set(Some(imprint));
    });
    let imprint = Signal::derive(move || {
        latest.get().or_else(|| match first.get() {
            Some(Ok(PageData::Imprint(imprint))) => Some(imprint),
            _ => None,
        })
    });
    view! {
        <section aria-label="Notices">
            <Transition>
                {view! { <SimulatedNote imprint /> }.erase()}
            </Transition>
            <FeedNotice />
        </section>
        <main id="main" tabindex="-1">
            <Routes fallback=NotFoundPage>
                <Route path=path!("/") view=PricesPage ssr=SsrMode::Async />
                <Route path=path!("/tokens/:id") view=TokenPage ssr=SsrMode::Async />
                <Route path=path!("/status") view=StatusPage ssr=SsrMode::Async />
                <Route path=path!("/markets") view=MarketsPage ssr=SsrMode::Async />
            </Routes>
        </main>
        <Transition>
            {view! { <Footer imprint /> }.erase()}
        </Transition>
    }
    .erase()
}
