//! Batches: each key once, in key order, in pieces of bounded size.
//!
//! PostgreSQL refuses a statement that would update one row twice, and two writers that take the same
//! rows in different orders deadlock. Both databases get the same treatment, so both end in the same state.

use std::sync::Arc;

use parallax::candle::Candle;
use parallax::fact::{QueryUsage, TokenFacts};
use parallax::index::IndexPrice;
use parallax::key::KeyId;
use parallax::market::Listing;
use parallax::time::Timestamp;
use parallax::token::Token;
use parallax::venue::Venue;

use crate::contract::StoredQuote;
use crate::error::StoreError;
use crate::rows::{
    ContractRow, FactRow, KeyUseRow, ListingRow, PriceRow, QuoteRow, TokenRow, UsageRow, VenueRow,
};

/// Rows in one statement: large enough that round trips do not count, small enough that a statement stays
/// within a few megabytes even when every price has a hundred constituents.
pub(crate) const ROWS_PER_STATEMENT: usize = 500;

/// One row a key, in key order; of several rows with one key, the last for which `replaces` does not
/// object. `replaces` is asked with the row kept so far and the later one.
fn unique<'a, T: 'a, K: Ord>(
    rows: impl IntoIterator<Item = &'a T>,
    key: impl Fn(&'a T) -> K,
    replaces: impl Fn(&T, &T) -> bool,
) -> Vec<&'a T> {
    let mut rows: Vec<&'a T> = rows.into_iter().collect();
    // Stable: rows with one key stay in the order they came in. Quick when they are in order already.
    rows.sort_by_key(|&row| key(row));
    rows.dedup_by(|later, kept| {
        let same = key(later) == key(kept);
        if same && replaces(kept, later) {
            *kept = later;
        }
        same
    });
    rows
}

/// The rule for most tables: the later row replaces the earlier.
const fn last_wins<T>(_: &T, _: &T) -> bool {
    true
}

/// The tokens, and the contracts of all of them. A contract that two tokens claim stays twice: the
/// database refuses it.
pub(crate) fn tokens(tokens: &[Token]) -> Result<(Vec<TokenRow>, Vec<ContractRow>), StoreError> {
    let kept = unique(tokens, |token| &token.id, last_wins);
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
        .into_iter()
        .map(TryInto::try_into)
        .collect()
}

/// The listings.
pub(crate) fn listings(listings: &[Arc<Listing>]) -> Result<Vec<ListingRow>, StoreError> {
    unique(listings, |row| (&row.venue, &row.symbol), last_wins)
        .into_iter()
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
    .into_iter()
    .map(TryInto::try_into)
    .collect()
}

/// The index prices.
pub(crate) fn prices(prices: &[IndexPrice]) -> Result<Vec<PriceRow>, StoreError> {
    unique(prices, |row| (&row.token, row.computed_at), last_wins)
        .into_iter()
        .map(TryInto::try_into)
        .collect()
}

/// Of prices in key order, the newest of each token.
pub(crate) fn newest(prices: &[PriceRow]) -> impl Iterator<Item = &PriceRow> {
    prices
        .chunk_by(|a, b| a.token == b.token)
        .filter_map(<[PriceRow]>::last)
}

/// The candles: of one series and open time the one that saw most minutes, of these the one with the
/// highest revision, and of these the last.
pub(crate) fn candles(candles: &[Candle]) -> Vec<&Candle> {
    unique(
        candles,
        |row| (&row.series, row.bar.open_time),
        |kept, later| {
            (later.bar.minutes, later.bar.revision) >= (kept.bar.minutes, kept.bar.revision)
        },
    )
}

/// The facts: of one token and venue those observed last.
pub(crate) fn facts(facts: &[TokenFacts]) -> Result<Vec<FactRow>, StoreError> {
    unique(
        facts,
        |row| (&row.token, &row.venue),
        |kept, later| later.observed_at >= kept.observed_at,
    )
    .into_iter()
    .map(TryInto::try_into)
    .collect()
}

/// The usage: of one venue and month the highest count.
pub(crate) fn usage(usage: &[QueryUsage]) -> Result<Vec<UsageRow>, StoreError> {
    unique(
        usage,
        |row| (&row.venue, row.month),
        |kept, later| later.used >= kept.used,
    )
    .into_iter()
    .map(TryInto::try_into)
    .collect()
}

/// The uses of keys: of one key the latest.
pub(crate) fn key_uses(uses: &[(KeyId, Timestamp)]) -> Vec<KeyUseRow> {
    unique(uses, |(id, _)| id, |kept, later| later.1 >= kept.1)
        .into_iter()
        .map(KeyUseRow::of)
        .collect()
}

/// The tokens that rows in key order name.
pub(crate) fn named<'a>(tokens: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut named: Vec<&str> = tokens.into_iter().collect();
    named.dedup();
    named.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_row_of_a_key_stays_and_keys_are_in_order() {
        let rows = [("b", 1), ("a", 2), ("b", 3)];
        let kept = unique(&rows, |row| row.0, last_wins);
        assert_eq!(kept, [&("a", 2), &("b", 3)]);
    }

    #[test]
    fn a_row_that_must_not_replace_is_left_out() {
        let rows = [("a", 2, "first"), ("a", 1, "older"), ("a", 2, "equal")];
        let kept = unique(&rows, |row| row.0, |old, new| new.1 >= old.1);
        assert_eq!(kept, [&("a", 2, "equal")]);
    }
}
