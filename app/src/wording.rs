//! The words of the page: states, rules and exchanges as people read them.
//!
//! One place, so that the table, the explanation and the status page say the same thing.

use parallax::by_hand::PriceOverride;
use parallax::candle::CandleKind;
use parallax::connection::ConnectionState;
use parallax::currency::Currency;
use parallax::index::{Rule, Status};
use parallax::picture::Range;
use parallax::venue::VenueId;

use crate::format;

/// A price's status in a word.
#[must_use]
pub const fn status(status: Status) -> &'static str {
    match status {
        Status::Live => "live",
        Status::Thin => "thin",
        Status::Manual => "set by hand",
        Status::Aging => "aging",
        Status::Stale => "stale",
        Status::NoQuorum => "no quorum",
    }
}

/// What a price's status means, in a sentence.
#[must_use]
pub const fn status_meaning(status: Status) -> &'static str {
    match status {
        Status::Live => "Fresh quotes from enough exchanges.",
        Status::Thin => "Fresh, but from fewer exchanges than the minimum: treat it with care.",
        Status::Manual => {
            "Set by hand for a while: not confirmed by quotes, and not what the method computes."
        }
        Status::Aging => "The last price; no usable quote has confirmed it for a short while.",
        Status::Stale => {
            "An old price: no usable quote has confirmed it for longer than the limit."
        }
        Status::NoQuorum => "No usable quote, so no number is shown.",
    }
}

/// Until when a price was set by hand, and why.
#[must_use]
pub fn by_hand(by_hand: &PriceOverride) -> String {
    format!(
        "Set by hand until {}: {}",
        format::stamp(by_hand.until),
        by_hand.reason
    )
}

/// Amounts in a currency, to follow "in": `euros`.
#[must_use]
pub fn currency(currency: &Currency) -> String {
    let known = match currency.code.as_str() {
        "USD" => "US dollars",
        "EUR" => "euros",
        "GBP" => "pounds sterling",
        "JPY" => "yen",
        "CHF" => "Swiss francs",
        "AUD" => "Australian dollars",
        "CAD" => "Canadian dollars",
        "BTC" => "bitcoin",
        "ETH" => "ether",
        _ => return currency.name.clone(),
    };
    known.to_owned()
}

/// A chart's range, to follow "change".
#[must_use]
pub const fn range(range: Range) -> &'static str {
    match range {
        Range::Hour => "within an hour",
        Range::SixHours => "within 6 hours",
        Range::Day => "within 24 hours",
        Range::Week => "within 7 days",
        Range::Month => "within 30 days",
        Range::Quarter => "within 90 days",
        Range::Year => "within a year",
        Range::Max => "since the beginning of what is held",
    }
}

/// A rule in a word or two, to follow "left out:".
#[must_use]
pub const fn rule(rule: Rule) -> &'static str {
    match rule {
        Rule::NoQuote => "no quote yet",
        Rule::Stale => "stale",
        Rule::NotPositive => "zero or negative",
        Rule::Crossed => "crossed",
        Rule::Locked => "locked",
        Rule::WideSpread => "spread too wide",
        Rule::NoConversion => "no conversion to USD",
        Rule::Outlier => "too far from the others",
        Rule::Unrepresentable => "not representable",
    }
}

/// A rule in a sentence.
#[must_use]
pub const fn rule_meaning(rule: Rule) -> &'static str {
    match rule {
        Rule::NoQuote => "Nothing was received from the market yet.",
        Rule::Stale => {
            "The quote is older than the limit, or the connection reported the market silent."
        }
        Rule::NotPositive => "The bid or the ask is zero or negative.",
        Rule::Crossed => "The bid is above the ask.",
        Rule::Locked => "Bid and ask have been equal for longer than tolerated.",
        Rule::WideSpread => "The spread between bid and ask is wider than the limit.",
        Rule::NoConversion => "There is no usable price of the quote currency in USD.",
        Rule::Outlier => "The mid lies too far from those of the other markets.",
        Rule::Unrepresentable => "The result cannot be written exactly enough.",
    }
}

/// Every rule, in the order in which the method tries them.
pub const RULES: [Rule; 9] = [
    Rule::NoQuote,
    Rule::Stale,
    Rule::NotPositive,
    Rule::Crossed,
    Rule::Locked,
    Rule::WideSpread,
    Rule::NoConversion,
    Rule::Outlier,
    Rule::Unrepresentable,
];

/// A connection's state as the API names it, for `data-state`.
#[must_use]
pub const fn connection_key(state: ConnectionState) -> &'static str {
    match state {
        ConnectionState::Discovering => "discovering",
        ConnectionState::Connecting => "connecting",
        ConnectionState::Live => "live",
        ConnectionState::Stalled => "stalled",
        ConnectionState::Waiting => "waiting",
        ConnectionState::Refused => "refused",
        ConnectionState::Stopped => "stopped",
    }
}

/// The shape that a connection's state borrows from the statuses of prices: its name in `data-status`.
#[must_use]
pub const fn connection_shape(state: ConnectionState) -> &'static str {
    match state {
        ConnectionState::Live => "live",
        ConnectionState::Discovering | ConnectionState::Connecting => "thin",
        ConnectionState::Stalled => "aging",
        ConnectionState::Waiting => "stale",
        ConnectionState::Refused | ConnectionState::Stopped => "no_quorum",
    }
}

/// How a candle came about, in a sentence.
#[must_use]
pub const fn candle_meaning(kind: CandleKind) -> &'static str {
    match kind {
        CandleKind::Traded => "The price was known throughout, and there were trades.",
        CandleKind::Filled => "The price was known throughout; nothing was traded.",
        CandleKind::Repaired => "Missed at first, made good from the exchanges' own history.",
        CandleKind::Gap => "The price was not known throughout.",
    }
}

/// An exchange's name made from its id, where only the id is known: words of up to three letters are
/// initials (`okx` is `OKX`), others begin with a capital (`binance_us` is `Binance US`).
#[must_use]
pub fn venue(id: &VenueId) -> String {
    if id.as_str() == "thegraph" {
        return "The Graph".to_owned();
    }
    let mut name = String::with_capacity(id.as_str().len());
    for word in id.as_str().split('_').filter(|word| !word.is_empty()) {
        if !name.is_empty() {
            name.push(' ');
        }
        if word.len() <= 3 {
            name.push_str(&word.to_ascii_uppercase());
        } else {
            let mut letters = word.chars();
            name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
            name.push_str(letters.as_str());
        }
    }
    name
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn exchanges_are_named_from_their_ids() {
        for (id, name) in [
            ("kraken", "Kraken"),
            ("binance_us", "Binance US"),
            ("okx", "OKX"),
            ("thegraph", "The Graph"),
        ] {
            assert_eq!(venue(&VenueId::new(id).unwrap()), name);
        }
    }

    #[test]
    fn every_rule_has_words_of_its_own() {
        let words: std::collections::HashSet<_> = RULES.iter().map(|r| rule(*r)).collect();
        assert_eq!(words.len(), RULES.len());
    }
}
