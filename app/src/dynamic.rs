//! The changing parts of a view, boxed so that all parts of a kind are one type.
//!
//! Leptos compiles its own code for every closure in a view, a kilobyte or more for each. Behind a box
//! a hundred closures share one copy. Used in place of a
//! bare closure for text, attributes and views that depend on signals.

use leptos::prelude::*;

use crate::erase::Erase;

/// A closure that is run again when a signal that it reads changes.
pub type Dynamic<T> = Box<dyn FnMut() -> T + Send>;

/// Text, or an attribute that is always there.
pub fn text<T: Into<String>>(mut text: impl FnMut() -> T + Send + 'static) -> Dynamic<String> {
    Box::new(move || text().into())
}

/// Text or an attribute that may be missing.
pub fn maybe<T: Into<String>>(
    mut text: impl FnMut() -> Option<T> + Send + 'static,
) -> Dynamic<Option<String>> {
    Box::new(move || text().map(Into::into))
}

/// An attribute without a value, such as `hidden`.
pub fn flag(flag: impl FnMut() -> bool + Send + 'static) -> Dynamic<bool> {
    Box::new(flag)
}

/// A part of the view that changes as a whole.
pub fn part<V: IntoView + 'static>(
    mut part: impl FnMut() -> V + Send + 'static,
) -> Dynamic<AnyView> {
    Box::new(move || part().erase())
}

/// A value worked out from signals, told on only when it changes.
pub fn memo<T: PartialEq + Send + Sync + 'static>(
    value: impl Fn() -> T + Send + Sync + 'static,
) -> Memo<T> {
    let value: Box<dyn Fn() -> T + Send + Sync> = Box::new(value);
    Memo::new(move |_| value())
}
