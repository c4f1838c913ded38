//! A page of the token table: what is searched, how it is ordered, and where a page ends.
//!
//! Everything comes from the board, in memory. Ordering never depends on the currency: all prices are
//! divided by the same rate.

use std::cmp::Ordering;

use parallax::Decimal;
use parallax::amount::{Price, Quantity};
use parallax::currency::Currency;
use parallax::stream::PriceSummary;
use parallax::table::{Order, PAGE_ROWS, SortBy, TableQuery};
use parallax::token::Token;
use parallax::view::{TablePage, TableRow};

use crate::Service;
use crate::listing::by_name;

/// From so many characters on, a search may be the beginning of a contract address.
const ADDRESS_PREFIX: usize = 6;

impl Service {
    /// A page of the table. A currency that is none is US dollars, and a page beyond the last is the last:
    /// a page must not fail because of a mistyped link.
    #[must_use]
    pub fn page(&self, query: &TableQuery) -> TablePage {
        let catalogue = self.catalogue();
        let (seq, prices) = self.inner.board.prices();
        let known: Vec<(&Token, &PriceSummary)> = prices
            .iter()
            .filter_map(|price| {
                let token = catalogue.get(price.summary.token.as_str())?;
                Some((token, &price.summary))
            })
            .collect();
        let total = count(known.len());
        let search = query.search.trim().to_lowercase();
        let mut found: Vec<_> = known
            .into_iter()
            .filter(|(token, _)| is_among(token, query.ids.as_deref()) && matches(token, &search))
            .map(|(token, price)| (place(token, price, query.sort), token, price))
            .collect();
        let by_name = by_name(catalogue.tokens());
        found.sort_by(|(a, ..), (b, ..)| a.compare(b, query.sort, query.order, &by_name));
        let pages = found.len().div_ceil(PAGE_ROWS).max(1);
        let page = usize::try_from(query.page).unwrap_or(pages).clamp(1, pages);
        let shown = found.iter().skip((page - 1) * PAGE_ROWS).take(PAGE_ROWS);
        let (currency, asked) = match self.currency(query.currency.as_deref()) {
            Ok(currency) => (currency, query.currency.clone()),
            Err(_) => (Currency::usd(), None),
        };
        TablePage {
            about: self.about(),
            seq,
            at: self.at(),
            query: TableQuery {
                page: count(page),
                currency: asked,
                ..query.clone()
            },
            rows: shown
                .map(|(_, token, price)| self.table_row(token, price))
                .collect(),
            found: count(found.len()),
            total,
            pages: count(pages),
            currency,
            currencies: self.currencies(),
        }
    }

    fn table_row(&self, token: &Token, price: &PriceSummary) -> TableRow {
        TableRow {
            token: token.clone(),
            price: price.clone(),
            trend: self.trend(&token.id),
        }
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn is_among(token: &Token, ids: Option<&[String]>) -> bool {
    ids.is_none_or(|ids| ids.iter().any(|id| id == token.id.as_str()))
}

/// Whether a search, in lower case, finds the token.
pub(crate) fn matches(token: &Token, search: &str) -> bool {
    let is_address = |address: &str| {
        address == search || (search.len() >= ADDRESS_PREFIX && address.starts_with(search))
    };
    search.is_empty()
        || token.id.as_str().contains(search)
        || token.symbol.as_str().to_lowercase().contains(search)
        || token.name.to_lowercase().contains(search)
        || token
            .contracts
            .iter()
            .any(|contract| is_address(&contract.address.to_lowercase()))
}

/// Where a row stands in an order: what it is ordered by, and its rank where that is equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// The value of the column; `None` where it is not known, and for columns that never change.
    pub(crate) value: Option<Decimal>,
    /// The token's rank.
    pub(crate) rank: u32,
}

/// The place of a row in the order of a column.
pub(crate) fn place(token: &Token, price: &PriceSummary, by: SortBy) -> Place {
    let value = match by {
        SortBy::Rank | SortBy::Name => None,
        SortBy::Price => price.price.map(Price::get),
        SortBy::Change1h => price.change_1h_pct,
        SortBy::Change24h => price.change_24h_pct,
        SortBy::Change7d => price.change_7d_pct,
        SortBy::Volume => price.volume_24h_usd.map(Quantity::get),
        SortBy::Confidence => price
            .confidence
            .zip(price.price)
            .and_then(|(confidence, price)| confidence.get().checked_div(price.get())),
        SortBy::Sources => Some(price.sources.into()),
        SortBy::Status => Some(Decimal::from(price.status as u8)),
        // The least age is the latest time.
        SortBy::Age => price.as_of.map(|as_of| Decimal::from(-as_of.unix_ms())),
    };
    Place {
        value,
        rank: token.rank,
    }
}

impl Place {
    /// The order of two places: those without a value last whichever end comes first, ties by rank.
    /// `by_name` is each rank's place among the names.
    pub(crate) fn compare(
        &self,
        other: &Self,
        by: SortBy,
        order: Order,
        by_name: &[usize],
    ) -> Ordering {
        let name = |place: &Self| {
            let position = usize::try_from(place.rank).unwrap_or(usize::MAX);
            by_name.get(position.wrapping_sub(1)).copied()
        };
        let compared = match by {
            SortBy::Rank => order.of(self.rank.cmp(&other.rank)),
            SortBy::Name => order.of(name(self).cmp(&name(other))),
            _ => order.of_known(self.value, other.value),
        };
        compared.then_with(|| self.rank.cmp(&other.rank))
    }
}
