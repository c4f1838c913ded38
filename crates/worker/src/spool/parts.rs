//! Rows in pieces that make records.

use std::borrow::Cow;

use crate::pending::Rows;

/// Rows in one record. More are split, so that one record is replayed in a moment and the spool's bound
/// is kept closely.
pub(super) const ROWS_PER_RECORD: usize = 2_000;

/// The pieces, in an order in which what is named comes before what names it.
pub(super) fn parts(rows: &Rows) -> Vec<Cow<'_, Rows>> {
    fn pieces<'a, T: Clone>(
        rows: &'a [T],
        part: impl Fn(Vec<T>) -> Rows + 'a,
    ) -> impl Iterator<Item = Cow<'a, Rows>> {
        rows.chunks(ROWS_PER_RECORD)
            .map(move |rows| Cow::Owned(part(rows.to_vec())))
    }
    if usize::try_from(rows.len()).is_ok_and(|count| count <= ROWS_PER_RECORD) {
        return vec![Cow::Borrowed(rows)];
    }
    let listings = pieces(&rows.listings, |listings| Rows {
        listings,
        ..Rows::default()
    });
    let quotes = pieces(&rows.quotes, |quotes| Rows {
        quotes,
        ..Rows::default()
    });
    let candles = pieces(&rows.candles, |candles| Rows {
        candles,
        ..Rows::default()
    });
    let prices = pieces(&rows.prices, |prices| Rows {
        prices,
        ..Rows::default()
    });
    let facts = pieces(&rows.facts, |facts| Rows {
        facts,
        ..Rows::default()
    });
    let usage = pieces(&rows.usage, |usage| Rows {
        usage,
        ..Rows::default()
    });
    let parts = listings.chain(quotes).chain(candles);
    parts.chain(prices).chain(facts).chain(usage).collect()
}
