//! Addresses of pages: what a reader chose, as a query, and links that keep it.
//!
//! The table's own words are `parallax::table::TableQuery`, a chart's `parallax::picture::ChartChoice`.

use parallax::picture::Range;

/// A link to `path` that keeps the currency, a code as addresses have it; `None` for US dollars.
#[must_use]
pub fn carrying(path: &str, currency: Option<&str>) -> String {
    match currency {
        // A code is letters, digits and hyphens: nothing to escape.
        Some(code) if path.contains('?') => format!("{path}&currency={code}"),
        Some(code) => format!("{path}?currency={code}"),
        None => path.to_owned(),
    }
}

/// A path with its query, or without when that is empty.
#[must_use]
pub fn with_query(path: &str, query: &str) -> String {
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    }
}

/// What `/compare` is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CompareChoice {
    /// The tokens' ids in the order of the legend, as asked: they may be none.
    pub ids: Vec<String>,
    /// How far back.
    pub range: Range,
    /// The currency's code as addresses have it; `None` for US dollars.
    pub currency: Option<String>,
}

/// More ids than these are not even read: the page refuses those beyond five by name.
const MOST_READ: usize = 20;

impl CompareChoice {
    /// Reads an address; `get` gives a parameter's value. `add` is one more id, from the form. What is not
    /// understood is the default, and an id asked for twice is meant once.
    #[must_use]
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Self {
        let mut ids: Vec<String> = Vec::new();
        for text in [get("ids"), get("add")].into_iter().flatten() {
            for id in text.split(',').map(str::trim).filter(|id| !id.is_empty()) {
                let id = id.to_lowercase();
                if ids.len() < MOST_READ && !ids.contains(&id) {
                    ids.push(id);
                }
            }
        }
        Self {
            ids,
            range: get("range")
                .and_then(|word| word.parse().ok())
                .unwrap_or_default(),
            currency: get("currency").and_then(|code| parallax::table::currency_code(&code)),
        }
    }

    /// The address' query without `?`, defaults left out. Only for ids that are tokens' ids, which need no
    /// escaping.
    #[must_use]
    pub fn to_query(&self) -> String {
        let mut parts = Vec::new();
        if !self.ids.is_empty() {
            parts.push(format!("ids={}", self.ids.join(",")));
        }
        if self.range != Range::default() {
            parts.push(format!("range={}", self.range));
        }
        if let Some(code) = &self.currency {
            parts.push(format!("currency={code}"));
        }
        parts.join("&")
    }

    /// The page's address.
    #[must_use]
    pub fn address(&self) -> String {
        with_query("/compare", &self.to_query())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_keeps_the_currency() {
        assert_eq!(carrying("/status", None), "/status");
        assert_eq!(carrying("/status", Some("eur")), "/status?currency=eur");
        assert_eq!(carrying("/?q=a", Some("btc")), "/?q=a&currency=btc");
    }

    #[test]
    fn a_comparison_survives_its_own_address() {
        let get = |name: &str| {
            let value = match name {
                "ids" => "bitcoin, Ethereum,bitcoin,",
                "add" => "solana",
                "range" => "30d",
                "currency" => "EUR",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let choice = CompareChoice::read(get);
        assert_eq!(choice.ids, ["bitcoin", "ethereum", "solana"]);
        assert_eq!(
            choice.address(),
            "/compare?ids=bitcoin,ethereum,solana&range=30d&currency=eur"
        );
        assert_eq!(CompareChoice::default().address(), "/compare");
    }
}
