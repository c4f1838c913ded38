//! Lists, as people know them from Django's admin: columns to choose and to sort by, a search, filters in a side
//! column, a date hierarchy, pages, CSV of what is filtered, and boxes to tick for an action.
//!
//! A screen declares a [`List`] and gives it rows; what is asked stands in the address (`asked`), so everything works
//! as plain links and forms. [`held`] lists what is in memory or small: it filters, counts and sorts by itself.
//! [`keyed`] lists what may be huge: the screen's query filters, pages are read by key, and nothing is counted.
//! Owns no data and no permissions: a screen asks `crates/service` and says who may open it.

mod asked;
mod cell;
pub(crate) mod held;
pub(crate) mod keyed;
mod period;
mod side;
mod view;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use leptos::prelude::AnyView;
use parallax::account::Permission;
use parallax::time::Timestamp;

pub(crate) use asked::Asked;
pub(crate) use cell::Cell;
pub(crate) use period::Period;

use self::asked::Askable;
use crate::visit::Visit;

/// Rows of a page.
pub(crate) const PAGE: usize = 50;

/// A list of rows of one kind.
pub(crate) struct List<R: 'static> {
    /// What its rows are, as a title: `Markets`.
    pub(crate) title: &'static str,
    /// What can be shown. The first names the row and is always shown.
    pub(crate) columns: &'static [Column<R>],
    /// Filters; of a [`keyed`] list their names alone, as its query filters.
    pub(crate) filters: &'static [Filter<R>],
    /// What is searched, when something is.
    pub(crate) search: Option<Search<R>>,
    /// The filter that is set unless told otherwise, with its value: of a queue what waits in it.
    pub(crate) usual: Option<(&'static str, &'static str)>,
    /// The time of the date hierarchy.
    pub(crate) time: Option<fn(&R) -> Option<Timestamp>>,
    /// The column that rows are sorted by unless told otherwise, and whether the greatest is first.
    pub(crate) order: (&'static str, bool),
    /// What no other row has: where a page begins, and what a ticked box says.
    pub(crate) id: fn(&R) -> String,
    /// The kind and the id that the audit log knows a row's object by, where people change it.
    pub(crate) history: Option<Object<R>>,
    /// What is said when there is no row at all.
    pub(crate) empty: &'static str,
}

/// The kind and the id of a row in the audit log.
type Object<R> = fn(&R) -> (&'static str, String);

/// A column.
pub(crate) struct Column<R> {
    /// Its word in addresses and CSV.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) cell: fn(&R) -> Cell,
    pub(crate) sorts: bool,
    /// Whether it is shown unless told otherwise.
    pub(crate) is_usual: bool,
    /// Whether it is aligned as numbers are.
    pub(crate) is_number: bool,
    /// What someone must be allowed to see it, where it says what can be done. Such a column is no part of CSV.
    pub(crate) needs: Option<Permission>,
}

impl<R> Column<R> {
    pub(crate) const fn new(name: &'static str, title: &'static str, cell: fn(&R) -> Cell) -> Self {
        Self {
            name,
            title,
            cell,
            sorts: false,
            is_usual: true,
            is_number: false,
            needs: None,
        }
    }

    /// Rows can be sorted by it.
    pub(crate) const fn sorted(mut self) -> Self {
        self.sorts = true;
        self
    }

    /// Shown only when it is chosen.
    pub(crate) const fn extra(mut self) -> Self {
        self.is_usual = false;
        self
    }

    /// Aligned as numbers are.
    pub(crate) const fn number(mut self) -> Self {
        self.is_number = true;
        self
    }

    /// Links to what can be done to the row, for those who may.
    pub(crate) const fn acts(name: &'static str, needs: Permission, cell: fn(&R) -> Cell) -> Self {
        let mut column = Self::new(name, "Do", cell);
        column.needs = Some(needs);
        column
    }

    fn is_for(&self, visit: &Visit) -> bool {
        self.needs.is_none_or(|needs| visit.may(needs))
    }
}

/// What is searched: all words that are typed must occur.
pub(crate) struct Search<R> {
    /// What can be found.
    pub(crate) hint: &'static str,
    pub(crate) text: fn(&R) -> String,
}

/// A filter by what rows have.
pub(crate) struct Filter<R> {
    /// Its word in addresses.
    name: &'static str,
    title: &'static str,
    values: Values<R>,
}

enum Values<R> {
    Word(fn(&R) -> String),
    Many(fn(&R) -> Vec<(String, String)>),
}

impl<R> Filter<R> {
    /// By a word that each row has; empty where it has none.
    pub(crate) const fn word(
        name: &'static str,
        title: &'static str,
        word: fn(&R) -> String,
    ) -> Self {
        let values = Values::Word(word);
        Self {
            name,
            title,
            values,
        }
    }

    /// By values of which a row may have several, each with its words.
    pub(crate) const fn many(
        name: &'static str,
        title: &'static str,
        values: fn(&R) -> Vec<(String, String)>,
    ) -> Self {
        let values = Values::Many(values);
        Self {
            name,
            title,
            values,
        }
    }

    fn values(&self, row: &R) -> Vec<(String, String)> {
        match self.values {
            Values::Word(word) => {
                let word = word(row);
                let has_one = !word.is_empty();
                has_one.then(|| (word.clone(), word)).into_iter().collect()
            }
            Values::Many(values) => values(row),
        }
    }
}

/// A filter as the side column shows it.
pub(crate) struct Facet {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) way: Way,
}

