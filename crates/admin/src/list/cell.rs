//! A cell of a list: said once, and shown, written into CSV, searched and sorted by what it says.

use leptos::prelude::*;
use parallax::Decimal;
use parallax::time::Timestamp;

use crate::page::{mark, time_or};

/// What stands in one column of one row.
pub(crate) enum Cell {
    /// Words.
    Text(String),
    /// What a program wrote: an address, a code.
    Code(String),
    /// Words that lead somewhere.
    Link {
        /// The address.
        to: String,
        /// The words.
        text: String,
    },
    /// What people named: it keeps its own direction of writing.
    Name(String),
    /// A number, in digits; empty when there is none.
    Number(String),
    /// A moment, or words for there being none.
    Time(Option<Timestamp>, &'static str),
    /// A state, by the shape of the public site's statuses and a word.
    State {
        /// The shape's name.
        shape: &'static str,
        /// The word.
        word: &'static str,
    },
    /// Anything else, and what it says.
    View(AnyView, String),
}

/// What rows are sorted by; what is missing comes last, in both directions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Number(Decimal),
    Time(Timestamp),
    Text(String),
}

impl Cell {
    pub(crate) fn text(text: impl ToString) -> Self {
        Self::Text(text.to_string())
    }

    pub(crate) fn link(to: impl Into<String>, text: impl ToString) -> Self {
        Self::Link {
            to: to.into(),
            text: text.to_string(),
        }
    }

    pub(crate) fn number(number: impl ToString) -> Self {
        Self::Number(number.to_string())
    }

    /// A number that may be missing.
    pub(crate) fn number_or_none(number: Option<impl ToString>) -> Self {
        Self::Number(number.map(|number| number.to_string()).unwrap_or_default())
    }

    pub(crate) fn time(at: Timestamp) -> Self {
        Self::Time(Some(at), "")
    }

    /// As HTML.
    pub(crate) fn view(self) -> AnyView {
        match self {
            Self::Text(text) | Self::Number(text) => text.into_any(),
            Self::Code(text) => view! { <code>{text}</code> }.into_any(),
            Self::Name(text) => view! { <bdi>{text}</bdi> }.into_any(),
            Self::Link { to, text } => view! { <a href=to>{text}</a> }.into_any(),
            Self::Time(at, otherwise) => time_or(at, otherwise),
            Self::State { shape, word } => mark(shape, word),
            Self::View(view, _) => view,
        }
    }

    /// As plain text: what is searched, and what names a row.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Text(text)
            | Self::Code(text)
            | Self::Name(text)
            | Self::Number(text)
            | Self::Link { text, .. }
            | Self::View(_, text) => text.clone(),
            Self::Time(at, _) => at.map(|at| at.to_string()).unwrap_or_default(),
            Self::State { word, .. } => (*word).to_owned(),
        }
    }

    /// As a field of CSV.
    pub(crate) fn csv(&self) -> String {
        match self {
            // Our own digits are no formula, also with a minus.
            Self::Number(digits) if digits.parse::<Decimal>().is_ok() => digits.clone(),
            _ => parallax_service::csv::quoted(&self.words()),
        }
    }

    /// What it is sorted by; `None` when it says nothing.
    pub(crate) fn key(&self) -> Option<Key> {
        match self {
            Self::Time(at, _) => at.map(Key::Time),
            Self::Number(digits) => digits.parse().ok().map(Key::Number),
            _ => Some(self.words().to_lowercase())
                .filter(|text| !text.is_empty())
                .map(Key::Text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sort_as_numbers_and_stay_numbers_in_csv() {
        let (small, large) = (Cell::number("9"), Cell::number("10.5"));
        assert!(small.key() < large.key());
        assert_eq!(Cell::number("-0.5").csv(), "-0.5");
        assert_eq!(Cell::Number(String::new()).key(), None);
    }

    #[test]
    fn what_could_be_a_formula_is_none_in_csv() {
        assert_eq!(Cell::text("=cmd()").csv(), "\"'=cmd()\"");
        assert_eq!(Cell::number("-cmd()").csv(), "\"'-cmd()\"");
    }
}
