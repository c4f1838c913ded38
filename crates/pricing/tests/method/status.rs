//! A price's status through time, and prices of an earlier run.

use parallax::index::{IndexPrice, Rule, Status};
use parallax_pricing::Policy;

use crate::desk::{Desk, id, start};

#[test]
fn a_price_is_thin_then_live_then_aging_then_stale_then_gone() {
    let mut desk = Desk::with(Policy {
        stale_limit_ms: 600_000,
        ..Policy::default()
    });
    let kraken = desk.list("kraken", "BTC/USD");
    desk.reprice();
    assert_eq!(
        (desk.status("bitcoin"), desk.price_of("bitcoin").as_str()),
        (Status::NoQuorum, "-")
    );
    assert_eq!(desk.index("bitcoin").as_of, None);
    desk.say(kraken, "100", "100.02");
    desk.reprice();
    assert_eq!(desk.status("bitcoin"), Status::Thin);
    desk.open("coinbase", "BTC/USD", "100", "100.02");
    desk.reprice();
    assert_eq!(
        (desk.status("bitcoin"), desk.index("bitcoin").sources),
        (Status::Live, 2)
    );

    let said_at = desk.now.utc;
    for (wait_ms, status, number) in [
        (60_000, Status::Live, "100.01"),
        (1, Status::Aging, "100.01"),
        (59_999, Status::Aging, "100.01"),
        (1, Status::Stale, "100.01"),
        (479_999, Status::Stale, "100.01"),
        (1, Status::NoQuorum, "-"),
    ] {
        desk.tick_after_ms(wait_ms);
        assert_eq!(
            (desk.status("bitcoin"), desk.price_of("bitcoin").as_str()),
            (status, number),
            "{wait_ms} ms on"
        );
        assert_eq!(desk.index("bitcoin").as_of, Some(said_at));
    }
    assert_eq!(desk.index("bitcoin").confidence, None);
    desk.say(kraken, "90", "90.02");
    desk.reprice();
    assert_eq!(
        (desk.status("bitcoin"), desk.price_of("bitcoin").as_str()),
        (Status::Thin, "90.01")
    );
}

#[test]
fn a_status_changes_by_ticking_alone_and_is_published_once() {
    let mut desk = Desk::new();
    desk.open("kraken", "BTC/USD", "100", "100.02");
    desk.reprice();
    assert!(desk.tick_after_ms(250).is_empty());
    let published = desk.tick_after_ms(60_000);
    assert_eq!(published.len(), 1);
    assert_eq!(published[0].status, Status::Aging);
    assert!(desk.tick_after_ms(250).is_empty());
}

#[test]
fn two_markets_of_one_exchange_are_one_source() {
    let mut desk = Desk::new();
    desk.open("kraken", "USDT/USD", "1", "1.0001");
    desk.open("kraken", "BTC/USD", "100", "100.02");
    desk.open("kraken", "BTC/USDT", "100", "100.02");
    desk.reprice();
    let bitcoin = desk.index("bitcoin");
    assert_eq!(
        (bitcoin.sources, bitcoin.sources_known, bitcoin.status),
        (1, 1, Status::Thin)
    );
}

/// Bitcoin at 100.01, as an earlier run published it.
fn of_an_earlier_run() -> IndexPrice {
    let mut desk = Desk::new();
    desk.open("kraken", "BTC/USD", "100", "100.02");
    desk.reprice();
    desk.index("bitcoin").clone()
}

#[test]
fn a_restored_price_is_stale_with_its_own_time_and_explanation() {
    let mut desk = Desk::new();
    desk.wait_ms(3_000);
    desk.engine.restore(of_an_earlier_run());
    assert_eq!(desk.status("bitcoin"), Status::Stale, "at once");
    let published = desk.reprice();
    assert_eq!(published.len(), 1);
    assert_eq!(
        (published[0].status, published[0].as_of),
        (Status::Stale, Some(start().utc))
    );
    assert_eq!(published[0].price.unwrap().to_string(), "100.01");
    assert_eq!(published[0].constituents.len(), 1);
    assert!(desk.tick_after_ms(250).is_empty());
}

#[test]
fn a_restored_price_gives_way_to_the_first_quote() {
    let mut desk = Desk::new();
    desk.engine.restore(of_an_earlier_run());
    let kraken = desk.list("kraken", "BTC/USD");
    desk.reprice();
    assert_eq!(desk.rule("bitcoin", "kraken"), Some(Rule::NoQuote));
    assert_eq!(desk.status("bitcoin"), Status::Stale);
    desk.say(kraken, "900", "900.02");
    desk.reprice();
    assert_eq!(
        (desk.status("bitcoin"), desk.price_of("bitcoin").as_str()),
        (Status::Thin, "900.01")
    );
    desk.engine.restore(of_an_earlier_run());
    desk.tick();
    assert_eq!(
        desk.price_of("bitcoin"),
        "900.01",
        "what is live is not overwritten"
    );
}

#[test]
fn a_restored_price_converts_nothing() {
    let mut desk = Desk::new();
    desk.engine.restore(of_an_earlier_run());
    desk.open("binance", "SOL/BTC", "1", "1.001");
    desk.reprice();
    assert_eq!(desk.rule("solana", "binance"), Some(Rule::NoConversion));
}

#[test]
fn a_restored_price_that_is_too_old_is_not_shown() {
    let mut desk = Desk::new();
    desk.wait_ms(8 * 24 * 3_600_000);
    desk.engine.restore(of_an_earlier_run());
    desk.reprice();
    assert_eq!(
        (desk.status("bitcoin"), desk.price_of("bitcoin").as_str()),
        (Status::NoQuorum, "-")
    );
    assert_eq!(desk.index("bitcoin").as_of, Some(start().utc));
}

#[test]
fn a_price_without_a_number_or_of_an_unknown_token_is_not_restored() {
    let mut desk = Desk::new();
    let mut empty = of_an_earlier_run();
    empty.price = None;
    desk.engine.restore(empty);
    let mut unknown = of_an_earlier_run();
    unknown.token = id("unheard-of");
    desk.engine.restore(unknown);
    assert!(desk.tick().is_empty());
}
