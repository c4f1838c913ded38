//! Hydration in small steps, so that the browser can scroll, paint and answer between them.
//!
//! Leptos hydrates a page in one go. On a phone that is most of a second in which nothing answers, the larger part
//! of it spent on compiling functions of the WebAssembly that run for the first time. Here the frame comes first,
//! and each part that is wrapped in [`later`] is made and hydrated in a task of its own, in the order in which they
//! were met. Until its turn a part is the server's HTML, which is complete.
//!
//! A part that is hydrated late takes the HTML over as it is. So whatever changes what is shown waits for the last
//! step: [`in_steps`] says when that is.

#[cfg(feature = "hydrate")]
mod later;
#[cfg(feature = "hydrate")]
mod queue;
#[cfg(feature = "hydrate")]
mod root;

use leptos::prelude::*;

use crate::erase::Erase;

/// A part of the page that is hydrated in a step of its own. **It must be exactly one element**, and of all parts that
/// wait together only one may create resources: the browser finds their data by the order of their creation.
///
/// On the server, and when it is made in the browser later on, it is simply the part.
pub fn later<V: IntoView + 'static>(make: impl FnOnce() -> V + Send + 'static) -> AnyView {
    #[cfg(feature = "hydrate")]
    let view = later::Later::new(Box::new(move || make().erase()));
    #[cfg(not(feature = "hydrate"))]
    let view = make();
    view.erase()
}

/// The whole app, which is made in a step, hydrated in the next, and then its [`later`] parts one by one. `done` is
/// called after the last of them, in the browser only.
pub fn in_steps(
    make: impl FnOnce() -> AnyView + Send + 'static,
    done: impl FnOnce() + Send + 'static,
) -> impl IntoView {
    #[cfg(feature = "hydrate")]
    return root::Root::new(Box::new(make), Box::new(done));
    #[cfg(not(feature = "hydrate"))]
    {
        // Nothing is ever hydrated here.
        drop(done);
        make()
    }
}
