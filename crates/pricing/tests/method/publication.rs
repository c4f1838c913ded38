//! What is published, when, and how it reads.

use std::time::Duration;

use crate::desk::{Desk, listing};

#[test]
fn an_unchanged_quote_confirms_at_most_once_a_second() {
    let mut desk = Desk::new();
    let kraken = desk.open("kraken", "BTC/USD", "100", "100.02");
    assert_eq!(desk.reprice().len(), 1);
    desk.wait_ms(999);
    desk.say(kraken, "100", "100.02");
    assert!(desk.reprice().is_empty());
    desk.wait_ms(1);
    desk.say(kraken, "100", "100.02");
    let published = desk.reprice();
    assert_eq!(published.len(), 1);
    assert_eq!(published[0].as_of, Some(desk.now.utc));
}

#[test]
fn a_confirmation_that_came_too_early_is_told_by_a_later_tick() {
    let mut desk = Desk::new();
    let kraken = desk.open("kraken", "BTC/USD", "100", "100.02");
    desk.reprice();
    desk.wait_ms(500);
    desk.say(kraken, "100", "100.02");
    assert!(desk.reprice().is_empty());
    assert!(desk.tick_after_ms(250).is_empty());
    assert_eq!(desk.tick_after_ms(250).len(), 1);
    assert!(desk.tick_after_ms(2_000).is_empty(), "told already");
}

#[test]
fn a_changed_quote_is_published_even_if_the_price_stays() {
    let mut desk = Desk::new();
    let kraken = desk.open("kraken", "BTC/USD", "100", "100.02");
    desk.reprice();
    desk.say(kraken, "99.99", "100.03");
    let published = desk.reprice();
    assert_eq!(published.len(), 1);
    assert_eq!(published[0].price.unwrap().to_string(), "100.01");
}

#[test]
fn nothing_new_means_nothing_published() {
    let mut desk = Desk::new();
    assert!(desk.reprice().is_empty());
    let key = desk.list("kraken", "BTC/USD");
    assert_eq!(desk.reprice().len(), 1, "a listed token without a price");
    desk.engine
        .list(key, &listing("kraken", "BTC/USD"), Duration::from_secs(60));
    assert!(desk.reprice().is_empty());
    desk.open("kraken", "BTC/USD", "100", "100.02");
    assert_eq!(desk.reprice().len(), 1);
    assert!(desk.reprice().is_empty());
    assert!(desk.tick_after_ms(250).is_empty());
}

#[test]
fn a_key_that_is_listed_as_another_market_replaces_it() {
    let mut desk = Desk::new();
    let key = desk.open("kraken", "BTC/USD", "100", "100.02");
    desk.reprice();
    desk.engine
        .list(key, &listing("kraken", "ETH/USD"), Duration::from_secs(60));
    desk.say(key, "5", "5.01");
    desk.reprice();
    assert_eq!(desk.price_of("ethereum"), "5.005");
    assert!(desk.index("bitcoin").constituents.is_empty());
}

#[test]
fn constituents_come_by_weight_then_by_venue_with_the_excluded_last() {
    let mut desk = Desk::new();
    for (venue, volume) in [
        ("a", "5"),
        ("b", "9"),
        ("c", "7"),
        ("d", "7"),
        ("e", "8"),
        ("f", "6"),
    ] {
        let key = desk.open(venue, "BTC/USD", "100", "100.02");
        desk.volume(key, volume);
    }
    desk.open("bad", "BTC/USD", "200", "100");
    desk.reprice();
    let venues: Vec<_> = desk
        .index("bitcoin")
        .constituents
        .iter()
        .map(|part| part.venue.as_str())
        .collect();
    assert_eq!(venues, ["b", "e", "c", "d", "f", "a", "bad"]);
}

#[test]
fn a_published_price_reads_like_this() {
    let mut desk = Desk::new();
    desk.open("kraken", "USDT/USD", "1", "1.0002");
    let binance = desk.open("binance", "BTC/USDT", "67000", "67000.01");
    desk.volume(binance, "1000000");
    desk.reprice();
    let json = serde_json::to_value(desk.index("bitcoin")).unwrap();
    let expected = serde_json::json!({
        "token": "bitcoin", "price": "67006.7050005", "confidence": "0.0670068", "status": "thin",
        "as_of": "2026-09-21T14:13:20.000Z", "computed_at": "2026-09-21T14:13:20.000Z",
        "method": 1, "sources": 1, "sources_known": 1, "volume_24h_usd": "1000100",
        "constituents": [{
            "venue": "binance", "market": "BTC/USDT", "base_code": "BTC", "quote_code": "USDT",
            "bid": "67000", "ask": "67000.01", "bid_size": null, "ask_size": null, "spot": null, "observed_at": null,
            "received_at": "2026-09-21T14:13:20.000Z", "age_ms": 0,
            "conversion": {"through": "tether", "rate": "1.0001", "rate_at": "2026-09-21T14:13:20.000Z", "inverted": false},
            "mid_usd": "67006.7050005", "offset_bp": "0", "volume_24h_usd": "1000100", "weight": "1", "excluded": null
        }]
    });
    assert_eq!(json, expected);
}
