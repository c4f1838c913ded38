//! Conversion to USD through live indices.

use parallax::index::{Rule, Status};
use parallax_pricing::Policy;

use crate::desk::{Desk, id};

#[test]
fn a_stablecoin_is_worth_what_it_trades_at() {
    let mut desk = Desk::new();
    desk.open("kraken", "USDT/USD", "0.8999", "0.9001");
    desk.open("binance", "BTC/USDT", "99999", "100001");
    desk.reprice();
    assert_eq!(desk.price_of("tether"), "0.9");
    assert_eq!(desk.price_of("bitcoin"), "90000");
    let leg = desk.part("bitcoin", "binance").conversion.clone().unwrap();
    assert_eq!(
        (leg.through, leg.rate.to_string(), leg.inverted),
        (id("tether"), "0.9".to_owned(), false)
    );
}

#[test]
fn a_market_waits_for_its_leg_and_never_assumes_it() {
    let mut desk = Desk::new();
    desk.open("binance", "BTC/USDT", "99999", "100001");
    let published = desk.reprice();
    assert_eq!(published.len(), 1);
    assert_eq!(desk.status("bitcoin"), Status::NoQuorum);
    assert_eq!(
        desk.words("bitcoin", "binance"),
        "no_conversion: no usable price of tether, a live or thin price of the other asset, or one confirmed at most 60 s ago"
    );
    desk.open("kraken", "USDT/USD", "1", "1.0002");
    let published: Vec<_> = desk
        .reprice()
        .iter()
        .map(|price| price.token.to_string())
        .collect();
    assert_eq!(
        published,
        ["tether", "bitcoin"],
        "in conversion order, in the same call"
    );
    assert_eq!(desk.price_of("bitcoin"), "100010");
}

#[test]
fn a_chain_of_legs_is_followed_in_one_call() {
    let mut desk = Desk::new();
    let tether = desk.open("kraken", "USDT/USD", "0.9999", "1.0001");
    desk.open("binance", "EUR/USDT", "1.0999", "1.1001");
    desk.open("kraken", "BTC/EUR", "49999", "50001");
    desk.open("binance", "ETH/BTC", "0.0499", "0.0501");
    desk.open("binance", "SOL/ETH", "0.0499", "0.0501");
    desk.reprice();
    let prices =
        ["tether", "euro", "bitcoin", "ethereum", "solana"].map(|token| desk.price_of(token));
    assert_eq!(prices, ["1", "1.1", "55000", "2750", "137.5"]);
    desk.say(tether, "0.9899", "0.9901");
    let published = desk.reprice();
    assert_eq!(published.len(), 5);
    assert_eq!(desk.price_of("solana"), "136.125");
}

#[test]
fn a_market_that_quotes_the_earlier_money_is_turned_over() {
    let mut desk = Desk::new();
    desk.open("kraken", "USD/JPY", "160", "160");
    desk.open("kraken", "BTC/JPY", "16000000", "16000000");
    desk.reprice();
    assert_eq!(desk.price_of("japanese-yen"), "0.00625");
    let leg = desk
        .part("japanese-yen", "kraken")
        .conversion
        .clone()
        .unwrap();
    assert_eq!(
        (leg.through, leg.rate.to_string(), leg.inverted),
        (id("usd"), "1".to_owned(), true)
    );
    assert_eq!(desk.price_of("bitcoin"), "100000");
    assert!(
        !desk
            .part("bitcoin", "kraken")
            .conversion
            .as_ref()
            .unwrap()
            .inverted
    );
}

#[test]
fn turning_over_swaps_bid_and_ask() {
    let mut desk = Desk::new();
    desk.open("kraken", "USDT/USD", "1", "1");
    desk.open("binance", "USDT/TRY", "40", "40.4");
    desk.reprice();
    // 1 / 40.4 = 0.024752… and 1 / 40 = 0.025.
    assert_eq!(desk.price_of("turkish-lira"), "0.0248762376238");
    let confidence = desk.index("turkish-lira").confidence.unwrap();
    assert_eq!(
        confidence.to_string(),
        "0.000123763",
        "half the spread, rounded up"
    );
}

