//! What the address of a token's page asks for, and links that change one thing and keep the rest.

use parallax::candle::Step;
use parallax::picture::{ChartChoice, Range};
use parallax::table::Order;
use parallax::token::TokenId;

use super::sort::MarketSort;

/// The steps that are offered, shortest first.
const STEPS: [Step; 9] = [
    Step::Minutes(1),
    Step::Minutes(5),
    Step::Minutes(15),
    Step::Minutes(30),
    Step::Hours(1),
    Step::Hours(4),
    Step::Hours(12),
    Step::Day,
    Step::Week,
];

/// A chart of fewer bars says little, and one of more is not offered, although it may be asked for.
const OFFERED_BARS: std::ops::RangeInclusive<u64> = 6..=1_000;

/// The words of the address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenQuery {
    /// The chart, and the currency of everything.
    pub chart: ChartChoice,
    /// The column that the markets are ordered by.
    pub sort: MarketSort,
    /// Which end of it comes first; `None` for the column's natural order.
    pub order: Option<Order>,
    /// The amount to convert, as written.
    pub amount: Option<String>,
    /// Whether that amount is money, to be converted to the token.
    pub is_money: bool,
}

impl TokenQuery {
    /// Reads an address; `get` gives a parameter's value. What is not understood is the default.
    #[must_use]
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Self {
        /// No amount that a decimal holds is longer, with all its separators.
        const LONGEST_AMOUNT: usize = 60;
        Self {
            sort: get("sort")
                .and_then(|word| MarketSort::read(&word))
                .unwrap_or_default(),
            order: get("order").and_then(|word| Order::read(&word)),
            amount: get("amount").map(|text| text.chars().take(LONGEST_AMOUNT).collect()),
            is_money: get("of").as_deref() == Some("money"),
            chart: ChartChoice::read(get),
        }
    }

    /// The order of the markets.
    #[must_use]
    pub fn order(&self) -> Order {
        self.order.unwrap_or(self.sort.natural())
    }

    /// The address' query without `?`. The amount is left out: links lead away from it.
    #[must_use]
    pub fn to_query(&self) -> String {
        let mut parts = vec![self.chart.to_query()];
        if self.sort != MarketSort::default() {
            parts.push(format!("sort={}", self.sort.as_str()));
        }
        if let Some(order) = self.order.filter(|order| *order != self.sort.natural()) {
            parts.push(format!("order={}", order.as_str()));
        }
        parts.retain(|part| !part.is_empty());
        parts.join("&")
    }

    /// The page's address with these words.
    #[must_use]
    pub fn address(&self, id: &TokenId) -> String {
        crate::address::with_query(&format!("/tokens/{id}"), &self.to_query())
    }

    /// The same with the markets ordered by a column; a second time, the other way round.
    #[must_use]
    pub fn sorted_by(&self, sort: MarketSort) -> Self {
        let turned = (self.sort == sort).then(|| self.order().turned());
        Self {
            sort,
            order: turned.filter(|order| *order != sort.natural()),
            ..self.clone()
        }
    }
}

/// The lengths of a bar that fit a range.
pub(super) fn steps_for(range: Range) -> impl Iterator<Item = Step> {
    STEPS
        .into_iter()
        .filter(move |step| match range.duration() {
            Some(length) => OFFERED_BARS.contains(&(length.as_secs() / step.duration().as_secs())),
            None => matches!(step, Step::Day | Step::Week),
        })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use parallax::picture::ChartKind;

    use super::*;

    fn read(query: &str) -> TokenQuery {
        TokenQuery::read(|name| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find_map(|(key, value)| (key == name).then(|| value.to_owned()))
        })
    }

    #[test]
    fn the_words_survive_their_own_address() {
        let query = "range=30d&kind=line&currency=eur&sort=spread&order=desc";
        let id = TokenId::new("bitcoin").unwrap();
        assert_eq!(read(query).address(&id), format!("/tokens/bitcoin?{query}"));
        assert_eq!(TokenQuery::default().address(&id), "/tokens/bitcoin");
        assert_eq!(read(query).chart.kind, ChartKind::Line);
    }

    #[test]
    fn a_second_click_on_a_column_turns_its_order() {
        let first = read("").sorted_by(MarketSort::Spread);
        assert_eq!(first.to_query(), "sort=spread");
        let second = first.sorted_by(MarketSort::Spread);
        assert_eq!(second.to_query(), "sort=spread&order=desc");
        assert_eq!(second.sorted_by(MarketSort::Spread), first);
    }

    #[test]
    fn every_range_offers_its_own_length_of_a_bar() {
        for range in Range::ALL {
            let offered: Vec<Step> = steps_for(*range).collect();
            assert!(offered.contains(&range.step()), "{range}: {offered:?}");
            assert!(offered.len() >= 2, "{range}: {offered:?}");
        }
    }
}
