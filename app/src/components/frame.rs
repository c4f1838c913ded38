//! Header and footer.

use leptos::html::Dialog;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::carried::carried;
use super::currency::CurrencySwitch;
use super::icons::{Icon, IconShape, Logo};
use super::settings::Settings;
use crate::calls::Imprint;
use crate::dynamic::{maybe, text};
use crate::erase::Erase;
use crate::format;
use crate::live::{Feed, Preferences, Theme};
use crate::steps::later;

/// Name, pages and controls.
#[component]
pub fn Header(
    /// The dialog that lists the keys.
    keys: NodeRef<Dialog>,
    /// What the program says about itself.
    imprint: Signal<Option<Imprint>>,
) -> impl IntoView {
    let feed = expect_context::<Feed>();
    let preferences = expect_context::<Preferences>();
    let pause_name = move || {
        if feed.paused.get() {
            "Resume live updates"
        } else {
            "Pause live updates"
        }
    };
    let theme_name = move || {
        let theme = preferences.theme.get();
        format!(
            "Theme: {}. Change to {}",
            theme.label(),
            theme.next().label()
        )
    };
    view! {
        <header class="topbar">
            <div class="topbar-inner">
                <a href=carried("/") class="wordmark" aria-label="Parallax, all prices">
                    <Logo />
                    <span>"Parallax"</span>
                </a>
                {later(|| {
                    view! {
                        <nav class="topnav" aria-label="Pages">
                            {PAGES
                                .map(|(path, name)| page_link(path, name))
                                .into_iter()
                                .collect_view()}
                            // Not a page of this app: the browser goes there.
                            <a href="/docs" rel="external">
                                "API"
                            </a>
                        </nav>
                    }
                })}
                <div class="topbar-controls">
                    {later(move || {
                        view! {
                            <div class="contents">
                                <CurrencySwitch imprint />
                            </div>
                        }
                    })}
                    <button
                        type="button"
                        class="icon-button needs-js"
                        data-control="pause"
                        aria-label=text(pause_name)
                        title=text(move || format!("{} (p)", pause_name()))
                        data-on=maybe(move || feed.paused.get().then_some(""))
                        on:click=move |_| feed.paused.update(|paused| *paused = !*paused)
                    >
                        <Icon shape=Signal::derive(move || {
                            if feed.paused.get() { IconShape::Play } else { IconShape::Pause }
                        }) />
                    </button>
                    <button
                        type="button"
                        class="icon-button needs-js"
                        data-control="theme"
                        aria-label=text(theme_name)
                        title=text(move || format!("{} (t)", theme_name()))
                        data-on=maybe(move || (preferences.theme.get() != Theme::System).then_some(""))
                        on:click=move |_| preferences.theme.update(|theme| *theme = theme.next())
                    >
                        <Icon shape=IconShape::Theme />
                    </button>
                    <button
                        type="button"
                        class="icon-button needs-js keys-button"
                        data-control="keys"
                        aria-label="Keyboard shortcuts"
                        title="Keyboard shortcuts (?)"
                        on:click=move |_| crate::keys::show(keys)
                    >
                        <Icon shape=IconShape::Keys />
                    </button>
                    {later(|| view! { <Settings /> })}
                </div>
            </div>
        </header>
    }
    .erase()
}

/// The pages that the header leads to.
const PAGES: [(&str, &str); 3] = [
    ("/", "Prices"),
    ("/compare", "Compare"),
    ("/status", "Status"),
];

/// A link to a page that keeps the currency and says when it is the page one is on.
fn page_link(path: &'static str, name: &'static str) -> impl IntoView {
    let here = use_location().pathname;
    view! {
        <a
            href=carried(path)
            aria-current=maybe(move || (*here.read() == path).then_some("page"))
        >
            {name}
        </a>
    }
    .erase()
}

/// Method, sources and licence.
#[component]
pub fn Footer(
    /// What the program says about itself.
    #[prop(into)]
    imprint: Signal<Option<Imprint>>,
) -> impl IntoView {
    let sources = maybe(move || {
        imprint.read().as_ref().map(|imprint| {
            format!(
                "{} of {} exchanges live",
                imprint.about.venues_live, imprint.about.venues_total
            )
        })
    });
    let speed = maybe(move || {
        imprint
            .read()
            .as_ref()
            .and_then(|imprint| imprint.tick_to_publish_us)
            .map(|us| {
                format!(
                    "median {} from quote to publication",
                    format::microseconds(us)
                )
            })
    });
    let method = maybe(move || {
        imprint
            .read()
            .as_ref()
            .map(|imprint| format!("Method v{}", imprint.about.method))
    });
    let version = maybe(move || {
        imprint
            .read()
            .as_ref()
            .map(|imprint| format!("Parallax {}", imprint.about.version))
    });
    view! {
        <footer class="footer">
            <div class="footer-inner">
                <span>{version}</span>
                <span>{method}</span>
                <span>
                    <a href=carried("/status")>{sources}</a>
                </span>
                <span>
                    <a href=carried("/markets")>"All markets"</a>
                </span>
                <span>{speed}</span>
                <span>"MIT or Apache-2.0"</span>
            </div>
        </footer>
    }
    .erase()
}
