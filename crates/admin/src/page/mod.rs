//! What screens share: the frame with its navigation, fields of forms, tables, questions before something is done, and problems.

pub(crate) mod fields;
pub(crate) mod frame;
pub(crate) mod navigation;
mod problem;
pub(crate) mod table;

pub(crate) use problem::{Problem, sentence};

use leptos::prelude::*;
use parallax::index::Status;
use parallax::time::Timestamp;

use crate::list::Cell;

/// A time for people, to the second, in UTC.
pub(crate) fn time(at: Timestamp) -> AnyView {
    let full = at.to_string();
    let short = full.get(..19).unwrap_or_default().replace('T', " ");
    let title = full.clone();
    view! { <time datetime=full title=title>{short}</time> }.into_any()
}

/// A state by a shape and a word, as the public site shows statuses. `shape` is a name that `data-status` knows; the
/// styles pick the parts of the drawing that belong to it.
pub(crate) fn mark(shape: &'static str, word: &'static str) -> AnyView {
    view! {
        <span class="status" data-status=shape>
            <svg class="mark" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
                <circle class="mark-ring" cx="6" cy="6" r="4.5" />
                <path class="mark-quarter" d="M6 6V1.5A4.5 4.5 0 0 1 10.5 6z" />
                <path class="mark-half" d="M6 1.5A4.5 4.5 0 0 1 6 10.5z" />
                <circle class="mark-full" cx="6" cy="6" r="4.5" />
            </svg>
            <span>{word}</span>
        </span>
    }
    .into_any()
}

/// A price's status, as the public site shows it.
pub(crate) fn shape_of(status: Status) -> Cell {
    Cell::State {
        shape: status.as_str(),
        word: word_of(status),
    }
}

/// A price's status in words.
pub(crate) fn word_of(status: Status) -> &'static str {
    match status {
        Status::NoQuorum => "no quorum",
        other => other.as_str(),
    }
}

/// A time that may be missing.
pub(crate) fn time_or(at: Option<Timestamp>, otherwise: &'static str) -> AnyView {
    at.map_or_else(|| otherwise.into_any(), time)
}
