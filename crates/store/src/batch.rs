//! Batches: each key once, in key order, in pieces of bounded size.
//!
//! PostgreSQL refuses a statement that would update one row twice, and two writers that take the same
//! rows in different orders deadlock. Both databases get the same treatment, so both end in the same state.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use parallax::candle::Candle;
use parallax::index::IndexPrice;
use parallax::market::Listing;
use parallax::token::Token;
use parallax::venue::Venue;

use crate::contract::StoredQuote;
use crate::error::StoreError;
use crate::rows::{CandleRow, ContractRow, ListingRow, PriceRow, QuoteRow, TokenRow, VenueRow};

/// Rows in one statement: large enough that round trips do not count, small enough that a statement stays
/// within a few megabytes even when every price has a hundred constituents.
pub(crate) const ROWS_PER_STATEMENT: usize = 500;

/// One row a key, in key order; of several rows with one key, the last for which `replaces` does not
/// object. `replaces` is asked with the row kept so far and the later one.
fn unique<'a, T: 'a, K: Ord>(
    rows: impl IntoIterator<Item = &'a T>,
    key: impl Fn(&'a T) -> K,
    replaces: impl Fn(&T, &T) -> bool,
) -> impl Iterator<Item = &'a T> {
    let mut kept: BTreeMap<K, &'a T> = BTreeMap::new();
    for row in rows {
        match kept.entry(key(row)) {
            Entry::Vacant(place) => {
                place.insert(row);
            }
            Entry::Occupied(mut place) => {
                if replaces(place.get(), row) {
                    place.insert(row);
                }
            }
        }
    }
    kept.into_values()
}

/// The rule for most tables: the later row replaces the earlier.
const fn last_wins<T>(_: &T, _: &T) -> bool {
    true
}

/// The tokens, and the contracts of all of them. A contract that two tokens claim stays twice: the
/// database refuses it.
pub(crate) fn tokens(tokens: &[Token]) -> Result<(Vec<TokenRow>, Vec<ContractRow>), StoreError> {
    let kept: Vec<&Token> = unique(tokens, |token| &token.id, last_wins).collect();
    let rows = kept.iter().map(|&token| token.try_into());
    let rows = rows.collect::<Result<_, _>>()?;
    let contracts = kept.iter().flat_map(|token| ContractRow::of(token));
    let mut contracts = contracts.collect::<Result<Vec<_>, _>>()?;
    contracts.sort_by(|a, b| (&a.chain, &a.address).cmp(&(&b.chain, &b.address)));
    Ok((rows, contracts))
}

/// The venues.
pub(crate) fn venues(venues: &[Venue]) -> Result<Vec<VenueRow>, StoreError> {
    unique(venues, |venue| &venue.id, last_wins)
        .map(TryInto::try_into)
        .collect()
}

/// The listings.
pub(crate) fn listings(listings: &[Arc<Listing>]) -> Result<Vec<ListingRow>, StoreError> {
    unique(listings, |row| (&row.venue, &row.symbol), last_wins)
        .map(|listing| listing.as_ref().try_into())
        .collect()
}

/// The quotes: of one market the one received last, and of two in one millisecond the later row.
pub(crate) fn quotes(quotes: &[StoredQuote]) -> Result<Vec<QuoteRow>, StoreError> {
    unique(
        quotes,
        |row| (&row.listing.venue, &row.listing.symbol),
        |kept, later| later.received_at >= kept.received_at,
    )
    .map(TryInto::try_into)
    .collect()
}

/// The index prices.
pub(crate) fn prices(prices: &[IndexPrice]) -> Result<Vec<PriceRow>, StoreError> {
    unique(prices, |row| (&row.token, row.computed_at), last_wins)
        .map(TryInto::try_into)
        .collect()
}

/// The candles.
pub(crate) fn candles(candles: &[Candle]) -> Vec<CandleRow> {
    unique(
        candles,
        |row| (&row.token, row.interval, row.open_time),
        last_wins,
    )
    .map(Into::into)
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_row_of_a_key_stays_and_keys_are_in_order() {
        let rows = [("b", 1), ("a", 2), ("b", 3)];
        let kept: Vec<_> = unique(&rows, |row| row.0, last_wins).collect();
        assert_eq!(kept, [&("a", 2), &("b", 3)]);
    }

    #[test]
    fn a_row_that_must_not_replace_is_left_out() {
        let rows = [("a", 2, "first"), ("a", 1, "older"), ("a", 2, "equal")];
        let kept: Vec<_> = unique(&rows, |row| row.0, |old, new| new.1 >= old.1).collect();
        assert_eq!(kept, [&("a", 2, "equal")]);
    }
}
