//! Lists of what may be huge: each page is one read by key, in either direction, and nothing is counted.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use futures::stream;
use parallax::time::Timestamp;

use super::asked::Place;
use super::view::{Ends, Shown};
use super::{Around, Asked, Facet, List, PAGE, Period, refused};
use crate::page::Problem;
use crate::visit::Visit;

/// Rows of CSV that are read at once.
const CSV_ROWS: u32 = 1_000;

/// Which rows are to be read: those whose key lies between two others, from one end on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Greater than this.
    pub(crate) above: Option<i64>,
    /// Less than this.
    pub(crate) below: Option<i64>,
    /// From the greatest on.
    pub(crate) is_descending: bool,
    /// At most so many.
    pub(crate) limit: u32,
}

impl Reach {
    /// The same where keys are milliseconds since 1970, within a span: from, and until before.
    pub(crate) fn within(self, (from, until): (Timestamp, Timestamp)) -> (Timestamp, Timestamp) {
        let at = |ms: i64| Timestamp::from_unix_ms(ms.max(0)).unwrap_or(until);
        let from = self
            .above
            .map_or(from, |above| from.max(at(above.saturating_add(1))));
        let until = self.below.map_or(until, |below| until.min(at(below)));
        (from, until)
    }
}

/// What is known besides the rows.
#[derive(Default)]
pub(crate) struct Known {
    /// The filters.
    pub(crate) facets: Vec<Facet>,
    /// The first and the last moment of what there is, for the date hierarchy.
    pub(crate) span: Option<(Timestamp, Timestamp)>,
    pub(crate) around: Around,
}

/// What is asked of a list with these filters, which its reader knows how to apply.
pub(crate) fn asked<R>(
    list: &'static List<R>,
    visit: &Visit,
    query: Option<&str>,
    filters: &[&'static str],
) -> Asked {
    let mut asked = list.asked_with(visit, query, filters);
    if let Place::After(id) | Place::Before(id) = &asked.place
        && id.parse::<i64>().is_err()
    {
        let said = parallax::audit::harmless(id, 40);
        let error = format!("“{said}” is no place in this list; follow its links instead.");
        asked.errors.push(error);
    }
    asked
}

/// What is asked, as a page or as CSV. `read` reads rows by key.
pub(crate) async fn page<R, F, Fut>(
    list: &'static List<R>,
    visit: &Visit,
    asked: &Asked,
    known: Known,
    read: F,
) -> Result<Response, Problem>
where
    R: Send + Sync,
    F: Fn(Reach) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Vec<R>, Problem>> + Send + 'static,
{
    let is_refused = !asked.errors.is_empty();
    if asked.is_csv && !is_refused {
        return Ok(csv(list, asked, read));
    }
    let (rows, ends) = match is_refused {
        true => (Vec::new(), Ends::default()),
        false => one_page(list, asked, read).await?,
    };
    let span = known.span.filter(|_| list.time.is_some());
    let dates = span.map_or_else(Vec::new, |(first, last)| {
        let parts = Period::parts(asked.date, first, last).into_iter();
        parts.map(|part| (part, None)).collect()
    });
    let said = match rows.len() {
        0 => String::new(),
        shown => format!("{shown} shown"),
    };
    let page = Shown {
        rows: rows.iter().collect(),
        facets: known.facets,
        dates,
        ends,
        said,
        around: known.around,
    }
    .page(list, visit, asked);
    Ok(if is_refused { refused(page) } else { page })
}

async fn one_page<R, Fut>(
    list: &'static List<R>,
    asked: &Asked,
    read: impl Fn(Reach) -> Fut,
) -> Result<(Vec<R>, Ends), Problem>
where
    Fut: Future<Output = Result<Vec<R>, Problem>>,
{
    let (_, is_descending) = asked.sort;
    let (key, is_back) = match &asked.place {
        Place::Start => (None, false),
        Place::After(id) => (id.parse().ok(), false),
        Place::Before(id) => (id.parse().ok(), true),
    };
    // Backwards is forwards in the other order, turned round.
    let mut reach = reach(key, is_descending != is_back);
    // One more than is shown says whether there are more.
    reach.limit = u32::try_from(PAGE).unwrap_or(u32::MAX).saturating_add(1);
    let mut rows = read(reach).await?;
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    if is_back {
        rows.reverse();
    }
    let id = |row: Option<&R>| row.map(|row| (list.id)(row));
    let (has_previous, has_next) = match is_back {
        true => (has_more, key.is_some()),
        false => (key.is_some(), has_more),
    };
    let ends = Ends {
        previous: id(rows.first()).filter(|_| has_previous),
        next: id(rows.last()).filter(|_| has_next),
    };
    Ok((rows, ends))
}

/// What lies behind a key.
const fn reach(key: Option<i64>, is_descending: bool) -> Reach {
    let (above, below) = match is_descending {
        true => (None, key),
        false => (key, None),
    };
    Reach {
        above,
        below,
        is_descending,
        limit: CSV_ROWS,
    }
}

/// All that is asked, as CSV, read piece by piece while it is sent. A database that fails on the way breaks the answer
/// off, so that nobody takes a part for the whole.
fn csv<R, F, Fut>(list: &'static List<R>, asked: &Asked, read: F) -> Response
where
    R: Send + Sync,
    F: Fn(Reach) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Vec<R>, Problem>> + Send + 'static,
{
    let (asked, read) = (Arc::new(asked.clone()), Arc::new(read));
    let (_, is_descending) = asked.sort;
    let pieces = stream::try_unfold(Some(None), move |at: Option<Option<i64>>| {
        let (asked, read) = (Arc::clone(&asked), Arc::clone(&read));
        async move {
            let Some(key) = at else {
                return Ok(None);
            };
            let mut text = String::new();
            if key.is_none() {
                text.push_str(&list.csv_head(&asked));
            }
            let rows = read(reach(key, is_descending)).await;
            let rows = rows.map_err(|problem| std::io::Error::other(problem.text))?;
            text.push_str(&list.csv_lines(&asked, &rows));
            let is_last = rows.len() < usize::try_from(CSV_ROWS).unwrap_or(usize::MAX);
            let last = rows.last().and_then(|row| (list.id)(row).parse().ok());
            let next = last.filter(|_| !is_last).map(Some);
            Ok::<_, std::io::Error>(Some((text, next)))
        }
    });
    list.download(Body::from_stream(pieces))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_reach_of_times_stays_within_its_span() {
        let at = |ms| Timestamp::from_unix_ms(ms).unwrap();
        let span = (at(10), at(20));
        assert_eq!(reach(None, true).within(span), span);
        assert_eq!(reach(Some(15), true).within(span), (at(10), at(15)));
        assert_eq!(reach(Some(15), false).within(span), (at(16), at(20)));
        assert_eq!(reach(Some(5), false).within(span), span);
        assert_eq!(reach(Some(i64::MIN), true).within(span), (at(10), at(0)));
        assert_eq!(reach(Some(i64::MAX), false).within(span), (at(20), at(20)));
    }
}
