//! The order of the markets' table: by a column, whichever end first, with what has no value last.

use std::cmp::Ordering;

use parallax::Decimal;
use parallax::index::{Constituent, IndexPrice};
use parallax::table::Order;

/// A column that the markets can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MarketSort {
    /// Exchange, then pair.
    Exchange,
    /// Bid, in US dollars, because bids in different currencies do not compare.
    Bid,
    /// Ask, in US dollars.
    Ask,
    /// Distance of ask and bid.
    Spread,
    /// Mid in US dollars.
    Mid,
    /// Volume of 24 hours.
    Volume,
    /// Weight in the price.
    #[default]
    Weight,
    /// Time since the quote.
    Age,
    /// In the price first, then by the rule that left it out.
    Status,
}

impl MarketSort {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Exchange,
        Self::Bid,
        Self::Ask,
        Self::Spread,
        Self::Mid,
        Self::Volume,
        Self::Weight,
        Self::Age,
        Self::Status,
    ];

    /// The word in the address.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exchange => "exchange",
            Self::Bid => "bid",
            Self::Ask => "ask",
            Self::Spread => "spread",
            Self::Mid => "mid",
            Self::Volume => "volume",
            Self::Weight => "weight",
            Self::Age => "age",
            Self::Status => "status",
        }
    }

    /// The column with this word.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.as_str() == word)
    }

    /// The order that is expected first: the narrowest spread and the newest quote, but the most volume.
    #[must_use]
    pub const fn natural(self) -> Order {
        match self {
            Self::Exchange | Self::Spread | Self::Age | Self::Status => Order::Ascending,
            Self::Bid | Self::Ask | Self::Mid | Self::Volume | Self::Weight => Order::Descending,
        }
    }
}

/// The distance of ask and bid against their mid, in basis points; `None` without both.
#[must_use]
pub fn spread_bp(constituent: &Constituent) -> Option<Decimal> {
    let (bid, ask) = (constituent.bid?.get(), constituent.ask?.get());
    let mid = bid.checked_add(ask)?.checked_div(Decimal::TWO)?;
    ask.checked_sub(bid)?
        .checked_mul(Decimal::from(10_000))?
        .checked_div(mid)
}

/// The constituents in the order asked for. Those without a value come last in both orders, and equal
/// ones stay as the index has them.
#[must_use]
pub fn ordered(index: &IndexPrice, sort: MarketSort, order: Order) -> Vec<&Constituent> {
    let mut rows: Vec<&Constituent> = index.constituents.iter().collect();
    rows.sort_by(|one, other| compare(one, other, sort, order));
    rows
}

fn compare(one: &Constituent, other: &Constituent, sort: MarketSort, order: Order) -> Ordering {
    let number: fn(&Constituent) -> Option<Decimal> = match sort {
        MarketSort::Exchange => {
            let key = |c: &Constituent| (c.venue.clone(), c.market.clone());
            return order.of(key(one).cmp(&key(other)));
        }
        MarketSort::Status => {
            let key = |c: &Constituent| c.excluded.as_ref().map(|excluded| excluded.rule);
            return order.of(key(one).cmp(&key(other)));
        }
        // The newest has the least age.
        MarketSort::Age => |c| {
            let at = c.observed_at.or(c.received_at)?;
            Some(-Decimal::from(at.unix_ms()))
        },
        MarketSort::Bid => |c| in_usd(c, c.bid?.get()),
        MarketSort::Ask => |c| in_usd(c, c.ask?.get()),
        MarketSort::Spread => spread_bp,
        MarketSort::Mid => |c| c.mid_usd.map(|mid| mid.get()),
        MarketSort::Volume => |c| c.volume_24h_usd.map(|volume| volume.get()),
        MarketSort::Weight => |c| c.weight,
    };
    order.of_known(number(one), number(other))
}

/// A price of the market's quote currency in US dollars, at the rate that its own mid was converted at.
fn in_usd(constituent: &Constituent, price: Decimal) -> Option<Decimal> {
    match &constituent.conversion {
        None => Some(price),
        Some(leg) if leg.inverted => Decimal::ONE.checked_div(price)?.checked_mul(leg.rate.get()),
        Some(leg) => price.checked_mul(leg.rate.get()),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use parallax::index::{Exclusion, Rule, Status};
    use parallax::time::Timestamp;
    use parallax::token::TokenId;

    use super::*;

    fn market(venue: &str, bid: &str, ask: &str, weight: Option<i64>) -> Constituent {
        Constituent {
            venue: venue.parse().unwrap(),
            market: "BTC-USD".to_owned(),
            base_code: "BTC".parse().unwrap(),
            quote_code: "USD".parse().unwrap(),
            bid: bid.parse().ok(),
            ask: ask.parse().ok(),
            bid_size: None,
            ask_size: None,
            spot: None,
            observed_at: None,
            received_at: None,
            age_ms: None,
            conversion: None,
            mid_usd: None,
            offset_bp: None,
            volume_24h_usd: None,
            weight: weight.map(|hundredths| Decimal::new(hundredths, 2)),
            excluded: weight.is_none().then(|| Exclusion {
                rule: Rule::Stale,
                found: "41 s".to_owned(),
                allowed: "at most 10 s".to_owned(),
            }),
        }
    }

    fn index() -> IndexPrice {
        IndexPrice {
            token: TokenId::new("bitcoin").unwrap(),
            price: None,
            confidence: None,
            status: Status::Live,
            as_of: None,
            computed_at: Timestamp::from_unix_s(0).unwrap(),
            method: 1,
            sources: 2,
            sources_known: 4,
            volume_24h_usd: None,
            constituents: vec![
                market("kraken", "100", "101", Some(60)),
                market("binance", "100", "100.5", Some(40)),
                market("okx", "99", "102", None),
                market("gemini", "", "", None),
            ],
            by_hand: None,
        }
    }

    fn order(sort: MarketSort, order: Order) -> Vec<String> {
        let index = index();
        let rows = ordered(&index, sort, order);
        rows.iter().map(|row| row.venue.to_string()).collect()
    }

    #[test]
    fn rows_without_a_value_come_last_in_both_orders() {
        assert_eq!(
            order(MarketSort::Spread, Order::Ascending),
            ["binance", "kraken", "okx", "gemini"]
        );
        assert_eq!(
            order(MarketSort::Spread, Order::Descending),
            ["okx", "kraken", "binance", "gemini"]
        );
    }

    #[test]
    fn equal_rows_stay_as_the_index_has_them() {
        assert_eq!(
            order(MarketSort::Weight, Order::Descending),
            ["kraken", "binance", "okx", "gemini"]
        );
        assert_eq!(
            order(MarketSort::Status, Order::Ascending),
            ["kraken", "binance", "okx", "gemini"]
        );
    }

    #[test]
    fn exchanges_are_ordered_by_their_ids() {
        assert_eq!(
            order(MarketSort::Exchange, Order::Descending),
            ["okx", "kraken", "gemini", "binance"]
        );
    }

    #[test]
    fn a_spread_is_told_in_basis_points_of_the_mid() {
        let spread = spread_bp(&market("kraken", "99", "101", None)).unwrap();
        assert_eq!(spread, Decimal::from(200));
        assert_eq!(spread_bp(&market("kraken", "", "101", None)), None);
        assert_eq!(spread_bp(&market("kraken", "0", "0", None)), None);
    }

    #[test]
    fn every_column_is_read_as_it_is_written() {
        for sort in MarketSort::ALL {
            assert_eq!(MarketSort::read(sort.as_str()), Some(sort));
        }
        assert_eq!(MarketSort::read("<script>"), None);
    }
}