#[test]
fn bitcoin_against_the_lira_prices_bitcoin() {
    let mut desk = Desk::new();
    desk.open("kraken", "USD/TRY", "40", "40");
    desk.open("binance", "BTC/TRY", "4000000", "4000000");
    desk.reprice();
    assert_eq!(desk.price_of("bitcoin"), "100000");
    assert_eq!(desk.index("turkish-lira").constituents.len(), 1);
}

#[test]
fn of_two_assets_in_the_fourth_tier_the_higher_rank_converts_the_other() {
    let mut desk = Desk::new();
    desk.open("kraken", "DAI/USD", "1", "1");
    desk.open("binance", "DAI/JPY", "160", "160");
    desk.reprice();
    assert_eq!(desk.price_of("japanese-yen"), "0.00625");
    assert_eq!(desk.index("dai").constituents.len(), 1);
}

#[test]
fn a_market_in_an_asset_that_converts_nothing_is_listed_and_left_out() {
    let mut desk = Desk::new();
    desk.open("binance", "BNB/USD", "600", "600.1");
    desk.open("binance", "SOL/BNB", "0.3", "0.3001");
    desk.open("binance", "BTC/ZZZ", "1", "1.001");
    desk.reprice();
    assert!(
        desk.words("solana", "binance")
            .starts_with("no_conversion: prices in BNB are not converted")
    );
    assert_eq!(desk.rule("bitcoin", "binance"), Some(Rule::NoConversion));
    assert_eq!(
        desk.index("binancecoin").constituents.len(),
        1,
        "SOL/BNB prices nothing of BNB"
    );
}

#[test]
fn an_asset_outside_the_catalogue_has_no_price_and_does_no_harm() {
    let mut desk = Desk::new();
    desk.open("binance", "ZZZ/USDT", "1", "1.001");
    desk.open("binance", "USD/ZZZ", "1", "1.001");
    assert!(desk.reprice().is_empty());
    assert_eq!(desk.engine.price(&id("zzz")), None);
    assert_eq!(desk.engine.price(&id("usd")), None);
}

#[test]
fn an_aging_rate_is_used_up_to_its_limit() {
    let mut desk = Desk::with(Policy {
        max_rate_age_ms: 20_000,
        ..Policy::default()
    });
    let tether = desk.open("kraken", "USDT/USD", "1", "1.0002");
    let bitcoin = desk.list("binance", "BTC/USDT");
    desk.say(bitcoin, "100", "100.1");
    desk.reprice();
    desk.engine.withdraw(tether, desk.now);
    desk.wait_ms(20_000);
    desk.say(bitcoin, "100", "100.1");
    desk.tick();
    assert_eq!(
        (desk.status("tether"), desk.status("bitcoin")),
        (Status::Aging, Status::Thin)
    );
    desk.tick_after_ms(1);
    assert_eq!(desk.rule("bitcoin", "binance"), Some(Rule::NoConversion));
    assert_eq!(desk.status("bitcoin"), Status::Aging);
}

#[test]
fn markets_that_price_each_other_in_a_ring_price_nothing() {
    let mut desk = Desk::new();
    for pair in [
        "USDT/EUR",
        "EUR/USDC",
        "USDC/USDT",
        "BTC/USDT",
        "ETH/BTC",
        "USDC/ETH",
        "BTC/EUR",
    ] {
        desk.open("binance", pair, "1", "1.001");
    }
    desk.reprice();
    desk.tick_after_ms(250);
    for token in ["usd-coin", "euro", "bitcoin", "ethereum"] {
        assert_eq!(desk.status(token), Status::NoQuorum, "{token}");
    }
    assert_eq!(
        desk.engine.price(&id("tether")),
        None,
        "nothing prices it in dollars"
    );
}
