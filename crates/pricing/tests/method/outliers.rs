//! Outliers and their way back.

use parallax::index::{Rule, Status};
use parallax::market::MarketKey;

use crate::desk::Desk;

/// Three exchanges at 100, 100.01 and 99.99, and a fourth.
fn three_and(bid: &str, ask: &str) -> (Desk, MarketKey) {
    let mut desk = Desk::new();
    desk.open("binance", "BTC/USD", "99.99", "100.01");
    desk.open("coinbase", "BTC/USD", "100", "100.02");
    desk.open("kraken", "BTC/USD", "99.98", "100");
    let other = desk.open("other", "BTC/USD", bid, ask);
    desk.reprice();
    (desk, other)
}

#[test]
fn a_mid_at_the_limit_counts_and_one_beyond_does_not() {
    // The median of 99.99, 100, 100.01 and x > 100.01 is 100.005; the deviation is below its floor of
    // 20 bp, so the limit is 5 x 20 bp = 1.00005.
    let (desk, _) = three_and("101.00505", "101.00505");
    assert_eq!(desk.rule("bitcoin", "other"), None);
    let (desk, _) = three_and("101.00506", "101.00506");
    assert_eq!(
        desk.words("bitcoin", "other"),
        "outlier: 100 bp from the median, at most 100 bp"
    );
    let (desk, _) = three_and("98", "98.1");
    assert_eq!(
        desk.words("bitcoin", "other"),
        "outlier: 194.51 bp from the median, at most 100 bp"
    );
}

#[test]
fn an_outlier_shows_where_it_stands_but_has_no_weight() {
    let (desk, _) = three_and("100000", "100010");
    let other = desk.part("bitcoin", "other");
    assert_eq!(other.offset_bp.unwrap().to_string(), "9990500.00");
    assert_eq!(other.weight, None);
    assert_eq!(desk.price_of("bitcoin"), "100");
    assert_eq!(
        desk.index("bitcoin")
            .constituents
            .last()
            .unwrap()
            .venue
            .as_str(),
        "other"
    );
}

#[test]
fn an_outlier_is_re_admitted_only_within_half_the_limit() {
    let (mut desk, other) = three_and("110", "110.01");
    assert_eq!(desk.rule("bitcoin", "other"), Some(Rule::Outlier));
    desk.say(other, "100.90", "100.92");
    desk.reprice();
    assert_eq!(
        desk.words("bitcoin", "other"),
        "outlier: 90.5 bp from the median, at most 50 bp to be re-admitted"
    );
    desk.say(other, "100.48", "100.50");
    desk.reprice();
    assert_eq!(desk.rule("bitcoin", "other"), None);
    desk.say(other, "100.90", "100.92");
    desk.reprice();
    assert_eq!(
        desk.rule("bitcoin", "other"),
        None,
        "the whole limit holds again"
    );
}

#[test]
fn wide_disagreement_widens_the_limit() {
    let mut desk = Desk::new();
    for (venue, mid) in [
        ("a", "98"),
        ("b", "99"),
        ("c", "100"),
        ("d", "101"),
        ("e", "104.9"),
    ] {
        desk.open(venue, "BTC/USD", mid, mid);
    }
    desk.reprice();
    assert_eq!(
        desk.rule("bitcoin", "e"),
        None,
        "5 x the deviation of 1 around 100"
    );
}

#[test]
fn two_exchanges_cannot_outvote_each_other_and_say_so() {
    let mut desk = Desk::new();
    desk.open("coinbase", "BTC/USD", "100", "100.02");
    let kraken = desk.open("kraken", "BTC/USD", "100.99", "101.01");
    desk.reprice();
    assert_eq!(desk.status("bitcoin"), Status::Live);
    desk.say(kraken, "101.99", "102.01");
    desk.reprice();
    assert_eq!(
        desk.status("bitcoin"),
        Status::Thin,
        "they differ by more than 100 bp"
    );
    assert_eq!(desk.price_of("bitcoin"), "101.005");
    assert_eq!(
        desk.index("bitcoin").confidence.unwrap().to_string(),
        "1.005"
    );
    assert_eq!(desk.index("bitcoin").sources, 2);
}

#[test]
fn an_outlier_stays_out_when_the_exchanges_that_outvoted_it_fall_away() {
    let mut desk = Desk::new();
    let kraken = desk.open("kraken", "BTC/USD", "100", "100.02");
    let coinbase = desk.open("coinbase", "BTC/USD", "100", "100.02");
    let liar = desk.open("liar", "BTC/USD", "100000", "100020");
    desk.reprice();
    desk.engine.withdraw(kraken, desk.now);
    desk.reprice();
    assert_eq!(desk.price_of("bitcoin"), "100.01");
    assert_eq!(desk.rule("bitcoin", "liar"), Some(Rule::Outlier));
    desk.engine.withdraw(coinbase, desk.now);
    desk.tick();
    assert_eq!(
        (desk.price_of("bitcoin").as_str(), desk.status("bitcoin")),
        ("100.01", Status::Aging)
    );
    assert!(desk.words("bitcoin", "liar").contains("no other exchange"));
    // Nobody comes back, and the last price is no measure any more: whoever quotes is heard.
    desk.wait_ms(120_001);
    desk.say(liar, "90000", "90001");
    desk.tick();
    assert_eq!(
        (desk.price_of("bitcoin").as_str(), desk.status("bitcoin")),
        ("90000.5", Status::Thin)
    );
}

#[test]
fn one_exchange_with_many_markets_has_one_vote() {
    let mut desk = Desk::new();
    desk.open("kraken", "USDT/USD", "1", "1.0002");
    desk.open("kraken", "USDC/USD", "1", "1.0002");
    desk.open("coinbase", "EUR/USD", "1.1", "1.1002");
    for pair in ["BTC/USD", "BTC/USDT", "BTC/USDC", "BTC/EUR"] {
        desk.open("liar", pair, "100000", "100020");
    }
    desk.open("binance", "BTC/USD", "100", "100.02");
    desk.open("kraken", "BTC/USD", "100.01", "100.03");
    desk.reprice();
    assert_eq!(desk.price_of("bitcoin"), "100.015");
    assert_eq!(desk.index("bitcoin").sources, 2);
}
