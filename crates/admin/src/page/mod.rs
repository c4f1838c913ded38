//! What screens share: the frame, fields of forms, tables, questions before something is done, and problems.

pub(crate) mod fields;
pub(crate) mod frame;
mod problem;
pub(crate) mod table;

pub(crate) use problem::Problem;

use leptos::prelude::*;
use parallax::time::Timestamp;

/// A time for people, to the second, in UTC.
pub(crate) fn time(at: Timestamp) -> AnyView {
    let full = at.to_string();
    let short = full.get(..19).unwrap_or_default().replace('T', " ");
    let title = full.clone();
    view! { <time datetime=full title=title>{short}</time> }.into_any()
}

/// A time that may be missing.
pub(crate) fn time_or(at: Option<Timestamp>, otherwise: &'static str) -> AnyView {
    at.map_or_else(|| otherwise.into_any(), time)
}