/// How a filter is set.
pub(crate) enum Way {
    /// By links, one of which is followed.
    Links(Vec<Choice>),
    /// By a choice of many; always one of them is set.
    Select(Vec<Choice>),
    /// By typing; the input's type and a hint.
    Input(&'static str, &'static str),
}

/// A value of a filter.
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) words: String,
    /// Rows that have it, when that was counted.
    pub(crate) count: Option<usize>,
}

impl Choice {
    /// A value that was not counted.
    pub(crate) fn new(value: impl ToString, words: impl ToString) -> Self {
        Self {
            value: value.to_string(),
            words: words.to_string(),
            count: None,
        }
    }
}

/// Something that can be done to the rows whose boxes are ticked: a button, and the page that asks first.
pub(crate) struct Bulk {
    pub(crate) to: &'static str,
    pub(crate) button: &'static str,
    /// Who may not is not shown it.
    pub(crate) needs: Permission,
}

/// What a screen adds to its list.
#[derive(Default)]
pub(crate) struct Around {
    /// Above the table: buttons, facts.
    pub(crate) above: Option<AnyView>,
    /// What can be done to ticked rows; no boxes without any that is allowed.
    pub(crate) bulk: Vec<Bulk>,
}

impl<R> List<R> {
    fn asked(&self, visit: &Visit, query: Option<&str>) -> Asked {
        let filters: Vec<_> = self.filters.iter().map(|filter| filter.name).collect();
        self.asked_with(visit, query, &filters)
    }

    fn asked_with(&self, visit: &Visit, query: Option<&str>, filters: &[&'static str]) -> Asked {
        let can = Askable {
            columns: self.columns,
            filters,
            is_searched: self.search.is_some(),
            has_dates: self.time.is_some(),
            usual: self.usual,
            order: self.order,
        };
        Asked::read(&visit.path, query, &can)
    }

    /// The columns that are shown, in the order of the list.
    fn shown(&self, asked: &Asked) -> Vec<&'static Column<R>> {
        let is_shown = |(position, column): &(usize, &Column<R>)| {
            let chosen = asked.columns.as_deref();
            *position == 0 || chosen.map_or(column.is_usual, |chosen| chosen.contains(&column.name))
        };
        let shown = self.columns.iter().enumerate().filter(is_shown);
        shown.map(|(_, column)| column).collect()
    }

    /// Its title with what is selected.
    fn headline(&self, asked: &Asked) -> String {
        let filters = asked.narrowing().map(str::to_owned);
        let search = (!asked.search.is_empty()).then(|| format!("“{}”", asked.search));
        let date = asked.date.map(|date| date.to_string());
        let all: Vec<_> = filters.chain(search).chain(date).collect();
        match all.is_empty() {
            true => self.title.to_owned(),
            false => format!("{}: {}", self.title, all.join(", ")),
        }
    }

    /// What is shown and is part of CSV.
    fn facts(&self, asked: &Asked) -> Vec<&'static Column<R>> {
        let mut columns = self.shown(asked);
        columns.retain(|column| column.needs.is_none());
        columns
    }

    fn csv_head(&self, asked: &Asked) -> String {
        let columns = self.facts(asked);
        let names: Vec<_> = columns.iter().map(|column| column.name).collect();
        names.join(",") + "\r\n"
    }

    fn csv_lines<'a>(&self, asked: &Asked, rows: impl IntoIterator<Item = &'a R>) -> String {
        let columns = self.facts(asked);
        let mut text = String::new();
        for row in rows {
            let cells: Vec<_> = columns
                .iter()
                .map(|column| (column.cell)(row).csv())
                .collect();
            text.push_str(&cells.join(","));
            text.push_str("\r\n");
        }
        text
    }

    /// What tells a browser to save the answer as a file.
    fn download(&self, body: impl IntoResponse) -> Response {
        let letter = |letter: char| match letter {
            'A'..='Z' => letter.to_ascii_lowercase(),
            'a'..='z' | '0'..='9' => letter,
            _ => '-',
        };
        let name: String = self.title.chars().map(letter).collect();
        let mut response = body.into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("text/csv; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, kind);
        let named = format!("attachment; filename=\"{name}.csv\"");
        if let Ok(named) = HeaderValue::from_str(&named) {
            headers.insert(header::CONTENT_DISPOSITION, named);
        }
        response
    }
}

/// Where the audit log has what was done to an object.
pub(crate) fn history(kind: &str, id: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("kind", kind)
        .append_pair("object", id)
        .finish();
    format!("/mgmt/audit?{query}")
}

/// The page of a question that could not be read.
fn refused(page: Response) -> Response {
    (StatusCode::BAD_REQUEST, page).into_response()
}
