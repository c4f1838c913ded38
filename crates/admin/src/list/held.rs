//! Lists of what is in memory or small: filtered, counted, sorted and cut into pages here.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use axum::response::Response;
use parallax::time::Timestamp;

use super::asked::Place;
use super::view::{Ends, Shown};
use super::{Around, Asked, Choice, Facet, List, PAGE, Period, Way, refused};
use crate::visit::Visit;

/// What is asked of these rows, as a page or as CSV.
pub(crate) fn page<R>(
    list: &'static List<R>,
    visit: &Visit,
    query: Option<&str>,
    rows: Vec<R>,
    around: Around,
) -> Response {
    let asked = list.asked(visit, query);
    let selected = Selected::new(list, &asked, rows);
    let fit: &[R] = if asked.errors.is_empty() {
        &selected.fit
    } else {
        &[]
    };
    if asked.is_csv && asked.errors.is_empty() {
        let text = list.csv_head(&asked) + &list.csv_lines(&asked, fit);
        return list.download(text);
    }
    let (shown, ends) = cut(list, &asked, fit);
    let is_refused = !asked.errors.is_empty();
    let said = match (fit.len(), selected.all) {
        (fit, all) if fit == all => format!("{all} in all"),
        (fit, all) => format!("{fit} of {all}"),
    };
    let page = Shown {
        rows: shown,
        facets: selected.facets,
        dates: selected.dates,
        ends,
        said,
        around,
    }
    .page(list, visit, &asked);
    if is_refused { refused(page) } else { page }
}

/// The rows that fit, in order, and what the others would be.
struct Selected<R> {
    fit: Vec<R>,
    all: usize,
    facets: Vec<Facet>,
    dates: Vec<(Period, Option<usize>)>,
}

impl<R> Selected<R> {
    fn new(list: &'static List<R>, asked: &Asked, rows: Vec<R>) -> Self {
        let all = rows.len();
        let facets = list.filters.iter().map(|filter| {
            let others = Fit::new(list, asked).without(filter.name);
            let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
            for row in &rows {
                let counted = usize::from(others.is(row));
                for value in filter.values(row) {
                    *counts.entry(value).or_default() += counted;
                }
            }
            let choice = |((value, words), count): ((String, String), usize)| Choice {
                value,
                words,
                count: Some(count),
            };
            let mut choices: Vec<_> = counts.into_iter().map(choice).collect();
            choices.sort_by(|a, b| a.words.cmp(&b.words));
            Facet {
                name: filter.name,
                title: filter.title,
                way: Way::Links(choices),
            }
        });
        let facets = facets.collect();
        let dates = dates(list, asked, &rows);
        let fits = Fit::new(list, asked);
        let mut fit: Vec<R> = rows.into_iter().filter(|row| fits.is(row)).collect();
        sort(list, asked, &mut fit);
        Self {
            fit,
            all,
            facets,
            dates,
        }
    }
}

/// The parts of the chosen period that hold rows, each with how many.
fn dates<R>(list: &'static List<R>, asked: &Asked, rows: &[R]) -> Vec<(Period, Option<usize>)> {
    let Some(time) = list.time else {
        return Vec::new();
    };
    // Without the date alone: of the parts of the chosen period each is counted.
    let fits = Fit::new(list, asked);
    let mut counts: BTreeMap<Period, usize> = BTreeMap::new();
    for row in rows.iter().filter(|row| fits.is(row)) {
        if let Some(part) = time(row).and_then(|at| Period::part(asked.date, at)) {
            *counts.entry(part).or_default() += 1;
        }
    }
    let counts = counts.into_iter();
    counts.map(|(part, count)| (part, Some(count))).collect()
}

/// What a row must be to fit.
struct Fit<'a, R: 'static> {
    list: &'static List<R>,
    asked: &'a Asked,
    words: Vec<String>,
    span: Option<(Timestamp, Timestamp)>,
    without: Option<&'static str>,
}

impl<'a, R> Fit<'a, R> {
    fn new(list: &'static List<R>, asked: &'a Asked) -> Self {
        let words = asked.search.split_whitespace();
        Self {
            list,
            asked,
            words: words.map(str::to_lowercase).collect(),
            span: asked.date.map(Period::span),
            without: None,
        }
    }

    /// The same whatever this filter says.
    const fn without(mut self, filter: &'static str) -> Self {
        self.without = Some(filter);
        self
    }

    fn is(&self, row: &R) -> bool {
        let is_in = |(from, until): (Timestamp, Timestamp)| {
            let at = self.list.time.and_then(|time| time(row));
            at.is_some_and(|at| from <= at && at < until)
        };
        let has = |name: &str, wanted: &str| {
            let mut filters = self.list.filters.iter().filter(|it| it.name == name);
            filters.all(|filter| {
                let values = filter.values(row);
                values.iter().any(|(value, _)| value == wanted)
            })
        };
        self.span.is_none_or(is_in)
            && self.asked.filters.iter().all(|(name, wanted)| {
                self.without.is_some_and(|without| without == *name) || has(name, wanted)
            })
            && self.has_words(row)
    }

    fn has_words(&self, row: &R) -> bool {
        let Some(search) = self.list.search.as_ref().filter(|_| !self.words.is_empty()) else {
            return true;
        };
        let text = (search.text)(row).to_lowercase();
        self.words.iter().all(|word| text.contains(word))
    }
}

/// By the column that is asked for, then by id; what the column does not say comes last.
fn sort<R>(list: &'static List<R>, asked: &Asked, rows: &mut Vec<R>) {
    let (by, is_descending) = asked.sort;
    let Some(column) = list.columns.iter().find(|column| column.name == by) else {
        return;
    };
    let mut keyed: Vec<_> = rows
        .drain(..)
        .map(|row| ((column.cell)(&row).key(), (list.id)(&row), row))
        .collect();
    keyed.sort_by(|(a, a_id, _), (b, b_id, _)| {
        let order = match (a, b) {
            (Some(a), Some(b)) if is_descending => b.cmp(a),
            (Some(a), Some(b)) => a.cmp(b),
            (None, None) => Ordering::Equal,
            (a, _) => {
                if a.is_none() {
                    Ordering::Greater
                } else {
                    Ordering::Less
                }
            }
        };
        order.then_with(|| a_id.cmp(b_id))
    });
    rows.extend(keyed.into_iter().map(|(_, _, row)| row));
}

/// The page that is asked for. A row that is there no longer begins no page: then it is the first.
fn cut<'a, R>(list: &'static List<R>, asked: &Asked, rows: &'a [R]) -> (Vec<&'a R>, Ends) {
    let position = |id: &str| rows.iter().position(|row| (list.id)(row) == id);
    let begin = match &asked.place {
        Place::Start => 0,
        Place::After(id) => position(id).map_or(0, |at| at + 1),
        Place::Before(id) => position(id).map_or(0, |at| at.saturating_sub(PAGE)),
    };
    let page: Vec<&R> = rows.iter().skip(begin).take(PAGE).collect();
    let id = |row: Option<&&R>| row.map(|row| (list.id)(row));
    let ends = Ends {
        previous: id(page.first()).filter(|_| begin > 0),
        next: id(page.last()).filter(|_| begin + page.len() < rows.len()),
    };
    (page, ends)
}
