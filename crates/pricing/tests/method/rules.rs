//! Each rule for a single quote, from both sides of its threshold.

use parallax::index::{Rule, Status};

use crate::desk::Desk;

/// Bitcoin on Kraken with this quote, beside a sound one on Coinbase.
fn beside_a_sound_quote(bid: &str, ask: &str) -> Desk {
    let mut desk = Desk::new();
    desk.open("coinbase", "BTC/USD", "100", "100.02");
    desk.open("kraken", "BTC/USD", bid, ask);
    desk.reprice();
    desk
}

#[test]
fn a_market_without_a_quote_is_listed_as_such() {
    let mut desk = Desk::new();
    desk.open("coinbase", "BTC/USD", "100", "100.02");
    desk.list("kraken", "BTC/USD");
    desk.reprice();
    assert_eq!(
        desk.words("bitcoin", "kraken"),
        "no_quote: nothing received, at least one quote"
    );
    assert_eq!(desk.index("bitcoin").sources_known, 2);
    assert_eq!(desk.index("bitcoin").sources, 1);
}

#[test]
fn a_quote_is_stale_once_it_is_older_than_the_limit() {
    let mut desk = beside_a_sound_quote("100", "100.02");
    desk.tick_after_ms(60_000);
    assert_eq!(desk.rule("bitcoin", "kraken"), None);
    desk.tick_after_ms(1);
    assert_eq!(desk.words("bitcoin", "kraken"), "stale: 60 s, at most 60 s");
}

#[test]
fn the_venues_own_age_limit_counts_when_it_is_shorter() {
    let mut desk = Desk::new();
    let key = desk.list("kraken", "BTC/USD");
    let ten_seconds = std::time::Duration::from_secs(10);
    desk.engine
        .list(key, &crate::desk::listing("kraken", "BTC/USD"), ten_seconds);
    desk.say(key, "100", "100.02");
    desk.tick();
    desk.tick_after_ms(10_000);
    assert_eq!(desk.rule("bitcoin", "kraken"), None);
    desk.tick_after_ms(31_000);
    assert_eq!(desk.words("bitcoin", "kraken"), "stale: 41 s, at most 10 s");
}

#[test]
fn a_withdrawn_quote_is_not_used_until_a_new_one_comes() {
    let mut desk = Desk::new();
    let key = desk.open("kraken", "BTC/USD", "100", "100.02");
    desk.open("coinbase", "BTC/USD", "100", "100.02");
    desk.reprice();
    desk.engine.withdraw(key, desk.now);
    desk.wait_ms(3_400);
    desk.reprice();
    assert_eq!(
        desk.words("bitcoin", "kraken"),
        "stale: stalled or disconnected 3.4 s ago, a quote received since"
    );
    desk.volume(key, "5");
    desk.reprice();
    assert_eq!(
        desk.rule("bitcoin", "kraken"),
        Some(Rule::Stale),
        "figures are no quote"
    );
    desk.say(key, "100", "100.02");
    desk.reprice();
    assert_eq!(desk.rule("bitcoin", "kraken"), None);
}

#[test]
fn a_quote_received_before_the_last_one_changes_nothing() {
    let mut desk = Desk::new();
    let key = desk.list("kraken", "BTC/USD");
    let earlier = desk.now;
    desk.wait_ms(5);
    desk.say(key, "100", "100.02");
    desk.engine
        .quote(key, crate::desk::quote("50", "50.01"), earlier);
    desk.reprice();
    assert_eq!(desk.price_of("bitcoin"), "100.01");
}

#[test]
fn bid_and_ask_must_be_above_zero() {
    for (bid, ask) in [("0", "100"), ("-1", "100"), ("0", "0"), ("-2", "-1")] {
        let desk = beside_a_sound_quote(bid, ask);
        assert_eq!(
            desk.rule("bitcoin", "kraken"),
            Some(Rule::NotPositive),
            "{bid} {ask}"
        );
    }
    let desk = beside_a_sound_quote("0", "100");
    assert_eq!(
        desk.words("bitcoin", "kraken"),
        "not_positive: bid 0, ask 100, above 0"
    );
}

#[test]
fn a_crossed_quote_is_left_out() {
    let desk = beside_a_sound_quote("100.02", "100.01");
    assert_eq!(
        desk.words("bitcoin", "kraken"),
        "crossed: bid 100.02 above ask 100.01, bid at most the ask"
    );
}

#[test]
fn a_locked_quote_is_tolerated_for_a_while() {
    let mut desk = Desk::new();
    let key = desk.open("kraken", "BTC/USD", "100", "100");
    desk.reprice();
    desk.wait_ms(2_000);
    desk.say(key, "101", "101");
    desk.tick_after_ms(3_000);
    assert_eq!(desk.rule("bitcoin", "kraken"), None, "5 s are tolerated");
    desk.tick_after_ms(1);
    assert_eq!(
        desk.words("bitcoin", "kraken"),
        "locked: bid equal to ask for 5 s, at most 5 s"
    );
    desk.say(key, "101", "101.01");
    desk.reprice();
    desk.say(key, "101", "101");
    desk.tick_after_ms(5_000);
    assert_eq!(
        desk.rule("bitcoin", "kraken"),
        None,
        "the time counts from the last lock"
    );
}

#[test]
fn a_spread_at_the_limit_counts_and_a_wider_one_does_not() {
    // 200 bp of a mid of 100.
    let desk = beside_a_sound_quote("99", "101");
    assert_eq!(desk.rule("bitcoin", "kraken"), None);
    let desk = beside_a_sound_quote("98.44", "101.56");
    assert_eq!(
        desk.words("bitcoin", "kraken"),
        "wide_spread: 312 bp, at most 200 bp"
    );
    let kraken = desk.part("bitcoin", "kraken");
    assert_eq!(
        kraken.mid_usd.unwrap().to_string(),
        "100",
        "shown beside the others all the same"
    );
    assert_eq!(kraken.weight, None);
}

#[test]
fn a_price_too_small_for_its_digits_is_an_error_and_never_zero() {
    let mut desk = Desk::new();
    desk.open(
        "kraken",
        "SOL/USD",
        "0.0000000000000000000001",
        "0.0000000000000000000001",
    );
    desk.open(
        "coinbase",
        "SOL/USD",
        "0.00000000000000000000009",
        "0.00000000000000000000009",
    );
    desk.reprice();
    assert_eq!(desk.rule("solana", "kraken"), None);
    assert_eq!(
        desk.words("solana", "coinbase"),
        "unrepresentable: a USD price outside that range, 1e-22 to 7.9e28 USD"
    );
    assert_eq!(desk.price_of("solana"), "0.0000000000000000000001");
}

#[test]
fn a_product_beyond_the_largest_number_is_an_error() {
    let mut desk = Desk::new();
    desk.open("coinbase", "BTC/USD", "60000", "60001");
    let huge = "7000000000000000000000000000";
    desk.open("kraken", "SOL/BTC", huge, huge);
    desk.reprice();
    assert_eq!(desk.rule("solana", "kraken"), Some(Rule::Unrepresentable));
    assert_eq!(desk.status("solana"), Status::NoQuorum);
    assert_eq!(desk.index("solana").price, None);
}

#[test]
fn the_first_broken_rule_is_the_one_that_is_named() {
    let mut desk = Desk::new();
    desk.open("kraken", "SOL/BNB", "0", "-5");
    desk.reprice();
    assert_eq!(desk.rule("solana", "kraken"), Some(Rule::NotPositive));
    desk.tick_after_ms(61_000);
    assert_eq!(desk.rule("solana", "kraken"), Some(Rule::Stale));
}
