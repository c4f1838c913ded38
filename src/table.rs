//! What a reader can ask of the token table: search, order, page and currency, each a word in the
//! address of `/`, so that all of it works as plain links and forms.

use std::cmp::Ordering;
use std::fmt::Write;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Rows of a page of the table.
pub const PAGE_ROWS: usize = 100;
/// The longest search that is read; what follows is ignored.
const LONGEST_SEARCH: usize = 100;
/// The most ids that are read.
const MOST_IDS: usize = 500;

/// A column the table can be ordered by.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum SortBy {
    /// Place in the catalogue.
    #[default]
    Rank,
    /// Name, whatever the letter case.
    Name,
    /// Price.
    Price,
    /// Change within an hour.
    Change1h,
    /// Change within 24 hours.
    Change24h,
    /// Change within seven days.
    Change7d,
    /// Volume of 24 hours.
    Volume,
    /// The confidence band relative to the price.
    Confidence,
    /// Exchanges in the price.
    Sources,
    /// How far the price can be trusted.
    Status,
    /// Time since the price was confirmed.
    Age,
}

impl SortBy {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Rank,
        Self::Name,
        Self::Price,
        Self::Change1h,
        Self::Change24h,
        Self::Change7d,
        Self::Volume,
        Self::Confidence,
        Self::Sources,
        Self::Status,
        Self::Age,
    ];

    /// The word in the address.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rank => "rank",
            Self::Name => "name",
            Self::Price => "price",
            Self::Change1h => "change_1h",
            Self::Change24h => "change_24h",
            Self::Change7d => "change_7d",
            Self::Volume => "volume",
            Self::Confidence => "confidence",
            Self::Sources => "sources",
            Self::Status => "status",
            Self::Age => "age",
        }
    }

    /// The order a reader expects first: the first rank, the first letter, the best status, the newest,
    /// the narrowest band; of everything else the most.
    #[must_use]
    pub const fn natural(self) -> Order {
        match self {
            Self::Rank | Self::Name | Self::Confidence | Self::Status | Self::Age => {
                Order::Ascending
            }
            Self::Price
            | Self::Change1h
            | Self::Change24h
            | Self::Change7d
            | Self::Volume
            | Self::Sources => Order::Descending,
        }
    }
}

impl FromStr for SortBy {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let known = Self::ALL.into_iter().find(|column| column.as_str() == text);
        known.ok_or(())
    }
}

/// Which end comes first. Rows without a value come last in both.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The least first.
    #[default]
    Ascending,
    /// The most first.
    Descending,
}

impl Order {
    /// `asc` or `desc`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ascending => "asc",
            Self::Descending => "desc",
        }
    }

    /// The order with this word.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        match word {
            "asc" => Some(Self::Ascending),
            "desc" => Some(Self::Descending),
            _ => None,
        }
    }

    /// An ascending comparison in this order.
    #[must_use]
    pub const fn of(self, ascending: Ordering) -> Ordering {
        match self {
            Self::Ascending => ascending,
            Self::Descending => ascending.reverse(),
        }
    }

    /// Two values in this order; what is not known comes last in both.
    #[must_use]
    pub fn of_known<T: Ord>(self, one: Option<T>, other: Option<T>) -> Ordering {
        match (one, other) {
            (Some(one), Some(other)) => self.of(one.cmp(&other)),
            (one, other) => other.is_some().cmp(&one.is_some()),
        }
    }

    /// The other one.
    #[must_use]
    pub const fn turned(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

/// What the table shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableQuery {
    /// Only tokens whose name, symbol or id contains this, or whose contract address it is (from six
    /// characters on, the address may only begin with it). Empty for all.
    pub search: String,
    /// Only these ids, as a watchlist has them; `None` for all.
    pub ids: Option<Vec<String>>,
    /// The column.
    pub sort: SortBy,
    /// Which end first.
    pub order: Order,
    /// The page, from 1.
    pub page: u32,
    /// The currency's code in lower case (`eur`); `None` for US dollars.
    pub currency: Option<String>,
}

impl Default for TableQuery {
    fn default() -> Self {
        Self {
            search: String::new(),
            ids: None,
            sort: SortBy::default(),
            order: SortBy::default().natural(),
            page: 1,
            currency: None,
        }
    }
}

