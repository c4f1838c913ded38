//! A page of the token table: what is searched, how it is ordered, and where a page ends.
//!
//! Everything comes from the board, in memory. Ordering never depends on the currency: all prices are
//! divided by the same rate.

use std::cmp::Ordering;

use parallax::Decimal;
use parallax::currency::Currency;
use parallax::stream::PriceSummary;
use parallax::table::{Order, PAGE_ROWS, SortBy, TableQuery};
use parallax::token::Token;
use parallax::view::{TablePage, TableRow};

use crate::Service;

/// From so many characters on, a search may be the beginning of a contract address.
const ADDRESS_PREFIX: usize = 6;

impl Service {
    /// A page of the table. A currency that is none is US dollars, and a page beyond the last is the last:
    /// a page must not fail because of a mistyped link.
    #[must_use]
    pub fn page(&self, query: &TableQuery) -> TablePage {
        let (seq, prices) = self.inner.board.prices();
        let known: Vec<(&Token, &PriceSummary)> = prices
            .iter()
            .filter_map(|price| {
                let token = self.catalogue().get(price.summary.token.as_str())?;
                Some((token, &price.summary))
            })
            .collect();
        let total = count(known.len());
        let search = query.search.trim().to_lowercase();
        let mut found: Vec<_> = known
            .into_iter()
            .filter(|(token, _)| is_among(token, query.ids.as_deref()) && matches(token, &search))
            .collect();
        found.sort_by(|a, b| compare(*a, *b, query.sort, query.order));
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
                .map(|(token, price)| self.table_row(token, price))
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
fn matches(token: &Token, search: &str) -> bool {
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

/// A row of the table before it is written down.
type Row<'a> = (&'a Token, &'a PriceSummary);

/// The order of two rows: those without a value last whichever end comes first, ties by rank.
fn compare(a: Row<'_>, b: Row<'_>, by: SortBy, order: Order) -> Ordering {
    let by_value =
        |value: fn(&PriceSummary) -> Option<Decimal>| order.of_known(value(a.1), value(b.1));
    let compared = match by {
        SortBy::Rank => order.of(a.0.rank.cmp(&b.0.rank)),
        SortBy::Name => order.of(a.0.name.to_lowercase().cmp(&b.0.name.to_lowercase())),
        SortBy::Price => by_value(|price| Some(price.price?.get())),
        SortBy::Change1h => by_value(|price| price.change_1h_pct),
        SortBy::Change24h => by_value(|price| price.change_24h_pct),
        SortBy::Change7d => by_value(|price| price.change_7d_pct),
        SortBy::Volume => by_value(|price| Some(price.volume_24h_usd?.get())),
        SortBy::Confidence => {
            by_value(|price| price.confidence?.get().checked_div(price.price?.get()))
        }
        SortBy::Sources => order.of(a.1.sources.cmp(&b.1.sources)),
        SortBy::Status => order.of(a.1.status.cmp(&b.1.status)),
        // The least age is the latest time.
        SortBy::Age => order.turned().of_known(a.1.as_of, b.1.as_of),
    };
    compared.then_with(|| a.0.rank.cmp(&b.0.rank))
}
