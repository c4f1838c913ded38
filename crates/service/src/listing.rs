//! The list of tokens in pieces: searched, ordered, and continued where a piece ended.
//!
//! A piece continues after a *place*, the value and rank of the last row, and not after a number of rows. By
//! rank and by name the pieces join exactly. By what changes meanwhile, a token whose own value crosses the
//! place between two reads can be missed or come twice; no other token is affected by it.

use std::fmt;
use std::str::FromStr;

use parallax::amount::parse_exact;
use parallax::table::{Order, SortBy};
use parallax::time::Timestamp;
use parallax::token::Token;
use parallax::view::{About, TokenRow};
use parallax_board::PublishedPrice;

use crate::Service;
use crate::error::ServiceError;
use crate::table::{Place, matches, place};

/// The most rows of one piece, and the rows of one that names no number.
pub const MAX_ROWS: u32 = 250;

/// Which tokens to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// Only tokens whose name, symbol or id contains this, or whose contract address it is.
    pub search: String,
    /// The column.
    pub sort: SortBy,
    /// Which end first; `None` for the column's natural order.
    pub order: Option<Order>,
    /// How many at most; `None` for [`MAX_ROWS`].
    pub limit: Option<u32>,
    /// Where to go on.
    pub cursor: Option<ListCursor>,
}

/// Where a piece goes on that follows another. Its text is opaque to readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListCursor {
    sort: SortBy,
    order: Order,
    place: Place,
}

/// The text is not a cursor that an earlier piece gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of an earlier page")]
pub struct ListCursorError;

impl fmt::Display for ListCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sort, order, rank) = (self.sort.as_str(), self.order.as_str(), self.place.rank);
        write!(f, "{sort}.{order}.{rank}")?;
        match self.place.value {
            Some(value) => write!(f, ".{}", value.normalize()),
            None => Ok(()),
        }
    }
}

impl FromStr for ListCursor {
    type Err = ListCursorError;

    fn from_str(text: &str) -> Result<Self, ListCursorError> {
        let mut parts = text.splitn(4, '.');
        let (Some(sort), Some(order), Some(rank)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(ListCursorError);
        };
        let value = parts.next().map(parse_exact).transpose();
        Ok(Self {
            sort: sort.parse().map_err(|()| ListCursorError)?,
            order: Order::read(order).ok_or(ListCursorError)?,
            place: Place {
                value: value.map_err(|_| ListCursorError)?,
                rank: rank.parse().map_err(|_| ListCursorError)?,
            },
        })
    }
}

/// A piece of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenList {
    /// About the program.
    pub about: About,
    /// The board's sequence number this list shows: a stream opened after it continues without a gap.
    pub seq: u64,
    /// When it was read.
    pub at: Timestamp,
    /// The rows, in the order asked for.
    pub rows: Vec<TokenRow>,
    /// Tokens found on all pieces together.
    pub found: u32,
    /// Where the next piece begins; `None` when this one reaches the end.
    pub next: Option<ListCursor>,
}

impl Service {
    /// A piece of the list of all tokens that are listed somewhere or have a last known price.
    ///
    /// # Errors
    /// [`ServiceError::BadParameter`] for a limit out of bounds and a cursor of another order.
    pub fn list(&self, query: &ListQuery) -> Result<TokenList, ServiceError> {
        let limit = query.limit.unwrap_or(MAX_ROWS);
        if !(1..=MAX_ROWS).contains(&limit) {
            let allowed = format!("a whole number from 1 to {MAX_ROWS}");
            return Err(ServiceError::bad("limit", limit, allowed));
        }
        let (sort, order) = (query.sort, query.order.unwrap_or(query.sort.natural()));
        if let Some(cursor) = &query.cursor
            && (cursor.sort, cursor.order) != (sort, order)
        {
            let allowed = format!(
                "used with the order of the page that gave it, sort={} and order={}",
                cursor.sort.as_str(),
                cursor.order.as_str()
            );
            return Err(ServiceError::bad("cursor", cursor, allowed));
        }
        let catalogue = self.catalogue();
        let (seq, prices) = self.inner.board.prices();
        let search = query.search.trim().to_lowercase();
        let by_name = by_name(catalogue.tokens());
        let mut found: Vec<(Place, &Token, &PublishedPrice)> = prices
            .iter()
            .filter_map(|price| {
                let token = catalogue.get(price.summary.token.as_str())?;
                let is_found = matches(token, &search);
                is_found.then(|| (place(token, &price.summary, sort), token, price.as_ref()))
            })
            .collect();
        let compare = |a: &Place, b: &Place| a.compare(b, sort, order, &by_name);
        found.sort_by(|a, b| compare(&a.0, &b.0));
        let after = query.cursor.as_ref().map(|cursor| &cursor.place);
        let is_after = |place: &Place| after.is_none_or(|after| compare(after, place).is_lt());
        let skipped = found.iter().filter(|(place, ..)| !is_after(place)).count();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let shown: Vec<_> = found.iter().skip(skipped).take(limit).collect();
        let is_last = skipped + shown.len() >= found.len();
        let next = shown
            .last()
            .filter(|_| !is_last)
            .map(|(place, ..)| ListCursor {
                sort,
                order,
                place: *place,
            });
        let rows = shown.iter().map(|(_, token, price)| TokenRow {
            token: Token::clone(token),
            price: price.summary.clone(),
        });
        Ok(TokenList {
            about: self.about(),
            seq,
            at: self.at(),
            rows: rows.collect(),
            found: u32::try_from(found.len()).unwrap_or(u32::MAX),
            next,
        })
    }
}

/// Each rank's place among the names, whatever their letter case.
pub(crate) fn by_name(tokens: &[Token]) -> Vec<usize> {
    let mut order: Vec<_> = (0..tokens.len()).collect();
    let name = |&position: &usize| tokens.get(position).map(|it| it.name.to_lowercase());
    order.sort_by_cached_key(name);
    let mut places = vec![0; tokens.len()];
    for (place, position) in order.into_iter().enumerate() {
        if let Some(slot) = places.get_mut(position) {
            *slot = place;
        }
    }
    places
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_written_as_it_is_read() {
        for text in [
            "rank.asc.7",
            "price.desc.12.0.00000123",
            "change_24h.asc.3.-4.5",
            "age.asc.1",
        ] {
            assert_eq!(text.parse::<ListCursor>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn anything_else_is_no_cursor() {
        for text in [
            "",
            "rank",
            "rank.asc",
            "rank.up.1",
            "colour.asc.1",
            "price.asc.x",
            "price.asc.1.y",
        ] {
            assert_eq!(text.parse::<ListCursor>(), Err(ListCursorError), "{text}");
        }
    }
}
