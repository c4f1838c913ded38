//! The frame around every page, and the routes.

use std::time::Duration;

use leptos::html::Dialog;
use leptos::prelude::*;
use leptos::server::SharedValue;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::calls;
use crate::components::{FeedNotice, Footer, Header, KeysDialog, SimulatedNote};
use crate::erase::Erase;
use crate::keys;
use crate::live::{Feed, Preferences, Watchlist};
use crate::pages::{ComparePage, MarketsPage, NotFoundPage, PricesPage, StatusPage, TokenPage};
use crate::steps::{in_steps, later};

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
    // The document keeps its title until the page that has it is hydrated.
    let title = RwSignal::new(title_now());
    let live = move || {
        title.set(String::new());
        preferences.start(feed.pace);
        watchlist.start();
        feed.start();
        keys::start(feed, preferences, watchlist, dialog);
        if let Some(root) = document().document_element() {
            // Fails only for a name that is not allowed; this one is.
            let _ = root.set_attribute("data-hydrated", "true");
        }
    };
    let view = move || {
        view! {
        <Title formatter=whole_title text=move || title.get() />
        <a class="skip-link" href="#main" rel="external">
            "Skip to content"
        </a>
        <Router>
            <Frame keys=dialog />
        </Router>
        {later(move || view! { <KeysDialog node=dialog /> })}
        }
        .erase()
    };
    in_steps(view, live)
}

/// A page's title with the program's name, unless it has that. On the server it becomes markup as it is, in the
/// browser text: so only the server escapes it.
fn whole_title(title: String) -> String {
    let title = if cfg!(feature = "ssr") {
        html_escape::encode_text(&title).into_owned()
    } else {
        title
    };
    if title.is_empty() || title == NAME {
        NAME.to_owned()
    } else if title.ends_with(SUFFIX) {
        title
    } else {
        format!("{title}{SUFFIX}")
    }
}

const NAME: &str = "Parallax";
const SUFFIX: &str = " · Parallax";

/// The title of the document as it stands; none while the server writes it.
fn title_now() -> String {
    if cfg!(feature = "hydrate") {
        document().title()
    } else {
        String::new()
    }
}

/// Header, notes, the page itself and the footer.
#[component]
fn Frame(
    /// The dialog that lists the keys.
    keys: NodeRef<Dialog>,
) -> impl IntoView {
    let feed = expect_context::<Feed>();
    let first = SharedValue::new(calls::imprint_now).into_inner();
    let imprint = RwSignal::new(first);
    feed.poll(IMPRINT_PERIOD, false, calls::imprint, move |read| {
        imprint.set(Some(read));
    });
    let imprint = imprint.into();
    view! {
        {later(move || view! { <Header keys imprint /> })}
        {later(move || {
            view! {
                <section aria-label="Notices">
                    <SimulatedNote imprint />
                    <FeedNotice />
                </section>
            }
        })}
        {later(|| {
            view! {
                <main id="main" tabindex="-1">
                    <Routes fallback=NotFoundPage>
                        <Route path=path!("/") view=PricesPage ssr=SsrMode::Async />
                        <Route path=path!("/tokens/:id") view=TokenPage ssr=SsrMode::Async />
                        <Route path=path!("/compare") view=ComparePage ssr=SsrMode::Async />
                        <Route path=path!("/status") view=StatusPage ssr=SsrMode::Async />
                        <Route path=path!("/markets") view=MarketsPage ssr=SsrMode::Async />
                    </Routes>
                </main>
            }
        })}
        {later(move || view! { <Footer imprint /> })}
    }
    .erase()
}