impl TableQuery {
    /// Reads an address; `get` gives a parameter's value (`q`, `ids`, `sort`, `order`, `page`,
    /// `currency`). What is not understood is the default.
    #[must_use]
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Self {
        let search = get("q").unwrap_or_default();
        let search = search.trim().chars().take(LONGEST_SEARCH).collect();
        let ids = get("ids").map(|ids| {
            let ids = ids.split(',').map(str::trim).filter(|id| !id.is_empty());
            ids.take(MOST_IDS).map(ToOwned::to_owned).collect()
        });
        let sort: SortBy = get("sort")
            .and_then(|word| word.parse().ok())
            .unwrap_or_default();
        let order = get("order").and_then(|word| Order::read(&word));
        let page = get("page").and_then(|page| page.parse().ok());
        Self {
            search,
            ids,
            sort,
            order: order.unwrap_or(sort.natural()),
            page: page.filter(|&page| page >= 1).unwrap_or(1),
            currency: get("currency").and_then(|code| currency_code(&code)),
        }
    }

    /// The address' query without `?`, defaults left out; empty when all are.
    #[must_use]
    pub fn to_query(&self) -> String {
        let mut query = String::new();
        let mut add = |name: &str, value: &str| {
            let separator = if query.is_empty() { "" } else { "&" };
            query.push_str(separator);
            query.push_str(name);
            query.push('=');
            escape(value, &mut query);
        };
        if !self.search.is_empty() {
            add("q", &self.search);
        }
        if let Some(ids) = &self.ids {
            add("ids", &ids.join(","));
        }
        if self.sort != SortBy::default() {
            add("sort", self.sort.as_str());
        }
        if self.order != self.sort.natural() {
            add("order", self.order.as_str());
        }
        if self.page > 1 {
            add("page", &self.page.to_string());
        }
        if let Some(currency) = &self.currency {
            add("currency", currency);
        }
        query
    }
}

/// A currency's code as addresses have it: lower case, `None` for US dollars and for what cannot be one.
#[must_use]
pub fn currency_code(text: &str) -> Option<String> {
    let code = text.trim().to_lowercase();
    let is_code = !code.is_empty()
        && code.len() <= 20
        && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (is_code && code != "usd").then_some(code)
}

/// Percent-encodes everything but what a query may hold as it is.
fn escape(value: &str, query: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b',') {
            query.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(query, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_survives_its_own_address() {
        let query = TableQuery {
            search: "usd c&=ö".to_owned(),
            ids: Some(vec!["bitcoin".to_owned(), "usd-coin".to_owned()]),
            sort: SortBy::Change7d,
            order: Order::Ascending,
            page: 2,
            currency: Some("eur".to_owned()),
        };
        assert_eq!(
            query.to_query(),
            "q=usd%20c%26%3D%C3%B6&ids=bitcoin,usd-coin&sort=change_7d&order=asc&page=2&currency=eur"
        );
        let read = TableQuery::read(|name| {
            Some(match name {
                "q" => "usd c&=ö".to_owned(),
                "ids" => "bitcoin, usd-coin,".to_owned(),
                "sort" => "change_7d".to_owned(),
                "order" => "asc".to_owned(),
                "page" => "2".to_owned(),
                _ => "EUR".to_owned(),
            })
        });
        assert_eq!(read, query);
        assert_eq!(TableQuery::default().to_query(), "");
    }

    #[test]
    fn what_is_not_understood_is_the_default() {
        let read = TableQuery::read(|name| match name {
            "q" => None,
            "ids" => None,
            "page" => Some("0".to_owned()),
            _ => Some("<script>".to_owned()),
        });
        assert_eq!(read, TableQuery::default());
        assert_eq!(currency_code("USD"), None);
        assert_eq!(currency_code("e\"r"), None);
    }

    #[test]
    fn what_is_not_known_comes_last_in_both_orders() {
        for order in [Order::Ascending, Order::Descending] {
            assert_eq!(order.of_known(Some(1), None), Ordering::Less);
            assert_eq!(order.of_known(None, Some(1)), Ordering::Greater);
            assert_eq!(Order::read(order.as_str()), Some(order));
        }
        assert_eq!(
            Order::Descending.of_known(Some(1), Some(2)),
            Ordering::Greater
        );
    }

    #[test]
    fn every_column_is_read_as_it_is_written() {
        for column in SortBy::ALL {
            assert_eq!(column.as_str().parse(), Ok(column));
        }
    }
}
