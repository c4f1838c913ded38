//! What the reader must not miss: simulated prices, a paused page, a lost connection.

use leptos::prelude::*;

use crate::calls::Imprint;
use crate::dynamic::{memo, part};
use crate::erase::Erase;
use crate::live::{Feed, Health};

/// Says plainly that the prices are not real, when they are not.
#[component]
pub fn SimulatedNote(
    /// What the program says about itself.
    #[prop(into)]
    imprint: Signal<Option<Imprint>>,
) -> impl IntoView {
    let simulated = memo(move || imprint.read().as_ref().is_some_and(|i| i.about.simulated));
    part(move || {
        simulated.get().then(|| {
            view! {
                <p class="banner" data-tone="note" role="note" aria-label="Simulated market">
                    "Simulated market: not real prices"
                </p>
            }
        })
    })
}

/// Says that the page is not up to date, since when, and what happens next.
#[component]
pub fn FeedNotice() -> impl IntoView {
    let feed = expect_context::<Feed>();
    let paused_at = RwSignal::new(None);
    Effect::new(move |_| {
        let paused = feed.paused.get();
        paused_at.set(paused.then(|| feed.clock.get_untracked()).flatten());
    });
    let text = move || {
        if feed.paused.get() {
            return Some(match paused_at.get() {
                Some(at) => format!("Live updates paused at {} UTC.", at.clock()),
                None => "Live updates paused.".to_owned(),
            });
        }
        match feed.health.get() {
            Health::Interrupted { since } => Some(format!(
                "Live updates interrupted since {} UTC; reconnecting…",
                since.clock()
            )),
            _ => None,
        }
    };
    view! {
        <div role="status" class="notice-slot">
            {part(move || {
                text()
                    .map(|text| {
                        view! {
                            <p class="banner" data-tone="warning">
                                {text}
                                {move || {
                                    feed.paused
                                        .get()
                                        .then(|| {
                                            view! {
                                                <button
                                                    type="button"
                                                    class="button"
                                                    on:click=move |_| feed.paused.set(false)
                                                >
                                                    "Resume"
                                                </button>
                                            }
                                        })
                                }}
                            </p>
                        }
                    })
            })}
        </div>
    }
    .erase()
}
