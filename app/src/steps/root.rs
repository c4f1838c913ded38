//! The whole app, hydrated step by step.

use std::fmt;
use std::time::Duration;

use leptos::attr::Attribute;
use leptos::attr::any_attribute::AnyAttribute;
use leptos::prelude::*;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::view::any_view::AnyViewState;
use leptos::tachys::view::{Position, PositionState};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, Event};

use super::queue;

type Make = Box<dyn FnOnce() -> AnyView + Send>;

/// The app, not made yet, and what follows its hydration.
pub(super) struct Root {
    make: Make,
    /// Where it was written down: what it makes belongs there.
    owner: Owner,
    done: Box<dyn FnOnce() + Send>,
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Root").finish_non_exhaustive()
    }
}

impl Root {
    pub(super) fn new(make: Make, done: Box<dyn FnOnce() + Send>) -> Self {
        Self {
            make,
            owner: Owner::current().unwrap_or_default(),
            done,
        }
    }
}

impl Render for Root {
    type State = AnyViewState;

    fn build(self) -> Self::State {
        let state = self.owner.with(self.make).build();
        (self.done)();
        state
    }

    fn rebuild(self, state: &mut Self::State) {
        self.owner.with(self.make).rebuild(state);
    }
}

impl AddAnyAttr for Root {
    type Output<A: Attribute> = Self;

    fn add_any_attr<A: Attribute>(self, attribute: A) -> Self::Output<A>
    where
        Self::Output<A>: RenderHtml,
    {
        let Self { make, owner, done } = self;
        let attribute = attribute.into_cloneable_owned();
        let make: Make = Box::new(move || make().add_any_attr(attribute).into_any());
        Self { make, owner, done }
    }
}

impl RenderHtml for Root {
    type AsyncOutput = AnyView;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self::AsyncOutput {
        self.owner.with(self.make)
    }

    fn to_html_with_buf(
        self,
        buffer: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attributes: Vec<AnyAttribute>,
    ) {
        let view = self.owner.with(self.make);
        view.to_html_with_buf(buffer, position, escape, mark_branches, extra_attributes);
    }

    fn hydrate<const FROM_SERVER: bool>(
        self,
        cursor: &Cursor,
        position: &PositionState,
    ) -> Self::State {
        let view = self.owner.with(self.make);
        let state = view.hydrate::<FROM_SERVER>(cursor, position);
        (self.done)();
        state
    }

    /// Leptos holds that the page is being hydrated until this ends, so resources of the steps find their data.
    async fn hydrate_async(self, cursor: &Cursor, position: &PositionState) -> Self::State {
        let links = BrowsersLinks::begin();
        queue::open();
        pause().await;
        let view = self.owner.with(self.make);
        pause().await;
        let state = view.hydrate::<true>(cursor, position);
        pause().await;
        while let Some(step) = queue::take() {
            step();
            pause().await;
        }
        queue::close();
        drop(links);
        (self.done)();
        state
    }

    fn into_owned(self) -> Self::Owned {
        self
    }
}

/// While it lives, links are the browser's: it loads the page that they lead to. The router listens already, but the
/// page that it would leave is not all there.
struct BrowsersLinks(Closure<dyn FnMut(Event)>);

impl BrowsersLinks {
    fn begin() -> Self {
        let on_click = Closure::new(|event: Event| {
            let target = event.target().and_then(|target| target.dyn_into().ok());
            if target.is_some_and(|target: Element| matches!(target.closest("a"), Ok(Some(_)))) {
                event.stop_immediate_propagation();
            }
        });
        let listener = Self(on_click);
        // On the way down to the link, before any other listener. Fails never for a window.
        let _ =
            window().add_event_listener_with_callback_and_bool("click", listener.function(), true);
        listener
    }

    fn function(&self) -> &js_sys::Function {
        self.0.as_ref().unchecked_ref()
    }
}

impl Drop for BrowsersLinks {
    fn drop(&mut self) {
        // As above.
        let _ =
            window().remove_event_listener_with_callback_and_bool("click", self.function(), true);
    }
}

/// Lets the browser do what else there is to do. In a tab that nobody sees timers are slow, and nobody waits.
async fn pause() {
    if document().hidden() {
        return;
    }
    let turn = js_sys::Promise::new(&mut |resolve, _| {
        set_timeout(
            move || {
                // A promise's own function does not throw.
                let _ = resolve.call0(&JsValue::UNDEFINED);
            },
            Duration::ZERO,
        );
    });
    // Resolved above, never rejected.
    let _ = JsFuture::from(turn).await;
}
