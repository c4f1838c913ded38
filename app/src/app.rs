//! The frame around every page, and the routes.

use std::time::Duration;

use leptos::html::Dialog;
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::calls;
use crate::components::{FeedNotice, Footer, Header, KeysDialog, SimulatedNote};
use crate::erase::Erase;
use crate::keys;
use crate::live::{Feed, Preferences, Watchlist};
use crate::pages::load::{PageData, resource};
use crate::pages::{ComparePage, MarketsPage, NotFoundPage, PricesPage, StatusPage, TokenPage};

/// How often the footer and the note on simulated prices are read again.
const IMPRINT_PERIOD: Duration = Duration::from_secs(30);

/// The app: rendered by the server, hydrated by the browser.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let feed = Feed::new();
    let preferences = Preferences::new();
    provide_context(feed);
    let watchlist = Watchlist::new();
    provide_context(preferences);
    provide_context(watchlist);
    let dialog = NodeRef::<Dialog>::new();
    // Browser only: effects do not run on the server.
    Effect::new(move |_| {
        preferences.start(feed.pace);
        watchlist.start();
        feed.start();
        keys::start(feed, preferences, watchlist, dialog);
        if let Some(root) = document().document_element() {
            // Fails only for a name that is not allowed; this one is.
            let _ = root.set_attribute("data-hydrated", "true");
        }
    });
    view! {
        <Title formatter=whole_title />
        <a class="skip-link" href="#main" rel="external">
            "Skip to content"
        </a>
        <Router>
            <Frame keys=dialog />
        </Router>
        <KeysDialog node=dialog />
    }
    .erase()
}

/// A page's title with the program's name. On the server it becomes markup as it is, in the browser text: so
/// only the server escapes it.
fn whole_title(title: String) -> String {
    let title = if cfg!(feature = "ssr") {
        html_escape::encode_text(&title).into_owned()
    } else {
        title
    };
    if title.is_empty() {
        "Parallax".to_owned()
    } else {
        format!("{title} · Parallax")
    }
}

/// Header, notes, the page itself and the footer.
#[component]
fn Frame(
    /// The dialog that lists the keys.
    keys: NodeRef<Dialog>,
) -> impl IntoView {
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
        <Header keys imprint />
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
                <Route path=path!("/compare") view=ComparePage ssr=SsrMode::Async />
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
